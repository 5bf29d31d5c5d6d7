"""Whole bots in turn, round by round: a busy machine is as unkind to one as to the other."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Protocol

from sqlalchemy import URL, text

from benchmarks.bots import Contest
from benchmarks.load import Round
from tests import databases

LOADS = ((1, 40), (32, 320))  # chats in flight, messages of one round
SECONDS, AT_LEAST, AT_MOST = 5, 100, 300  # at half load, and messages
QUICK = ((32, 128),)
ENGINES = ("SQLite", "PostgreSQL")
Tick = Callable[[str], None]
Loads = Sequence[tuple[int, int]]


@dataclass
class Results:
    """Every round of one contest under one load."""

    name: str
    database: str
    in_flight: int
    rounds: list[Round] = field(default_factory=list)
    at_half: list[float] = field(default_factory=list)  # seconds, at half the rate it has reached

    def middle(self, figure: Callable[[Round], float]) -> float:
        return median(map(figure, self.rounds))

    def against(self, other: "Results", figure: Callable[[Round], float]) -> float:
        """How many times the other's figure: the median of the rounds' own ratios."""
        pairs = zip(self.rounds, other.rounds, strict=True)
        return median(figure(mine) / figure(theirs) for mine, theirs in pairs)


class Ran(Protocol):
    """What can be run in rounds."""

    @property
    def name(self) -> str: ...

    async def run(self, updates: int, in_flight: int) -> Round: ...


Side = Callable[[Path, str], AbstractAsyncContextManager[Sequence[Ran]]]  # with its database


async def compared(
    server: URL, folder: Path, rounds: int, tick: Tick, sides: Sequence[Side],
    engines: Sequence[str] = ENGINES, loads: Loads = LOADS,
) -> AsyncIterator[list[Results]]:  # fmt: skip
    """The contests of all sides, one database after the other; the last is the yardstick."""
    for engine in engines:
        async with AsyncExitStack() as open_:
            home = folder / engine
            home.mkdir(parents=True)
            contests: list[Ran] = []
            for n, side in enumerate(sides):
                url = await open_.enter_async_context(_database(engine, server, home, f"{n}"))
                contests += await open_.enter_async_context(side(home, url))
            for in_flight, messages in loads:
                found = [Results(contest.name, engine, in_flight) for contest in contests]
                for n in range(rounds + 1):
                    tick(f"{engine}, {in_flight} in flight, round {n}")
                    await _round(contests, found, in_flight, messages, n)
                if in_flight > 1 and rounds > 1:
                    tick(f"{engine}, half of that")
                    await _at_half_load(contests, found)
                yield found


async def _at_half_load(contests: Sequence[Ran], found: Sequence["Results"]) -> None:
    """Half of what each bot has answered a second just now, for five seconds at most."""
    for contest, results in zip(contests, found, strict=True):
        if isinstance(contest, Contest):
            rate = results.middle(lambda r: r.per_second) / 2
            results.at_half = await contest.run_evenly(
                min(max(int(rate * SECONDS), AT_LEAST), AT_MOST), rate
            )


async def _round(
    contests: Sequence[Ran], found: list[Results], in_flight: int, messages: int, n: int
) -> None:
    """Each contest once, beginning with another each time. Round 0 warms up."""
    for turn in range(len(contests)):
        which = (n + turn) % len(contests)
        result = await contests[which].run(messages if n else messages // 4, in_flight)
        if n:
            found[which].rounds.append(result)


@asynccontextmanager
async def _database(engine: str, server: URL, home: Path, name: str) -> AsyncIterator[str]:
    if engine == "SQLite":
        yield f"sqlite+aiosqlite:///{home / name}.db"
        return
    async with databases.created(server) as url:
        yield url


async def make_durable(server: URL) -> None:
    """The tests' server does not wait for the disk; one that keeps promises does."""
    url = server.render_as_string(hide_password=False)
    async with databases.engine_for(url) as engine, engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("ALTER SYSTEM SET fsync = on"))
        await connection.execute(text("SELECT pg_reload_conf()"))


HEADS = ("contest", "database", "in flight", "per second", "p50 ms", "p99 ms", "CPU ms each",
         "speed / PTB", "CPU / PTB", "p50, p99 ms at half load")  # fmt: skip


def rows(lots: Iterable[list[Results]]) -> list[list[str]]:
    """Ratios are to the last of each lot, which is the bare python-telegram-bot."""
    return [_row(result, found[-1]) for found in lots for result in found]


def _row(result: Results, yardstick: Results) -> list[str]:
    speed = result.against(yardstick, lambda r: r.per_second)
    cpu = result.against(yardstick, lambda r: r.cpu_ms)
    return [
        result.name,
        result.database,
        str(result.in_flight),
        f"{result.middle(lambda r: r.per_second):.0f}",
        f"{result.middle(lambda r: r.p50_ms):.0f}",
        f"{result.middle(lambda r: r.p99_ms):.0f}",
        f"{result.middle(lambda r: r.cpu_ms):.1f}",
        f"{speed:.2f}",
        f"{cpu:.2f}",
        _half(result.at_half),
    ]


def _half(waits: Sequence[float]) -> str:
    if len(waits) < 2:
        return "-"
    return f"{median(waits) * 1000:.0f}, {quantiles(waits, n=100)[-1] * 1000:.0f}"
