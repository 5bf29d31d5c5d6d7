"""The disk under SQLite is full for a while: what is not kept is not accepted, nothing is lost."""

from random import Random
from resource import RLIM_INFINITY, RLIMIT_FSIZE, prlimit

import pytest

from bot.app import App
from bot.clock import system_clock
from bot.config import Config
from storage.uow import Storage
from tests import databases
from tests.fake_telegram import FakeTelegram
from tests.faults.books import account_for, each_promise_was_kept_or_is_listed
from tests.faults.chaos import LONG, SEEDS
from tests.faults.people import COPIES, PATIENCE, People
from tests.processes.process import Linli

pytestmark = pytest.mark.xdist_group("waits")  # for processes, so one after another

TIMES, EACH = (5, 6) if LONG else (1, 5)
MANY = 60  # more than there is room left for in a database's last page
NOTHING, EVERYTHING = 0, RLIM_INFINITY  # bytes that a file of the process may have


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_full_disk_keeps_it_waiting_and_loses_nothing(
    config: Config, fake: FakeTelegram, people: People, linli: Linli, seed: int
) -> None:
    """Every write fails from a moment in the middle of the work on; its logs, too."""
    random = Random(seed)
    await linli.start("run")
    await people.are_answered(people.say(EACH))
    for _ in range(TIMES):
        people.say(EACH)
        seen = fake.calls["sendMessage"] + random.randint(1, 2 * EACH)
        await fake.until(lambda: fake.calls["sendMessage"] >= seen, PATIENCE)  # noqa: B023
        prlimit(linli.pid, RLIMIT_FSIZE, (NOTHING, EVERYTHING))
        people.say(EACH)
        polled = fake.calls["getUpdates"]
        await fake.until(lambda: fake.calls["getUpdates"] >= polled + 2, PATIENCE)  # noqa: B023
        prlimit(linli.pid, RLIMIT_FSIZE, (EVERYTHING, EVERYTHING))
    await people.are_answered()
    assert await linli.stop() == 0, linli.err
    assert people.words_in(linli.err + linli.out) == []

    async with databases.opened(config.database_url, system_clock) as storage:
        books = await account_for(storage, fake, people.said)
    each_promise_was_kept_or_is_listed(fake, books, people.said, COPIES)
    assert books.waiting == 0 and books.promises.keys() <= {"sent", "unknown"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_database_that_may_not_grow_takes_nothing_it_cannot_keep(
    config: Config, fake: FakeTelegram, people: People, storage: Storage
) -> None:
    """As SQLite itself says that the disk is full, where the system would say it of a write."""
    async with App(config, storage).running():
        await people.are_answered(people.say(EACH))
        await may_have(storage, pages=1)  # no more than it has
        people.say(MANY)
        polled = fake.calls["getUpdates"] + 2
        await fake.until(lambda: fake.calls["getUpdates"] >= polled, PATIENCE)
        refused = fake.unconfirmed
        await may_have(storage, pages=2**30)
        await people.are_answered()
        books = await account_for(storage, fake, people.said)
    each_promise_was_kept_or_is_listed(fake, books, people.said, COPIES)
    assert refused and books.waiting == 0


async def may_have(storage: Storage, pages: int) -> None:
    async with storage.engine.connect() as connection:
        await connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
