"""The two bots, each in a process of its own, with residents who can write to them."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from time import perf_counter

from benchmarks.load import Round, Said, said_by, stand_in
from bot.clock import system_clock
from bot.config import load
from tests import databases
from tests.fake_telegram import FakeTelegram, FakeUser
from tests.processes.process import Linli
from tests.statements import signs
from tests.town import Resident, environment, made_up, settle, written_config

TICKS = os.sysconf("SC_CLK_TCK")  # a second, in which Linux counts processor time
START = 60.0  # seconds for a bot to come up
FOLLOW = 120.0  # seconds for what follows the replies: the officers' tasks keep Telegram's pace
RESIDENTS, BUILDINGS = 6_000, 2_000  # nobody writes twice, and no group hears more than a burst
SUBJECTS = ("电梯", "停车", "噪音", "保安", "垃圾", "路灯", "公交", "小偷", "违建", "养老")


@dataclass(frozen=True)
class Contest:
    """One kind of message to one bot; ``messages`` is how many the bot sends for each."""

    name: str
    fake: FakeTelegram
    pid: int
    says: Iterator[Said]
    messages: int

    async def run(self, updates: int, in_flight: int) -> Round:
        lot = [next(self.says) for _ in range(updates)]
        sent, cpu = self.fake.calls["sendMessage"], processor_seconds(self.pid)
        began = perf_counter()
        waits = await said_by(self.fake, lot, in_flight)
        took = perf_counter() - began
        all_sent = sent + updates * self.messages
        await self.fake.until(lambda: self.fake.calls["sendMessage"] >= all_sent, FOLLOW)
        return Round(list(waits), took, processor_seconds(self.pid) - cpu)


def processor_seconds(pid: int) -> float:
    """All threads of one process, in user and system mode; see proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


Settle = Callable[[FakeTelegram, str], Awaitable[None]]  # with the database


@asynccontextmanager
async def linli(
    folder: Path, database: str, settled: Settle
) -> AsyncIterator[tuple[FakeTelegram, int]]:
    """``linli run`` as anybody starts it, at the highest pace that config.yaml allows."""
    await databases.migrate(database)
    async with stand_in() as fake, Linli(folder, environment(database)) as linli:
        written_config(folder, fake.url)
        await settled(fake, database)
        await linli.start("run")
        await fake.until(lambda: fake.calls["getUpdates"], START)
        yield fake, linli.pid
        await linli.stop()


@asynccontextmanager
async def ours(folder: Path, database: str) -> AsyncIterator[list[Contest]]:
    config = load(written_config(folder, None), environment(database))
    duties = dict.fromkeys(category.who for category in config.community.categories)
    town = made_up(duties, residents=RESIDENTS, buildings=BUILDINGS)

    async def settled(fake: FakeTelegram, database: str) -> None:
        town.introduce(fake)
        async with databases.opened(database, system_clock) as storage:
            await settle(storage, town)

    async with linli(folder, database, settled) as (fake, pid):
        half = len(town.residents) // 2
        outside, at_home = town.residents[:half], town.residents[half:]
        yield [
            Contest("Linli, suggestion in a group", fake, pid, _in_group(fake, outside), 3),
            Contest("Linli, words to it alone", fake, pid, _alone(fake, at_home), 1),
        ]


def _in_group(fake: FakeTelegram, residents: list[Resident]) -> Iterator[Said]:
    """A case each time: the author's confirmation, the group's card, the officer's task."""
    for resident in residents:
        words = f"#建议 {_words(resident.user.id)}"
        yield Said(resident.user, partial(fake.says, resident.user, words, resident.group))


def _alone(fake: FakeTelegram, residents: list[Resident]) -> Iterator[Said]:
    """A draft each time, shown with its buttons."""
    for resident in residents:
        words = _words(resident.user.id)
        yield Said(resident.user, partial(fake.says, resident.user, words))


def _words(seed: int) -> str:
    return SUBJECTS[seed % len(SUBJECTS)] + signs(Random(seed))


@asynccontextmanager
async def bare_bot(database: str) -> AsyncIterator[tuple[FakeTelegram, int]]:
    async with stand_in() as fake:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.bare", database, fake.url
        )
        try:
            await fake.until(lambda: fake.calls["getUpdates"], START)
            yield fake, process.pid
        finally:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def bare(database: str) -> AsyncIterator[list[Contest]]:
    async with bare_bot(database) as (fake, pid):
        yield [Contest("bare bot, one insert, one reply", fake, pid, _any(fake), 1)]


def _any(fake: FakeTelegram) -> Iterator[Said]:
    for number in count(100_000):
        user = FakeUser(number)
        fake.knows(user)
        yield Said(user, partial(fake.says, user, _words(number)))
