"""A backup in the middle of everything is one moment of it, and can be gone on from."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot import backup
from bot.app import App
from bot.clock import system_clock
from bot.config import Config, load
from storage import soundness
from storage.uow import Storage
from tests import databases
from tests.fake_telegram import FakeTelegram
from tests.faults.books import account_for
from tests.faults.chaos import SEEDS
from tests.faults.people import PATIENCE, People
from tests.town import environment

EACH = 12


@pytest.fixture
async def elsewhere(config: Config, tmp_path: Path, request: Any) -> AsyncIterator[Config]:
    """The same settings with an empty place for the database."""
    if config.database_url.startswith("sqlite"):
        url = f"sqlite+aiosqlite:///{tmp_path / 'elsewhere.db'}"
        yield load(tmp_path / "config.yaml", environment(url))
        return
    async with databases.created(request.getfixturevalue("postgresql_server")) as url:
        yield load(tmp_path / "config.yaml", environment(url))


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_backup_under_load_is_one_moment_of_it(
    config: Config, elsewhere: Config, fake: FakeTelegram, people: People, storage: Storage,
    tmp_path: Path, seed: int,
) -> None:  # fmt: skip
    file = tmp_path / "kept"
    async with App(config, storage).running():
        people.say(EACH)
        seen = fake.calls["sendMessage"] + 1 + seed % EACH
        await fake.until(lambda: fake.calls["sendMessage"] >= seen, PATIENCE)
        copying = asyncio.create_task(backup.make(config, file, system_clock()))
        people.say(EACH)
        made = await copying
        await people.are_answered()
    await account_for(storage, fake, people.said)

    assert made.tried and 0 < made.rows["tickets"] <= 2 * EACH
    await backup.restore(elsewhere, file, backup.read(file), system_clock())
    async with databases.engine_for(elsewhere.database_url) as engine, engine.connect() as restored:
        assert await soundness.rows(restored) == made.rows
