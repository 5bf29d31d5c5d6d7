"""Votes of a hundred thousand units: frozen, closed and verified while residents use the bot.

``python -m benchmarks.large``, three minutes.
Runs in this process on made-up platforms, so nothing but the bot and its database counts. What a
resident waits for is one update from its arrival to its answer, promised.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import URL, func, literal, select

from benchmarks import machine
from benchmarks.inside import world_of
from benchmarks.whole import make_durable
from bot.bundle import BESIDE, Given, give
from casework import counting
from casework.actions import Mine
from casework.matter_actions import FreezeRoll
from casework.scene import System
from domain.conversation import Action, Inbound
from domain.matters import Event, Matter, State
from scheduler.doubts import look_for_doubts
from scheduler.matters import move_matters
from storage import voting_tables as v
from storage.matters import Happened
from storage.uow import UnitOfWork
from tests import databases
from tests.databases import NOON
from tests.electorate import has_many_owners
from tests.votes import QUESTION, everybody_votes, has_vote
from tests.world import ANA, COMMUNITY, SUN, World

console = Console(width=110)

UNITS = 100_000
A_WHILE = 3.0  # seconds of nothing else, to compare with
PAUSE = 0.02  # seconds between two residents


@dataclass(frozen=True)
class Waits:
    """Seconds that something took, and that residents waited meanwhile."""

    took: float
    waits: Sequence[float]

    def row(self) -> list[str]:
        ms = sorted(wait * 1000 for wait in self.waits)
        figures = median(ms), ms[len(ms) * 99 // 100], ms[-1]
        return [f"{self.took:.1f}", *(f"{figure:.0f}" for figure in figures)]


Found = Mapping[tuple[str, str], Waits]  # by what was done and the database


def main(
    units: Annotated[int, typer.Option(help="Voters of the vote.", min=1_000)] = UNITS,
) -> None:
    """What others wait for while a large roll is frozen, a vote counted, a bundle verified."""
    console.print(f"{machine.described()}\nbefore: {machine.load()}")
    with databases.postgresql_server() as server, TemporaryDirectory() as folder:
        console.print(table(asyncio.run(_measure(server, folder, units))))
    console.print(f"after: {machine.load()}")


async def _measure(server: URL, folder: str, units: int) -> Found:
    await make_durable(server)
    async with databases.created(server) as url:
        urls = {"SQLite": f"sqlite+aiosqlite:///{folder}/large.db", "PostgreSQL": url}
        return await measured(urls, units)


async def measured(urls: Mapping[str, str], units: int) -> Found:
    found: dict[tuple[str, str], Waits] = {}
    for database, url in urls.items():
        async with world_of(url) as world:
            async for what, waits in _done(world, units):
                found[what, database] = waits
                console.print(f"{database}: {what}: {waits.took:.1f} s")
    return found


async def _done(world: World, units: int) -> AsyncIterator[tuple[str, Waits]]:
    yield "nothing", await _meanwhile(world, asyncio.sleep(A_WHILE))
    await has_many_owners(world, units, "9-1")
    number = await _noticed(world)
    for sure, what in enumerate(("draw up a roll", "freeze it")):
        work = _does(world, FreezeRoll(number, sure), str(sure))
        yield f"{what} of {units:,}", await _meanwhile(world, work)
    vote = await has_vote(world.storage, units)
    opens, closes = vote.matter.opens_at, vote.matter.closes_at
    assert opens and closes
    await everybody_votes(world.storage, vote.number, opens, closes - timedelta(hours=2))
    world.clock.now = closes
    yield f"close and count {units:,}", await _meanwhile(world, world.dispatcher.run(move_matters))
    yield "look for doubts in it", await _meanwhile(world, world.dispatcher.run(look_for_doubts))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        yield "write its bundle", await _meanwhile(world, _bundled(world, vote.number, path))
        yield "verify.py on the bundle", await _meanwhile(world, _verified(path))
    await _ten_times_as_many(world, vote.number, units)
    yield f"count {10 * units:,} ballots", await _meanwhile(world, _counted(world, vote.number))
    async with world.storage.begin() as uow:
        frozen, counted = await uow.matters.get(number), await uow.matters.get(vote.number)
    assert frozen and frozen.units == units and frozen.matter.state is State.ROLL_FROZEN
    assert counted and counted.outcome and counted.outcome["taking_part"] == units


async def _bundled(world: World, number: int, path: Path) -> None:
    given = await give(world.storage, COMMUNITY, number, path, world.clock(), lambda _: None)
    assert isinstance(given, Given), given


async def _verified(path: Path) -> None:
    """As an auditor starts it, in a process of its own."""
    verify = await asyncio.create_subprocess_exec(
        sys.executable, BESIDE["verify.py"], path, stdout=asyncio.subprocess.DEVNULL
    )
    assert await verify.wait() == 0


async def _ten_times_as_many(world: World, number: int, units: int) -> None:
    """Nine copies of each voter and ballot: nothing but a count would take them for a record."""
    x, b = v.voters, v.ballots
    for n, letter in enumerate("ghijklmno", 1):  # no vid begins so, being hexadecimal
        unit, seq = literal(letter) + x.c.unit, b.c.seq + n * units
        vid = literal(letter) + func.substr(b.c.vid, 2)
        voters = select(*(unit if c.name == "unit" else c for c in x.c)).where(
            x.c.matter == number, x.c.unit.startswith("o:")
        )
        cast = select(*({"seq": seq, "vid": vid}.get(c.name, c) for c in b.c)).where(
            b.c.matter == number, b.c.seq <= units
        )
        async with world.storage.engine.begin() as connection:
            await connection.execute(x.insert().from_select([c.name for c in x.c], voters))
            await connection.execute(b.insert().from_select([c.name for c in b.c], cast))


async def _counted(world: World, number: int) -> None:
    async def count(uow: UnitOfWork) -> None:
        kept = await uow.matters.get(number)
        assert kept
        await counting.count(System(COMMUNITY, world.clock(), uow), kept)

    await world.storage.run(count)


async def _noticed(world: World) -> int:
    """A matter of the whole community, of which notice has been given long enough."""
    async with world.storage.begin() as uow:
        number = await uow.matters.next_number()
        staff = next(s.id for s in await uow.staff.all() if s.role == "admin")
        opens, closes = NOON + timedelta(days=30), NOON + timedelta(days=37)
        question = replace(QUESTION, notice_ends_at=NOON, opens_at=opens, closes_at=closes)
        matter = Matter(
            number, "repair_fund", question, State.NOTICED, staff, text_hash="0" * 64,
            opens_at=opens, closes_at=closes,
        )  # fmt: skip
        await uow.matters.open(matter, Happened(Event.NOTICE, NOON))
    return number


async def _meanwhile(world: World, work: Coroutine[None, None, None]) -> Waits:
    """Do it, while one resident after the other asks for something."""
    began, waits = perf_counter(), list[float]()
    working = asyncio.create_task(_timed(work))
    while not working.done():
        asked = perf_counter()
        await _does(world, Mine(), f"{began}:{len(waits)}")
        waits.append(perf_counter() - asked)
        await asyncio.sleep(PAUSE)
    return Waits(await working, waits)


async def _timed(work: Coroutine[None, None, None]) -> float:
    began = perf_counter()
    await work
    return perf_counter() - began


async def _does(world: World, action: Action, id: str) -> None:
    who = ANA if isinstance(action, Mine) else SUN
    update = world.as_kept(Inbound(id, who, action=action))
    async with world.storage.begin() as uow:
        await uow.delivery.receive([update], world.clock())
    await world.dispatcher.handle(update)


def table(found: Found) -> Table:
    shown = Table("while it does", "database", "s", "others p50 ms", "p99 ms", "max ms")
    for (what, database), waits in found.items():
        shown.add_row(what, database, *waits.row())
    return shown


if __name__ == "__main__":
    typer.run(main)
