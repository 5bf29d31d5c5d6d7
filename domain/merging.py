"""Which case may join which, and when one may be taken out again. Never looks at who asks."""

from collections.abc import Sequence
from enum import StrEnum

from domain.clocks import Stamp
from domain.deadlines import day_and_night
from domain.tickets import Event, State, Ticket, Visibility


class Obstacle(StrEnum):
    """Why two cases stay apart, or together. Each value is the key of the text people read."""

    ITSELF = "merging.itself"
    ENDED = "merging.parent_ended"
    MERGED = "merging.parent_merged"
    ELSEWHERE = "merging.elsewhere"
    HIDDEN = "merging.hidden"
    NOT_MERGED = "merging.not_merged"
    TOO_LATE = "merging.too_late"
    MERGED_ON = "merging.merged_on"
    URGENT = "merging.urgent"


def may_join(child: Ticket, parent: Ticket) -> Obstacle | None:
    """Of one grid and category, and the parent is open (handbook: tickets 3.2, row 4).

    As only an open case is joined and a merged one is not open, no ring can be made. What is
    for the committee alone takes nobody in: they would read what they may not.
    """
    if child.number == parent.number:
        return Obstacle.ITSELF
    if parent.state is State.MERGED:
        return Obstacle.MERGED
    if not parent.is_open:
        return Obstacle.ENDED
    if (child.grid, child.category) != (parent.grid, parent.category):
        return Obstacle.ELSEWHERE
    return Obstacle.HIDDEN if parent.visibility is Visibility.COMMITTEE else None


def in_time(child: Sequence[Stamp], parent: Sequence[Stamp]) -> Obstacle | None:
    """What is looked after day and night joins nothing that waits for working hours.

    The earliest deadline wins (handbook: tickets 3.2, row 4); the other way round it does.
    """
    urgent = day_and_night(child) and not day_and_night(parent)
    return Obstacle.URGENT if urgent else None


def may_part(child: Ticket, parent: Ticket | None) -> Obstacle | None:
    """Only from a case that is still worked on: what has ended was the end of both."""
    if child.state is not State.MERGED or parent is None:
        return Obstacle.NOT_MERGED
    if parent.state is State.MERGED:
        return Obstacle.MERGED_ON
    return None if parent.is_open else Obstacle.TOO_LATE


def stood(events: Sequence[tuple[Event, State]]) -> State | None:
    """Where a case stood before its last merger, from its events and the state after each."""
    mergers = [n for n, (event, _) in enumerate(events) if event is Event.MERGE]
    return events[mergers[-1] - 1][1] if mergers and mergers[-1] else None
