"""The clock of APScheduler, which nobody can set.

It plans by the time of day, and where that is set back by a day every timer stays away for a
day. So it is given a time zone of its own, in which the time is what the machine counts.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from time import monotonic

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
NOTHING = timedelta()


class Steady(tzinfo):
    """A zone of which ``datetime.now`` tells seconds since some beginning, and no time of day."""

    def __init__(self, seconds: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds

    def fromutc(self, _: datetime) -> datetime:
        return (BEGINNING + timedelta(seconds=self._seconds())).replace(tzinfo=self)

    def utcoffset(self, _: datetime | None) -> timedelta:
        return NOTHING

    def dst(self, _: datetime | None) -> timedelta:
        return NOTHING

    def tzname(self, _: datetime | None) -> str:
        return "steady"


class Every(BaseTrigger):  # type: ignore[misc]
    """Again so long after the last time; what was missed is not made up for.

    The library's own interval goes by way of time stamps, which are of the time of day.
    """

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval

    def get_next_fire_time(self, _: datetime | None, now: datetime) -> datetime:
        return now + self._interval


def timetable() -> AsyncIOScheduler:
    """Ticks, each at most once at a time, and none dropped because it comes late."""
    return AsyncIOScheduler(
        timezone=Steady(),
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
    )
