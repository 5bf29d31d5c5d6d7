"""China's public holidays and make-up working days (调休), as far as a maintained table knows.

The State Council announces each year's days off late in the year before. A year the table
does not know is never guessed: it is left to the weekly frames, and said loudly.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from chinese_calendar import constants

from domain.calendar import Frame

KNOWN: frozenset[int] = frozenset(day.year for day in constants.holidays)
SATURDAY = 5


def china(week: Mapping[int, tuple[Frame, ...]]) -> dict[date, tuple[Frame, ...]]:
    """The dates that differ from the week: days off closed, make-up days as a full weekday."""
    full = max((week.get(day, ()) for day in range(SATURDAY)), key=_minutes, default=())
    closed = {day: () for day in constants.holidays if week.get(day.weekday())}
    made_up = {day: full for day in constants.workdays if not week.get(day.weekday())}
    return {**closed, **made_up}


def _minutes(frames: tuple[Frame, ...]) -> int:
    return sum((e.hour * 60 + e.minute) - (b.hour * 60 + b.minute) for b, e in frames)


def first_unknown(known: frozenset[int], today: date) -> date:
    """The first day from today on whose days off nobody has told us yet."""
    if today.year not in known:
        return today
    year = next(y for y in range(today.year + 1, today.year + 200) if y not in known)
    return date(year, 1, 1)


def soon_unknown(known: frozenset[int], today: date, ahead: timedelta) -> int | None:
    """The year to warn about: it begins within ``ahead`` and the table does not know it."""
    first = first_unknown(known, today)
    return first.year if first <= today + ahead else None
