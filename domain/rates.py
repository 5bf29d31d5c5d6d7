"""The three rates (三率) and the share handled in time, in whole numbers with their denominators.

Decided from recorded events and answers alone; ranks nobody and knows no weights. Formulas:
handbook, tickets 4.1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.calendar import Calendar
from domain.clocks import Clock, Kind, Stamp, clocks
from domain.tickets import Event, State

FEW = 5  # of fewer than these a percentage claims more than anybody knows
SOLVED = "yes"
ANSWERS = frozenset({SOLVED, "partly", "no"})
SATISFIED = frozenset({5, 4, 3})  # 非常满意, 满意, 基本满意
LEVELS = frozenset({5, 4, 3, 2, 1})
LEFT_OUT = frozenset({State.WITHDRAWN, State.MERGED, State.REJECTED})
JUDGED = (Kind.SIGN, Kind.CONTACT, Kind.RESOLVE)


@dataclass(frozen=True)
class Rate:
    """``part`` of ``whole``; nothing of nothing where nobody answered or nothing was due."""

    part: int = 0
    whole: int = 0

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(self.part + other.part, self.whole + other.whole)

    @property
    def percent(self) -> str | None:
        """Two decimals, rounded down: only all of them are 100.00. None for fewer than FEW."""
        if self.whole < FEW:
            return None
        hundredths = self.part * 10_000 // self.whole
        return f"{hundredths // 100}.{hundredths % 100:02d}"


@dataclass(frozen=True)
class Rates:
    """What is told of the cases of one period.

    ``accepted``, ``assessable`` (应考核), ``silent`` (closed because nobody answered) and
    the first three rates are of cases accepted in the period; ``in_time`` is of the
    promises that fell due in it.
    """

    accepted: int = 0
    assessable: int = 0
    silent: int = 0
    response: Rate = Rate()  # 响应率, of cases
    solved: Rate = Rate()  # 解决率, of answers
    satisfied: Rate = Rate()  # 满意率, of answers
    in_time: Rate = Rate()  # 按期办结率, of promises due

    def __add__(self, other: "Rates") -> "Rates":
        return Rates(
            self.accepted + other.accepted,
            self.assessable + other.assessable,
            self.silent + other.silent,
            self.response + other.response,
            self.solved + other.solved,
            self.satisfied + other.satisfied,
            self.in_time + other.in_time,
        )


@dataclass(frozen=True)
class Period:
    """Whole days in the community's zone, the first and the last included."""

    first: date
    last: date
    zone: ZoneInfo

    @classmethod
    def month(cls, day: date, zone: ZoneInfo) -> "Period":
        """The month in which the day lies."""
        first = day.replace(day=1)
        following = (first + timedelta(days=31)).replace(day=1)
        return cls(first, following - timedelta(days=1), zone)

    def before(self) -> "Period":
        """The month before the one this begins in."""
        return self.month(self.first.replace(day=1) - timedelta(days=1), self.zone)

    @property
    def begin(self) -> datetime:
        return self._midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after the period."""
        return self._midnight(self.last + timedelta(days=1))

    def covers(self, at: datetime) -> bool:
        return self.first <= at.astimezone(self.zone).date() <= self.last

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(0), self.zone).astimezone(UTC)


@dataclass(frozen=True)
class Answer:
    """What the author said of one round of a case."""

    solved: str  # yes, partly, no
    satisfaction: int | None = None  # 5 very satisfied … 1 very dissatisfied


@dataclass(frozen=True)
class Record:
    """One case as far as the rates care."""

    grid: str | None
    category: str
    holder: int | None  # staff: who leads it now, or led it last
    state: State
    stamps: Sequence[Stamp] = ()  # oldest first
    answers: Sequence[Answer] = ()


def judge(record: Record, period: Period, calendar: Calendar, now: datetime) -> Rates:
    """What one case adds to the rates of a period, as known at ``now``.

    A case that was never accepted adds nothing; one withdrawn, merged or rejected counts as
    accepted and no further.
    """
    accepted = next((s.at for s in record.stamps if s.event is Event.ACCEPT), None)
    if accepted is None:
        return Rates()
    counts = period.covers(accepted)
    if record.state in LEFT_OUT:
        return Rates(accepted=int(counts))
    judged = _judged(record.stamps, calendar)
    in_time = sum((_in_time(clock, period, now) for clock in judged), Rate())
    if not counts:
        return Rates(in_time=in_time)
    silent = int(record.state is State.CLOSED_SILENT)
    solved, satisfied = _solved(record.answers), _satisfied(record.answers)
    return Rates(1, 1, silent, _response(judged, now), solved, satisfied, in_time)


def _judged(stamps: Sequence[Stamp], calendar: Calendar) -> tuple[Clock, ...]:
    return clocks(stamps, calendar, JUDGED)


def _response(judged: Sequence[Clock], now: datetime) -> Rate:
    """Whether whoever had the case signed in time until the resident, in time, heard from a person.

    Of the first round. Each hop has its own time to sign (handbook: tickets 0, 8), but no hop
    moves the day for which the case was promised: after it nobody is heard in time. Decided
    once the resident was contacted, or as soon as one of these times is over; a case still
    within them counts neither for nor against.
    """
    first = [c for c in judged if c.round == 1]
    heard = next((c.stopped for c in first if c.kind is Kind.CONTACT), None)
    if any(_missed(clock, heard, now) for clock in first):
        return Rate(0, 1)
    return Rate(1, 1) if heard else Rate()


def _missed(clock: Clock, heard: datetime | None, now: datetime) -> bool:
    """Whether its time was over before the resident heard; a hop after that is no matter."""
    if heard is None or clock.kind is Kind.CONTACT:
        return clock.breached(now)
    if clock.kind is Kind.RESOLVE:
        return heard > clock.due
    return clock.deadline.start < heard and clock.breached(now)


def _in_time(clock: Clock, period: Period, now: datetime) -> Rate:
    """Whether one promise to handle a case was kept; each rework round is a promise of its own.

    Counted from its due moment on, whether it was kept early or not, so that a period that
    still runs is not flattered by cases that were easy. Silence after it makes no difference.
    """
    if clock.kind is not Kind.RESOLVE or not period.covers(clock.due) or clock.due > now:
        return Rate()
    if clock.stopped is None and not clock.breached(now):
        return Rate()  # due this very second, or pausing: when it falls due is not known yet
    return Rate(int(not clock.breached(now)), 1)


def _solved(answers: Sequence[Answer]) -> Rate:
    """Of the answers given, in every round: those who were silent are in neither number."""
    valid = [a.solved for a in answers if a.solved in ANSWERS]
    return Rate(valid.count(SOLVED), len(valid))


def _satisfied(answers: Sequence[Answer]) -> Rate:
    valid = [a.satisfaction for a in answers if a.satisfaction in LEVELS]
    return Rate(sum(level in SATISFIED for level in valid), len(valid))


class By(StrEnum):
    """What the cases of a period are told apart by."""

    NONE = "none"
    GRID = "grid"
    CATEGORY = "category"
    MEMBER = "member"


Group = str | int | None
GROUPS: dict[By, Callable[[Record], Group]] = {
    By.NONE: lambda record: None,
    By.GRID: lambda record: record.grid,
    By.CATEGORY: lambda record: record.category,
    By.MEMBER: lambda record: record.holder,
}


@dataclass
class Tally:
    """Adds case after case and keeps the sums alone, however many cases there are."""

    period: Period
    calendar: Calendar
    now: datetime
    by: By = By.NONE
    groups: dict[Group, Rates] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        judged = judge(record, self.period, self.calendar, self.now)
        if judged != Rates():
            group = GROUPS[self.by](record)
            self.groups[group] = self.groups.get(group, Rates()) + judged

    @property
    def total(self) -> Rates:
        return sum(self.groups.values(), Rates())
