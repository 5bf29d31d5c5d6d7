"""A case's deadlines as they are shown and watched, all derived from its clocks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.clocks import PAUSED, Clock, Kind, Stamp, clocks, is_paused
from domain.community import Community
from domain.thresholds import Threshold, next_after, thresholds
from domain.tickets import State, Ticket

SHOWN: dict[State, Kind] = {
    State.SUBMITTED: Kind.ACCEPT,
    State.DISPATCHED: Kind.SIGN,
    State.IN_PROGRESS: Kind.RESOLVE,
    State.RETURN_REVIEW: Kind.REVIEW,
    State.WAITING_RESIDENT: Kind.WAIT,
}


def running(stamps: Sequence[Stamp], community: Community) -> list[Clock]:
    """The clocks that run now: started, not stopped, not paused."""
    paused = PAUSED if is_paused(stamps) else frozenset[Kind]()
    every = clocks(stamps, community.calendar)
    return [c for c in every if c.stopped is None and c.kind not in paused]


def watched(ticket: Ticket, stamps: Sequence[Stamp], community: Community) -> list[Threshold]:
    """Every moment at which one of the running clocks is to be heard."""
    warn = community.preset(ticket.category).warn
    return [
        threshold
        for clock in running(stamps, community)
        for threshold in thresholds(clock, warn, community.calendar)
    ]


def with_deadlines(
    ticket: Ticket, stamps: Sequence[Stamp], community: Community, *, now: datetime
) -> Ticket:
    """The case with the deadline people see, the resolve deadline, and when to look again."""
    due = {clock.kind: clock.due for clock in running(stamps, community)}
    shown = SHOWN.get(ticket.state)
    return replace(
        ticket,
        due_at=due.get(shown) if shown else None,
        resolve_by=due.get(Kind.RESOLVE, ticket.resolve_by),
        next_at=next_after(watched(ticket, stamps, community), now),
    )
