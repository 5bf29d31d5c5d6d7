"""China's real calendar: holidays close, make-up days open, an unknown year is said."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.calendar import Budget, Calendar
from domain.explanation import explain
from domain.holidays import KNOWN, china, first_unknown, soon_unknown

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = ((time(8, 30), time(12)), (time(14), time(17, 30)))
WEEK = dict.fromkeys(range(5), DAY)
CALENDAR = Calendar(SHANGHAI, WEEK, china(WEEK), KNOWN)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 20), True),  # a Sunday that makes up for National Day
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),  # a Saturday
        (date(2026, 10, 11), False),
        (date(2026, 2, 17), False),  # Spring Festival
    ],
)
def test_the_state_councils_days_of_2026(day: date, works: bool):
    assert bool(CALENDAR.frames(day)) is works


def test_a_deadline_over_national_day_waits_for_the_eighth():
    due = CALENDAR.due(
        datetime(2026, 9, 30, 16, 30, tzinfo=SHANGHAI), Budget.parse("4 working hours")
    )

    assert due == datetime(2026, 10, 8, 11, 30, tzinfo=SHANGHAI)


def test_a_make_up_day_has_the_frames_of_a_full_weekday():
    short_friday = WEEK | {4: DAY[:1]}

    assert china(short_friday)[date(2026, 10, 10)] == DAY


def test_a_community_that_works_on_saturdays_keeps_its_own_hours_on_a_make_up_saturday():
    saturdays = WEEK | {5: DAY[:1]}

    assert date(2026, 10, 10) not in china(saturdays)


@pytest.mark.parametrize(
    ("known", "today", "first", "warned"),
    [
        ({2026}, date(2026, 11, 23), date(2027, 1, 1), None),
        ({2026}, date(2026, 12, 2), date(2027, 1, 1), 2027),
        ({2026, 2027}, date(2026, 12, 31), date(2028, 1, 1), None),
        ({2026}, date(2027, 3, 1), date(2027, 3, 1), 2027),
    ],
)
def test_a_year_nobody_told_us_about_is_named_in_time(
    known: set[int], today: date, first: date, warned: int | None
):
    assert first_unknown(frozenset(known), today) == first
    assert soon_unknown(frozenset(known), today, timedelta(days=30)) == warned


def test_an_explanation_that_reaches_into_an_unknown_year_says_so():
    late = CALENDAR.explain(
        datetime(max(KNOWN), 12, 31, 17, tzinfo=SHANGHAI), Budget.parse("3 working days")
    )

    assert "calendar.unknown_year" in [getattr(line, "key", "") for line in explain(late, CALENDAR)]
