"""The disk under SQLite is full for a while: what is not kept is not accepted, nothing is lost."""

from random import Random
from resource import RLIM_INFINITY, RLIMIT_FSIZE, prlimit

import pytest

from bot.clock import system_clock
from bot.config import Config
from tests import databases
from tests.fake_telegram import FakeTelegram
from tests.faults.books import account_for, each_promise_was_kept_or_is_listed
from tests.faults.chaos import LONG, SEEDS
from tests.faults.people import COPIES, PATIENCE, People
from tests.processes.process import Linli

pytestmark = pytest.mark.xdist_group("waits")  # for processes, so one after another

TIMES, EACH = (5, 6) if LONG else (1, 5)
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
