"""Whether a part that has stopped is noticed, and one that is only late is not."""

from datetime import timedelta
from email.utils import format_datetime

from bot.pulse import GRACE, MISSED, Pulse
from tests.world import FakeClock

EVERY = 20.0


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_part_that_stays_away_too_long_is_named_with_how_long() -> None:
    seconds = Seconds()
    pulse = Pulse(seconds)
    pulse.expect("timer close_polls", EVERY)

    seconds.now = MISSED * EVERY + GRACE
    assert pulse.silent() == {}
    seconds.now += 1
    assert pulse.silent() == {"timer close_polls": seconds.now}
    pulse.beat("timer close_polls")
    assert pulse.silent() == {}


def test_a_part_that_another_process_does_now_is_not_missed() -> None:
    seconds = Seconds()
    pulse = Pulse(seconds)
    pulse.expect("timer close_polls", EVERY)
    pulse.rest("timer close_polls")
    pulse.beat("timer close_polls")  # the last one, which was on its way

    seconds.now = 3600
    assert pulse.silent() == {}


def test_a_platforms_clock_is_looked_at_once_a_minute_and_nonsense_passed_over() -> None:
    seconds, clock = Seconds(), FakeClock()
    pulse = Pulse(seconds)
    told = pulse.dated("telegram", clock)

    for nothing in (None, "", "yesterday"):
        told(nothing)
    assert pulse.offsets == {}
    told(format_datetime(clock() - timedelta(seconds=40), usegmt=True))
    assert pulse.offsets == {"telegram": timedelta(seconds=40)}
    told(format_datetime(clock(), usegmt=True))
    assert pulse.offsets == {"telegram": timedelta(seconds=40)}
    seconds.now += 60
    told(format_datetime(clock(), usegmt=True))
    assert pulse.offsets == {"telegram": timedelta()}
