"""Owners whose own part is used each have to agree: asked at the opening, counted, never named."""

from contextlib import suppress
from datetime import timedelta

import pytest

from casework.entry_actions import GiveConsent
from domain.conversation import Address
from scheduler.matters import move_matters
from tests.handed_in import closes, freeze, moment, opened, put_to_the_vote
from tests.world import ANA, BUILDING_3, HE, LI, MEI, SUN, ZHOU, World

DOORS = {ANA: "3-2-101", LI: "3-2-201", MEI: "3-2-301", None: "3-2-302"}
NEEDED = [("须逐户同意的房号", "3-2-101 3-2-201 3-2-302")]


@pytest.fixture
async def stair(world: World) -> World:
    await world.has_owners(DOORS)
    await opened(world, edits=NEEDED)
    return world


async def given(world: World) -> list[bool | None]:
    async with world.storage.begin() as uow:
        return [c.given for c in await uow.consents.of(1)]


@pytest.mark.parametrize(("who", "door"), [(ANA, "3-2-101"), (LI, "3-2-201")])
async def test_each_is_asked_alone_and_may_change_the_answer(stair: World, who: Address, door: str):
    asked = stair.card(who, "请您单独答复")
    assert door in asked.text and "不答复也算没有同意" in asked.text
    assert not any("单独答复" in text for text in stair.all(MEI) + stair.all(BUILDING_3))
    await stair.presses(who, "同意使用")
    assert f"使用{door}：同意使用" in stair.card(who, "已记下").text
    await stair.presses(who, "不同意使用")

    mine = 0 if who == ANA else 1
    assert (await given(stair))[mine] is False
    await stair.writes(SUN, "事项 1")
    assert "已答复 1/3" in stair.last(SUN) and door not in stair.last(SUN).split("专有")[1]


async def test_only_who_may_answer_for_the_flat_gives_its_consent(stair: World):
    await stair.does(MEI, GiveConsent(1, 0, 1))
    assert "没有要您单独答复的" in stair.last(MEI)
    await stair.does(ANA, GiveConsent(1, 99, 1))
    assert await given(stair) == [None, None, None]


async def test_whoever_has_not_answered_is_asked_again_with_the_reminders(stair: World):
    await stair.presses(ANA, "同意使用")
    stair.forget_what_was_said()
    stair.clock.now = await moment(stair, "closes_at") - timedelta(hours=71)
    for _ in range(3):
        await stair.ticks(move_matters)
    assert sum("单独答复" in text for text in stair.all(LI)) == 1
    assert not any("单独答复" in text for text in stair.all(ANA))


async def test_it_stands_beside_the_ballot_until_it_is_answered(stair: World):
    stair.forget_what_was_said()
    await stair.writes(ANA, "投票 1")
    await stair.presses(ANA, "另外答复：3-2-101")
    await stair.presses(ANA, "同意使用")
    await stair.writes(ANA, "投票 1")
    assert not any("另外答复" in label for label in stair.card(ANA, "请选").buttons)


async def test_on_paper_it_takes_two_officers_and_the_owner_is_told(stair: World):
    await stair.writes(ZHOU, "纸票 1 3-2-201")
    await stair.presses(ZHOU, "使用3-2-201的专有部分：同意使用")
    await stair.writes(ZHOU, "", photo="scan")
    assert await given(stair) == [None, None, None]
    await stair.presses(HE, "和纸上一致")

    assert await given(stair) == [None, True, None]
    assert "按您签字的纸记下了：使用3-2-201，同意使用" in stair.last(LI)
    await stair.presses(LI, "不同意使用")
    assert await given(stair) == [None, False, None]


async def test_one_that_never_came_is_no_consent(stair: World):
    for who in (ANA, LI, MEI):
        await stair.writes(who, "投票 1")
        await stair.presses(who, "同意")
    await stair.does(ANA, GiveConsent(1, 0, 1))
    await stair.does(LI, GiveConsent(1, 1, 1))
    await closes(stair)

    assert "未通过" in stair.card(BUILDING_3, "结果").text
    await stair.does(ANA, GiveConsent(1, 0, 0))
    assert (await given(stair))[0] is True


async def test_a_flat_whose_owner_would_not_be_asked_keeps_the_roll_from_being_frozen(world: World):
    await world.has_owners(DOORS)
    await world.has_households("3-1-101", grid="2")
    await put_to_the_vote(
        world, "加装电梯", "只用本单元", "3-2 加装电梯", edits=[("须逐户同意的房号", "3-1-101")]
    )
    with suppress(AssertionError):  # there is no button to go on
        await freeze(world)
    assert any("没有人会问到他们：3-1-101" in text for text in world.all(SUN))
