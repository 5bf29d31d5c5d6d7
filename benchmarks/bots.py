"""The bots, each in a process of its own, with residents who can write to them."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from time import perf_counter

from sqlalchemy import text

from benchmarks.load import Round, Said, said_by, said_evenly, stand_in
from bot.clock import system_clock
from bot.config import load
from storage import tables as t
from storage.uow import Storage
from tests import databases
from tests.fake_telegram import FakeTelegram, FakeUser
from tests.processes.process import Linli
from tests.statements import open_case, signs
from tests.town import TOKEN, Resident, environment, made_up, settle, written_config

TICKS = os.sysconf("SC_CLK_TCK")  # a second, in which Linux counts processor time
RIVALS = str(Path(__file__).parents[1] / ".venv-bench/bin/python")
START = 60.0  # seconds for a bot to come up
FOLLOW = 120.0  # seconds for what follows the replies: the officers' tasks keep Telegram's pace
SETTLED = "accounts, groups, households, people, tickets, voters"  # not what the bot has to write
RESIDENTS, BUILDINGS = 7_500, 2_500  # nobody writes twice, and no group hears more than a burst
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

    async def run_evenly(self, updates: int, per_second: float) -> list[float]:
        """Each message's wait, where so many a second are said."""
        lot = [next(self.says) for _ in range(updates)]
        return [*await said_evenly(self.fake, lot, per_second)]


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
        await _looked_at(database)
        await linli.start("run")
        await fake.until(lambda: fake.calls["getUpdates"], START)
        yield fake, linli.pid
        await linli.stop()


async def _looked_at(database: str) -> None:
    """The town was there before: PostgreSQL by itself looks at what is new within a minute."""
    async with databases.engine_for(database) as engine, engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text(f"ANALYZE {SETTLED}"))


@asynccontextmanager
async def ours(folder: Path, database: str) -> AsyncIterator[list[Contest]]:
    config = load(written_config(folder, None), environment(database))
    duties = dict.fromkeys(category.who for category in config.community.categories)
    town = made_up(duties, residents=RESIDENTS, buildings=BUILDINGS)

    third = len(town.residents) // 3
    outside, at_home, asking = (town.residents[third * n : third * (n + 1)] for n in range(3))
    category, people = config.community.categories[0].code, range(2 * third + 1, 3 * third + 1)

    async def settled(fake: FakeTelegram, database: str) -> None:
        town.introduce(fake)
        async with databases.opened(database, system_clock) as storage:
            await settle(storage, town)
            await have_cases(storage, category, people)

    async with linli(folder, database, settled) as (fake, pid):
        yield [
            Contest("Linli, a suggestion in a group", fake, pid, in_group(fake, outside), 3),
            Contest("Linli, words to it alone", fake, pid, alone(fake, at_home), 1),
            Contest("Linli, list mine", fake, pid, mine(fake, asking), 1),
        ]


async def have_cases(storage: Storage, category: str, people: Sequence[int]) -> None:
    """One open case for each of these people, whose numbers are those that ``settle`` gave."""
    of = {"community_id": storage.community, "category": category, "holder_id": 1}
    cases = [open_case(n) | of | {"author_id": person} for n, person in enumerate(people, 1)]
    counter = {"community_id": storage.community, "name": "tickets", "value": len(cases)}
    async with storage.engine.begin() as connection:
        await connection.execute(t.tickets.insert(), cases)
        await connection.execute(t.counters.insert(), counter)


def in_group(fake: FakeTelegram, residents: list[Resident]) -> Iterator[Said]:
    """A case each time: the author's confirmation, the group's card, the officer's task."""
    for resident in residents:
        words = f"#建议 {words_of(resident.user.id)}"
        yield Said(resident.user, partial(fake.says, resident.user, words, resident.group))


def alone(fake: FakeTelegram, residents: list[Resident]) -> Iterator[Said]:
    """A draft each time, shown with its buttons."""
    for resident in residents:
        words = words_of(resident.user.id)
        yield Said(resident.user, partial(fake.says, resident.user, words))


def mine(fake: FakeTelegram, residents: list[Resident]) -> Iterator[Said]:
    """The open case that each of them has (:func:`_settled`)."""
    for resident in residents:
        yield Said(resident.user, partial(fake.says, resident.user, "/mine"))


def words_of(seed: int) -> str:
    return SUBJECTS[seed % len(SUBJECTS)] + signs(Random(seed))


@asynccontextmanager
async def bare_bot(database: str) -> AsyncIterator[tuple[FakeTelegram, int]]:
    """python-telegram-bot, of which ours is the same version."""
    async with _started(sys.executable, "benchmarks.bare", database) as running:
        yield running


@asynccontextmanager
async def bare(_folder: Path, database: str) -> AsyncIterator[list[Contest]]:
    async with bare_bot(database) as (fake, pid):
        yield [Contest("python-telegram-bot, one insert", fake, pid, _any(fake), 1)]


@asynccontextmanager
async def aiogram(_folder: Path, database: str) -> AsyncIterator[list[Contest]]:
    async with _started(RIVALS, "benchmarks.rivals", "aiogram", database) as (fake, pid):
        yield [Contest("aiogram, one insert", fake, pid, _any(fake), 1)]


@asynccontextmanager
async def telebot(_folder: Path, database: str) -> AsyncIterator[list[Contest]]:
    async with _started(RIVALS, "benchmarks.rivals", "telebot", database) as (fake, pid):
        yield [Contest("pyTelegramBotAPI, one insert", fake, pid, _any(fake), 1)]


@asynccontextmanager
async def _started(
    python: str, module: str, *arguments: str
) -> AsyncIterator[tuple[FakeTelegram, int]]:
    async with stand_in() as fake:
        command = (python, "-m", module, *arguments, fake.url, TOKEN)
        process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL)
        try:
            await fake.until(lambda: fake.calls["getUpdates"], START)
            yield fake, process.pid
        finally:
            process.terminate()
            await process.wait()


def _any(fake: FakeTelegram) -> Iterator[Said]:
    for number in count(100_000):
        user = FakeUser(number)
        fake.knows(user)
        yield Said(user, partial(fake.says, user, words_of(number)))
