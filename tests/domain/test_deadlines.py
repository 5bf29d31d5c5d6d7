"""Which promise holds after which step, on the community's own calendar."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.deadlines import with_clocks
from domain.tickets import CLOSED, Event, State, Ticket
from tests.databases import NOON
from tests.world import COMMUNITY, SHANGHAI

MONDAY_NOON = NOON
TUESDAY = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)  # 9:00 in Shanghai


def told(moment: datetime | None) -> str:
    return f"{moment.astimezone(SHANGHAI):%a %H:%M}" if moment else "-"


def a_case(state: State) -> Ticket:
    """A lamp, accepted on Monday at noon: three working days from then on."""
    lamp = Ticket(12, 101, "utilities", state, holder=7)
    return with_clocks(lamp, Event.ACCEPT, COMMUNITY, now=MONDAY_NOON)


def test_a_new_case_has_four_hours_to_be_taken_and_three_days_to_be_done() -> None:
    case = a_case(State.DISPATCHED)

    assert (told(case.due_at), told(case.resolve_by)) == ("Mon 17:30", "Thu 12:00")


@pytest.mark.parametrize("event", [Event.APPROVE_RETURN, Event.REASSIGN, Event.ESCALATE])
def test_a_new_holder_gets_hours_of_their_own_but_not_a_day_more_to_be_done(event: Event) -> None:
    case = with_clocks(a_case(State.DISPATCHED), event, COMMUNITY, now=TUESDAY)

    assert (told(case.due_at), told(case.resolve_by)) == ("Tue 14:30", "Thu 12:00")


@pytest.mark.parametrize(
    "event",
    [Event.SIGN, Event.RESIDENT_REPLIES, Event.WAIT_ENDS, Event.REFUSE_RETURN, Event.HOLD_ENDS],
)
def test_who_works_on_it_reads_by_when_it_is_to_be_done(event: Event) -> None:
    case = with_clocks(a_case(State.IN_PROGRESS), event, COMMUNITY, now=TUESDAY)

    assert (told(case.due_at), told(case.resolve_by)) == ("Thu 12:00", "Thu 12:00")


@pytest.mark.parametrize("event", [Event.DISPUTE, Event.PARTLY, Event.RECUR])
def test_rework_has_a_promise_of_its_own(event: Event) -> None:
    case = with_clocks(a_case(State.IN_PROGRESS), event, COMMUNITY, now=TUESDAY)

    assert (told(case.due_at), told(case.resolve_by)) == ("Thu 09:00", "Thu 09:00")


def test_asking_to_hand_it_back_stops_no_clock() -> None:
    case = a_case(State.RETURN_REVIEW)

    assert with_clocks(case, Event.REQUEST_RETURN, COMMUNITY, now=TUESDAY) == case


@pytest.mark.parametrize(
    "event", [Event.ASK_RESIDENT, Event.HOLD, Event.RESOLVE, Event.MERGE, Event.WITHDRAW,
              Event.CONFIRM, Event.STAY_SILENT]
)  # fmt: skip
def test_no_deadline_is_shown_while_nobody_has_to_act_and_the_promise_is_not_forgotten(
    event: Event,
) -> None:
    case = with_clocks(a_case(State.IN_PROGRESS), event, COMMUNITY, now=TUESDAY)

    assert (told(case.due_at), told(case.resolve_by)) == ("-", "Thu 12:00")


@pytest.mark.parametrize("event", Event)
def test_a_clock_changes_deadlines_and_nothing_else(event: Event) -> None:
    case = a_case(sorted(CLOSED)[0])
    after = with_clocks(case, event, COMMUNITY, now=TUESDAY)

    assert replace(after, due_at=case.due_at, resolve_by=case.resolve_by) == case
