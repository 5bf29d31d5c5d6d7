"""The weekly digest of a group: when it is due, what it looks back on, when it says nothing.

Its rule is kept in the words of ``domain.recurrence``: ``weekly 5 18:00`` (Monday is 1); empty:
the group wants none. Short on purpose: the one vendor known to have dropped a digest did so
when it had grown too long (handbook: voting 4.2).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.recurrence import next_time
from domain.tickets import Level, State, Ticket

WEEKDAYS = range(1, 8)
HOURS = (9, 10, 11, 15, 16, 17, 18, 19, 20)  # offered to choose from; none is at night or at noon
BY_DEFAULT = "weekly 5 18:00"
NEVER = ""

WEEK = timedelta(days=7)
FURTHEST = timedelta(days=14)  # looked back, where a week was missed
LATE = timedelta(days=2)  # after its moment it is dropped: the next one tells the same
MOST_LINES = 3  # of each kind, so that the whole fits a phone's screen
LONGEST_LINE = 22  # characters of what a case is about


class Why(StrEnum):
    """Why a case is still open, in what everybody may know."""

    HOLD = "hold"
    RESIDENT = "resident"
    LATE = "late"
    UP = "up"
    WORK = "work"
    WAITS = "waits"  # to be taken by somebody


OF_STATE = {
    State.ON_HOLD: Why.HOLD,
    State.WAITING_RESIDENT: Why.RESIDENT,
    State.IN_PROGRESS: Why.WORK,
}


def why_open(ticket: Ticket, now: datetime) -> Why:
    """A pause that was agreed on is no delay; a promise that was broken is called late."""
    why = OF_STATE.get(ticket.state, Why.WAITS)
    if why in (Why.HOLD, Why.RESIDENT):
        return why
    if ticket.resolve_by is not None and ticket.resolve_by < now:
        return Why.LATE
    return Why.UP if ticket.level > Level.COMMUNITY else why


@dataclass(frozen=True)
class Week:
    """What happened in one group, by the numbers of cases and matters."""

    asked: int = 0
    answered: int = 0  # of those, by a person
    solved: int = 0  # so say those who raised them
    handled: int = 0  # whose authors have not said yet
    open: int = 0
    decided: int = 0
    questions: int = 0  # that people asked one another in the group
    replied: int = 0  # of those, by anybody

    @property
    def is_worth_telling(self) -> bool:
        """Only news: the same list of open cases every week would be noise."""
        return bool(self.asked or self.solved or self.decided)


def weekly(day: int, hour: int) -> str:
    return f"weekly {day} {time(hour).isoformat('minutes')}"


def may_be(day: int, hour: int) -> bool:
    """Whether a button says this; a forged one may say anything."""
    return day in WEEKDAYS and hour in HOURS


def next_digest(rule: str, after: datetime, zone: ZoneInfo) -> datetime | None:
    """The first moment by this rule after ``after``; None where the group wants none."""
    return next_time(rule, after, zone) if rule else None


def looks_back_to(told: datetime | None, due: datetime) -> datetime:
    """Where the last one ended, so that nothing falls between two; two weeks at most."""
    return max(told or due - WEEK, due - FURTHEST)


def short(words: str) -> str:
    """The first line of what a case is about, cut to what a phone shows in one."""
    line = next(iter(words.splitlines()), "").strip()
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"


def most_urgent(tickets: Iterable[Ticket], now: datetime) -> list[Ticket]:
    """Open cases, the late ones first, then the oldest."""
    return sorted(tickets, key=lambda t: (why_open(t, now) is not Why.LATE, t.number))
