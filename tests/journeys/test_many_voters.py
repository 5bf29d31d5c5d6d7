"""Three hundred owners at once, from several accounts and through two processes, up to the close.

What the platforms bring comes twice, and timers look at the clock all the while.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import timedelta
from itertools import count

from sqlalchemy import select

from bot.intake import Intake
from casework.matter_actions import CastBallot
from domain.conversation import Address, Inbound
from domain.matters import Event, State
from domain.record import SHOWN
from scheduler.matters import move_matters
from storage import tables as t
from storage.delivery import Received
from tests.records import lines_of, record_holds
from tests.votes import account, area, has_vote, unit
from tests.world import World

VOTERS = 300
AGAIN = range(1, 76)  # who say the same from another account
CHANGE, LATE = range(1, 101), range(50, 80)  # who changes in the last moment, and who too late
INSTANT = timedelta(milliseconds=1)
LOT = 25  # updates that a platform brings together
_ids = count(1)


def ballots(world: World, voters: Iterable[int], choice: str, channel: str) -> list[Received]:
    return [
        world.as_kept(
            Inbound(f"b{next(_ids)}", account(n, channel), action=CastBallot(1, f"o{n}", choice))
        )
        for n in voters
    ]


async def brought_twice(processes: list[Intake], updates: list[Received]) -> None:
    """Each lot to every process, which is how a webhook repeats what was slow to be answered."""
    async with asyncio.TaskGroup() as together:
        for at in range(0, len(updates), LOT):
            for process in processes:
                together.create_task(process.accept(updates[at : at + LOT]))


async def test_one_ballot_stands_for_each_of_many_whatever_comes_together(world: World) -> None:
    closes = (await has_vote(world.storage, VOTERS)).matter.closes_at
    assert closes
    handle = world.dispatcher.handle
    processes = [Intake(world.storage, handle, world.clock, retry_after=0.01) for _ in range(2)]

    async def timers(ticks: int) -> None:
        for _ in range(ticks):
            await world.dispatcher.run(move_matters)

    async with asyncio.TaskGroup() as together:
        together.create_task(timers(3))
        everybody = range(1, VOTERS + 1)
        await brought_twice(processes, ballots(world, everybody, "yes", "buttons"))
        await brought_twice(processes, ballots(world, AGAIN, "yes", "wechat"))
    for process in processes:
        await process.drain()
    async with asyncio.TaskGroup() as together:
        world.clock.now = closes - INSTANT
        await brought_twice(processes, ballots(world, CHANGE, "no", "wechat"))
        world.clock.now = closes
        together.create_task(timers(20))
        await brought_twice(processes, ballots(world, LATE, "abstain", "buttons"))
    for process in processes:
        await process.drain()
    await timers(1)

    await record_holds(world.storage, 1)
    lines = await lines_of(world.storage, 1)
    assert len(lines) == VOTERS + len(CHANGE) and max(line.at for line in lines) < closes
    async with world.storage.begin() as uow:
        kept = await uow.matters.get(1)
        happened = Counter(row.event for row in await uow.matters.events(1))
    assert kept and kept.matter.state is State.COUNTED and kept.outcome
    [part] = kept.outcome["parts"]
    assert part["no"] == [len(CHANGE), sum(map(area, CHANGE))]
    assert part["yes"] == [VOTERS - len(CHANGE), sum(map(area, range(101, VOTERS + 1)))]
    assert (happened[Event.CLOSE], happened[Event.COUNT]) == (1, 1)
    assert happened[Event.LATE] == len(LATE)
    await everybody_has_a_receipt_of_their_ballot(world)


async def everybody_has_a_receipt_of_their_ballot(world: World) -> None:
    lines = await lines_of(world.storage, 1)
    async with world.storage.begin() as uow:
        kept = await uow.matters.get(1)
        assert kept
        vids = {n: uow.ballots.vid(kept, unit(n)) for n in range(1, VOTERS + 1)}
    standing = {line.vid: f"{line.seq}:{line.commit[:SHOWN]}" for line in lines if line.stands}
    written = {f"{line.seq}:{line.commit[:SHOWN]}" for line in lines}
    told = await receipts(world)
    assert set().union(*told.values()) <= written
    for n, vid in vids.items():
        assert standing[vid] in told[account(n)] | told[account(n, "wechat")]


async def receipts(world: World) -> dict[Address, set[str]]:
    """The codes of all receipts that were promised, by the account that reads them."""
    o = t.outbox.c
    async with world.storage.engine.connect() as connection:
        rows = await connection.execute(select(o.channel, o.chat, o.say))
    told: dict[Address, set[str]] = defaultdict(set)
    for row in rows:
        if row.say["key"].startswith("voting.recorded"):
            told[Address(row.channel, row.chat)].add(row.say["blanks"]["code"])
    return told
