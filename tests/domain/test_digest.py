"""When a digest comes, what it looks back on, and what it says of a case that is still open."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.digest import (
    BY_DEFAULT,
    HOURS,
    WEEKDAYS,
    Week,
    Why,
    looks_back_to,
    may_be,
    most_urgent,
    next_digest,
    short,
    weekly,
    why_open,
)
from domain.tickets import Level, State, Ticket

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 6, 10, tzinfo=UTC)  # Friday, 18:00 in Shanghai
WORK = Ticket(1, 1, "other", State.IN_PROGRESS, resolve_by=NOW + timedelta(days=1))
BROKEN = NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("ticket", "why"),
    [
        (WORK, Why.WORK),
        (replace(WORK, state=State.DISPATCHED), Why.WAITS),
        (replace(WORK, state=State.SUBMITTED), Why.WAITS),
        (replace(WORK, state=State.RETURN_REVIEW), Why.WAITS),
        (replace(WORK, resolve_by=BROKEN), Why.LATE),
        (replace(WORK, level=Level.STREET), Why.UP),
        (replace(WORK, level=Level.STREET, resolve_by=BROKEN), Why.LATE),
        (replace(WORK, state=State.ON_HOLD, resolve_by=BROKEN), Why.HOLD),
        (replace(WORK, state=State.WAITING_RESIDENT, resolve_by=BROKEN), Why.RESIDENT),
    ],
)
def test_why_a_case_is_still_open(ticket: Ticket, why: Why) -> None:
    assert why_open(ticket, NOW) is why


@pytest.mark.parametrize(
    ("week", "told"),
    [
        (Week(), False),
        (Week(open=9, handled=2, questions=3), False),  # nothing new: the same list again is noise
        (Week(asked=1), True),
        (Week(solved=1), True),
        (Week(decided=1), True),
    ],
)
def test_nothing_to_say_nothing_is_sent(week: Week, told: bool) -> None:
    assert week.is_worth_telling is told


@pytest.mark.parametrize(
    ("rule", "after", "zone", "following"),
    [
        (BY_DEFAULT, "2026-03-06T09:59", SHANGHAI, "2026-03-06T10:00"),
        (BY_DEFAULT, "2026-03-06T10:00", SHANGHAI, "2026-03-13T10:00"),
        (weekly(7, 9), "2026-03-06T10:00", SHANGHAI, "2026-03-08T01:00"),
        (weekly(7, 18), "2026-03-23T00:00", BERLIN, "2026-03-29T16:00"),  # the clocks changed
        ("", "2026-03-06T10:00", SHANGHAI, None),
    ],
)
def test_when_it_comes(rule: str, after: str, zone: ZoneInfo, following: str | None) -> None:
    asked = datetime.fromisoformat(after).replace(tzinfo=UTC)
    expected = following and datetime.fromisoformat(following).replace(tzinfo=UTC)

    assert next_digest(rule, asked, zone) == expected


@pytest.mark.parametrize(
    ("told_days_ago", "days"),
    [(None, 7), (7, 7), (3, 3), (9, 9), (30, 14)],
)
def test_it_goes_on_where_the_last_one_ended(told_days_ago: int | None, days: int) -> None:
    told = None if told_days_ago is None else NOW - timedelta(days=told_days_ago)

    assert looks_back_to(told, NOW) == NOW - timedelta(days=days)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("3号楼门口路灯坏了", "3号楼门口路灯坏了"),
        ("路灯坏了\n电话13800000000", "路灯坏了"),
        ("", ""),
        ("一" * 23, "一" * 21 + "…"),
    ],
)
def test_one_line_of_a_phone(words: str, shown: str) -> None:
    assert short(words) == shown


def test_the_late_ones_first_then_the_oldest() -> None:
    cases = [replace(WORK, number=n, resolve_by=BROKEN if n == 7 else None) for n in (3, 7, 2)]

    assert [t.number for t in most_urgent(cases, NOW)] == [7, 2, 3]


def test_no_button_says_an_hour_at_night() -> None:
    assert all(may_be(day, hour) for day in WEEKDAYS for hour in HOURS)
    assert not any(may_be(*said) for said in ((0, 18), (8, 18), (5, 12), (5, 22), (5, 2)))
