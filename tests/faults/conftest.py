"""A town on Telegram, and the command linli as a process that serves it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.clock import system_clock
from bot.config import Config, load
from storage.uow import Storage
from tests import databases
from tests.fake_telegram import FakeTelegram
from tests.faults.people import People, a_town
from tests.faults.proxy import Proxy, between
from tests.processes.process import Linli
from tests.town import environment, fake_telegram, settle, written_config


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with fake_telegram() as fake:
        yield fake


@pytest.fixture
def config(fake: FakeTelegram, database_url: str, tmp_path: Path) -> Config:
    return load(written_config(tmp_path, fake.url), environment(database_url))


@pytest.fixture
async def people(config: Config, fake: FakeTelegram, seed: int) -> People:
    town = a_town(config.community)
    town.introduce(fake)
    async with databases.opened(config.database_url, system_clock) as storage:
        await settle(storage, town)
    return People(fake, town, seed)


@pytest.fixture
async def storage(config: Config, people: People) -> AsyncIterator[Storage]:
    """As a process of our own has it open, which then is the test's."""
    async with databases.opened(config.database_url, system_clock) as storage:
        yield storage


@pytest.fixture
async def linli(config: Config, tmp_path: Path) -> AsyncIterator[Linli]:
    async with Linli(tmp_path, environment(config.database_url)) as linli:
        yield linli


@pytest.fixture
async def proxy(postgresql_url: str) -> AsyncIterator[Proxy]:
    """To a database that keeps what it has committed, unlike that of other tests."""
    url = make_url(postgresql_url)
    await databases.outside(url, f'ALTER DATABASE "{url.database}" SET synchronous_commit = on')
    async with between(url) as proxy:
        yield proxy
    await databases.outside(url, f'ALTER DATABASE "{url.database}" RESET synchronous_commit')
