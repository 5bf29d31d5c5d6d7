"""When a budget of working time is used up: cases with known answers, edges, and a slow counter."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import Budget, Calendar, Frame

BESIDE_THE_PROJECT = Path(__file__).parents[3] / "shared" / "cases"
CASES = Path(os.environ.get("LINLI_CASES", BESIDE_THE_PROJECT)) / "deadlines.json"
ABSENT = "no deadlines.json with known answers: set LINLI_CASES to the folder that has it"

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)


def clock(text: str) -> time:
    return time.max if text == "24:00" else time.fromisoformat(text)


def frames(*texts: str) -> tuple[Frame, ...]:
    pairs = (text.split("-") for text in texts)
    return tuple((clock(opens), clock(closes)) for opens, closes in pairs)


DAY = frames("08:30-12:00", "14:00-17:30")  # seven hours
OFFICE = Calendar(
    SHANGHAI,
    dict.fromkeys(range(5), DAY),
    {
        date(2026, 9, 20): DAY,  # 调休: a Sunday that works
        **{date(2026, 10, day): () for day in range(1, 8)},  # 国庆节
        date(2026, 10, 10): DAY,
        date(2026, 11, 25): frames("08:30-12:00"),  # half a day
    },
)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def due(calendar: Calendar, start: str, budget: str) -> str:
    moment = calendar.due(at(start, calendar.zone), Budget.parse(budget))
    return f"{moment.astimezone(calendar.zone).replace(tzinfo=None)}"


def known_answers() -> list[Any]:
    cases = json.loads(CASES.read_text("utf-8")) if CASES.is_file() else []
    return [pytest.param(case, id=case["id"]) for case in cases]


@pytest.mark.skipif(not CASES.is_file(), reason=ABSENT)
@pytest.mark.parametrize("case", known_answers())
def test_a_deadline_is_the_one_that_is_known(case: Mapping[str, Any]) -> None:
    given, expected = case["input"], case["expect"]["due"]
    week = {int(day): read_frames(pairs) for day, pairs in given["week"].items()}
    changed = {date.fromisoformat(d): read_frames(p) for d, p in given["overrides"].items()}
    calendar = Calendar(ZoneInfo(given["timezone"]), week, changed)
    budget = Budget(given["budget_seconds"], "second", working=True)
    start, pauses = utc(given["start"]), [(utc(b), utc(e)) for b, e in given["pauses"]]

    found = calendar.explain(start, budget, pauses)

    assert found.at == utc(expected)
    assert calendar.worked(start, found.at, pauses) == given["budget_seconds"]


def read_frames(pairs: list[list[str]]) -> tuple[Frame, ...]:
    return frames(*(f"{opens}-{closes}" for opens, closes in pairs))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "budget", "expected"),
    [
        pytest.param("2026-11-23 08:30", "1 working hour", "2026-11-23 09:30:00", id="opening"),
        pytest.param("2026-11-23 06:00", "1 working hour", "2026-11-23 09:30:00", id="before"),
        pytest.param("2026-11-23 12:00", "1 working hour", "2026-11-23 15:00:00", id="at-noon"),
        pytest.param("2026-11-23 11:30", "4 working hours", "2026-11-23 17:30:00", id="lunch"),
        pytest.param("2026-11-23 11:59:59", "2 working seconds", "2026-11-23 14:00:01", id="edge"),
        pytest.param("2026-11-23 08:30", "7 working hours", "2026-11-23 17:30:00", id="closing"),
        pytest.param(
            "2026-11-23 08:30", "25201 working seconds", "2026-11-24 08:30:01", id="past-closing"
        ),
        pytest.param("2026-11-23 17:30", "1 working second", "2026-11-24 08:30:01", id="closed"),
        pytest.param("2026-11-27 17:00", "1 working hour", "2026-11-30 09:00:00", id="friday"),
        pytest.param("2026-11-28 10:00", "1 working hour", "2026-11-30 09:30:00", id="saturday"),
        pytest.param("2026-11-25 11:30", "1 working hour", "2026-11-26 09:00:00", id="half-day"),
        pytest.param("2026-09-18 17:00", "1 working hour", "2026-09-20 09:00:00", id="sunday"),
        pytest.param("2026-09-30 17:00", "1 working hour", "2026-10-08 09:00:00", id="holidays"),
        pytest.param("2026-10-09 17:00", "1 working hour", "2026-10-10 09:00:00", id="made-up"),
        pytest.param("2026-11-23 10:00", "1 working day", "2026-11-24 10:00:00", id="a-day"),
        pytest.param("2026-11-23 08:30", "3 working days", "2026-11-26 12:00:00", id="days"),
        pytest.param("2026-11-28 10:00", "15 minutes", "2026-11-28 10:15:00", id="on-the-wall"),
        pytest.param("2026-09-30 17:00", "1 week", "2026-10-07 17:00:00", id="a-week"),
    ],
)
def test_a_promise_counts_only_the_hours_in_which_somebody_can_keep_it(
    start: str, budget: str, expected: str
) -> None:
    assert due(OFFICE, start, budget) == expected


def test_a_frame_may_last_until_midnight_and_go_on_after_it() -> None:
    night = Calendar(SHANGHAI, {0: frames("22:00-24:00"), 1: frames("00:00-02:00")})

    assert due(night, "2026-11-23 22:00", "2 working hours") == "2026-11-24 00:00:00"
    assert due(night, "2026-11-23 23:30", "1 working hour") == "2026-11-24 00:30:00"
    assert night.working_day == 2 * 3600


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param("2026-03-28 17:00", "2026-03-30 10:00:00", id="an-hour-less"),
        pytest.param("2026-10-24 17:00", "2026-10-26 10:00:00", id="an-hour-more"),
    ],
)
def test_an_office_opens_by_the_clock_on_its_wall_when_summer_time_comes_and_goes(
    start: str, expected: str
) -> None:
    berlin = Calendar(ZoneInfo("Europe/Berlin"), dict.fromkeys([0, 5], frames("09:00-18:00")))

    assert due(berlin, start, "2 working hours") == expected


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_that_is_open_all_day_has_the_hours_it_really_has(day: str, hours: int) -> None:
    berlin = Calendar(ZoneInfo("Europe/Berlin"), {6: frames("00:00-24:00")})
    start = at(f"{day} 00:00", berlin.zone)

    assert berlin.due(start, Budget(hours, "hour", working=True)) == start + timedelta(hours=hours)
    assert due(berlin, f"{day} 00:00", f"{hours} working hours").endswith(" 00:00:00")


def test_the_same_moment_told_in_another_time_zone_has_the_same_deadline() -> None:
    start, budget = at("2026-11-23 11:30"), Budget.parse("4 working hours")

    for hours in (-11, 0, 8, 14):
        elsewhere = start.astimezone(timezone(timedelta(hours=hours)))
        assert OFFICE.due(elsewhere, budget) == OFFICE.due(start, budget)


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_a_start_told_by_the_office_clock_is_not_an_hour_off_when_that_clock_is_changed(
    day: str,
) -> None:
    """Before: moments of one zone were subtracted as they read, and 5 hours became 4 or 6."""
    berlin = Calendar(ZoneInfo("Europe/Berlin"), {6: frames("00:00-24:00")})
    start = at(f"{day} 00:00", berlin.zone)
    pause = start + timedelta(minutes=30), start + timedelta(hours=4)
    local = start.astimezone(berlin.zone)
    local_pause = pause[0].astimezone(berlin.zone), pause[1].astimezone(berlin.zone)

    for budget in (Budget(5, "hour", working=True), Budget(5, "hour")):
        assert berlin.due(local, budget) == start + timedelta(hours=5)
        paused = berlin.explain(local, budget, [local_pause])
        assert paused.at == start + timedelta(hours=8, minutes=30)
    assert berlin.worked(local, (start + timedelta(hours=9)).astimezone(berlin.zone)) == 9 * 3600


def test_a_community_that_never_works_is_told_so_instead_of_waiting_for_ever() -> None:
    with pytest.raises(ValueError, match="no working time"):
        Calendar(SHANGHAI, {}).due(at("2026-11-23 09:00"), Budget.parse("1 working hour"))


@pytest.mark.parametrize(
    ("start", "end", "pauses", "minutes"),
    [
        pytest.param("11-23 10:30", "11-23 11:00", [], 30, id="half an hour"),
        pytest.param("11-23 10:30", "11-23 15:00", [], 150, id="over lunch"),
        pytest.param("11-23 10:30", "11-23 10:30", [], 0, id="at once"),
        pytest.param("11-23 15:00", "11-23 10:30", [], 0, id="ended before it began"),
        pytest.param("11-23 15:00", "11-23 10:30", [("11-23 16:00", "11-23 17:00")], 0,
                     id="ended before it began, and paused"),
        pytest.param("11-23 18:00", "11-24 08:00", [], 0, id="a night"),
        pytest.param("11-23 10:30", "11-24 10:30", [], 420, id="a working day"),
        pytest.param("11-27 17:00", "11-30 09:00", [], 60, id="over a weekend"),
        pytest.param("09-30 17:00", "10-08 09:00", [], 60, id="over a holiday week"),
        pytest.param("11-23 10:30", "11-23 15:00", [("11-23 11:00", "11-23 11:15")], 135,
                     id="one pause"),
        pytest.param("11-23 10:30", "11-23 15:00", [("11-23 10:30", "11-23 15:00")], 0,
                     id="paused all the time"),
        pytest.param("11-23 10:30", "11-23 15:00",
                     [("11-23 14:30", "11-23 14:45"), ("11-23 11:00", "11-23 11:15")], 120,
                     id="two pauses in a day, the later one first"),
        pytest.param("11-23 10:30", "11-23 15:00",
                     [("11-23 11:00", "11-23 11:30"), ("11-23 11:15", "11-23 11:45")], 105,
                     id="pauses that overlap"),
        pytest.param("11-23 10:30", "11-24 10:30", [("11-23 17:00", "11-24 09:00")], 360,
                     id="a pause over midnight"),
        pytest.param("11-24 08:30", "11-26 08:30", [("11-23 09:00", "11-25 08:30")], 210,
                     id="a pause from before, then half a day"),
    ],
)  # fmt: skip
def test_the_time_worked_is_that_of_the_office_without_the_pauses(
    start: str, end: str, pauses: list[tuple[str, str]], minutes: int
) -> None:
    spans = [(at(f"2026-{begins}"), at(f"2026-{ends}")) for begins, ends in pauses]

    assert OFFICE.worked(at(f"2026-{start}"), at(f"2026-{end}"), spans) == minutes * 60


def test_years_of_work_are_counted_to_the_last_day() -> None:
    """Before: nothing after the first 800 days was counted."""
    office = Calendar(SHANGHAI, dict.fromkeys(range(7), DAY))
    start = at("2026-01-01 08:30")

    assert office.worked(start, start + timedelta(days=3000)) == 3000 * 7 * 3600


def test_a_pause_of_years_only_moves_the_deadline() -> None:
    start = at("2026-11-23 08:30")
    pause = start, at("2036-11-24 08:30")

    found = OFFICE.explain(start, Budget.parse("1 working hour"), [pause])
    assert found.at == at("2036-11-24 09:30")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(3600, "2026-11-23 18:00:00"), (3601, "2026-11-24 10:00:01")],
)
def test_a_pause_may_push_a_deadline_to_closing_time_and_a_second_more_to_the_next_day(
    seconds: int, expected: str
) -> None:
    office = Calendar(SHANGHAI, dict.fromkeys(range(5), frames("10:00-18:00")))
    start = at("2026-11-23 11:00")
    pause = start + timedelta(hours=1), start + timedelta(hours=1, seconds=seconds)

    found = office.explain(start, Budget.parse("6 working hours"), [pause])
    assert f"{found.at.astimezone(SHANGHAI).replace(tzinfo=None)}" == expected


@pytest.mark.parametrize(
    ("part", "of", "expected"),
    [
        pytest.param(0, 1, "2026-11-23 11:00:00", id="the start"),
        pytest.param(1, 2, "2026-11-23 15:00:00", id="half"),
        pytest.param(80, 100, "2026-11-23 16:12:00", id="eighty percent"),
        pytest.param(1, 1, "2026-11-23 17:00:00", id="all of it"),
        pytest.param(2, 1, "2026-11-24 12:00:00", id="twice"),
    ],
)
def test_a_part_of_a_budget_is_a_part_of_its_working_time(
    part: int, of: int, expected: str
) -> None:
    start, budget = at("2026-11-23 11:00"), Budget.parse("4 working hours")

    moment = OFFICE.explain_part(start, budget, part, of).at
    assert f"{moment.astimezone(SHANGHAI).replace(tzinfo=None)}" == expected


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("4 working hours", Budget(4, "hour", working=True)),
        ("1 Working Day", Budget(1, "day", working=True)),
        (" 15  minutes ", Budget(15, "minute")),
        ("5 seconds", Budget(5, "second")),
        ("1 day", Budget(1, "day")),
        ("2 weeks", Budget(2, "week")),
    ],
)
def test_a_duration_is_read_as_people_write_it(text: str, budget: Budget) -> None:
    assert Budget.parse(text) == budget


@pytest.mark.parametrize(
    "text",
    ["", "4", "hours", "-1 hours", "0 minutes", "1.5 hours", "4 months", "4h", "1 hour 5 minutes",
     "999999 days", "2 working weeks"],
)  # fmt: skip
def test_a_duration_nobody_can_keep_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a duration such as|say it in working days"):
        Budget.parse(text)


# --- any calendar, any moment

# Frames begin and end where no zone of these changes its clock, between one and four.
MARKS = [0, *range(4 * 60, 24 * 60 + 1, 30)]
ZONES = ["UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]


def _time(minutes: int) -> time:
    return time.max if minutes == 24 * 60 else time(minutes // 60, minutes % 60)


@st.composite
def days(draw: st.DrawFn) -> tuple[Frame, ...]:
    marks = sorted(draw(st.sets(st.sampled_from(MARKS), max_size=6)))
    pairs = zip(marks[::2], marks[1::2], strict=False)
    return tuple((_time(opens), _time(closes)) for opens, closes in pairs)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    week = draw(st.dictionaries(st.integers(0, 6), days(), min_size=1))
    week[draw(st.integers(0, 6))] = DAY  # at least one day of work
    near = st.integers(0, 20).map(lambda n: date(2026, 3, 20) + timedelta(days=n))
    return Calendar(
        ZoneInfo(draw(st.sampled_from(ZONES))), week, draw(st.dictionaries(near, days()))
    )


moments = st.integers(0, 20 * 24 * 60).map(lambda n: datetime(2026, 3, 20, tzinfo=UTC) + n * MINUTE)
working = st.builds(Budget, st.integers(1, 600), st.sampled_from(["minute"]), st.just(True))


@settings(max_examples=60, deadline=None)
@given(calendars(), moments, working)
def test_the_working_time_until_the_deadline_is_the_budget_and_not_a_minute_more(
    calendar: Calendar, start: datetime, budget: Budget
) -> None:
    end = calendar.due(start, budget)

    assert end >= start + budget.span
    assert counted(calendar, start, end) == budget.count
    assert is_working(calendar, end - MINUTE), "the last minute of a budget is a working one"


def counted(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Working minutes, found by looking at every single one."""
    minutes = (start + n * MINUTE for n in range(round((end - start) / MINUTE)))
    return sum(is_working(calendar, minute) for minute in minutes)


