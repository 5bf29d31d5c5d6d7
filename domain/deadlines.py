"""A case's deadlines as they are shown and watched, all derived from its clocks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.calendar import Budget
from domain.clocks import Clock, Kind, Stamp, clocks
from domain.community import Community
from domain.thresholds import Threshold, due_now, next_after, thresholds
from domain.tickets import State, Ticket

SHOWN: dict[State, Kind] = {
    State.SUBMITTED: Kind.ACCEPT,
    State.DISPATCHED: Kind.SIGN,
    State.IN_PROGRESS: Kind.RESOLVE,
    State.RETURN_REVIEW: Kind.REVIEW,
    State.WAITING_RESIDENT: Kind.WAIT,
    State.ON_HOLD: Kind.HOLD,
}


def running(stamps: Sequence[Stamp], community: Community) -> list[Clock]:
    """The clocks that run now: started, not stopped, not paused."""
    return [clock for clock in clocks(stamps, community.calendar) if clock.runs]


def shown(ticket: Ticket, stamps: Sequence[Stamp], community: Community) -> Clock | None:
    """The running clock whose deadline people see, by the state of the case; None without one."""
    kind = SHOWN.get(ticket.state)
    return next((c for c in running(stamps, community) if c.kind is kind), None)


def may_recur_until(stamps: Sequence[Stamp], community: Community) -> datetime | None:
    """Until when a case that was closed can be opened again; None while it is not closed.

    The question of the 28th day has as long for an answer as the first one had (handbook:
    tickets 3.2, rows 20 and 21); what happens later is another case.
    """
    run = running(stamps, community)
    asked = next((clock.due for clock in run if clock.kind is Kind.FOLLOW_UP), None)
    return community.calendar.due(asked, community.deadlines.confirm) if asked else None


def day_and_night(stamps: Sequence[Stamp]) -> bool:
    """Whether this case does not wait for working hours, as emergencies do not."""
    said = next((s.budgets["sign"] for s in stamps if "sign" in s.budgets), "")
    return bool(said) and not Budget.parse(said).working


def watched(ticket: Ticket, stamps: Sequence[Stamp], community: Community) -> list[Threshold]:
    """Every moment at which one of the running clocks is to be heard."""
    return _thresholds(running(stamps, community), ticket, community)


def _thresholds(run: Sequence[Clock], ticket: Ticket, community: Community) -> list[Threshold]:
    warn = community.preset(ticket.category).warn
    return [found for clock in run for found in thresholds(clock, warn, community.calendar)]


def with_deadlines(
    ticket: Ticket, stamps: Sequence[Stamp], community: Community, *, now: datetime
) -> Ticket:
    """The case with the deadline people see, the resolve deadline, and when to look again.

    At once where something has been reached already: somebody may have acted just before the
    timer came to say it, and what was said before is not said twice.
    """
    run = running(stamps, community)
    found = _thresholds(run, ticket, community)
    due = {clock.kind: clock.due for clock in run}
    shown = SHOWN.get(ticket.state)
    return replace(
        ticket,
        due_at=due.get(shown) if shown else None,
        resolve_by=due.get(Kind.RESOLVE, ticket.resolve_by),
        next_at=now if due_now(found, now) else next_after(found, now),
    )
