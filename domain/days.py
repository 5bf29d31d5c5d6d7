"""The day that somebody means: 2026-12-05, 12-05, 12月5日."""

import re
from datetime import date

SIGNED = r"(?:\b(?:until|till)\s*|[到至])"
WRITTEN = (
    r"(?:(?P<year>20\d\d)\s*[-/.年]\s*)?(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?!\d)"
    r"\s*[日号]?"
)
AFTER_A_SIGN = re.compile(rf"{SIGNED}\s*{WRITTEN}", re.IGNORECASE)
ALONE = re.compile(WRITTEN)


def day_in(text: str, today: date) -> tuple[date | None, str]:
    """The day after "until", and the words without it; or a day that stands quite alone.

    "3-4 days" in a sentence is no day. Without a year it is the next such day, today included.
    """
    for found in reversed(list(AFTER_A_SIGN.finditer(text))):
        if day := _day(found, today):
            return day, f"{text[: found.start()]} {text[found.end() :]}".strip(" ,，;；。.")
    alone = ALONE.fullmatch(text.strip())
    return (_day(alone, today) if alone else None), ("" if alone else text)


def _day(found: re.Match[str], today: date) -> date | None:
    month, day = int(found["month"]), int(found["day"])
    if found["year"]:
        return _valid(int(found["year"]), month, day)
    this_year = _valid(today.year, month, day)
    return this_year if this_year and this_year >= today else _valid(today.year + 1, month, day)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
