"""A vote that somebody else answers for from the middle of it: what they may do, see and undo.

Mei and her brother Lin own 3-2-301 together. She has buttons and votes for both, he types.
"""

import pytest

from casework.matter_actions import ShowMyBallot
from domain.conversation import Address
from handlers.joint import Propose
from storage.roll import OnRoll
from tests.deciding import begun, noticed, votes
from tests.electorate import households, owns, person, verified
from tests.handed_in import ballots, standing
from tests.world import MEI, World

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
        world.clock.advance(minutes=1)
        await world.writes(LIN, "投票 1")
        if "修改我的票" in world.last(LIN):
            await world.presses(LIN, "修改我的票")
        await world.presses(LIN, answer)

    assert "修改次数用完了" in world.last(LIN)
    assert await standing(world) == ["no"]
