"""Promises that cannot be forgotten: warned, late, climbing, asked again, each said once."""

import asyncio
from dataclasses import replace
from datetime import time, timedelta

import pytest

from domain.conversation import Address, Say
from domain.residents import Role
from scheduler.tickets import hear_clocks
from tests.journeys.test_rate import ratings_of
from tests.world import ANA, BUILDING_3, COMMUNITY, HE, LI, NOON, ZHOU, World

STREET = Address("wechat", "street")


@pytest.fixture
async def lamp(world: World) -> World:
    """Ana's lamp, Monday noon: Zhou has four working hours to accept it, until 17:30."""
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(LI, "附议 1")
    world.forget_what_was_said()
    return world


async def at(world: World, **later: float) -> None:
    """Let time pass, and the timer look once, and once more for nothing."""
    world.clock.advance(**later)
    await world.ticks(hear_clocks)
    await world.ticks(hear_clocks)


async def test_zhou_is_warned_at_half_and_at_four_fifths_and_told_when_it_is_late(lamp: World):
    await at(lamp, hours=1)  # 13:00, lunch: no working time has passed
    assert lamp.all(ZHOU) == []

    await at(lamp, hours=2, minutes=30)  # 15:30
    assert [text[:4] for text in lamp.all(ZHOU)] == ["⏳ 1号"]
    await at(lamp, hours=1, minutes=12)  # 16:42
    assert len(lamp.all(ZHOU)) == 2
    await at(lamp, minutes=48)  # 17:30
    assert "已超期" in lamp.last(ZHOU) and "签收" in lamp.last(ZHOU)
    assert lamp.all(HE) == []

    await at(lamp, days=1)  # twice the four hours: the secretary hears of it
    assert "周警官，签收，应在3月2日周一 17:30前" in lamp.last(HE)


async def test_after_an_outage_only_what_matters_now_is_said(lamp: World):
    await at(lamp, hours=6)  # from noon to 18:00 nobody was at work

    assert len(lamp.all(ZHOU)) == 1 and "已超期" in lamp.last(ZHOU)


async def test_two_timers_at_the_same_moment_say_it_once(lamp: World):
    lamp.clock.advance(hours=6)
    await asyncio.gather(*(lamp.dispatcher.run(hear_clocks) for _ in range(2)))
    await lamp.settle()

    assert len(lamp.all(ZHOU)) == 1


async def test_who_accepted_in_time_hears_nothing_of_the_sign_clock(lamp: World):
    await lamp.writes(ZHOU, "签收 1")
    lamp.forget_what_was_said()
    await at(lamp, hours=6)

    assert lamp.all(ZHOU) == []


async def test_zhou_rings_ana_up_and_the_first_contact_clock_stops(lamp: World):
    await lamp.writes(ZHOU, "签收 1")
    await lamp.presses(ZHOU, "已联系居民")
    assert lamp.last(ZHOU) == "1号：首次联系已记下。"

    lamp.forget_what_was_said()
    await at(lamp, days=1, hours=1)
    assert not any("首次联系" in text for text in lamp.all(ZHOU))


async def test_a_late_case_is_told_to_those_who_wait_and_climbs_to_the_street_office(lamp: World):
    await somebody_at_the_street_office(lamp)
    await lamp.writes(ZHOU, "签收 1")
    lamp.forget_what_was_said()
    await at(lamp, days=3)  # Thursday noon: three working days

    assert any("没有按时办完，已提醒" in text for text in lamp.all(ANA))
    assert "现在由花园街道 李科长负责" in lamp.last(ANA) and "李科长" in lamp.last(LI)
    assert "反映人：Ana" in lamp.last(STREET)
    assert any("已上报。您仍要配合" in text for text in lamp.all(ZHOU))
    async with lamp.storage.begin() as uow:
        case = await uow.tickets.get(1)
    assert case and (case.ticket.level, case.ticket.state) == (2, "dispatched")


async def test_a_case_that_is_late_while_its_return_is_decided_climbs_afterwards(lamp: World):
    """The clock was heard during the review, where nobody may climb, and never again."""
    await somebody_at_the_street_office(lamp)
    await lamp.writes(ZHOU, "签收 1")
    await lamp.presses(ZHOU, "退回")
    await lamp.presses(ZHOU, "不是我的职责")
    await at(lamp, days=3)
    assert lamp.all(STREET) == []

    await lamp.presses(HE, "不同意退回")
    await at(lamp, minutes=1)
    assert "反映人：Ana" in lamp.last(STREET)


async def test_with_nobody_above_the_secretary_is_told_once(lamp: World):
    await lamp.writes(ZHOU, "签收 1")
    lamp.forget_what_was_said()
    await at(lamp, days=3)
    await at(lamp, days=3)

    assert sum("上一级还没有人" in text for text in lamp.all(HE)) == 1


async def test_it_climbs_as_soon_as_somebody_above_has_joined(lamp: World):
    """The secretary was told that nobody was there, and with that it never climbed."""
    await lamp.writes(ZHOU, "签收 1")
    await at(lamp, days=3)
    await at(lamp, days=1)
    await somebody_at_the_street_office(lamp)
    await at(lamp, hours=1)

    assert "反映人：Ana" in lamp.last(STREET) and "李科长" in lamp.last(ANA)
    assert sum("上一级还没有人" in text for text in lamp.all(HE)) == 1


