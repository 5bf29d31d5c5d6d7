"""Killed and started again, a bot on its own goes on at once: who else could be at work?"""

import pytest

from tests.fake_telegram import FakeTelegram
from tests.faults.people import COPIES, PATIENCE, People
from tests.processes.process import Linli

pytestmark = pytest.mark.xdist_group("waits")  # for processes, so one after another

AGAIN = "（重发"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", [1])
async def test_what_the_killed_one_had_in_hand_waits_for_no_lease(
    fake: FakeTelegram, people: People, linli: Linli, seed: int
) -> None:
    await linli.start("run")
    await fake.until(lambda: fake.calls["getUpdates"] > 0, PATIENCE)
    fake.slow = 2 * PATIENCE  # seconds without an answer
    people.say(1)
    await people.are_answered()
    assert await linli.kill()

    fake.slow = 0
    await linli.start("run")
    await fake.until(lambda: _repeated(fake) == COPIES, PATIENCE)  # half of what a lease runs
    assert await linli.stop() == 0, linli.err


def _repeated(fake: FakeTelegram) -> int:
    return sum(message.text.startswith(AGAIN) for message in fake.chats.all())
