"""Telegram is down, slow, refuses, and lies about what it has done."""

from random import Random

import pytest

from bot.clock import system_clock
from bot.config import Config
from tests import databases, telegram_lies
from tests.fake_telegram import FakeTelegram
from tests.faults.books import account_for, each_promise_was_kept_or_is_listed
from tests.faults.chaos import SEEDS
from tests.faults.people import COPIES, PATIENCE, People
from tests.processes.process import Linli

pytestmark = pytest.mark.xdist_group("waits")  # for processes, so one after another

EACH = 6
SLOW = 0.3  # seconds


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_telegram_answers_each_promise_is_kept_or_listed(
    config: Config, fake: FakeTelegram, people: People, linli: Linli, seed: int
) -> None:
    random = Random(seed)
    await linli.start("run")
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
    await all_is_settled(config, fake, people)
    assert await linli.stop() == 0, linli.err

    async with databases.opened(config.database_url, system_clock) as storage:
        books = await account_for(storage, fake, people.said)
    each_promise_was_kept_or_is_listed(fake, books, people.said, COPIES)
    assert books.waiting == 0 and books.promises.keys() <= {"sent", "unknown"}
    assert books.promises["unknown"] <= len(telegram_lies.ALL) + 4


async def all_is_settled(config: Config, fake: FakeTelegram, people: People) -> None:
    """Everything that was said has been handled, and no message is to be sent any more."""
    async with databases.opened(config.database_url, system_clock) as storage:
        while True:
            seen = fake.calls["sendMessage"]
            async with storage.begin() as uow:
                updates, unsent = await uow.watch.updates(), await uow.delivery.counts()
            quiet = not updates.many and not unsent.keys() & {"pending", "sending"}
            if quiet and not fake.unconfirmed:
                return
            await fake.until(
                lambda: fake.calls["sendMessage"] > seen or not fake.unconfirmed,  # noqa: B023
                PATIENCE,
            )
