"""Cases as the tests of clocks tell them: one line for each event, or any way through the table."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.clocks import Clock, Kind, Stamp, clocks
from domain.tickets import (
    Deed,
    DisputeReason,
    EscalateReason,
    Event,
    Part,
    ReassignReason,
    ReturnReason,
    State,
    Ticket,
    possible,
    step,
)
from tests.databases import NOON
from tests.world import COMMUNITY, SHANGHAI

YEAR = 2026  # in which 2 March is a Monday and no day is a holiday
BUDGETS = COMMUNITY.budgets("utilities") | {"hold": "7 days"}
EVERYBODY = frozenset(Part)
OLD, NEW = 7, 8  # two members of staff

# What each guard asks for; events without a line ask for nothing.
ENOUGH: dict[Event, dict[str, Any]] = {
    Event.SUBMIT: {"has_words": True},
    Event.ACCEPT: {"holder": NEW},
    Event.REJECT: {"has_words": True},
    Event.MERGE: {"parent": 99},
    Event.SPLIT: {"back_to": State.IN_PROGRESS},
    Event.REQUEST_RETURN: {"reason": ReturnReason.DUTY},
    Event.APPROVE_RETURN: {"holder": NEW},
    Event.REASSIGN: {"holder": NEW, "reason": ReassignReason.LOAD},
    Event.ASK_RESIDENT: {"has_words": True},
    Event.RESIDENT_REPLIES: {"has_words": True},
    Event.HOLD: {"has_words": True},
    Event.EXTEND: {"has_words": True},
    Event.RESOLVE: {"has_words": True},
    Event.ESCALATE: {"reason": EscalateReason.OVERDUE, "holder": NEW},
    Event.DISPUTE: {"reason": DisputeReason.NOT_DONE},
    Event.RECUR: {"has_words": True},
}


def a_deed(event: Event, parts: frozenset[Part] = EVERYBODY, **more: Any) -> Deed:
    return Deed(event, parts, **(ENOUGH.get(event, {}) | more))


def at(text: str) -> datetime:
    """``03-02 12:00`` in Shanghai."""
    return datetime.fromisoformat(f"{YEAR}-{text}").replace(tzinfo=SHANGHAI).astimezone(UTC)


def told(moment: datetime | None) -> str:
    if moment is None:
        return "-"
    local = moment.astimezone(SHANGHAI)
    return f"{local:%m-%d %H:%M:%S}" if local.second else f"{local:%m-%d %H:%M}"


def story(text: str, budgets: Mapping[str, str] = BUDGETS) -> list[Stamp]:
    """Events as ``03-02 12:00 accept``, separated by commas; the first has the budgets.

    A story that does not begin with ``submit`` was submitted and accepted on Monday at noon.
    """
    lines = [line.strip() for line in text.split(",") if line.strip()]
    if not lines or not lines[0].endswith(" submit"):
        lines = ["03-02 12:00 submit", "03-02 12:00 accept", *lines]
    moments = [line.rsplit(" ", 1) for line in lines]
    return [
        Stamp(Event(event), at(when), {} if number else budgets)
        for number, (when, event) in enumerate(moments)
    ]


def of(kind: Kind, stamps: list[Stamp]) -> list[Clock]:
    return [clock for clock in clocks(stamps, COMMUNITY.calendar) if clock.kind is kind]


@st.composite
def histories(draw: st.DrawFn) -> tuple[Ticket, list[Stamp]]:
    """Any way the table allows, with minutes to weeks between two steps, or none."""
    ticket, now, stamps = Ticket(12, 101, "utilities"), NOON, list[Stamp]()
    for _ in range(draw(st.integers(1, 25))):
        now += timedelta(minutes=draw(st.just(0) | st.integers(0, 300) | st.integers(0, 15_000)))
        choices = sorted(possible(ticket, Part))
        if not choices:
            break
        event = draw(st.sampled_from(choices))
        after = step(ticket, a_deed(event))
        if isinstance(after, Ticket):
            ticket = after
            stamps.append(Stamp(event, now, {} if stamps else BUDGETS))
    return ticket, stamps
