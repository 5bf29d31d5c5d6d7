"""On hold: asked with a reason and a day, decided by somebody else, public, and over on its day."""

from datetime import timedelta

import pytest

from casework.actions import ApproveHold
from domain.conversation import Address
from scheduler.tickets import hear_clocks
from tests.world import ANA, BUILDING_3, HE, LI, NOON, SUN, WANG, ZHOU, World

ASKED = "挂账 1 等厂家配件，到3月9日"


@pytest.fixture
async def lamp(world: World) -> World:
    """Monday noon: Ana's lamp, signed by Zhou, to be done by Thursday noon; Li follows it."""
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(LI, "附议 1")
    await world.writes(ZHOU, "签收 1")
    return world


async def test_the_residents_read_why_and_until_when_and_the_clock_stops(lamp: World):
    await lamp.presses(ZHOU, "挂账")
    await lamp.writes(ZHOU, "等厂家配件，到3月9日")
    assert "周警官：等厂家配件\n到3月9日周一" in lamp.last(HE)

    await lamp.presses(HE, "同意挂账")
    for resident in (ANA, LI):
        assert "暂时办不了：等厂家配件。3月9日周一再办" in lamp.last(resident)
    assert lamp.card(ZHOU, "已同意挂账") and "挂账" in lamp.last(BUILDING_3)

    lamp.forget_what_was_said()
    lamp.clock.advance(days=6, hours=20)  # Monday, 8:00
    await lamp.ticks(hear_clocks)
    assert lamp.all(ZHOU) == []
    lamp.clock.advance(hours=1)
    await lamp.ticks(hear_clocks)
    await lamp.ticks(hear_clocks)
    for who in (ZHOU, HE):
        assert sum("挂账到期" in text for text in lamp.all(who)) == 1
    assert "恢复办理了" in lamp.last(ANA)
    async with lamp.storage.begin() as uow:
        case = await uow.tickets.get(1)
    assert case and case.ticket.state == "in_progress"
    assert case.ticket.resolve_by and case.ticket.resolve_by > lamp.clock() + timedelta(days=2)


async def test_it_is_over_on_its_day_where_the_timer_comes_late(lamp: World):
    await lamp.writes(ZHOU, ASKED)
    await lamp.presses(HE, "同意挂账")
    lamp.clock.advance(days=21)
    await lamp.ticks(hear_clocks)

    async with lamp.storage.begin() as uow:
        case = await uow.tickets.get(1)
    assert case and case.ticket.resolve_by == NOON + timedelta(days=10) - timedelta(hours=3)


async def test_the_holder_takes_it_up_before_the_day(lamp: World):
    await lamp.writes(ZHOU, ASKED)
    await lamp.presses(HE, "同意挂账")
    await lamp.presses(ZHOU, "恢复办理")

    assert "恢复办理了" in lamp.last(ANA) and "周警官正在办理" in lamp.last(BUILDING_3)


async def test_a_refusal_leaves_the_clock_running(lamp: World):
    await lamp.writes(ZHOU, ASKED)
    await lamp.presses(HE, "不同意")

    assert "没有批准" in lamp.last(ZHOU) and "周警官正在办理" in lamp.last(BUILDING_3)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("挂账 1 等配件", "请写原因和日期"),
        ("挂账 1 到3月9日", "请写原因和日期"),
        ("挂账 1 等配件，到2026-03-02", "日期要在明天以后"),
        ("挂账 1 等配件，到2026-12-02", "日期要在明天以后"),
    ],
)
async def test_without_a_reason_or_a_day_ahead_nobody_is_asked(lamp: World, words: str, why: str):
    asked = len(lamp.all(HE))
    await lamp.writes(ZHOU, words)

    assert why in lamp.last(ZHOU) and len(lamp.all(HE)) == asked


async def test_a_late_case_is_not_hidden_on_hold(lamp: World):
    lamp.clock.advance(days=3, seconds=1)
    await lamp.writes(ZHOU, ASKED)

    assert "已超期，不能再挂账" in lamp.last(ZHOU)


@pytest.mark.parametrize("who", [ANA, ZHOU, WANG])
async def test_nobody_approves_who_may_not(lamp: World, who: Address):
    await lamp.writes(ZHOU, ASKED)
    async with lamp.storage.begin() as uow:
        note = (await uow.tickets.notes(1))[-1]
    await lamp.does(who, ApproveHold(1, note.id, 20260309))

    assert "不由您办理" in lamp.last(who)


async def test_a_secretary_does_not_approve_her_own(lamp: World):
    await lamp.writes(SUN, "转办 1")
    await lamp.presses(SUN, "何书记")
    await lamp.presses(SUN, "手上的事太多")
    await lamp.writes(HE, "签收 1")
    await lamp.writes(HE, ASKED)

    assert "挂账申请" in lamp.last(SUN)
