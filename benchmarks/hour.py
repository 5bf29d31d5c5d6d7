"""Start to ready, and an hour of a steady load: ``python -m benchmarks.hour``.

``linli run`` on a database that has all its tables is started some times; ready is when /healthz
says so and Telegram has been asked for updates. The last one then answers so many messages a
second: suggestions in groups, words to it alone, lists of one's cases, ballots. What it has in
memory is looked at every five minutes. Prints; asserts nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter
from typing import Annotated

import typer
from sqlalchemy import URL

from benchmarks import ballots, bots, machine, whole
from benchmarks.bots import processor_seconds
from benchmarks.load import Said, said_evenly, stand_in
from bot.clock import system_clock
from bot.config import load
from tests import databases
from tests.fake_telegram import FakeTelegram
from tests.processes.process import Linli, free_port
from tests.town import environment, made_up, settle, written_config
from tests.votes import has_vote

KINDS = 4  # of messages, in turn; each of them is said by others, and nobody says anything twice
NEIGHBOURS = 3  # in the group of a building, which may hear a burst of three
GLANCE = 0.01  # seconds between two looks whether it is ready
LOT = 10  # seconds; the next begins when all of this one are answered


@dataclass(frozen=True)
class Running:
    """One process of ``linli run`` that is ready."""

    fake: FakeTelegram
    linli: Linli
    took: float  # seconds from its start
    cpu: float

    def memory(self) -> str:
        """Megabytes: all that is resident, and how much of it is its own; see proc(5)."""
        lines = Path(f"/proc/{self.linli.pid}/status").read_text().splitlines()
        of = {name: size for name, _, size in (line.partition(":") for line in lines)}
        return " / ".join(f"{int(of[name].split()[0]) / 1024:.1f}" for name in ("VmRSS", "RssAnon"))


def main(
    minutes: Annotated[int, typer.Option(help="Of load; 0: only the starts.", min=0)] = 60,
    per_second: Annotated[float, typer.Option(help="Messages.")] = 5,
    starts: Annotated[int, typer.Option(min=1)] = 7,
    postgresql: Annotated[bool, typer.Option("--postgresql")] = False,
) -> None:
    """How fast it is ready, and whether its memory stays what it is."""
    print(machine.described(), f"before: {machine.load()}", sep="\n", flush=True)
    server = databases.postgresql_server() if postgresql else nullcontext()
    with server as url, TemporaryDirectory() as folder:
        asyncio.run(_measured(url, Path(folder), minutes, per_second, starts))
    print(f"after: {machine.load()}")


async def _measured(
    server: URL | None, folder: Path, minutes: int, per_second: float, starts: int
) -> None:
    if server:
        await whole.make_durable(server)
    sqlite = nullcontext(f"sqlite+aiosqlite:///{folder / 'linli.db'}")
    async with databases.created(server) if server else sqlite as url, stand_in() as fake:
        await databases.migrate(url)
        many = int((minutes * 60 / LOT + 1) * LOT * per_second / KINDS) + 1
        says = await _settled(fake, folder, url, many)
        seconds = [await _started(fake, folder, url) for _ in range(starts)]
        took, cpu = (sorted(each) for each in zip(*seconds, strict=True))
        print(f"start to ready: {median(took):.2f} s ({took[0]:.2f} to {took[-1]:.2f}),"
              f" {median(cpu):.2f} s of processor time; {starts} starts", flush=True)  # fmt: skip
        async with _running(fake, folder, url) as running:
            await _load(running, says, minutes, per_second)


async def _settled(fake: FakeTelegram, folder: Path, url: str, many: int) -> Iterator[Said]:
    """The community, and what so many people of each kind say, one of each in turn."""
    config = load(written_config(folder, None), environment(url))
    duties = dict.fromkeys(category.who for category in config.community.categories)
    residents = (KINDS - 1) * many
    town = made_up(duties, residents=residents, buildings=residents // NEIGHBOURS)
    town.introduce(fake)
    outside, at_home, busy = (town.residents[many * n : many * (n + 1)] for n in range(KINDS - 1))
    async with databases.opened(url, system_clock) as storage:
        await settle(storage, town)
        asking = range(2 * many + 1, residents + 1)
        await bots.have_cases(storage, config.community.categories[0].code, asking)
        yesterday = system_clock() - timedelta(days=1)
        await has_vote(storage, many, opens=yesterday, accounts=ballots.account)
    kinds = (
        bots.in_group(fake, outside), bots.alone(fake, at_home), bots.mine(fake, busy),
        ballots.ballots(fake, many),
    )  # fmt: skip
    return chain.from_iterable(zip(*kinds, strict=True))


async def _started(fake: FakeTelegram, folder: Path, url: str) -> tuple[float, float]:
    async with _running(fake, folder, url) as running:
        return running.took, running.cpu


@asynccontextmanager
async def _running(fake: FakeTelegram, folder: Path, url: str) -> AsyncIterator[Running]:
    port, polled = free_port(), fake.calls["getUpdates"]
    written_config(folder, fake.url, web={"host": "127.0.0.1", "port": port})
    async with Linli(folder, environment(url)) as linli:
        began = perf_counter()
        await linli.start("run")
        assert await linli.answers(f"http://127.0.0.1:{port}/healthz", GLANCE) == "ok"
        await fake.until(lambda: fake.calls["getUpdates"] > polled)
        took = perf_counter() - began
        yield Running(fake, linli, took, processor_seconds(linli.pid))
        await linli.stop()


async def _load(running: Running, says: Iterator[Said], minutes: int, per_second: float) -> None:
    began, waits, said = monotonic(), list[float](), 0
    print("minute, messages, MB resident / its own, p50 / p99 ms, % of a core")
    for minute in range(0, minutes + 1, 5):
        cpu, since = processor_seconds(running.linli.pid), monotonic()
        while monotonic() < began + minute * 60:
            lot = list(islice(says, int(LOT * per_second)))
            waits += await said_evenly(running.fake, lot, per_second)
            said += len(lot)
        spent = processor_seconds(running.linli.pid) - cpu
        print(minute, said, running.memory(), _waited(waits),
              f"{100 * spent / (monotonic() - since):.0f}", sep=", ", flush=True)  # fmt: skip
        waits.clear()


def _waited(waits: list[float]) -> str:
    if not waits:
        return "-"
    return f"{1000 * median(waits):.0f} / {1000 * quantiles(waits, n=100)[-1]:.0f}"


if __name__ == "__main__":
    typer.run(main)
