"""A case raised and a list seen: our whole bot against django-helpdesk, round by round.

Neither has HTTP in it: ours is told by a made-up platform, which is answered; django-helpdesk is
asked through Django's test client. Both hold the same number of open cases of one person.
"""

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter, process_time

from sqlalchemy import URL, make_url

from benchmarks.bots import RIVALS
from benchmarks.inside import world_of
from tests import databases
from tests.statements import has_cases, signs
from tests.world import ANA, BUILDING_3, ZHOU, World

CASES, TIMES = 10_000, 15
HEADS = ("what", "database", "ms", "CPU ms", "time / django-helpdesk", "CPU / django-helpdesk")
ROWS = {"create": ("a suggestion with its 3 messages", "a ticket by the public form"),
        "list": ("the officer's list and its message", "the list of 25 for its table")}  # fmt: skip

Figures = dict[str, tuple[float, float]]  # milliseconds, and of processor time
Measure = Callable[[], Awaitable[Figures]]


async def rows(server: URL, folder: Path, rounds: int) -> list[list[str]]:
    found = []
    for engine in ("SQLite", "PostgreSQL"):
        async with AsyncExitStack() as open_:
            mine, its = [
                await open_.enter_async_context(_database(engine, server, folder / f"{name}.db"))
                for name in ("ours", "its")
            ]
            ours = await open_.enter_async_context(_ours(mine))
            helpdesk = await open_.enter_async_context(_helpdesk(its))
            pairs = [(await ours(), await helpdesk()) for _ in range(rounds + 1)][1:]
            found += [row for what in ROWS for row in _rows(what, engine, pairs)]
    return found


def _rows(what: str, engine: str, pairs: list[tuple[Figures, Figures]]) -> list[list[str]]:
    lots = [[pair[n][what] for pair in pairs] for n in (0, 1)]
    return [
        [f"{name}: {words}", engine, *(f"{median(f[n] for f in lot):.1f}" for n in (0, 1)),
         *(f"{median(f[n] / g[n] for f, g in zip(lot, lots[1], strict=True)):.2f}" for n in (0, 1))]
        for name, words, lot in zip(("Linli", "django-helpdesk"), ROWS[what], lots, strict=True)
    ]  # fmt: skip


@asynccontextmanager
async def _database(engine: str, server: URL, file: Path) -> AsyncIterator[str]:
    if engine == "SQLite":
        yield f"sqlite+aiosqlite:///{file}"
        return
    async with databases.created(server) as url:
        yield url


@asynccontextmanager
async def _ours(database: str) -> AsyncIterator[Measure]:
    seeds = iter(range(1_000_000))
    async with world_of(database) as world:
        await has_cases(world, CASES)

        async def measure() -> Figures:
            return {"create": await _timed(lambda: _suggest(world, next(seeds))),
                    "list": await _timed(lambda: world.writes(ZHOU, "/mine"))}  # fmt: skip

        yield measure


async def _suggest(world: World, seed: int) -> None:
    await world.writes(ANA, f"#建议 路灯{signs(Random(-seed))}", group=BUILDING_3)


async def _timed(do: Callable[[], Awaitable[None]]) -> tuple[float, float]:
    took, used = [], []
    for _ in range(TIMES):
        began, cpu = perf_counter(), process_time()
        await do()
        took.append((perf_counter() - began) * 1000)
        used.append((process_time() - cpu) * 1000)
    return median(took), median(used)


@asynccontextmanager
async def _helpdesk(database: str) -> AsyncIterator[Measure]:
    command = (RIVALS, "-m", "benchmarks.helpdesk", json.dumps(_of_django(database)), str(CASES))
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    assert process.stdin and process.stdout
    writer, reader = process.stdin, process.stdout

    async def measure() -> Figures:
        writer.write(b"%d\n" % TIMES)
        found: Figures = json.loads(await reader.readline())
        return found

    yield measure
    writer.close()
    await process.wait()


def _of_django(database: str) -> dict[str, object]:
    """The same database in Django's words; on SQLite as durable as ours."""
    url = make_url(database)
    if url.drivername.startswith("sqlite"):
        wal = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        options = {"init_command": wal, "transaction_mode": "IMMEDIATE"}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.database, "OPTIONS": options}
    host = url.query.get("host", url.host)
    return {"ENGINE": "django.db.backends.postgresql", "NAME": url.database,
            "USER": url.username, "PASSWORD": url.password or "", "HOST": host,
            "PORT": str(url.port or "")}  # fmt: skip
