"""Whether the parts of this process that do something again and again still do it.

By a clock that nobody sets: one that was set back would make everything look fresh.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic

from storage.ids import Clock

MISSED = 3  # times that a part may stay away ...
COMPARED = 60.0  # seconds from one look at a platform's clock to the next
GRACE = 60.0  # seconds ... and then this much longer, on a busy machine


@dataclass
class _Part:
    every: float  # seconds
    last: float


class Pulse:
    def __init__(self, steady: Callable[[], float] = monotonic) -> None:
        self._steady = steady
        self._parts: dict[str, _Part] = {}
        self.ended: dict[str, str] = {}  # parts that ended by a fault, and its kind
        self.offsets: dict[str, timedelta] = {}  # how far our clock is ahead of each platform's

    def dated(self, channel: str, clock: Clock) -> Callable[[str | None], None]:
        """Takes the Date header of a platform's answers, of which it reads one a minute."""
        next_look = 0.0

        def told(header: str | None) -> None:
            nonlocal next_look
            if header and self._steady() >= next_look and (theirs := _moment(header)):
                next_look = self._steady() + COMPARED
                self.offsets[channel] = clock() - theirs

        return told

    def expect(self, part: str, every: float) -> None:
        """From now on it has to beat at least so often (seconds)."""
        self._parts[part] = _Part(every, self._steady())

    def beat(self, part: str) -> None:
        if known := self._parts.get(part):
            known.last = self._steady()

    def rest(self, part: str) -> None:
        """Another process does it now."""
        self._parts.pop(part, None)

    def silent(self) -> dict[str, float]:
        """The parts that have stopped, and for how many seconds nothing was heard of them."""
        now = self._steady()
        quiet = {name: now - part.last for name, part in self._parts.items()}
        return {
            name: seconds
            for name, seconds in quiet.items()
            if seconds > MISSED * self._parts[name].every + GRACE
        }


def _moment(header: str) -> datetime | None:
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except ValueError:
        return None
