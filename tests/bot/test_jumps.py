"""A clock that was set is noticed, one that is nudged into time is not."""

from bot.jumps import Jumps
from storage.claims import LEASE
from tests.world import FakeClock


class Time:
    """A wall clock and a steady one that pass alike, until somebody sets the wall clock."""

    def __init__(self) -> None:
        self.wall, self.steady = FakeClock(), 0.0

    def passes(self, seconds: float) -> None:
        self.wall.advance(seconds=seconds)
        self.steady += seconds


def test_a_clock_that_was_set_is_noticed_for_as_long_as_a_lease() -> None:
    time = Time()
    jumps = Jumps(time.wall, lambda: time.steady)
    time.passes(30)
    assert not jumps.lately()

    for hours in (24, -24):
        time.wall.advance(hours=hours)
        assert jumps.lately()
        time.passes(LEASE.total_seconds() - 1)
        assert jumps.lately()
        time.passes(1)
        assert not jumps.lately()


def test_a_clock_that_is_nudged_is_not() -> None:
    time = Time()
    jumps = Jumps(time.wall, lambda: time.steady)
    for _ in range(100):
        time.passes(30)
        time.wall.advance(seconds=1)
        assert not jumps.lately()
