"""Which deadline people see, which promise stands behind it, and when Linli looks again."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings

from domain.clocks import Stamp
from domain.deadlines import running, with_deadlines
from domain.tickets import CLOSED, OPEN, State, Ticket
from tests.domain.cases import BUDGETS, at, histories, story, told
from tests.world import COMMUNITY

SECOND = timedelta(seconds=1)


def seen(state: State, text: str, now: str = "", **before: datetime) -> tuple[str, str, str]:
    """What is shown, the promise, and when to look again, right after the last event."""
    stamps = story(text)
    moment = at(now) if now else stamps[-1].at
    case = Ticket(12, 101, "utilities", state, **before)  # type: ignore[arg-type]
    case = with_deadlines(case, stamps, COMMUNITY, now=moment)
    return told(case.due_at), told(case.resolve_by), told(case.next_at)


# state | the case | shown, promise, next look
SEEN = [
    (State.SUBMITTED, "03-02 12:00 submit", ("03-02 17:30", "-", "03-02 17:30")),
    (State.DISPATCHED, "", ("03-02 17:30", "03-05 12:00", "03-02 15:30")),
    (State.IN_PROGRESS, "03-02 14:00 sign", ("03-05 12:00", "03-05 12:00", "03-03 14:00")),
    (State.IN_PROGRESS, "03-02 14:00 sign, 03-02 15:00 contacted",
     ("03-05 12:00", "03-05 12:00", "03-03 17:15")),
    (State.RETURN_REVIEW, "03-02 16:00 request_return",
     ("03-03 16:00", "03-05 12:00", "03-03 16:00")),
    (State.DISPATCHED, "03-03 09:00 reassign", ("03-03 14:30", "03-05 12:00", "03-03 11:00")),
    (State.WAITING_RESIDENT, "03-02 14:00 sign, 03-03 09:00 ask_resident",
     ("03-06 09:00", "-", "03-04 09:00")),
    (State.IN_PROGRESS, "03-02 14:00 sign, 03-03 09:00 ask_resident, 03-03 11:00 resident_replies",
     ("03-05 15:30", "03-05 15:30", "03-04 10:15")),
    (State.HANDLED, "03-02 14:00 sign, 03-03 09:00 resolve", ("-", "-", "03-05 09:00")),
    (State.IN_PROGRESS, "03-02 14:00 sign, 03-03 09:00 resolve, 03-03 10:00 dispute",
     ("03-05 10:00", "03-05 10:00", "03-04 10:00")),
    (State.CLOSED_CONFIRMED, "03-02 14:00 sign, 03-03 09:00 resolve, 03-03 10:00 confirm",
     ("-", "-", "03-31 10:00")),
    (State.MERGED, "03-03 09:00 merge", ("-", "-", "-")),
    (State.WITHDRAWN, "03-03 09:00 withdraw", ("-", "-", "-")),
]  # fmt: skip


@pytest.mark.parametrize(("state", "text", "expected"), SEEN, ids=[f"{s}: {t}" for s, t, _ in SEEN])
def test_people_see_the_deadline_of_who_has_to_act(
    state: State, text: str, expected: tuple[str, str, str]
) -> None:
    assert seen(state, text) == expected


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (State.WAITING_RESIDENT, "ask_resident"),
        (State.ON_HOLD, "hold"),
        (State.HANDLED, "resolve"),
        (State.MERGED, "merge"),
        (State.WITHDRAWN, "withdraw"),
    ],
)
def test_the_promise_is_not_forgotten_while_its_clock_stands_still(
    state: State, event: str
) -> None:
    promised = at("03-05 12:00")
    _, promise, _ = seen(state, f"03-02 14:00 sign, 03-03 09:00 {event}", resolve_by=promised)

    assert promise == "03-05 12:00"


def test_who_acts_just_before_the_timer_does_not_silence_it() -> None:
    """Before: the case was next looked at after now, and what had just been reached was lost.

    At 12:00 the promise and the level run out; ten seconds later somebody is spoken to, and
    the timer comes after that. The case would have stayed where it was for ever.
    """
    text = "03-02 14:00 sign, 03-05 12:00:10 contacted"

    assert seen(State.IN_PROGRESS, text)[2] == "03-05 12:00:10"


def test_a_changed_setting_changes_nothing_for_a_round_that_runs() -> None:
    slower = replace(COMMUNITY.deadlines.ordinary, resolve=COMMUNITY.deadlines.follow_up)
    changed = replace(COMMUNITY, deadlines=replace(COMMUNITY.deadlines, ordinary=slower))
    stamps = story("03-02 14:00 sign")
    case = Ticket(12, 101, "utilities", State.IN_PROGRESS)

    assert changed.budgets("utilities") != BUDGETS
    assert with_deadlines(case, stamps, changed, now=stamps[-1].at) == with_deadlines(
        case, stamps, COMMUNITY, now=stamps[-1].at
    )


@settings(max_examples=60, deadline=None)
@given(histories())
def test_deadlines_change_nothing_else_and_deriving_them_twice_gives_the_same(
    history: tuple[Ticket, list[Stamp]],
) -> None:
    ticket, stamps = history
    now = stamps[-1].at
    case = with_deadlines(ticket, stamps, COMMUNITY, now=now)

    assert with_deadlines(case, stamps, COMMUNITY, now=now) == case
    assert replace(case, due_at=None, resolve_by=None, next_at=None) == ticket
    assert case.next_at is None or case.next_at >= now


@settings(max_examples=100, deadline=None)
@given(histories())
def test_an_open_case_is_looked_at_again_and_a_closed_one_shows_no_deadline(
    history: tuple[Ticket, list[Stamp]],
) -> None:
    ticket, stamps = history
    case = with_deadlines(ticket, stamps, COMMUNITY, now=stamps[-1].at)

    if case.state in OPEN - {State.ON_HOLD}:
        assert case.next_at is not None
    if case.state in CLOSED:
        assert case.due_at is None
    assert all(clock.runs for clock in running(stamps, COMMUNITY))
