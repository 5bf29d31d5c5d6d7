"""Notices that somebody has set the clock: it moved by something else than the time that passed."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from storage.claims import LEASE
from storage.ids import Clock

NOTICED = timedelta(minutes=1)  # less is a clock that is kept in time


class Jumps:
    def __init__(self, clock: Clock, steady: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._steady = steady
        self._ahead = self._difference()
        self._last: float | None = None

    def lately(self) -> bool:
        """Whether it was set since we last asked, or within the time of a lease."""
        ahead = self._difference()
        if abs(ahead - self._ahead) > NOTICED.total_seconds():
            self._last = self._steady()
        self._ahead = ahead
        return self._last is not None and self._steady() - self._last < LEASE.total_seconds()

    def _difference(self) -> float:
        return self._clock().timestamp() - self._steady()
