"""Up to the street office: by hand, by count; who watches what is up."""

import pytest

from casework.actions import Escalate, EscalateBecause
from domain.conversation import Address
from domain.residents import Role
from scheduler.tickets import hear_clocks
from tests.world import ANA, BUILDING_3, HE, LI, MEI, SUN, WANG, ZHOU, World

STREET = Address("wechat", "street")
ELSEWHERE = Address("wechat", "elsewhere")
OFFICE = {"level": 2, "organisation": "花园街道"}


@pytest.fixture
async def lamp(world: World) -> World:
    """Ana's lamp, signed by Zhou; Li follows it."""
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(LI, "附议 1")
    await world.writes(ZHOU, "签收 1")
    return world


async def the_office(world: World) -> None:
    await world.has_staff(ELSEWHERE, "王科长", Role.MEMBER, ["lift"], ["*"], **OFFICE)
    await world.has_staff(STREET, "李科长", Role.MEMBER, ["utilities"], ["*"], **OFFICE)


async def test_zhou_sends_what_is_beyond_his_powers_up_and_ana_knows_who_has_it(lamp: World):
    await the_office(lamp)
    await lamp.writes(ZHOU, "上报 1")
    await lamp.presses(ZHOU, "超出社区权限")

    assert "现在由花园街道 李科长负责。您仍要配合办理" in lamp.last(ZHOU)
    assert "已上报（超出社区权限），现在由花园街道 李科长负责" in lamp.card(ANA, "超出").text
    assert "超出社区权限" in lamp.card(LI, "超出").text and lamp.card(HE, "超出社区权限")
    assert "花园街道 李科长负责" in lamp.last(BUILDING_3)
    await lamp.presses(STREET, "签收")
    assert "花园街道 李科长正在办理" in lamp.last(BUILDING_3)


async def test_the_button_stands_only_where_somebody_is_above(lamp: World):
    assert "上报" not in lamp.card(ZHOU, "反映人").buttons
    await lamp.writes(ZHOU, "上报 1")
    assert "上一级还没有人开通账号" in lamp.last(ZHOU)

    await the_office(lamp)
    await lamp.writes(ZHOU, "我的")
    await lamp.presses(ZHOU, "打开 1号")
    assert "上报" in lamp.card(ZHOU, "反映人").buttons


async def test_what_he_sends_down_again_climbs_to_the_street_office_and_not_past_it(lamp: World):
    """It kept the street's level with the community's officer, and climbed to the department."""
    await the_office(lamp)
    await lamp.writes(ZHOU, "上报 1")
    await lamp.presses(ZHOU, "超出社区权限")
    await lamp.writes(HE, "转办 1")
    await lamp.presses(HE, "周警官")
    await lamp.presses(HE, "不是他的职责")
    await lamp.writes(ZHOU, "签收 1")
    assert await stands(lamp) == (1, "in_progress")

    lamp.clock.advance(days=3)
    await lamp.ticks(hear_clocks)
    assert await stands(lamp) == (2, "dispatched")
    assert "反映人：Ana" in lamp.last(STREET)


async def stands(world: World) -> tuple[int, str]:
    async with world.storage.begin() as uow:
        case = await uow.tickets.get(1)
    assert case
    return case.ticket.level, case.ticket.state


@pytest.mark.parametrize("who", [ANA, WANG, HE, MEI])
async def test_nobody_but_the_holder_sends_it_up(lamp: World, who: Address):
    await the_office(lamp)
    for deed in (Escalate(1), EscalateBecause(1, "emergency")):
        await lamp.does(who, deed)
        assert "不由您办理" in lamp.last(who)


async def test_lateness_is_for_the_clock_to_say(lamp: World):
    await the_office(lamp)
    await lamp.does(ZHOU, EscalateBecause(1, "overdue"))

    assert "请选一个理由" in lamp.last(ZHOU)


async def test_what_was_not_solved_goes_up_a_level(lamp: World):
    await the_office(lamp)
    await lamp.writes(ZHOU, "办结 1 换了灯泡")
    await lamp.presses(ANA, "没有解决")
    await lamp.presses(ANA, "根本没做")

    assert "现在由花园街道 李科长负责" in lamp.card(ANA, "再次重办").text
    assert lamp.card(STREET, "第2轮") and lamp.card(ZHOU, "您仍要配合")


async def test_what_was_solved_in_part_stays_where_it_is_the_first_time(lamp: World):
    await the_office(lamp)
    await lamp.writes(ZHOU, "办结 1 换了灯泡")
    await lamp.presses(ANA, "部分解决")

    assert "周警官正在办理" in lamp.last(BUILDING_3)


async def test_what_was_sent_on_too_often_goes_up(lamp: World):
    await the_office(lamp)
    for label in ("王师傅", "周警官"):
        await lamp.writes(HE, "转办 1")
        await lamp.presses(HE, label)
        await lamp.presses(HE, "其他原因")

    assert "转办三次" in lamp.card(ANA, "转办三次").text
    assert "花园街道 李科长负责" in lamp.last(BUILDING_3)


async def test_leaders_watch_what_is_up_and_what_is_very_late(lamp: World):
    await lamp.writes(SUN, "督办")
    assert "没有要督办" in lamp.last(SUN)

    await lamp.writes(LI, "#建议 电梯停了")
    await lamp.presses(LI, "提交")
    await lamp.writes(WANG, "签收 2")
    lamp.clock.advance(days=15)
    await lamp.ticks(hear_clocks)
    await lamp.writes(SUN, "/watchlist")
    assert "1号" in lamp.last(SUN) and "2号" in lamp.last(SUN)
    assert lamp.last(SUN).index("1号") < lamp.last(SUN).index("2号")

    await lamp.writes(ZHOU, "督办")
    assert "只给书记、管理员和监督委员看" in lamp.last(ZHOU)
