"""How much room a community takes on the disk: ``python -m benchmarks.sizes``, a minute.

Grows one community through the bot's own handlers, and looks at the size after each kind of
thing. Deeds leave rows that are forgotten again (inbox after 8 days, outbox after 30) and rows
that stay; the second column is what is left once those are forgotten and the room is reclaimed.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from casework.matter_actions import CastBallot
from storage.uow import Storage
from tests import databases
from tests.statements import of_each_kind
from tests.town import made_up, settle
from tests.votes import account, has_vote
from tests.world import FakeClock, World

RESIDENTS, CASES, BALLOTS = 1_000, 60, 150

Grow = Callable[[], Awaitable[object]]
Size = tuple[str, float, float]


async def main() -> None:
    table = Table("kB for each", "database", "at first", "in the end")
    with TemporaryDirectory() as folder, databases.postgresql_server() as server:
        for n, grown in enumerate((_residents, _deeds)):
            async with databases.created(server) as url:
                for place in (f"sqlite+aiosqlite:///{Path(folder) / f'{n}.db'}", url):
                    await databases.migrate(place)
                    async with _world(place) as world:
                        for what, first, last in await grown(world):
                            name = world.storage.engine.dialect.name
                            table.add_row(what, name, f"{first:.1f}", f"{last:.1f}")
    Console(width=130).print(table)


@asynccontextmanager
async def _world(url: str) -> AsyncIterator[World]:
    clock = FakeClock()
    async with databases.opened(url, clock) as storage:
        yield World(storage, clock)


async def _residents(world: World) -> list[Size]:
    town = made_up(["utilities"], residents=RESIDENTS, buildings=10)
    grow = partial(settle, world.storage, town)
    return [await _each(world, "resident with a home", RESIDENTS, grow)]


async def _deeds(world: World) -> list[Size]:
    await world.has_everybody()
    cases = await _each(world, "case, from its suggestion to its rating", CASES, _lives(world))
    await has_vote(world.storage, BALLOTS)
    return [cases, await _each(world, "ballot with its receipt", BALLOTS, _votes(world))]


def _lives(world: World) -> Grow:
    async def grow() -> None:
        for _ in range(CASES):
            await of_each_kind(world)

    return grow


def _votes(world: World) -> Grow:
    async def grow() -> None:
        for n in range(1, BALLOTS + 1):
            await world.does(account(n), CastBallot(1, f"o{n}", "yes"))

    return grow


async def _each(world: World, what: str, many: int, grow: Grow) -> Size:
    before = await _size(world.storage)
    await grow()
    first = await _size(world.storage)
    async with world.storage.begin() as uow:
        later = world.clock() + timedelta(days=1)
        await uow.delivery.forget_handled(later)
        await uow.delivery.forget_settled(later)
    last = await _size(world.storage)
    return what, (first - before) / many / 1e3, (last - before) / many / 1e3


async def _size(storage: Storage) -> int:
    """Of the database, once free room has been given back."""
    async with storage.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        if storage.engine.dialect.name == "postgresql":
            await connection.execute(text("VACUUM FULL"))
            size = await connection.scalar(text("SELECT pg_database_size(current_database())"))
            return int(size or 0)
    return await asyncio.to_thread(_compact, Path(str(storage.engine.url.database)))


def _compact(file: Path) -> int:
    copy = file.with_suffix(".compact")
    copy.unlink(missing_ok=True)
    with sqlite3.connect(file) as database:
        database.execute("VACUUM INTO ?", (str(copy),))
    return copy.stat().st_size


if __name__ == "__main__":
    asyncio.run(main())
