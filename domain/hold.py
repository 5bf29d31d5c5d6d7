"""May a case be put on hold until a day? Asked before its deadline, for a time that has an end."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.tickets import Ticket

LONGEST = timedelta(days=60)  # then it is looked at again, and may be asked for anew
REVIEWED_AT = time(9)  # on the review date: when offices have opened everywhere


class HoldRefusal(StrEnum):
    """Why a case may not be put on hold. Each value is the key of the text the person reads."""

    REASON_AND_DAY = "hold.reason_and_day_needed"
    NOT_AHEAD = "hold.day_not_ahead"
    TOO_LATE = "hold.too_late"


def may_hold(
    ticket: Ticket, reason: str, day: date | None, today: date, now: datetime
) -> HoldRefusal | None:
    """The day is a later one than today and within LONGEST; at the deadline it is not too late."""
    if day is None or not reason.strip():
        return HoldRefusal.REASON_AND_DAY
    if not today < day <= today + LONGEST:
        return HoldRefusal.NOT_AHEAD
    if ticket.resolve_by is not None and ticket.resolve_by < now:
        return HoldRefusal.TOO_LATE
    return None


def allowance(day: date, zone: ZoneInfo, now: datetime) -> str:
    """The time on hold as a budget; up to the review, never short of it by less than a minute."""
    review = datetime.combine(day, REVIEWED_AT, zone)
    minutes = -((now - review) // timedelta(minutes=1))
    return f"{minutes} minutes"