async def test_waiting_for_ana_stops_the_resolve_clock_and_does_not_last_for_ever(lamp: World):
    await lamp.writes(ZHOU, "签收 1")
    await lamp.writes(ZHOU, "提问 1 是哪一盏？")
    lamp.forget_what_was_said()
    await at(lamp, days=1)
    await at(lamp, days=1)
    assert [text[:12] for text in lamp.all(ANA)] == ["1号（3号楼门口路灯坏了"] * 2
    assert lamp.all(ZHOU) == []

    await at(lamp, days=1)
    assert "没有等到反映人的回答" in "".join(lamp.all(ZHOU))
    async with lamp.storage.begin() as uow:
        case = await uow.tickets.get(1)
    assert case and case.ticket.state == "in_progress"
    assert case.ticket.resolve_by == lamp.clock() + timedelta(days=5)  # two weekend days between


async def test_waiting_for_ana_ends_in_time_where_the_timer_comes_late(lamp: World):
    """Before: the days for which the bot was off were given to the officer."""
    await lamp.writes(ZHOU, "签收 1")
    await lamp.writes(ZHOU, "提问 1 是哪一盏？")
    await at(lamp, days=14)

    assert any("没有按时办完" in text for text in lamp.all(ANA))
    async with lamp.storage.begin() as uow:
        case = await uow.tickets.get(1)
    assert case and case.ticket.resolve_by == NOON + timedelta(days=8)


async def test_silence_closes_after_two_reminders_and_never_counts_as_solved(lamp: World):
    await lamp.writes(ZHOU, "签收 1")
    await lamp.writes(ZHOU, "办结 1 换了灯泡")
    lamp.forget_what_was_said()
    for days in (2, 3):
        await at(lamp, days=days)
        assert "解决了吗？" in lamp.last(ANA)
    await at(lamp, days=2)

    assert "七天没有收到回答" in lamp.last(ANA) and "七天没有收到回答" in lamp.last(LI)
    async with lamp.storage.begin() as uow:
        case = await uow.tickets.get(1)
        assert case and case.ticket.state == "closed_silent"
    assert await ratings_of(lamp) == []


async def test_four_weeks_later_ana_says_it_is_back_and_it_opens_again(lamp: World):
    await lamp.writes(ZHOU, "签收 1")
    await lamp.writes(ZHOU, "办结 1 换了灯泡")
    await lamp.presses(ANA, "已解决")
    await at(lamp, days=28)
    assert "还好吗？" in lamp.last(ANA)

    await lamp.presses(ANA, "又坏了")
    assert "1号重新办理（第2轮）" in lamp.last(HE)


async def test_four_weeks_later_all_is_well_and_nobody_asks_again(lamp: World):
    await lamp.writes(ZHOU, "签收 1")
    await lamp.writes(ZHOU, "办结 1 换了灯泡")
    await lamp.presses(ANA, "已解决")
    await at(lamp, days=28)
    await lamp.presses(ANA, "还好")
    asked = len(lamp.all(ANA))
    await at(lamp, days=60)

    assert len(lamp.all(ANA)) == asked


async def test_a_supporter_may_say_that_it_is_not_solved(lamp: World):
    await lamp.writes(ZHOU, "签收 1")
    await lamp.writes(ZHOU, "办结 1 换了灯泡")
    await lamp.presses(LI, "没有解决")
    await lamp.presses(LI, "又坏了")

    assert "1号重新办理（第2轮）" in lamp.last(HE)


async def test_reminders_wait_for_the_end_of_quiet_hours_and_danger_does_not(world: World):
    quiet = replace(COMMUNITY, quiet=((time(12), time(14)), (time(21), time(8))))
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    await world.writes(ANA, "#建议 楼道里漏气了", group=BUILDING_3)
    night = NOON + timedelta(hours=11)  # 23:00

    async with world.storage.begin() as uow:
        said = await hear_clocks(uow, night, quiet)
        assert _numbers(said) == {2}
    async with world.storage.begin() as uow:
        assert 1 not in _numbers(await hear_clocks(uow, night + timedelta(hours=8), quiet))
    async with world.storage.begin() as uow:
        said = await hear_clocks(uow, night + timedelta(hours=9), quiet)
        assert 1 in _numbers(said)


def _numbers(says: list[Say]) -> set[object]:
    return {say.blanks["number"] for say in says if "number" in say.blanks}


async def test_why_is_it_due_then(lamp: World):
    await lamp.writes(ANA, "进度 1")
    await lamp.presses(ANA, "为什么是这个时间？")

    assert lamp.last(ANA).splitlines() == [
        "1号　签收",
        "从3月2日周一 12:00起算，共4小时。",
        "3月2日周一　13:30–17:30，计4小时",
        "到期：3月2日周一 17:30。",
    ]


async def test_one_case_that_breaks_does_not_silence_the_others(lamp: World):
    await lamp.writes(ANA, "#投诉 楼上太吵", group=BUILDING_3)
    async with lamp.storage.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE ticket_events SET event = '?' WHERE ticket = 1")
    lamp.forget_what_was_said()
    await at(lamp, hours=6)

    assert "2号（楼上太吵）已超期" in lamp.last(ZHOU)


async def somebody_at_the_street_office(world: World) -> None:
    office = {"level": 2, "organisation": "花园街道"}
    await world.has_staff(STREET, "李科长", Role.MEMBER, ["*"], ["*"], **office)
