"""What one update costs inside: statements in small and large communities, and time in a huge one.

Runs in this process on a made-up platform, so nothing but the bot and its database counts.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from random import Random
from statistics import median
from time import perf_counter

from rich.table import Table

from storage.ids import Ids
from storage.uow import open_storage
from storage.vault import Vault
from tests import databases
from tests.statements import has_cases, of_each_kind, signs
from tests.world import ANA, BUILDING_3, ZHOU, FakeClock, World

FEW, MANY, HUGE = 100, 10_000, 100_000  # open cases, all of one grid, category and officer
TIMES = 20

Counts = Mapping[tuple[str, int], Mapping[str, float]]  # by database and number of cases


async def measured(urls: Mapping[str, str]) -> tuple[Counts, Counts]:
    """Statements with few and with many cases; milliseconds with few and a huge number."""
    statements: dict[tuple[str, int], Mapping[str, float]] = {}
    times: dict[tuple[str, int], Mapping[str, float]] = {}
    for database, url in urls.items():
        async with world_of(url) as world:
            for cases in (FEW, MANY):
                await has_cases(world, cases)
                statements[database, cases] = await of_each_kind(world)
                if cases == FEW:
                    times[database, cases] = await _timed(world)
            await has_cases(world, HUGE)
            times[database, HUGE] = await _timed(world)
    return statements, times


@asynccontextmanager
async def world_of(url: str) -> AsyncIterator[World]:
    await databases.migrate(url)
    clock = FakeClock()
    async with databases.engine_for(url) as engine:
        storage = await open_storage(engine, "test", Vault(databases.SECRET), Ids(clock))
        world = World(storage, clock)
        await world.has_everybody()
        yield world


async def _timed(world: World) -> dict[str, float]:
    """Milliseconds from an update's arrival to its last message; the median of some."""

    async def suggest(n: int) -> None:
        await world.writes(ANA, f"#建议 路灯{signs(Random(-n))}", group=BUILDING_3)

    return {
        "suggest in a group": await _median_of(suggest),
        "mine, of the officer": await _median_of(lambda n: world.writes(ZHOU, "/mine")),
        "mine, of the resident": await _median_of(lambda n: world.writes(ANA, "/mine")),
    }


async def _median_of(step: Callable[[int], Awaitable[None]]) -> float:
    took = []
    for n in range(1, TIMES + 1):
        began = perf_counter()
        await step(n)
        took.append((perf_counter() - began) * 1000)
    return median(took)


def table(what: str, counts: Counts) -> Table:
    """One row for each kind of update, one column for each database and number of cases."""
    shown = Table(what, *(f"{database}, {cases:,} cases" for database, cases in counts))
    for kind in next(iter(counts.values())):
        shown.add_row(kind, *(f"{column[kind]:.3g}" for column in counts.values()))
    return shown
