"""Duplicates: which case may join which, and what a joined case does to its parent's deadline."""

from dataclasses import replace

import pytest

from domain.clocks import Kind, Stamp
from domain.merging import Obstacle, in_time, may_join, may_part, stood
from domain.tickets import Event, State, Ticket, Visibility
from tests.domain.cases import at, of, story, told

PARENT = Ticket(7, 101, "utilities", State.IN_PROGRESS, grid="2", holder=1)
CHILD = Ticket(12, 102, "utilities", State.DISPATCHED, grid="2", holder=1)
COMMITTEE = Visibility.COMMITTEE


@pytest.mark.parametrize(
    ("parent", "obstacle"),
    [
        (PARENT, None),
        (replace(PARENT, state=State.HANDLED), None),
        (CHILD, Obstacle.ITSELF),
        (replace(PARENT, state=State.MERGED), Obstacle.MERGED),
        (replace(PARENT, state=State.CLOSED_CONFIRMED), Obstacle.ENDED),
        (replace(PARENT, grid="1"), Obstacle.ELSEWHERE),
        (replace(PARENT, category="lift"), Obstacle.ELSEWHERE),
        (replace(PARENT, visibility=COMMITTEE), Obstacle.HIDDEN),
    ],
)
def test_a_case_joins_only_an_open_one_like_it(parent: Ticket, obstacle: Obstacle | None) -> None:
    assert may_join(CHILD, parent) is obstacle


def test_no_ring_can_be_made_of_mergers() -> None:
    merged = replace(CHILD, state=State.MERGED, parent=PARENT.number)

    assert may_join(PARENT, merged) is Obstacle.MERGED


@pytest.mark.parametrize(
    ("child", "parent", "obstacle"),
    [
        ("4 working hours", "4 working hours", None),
        ("4 working hours", "15 minutes", None),
        ("15 minutes", "15 minutes", None),
        ("15 minutes", "4 working hours", Obstacle.URGENT),
    ],
)
def test_danger_does_not_join_what_can_wait(
    child: str, parent: str, obstacle: Obstacle | None
) -> None:
    both = (story("03-02 12:00 submit", {"sign": sign}) for sign in (child, parent))

    assert in_time(*both) is obstacle


@pytest.mark.parametrize(
    ("state", "obstacle"),
    [
        (State.HANDLED, None),
        (State.MERGED, Obstacle.MERGED_ON),
        (State.CLOSED_SILENT, Obstacle.TOO_LATE),
        (State.WITHDRAWN, Obstacle.TOO_LATE),
    ],
)
def test_a_case_leaves_only_an_open_one(state: State, obstacle: Obstacle | None) -> None:
    merged = replace(CHILD, state=State.MERGED, parent=PARENT.number)

    assert may_part(merged, replace(PARENT, state=state)) is obstacle
    assert may_part(CHILD, PARENT) is Obstacle.NOT_MERGED


def test_a_case_goes_back_to_where_it_stood_before_its_last_merger() -> None:
    early = [(Event.SUBMIT, State.SUBMITTED), (Event.ACCEPT, State.DISPATCHED)]
    merged = (Event.MERGE, State.MERGED)
    again = [(Event.SPLIT, State.DISPATCHED), (Event.SIGN, State.IN_PROGRESS), merged]

    assert stood([*early, merged]) is State.DISPATCHED
    assert stood([*early, merged, *again]) is State.IN_PROGRESS
    assert stood(early) is None


def joined(when: str, by: str, child: int = 12) -> Stamp:
    return Stamp(Event.JOINED, at(when), child=child, resolve_by=at(by))


def resolve_by(*stamps: Stamp) -> str:
    """Of a case accepted on Monday at noon with three working days: else Thursday at noon."""
    events = sorted([*story("03-02 13:30 sign"), *stamps], key=lambda stamp: stamp.at)
    return told(of(Kind.RESOLVE, events)[-1].due)


def test_the_earlier_deadline_wins_and_is_warned_of_in_its_own_time() -> None:
    assert resolve_by() == "03-05 12:00"
    assert resolve_by(joined("03-03 09:00", "03-04 12:00")) == "03-04 12:00"
    assert resolve_by(joined("03-03 09:00", "03-09 12:00")) == "03-05 12:00"
    two = joined("03-03 09:00", "03-04 12:00"), joined("03-03 10:00", "03-04 10:00", 13)
    assert resolve_by(*two) == "03-04 10:00"


def test_a_pause_after_the_merger_moves_both_deadlines() -> None:
    asked = Stamp(Event.ASK_RESIDENT, at("03-03 09:00"))
    replied = Stamp(Event.RESIDENT_REPLIES, at("03-04 09:00"))

    assert resolve_by(joined("03-03 08:30", "03-04 12:00"), asked, replied) == "03-05 12:00"
    assert resolve_by(asked, replied, joined("03-04 09:00", "03-05 12:00")) == "03-05 12:00"


def test_a_case_that_parted_takes_its_deadline_along() -> None:
    parted = Stamp(Event.PARTED, at("03-03 10:00"), child=12)
    other = joined("03-03 09:30", "03-04 17:30", 13)

    assert resolve_by(joined("03-03 09:00", "03-04 12:00"), parted) == "03-05 12:00"
    assert resolve_by(joined("03-03 09:00", "03-04 12:00"), other, parted) == "03-04 17:30"


def test_a_new_round_of_the_parent_has_its_own_time() -> None:
    events = story("03-02 13:30 sign, 03-03 15:00 resolve, 03-04 08:30 dispute")
    events.insert(3, joined("03-03 09:00", "03-03 17:30"))

    assert [told(clock.due) for clock in of(Kind.RESOLVE, events)] == ["03-03 17:30", "03-05 17:30"]


def test_a_merger_taken_back_leaves_every_clock_of_the_case_as_it_was() -> None:
    plain = story("03-02 13:30 sign")
    undone = [*plain, *story("03-02 14:00 submit, 03-02 14:00 merge, 03-03 09:00 split")[1:]]

    assert of(Kind.RESOLVE, undone) == of(Kind.RESOLVE, plain)
    assert of(Kind.RESOLVE, undone[:-1])[0].stopped == at("03-02 14:00")
