"""Quiet hours: when a message that can wait may leave. Answers never ask here."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import Frame, Span

DAY = timedelta(days=1)


def quiet_until(now: datetime, frames: Sequence[Frame], zone: ZoneInfo) -> datetime | None:
    """When the quiet hours that hold at ``now`` are over; None where none hold.

    Frames that follow one another are gone through together. Each counts once, so that a
    day that is quiet all round holds a message back for about a day and not for ever.
    """
    until = now
    for _ in frames:
        until = max(
            (ends for begins, ends in _spans(until, frames, zone) if begins <= until < ends),
            default=until,
        )
    return until if until > now else None


def _spans(at: datetime, frames: Iterable[Frame], zone: ZoneInfo) -> Iterator[Span]:
    """The frames that begin on this day or on the one before, which may go on over midnight."""
    today = at.astimezone(zone).date()
    for day in (today - DAY, today):
        for begins, ends in frames:
            last = day if begins < ends else day + DAY
            yield _moment(day, begins, zone), _moment(last, ends, zone)


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """``time.max`` is the midnight that ends the day."""
    if clock == time.max:
        day, clock = day + DAY, time.min
    return datetime.combine(day, clock, zone).astimezone(UTC)
