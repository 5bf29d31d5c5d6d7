"""Working time: which seconds of a day count towards a deadline, and when a budget is used up.

Budgets are whole seconds. A budget that ends exactly at closing time is due at closing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Span = tuple[datetime, datetime]  # aware moments, beginning before end
Frame = tuple[time, time]  # opening and closing; time.max stands for midnight

LOOKAHEAD = timedelta(days=800)  # of no pause; a budget not used up by then finds no working time

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
class Deadline:
    """A moment, and the spans of time that were counted from ``start`` until it."""

    at: datetime
    start: datetime
    counted: tuple[Span, ...]
    pauses: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """A community's clock: weekly frames of working time and the dates that differ."""

    zone: ZoneInfo
    week: Mapping[int, tuple[Frame, ...]]  # 0 is Monday
    overrides: Mapping[date, tuple[Frame, ...]] = field(default_factory=dict)
    known_years: frozenset[int] | None = None  # whose days off are known; None: all count alike

    @property
    def working_day(self) -> int:
        """Seconds in a full working day: the longest of the week."""
        return max((sum(map(_seconds, frames)) for frames in self.week.values()), default=0)

    def due(self, start: datetime, budget: Budget) -> datetime:
        """The moment the budget, begun at ``start``, is used up."""
        return self.explain(start, budget).at

    def explain(self, start: datetime, budget: Budget, pauses: Sequence[Span] = ()) -> "Deadline":
        """The same moment with the spans that were counted towards it."""
        return self.explain_part(start, budget, 1, 1, pauses)

    def explain_part(
        self, start: datetime, budget: Budget, part: int, of: int, pauses: Sequence[Span] = ()
    ) -> "Deadline":
        """When ``part`` of ``of`` equal parts of the budget are used up; part may exceed of."""
        seconds = self.seconds(budget) * part // of
        if budget.working:
            return self.use_up(start, seconds, pauses)
        return self._use_up(start, timedelta(seconds=seconds), _always(start), pauses)

    def seconds(self, budget: Budget) -> int:
        """A budget's length in seconds, of working time where it counts only that."""
        if budget.working and budget.unit == "day":
            return budget.count * self.working_day
        return budget.count * SECONDS[budget.unit]

    def use_up(self, start: datetime, seconds: int, pauses: Sequence[Span] = ()) -> "Deadline":
        """When so many seconds of working time, pauses left out, have passed since ``start``.

        Raises ValueError where the week has no working time to use up.
        """
        until = max(start, *(ends for _, ends in pauses)) if pauses else start
        frames = self._frames(start, until + LOOKAHEAD)
        return self._use_up(start, timedelta(seconds=seconds), frames, pauses)

    def worked(self, start: datetime, end: datetime, pauses: Sequence[Span] = ()) -> int:
        """Seconds of working time between two moments, pauses left out."""
        counted = timedelta()
        for frame in self._frames(start, end):
            within = max(frame[0], start), min(frame[1], end)
            counted += sum((e - b for b, e in _outside(within, pauses)), timedelta())
        return int(counted.total_seconds())

    @staticmethod
    def _use_up(
        start: datetime, left: timedelta, frames: Iterable[Span], pauses: Sequence[Span]
    ) -> "Deadline":
        counted: list[Span] = []
        for opens, closes in frames:
            for begins, ends in _outside((max(opens, start), closes), pauses):
                if ends - begins >= left:
                    counted.append((begins, begins + left))
                    return Deadline(begins + left, start, tuple(counted), tuple(pauses))
                counted.append((begins, ends))
                left -= ends - begins
        raise ValueError("the working week has no working time")

    def _frames(self, start: datetime, end: datetime) -> Iterator[Span]:
        """Frames that touch the time between two moments."""
        day = start.astimezone(self.zone).date()
        last = end.astimezone(self.zone).date()
        while day <= last:
            for opens, closes in self.frames(day):
                frame = _moment(self.zone, day, opens), _moment(self.zone, day, closes)
                if frame[1] > start and frame[0] < end:
                    yield frame
            day += timedelta(days=1)

    def frames(self, day: date) -> tuple[Frame, ...]:
        """The working time of one day: its own where it differs, else that of its weekday."""
        return self.overrides.get(day, self.week.get(day.weekday(), ()))


@lru_cache(4096)
def _moment(zone: ZoneInfo, day: date, clock: time) -> datetime:
    """In UTC. The days around now are asked for with every step of every case."""
    if clock == time.max:
        day, clock = day + timedelta(days=1), time(0)
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _always(start: datetime) -> Iterator[Span]:
    yield start, start + LOOKAHEAD * 10


def _outside(span: Span, pauses: Sequence[Span]) -> Iterator[Span]:
    """The parts of a span that no pause covers; pauses may overlap and come in any order.

    In UTC: moments of one zone are subtracted as if its clocks were never changed.
    """
    begins, ends = _utc(span)
    for pause_begins, pause_ends in sorted(map(_utc, pauses)):
        if pause_begins > begins:
            yield begins, min(pause_begins, ends)
        begins = max(begins, pause_ends)
        if begins >= ends:
            return
    if begins < ends:
        yield begins, ends


def _utc(span: Span) -> Span:
    return span[0].astimezone(UTC), span[1].astimezone(UTC)


def _seconds(frame: Frame) -> int:
    opens, closes = frame
    end = 86400 if closes == time.max else closes.hour * 3600 + closes.minute * 60 + closes.second
    return end - (opens.hour * 3600 + opens.minute * 60 + opens.second)
