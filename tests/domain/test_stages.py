"""By when a stage is over, and when a timer looks at it: days counted as the law counts them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.ballots import reminders
from domain.calendar import Budget
from domain.matters import Event, Matter, State
from domain.question import Question, RulePart, Scope
from domain.stages import next_look, postings, times, with_window
from tests.domain.test_calendar import OFFICE
from tests.world import COMMUNITY, SHANGHAI

QUESTION = Question("加装电梯", "是否同意？", (RulePart("OWNER_SPECIAL", Scope("unit", "3-2")),))
HERE = replace(COMMUNITY, calendar=OFFICE)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def local(moment: datetime | None) -> str:
    assert moment is not None
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"


def matter(state: State, **more: object) -> Matter:
    return replace(Matter(1, "lift", QUESTION, state, owner=7), **more)  # type: ignore[arg-type]


def open_matter(opens: str = "2026-03-09 09:00", closes: str = "2026-03-16 20:00") -> Matter:
    return matter(State.OPEN, opens_at=at(opens), closes_at=at(closes))


# Notice given, its days, the midnight that ends them, and when people vote.
NOTICES = [
    # Monday 2 March at noon: the 3rd is the first day, Tuesday the 17th the fifteenth
    ("2026-03-02 12:00", 15, "03-18 00:00", "03-19 09:00", "03-26 20:00"),
    # the first day does not count, however early or late in it (民法典 Art. 201)
    ("2026-03-02 00:00", 15, "03-18 00:00", "03-19 09:00", "03-26 20:00"),
    ("2026-03-02 23:59", 15, "03-18 00:00", "03-19 09:00", "03-26 20:00"),
    # the last day would be a Saturday: it moves to Monday (Art. 203)
    ("2026-03-06 12:00", 15, "03-24 00:00", "03-25 09:00", "04-01 20:00"),
    # ... or in the holidays: 1 to 7 October are off, the 8th is a Thursday
    ("2026-09-16 12:00", 15, "10-09 00:00", "10-10 09:00", "10-17 20:00"),
    # a Sunday that is worked on ends a notice like any other day
    ("2026-09-05 12:00", 15, "09-21 00:00", "09-22 09:00", "09-29 20:00"),
    ("2026-03-02 12:00", 0, "03-03 00:00", "03-04 09:00", "03-11 20:00"),
]


@pytest.mark.parametrize(("given", "days", "ends", "opens", "closes"), NOTICES)
def test_the_days_of_notice_are_counted_as_the_law_counts_them(
    given: str, days: int, ends: str, opens: str, closes: str
) -> None:
    dated = with_window(replace(QUESTION, notice_days=days), OFFICE, at(given))

    assert local(dated.notice_ends_at) == ends
    assert (local(dated.opens_at), local(dated.closes_at)) == (opens, closes)


def test_a_window_is_as_long_and_as_early_in_every_month() -> None:
    """China has no summer time (since 1992), and nothing here would move by one."""
    for month in range(1, 13):
        dated = with_window(QUESTION, OFFICE, datetime(2026, month, 20, 4, tzinfo=UTC))
        assert local(dated.opens_at)[-5:] == "09:00" and local(dated.closes_at)[-5:] == "20:00"
        assert dated.closes_at and dated.opens_at
        assert dated.closes_at - dated.opens_at == 7 * DAY + 11 * HOUR


# --- the deadline of each stage


STAGES = [
    (State.DRAFT, Event.DRAFT, "03-16 12:00"),
    (State.PROPOSED, Event.PROPOSE, "03-16 12:00"),
    (State.REVIEWED, Event.REVIEW, "03-09 12:00"),
    (State.EXECUTING, Event.EXECUTE, "05-25 12:00"),
    (State.RESULT_PUBLISHED, Event.REPORT, "04-01 12:00"),
    (State.DECISION_PUBLISHED, Event.PUBLISH, "03-18 00:00"),  # shown for fifteen whole days
]


@pytest.mark.parametrize(("state", "event", "due"), STAGES)
def test_a_stage_is_over_when_its_budget_is_used_up(state: State, event: Event, due: str) -> None:
    after = times(matter(state), event, HERE, now=at("2026-03-02 12:00"))

    assert local(after.due_at) == local(after.next_at) == due


PUBLICATION = [
    ("default", "2 working days", "03-18 17:30"),
    ("bj", "5 working days", "03-19 20:00"),  # three days of the law, from the close on
    ("bj", "2 working days", "03-18 17:30"),  # our own deadline is the earlier one
    ("qingyuan", "10 working days", "03-23 20:00"),
]


@pytest.mark.parametrize(("place", "own", "due"), PUBLICATION)
def test_the_result_is_published_by_the_earliest_of_law_and_community(
    place: str, own: str, due: str
) -> None:
    stages = {**HERE.voting.stages, State.COUNTED: Budget.parse(own)}
    here = replace(HERE, voting=replace(HERE.voting, stages=stages))
    counted = replace(open_matter(), state=State.COUNTED)
    counted = replace(counted, question=replace(QUESTION, place=place))

    # counted days after the close, because the bot was off: the law does not wait for that
    for now in ("2026-03-16 20:00", "2026-03-18 09:00"):
        assert local(times(counted, Event.COUNT, here, now=at(now)).due_at) == due


def test_an_edit_before_the_notice_gives_no_more_time() -> None:
    drafted = matter(State.PROPOSED, due_at=at("2026-03-06 12:00"), next_at=at("2026-03-06 12:00"))

    assert times(drafted, Event.EDIT, HERE, now=at("2026-03-05 12:00")) == drafted


@pytest.mark.parametrize("state", [State.DRAFT, State.COUNTED, State.DECISION_PUBLISHED])
def test_whoever_takes_a_stage_over_has_no_more_time_and_is_reminded_too(state: State) -> None:
    due, now = at("2026-03-06 12:00"), at("2026-03-10 12:00")
    waiting = matter(state, due_at=due, next_at=due)
    silent = matter(state, due_at=due, next_at=None)

    assert times(waiting, Event.HAND_OVER, HERE, now=now) == waiting
    after = times(silent, Event.HAND_OVER, HERE, now=now)
    assert after.due_at == due and local(after.next_at) == "03-12 12:00"


CLIMBS = [
    (State.EXECUTING, 2, "03-04 12:00"),  # two working days from one level to the next
    (State.EXECUTING, 3, "03-04 12:00"),
    (State.NOTICED, 2, "03-05 12:00"),  # after its days a stage first has its own budget
    (State.NOTICED, 3, "03-04 12:00"),
    (State.DECISION_PUBLISHED, 2, "03-09 12:00"),
]


@pytest.mark.parametrize(("state", "level", "look"), CLIMBS)
def test_a_stage_that_stands_still_climbs_after_a_while(
    state: State, level: int, look: str
) -> None:
    due = at("2026-03-01 12:00")
    climbed = matter(state, level=level, due_at=due)
    after = times(climbed, Event.CLIMB, HERE, now=at("2026-03-02 12:00"))

    assert after.due_at == due and local(after.next_at) == look


def test_a_notice_is_looked_at_when_its_days_are_over_and_due_when_people_vote() -> None:
    dated = with_window(QUESTION, OFFICE, at("2026-03-02 12:00"))
    noticed = matter(State.NOTICED, question=dated, opens_at=dated.opens_at)
    after = times(noticed, Event.NOTICE, HERE, now=at("2026-03-02 12:00"))

    assert (local(after.next_at), local(after.due_at)) == ("03-18 00:00", "03-19 09:00")


def test_what_has_ended_is_never_looked_at_again() -> None:
    for state in (State.ARCHIVED, State.WITHDRAWN, State.VOID):
        ended = times(matter(state, due_at=at("2026-03-02 12:00")), Event.VOID, HERE,
                      now=at("2026-03-02 12:00"))  # fmt: skip
        assert ended.due_at is None and ended.next_at is None


# --- while people vote


def test_the_heads_are_posted_every_evening_between_opening_and_close() -> None:
    days = [local(moment) for moment in _postings(open_matter())]

    assert days == [f"03-{day:02d} 20:00" for day in range(9, 16)]  # the close posts its own


def _postings(found: Matter) -> list[datetime]:
    assert found.opens_at and found.closes_at
    return list(postings(found.opens_at, found.closes_at, HERE))


LOOKS = [
    ("03-09 09:00", "03-09 20:00"),  # the first evening
    ("03-13 19:00", "03-13 20:00"),  # a head and a reminder, 72 hours before the close
    ("03-15 20:00", "03-16 20:00"),  # ... and 24 hours: the close is next
    ("03-16 19:59", "03-16 20:00"),
    ("03-17 12:00", "03-16 20:00"),  # after an outage the close is still to come
]


@pytest.mark.parametrize(("now", "look"), LOOKS)
def test_a_timer_looks_again_at_whatever_comes_first(now: str, look: str) -> None:
    assert local(next_look(open_matter(), HERE, at(f"2026-{now}"))) == look


def test_an_extension_arms_the_reminders_anew() -> None:
    before, after = open_matter(), open_matter(closes="2026-03-20 20:00")
    assert before.opens_at and before.closes_at and after.closes_at

    assert [local(m) for m in reminders(before.opens_at, before.closes_at)] == [
        "03-13 20:00",
        "03-15 20:00",
    ]
    assert [local(m) for m in reminders(before.opens_at, after.closes_at)] == [
        "03-17 20:00",
        "03-19 20:00",
    ]
    extended = times(after, Event.EXTEND, HERE, now=at("2026-03-16 12:00"))
    assert (local(extended.due_at), local(extended.next_at)) == ("03-20 20:00", "03-16 20:00")
