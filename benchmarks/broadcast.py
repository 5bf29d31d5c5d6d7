"""A notice to a million people under Telegram's limits: ``python -m benchmarks.broadcast``.

In virtual time, with the pacer and the sender that residents have. Prints; asserts nothing.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import URL

from benchmarks import machine
from benchmarks.noticed import RealOutbox, opened
from benchmarks.played import PlayedOutbox
from benchmarks.side_by_side import SideBySide
from benchmarks.strict import ALLOWED, ASKER, StrictTelegram
from benchmarks.virtual import VirtualLoop, run
from bot.pacer import Pacer
from bot.platforms_telegram import telegram_spacing
from bot.sender import Sender
from tests import databases
from tests.world import COMMUNITY
from texts import Texts

console = Console(width=130)

PAGE = 4096  # bytes, in which Linux counts a process's memory
LOOKS = 10  # at the memory, evenly over the broadcast

Outbox = PlayedOutbox | RealOutbox


@dataclass(frozen=True)
class Case:
    """``asked``: answers a second besides the broadcast. ``kills``: evenly over it.

    Of several ``processes`` on a real PostgreSQL it is the one that sends which is killed.
    """

    name: str
    recipients: int
    seed: int
    asked: float = 3.0
    kills: int = 0
    processes: int = 1


@dataclass
class Result:
    """What came of one broadcast; times in virtual seconds unless said otherwise."""

    name: str
    telegram: StrictTelegram
    took: float = 0.0
    cpu: float = 0.0  # of this process, with the stand-in, and with the database where it is real
    real: float = 0.0
    most_after_kill: int = 0
    refused_after_kill: int = 0
    unknown: int = 0
    memory: list[float] = field(default_factory=list)  # megabytes

    def row(self) -> list[str]:
        accepted, refused = self.telegram.accepted, self.telegram.refused
        return [
            self.name,
            f"{accepted['broadcast']:,}",
            f"{self.took / 3600:.2f}",
            f"{100 * self.telegram.until_last / self.took / ALLOWED:.1f} %",
            f"{100 * accepted['broadcast'] / self.took / ALLOWED:.1f} %",
            f"{refused} = {10_000 * refused / accepted['all']:.2f}",
            str(self.telegram.most),
            " / ".join(str(at(self.telegram.waits, share)) for share in (0.5, 0.99, 1)),
            f"{self.most_after_kill}, {self.refused_after_kill}, {self.unknown}",
            " / ".join(f"{self.memory[n]:.0f}" for n in (0, len(self.memory) // 2, -1)),
            f"{self.real / 60:.1f}, {1000 * self.cpu / accepted['all']:.2f}",
        ]


def at(waits: Counter[int], share: float) -> int:
    """The wait that this share of them does not exceed."""
    left = share * waits.total()
    for wait in sorted(waits):
        left -= waits[wait]
        if left <= 0:
            return wait
    return 0


COLUMNS = (
    "outbox", "recipients", "hours", "of 30/s in all", "the notice", "refused, in 10,000",
    "most in 1 s", "answers: p50/p99/max ms", "kills: most in 1 s, refused, unknown",
    "MB at first / middle / end", "real minutes, CPU ms each",
)  # fmt: skip


def main(
    recipients: Annotated[int, typer.Option(help="Of the played outbox.", min=1)] = 1_000_000,
    through: Annotated[int, typer.Option(help="Through a real outbox.", min=1)] = 10_000,
    processes: Annotated[int, typer.Option(help="On PostgreSQL, of which one sends.", min=1)] = 4,
    seed: int = 1,
) -> None:
    """The share of Telegram's limit that is reached, refusals, the wait for answers, restarts."""
    console.print(machine.described())
    console.print(f"before: {machine.load()}")
    shown = Table(*COLUMNS)
    with TemporaryDirectory() as folder:
        shown.add_row(*run(lambda loop: through_sqlite(loop, Path(folder), through, seed)).row())
    with databases.postgresql_server() as server:
        several = partial(through_postgresql, server=server, recipients=through,
                          processes=processes, seed=seed)  # fmt: skip
        shown.add_row(*run(lambda loop: several(loop)).row())
    quiet = Case("played, nobody asks", recipients // 10, seed, asked=0)
    busy = Case("played", recipients, seed, kills=20)
    for case in (quiet, busy):
        shown.add_row(*run(lambda loop, case=case: in_memory(loop, case)).row())
    console.print(shown)
    console.print(f"after: {machine.load()}")


async def in_memory(loop: VirtualLoop, case: Case) -> Result:
    return await measured(loop, PlayedOutbox(loop, case.recipients), case)


async def through_sqlite(loop: VirtualLoop, folder: Path, recipients: int, seed: int) -> Result:
    case = Case("SQLite", recipients, seed, kills=3)
    async with opened(loop, f"sqlite+aiosqlite:///{folder / 'notice.db'}", recipients) as outbox:
        return await measured(loop, outbox, case)


async def through_postgresql(
    loop: VirtualLoop, *, server: URL, recipients: int, processes: int, seed: int
) -> Result:
    name = f"PostgreSQL, {processes} processes"
    case = Case(name, recipients, seed, kills=3, processes=processes)
    loop.at_work += 1
    async with databases.created(server) as url, opened(loop, url, recipients) as outbox:
        loop.at_work -= 1
        result = await measured(loop, outbox, case)
        loop.at_work += 1
    return result


async def measured(loop: VirtualLoop, outbox: Outbox, case: Case) -> Result:
    telegram = StrictTelegram(loop, Random(case.seed))
    result = Result(case.name, telegram)
    killing = takeovers if case.processes > 1 else kills
    began, cpu, started = perf_counter(), process_time(), loop.time()
    tasks = [
        asyncio.create_task(questions(loop, telegram, outbox, case)),
        asyncio.create_task(memory(telegram, case.recipients, result.memory)),
        asyncio.create_task(killing(loop, telegram, outbox, case, result)),
    ]
    over = asyncio.create_task(outbox.over.wait())
    done, _ = await asyncio.wait([over, *tasks[::2]], return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()  # a task that broke is not a broadcast that ended
    result.took = telegram.last - started
    for task in (over, *tasks):
        task.cancel()
    await asyncio.gather(over, *tasks, return_exceptions=True)
    result.memory.append(megabytes())
    result.unknown = outbox.states["unknown"]
    result.real, result.cpu = perf_counter() - began, process_time() - cpu
    return result


async def questions(
    loop: VirtualLoop, telegram: StrictTelegram, outbox: Outbox, case: Case
) -> None:
    """Somebody asks, at any moment; a place of their own, so that no chat's pace is measured."""
    random = Random(case.seed + 1)
    for number in count(1):
        await asyncio.sleep(random.expovariate(case.asked) if case.asked else 1e9)
        telegram.asked[f"{ASKER}{number}"] = loop.time()
        await outbox.ask(f"{ASKER}{number}")


async def memory(telegram: StrictTelegram, recipients: int, megabytes_: list[float]) -> None:
    for look in range(1, LOOKS):
        await telegram.has_accepted(look * recipients / LOOKS)
        megabytes_.append(megabytes())


def megabytes() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1e6


async def kills(
    loop: VirtualLoop, telegram: StrictTelegram, outbox: Outbox, case: Case, result: Result
) -> None:
    """Each sender dies in the middle, and the next begins in the same moment, knowing nothing."""
    for kill in range(1, case.kills + 2):
        async with sending(loop, telegram, outbox):
            if kill > case.kills:
                await asyncio.Event().wait()
            await telegram.has_accepted(kill * case.recipients / (case.kills + 1))
        await outbox.dies()
        watch(telegram, loop, result)


async def takeovers(
    loop: VirtualLoop, telegram: StrictTelegram, outbox: Outbox, case: Case, result: Result
) -> None:
    """Of several processes the one that sends dies, one that stood by goes on, a new one joins."""
    assert isinstance(outbox, RealOutbox)
    processes = SideBySide(loop, telegram, outbox)
    try:
        for _ in range(case.processes):
            await processes.join()
        for kill in range(1, case.kills + 1):
            await telegram.has_accepted(kill * case.recipients / (case.kills + 1))
            await processes.the_writer_dies()
            watch(telegram, loop, result)
            await processes.join()
        await asyncio.Event().wait()
    finally:
        await processes.end()


def watch(telegram: StrictTelegram, loop: VirtualLoop, result: Result) -> None:
    """The busiest second and the refusals of the ten seconds after a restart."""
    most, refused = telegram.most, telegram.refused
    telegram.most = 0

    def look() -> None:
        result.most_after_kill = max(result.most_after_kill, telegram.most)
        result.refused_after_kill += telegram.refused - refused
        telegram.most = max(most, telegram.most)

    loop.call_later(10, look)


@asynccontextmanager
async def sending(
    loop: VirtualLoop, telegram: StrictTelegram, outbox: Outbox
) -> AsyncIterator[None]:
    pacers = {"telegram": Pacer(ALLOWED, telegram_spacing)}
    texts = Texts.load("zh", COMMUNITY.calendar.zone)
    storage: Any = outbox.storage
    channels: Any = {"telegram": telegram}
    sender = Sender(storage, channels, texts, pacers, loop.clock, loop.time)
    outbox.wake = sender.wake
    task = asyncio.create_task(sender.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


if __name__ == "__main__":
    typer.run(main)
