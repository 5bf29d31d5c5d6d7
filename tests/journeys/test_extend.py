"""Longer: asked with a reason and a day, decided by somebody else, told to all who wait."""

import pytest

from casework.actions import Extend
from domain.conversation import Address
from scheduler.tickets import hear_clocks
from tests.domain.cases import told
from tests.world import ANA, BUILDING_3, HE, LI, SUN, WANG, ZHOU, World

ASKED = "延期 1 等材料，到3月10日"


@pytest.fixture
async def lamp(world: World) -> World:
    """Monday noon: Ana's lamp, signed by Zhou, to be done by Thursday noon; Li follows it."""
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(LI, "附议 1")
    await world.writes(ZHOU, "签收 1")
    return world


async def due(world: World) -> str:
    async with world.storage.begin() as uow:
        case = await uow.tickets.get(1)
    assert case and case.ticket.state == "in_progress"
    assert case.ticket.due_at == case.ticket.resolve_by
    return told(case.ticket.resolve_by)


async def test_the_residents_read_why_and_the_new_deadline_and_every_card_shows_it(lamp: World):
    await lamp.presses(ZHOU, "延期")
    await lamp.writes(ZHOU, "等材料，到3月10日")
    assert "周警官：等材料\n到3月10日周二" in lamp.last(HE)
    assert await due(lamp) == "03-05 12:00", "asking alone moves nothing"

    await lamp.presses(HE, "同意延期")
    assert await due(lamp) == "03-10 17:30"
    for resident in (ANA, LI):
        assert "要晚一些办完：等材料。新的期限：3月10日周二 17:30" in lamp.last(resident)
    assert lamp.card(ZHOU, "已同意延期")
    assert "3月10日周二 17:30前办结" in lamp.last(BUILDING_3)
    await lamp.writes(LI, "进度 1")
    assert "延期：等材料" in lamp.last(LI)


async def test_the_holder_of_a_channel_without_buttons_gets_longer_too(world: World):
    await world.writes(ANA, "#建议 3号楼电梯门关不上", group=BUILDING_3)
    await world.writes(WANG, "签收 1")
    await world.writes(WANG, "/work 1")
    await world.presses(WANG, "延期")
    await world.writes(WANG, "等材料，到3月10日")
    await world.presses(HE, "同意延期")

    assert await due(world) == "03-10 17:30" and "已同意延期" in "".join(world.all(WANG))


async def test_nobody_is_called_late_at_the_deadline_that_was_moved(lamp: World):
    await lamp.writes(ZHOU, "/extend 1 等材料 until 3-10")
    await lamp.presses(HE, "同意延期")
    await lamp.writes(ZHOU, "已联系 1")
    lamp.forget_what_was_said()
    lamp.clock.advance(days=3, minutes=1)
    await lamp.ticks(hear_clocks)

    assert not any("超期" in text for text in lamp.all(ZHOU))
    assert await due(lamp) == "03-10 17:30"


async def test_before_the_new_deadline_its_holder_is_warned_anew(lamp: World):
    """The warnings of the old one had been used up, and the new one came without a word."""
    lamp.clock.advance(days=2, hours=5)  # Wednesday, 17:00
    await lamp.ticks(hear_clocks)
    assert "⏳" in lamp.last(ZHOU)
    await lamp.writes(ZHOU, "延期 1 等材料，到3月20日")
    await lamp.presses(HE, "同意延期")
    lamp.forget_what_was_said()
    for _ in range(15):
        lamp.clock.advance(days=1)
        await lamp.ticks(hear_clocks)

    assert sum("⏳" in text for text in lamp.all(ZHOU)) == 2


async def test_a_refusal_leaves_the_deadline_where_it_was(lamp: World):
    await lamp.writes(ZHOU, ASKED)
    await lamp.presses(HE, "不同意")

    assert "没有批准" in lamp.last(ZHOU) and await due(lamp) == "03-05 12:00"


async def test_a_second_time_is_refused_before_anybody_is_asked(lamp: World):
    await lamp.writes(ZHOU, ASKED)
    await lamp.presses(HE, "同意延期")
    asked = len(lamp.all(HE))
    for words in ("延期 1", "延期 1 还要等，到3月20日"):
        await lamp.writes(ZHOU, words)
        assert "只能延一次" in lamp.last(ZHOU)

    assert len(lamp.all(HE)) == asked


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("延期 1 等材料", "请写原因和日期"),
        ("延期 1 到3月10日", "请写原因和日期"),
        ("延期 1 等材料，到3月4日", "更晚的工作日"),
    ],
)
async def test_without_a_reason_or_a_later_day_nobody_is_asked(lamp: World, words: str, why: str):
    asked = len(lamp.all(HE))
    await lamp.writes(ZHOU, words)

    assert why in lamp.last(ZHOU) and len(lamp.all(HE)) == asked


async def test_a_late_case_gets_no_longer_whenever_it_was_asked_for(lamp: World):
    await lamp.writes(ZHOU, ASKED)
    lamp.clock.advance(days=3, seconds=1)
    await lamp.presses(HE, "同意延期")
    assert "已超期，不能再延期" in lamp.last(HE)

    await lamp.writes(ZHOU, "延期 1")
    assert "已超期，不能再延期" in lamp.last(ZHOU) and await due(lamp) == "03-05 12:00"


@pytest.mark.parametrize("who", [ANA, ZHOU, WANG])
async def test_nobody_approves_who_may_not(lamp: World, who: Address):
    await lamp.writes(ZHOU, ASKED)
    async with lamp.storage.begin() as uow:
        note = (await uow.tickets.notes(1))[-1]
    await lamp.does(who, Extend(1, note.id, 20260310))

    assert "不由您办理" in lamp.last(who) and await due(lamp) == "03-05 12:00"


async def test_a_secretary_does_not_approve_her_own(lamp: World):
    await lamp.writes(SUN, "转办 1")
    await lamp.presses(SUN, "何书记")
    await lamp.presses(SUN, "不在他的片区")
    await lamp.writes(HE, "签收 1")
    await lamp.writes(HE, ASKED)

    assert "延期申请" in lamp.last(SUN)
