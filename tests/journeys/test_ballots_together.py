"""Ballots that come together are what they would be one by one, wherever a process dies."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, select, update

from casework.actions import Suggest
from casework.matter_actions import CastBallot
from domain.conversation import Address, Inbound
from storage import tables as t
from storage import voting_tables as v
from storage.delivery import Received
from storage.mandates import Mandate, State
from tests.records import lines_of, record_holds
from tests.statements import counted
from tests.votes import VOTERS, account, has_vote, unit
from tests.world import World

SEEDS = range(6)
LOTS, LOT, MANY = 4, 12, 7
PAUSE = 0, 1, 3, 4, 4  # seconds between two ballots; a change comes three after at the soonest
CHOICES = "yes", "yes", "no", "abstain", "maybe"
OWN, HANDED_OVER, NOT_MET, ENDS, PROXY, TWO, SENT = range(1, MANY + 1)
OTHERS = "v"  # the way to others one may answer for, which somebody's own word may end


@dataclass(frozen=True)
class Pressed:
    """A ballot as a client may send it; voters are numbered from 1 in each of two votes alike."""

    voter: int
    channel: str
    whose: int
    choice: str
    pause: int

    def in_vote(self, number: int, first: int) -> Inbound:
        action = CastBallot(number, f"o{self.whose + first - 1}", self.choice)
        return Inbound(str(id(self)) + str(number), account(self.voter + first - 1, self.channel),
                       action=action)  # fmt: skip


def pressed(random: Random) -> list[list[Pressed]]:
    """Mostly one's own, sometimes another's, some of it twice; lot by lot."""

    def one() -> Pressed:
        voter = random.randint(1, MANY)
        others = voter if random.random() < 0.8 else random.randint(1, MANY)
        whose = SENT if voter == PROXY and random.random() < 0.5 else others
        whose = OWN if voter == TWO and random.random() < 0.3 else whose
        channel = random.choice(("buttons", "wechat"))
        return Pressed(voter, channel, whose, random.choice(CHOICES), random.choice(PAUSE))

    return [[one() for _ in range(random.randint(2, LOT))] for _ in range(LOTS)]


async def has_odd_vote(world: World, first: int) -> int:
    """With one who answers for two, one for another, one since today, one whom we never met."""
    kept = await has_vote(world.storage, MANY, first=first)
    number, person = kept.number, VOTERS + first - 1
    x = v.voters

    def of(n: int) -> Any:
        return update(x).where(x.c.matter == number, x.c.unit == unit(n + first - 1))

    limited = replace(kept.matter.question, change_limit=1).as_json()
    async with world.storage.engine.begin() as connection:
        m = v.matters
        await connection.execute(update(m).where(m.c.number == number).values(question=limited))
        await connection.execute(of(TWO).values(person_id=person + OWN))
        since = world.clock() - timedelta(seconds=1)
        await connection.execute(of(HANDED_OVER).values(since=since))
        a = t.accounts
        await connection.execute(a.delete().where(a.c.person_id == person + NOT_MET))
        stale = update(a).where(a.c.person_id == person + PROXY)
        await connection.execute(stale.values(private_at=None, blocked_at=world.clock()))
    async with world.storage.begin() as uow:
        mandate = Mandate(number, unit(SENT + first - 1), person + PROXY, State.STANDING)
        await uow.mandates.give(mandate, world.clock())
        who = account(OWN + first - 1)
        await uow.residents.expect(who, who, Suggest(), world.clock())
    return number


async def kept(world: World, lot: Sequence[Inbound], pauses: Sequence[int]) -> list[Received]:
    updates = []
    for inbound, pause in zip(lot, pauses, strict=True):
        world.clock.advance(seconds=pause)
        async with world.storage.begin() as uow:
            updates.append(world.as_kept(inbound))
            await uow.delivery.receive(updates[-1:], world.clock())
    return updates


def in_turn(updates: Sequence[Received]) -> Iterator[Received]:
    """The first of each chat, then the second of each: what comes together comes so."""
    lanes: dict[str, list[Received]] = defaultdict(list)
    for each in updates:
        lanes[each.lane].append(each)
    while any(lanes.values()):
        yield from [lane.pop(0) for lane in lanes.values() if lane]


@pytest.mark.parametrize("seed", SEEDS)
async def test_together_they_come_to_what_they_come_to_one_by_one(world: World, seed: int) -> None:
    lots = pressed(Random(seed))
    found = []
    for first, together in ((1, False), (1 + MANY, True)):
        began = world.clock.now
        number = await has_odd_vote(world, first)
        for lot in lots:
            presses = [press.in_vote(number, first) for press in lot]
            updates = await kept(world, presses, [press.pause for press in lot])
            if together:
                await world.intake.resume()
                await world.intake.drain()
            else:
                for each in in_turn(updates):
                    await world.dispatcher.handle(each)
        await record_holds(world.storage, number)
        found.append(await everything(world, number, first))
        world.clock.now = began

    assert found[0] == found[1]


async def everything(world: World, number: int, first: int) -> dict[str, Any]:
    """What two votes have in common: not their numbers, nonces, hashes and receipts."""
    async with world.storage.begin() as uow:
        matter = await uow.matters.get(number)
        assert matter
        roll = {uow.ballots.vid(matter, x.unit): x async for x in uow.roll.entries(number)}
        events = [row.event for row in await uow.matters.events(number)]
    lines = defaultdict(list)
    for row in await lines_of(world.storage, number):
        lines[int(roll[row.vid].unit[2:]) - first].append(
            (row.choice, row.via, row.at, row.stands, row.areas is None)
        )
    mine = {account(n, c): (n - first, c)
            for n in range(first, first + MANY) for c in ("buttons", "wechat")}  # fmt: skip
    return {
        "lines": dict(lines),
        "took part": [x.took_part for x in roll.values()].count(True),
        "voted": (matter.voted, matter.ballots, events),
        "mandates": await rows(world, v.mandates, number, "state"),
        "said": await said(world, mine),
        "accounts": await of_accounts(world, t.accounts, mine, "private_at", "blocked_at"),
        "prompts": await of_accounts(world, t.prompts, mine, "expects"),
        "inbox": await of_inbox(world, number),
    }


async def rows(world: World, table: Any, number: int, *columns: str) -> list[Any]:
    async with world.storage.engine.connect() as connection:
        query = select(*(table.c[c] for c in columns)).where(table.c.matter == number)
        return sorted(tuple(row) for row in await connection.execute(query))


async def said(world: World, mine: dict[Address, Any]) -> list[Any]:
    o = t.outbox.c
    async with world.storage.engine.connect() as connection:
        found = await connection.execute(select(t.outbox).order_by(o.id))
    told = []
    for row in found:
        who = mine.get(Address(row.channel, row.chat))
        if who is None:
            continue
        buttons = [c[1].split(":")[0] for c in row.say["choices"]]
        told.append((who, row.say["key"], row.card and row.card.count(":"), row.rank, row.state,
                     [b for b in buttons if b != OTHERS], row.say["blanks"].get("at")))  # fmt: skip
    return sorted(told, key=repr)


async def of_accounts(
    world: World, table: Any, mine: dict[Address, Any], *columns: str
) -> list[Any]:
    async with world.storage.engine.connect() as connection:
        found = await connection.execute(select(table))
    known = ((mine.get(Address(row.channel, row.chat)), row) for row in found)
    return sorted((who, *(row._mapping[c] for c in columns)) for who, row in known if who)


async def of_inbox(world: World, number: int) -> list[Any]:
    i = t.inbox
    async with world.storage.engine.connect() as connection:
        found = await connection.execute(select(i).order_by(i.c.seq))
    its = [row for row in found if row.update_id.endswith(str(number))]
    return [(row.done_at is not None, row.error, row.payload) for row in its]


async def test_who_may_change_once_does_not_change_twice_in_one_lot(world: World) -> None:
    number = await has_odd_vote(world, 1)
    first, change, again = (
        Inbound(f"b{choice}", account(SENT, channel), action=CastBallot(number, f"o{SENT}", choice))
        for channel, choice in (("buttons", "yes"), ("buttons", "no"), ("wechat", "abstain"))
    )
    for lot in [first], [change, again]:
        await kept(world, lot, [4] * len(lot))
        await world.intake.resume()
        await world.intake.drain()

    assert [line.choice for line in await lines_of(world.storage, number)] == ["yes", "no"]


async def test_a_lot_costs_as_many_statements_as_a_pair(world: World) -> None:
    await has_vote(world.storage, 40)
    few = await statements_of(world, range(1, 4))
    many = await statements_of(world, range(4, 34))

    assert few == many <= MOST
    assert world.sender.at_work == 33  # a receipt each, so that the next voters come together


MOST = 12  # statements for a lot of ballots, however many they are


async def statements_of(world: World, voters: range) -> int:
    lot = [Inbound(f"b{n}", account(n), action=CastBallot(1, f"o{n}", "yes")) for n in voters]
    await kept(world, lot, [0] * len(lot))
    with counted(world.storage.engine) as seen:
        await world.intake.resume()
        await world.intake.drain()
    return len(seen) - 2  # to find them


class Died(BaseException):
    """The process is gone: nothing of ours has a say any more."""


async def test_a_process_that_dies_in_a_lot_leaves_all_or_nothing_of_it(world: World) -> None:
    """At each statement of it, and the next process does what was left."""
    voters = 3 * MOST
    await has_vote(world.storage, voters)
    for deadly in range(1, MOST + 1):
        numbers = range(3 * deadly - 2, 3 * deadly + 1)
        presses = [
            Inbound(f"b{n}", account(n), action=CastBallot(1, f"o{n}", "yes")) for n in numbers
        ]
        process, next_one = (World(world.storage, world.clock) for _ in range(2))
        await dies(process, await kept(process, presses, [0] * 3), deadly)
        for press in presses:
            next_one.as_kept(press)
        await next_one.resumes()
        assert all(next_one.last(account(n)).startswith("已记录") for n in numbers)

    await record_holds(world.storage, 1)
    assert len(await lines_of(world.storage, 1)) == voters


async def dies(process: World, updates: Sequence[Received], deadly: int) -> None:
    """While it takes these, at this statement, if there are so many."""
    died, left = asyncio.Event(), iter(range(1, deadly))

    def die(*_: object) -> None:
        if next(left, None) is None:
            died.set()
            raise Died

    engine = process.storage.engine.sync_engine
    event.listen(engine, "before_cursor_execute", die)
    tasks = [asyncio.create_task(process.dispatcher.handle(each)) for each in updates]
    end = asyncio.create_task(died.wait())
    await asyncio.wait([end, asyncio.gather(*tasks)], return_when=asyncio.FIRST_COMPLETED)
    event.remove(engine, "before_cursor_execute", die)
    for task in (*tasks, end):
        task.cancel()
    await asyncio.gather(*tasks, end, return_exceptions=True)
