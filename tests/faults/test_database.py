"""PostgreSQL is slow, cuts its lines, refuses, is restarted: the bot waits and loses nothing."""

from pathlib import Path
from random import Random

import pytest

from bot.clock import system_clock
from bot.config import Config
from tests import databases
from tests.fake_telegram import FakeTelegram
from tests.faults.books import account_for, each_promise_was_kept_or_is_listed
from tests.faults.chaos import LONG, SEEDS
from tests.faults.people import COPIES, PATIENCE, People
from tests.faults.proxy import Proxy
from tests.processes.process import Linli
from tests.town import environment

pytestmark = pytest.mark.xdist_group("waits")  # for processes, so one after another

CUTS = 10 if LONG else 2
SLOW = 0.003  # seconds for each answer of the database, of which an update takes dozens
EACH = 5  # suggestions at a time


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_its_database_does_it_waits_and_loses_nothing(
    config: Config, fake: FakeTelegram, people: People, proxy: Proxy, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    async with Linli(tmp_path, environment(proxy.url)) as linli:
        await linli.start("run")
        await people.are_answered(people.say(EACH))
        for _ in range(CUTS):
            people.say(EACH)
            seen = fake.calls["sendMessage"] + random.randint(1, 2 * EACH)
            await fake.until(lambda: fake.calls["sendMessage"] >= seen, PATIENCE)  # noqa: B023
            proxy.cut()
        await proxy.close()
        people.say(EACH)
        databases.restart(config.database_url)
        await proxy.open()
        proxy.delay = SLOW
        people.say(EACH)
        await people.are_answered()
        assert await linli.stop() == 0, linli.err
        assert people.words_in(linli.err + linli.out) == []

    async with databases.opened(config.database_url, system_clock) as storage:
        books = await account_for(storage, fake, people.said)
    each_promise_was_kept_or_is_listed(fake, books, people.said, COPIES)
    assert books.waiting == 0 and books.promises.keys() <= {"sent", "unknown"}
