"""Updates that come twice, in another order, years late, or make no sense."""

import json
from random import Random
from typing import Any

import pytest

from bot.app import App
from bot.config import Config
from storage import tables as t
from storage.uow import Storage
from tests.fake_telegram import FakeTelegram
from tests.faults.books import account_for, each_promise_was_kept_or_is_listed, every
from tests.faults.chaos import SEEDS
from tests.faults.people import COPIES, PATIENCE, People

Json = dict[str, Any]
EACH = 6
ODD_CHAT = {"id": 0, "type": "private", "first_name": "\ud800"}
DEEP = json.loads("[" * 400 + "]" * 400)


def absurd(fake: FakeTelegram) -> list[Any]:
    """Each kind of nonsense; those with a number are kept, and given up or passed over."""
    user = {"id": -5, "is_bot": False, "first_name": "\0" * 10}
    message = {"message_id": 1, "date": 0, "chat": ODD_CHAT, "from": user}
    message["text"] = "\0\ud800" * 2000
    without = [None, [], "update", 7, {}, *({"update_id": odd} for odd in (None, "1", True, 1.5))]
    bodies: list[Json] = [
        {},
        {"message": message},
        {"message": {"text": "no chat"}},
        {"message": "words"},
        {"message": {"chat": DEEP}},
        {"callback_query": {"id": "1", "data": "x" * 5000}},
        {"callback_query": None},
        {"poll": {"id": "9" * 300, "options": "none"}},
        {"something_new": {"a": DEEP}},
        {"message": message | {"date": 10**12}},
    ]
    return [*without, *({"update_id": fake.number()} | body for body in bodies)]


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
async def test_what_comes_twice_late_or_without_sense_changes_nothing(
    config: Config, fake: FakeTelegram, people: People, storage: Storage, seed: int
) -> None:
    random = Random(seed)
    words = people.say(EACH)
    real = fake.take_back()
    again = [*real, *real]
    random.shuffle(again)
    fake.brings(*again)
    async with App(config, storage).running():
        await people.are_answered(words)
        nonsense = absurd(fake)
        fake.brings(*real, *nonsense)
        await people.are_answered(people.say(EACH))
        await fake.until(lambda: not fake.unconfirmed, PATIENCE)

    odd = {row.update_id for row in await every(storage, t.inbox) if row.error}
    books = await account_for(storage, fake, people.said, given_up=len(odd))
    assert odd <= {str(each["update_id"]) for each in nonsense[-10:]}
    each_promise_was_kept_or_is_listed(fake, books, people.said, COPIES)
    assert books.waiting == 0
