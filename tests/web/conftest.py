"""A web chat with its people and rooms, on both databases."""

from collections.abc import AsyncIterator

import pytest

from storage.ids import Ids
from storage.uow import open_storage
from storage.vault import Vault
from tests.databases import SECRET, engine_for
from tests.web.visiting import Web
from tests.world import FakeClock


@pytest.fixture
async def web(database_url: str) -> AsyncIterator[Web]:
    clock = FakeClock()
    async with engine_for(database_url) as engine:
        web = Web(await open_storage(engine, "test", Vault(SECRET), Ids(clock)), clock)
        await web.has_everybody()
        yield web
