"""A world for each story: on SQLite with made-up platforms, on PostgreSQL on WeChat over HTTP.

All but ``NO_CARDS`` are on WeCom there, too. So every story is played on both databases and on
both kinds of platforms, in two runs instead of four: what no run has is a made-up private chat
on PostgreSQL, and WeChat on SQLite, which tests/channels and tests/journeys/test_wechat.py have.
"""

from collections.abc import AsyncIterator

import pytest

from storage.ids import Ids
from storage.uow import open_storage
from storage.vault import Vault
from tests.databases import SECRET, engine_for
from tests.world import FakeClock, World

# What WeChat or WeCom cannot play as it is written, and why: a file, or one story of it.
MADE_UP = {
    "test_statements": "counts the statements of what the bot does, and WeChat's are beside them",
    "test_route::test_zhou_accepts_and_everybody_sees_by_when":
        "a card of more words than WeCom shows is sent anew, and comes behind the answer",
    "test_subtasks::test_zhou_asks_wang_who_has_it_privately_and_does_it_with_a_photo":
        "a card that changes is a new message there, and comes behind the thanks",
}  # fmt: skip

# Private chats with buttons are on WeCom there, too, as cards; groups stay made up. Not in these
# files, where a story says how often or in which order something stands in a chat: a card that
# cannot change in its place comes anew, behind what was said meanwhile.
NO_CARDS = {
    "test_intake", "test_matters", "test_notices", "test_objections", "test_rates", "test_subtasks",
    "test_consents", "test_forged",  # press more in a minute than WeCom lets anybody be told
}  # fmt: skip


@pytest.fixture
async def world(database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    clock = FakeClock()
    file, name = request.node.path.stem, request.node.originalname
    made_up = {file, f"{file}::{name}"} & MADE_UP.keys()
    real = database_url.startswith("postgresql") and not made_up
    async with engine_for(database_url) as engine:
        storage = await open_storage(engine, "test", Vault(SECRET), Ids(clock))
        world = World(storage, clock, real=real, cards=real and file not in NO_CARDS)
        await world.has_everybody()
        yield world
        await world.ends()
