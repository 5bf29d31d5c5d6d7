"""Updates that come twice, in another order, years late, or make no sense."""

import json
from random import Random
from typing import Any

import pytest

from bot.clock import system_clock
from bot.config import Config
from tests import databases
from tests.fake_telegram import FakeTelegram
from tests.faults.books import account_for, each_promise_was_kept_or_is_listed
from tests.faults.chaos import SEEDS
from tests.faults.people import COPIES, PATIENCE, People
from tests.processes.process import Linli

pytestmark = pytest.mark.xdist_group("waits")  # for processes, so one after another

Json = dict[str, Any]
EACH = 6
FIRST = 800_001  # number of the updates that a test brings itself
ODD_CHAT = {"id": 0, "type": "private", "first_name": "\ud800"}
DEEP = json.loads("[" * 400 + "]" * 400)


def absurd() -> list[Any]:
    """Each kind of nonsense; those with a number are kept, and given up or passed over."""
    user = {"id": -5, "is_bot": False, "first_name": "\0" * 10}
    message = {
        "message_id": 1,
        "date": 0,
        "chat": ODD_CHAT,
        "from": user,
        "text": "\0\ud800" * 2000,
    }
    return [
        None, [], "update", 7, {}, {"update_id": None}, {"update_id": "1"}, {"update_id": True},
        {"update_id": 1.5, "message": message},
        {"update_id": FIRST},
        {"update_id": FIRST + 1, "message": message},
        {"update_id": FIRST + 2, "message": {"text": "no chat"}},
        {"update_id": FIRST + 3, "message": "words"},
        {"update_id": FIRST + 4, "message": {"chat": DEEP}},
        {"update_id": FIRST + 5, "callback_query": {"id": "1", "data": "x" * 5000}},
        {"update_id": FIRST + 6, "poll": {"id": "9" * 300, "options": "none"}},
        {"update_id": FIRST + 7, "something_new": {"a": DEEP}},
        {"update_id": FIRST + 8, "message": message | {"date": 10**12}},
        {"update_id": 2**63 + 5, "message": message},
        {"update_id": -1, "message": message},
    ]  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
async def test_what_comes_twice_late_or_without_sense_changes_nothing(
    config: Config, fake: FakeTelegram, people: People, linli: Linli, seed: int
) -> None:
    random = Random(seed)
    words = people.say(EACH)
    real = fake.take_back()
    again = [*real, *real]
    random.shuffle(again)
    fake.brings(*again)
    await linli.start("run")
    await people.are_answered(words)

    fake.brings(*absurd(), *real, *({**each, "date": 0} for each in real))
    words = people.say(EACH)
    await people.are_answered(words)
    await fake.until(lambda: not fake.unconfirmed, PATIENCE)
    assert await linli.stop() == 0, linli.err

    async with databases.opened(config.database_url, system_clock) as storage:
        odd = len([row for row in await given_up(storage)])
        books = await account_for(storage, fake, people.said, given_up=odd)
    each_promise_was_kept_or_is_listed(fake, books, people.said, COPIES)
    assert books.waiting == 0
