"""Working time: which seconds of a day count towards a deadline, and when a budget is used up.

Budgets are whole seconds. A budget that ends exactly at closing time is due at closing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Frame = tuple[time, time]  # opening and closing; time.max stands for midnight

LOOKAHEAD = timedelta(days=800)  # a budget not used up by then means the week has no working time

DURATION = re.compile(
    r"\s*(?P<count>\d{1,5})\s+(?P<working>working\s+)?(?P<unit>second|minute|hour|day|week)s?\s*",
    re.IGNORECASE,
)
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
DURATION_ALLOWED = (
    "a duration such as '4 working hours', '3 working days', '15 minutes', '5 seconds'"
)


@dataclass(frozen=True)
class Budget:
    """An allowance of time, of the clock on the wall or of working time."""

    count: int
    unit: str  # second, minute, hour, day, week
    working: bool = False

    @classmethod
    def parse(cls, text: str) -> "Budget":
        """Read "4 working hours". Raises ValueError that says what is allowed."""
        found = DURATION.fullmatch(text)
        if not found or int(found["count"]) == 0:
            raise ValueError(f"{text!r} is not {DURATION_ALLOWED}")
        if found["working"] and found["unit"].lower() == "week":
            raise ValueError(f"{text!r}: say it in working days")
        return cls(int(found["count"]), found["unit"].lower(), bool(found["working"]))

    @property
    def span(self) -> timedelta:
        """Its length on the wall clock; for working budgets only a lower bound."""
        return timedelta(seconds=self.count * SECONDS[self.unit])

    def __str__(self) -> str:
        middle = "working " if self.working else ""
        return f"{self.count} {middle}{self.unit}{'s' if self.count != 1 else ''}"


@dataclass(frozen=True)
class Calendar:
    """A community's clock: weekly frames of working time and the dates that differ."""

    zone: ZoneInfo
    week: Mapping[int, tuple[Frame, ...]]  # 0 is Monday
    overrides: Mapping[date, tuple[Frame, ...]] = field(default_factory=dict)

    @property
    def working_day(self) -> int:
        """Seconds in a full working day: the longest of the week."""
        return max((sum(map(_seconds, frames)) for frames in self.week.values()), default=0)

    def due(self, start: datetime, budget: Budget) -> datetime:
        """The moment the budget, begun at ``start``, is used up. Aware in, aware UTC-exact out."""
        if not budget.working:
            return start + budget.span
        if budget.unit == "day":
            return self._add_working(start, budget.count * self.working_day)
        return self._add_working(start, budget.count * SECONDS[budget.unit])

    def _add_working(self, start: datetime, seconds: int) -> datetime:
        left = timedelta(seconds=seconds)
        for opens, closes in self._frames_from(start):
            begins = max(opens, start)
            if closes - begins >= left:
                return begins + left
            left -= closes - begins
        raise ValueError("the working week in config.yaml has no working time")

    def _frames_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Frames that end after ``start``, as aware moments in the zone of ``start``."""
        day = start.astimezone(self.zone).date()
        last = day + LOOKAHEAD
        while day <= last:
            for opens, closes in self.overrides.get(day, self.week.get(day.weekday(), ())):
                frame = self._moment(day, opens, start), self._moment(day, closes, start)
                if frame[1] > start:
                    yield frame
            day += timedelta(days=1)

    def _moment(self, day: date, clock: time, like: datetime) -> datetime:
        if clock == time.max:
            day, clock = day + timedelta(days=1), time(0)
        return datetime.combine(day, clock, self.zone).astimezone(like.tzinfo)


def _seconds(frame: Frame) -> int:
    opens, closes = frame
    end = 86400 if closes == time.max else closes.hour * 3600 + closes.minute * 60 + closes.second
    return end - (opens.hour * 3600 + opens.minute * 60 + opens.second)
