"""Why is it due then? The spans that were counted, in lines a person can check."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby

from domain.calendar import Calendar, Deadline, Span
from domain.conversation import Blank, Phrase, listed

MOST_DAYS = 6  # told one by one; of more the middle is added up


def explain(deadline: Deadline, calendar: Calendar) -> tuple[Blank, ...]:
    """From where it was counted, each day's share, what was left out, and the moment itself."""
    length = _length(deadline.counted)
    return (
        Phrase("deadline.from", {"start": deadline.start, "length": length}),
        *_shares(deadline, calendar),
        *_closed(deadline, calendar),
        *_pauses(deadline),
        *_unknown(deadline, calendar),
        Phrase("deadline.at", {"at": deadline.at}),
    )


def _shares(deadline: Deadline, calendar: Calendar) -> Iterator[Blank]:
    days = [
        (day, tuple(spans))
        for day, spans in groupby(deadline.counted, lambda span: _day(span[0], calendar))
    ]
    if len(days) <= MOST_DAYS:
        yield from (_share(day, spans, calendar) for day, spans in days)
        return
    middle = days[2:-2]
    spans = tuple(span for _, spans in middle for span in spans)
    first, last = middle[0][0], middle[-1][0]
    yield from (_share(*each, calendar) for each in days[:2])
    yield Phrase("deadline.days", {"first": first, "last": last, "length": _length(spans)})
    yield from (_share(*each, calendar) for each in days[-2:])


def _share(day: date, spans: tuple[Span, ...], calendar: Calendar) -> Blank:
    told = listed(f"{_clock(b, calendar)}–{_clock(e, calendar)}" for b, e in spans)
    return Phrase("deadline.day", {"day": day, "spans": told, "length": _length(spans)})


def _closed(deadline: Deadline, calendar: Calendar) -> Iterator[Blank]:
    """Days without working time on the way, neighbours together."""
    if all(ends - begins > timedelta(days=1) for begins, ends in deadline.counted):
        return
    day, last = _day(deadline.start, calendar), _day(deadline.at, calendar)
    days = [day + timedelta(days=n) for n in range((last - day).days + 1)]
    for closed, run in groupby(days, lambda each: not calendar.frames(each)):
        if closed:
            together = list(run)
            yield _closed_run(together[0], together[-1])


def _closed_run(first: date, last: date) -> Blank:
    if first == last:
        return Phrase("deadline.closed", {"day": first})
    return Phrase("deadline.closed_days", {"first": first, "last": last})


def _pauses(deadline: Deadline) -> Iterator[Blank]:
    for begins, ends in sorted(deadline.pauses):
        if begins < deadline.at and ends > deadline.start:
            yield Phrase("deadline.paused", {"begins": begins, "ends": ends})


def _unknown(deadline: Deadline, calendar: Calendar) -> Iterator[Blank]:
    """Years on the way whose days off nobody has told us: the moment may yet move."""
    if calendar.known_years is None:
        return
    first, last = _day(deadline.start, calendar).year, _day(deadline.at, calendar).year
    for year in range(first, last + 1):
        if year not in calendar.known_years:
            yield Phrase("calendar.unknown_year", {"year": year})


def _length(spans: tuple[Span, ...]) -> timedelta:
    return sum((ends - begins for begins, ends in spans), timedelta())


def _day(moment: datetime, calendar: Calendar) -> date:
    return moment.astimezone(calendar.zone).date()


def _clock(moment: datetime, calendar: Calendar) -> str:
    local = moment.astimezone(calendar.zone)
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
