"""One process against several on one PostgreSQL: ``python -m benchmarks.processes``.

Residents suggest in their groups; a balancer brings what they say to the processes, and each
waits for the answer. The database, the residents and the stand-in for Telegram share the
machine, so beside the rate that came out stands what the busiest process would have let through,
had the rest been elsewhere. Prints; asserts nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Annotated

import typer
from aiohttp import ClientSession
from rich.console import Console
from rich.table import Table
from sqlalchemy import URL

from benchmarks import machine
from benchmarks.bots import FOLLOW, processor_seconds, words_of
from benchmarks.load import Said, said_by, stand_in
from benchmarks.whole import make_durable
from bot.clock import system_clock
from bot.config import WEBHOOK_SECRET, load
from tests import databases
from tests.fake_telegram import FakeTelegram
from tests.processes.process import Linli, free_port
from tests.town import Resident, Town, environment, made_up, settle, written_config

console = Console(width=130)

HOOK = "/hooks/telegram"
SECRETS = {WEBHOOK_SECRET: "only-for-benchmarks"}
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRETS[WEBHOOK_SECRET]}
BUILDINGS = 3  # residents of one group, which may hear a burst of three
MESSAGES = 3  # for one suggestion: the author's answer, the group's card, the officer's task


@dataclass
class Measured:
    """What came of one lot: seconds until the last was answered; and of each process until the
    last message that followed had been sent."""

    updates: int
    took: float
    waits: list[float]
    cpu: list[float]

    @property
    def per_second(self) -> float:
        return self.updates / self.took

    @property
    def of_the_busiest(self) -> float:
        return self.updates / max(self.cpu)


@dataclass
class Side:
    """So many processes, and what came of each round."""

    processes: int
    rounds: list[Measured] = field(default_factory=list)

    def row(self, one: "Side") -> list[str]:
        pairs = list(zip(self.rounds, one.rounds, strict=True))
        waits = sorted(wait for each in self.rounds for wait in each.waits)
        cpu = median(1000 * sum(each.cpu) / each.updates for each in self.rounds)
        return [
            str(self.processes),
            f"{median(each.per_second for each in self.rounds):.0f}",
            f"{median(mine.per_second / its.per_second for mine, its in pairs):.2f}",
            f"{median(each.of_the_busiest for each in self.rounds):.0f}",
            f"{median(mine.of_the_busiest / its.of_the_busiest for mine, its in pairs):.2f}",
            f"{1000 * median(waits):.0f} / {1000 * waits[int(0.99 * len(waits))]:.0f}",
            f"{cpu:.1f}",
            " + ".join(f"{100 * cpu / self.rounds[-1].took:.0f}" for cpu in self.rounds[-1].cpu),
        ]


HEADS = (
    "processes", "suggestions a second", "against one", "by the busiest's CPU", "against one",
    "p50 / p99 ms", "CPU ms each", "% of a core, each process",
)  # fmt: skip


def main(
    processes: Annotated[int, typer.Option(help="Beside one.", min=2)] = 2,
    updates: Annotated[int, typer.Option(help="In each round.", min=10)] = 1_000,
    in_flight: Annotated[int, typer.Option(help="Residents who wait for an answer.")] = 32,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
) -> None:
    """How much more several processes do than one."""
    console.print(machine.described())
    console.print(f"before: {machine.load()}")
    sides = [Side(1), Side(processes)]
    with databases.postgresql_server() as server, TemporaryDirectory() as folder:
        asyncio.run(compared(server, Path(folder), sides, updates, in_flight, rounds))
    shown = Table(*HEADS)
    for side in sides:
        shown.add_row(*side.row(sides[0]))
    console.print(shown)
    console.print(f"after: {machine.load()}")


async def compared(
    server: URL, folder: Path, sides: list[Side], updates: int, in_flight: int, rounds: int
) -> None:
    """In turn, each time with a new database and new processes."""
    await make_durable(server)
    for turn in range(rounds):
        for side in sides[:: -1 if turn % 2 else 1]:
            home = folder / f"{turn}-{side.processes}"
            home.mkdir()
            residents = updates + updates // 4
            async with (
                databases.created(server) as url,
                running(home, url, side.processes, residents) as (bot, says),
            ):
                await bot.takes([next(says) for _ in range(updates // 4)], in_flight)
                lot = [next(says) for _ in range(updates)]
                side.rounds.append(await bot.takes(lot, in_flight))


@dataclass
class Many:
    """Processes with one configuration."""

    fake: FakeTelegram
    running: list[Linli]

    async def takes(self, lot: list[Said], in_flight: int) -> Measured:
        sent, before = self.fake.calls["sendMessage"], self._cpu()
        began = perf_counter()
        waits = list(await said_by(self.fake, lot, in_flight))
        took = perf_counter() - began
        all_sent = sent + len(lot) * MESSAGES  # the officers' tasks keep Telegram's pace
        await self.fake.until(lambda: self.fake.calls["sendMessage"] >= all_sent, FOLLOW)
        spent = [now - then for now, then in zip(self._cpu(), before, strict=True)]
        return Measured(len(lot), took, waits, spent)

    def _cpu(self) -> list[float]:
        return [processor_seconds(linli.pid) for linli in self.running]


@asynccontextmanager
async def running(
    home: Path, url: str, many: int, residents: int
) -> AsyncIterator[tuple[Many, Iterator[Said]]]:
    await databases.migrate(url)
    secrets = environment(url) | SECRETS
    async with AsyncExitStack() as stack:
        fake = await stack.enter_async_context(stand_in())
        town = await settled(fake, home, url, residents)
        ports = [free_port() for _ in range(many)]
        bots = [Linli(home / str(port), secrets) for port in ports]
        for port, bot in zip(ports, bots, strict=True):
            folder, web = home / str(port), {"host": "127.0.0.1", "port": port}
            folder.mkdir()
            written_config(folder, fake.url, {"url": f"http://127.0.0.1:{port}"}, web=web)
            await stack.enter_async_context(bot)
            await bot.start("run")
            await bot.answers(f"http://127.0.0.1:{port}/healthz")
        session = await stack.enter_async_context(ClientSession(headers=HEADERS))
        yield Many(fake, bots), brought(fake, town, ports, session)


async def settled(fake: FakeTelegram, home: Path, url: str, residents: int) -> Town:
    config = load(written_config(home, None), environment(url))
    duties = dict.fromkeys(category.who for category in config.community.categories)
    town = made_up(duties, residents=residents, buildings=residents // BUILDINGS + 1)
    town.introduce(fake)
    async with databases.opened(url, system_clock) as storage:
        await settle(storage, town)
    return town


def brought(
    fake: FakeTelegram, town: Town, ports: list[int], session: ClientSession
) -> Iterator[Said]:
    """Suggestions, each brought as soon as it is made to the process with the fewest open requests.

    As nginx does (``least_conn``), so that the one that sends for all gets fewer of them.
    """
    busy, tasks = dict.fromkeys(ports, 0), set[asyncio.Task[None]]()

    async def bring(update: object) -> None:
        port = min(busy, key=busy.__getitem__)
        busy[port] = busy.pop(port) + 1  # the last one among equals
        async with session.post(f"http://127.0.0.1:{port}{HOOK}", json=update) as answer:
            answer.raise_for_status()
        busy[port] -= 1

    def say(resident: Resident) -> None:
        fake.says(resident.user, f"#建议 {words_of(resident.user.id)}", resident.group)
        for update in fake.take_back():
            task = asyncio.create_task(bring(update))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    for resident in town.residents:
        yield Said(resident.user, partial(say, resident))


if __name__ == "__main__":
    typer.run(main)
