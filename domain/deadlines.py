"""Which clock runs after which step, and when it runs out.

The resolve clock starts when a case is accepted and is never reset by a return or a new
holder; each hop has its own sign clock, each rework round its own resolve clock.
"""

from dataclasses import replace
from datetime import datetime

from domain.community import Community
from domain.tickets import Event, Ticket

HOPS = frozenset({Event.ACCEPT, Event.APPROVE_RETURN, Event.REASSIGN, Event.ESCALATE})
REWORKS = frozenset({Event.DISPUTE, Event.PARTLY, Event.RECUR})
WORKING_ON = frozenset(
    {Event.SIGN, Event.RESIDENT_REPLIES, Event.WAIT_ENDS, Event.REFUSE_RETURN, Event.HOLD_ENDS}
)
KEEPS = frozenset({Event.REQUEST_RETURN})  # the clock that runs goes on running


def with_clocks(ticket: Ticket, event: Event, community: Community, *, now: datetime) -> Ticket:
    """The case with the deadlines that hold after ``event``."""
    calendar, deadlines = community.calendar, community.deadlines
    if event in HOPS:
        resolve_by = ticket.resolve_by or calendar.due(now, deadlines.resolve)
        return replace(ticket, due_at=calendar.due(now, deadlines.sign), resolve_by=resolve_by)
    if event in REWORKS:
        rework_by = calendar.due(now, deadlines.rework)
        return replace(ticket, due_at=rework_by, resolve_by=rework_by)
    if event in WORKING_ON:
        return replace(ticket, due_at=ticket.resolve_by)
    return ticket if event in KEEPS else replace(ticket, due_at=None)
