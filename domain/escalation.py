"""When a case goes up a level by count and not by a clock, and when its lateness is for leaders."""

from collections.abc import Iterable
from datetime import datetime

from domain.calendar import Calendar
from domain.clocks import Clock, Kind
from domain.tickets import EscalateReason, Event, Level, Ticket

PASSED_ON_HOPS = 3  # sent to somebody that often (handbook: tickets 3.2, row 16)
REWORK_ROUND = 2  # not solved: row 18
PARTLY_ROUND = 3  # solved in part: row 19 goes on below, row 16 climbs from the second rework on

BY_HAND = (
    EscalateReason.BEYOND_POWERS,
    EscalateReason.JOINT_ENFORCEMENT,
    EscalateReason.EMERGENCY,
)

REWORKED = {
    Event.DISPUTE: REWORK_ROUND,
    Event.RECUR: REWORK_ROUND,
    Event.PARTLY: PARTLY_ROUND,
}
SENT_ON = frozenset({Event.REASSIGN, Event.APPROVE_RETURN})


def climbs_after(before: Ticket, ticket: Ticket, event: Event) -> EscalateReason | None:
    """Why the case has to go up now that this has just happened to it; None: it need not.

    Each round climbs one level at most, and a case that was up already does not climb again
    for being sent on there, or down.
    """
    if event in SENT_ON:
        sent_about = ticket.hop >= PASSED_ON_HOPS and before.level is Level.COMMUNITY
        return EscalateReason.PASSED_ON if sent_about else None
    first = REWORKED.get(event)
    if first is None or ticket.round < first:
        return None
    return EscalateReason.REWORKED if ticket.level < min(ticket.round, Level.DEPARTMENT) else None


def very_late(clocks: Iterable[Clock], calendar: Calendar, now: datetime) -> bool:
    """Whether the resolve clock is over by more than its own budget. At twice the budget: not."""
    return any(
        calendar.explain_part(c.deadline.start, c.budget, 2, 1, c.deadline.pauses).at < now
        for c in clocks
        if c.kind is Kind.RESOLVE
    )
