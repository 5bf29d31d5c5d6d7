"""Asked to stop in the middle of everything it stops in order, and the next start goes on."""

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

TIMES, EACH = (3, 40) if LONG else (1, 16)
SLOW = 0.8  # seconds that each message takes, so that not all can be said in its last words


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
async def test_stopped_under_load_it_ends_well_in_time_and_loses_nothing(
    config: Config, fake: FakeTelegram, people: People, linli: Linli, seed: int
) -> None:
    fake.slow = SLOW
    for _ in range(TIMES):
        await linli.start("run")
        people.say(EACH)
        seen = fake.calls["sendMessage"] + 1 + seed % EACH
        await fake.until(lambda: fake.calls["sendMessage"] >= seen, PATIENCE)  # noqa: B023
        assert await linli.stop() == 0, linli.err
    assert "Traceback" not in linli.err
    fake.slow, polled = 0, fake.calls["getUpdates"]
    await linli.start("run")
    await fake.until(lambda: fake.calls["getUpdates"] > polled, PATIENCE)
    await people.are_answered()
    assert await linli.stop() == 0, linli.err
    assert people.words_in(linli.err + linli.out) == []

    async with databases.opened(config.database_url, system_clock) as storage:
        books = await account_for(storage, fake, people.said)
    each_promise_was_kept_or_is_listed(fake, books, people.said, COPIES)
    assert books.waiting == books.repeated == 0 and books.promises.keys() == {"sent"}
