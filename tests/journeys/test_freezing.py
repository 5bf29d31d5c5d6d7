"""A long roll is frozen while everybody else goes on, and whoever dies in between leaves none.

The stair of test_decide with twelve hundred flats more: three lots of rows.
"""

import asyncio
from itertools import pairwise

import pytest

from casework.matter_actions import FreezeRoll, ShowBallot
from domain.conversation import Inbound
from domain.matters import State
from domain.residents import Role
from storage.roll import LOT
from storage.subjects import By
from tests.deciding import after_the_notice, matter, noticed, ticks
from tests.electorate import has_many_owners, person
from tests.slow import slowed
from tests.world import ANA, HE, MEI, SUN, World

MORE = 2 * LOT + 200
UNITS = MORE + 4
SURE = FreezeRoll(1, 1)


@pytest.fixture
async def long(world: World) -> World:
    """The notice is over, and nothing has been frozen."""
    await noticed(world)
    await has_many_owners(world, MORE, "3-2")
    await after_the_notice(world)
    return world


async def rows(world: World) -> int:
    async with world.storage.begin() as uow:
        return sum([1 async for _ in uow.roll.entries(1)])


async def is_whole(world: World) -> bool:
    """Everybody is on the roll, and its hash is the one that was posted."""
    kept = await matter(world)
    async with world.storage.begin() as uow:
        found = await uow.roll.hash(1, uow.ballots.key(kept))
    posted = kept.matter.roll_hash == found and kept.matter.state is State.ROLL_FROZEN
    return posted and kept.units == await rows(world) == UNITS


async def test_others_are_answered_and_see_no_roll_while_it_is_written(long: World) -> None:
    """No unit of work writes more than a lot, and between two of them everybody has a turn."""
    seen = [0]

    async def somebody_writes(step: int) -> None:
        await long.writes(MEI, f"3号楼门口的路灯坏了{step}")
        assert str(step) in long.last(MEI)
        await long.does(ANA, ShowBallot(1))
        assert "还没开始投票" in long.last(ANA)
        await ticks(long)
        seen.append(await rows(long))

    slow, storage = slowed(long, somebody_writes)
    await slow.does(SUN, SURE)

    assert await is_whole(long)
    assert max(b - a for a, b in pairwise(seen)) == LOT
    assert storage.readings == 1


@pytest.mark.parametrize("step", range(1, 7))
async def test_whoever_dies_while_a_roll_is_written_leaves_none_behind(
    long: World, step: int
) -> None:
    async def dies(now: int) -> None:
        if now == step:
            raise asyncio.CancelledError

    slow, _ = slowed(long, dies)
    update = slow.as_kept(Inbound("dies", SUN, action=SURE))
    async with long.storage.begin() as uow:
        await uow.delivery.receive([update], long.clock())
    with pytest.raises(asyncio.CancelledError):
        await slow.dispatcher.handle(update)
    kept = await matter(long)
    assert (kept.matter.state, kept.units, kept.matter.roll_hash) == (State.NOTICED, 0, "")
    await long.does(ANA, ShowBallot(1))
    assert "还没开始投票" in long.last(ANA)

    await slow.resumes()
    assert await is_whole(long)


async def test_what_changes_on_the_lists_meanwhile_is_on_the_roll(long: World) -> None:
    """A title that was seen while the roll was written: the owner votes."""
    await long.writes(HE, "/start")
    he = await person(long, HE)

    async def title_is_seen(step: int) -> None:
        if step == 4:
            async with long.storage.begin() as uow:
                await uow.owners.tie(10_001, he, long.clock(), By(he))

    slow, storage = slowed(long, title_is_seen)
    await slow.does(SUN, SURE)

    assert await is_whole(long)
    async with long.storage.begin() as uow:
        [voter] = await uow.roll.may_answer(1, he)
    assert voter.unit == "o:10001"
    assert storage.readings == 2


@pytest.mark.parametrize("step", range(1, 7))
async def test_of_two_who_freeze_one_roll_at_once_one_does(long: World, step: int) -> None:
    await long.has_staff(MEI, "梅管理员", Role.ADMIN, ["*"], ["*"])

    async def another_freezes(now: int) -> None:
        if now == step:
            await long.does(MEI, SURE)

    slow, _ = slowed(long, another_freezes)
    await slow.does(SUN, SURE)

    assert await is_whole(long)
    assert "冻结" in long.last(MEI) or "冻结" in slow.last(SUN)


async def test_of_two_who_write_one_roll_the_first_is_told_of_the_other(long: World) -> None:
    """The other has only begun."""

    async def another_begins(now: int) -> None:
        if now == 4:
            async with long.storage.begin() as uow:
                await uow.roll.begin(1, "ab" * 32)

    slow, _ = slowed(long, another_begins)
    await slow.does(SUN, SURE)

    assert "另一位管理员" in slow.last(SUN)
    assert (await matter(long)).matter.state is State.NOTICED
    await long.does(SUN, SURE)
    assert await is_whole(long)
