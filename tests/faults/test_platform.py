"""Telegram is down, slow, refuses, and lies about what it has done."""

from contextlib import suppress
from random import Random

import pytest

from bot.app import App
from bot.config import Config
from storage.uow import Storage
from tests import telegram_lies
from tests.fake_telegram import FakeTelegram
from tests.faults.books import account_for, each_promise_was_kept_or_is_listed
from tests.faults.chaos import SEEDS
from tests.faults.people import COPIES, PATIENCE, People

EACH = 6
SLOW = 0.3  # seconds
GLANCE = 0.5  # seconds between looks, where nothing is sent


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_telegram_answers_each_promise_is_kept_or_listed(
    config: Config, fake: FakeTelegram, people: People, storage: Storage, seed: int
) -> None:
    async with App(config, storage).running():
        await everything_goes_wrong(fake, people, Random(seed))
        await all_is_settled(storage, fake)
        books = await account_for(storage, fake, people.said)
    each_promise_was_kept_or_is_listed(fake, books, people.said, COPIES)
    assert books.waiting == 0 and books.promises.keys() <= {"sent", "unknown"}
    assert books.promises["unknown"] <= len(telegram_lies.ALL) + 4


async def everything_goes_wrong(fake: FakeTelegram, people: People, random: Random) -> None:
    await people.are_answered(people.say(EACH))
    fake.fail_next("sendMessage", retry_after=1, times=2)
    fake.fail_next("sendMessage", 502, "Bad Gateway", times=2)
    for drop in ("before", "after"):
        fake.fail_next("sendMessage", drop=drop, times=2)
    for lie in random.sample(sorted(telegram_lies.ALL), len(telegram_lies.ALL)):
        drop = random.choice(("before", None))
        fake.fail_next("sendMessage", lie=telegram_lies.ALL[lie], drop=drop)
    fake.fail_next("getUpdates", lie=telegram_lies.ALL["a page"])
    people.say(2 * EACH)
    seen = fake.calls["sendMessage"] + random.randint(1, 2 * EACH)
    await fake.until(lambda: fake.calls["sendMessage"] >= seen, PATIENCE)
    fake.slow = SLOW
    async with fake.down():
        people.say(EACH)


async def all_is_settled(storage: Storage, fake: FakeTelegram) -> None:
    """Everything that was said has been handled, and no message is to be sent any more."""
    while True:
        seen = fake.calls.total()
        async with storage.begin() as uow:
            updates, unsent = await uow.watch.updates(), await uow.delivery.counts()
        quiet = not updates.many and not unsent.keys() & {"pending", "sending"}
        if quiet and not fake.unconfirmed:
            return
        with suppress(TimeoutError):
            await fake.until(lambda: fake.calls.total() > seen, GLANCE)  # noqa: B023
