"""A world for each story, on both databases."""

from collections.abc import AsyncIterator

import pytest

from storage.ids import Ids
from storage.uow import open_storage
from storage.vault import Vault
from tests.databases import SECRET, engine_for
from tests.world import FakeClock, World


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    clock = FakeClock()
    async with engine_for(database_url) as engine:
        world = World(await open_storage(engine, "test", Vault(SECRET), Ids(clock)), clock)
        await world.has_everybody()
        yield world
