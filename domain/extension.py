"""May a case have longer? Asked before its deadline, once a round, up to a later closing time."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from enum import StrEnum

from domain.calendar import Calendar
from domain.clocks import REWORKS, Stamp
from domain.deadlines import day_and_night
from domain.hold import LONGEST
from domain.tickets import Event, Ticket


class ExtendRefusal(StrEnum):
    """Why a case may not have longer. Each value is the key of the text the person reads."""

    REASON_AND_DAY = "extend.reason_and_day_needed"
    NOT_LATER = "extend.day_not_later"
    TOO_LATE = "extend.too_late"
    ONCE = "extend.once"


def barred(ticket: Ticket, stamps: Sequence[Stamp], now: datetime) -> ExtendRefusal | None:
    """Whatever is asked for: had in this round already, or late; at the deadline it is not."""
    if _extended(stamps):
        return ExtendRefusal.ONCE
    late = ticket.resolve_by is not None and ticket.resolve_by < now
    return ExtendRefusal.TOO_LATE if late else None


def may_extend(
    ticket: Ticket,
    stamps: Sequence[Stamp],
    reason: str,
    day: date | None,
    calendar: Calendar,
    now: datetime,
) -> ExtendRefusal | None:
    """The day has to give more time than there is, and lie within LONGEST of today."""
    if why := barred(ticket, stamps, now):
        return why
    if day is None or not reason.strip():
        return ExtendRefusal.REASON_AND_DAY
    within = day <= now.astimezone(calendar.zone).date() + LONGEST
    gains = _gains(ticket, stamps, closing(day, calendar), calendar)
    return None if within and gains else ExtendRefusal.NOT_LATER


def closing(day: date, calendar: Calendar) -> datetime:
    """When work ends on that day; its last second where nobody works or work does not end."""
    frames = calendar.frames(day)
    ends = frames[-1][1] if frames else time.max
    return datetime.combine(day, ends.replace(microsecond=0), calendar.zone).astimezone(UTC)


def _extended(stamps: Sequence[Stamp]) -> bool:
    last = next((s.event for s in reversed(stamps) if s.event in REWORKS | {Event.EXTEND}), None)
    return last is Event.EXTEND


def _gains(ticket: Ticket, stamps: Sequence[Stamp], until: datetime, calendar: Calendar) -> bool:
    """A Sunday is later than a Friday and yet no longer for those who do not work on it."""
    by = ticket.resolve_by
    if by is None or until <= by:
        return False
    return day_and_night(stamps) or calendar.worked(by, until) > 0
