"""Ballots through the whole bot, the bare bot and the bare database, round by round.

A ballot is one press of a button. Ours is told apart from a repeated one, judged by its moment
and the roll, chained into the record, and answered with a receipt; the bare bot writes one row.
``python -m benchmarks.ballots`` measures this alone, in some three minutes.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from sqlalchemy import URL, text

from benchmarks import bots, machine, markdown, whole
from benchmarks.bare import UPSERT
from benchmarks.bots import Contest
from benchmarks.load import Round, Said
from bot.clock import system_clock
from casework.matter_actions import CastBallot
from domain.conversation import Address
from storage.engine import open_engine
from tests import databases
from tests.fake_telegram import FakeTelegram, FakeUser
from tests.town import made_up, settle
from tests.votes import has_vote, unit

VOTERS, ACCOUNTS = 4_000, 900_000  # nobody votes twice
ROUNDS = 3


@asynccontextmanager
async def ours(folder: Path, database: str) -> AsyncIterator[list[Contest]]:
    async with bots.linli(folder, database, _settled) as (fake, pid):
        yield [Contest("Linli, a ballot with its receipt", fake, pid, ballots(fake), 1)]


async def _settled(fake: FakeTelegram, database: str) -> None:
    town = made_up(["other"], residents=1, buildings=1)
    town.introduce(fake)
    async with databases.opened(database, system_clock) as storage:
        await settle(storage, town)
        yesterday = system_clock() - timedelta(days=1)
        await has_vote(storage, VOTERS, opens=yesterday, accounts=account)


def account(number: int) -> list[Address]:
    return [Address("telegram", f"{ACCOUNTS + number}")]


def ballots(fake: FakeTelegram, voters: int = VOTERS) -> Iterator[Said]:
    for number in range(1, voters + 1):
        data = CastBallot(1, unit(number).replace(":", ""), "yes").pack()
        yield _press(fake, FakeUser(ACCOUNTS + number, "Ana"), data)


def _press(fake: FakeTelegram, user: FakeUser, data: str) -> Said:
    fake.knows(user)
    ballot = fake.chats.add(user.id, fake.me, text="请选")
    return Said(user, partial(fake.sends_data, user, ballot, data))


@dataclass(frozen=True)
class Limit:
    """The database alone: the bare bot's one statement, each in a transaction of its own."""

    name: str
    database: str
    numbers: Iterator[int]

    async def run(self, updates: int, in_flight: int) -> Round:
        engine = open_engine(self.database, pool=in_flight)
        left, waits = iter(range(updates)), list[float]()

        async def write() -> None:
            for _ in left:
                asked = perf_counter()
                async with engine.begin() as connection:
                    row = {"voter": next(self.numbers), "choice": "yes"}
                    await connection.execute(text(UPSERT), row)
                waits.append(perf_counter() - asked)

        async with engine.connect():  # so that opening is not in it
            pass
        began, used = perf_counter(), process_time()
        await asyncio.gather(*(write() for _ in range(in_flight)))
        took, cpu = perf_counter() - began, process_time() - used
        await engine.dispose()
        return Round(waits, took, cpu)


@asynccontextmanager
async def bare(_folder: Path, database: str) -> AsyncIterator[list[Contest | Limit]]:
    """The database's own limit, and the bare bot last: it is what the others are measured by."""
    async with bots.bare_bot(database) as (fake, pid):
        yield [
            Limit("one upsert, no bot", database, count(2_000_000)),
            Contest("python-telegram-bot, one upsert", fake, pid, _presses(fake), 1),
        ]


def _presses(fake: FakeTelegram) -> Iterator[Said]:
    for number in count(100_000):
        yield _press(fake, FakeUser(number), "yes")


async def _compared(server: URL, folder: Path) -> list[list[whole.Results]]:
    await whole.make_durable(server)
    sides = ours, bare
    return [lot async for lot in whole.compared(server, folder, ROUNDS, lambda _: None, sides)]


if __name__ == "__main__":
    print(machine.described(), f"before: {machine.load()}", "", sep="\n")
    with databases.postgresql_server() as server, TemporaryDirectory() as folder:
        lots = asyncio.run(_compared(server, Path(folder)))
    print(markdown.table(whole.HEADS, whole.rows(lots)), f"\nafter: {machine.load()}")
