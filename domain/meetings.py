"""Meetings that come again: when the next sitting is, what it is about, what is due for it.

A meeting (周例会, 月联席, 季会商) has a rule, a chair and those who are invited; each time it
comes is a sitting, with an agenda that is proposed from what is open and late, and minutes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from typing import Any

from domain.calendar import Calendar
from domain.recurrence import next_time, repeats
from domain.residents import COMMUNITY_LEVEL, HANDLERS, Role, Staff

LONGEST_TITLE = 40  # characters
LONGEST_POINT = 120  # of what the chair puts on an agenda
MOST_POINTS = 20  # on one agenda
MOST_OF_A_KIND = 4  # proposed of each kind, so that an hour is enough for them
MOST_SKIPPED = 60  # occurrences in a row that fall on holidays before one gives up
MORNING = time(9)  # local: when the chair gets the proposal, and those invited the agenda
DAY = timedelta(days=1)
LASTS = timedelta(hours=1)  # after its beginning the chair is asked for the minutes
TO_CHANGE = timedelta(hours=1)  # the chair has at least that long before others get the agenda
MINUTES_KEEP = timedelta(days=7)  # after that nobody is asked for minutes any more


class State(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    ENDED = "ended"


class Course(StrEnum):
    """What became of one sitting."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class Step(IntEnum):
    """What has been said of a sitting so far."""

    NOTHING = 0
    PROPOSED = 1  # the agenda, to the chair
    INVITED = 2  # those invited, with the agenda
    ASKED = 3  # the chair, for the minutes


class Kind(StrEnum):
    """Where a point of an agenda comes from, in the order in which they are dealt with."""

    ACTION = "action"  # still open from a sitting before
    LATE = "late"  # a case past its deadline
    UP = "up"  # a case that leaders watch (提级督办)
    SENT_ABOUT = "sent_about"  # a case that nobody keeps
    STILL = "still"  # a matter whose stage stands still
    GROUP = "group"  # a group of residents that falls silent, by the number of its digest
    WORDS = "words"  # the chair's own


@dataclass(frozen=True)
class Point:
    """One point of an agenda; ``id`` stays when others come and go."""

    id: int
    kind: Kind
    ref: int = 0  # a case, a matter or a group
    words: str = ""
    struck: bool = False  # kept, so that it is not proposed again

    @property
    def about(self) -> tuple[str, int]:
        """The same for the same case, whyever it was proposed; or the same matter or group."""
        return ("" if self.is_case else self.kind), self.ref

    @property
    def is_case(self) -> bool:
        return self.kind not in (Kind.STILL, Kind.GROUP, Kind.WORDS)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Point":
        return cls(row["id"], Kind(row["kind"]), row["ref"], row["words"], row["struck"])


Agenda = tuple[Point, ...]


@dataclass(frozen=True)
class Meeting:
    """``invited`` holds ``all``, ``role:secretary``, ``duty:lift`` or ``org:`` and its name."""

    number: int
    title: str
    rule: str
    chair: int  # staff
    invited: tuple[str, ...] = ()
    state: State = State.DRAFT

    @property
    def is_complete(self) -> bool:
        return bool(self.title and self.rule and self.invited)

    def invites(self, staff: Staff) -> bool:
        return staff.id == self.chair or any(_covers(who, staff) for who in self.invited)


def _covers(who: str, staff: Staff) -> bool:
    """Of an organisation only where it is asked for by its name."""
    kind, _, value = who.partition(":")
    if kind == "org":
        return staff.organisation == value
    if staff.organisation or staff.role not in HANDLERS or staff.level != COMMUNITY_LEVEL:
        return kind == "role" and value == staff.role is Role.AUDITOR
    match kind:
        case "all":
            return True
        case "role":
            return staff.role == value
        case _:
            return value in staff.duties or "*" in staff.duties


@dataclass(frozen=True)
class Sitting:
    number: int
    meeting: int
    starts_at: datetime
    planned_at: datetime  # by the rule; it stays where the sitting is moved
    course: Course = Course.PLANNED
    step: Step = Step.NOTHING
    agenda: Agenda = ()
    next_at: datetime | None = None  # when a timer has to look at it again


def next_sitting(
    rule: str, after: datetime, calendar: Calendar
) -> tuple[datetime | None, tuple[date, ...]]:
    """The next moment by the rule that is no public holiday, and the days passed over for it."""
    skipped: list[date] = []
    moment = next_time(rule, after, calendar.zone)
    while moment is not None and len(skipped) < MOST_SKIPPED:
        day = moment.astimezone(calendar.zone).date()
        if not is_holiday(day, calendar):
            return moment, tuple(skipped)
        skipped.append(day)
        moment = next_time(rule, moment, calendar.zone) if repeats(rule) else None
    return None, tuple(skipped)


def is_holiday(day: date, calendar: Calendar) -> bool:
    """A day that would have work and has none; a weekend is one's own choice."""
    return not calendar.frames(day) and bool(calendar.week.get(day.weekday()))


def look_at(starts: datetime, step: Step, calendar: Calendar, now: datetime) -> datetime | None:
    """When the next word is due: two days before, the day before, an hour after; then none."""
    day = starts.astimezone(calendar.zone).date()
    match step:
        case Step.NOTHING:
            return _at(day - 2 * DAY, MORNING, calendar)
        case Step.PROPOSED:
            return max(_at(day - DAY, MORNING, calendar), min(now + TO_CHANGE, starts - LASTS))
        case Step.INVITED:
            return starts + LASTS
        case _:
            return None


def _at(day: date, clock: time, calendar: Calendar) -> datetime:
    return datetime.combine(day, clock, calendar.zone).astimezone(UTC)


# --- the agenda


def proposed(found: Mapping[Kind, Iterable[int]], agenda: Agenda = ()) -> Agenda:
    """With what is open and late besides, each once, a few of each kind; promises first.

    What stands there stays where it is, and what the chair struck stays away.
    """
    points = list(agenda)
    for kind in Kind:
        known = {p.about for p in points}
        new = [Point(0, kind, ref) for ref in found.get(kind, ())]
        fresh = [p for p in new if p.about not in known]
        kept = fresh if kind is Kind.ACTION else fresh[:MOST_OF_A_KIND]
        for point in kept[: MOST_POINTS - len(shown(points))]:
            points.append(replace(point, id=_next_id(points)))
    return tuple(points)


def shown(agenda: Iterable[Point]) -> list[Point]:
    return [p for p in agenda if not p.struck]


def _next_id(agenda: Iterable[Point]) -> int:
    return max((p.id for p in agenda), default=0) + 1


def added(agenda: Agenda, words: str) -> Agenda:
    """With a point of the chair's own at the end."""
    return (*agenda, Point(_next_id(agenda), Kind.WORDS, words=words))


def struck(agenda: Agenda, id: int) -> Agenda:
    return tuple(replace(p, struck=p.struck or p.id == id) for p in agenda)


def first(agenda: Agenda, id: int) -> Agenda:
    """With this point before all others."""
    chosen = tuple(p for p in agenda if p.id == id)
    return (*chosen, *(p for p in agenda if p.id != id))
