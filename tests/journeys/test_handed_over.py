"""A vote that somebody else answers for from the middle of it: what they may do, see and undo.

Mei and her brother Lin own 3-2-301 together. She has buttons and votes for both, he types.
"""

from pathlib import Path

import pytest

from casework.matter_actions import CastBallot, ShowMyBallot
from domain.conversation import Address
from domain.roll import Fault
from handlers.joint import Propose, Signed
from handlers.owners import Untie
from storage.roll import OnRoll
from tests.checking import check
from tests.deciding import (
    begun,
    bundled,
    closed,
    frozen,
    hands_in,
    happened,
    matter,
    moment,
    noticed,
    opened,
    ticks,
    votes,
)
from tests.electorate import households, owns, person, verified
from tests.handed_in import ballots, standing
from tests.journeys.test_proxies import entrusts
from tests.world import ANA, LI, MEI, SUN, World

LIN = Address("wechat", "lin")
DOOR = "3-2-301"


async def siblings(world: World, **question: object) -> None:
    """The vote is open, and Mei answers for both of them."""
    await noticed(world, **question)
    lin = await world.has_resident(LIN, DOOR, name="Lin")
    for one in (lin, await person(world, MEI)):
        await verified(world, one)
    await owns(world, "林先生", DOOR, person=lin)
    await represents(world, MEI, LIN, "业主503")
    await begun(world)


async def represents(world: World, one: Address, other: Address, name: str) -> None:
    home = (await households(world))[DOOR][0]
    await world.does(one, Propose(home))
    await world.presses(other, f"同意由{name}代表")


async def takes_over(world: World, answer: str) -> None:
    """Lin votes, or changes what stands."""
    world.clock.advance(minutes=1)
    await world.writes(LIN, "投票 1")
    if "修改我的票" in world.last(LIN):
        await world.presses(LIN, "修改我的票")
    await world.presses(LIN, answer)


async def joint_voter(world: World) -> OnRoll:
    async with world.storage.begin() as uow:
        return next(v for v in [v async for v in uow.roll.entries(1)] if v.unit.startswith("j:"))


async def test_who_takes_a_vote_over_reads_only_that_it_was_cast(world: World):
    """I3: how it is marked is shown to whoever marked it, and told by no shortcut either."""
    await siblings(world)
    await votes(world, MEI, "不同意")
    await represents(world, LIN, MEI, "林先生")
    world.clock.advance(minutes=1)
    await world.writes(LIN, "投票 1")
    assert "换代表以前已经投了" in world.last(LIN) and "看我的票" not in world.last(LIN)
    unit = (await joint_voter(world)).unit.replace(":", "")
    await world.does(LIN, ShowMyBallot(1, unit, 1))
    assert "不同意" not in world.last(LIN)

    await world.presses(LIN, "修改我的票")
    await world.presses(LIN, "不同意")
    assert "已记录" in world.last(LIN)
    assert await ballots(world) == [("no", "chat", False), ("no", "chat", True)]
    await world.does(LIN, ShowMyBallot(1, unit, 1))
    assert "您选的是" in world.last(LIN) and "不同意" in world.last(LIN)


@pytest.mark.parametrize("cast_before", [False, True], ids=["nothing cast", "cast before"])
async def test_who_takes_a_vote_over_has_all_changes_of_their_own(world: World, cast_before: bool):
    """I8: Wuhan's one change; the first ballot of the new representative is none."""
    await siblings(world, change_limit=1)
    if cast_before:
        await votes(world, MEI, "不同意")
    await represents(world, LIN, MEI, "林先生")
    for answer in ("同意", "不同意", "同意"):
        await takes_over(world, answer)

    assert "修改次数用完了" in world.last(LIN)
    assert await standing(world) == ["no"]


async def test_who_does_not_act_for_the_owner_after_all_votes_no_more(world: World, tmp_path: Path):
    """Whose ballot stands is for people to decide; the roll stays as its hash says."""
    await opened(world)
    for who in (ANA, LI):
        await votes(world, who, "同意")
    await world.does(SUN, Untie(501))
    assert "正在进行的表决也一样" in world.card(SUN, "不再由原来的人投").text
    assert "第 1 条的票" in world.card(SUN, "不能再代表").text
    assert "正在进行的也一样：3-2-101" in world.last(ANA)

    await world.does(ANA, CastBallot(1, "o501", "no"))
    assert "您不在1号事项" in world.last(ANA)
    await world.does(SUN, Untie(502))
    await hands_in(world, "o:502", "no")
    assert await standing(world) == ["yes", "no"]
    await closed(world)
    outcome = (await matter(world)).outcome
    assert outcome is not None and (outcome["taking_part"], outcome["doubted"]) == (2, 1)
    await world.writes(SUN, "存疑 1")
    assert "第 1 条　投票的人已不能代表这位业主" in world.last(SUN)
    found = check(await bundled(world, tmp_path))
    assert (found.code, found.wrong) == (0, [])


async def test_whoever_they_sent_votes_no_more_either(world: World):
    """Before the opening already, from the frozen roll on."""
    await noticed(world)
    for who, name in ((ANA, "Ana"), (LI, "Li")):
        id = await person(world, who)
        async with world.storage.begin() as uow:
            await uow.residents.call(id, name)
    await frozen(world)
    await entrusts(world, ANA, LI)
    await world.does(SUN, Untie(501))
    assert "委托结束了" in world.last(LI)
    assert (await happened(world))[-1] == "mandate"
    world.clock.now = await moment(world, "opens_at")
    await ticks(world, 2)
    await world.does(LI, CastBallot(1, "o501", "no"))

    assert await ballots(world) == []


async def test_the_other_owners_of_a_flat_choose_anew(world: World):
    """Mei was no owner of it; the two owners sign that he votes, and only his ballot stands."""
    await siblings(world)
    await votes(world, MEI, "不同意")
    await world.does(SUN, Untie(503))
    voter = await joint_voter(world)
    assert (voter.person, voter.fault) == (None, Fault.NEED_REPRESENTATIVE)

    id = await person(world, LIN)
    async with world.storage.begin() as uow:
        [lin] = await uow.owners.of_person(id)
    assert lin.household
    await world.does(SUN, Signed(lin.household, lin.owner))
    await takes_over(world, "同意")
    assert await ballots(world) == [("no", "chat", False), ("yes", "chat", True)]
    await closed(world)
    outcome = (await matter(world)).outcome
    assert outcome is not None and outcome["doubted"] == 0