def is_working(calendar: Calendar, minute: datetime) -> bool:
    local = minute.astimezone(calendar.zone)
    today = calendar.week.get(local.weekday(), ())
    today = calendar.overrides.get(local.date(), today)
    return any(opens <= local.time() < closes for opens, closes in today)


@settings(max_examples=50, deadline=None)
@given(calendars(), st.lists(moments, min_size=2, max_size=5), working)
def test_who_is_told_later_is_not_due_earlier(
    calendar: Calendar, starts: list[datetime], budget: Budget
) -> None:
    ends = [calendar.due(start, budget) for start in sorted(starts)]

    assert ends == sorted(ends)


@settings(max_examples=50, deadline=None)
@given(calendars(), moments, st.lists(st.integers(1, 200_000), min_size=2, max_size=5))
def test_a_longer_budget_is_not_due_earlier(
    calendar: Calendar, start: datetime, seconds: list[int]
) -> None:
    budgets = [Budget(count, "second", working=True) for count in sorted(seconds)]
    ends = [calendar.due(start, budget) for budget in budgets]

    assert ends == sorted(ends)


@settings(max_examples=50, deadline=None)
@given(calendars(), moments, st.integers(1, 5000), st.integers(1, 5000))
def test_a_budget_used_up_in_two_parts_ends_at_the_same_moment(
    calendar: Calendar, start: datetime, first: int, second: int
) -> None:
    halfway = calendar.due(start, Budget(first, "second", working=True))
    whole = Budget(first + second, "second", working=True)

    rest = Budget(second, "second", working=True)
    assert calendar.due(halfway, rest) == calendar.due(start, whole)


@settings(max_examples=50, deadline=None)
@given(st.builds(Budget, st.integers(1, 99_999), st.sampled_from(["second", "hour", "day"]),
                 st.booleans()))  # fmt: skip
def test_a_duration_reads_back_as_it_is_written(budget: Budget) -> None:
    assert Budget.parse(str(budget)) == budget
