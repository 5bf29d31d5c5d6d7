"""Away: new work goes to the deputy, old work is offered, nothing is ever with nobody."""

import pytest
from sqlalchemy import update

from casework.actions import TakeOver
from domain.conversation import Address
from domain.residents import Role
from scheduler.tickets import hear_clocks
from storage import tables as t
from tests.world import ANA, BUILDING_3, HE, LI, SUN, WANG, ZHOU, World


@pytest.fixture
async def lamp(world: World) -> World:
    """Zhou has Ana's lamp; Wang is his deputy."""
    async with world.storage.begin() as uow:
        staff = {s.name: s.id for s in await uow.staff.all()}
    async with world.storage.engine.begin() as connection:
        zhou = update(t.staff).where(t.staff.c.id == staff["周警官"])
        await connection.execute(zhou.values(deputy_id=staff["王师傅"]))
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    return world


async def test_the_deputy_takes_all_with_one_button_and_gets_what_is_new(lamp: World):
    await lamp.writes(ZHOU, "请假 到3月6日")
    assert "您请假到3月6日周五" in lamp.last(ZHOU)
    assert "周警官请假到3月6日周五，手上有 1 件。代理：王师傅" in lamp.last(HE)

    await lamp.presses(WANG, "全部接过来")
    assert "1 件已转到您名下" in "".join(lamp.all(WANG))
    assert "王师傅负责" in lamp.last(BUILDING_3) and "已转给王师傅" in lamp.last(ANA)

    await lamp.writes(ANA, "#投诉 楼上太吵", group=BUILDING_3)
    assert "王师傅负责" in lamp.last(BUILDING_3)


async def test_it_ends_by_itself_on_its_day(lamp: World):
    await lamp.writes(ZHOU, "/away until 2026-03-06")
    lamp.clock.advance(days=4, hours=11, minutes=59)  # Friday, 23:59
    await lamp.writes(ANA, "#投诉 楼上太吵", group=BUILDING_3)
    assert "王师傅负责" in lamp.last(BUILDING_3)

    lamp.clock.advance(minutes=1)
    await lamp.writes(ANA, "#投诉 楼下有噪音吵闹", group=BUILDING_3)
    if "是不是同一件事" in lamp.last(BUILDING_3):
        await lamp.presses(ANA, "都不是", group=BUILDING_3)
    assert "周警官负责" in lamp.last(BUILDING_3)


async def test_who_is_back_early_gets_work_again(lamp: World):
    await lamp.writes(ZHOU, "请假 到3月6日")
    await lamp.writes(SUN, "/away")
    assert "周警官：到3月6日周五" in lamp.last(SUN)

    await lamp.writes(ZHOU, "销假")
    assert "欢迎回来" in lamp.last(ZHOU) and "周警官回来了" in lamp.last(HE)
    await lamp.writes(ANA, "#投诉 楼上太吵", group=BUILDING_3)
    assert "周警官负责" in lamp.last(BUILDING_3)


async def test_reminders_of_who_is_away_reach_the_deputy(lamp: World):
    await lamp.writes(ZHOU, "请假 到3月6日")
    lamp.forget_what_was_said()
    lamp.clock.advance(hours=3, minutes=30)
    await lamp.ticks(hear_clocks)

    assert "快到期" in lamp.last(WANG) and lamp.all(ZHOU) == []


async def test_a_secretary_who_is_away_leaves_the_admin_to_send_cases_on(lamp: World):
    await lamp.writes(HE, "请假 到3月6日")
    lamp.forget_what_was_said()
    await lamp.writes(LI, "#建议 花坛没人管")
    await lamp.presses(LI, "提交")

    assert "孙管理员负责" in lamp.card(LI, "孙管理员").text and lamp.all(HE) == []


async def test_with_the_deputy_away_too_the_secretary_has_it(lamp: World):
    await lamp.writes(WANG, "请假 到3月6日")
    await lamp.writes(ZHOU, "请假 到3月6日")
    assert "代理：没有，需要时请转办" in lamp.last(HE)
    await lamp.writes(ANA, "#投诉 楼上太吵", group=BUILDING_3)

    assert "何书记负责" in lamp.last(BUILDING_3)


@pytest.mark.parametrize("words", ["请假 到2月30日", "/away tomorrow", "/away until 2020-01-01"])
async def test_a_day_that_is_none_is_asked_for(lamp: World, words: str):
    await lamp.writes(ZHOU, words)

    assert "到哪一天？" in lamp.last(ZHOU)


@pytest.mark.parametrize("who", [ANA, HE, WANG])
async def test_nobody_takes_the_cases_of_somebody_who_is_there(lamp: World, who: Address):
    async with lamp.storage.begin() as uow:
        zhou = next(s.id for s in await uow.staff.all() if s.name == "周警官")
    await lamp.does(who, TakeOver(zhou))

    assert "没有要您接的了" in lamp.last(who)
    assert "周警官负责" in lamp.last(BUILDING_3)


async def test_a_resident_has_no_leave_to_take(lamp: World):
    await lamp.writes(ANA, "/away until 12-05")

    assert "给承办人用的" in lamp.last(ANA)


async def test_among_several_the_least_loaded_gets_it(world: World):
    other = Address("wechat", "other")
    await world.has_staff(other, "赵警官", Role.MEMBER, ["utilities", "noise"], ["2"])
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(ANA, "#投诉 楼上太吵", group=BUILDING_3)

    assert "周警官负责" in world.card(BUILDING_3, "1号").text
    assert "赵警官负责" in world.card(BUILDING_3, "2号").text
