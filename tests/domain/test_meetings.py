"""When a meeting sits, who is asked to come, and what its agenda begins with."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from domain.calendar import Calendar
from domain.meetings import (
    MOST_OF_A_KIND,
    MOST_POINTS,
    Kind,
    Meeting,
    Point,
    Step,
    added,
    first,
    look_at,
    next_sitting,
    proposed,
    shown,
    struck,
)
from domain.residents import Role, Staff

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = ((time(9), time(17)),)
HOLIDAYS = {date(2026, 10, 1): (), date(2026, 10, 8): (), date(2026, 10, 10): DAY}
CALENDAR = Calendar(SHANGHAI, dict.fromkeys(range(5), DAY), HOLIDAYS)


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("rule", "after", "comes", "skipped"),
    [
        ("weekly 3 09:30", "2026-09-28T00:00", "2026-09-30T09:30", ()),
        ("weekly 4 09:30", "2026-09-28T00:00", "2026-10-15T09:30", (1, 8)),  # Thursdays
        ("monthly 1 09:30", "2026-09-28T00:00", "2026-11-01T09:30", (1,)),  # a Sunday: as chosen
        ("weekly 6 09:30", "2026-10-05T00:00", "2026-10-10T09:30", ()),
        ("once 2026-10-01T09:30", "2026-09-28T00:00", None, (1,)),
        ("once 2026-09-01T09:30", "2026-09-28T00:00", None, ()),
    ],
)
def test_when_it_sits_next_and_which_holidays_it_passes_over(
    rule: str, after: str, comes: str | None, skipped: tuple[int, ...]
) -> None:
    moment, days = next_sitting(rule, at(after), CALENDAR)

    assert moment == (at(comes) if comes else None)
    assert days == tuple(date(2026, 10, day) for day in skipped)


@pytest.mark.parametrize(
    ("step", "now", "due"),
    [
        (Step.NOTHING, "2026-09-21T10:00", "2026-09-28T09:00"),
        (Step.PROPOSED, "2026-09-28T09:00", "2026-09-29T09:00"),
        (Step.PROPOSED, "2026-09-29T15:00", "2026-09-29T16:00"),  # set up late: an hour to change
        (Step.PROPOSED, "2026-09-30T08:20", "2026-09-30T08:30"),
        (Step.INVITED, "2026-09-29T09:00", "2026-09-30T10:30"),
        (Step.ASKED, "2026-09-30T10:30", None),
    ],
)
def test_when_something_is_to_be_said(step: Step, now: str, due: str | None) -> None:
    found = look_at(at("2026-09-30T09:30"), step, CALENDAR, at(now))

    assert found == (at(due) if due else None)


ZHOU = Staff(1, 11, "周警官", Role.MEMBER, ("utilities",), ("2",), None)
HE = Staff(2, 12, "何书记", Role.SECRETARY, ("*",), ("*",), None)
STREET = Staff(3, 13, "赵科长", Role.MEMBER, ("*",), ("*",), None, 2, "花园街道")
PROPERTY = Staff(4, 14, "钱经理", Role.MEMBER, ("lift",), ("*",), None, 1, "好家物业")
AUDITOR = Staff(5, 15, "孙委员", Role.AUDITOR, (), (), None)
EVERYBODY = (ZHOU, HE, STREET, PROPERTY, AUDITOR)


@pytest.mark.parametrize(
    ("invited", "come"),
    [
        ((), {2}),  # the chair
        (("all",), {1, 2}),
        (("role:member",), {1, 2}),
        (("role:auditor",), {2, 5}),
        (("duty:utilities",), {1, 2}),
        (("duty:lift",), {2}),  # the property company only by its name
        (("org:花园街道",), {2, 3}),
        (("duty:utilities", "org:好家物业"), {1, 2, 4}),
    ],
)
def test_who_is_asked_to_come(invited: tuple[str, ...], come: set[int]) -> None:
    meeting = Meeting(1, "周例会", "weekly 3 09:30", chair=2, invited=invited)

    assert {s.id for s in EVERYBODY if meeting.invites(s)} == come


def test_an_agenda_begins_with_what_was_promised_and_names_each_thing_once() -> None:
    agenda = proposed({
        Kind.LATE: [3, 7, 9, 4, 5, 6], Kind.UP: [7, 8], Kind.STILL: [3], Kind.GROUP: [3],
        Kind.ACTION: [9],
    })  # fmt: skip

    assert [(p.kind, p.ref) for p in agenda] == [
        (Kind.ACTION, 9), *((Kind.LATE, n) for n in (3, 7, 4, 5)), (Kind.UP, 8), (Kind.STILL, 3),
        (Kind.GROUP, 3),
    ]  # fmt: skip
    assert len(proposed({kind: range(n * 100, n * 100 + 99) for n, kind in enumerate(Kind)})) == (
        MOST_POINTS
    )
    assert len(proposed({Kind.LATE: range(99)})) == MOST_OF_A_KIND


def test_the_chair_adds_strikes_and_puts_first() -> None:
    agenda = proposed({Kind.LATE: [3, 7]})
    more = added(agenda, "春节值班")
    assert more[-1] == Point(3, Kind.WORDS, words="春节值班")
    assert [p.id for p in first(more, 3)] == [3, 1, 2]
    assert [p.id for p in shown(struck(more, 1))] == [2, 3]
    assert struck(agenda, 99) == agenda == first(agenda, 99)
    again = proposed({Kind.LATE: [3, 7, 8]}, struck(more, 1))
    assert [(p.id, p.ref) for p in shown(again)] == [(2, 7), (3, 0), (4, 8)]
    assert Point.from_json(more[0].as_json()) == more[0]
    assert replace(Meeting(1, "", "", 1), title="x").is_complete is False
