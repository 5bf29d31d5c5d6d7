"""The clock jumps a day ahead and back while everybody speaks: all is said, and said once."""

from datetime import datetime, timedelta
from random import Random

import pytest

from bot.app import App
from bot.clock import system_clock
from bot.config import Config
from scheduler import upkeep
from tests import databases
from tests.fake_telegram import FakeTelegram
from tests.faults.books import account_for, each_promise_was_kept_or_is_listed
from tests.faults.chaos import SEEDS
from tests.faults.people import COPIES, PATIENCE, People

EACH = 5
JUMPS = (timedelta(days=1), timedelta(hours=-30), timedelta(hours=6), timedelta())


class JumpingClock:
    def __init__(self) -> None:
        self.off = timedelta()

    def __call__(self) -> datetime:
        return system_clock() + self.off


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_clock_that_jumps_delays_no_answer_and_repeats_none(
    config: Config, fake: FakeTelegram, people: People, seed: int
) -> None:
    random, clock = Random(seed), JumpingClock()
    async with databases.opened(config.database_url, clock) as storage:
        app = App(config, storage, clock=clock)
        async with app.running():
            for jump in JUMPS:
                people.say(EACH)
                seen = fake.calls["sendMessage"] + random.randint(1, EACH)
                await fake.until(lambda: fake.calls["sendMessage"] >= seen, PATIENCE)  # noqa: B023
                clock.off = jump
                for timer in (upkeep.recover_sending, upkeep.follow_clock):
                    await app.tick(timer)
            await people.are_answered()
        books = await account_for(storage, fake, people.said)
    each_promise_was_kept_or_is_listed(fake, books, people.said, COPIES)
    assert books.waiting == 0 and books.repeated == 0 and books.promises.keys() == {"sent"}
