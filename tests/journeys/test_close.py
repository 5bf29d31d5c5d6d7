"""The close of a vote: what was received before it counts, however late it is handled.

Ana and Li own a flat each in stair 2 of building 3; what happened so far is told in test_decide.
"""

from datetime import timedelta

import pytest

from casework.matter_actions import CastBallot, Extend
from domain.conversation import Address
from domain.kinds import ESTATE
from domain.matters import State
from domain.question import RulePart, Scope
from scheduler.matters import AFTER_A_FAULT, LONGEST_WAIT, move_matters
from storage.matters import Kept
from tests import deciding
from tests.journeys.test_decide import DOORS, moment, opened
from tests.records import lines_of
from tests.slow import slowed
from tests.world import ANA, BUILDING_3, LI, MEI, SUN, World

NEIGHBOURS = [Address("buttons", f"60{n}") for n in range(1, 4)]
INSTANT = timedelta(milliseconds=1)
ANAS, LIS = CastBallot(1, "o501", "yes"), CastBallot(1, "o502", "no")


@pytest.fixture
async def vote(world: World) -> World:
    """Open, with one millisecond to go."""
    await world.has_owners(DOORS)
    await opened(world)
    world.clock.now = await moment(world, "closes_at") - INSTANT
    return world


async def matter(world: World) -> Kept:
    async with world.storage.begin() as uow:
        kept = await uow.matters.get(1)
    assert kept
    return kept


async def test_a_restart_around_the_close_loses_no_ballot(vote: World) -> None:
    await vote.receives_and_dies(ANA, ANAS)
    vote.clock.advance(hours=5)

    await vote.ticks(move_matters)
    assert (await matter(vote)).matter.state is State.OPEN
    await vote.resumes()
    assert "已记录" in vote.last(ANA)
    await vote.ticks(move_matters)
    kept = await matter(vote)
    assert kept.outcome and kept.outcome["taking_part"] == kept.ballots == 1
    assert "参与人数 1/4" in vote.card(BUILDING_3, "结果　1号事项").text


async def test_what_is_received_at_the_close_does_not_slip_in_while_it_waits(vote: World) -> None:
    await vote.receives_and_dies(ANA, ANAS)
    vote.clock.now += INSTANT
    await vote.ticks(move_matters)
    await vote.does(LI, LIS)

    assert "已经截止" in vote.last(LI)
    await vote.resumes()
    await vote.ticks(move_matters)
    assert "参与人数 1/4" in vote.card(BUILDING_3, "结果　1号事项").text
    assert (await matter(vote)).ballots == 1


async def test_a_vote_whose_close_waits_cannot_be_given_longer(vote: World) -> None:
    await vote.receives_and_dies(ANA, ANAS)
    vote.clock.now += INSTANT
    await vote.ticks(move_matters)

    await vote.does(SUN, Extend(1))
    assert (await matter(vote)).matter.extended == 0
    assert "几天" not in vote.last(SUN)


async def test_what_nobody_can_read_does_not_keep_a_vote_open_for_ever(vote: World) -> None:
    await vote.receives_and_dies(ANA, ANAS)
    vote.clock.now += INSTANT + LONGEST_WAIT
    await vote.ticks(move_matters)
    assert (await matter(vote)).matter.state is not State.OPEN

    await vote.resumes()
    assert "已经截止" in vote.last(ANA)
    assert (await matter(vote)).ballots == 0


async def test_an_answer_that_was_overtaken_does_not_replace_the_later_one(vote: World) -> None:
    """The voter has two accounts, and the bot was slower with the one that spoke first."""
    vote.clock.advance(minutes=-30)
    await vote.receives_and_dies(ANA, CastBallot(1, "o501", "no"))
    vote.clock.advance(minutes=20)
    await vote.does(ANA, ANAS)

    await vote.resumes()
    assert [line.choice for line in await lines_of(vote.storage, 1)] == ["yes"]


async def test_others_are_answered_while_a_vote_is_counted(vote: World) -> None:
    """However long the count takes: nobody waits for a lock of it, nor for its transaction."""
    await vote.does(ANA, ANAS)
    vote.clock.now += INSTANT

    async def somebody_writes(_step: int) -> None:
        await vote.writes(MEI, "3号楼门口的路灯坏了")
        await vote.does(LI, LIS)

    slow, storage = slowed(vote, somebody_writes)
    await slow.ticks(move_matters)

    assert "路灯" in vote.last(MEI)
    assert "已经截止" in vote.last(LI)
    assert "参与人数 1/4" in slow.card(BUILDING_3, "结果　1号事项").text
    assert storage.readings == 1


async def test_a_ballot_that_is_let_in_while_a_vote_is_counted_is_counted_too(vote: World) -> None:
    """It was received in time, and nobody waited for it any longer."""
    await vote.receives_and_dies(ANA, ANAS)
    vote.clock.now += INSTANT + LONGEST_WAIT

    async def resumes(_step: int) -> None:
        await vote.resumes()

    slow, storage = slowed(vote, resumes)
    await slow.ticks(move_matters)

    assert "已记录" in vote.last(ANA)
    kept = await matter(vote)
    assert kept.outcome and kept.outcome["taking_part"] == kept.ballots == 1
    assert storage.readings == 2


async def test_the_share_of_the_officers_is_of_all_ballots_whatever_the_parts_count(world: World):
    """Of a lift on common land "8/1" were said to be theirs: all, of those of the stair alone."""
    parts = RulePart("OWNER_SPECIAL", Scope("unit", "3-2")), RulePart("OWNER_ORDINARY", ESTATE)
    await deciding.noticed(world, parts=parts)
    await world.has_owners({who: f"9-1-{who.chat}" for who in NEIGHBOURS}, first=601)
    await deciding.begun(world)
    await deciding.votes(world, ANA, "同意")
    for unit, choice in (("o:601", "yes"), ("o:602", "no"), ("o:603", "spoiled")):
        await deciding.hands_in(world, unit, choice)
    await deciding.closed(world)

    assert "其中 3/4 张由工作人员录入" in world.card(BUILDING_3, "结果　1号事项").text


async def test_whoever_dies_while_counting_leaves_the_vote_to_the_next(vote: World) -> None:
    await vote.does(ANA, ANAS)
    vote.clock.now += INSTANT

    async def dies(_step: int) -> None:
        raise KeyboardInterrupt

    slow, _ = slowed(vote, dies)
    with pytest.raises(KeyboardInterrupt):
        await slow.ticks(move_matters)
    assert (await matter(vote)).matter.state is State.OPEN
    await vote.ticks(move_matters)
    assert "参与人数 1/4" in vote.card(BUILDING_3, "结果　1号事项").text


async def test_a_count_that_fails_holds_up_no_other_matter(vote: World) -> None:
    await vote.does(ANA, ANAS)
    vote.clock.now += INSTANT

    async def fails(_step: int) -> None:
        raise ZeroDivisionError

    slow, _ = slowed(vote, fails)
    await slow.ticks(move_matters)
    waits = (await matter(vote)).matter
    assert waits.state is State.OPEN
    assert waits.next_at == vote.clock.now + AFTER_A_FAULT
