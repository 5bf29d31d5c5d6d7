"""Several processes on PostgreSQL behind a load balancer: they come, they go, nobody notices."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import update

from bot.clock import system_clock
from bot.config import WEBHOOK_SECRET, Config, load
from bot.roles import telegram_role
from storage import tables as t
from storage.claims import LEASE
from storage.ids import process_of
from storage.seats import taken
from storage.uow import Storage
from tests import databases
from tests.fake_telegram import FakeTelegram
from tests.faults.books import account_for, every
from tests.faults.chaos import LONG, SEEDS
from tests.processes.balancer import Balancer
from tests.processes.process import Linli, free_port
from tests.processes.test_kill import (
    Told,
    everybody_is_told,
    nobody_is_told_twice,
    unlike,
    what_was_in_doubt_is_settled,
)
from tests.town import (
    TOKEN,
    Town,
    environment,
    fake_telegram,
    made_up,
    settle,
    written_config,
)

pytestmark = pytest.mark.xdist_group("waits")  # for processes, so one after another

PROCESSES = 3
CHATS = 9
KILLS = 4 if LONG else 1
SENDER = telegram_role(TOKEN)
SECRETS = {WEBHOOK_SECRET: "only-for-tests"}


@dataclass
class Many:
    """Processes with one configuration, each with a folder and a port of its own."""

    folder: Path
    telegram: str
    database: str
    balancer: Balancer
    stack: AsyncExitStack
    running: dict[int, Linli] = field(default_factory=dict)  # by port

    async def join(self) -> None:
        port = free_port()
        folder = self.folder / str(port)
        folder.mkdir()
        self.config(folder, port)
        linli = Linli(folder, environment(self.database) | SECRETS)
        await self.stack.enter_async_context(linli)
        await linli.start("run")
        self.running[port] = linli
        assert await linli.answers(f"http://127.0.0.1:{port}/healthz") == "ok"
        self.balancer.ports.append(port)

    def config(self, folder: Path, port: int) -> Config:
        webhook = {"url": self.balancer.url}
        path = written_config(
            folder, self.telegram, webhook, web={"host": "127.0.0.1", "port": port}
        )
        return load(path, environment(self.database) | SECRETS)

    async def kill(self, port: int) -> None:
        """As a power cut would; the balancer finds out by itself."""
        await self.running.pop(port).kill()

    def port_of(self, number: int) -> int:
        """Of the process that has this number."""
        said = re.compile(rf"seat taken.*\bprocess={number}\b")
        return next(
            port for port, linli in self.running.items() if said.search(linli.err + linli.out)
        )


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with fake_telegram() as fake:
        yield fake


@pytest.fixture
async def many(fake: FakeTelegram, postgresql_url: str, tmp_path: Path) -> AsyncIterator[Many]:
    async with Balancer() as balancer, AsyncExitStack() as stack:
        yield Many(tmp_path, fake.url, postgresql_url, balancer, stack)


@pytest.fixture
async def storage(postgresql_url: str) -> AsyncIterator[Storage]:
    async with databases.opened(postgresql_url, system_clock) as storage:
        yield storage


@pytest.fixture
async def town(many: Many, fake: FakeTelegram, storage: Storage, tmp_path: Path) -> Town:
    duties = dict.fromkeys(c.who for c in many.config(tmp_path, 0).community.categories)
    town = made_up(duties, residents=CHATS, buildings=CHATS)
    town.introduce(fake)
    await settle(storage, town)
    return town


@pytest.mark.parametrize("seed", SEEDS)
async def test_processes_come_and_go_and_every_update_is_handled_once_and_in_order(
    many: Many, fake: FakeTelegram, storage: Storage, town: Town, seed: int
) -> None:
    random = Random(seed)
    told = {r.user.id: list(unlike(random)) for r in town.residents}
    await asyncio.gather(*(many.join() for _ in range(PROCESSES)))
    everything_is_said(fake, town, told)
    for _ in range(KILLS):
        moment = len(fake.confirmed) + random.randint(4, 9)
        await fake.until(lambda: len(fake.confirmed) >= moment or not fake.unconfirmed)  # noqa: B023
        await the_sender_dies(many, storage)
        await many.join()
        await what_was_in_doubt_is_settled(fake, storage)
    await everybody_is_told(fake, town, told)
    assert await how_many_run(storage) == PROCESSES
    for linli in many.running.values():
        assert await linli.stop() == 0, linli.err

    said = [words for each in told.values() for words in each]
    books = await account_for(storage, fake, said)
    assert (books.waiting, books.promises.keys()) == (0, {"sent"})
    nobody_is_told_twice(fake, town, told)
    await each_chat_kept_its_order(storage, told)
    assert len(await processes_that_accepted(storage)) >= PROCESSES
    assert fake.violations == []


def everything_is_said(fake: FakeTelegram, town: Town, told: Told) -> None:
    """In all groups at once, in each one after another, and nobody waits for an answer."""
    for sentences in zip(*told.values(), strict=True):
        for resident, words in zip(town.residents, sentences, strict=True):
            fake.says(resident.user, f"#建议 {words}", resident.group)


async def the_sender_dies(many: Many, storage: Storage) -> None:
    """And what it was sending is given up for dead two minutes later, by the clock of its rows."""
    seats = await taken(storage.engine, [SENDER])
    (number,) = (number for number, roles in seats.items() if SENDER in roles)
    await many.kill(many.port_of(number))
    await two_minutes_pass_for_what_it_took(storage, system_clock())


async def two_minutes_pass_for_what_it_took(storage: Storage, died: datetime) -> None:
    o = t.outbox
    dead = update(o).where(o.c.state == "sending", o.c.not_before <= died + LEASE)
    async with storage.engine.begin() as connection:
        await connection.execute(dead.values(not_before=died - timedelta(minutes=1)))
    async with storage.begin() as uow:
        await uow.delivery.recover(system_clock())


async def how_many_run(storage: Storage) -> int:
    seats = await taken(storage.engine, [SENDER])
    assert sum(SENDER in roles for roles in seats.values()) == 1
    return len(seats)


async def each_chat_kept_its_order(storage: Storage, told: Told) -> None:
    """Cases are numbered as they are made."""
    numbers = {row.summary: row.number for row in await every(storage, t.tickets)}
    for sentences in told.values():
        assert sorted(sentences, key=numbers.__getitem__) == sentences


async def processes_that_accepted(storage: Storage) -> set[int]:
    query = t.inbox.select().with_only_columns(process_of(t.inbox.c.seq)).distinct()
    async with storage.engine.connect() as connection:
        return set(await connection.scalars(query))
