"""The clocks of a case, derived from its events and nothing else.

Each clock starts with one event and stops with another; waiting for the resident and being
on hold pause some of them. The budgets stand in the events that opened the case or its new
round, so that a changed setting holds for new rounds only. Nothing is ever reset: a return,
a new holder, a higher level or a merger leave the resolve clock as it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.calendar import Budget, Calendar, Deadline, Span
from domain.tickets import Event


class Kind(StrEnum):
    ACCEPT = "accept"  # by the duty: until somebody has it
    SIGN = "sign"  # one for each hop
    CONTACT = "contact"  # one for each round: until the resident hears from a person
    RESOLVE = "resolve"  # one for each round
    LEVEL = "level"  # one for each level; when it runs out the case climbs
    REVIEW = "review"  # of a return
    WAIT = "wait"  # for the resident's answer
    CONFIRM = "confirm"  # for the resident's word
    FOLLOW_UP = "follow_up"  # until we ask again how it is


@dataclass(frozen=True)
class Stamp:
    """One event of a case as far as clocks care."""

    event: Event
    at: datetime
    budgets: Mapping[str, str] = field(default_factory=dict)  # kind -> "4 working hours"


@dataclass(frozen=True)
class Clock:
    """One clock of one case; ``stopped`` is None while it runs (or is paused)."""

    kind: Kind
    round: int
    hop: int
    level: int
    budget: Budget
    deadline: Deadline
    stopped: datetime | None = None

    @property
    def due(self) -> datetime:
        return self.deadline.at

    @property
    def key(self) -> str:
        """The same for the same clock however often it is derived."""
        return f"{self.kind}:{self.round}:{self.hop}:{self.level}"

    def breached(self, now: datetime) -> bool:
        """Decided from recorded times: late is late whoever looked when. At the second: in time."""
        return (self.stopped or now) > self.due


HOPS = frozenset({Event.ACCEPT, Event.APPROVE_RETURN, Event.REASSIGN, Event.ESCALATE})
REWORKS = frozenset({Event.DISPUTE, Event.PARTLY, Event.RECUR})
ENDS = frozenset({Event.MERGE, Event.WITHDRAW, Event.REJECT})
CLOSES = frozenset({Event.CONFIRM, Event.STAY_SILENT})
PAUSES = frozenset({Event.ASK_RESIDENT, Event.HOLD})
RESUMES = frozenset({Event.RESIDENT_REPLIES, Event.WAIT_ENDS, Event.HOLD_ENDS})

STARTS: Mapping[Kind, frozenset[Event]] = {
    Kind.ACCEPT: frozenset({Event.SUBMIT, Event.APPEAL}),
    Kind.SIGN: HOPS,
    Kind.CONTACT: REWORKS | {Event.SIGN},
    Kind.RESOLVE: REWORKS | {Event.ACCEPT},
    Kind.LEVEL: REWORKS | {Event.ACCEPT, Event.ESCALATE},
    Kind.REVIEW: frozenset({Event.REQUEST_RETURN}),
    Kind.WAIT: frozenset({Event.ASK_RESIDENT}),
    Kind.CONFIRM: frozenset({Event.RESOLVE}),
    Kind.FOLLOW_UP: CLOSES,
}
STOPS: Mapping[Kind, frozenset[Event]] = {
    Kind.ACCEPT: ENDS | {Event.ACCEPT},
    Kind.SIGN: ENDS | HOPS | {Event.SIGN, Event.REQUEST_RETURN},
    Kind.CONTACT: ENDS | {Event.CONTACTED, Event.ASK_RESIDENT, Event.RESOLVE},
    Kind.RESOLVE: ENDS | {Event.RESOLVE},
    Kind.LEVEL: ENDS | {Event.RESOLVE, Event.ESCALATE},
    Kind.REVIEW: ENDS | {Event.APPROVE_RETURN, Event.REFUSE_RETURN},
    Kind.WAIT: ENDS | RESUMES,
    Kind.CONFIRM: ENDS | REWORKS | CLOSES,
    Kind.FOLLOW_UP: ENDS | REWORKS,
}
PAUSED = frozenset({Kind.RESOLVE, Kind.LEVEL, Kind.CONTACT})
ONCE_A_ROUND = frozenset({Kind.CONTACT, Kind.RESOLVE})


def clocks(stamps: Sequence[Stamp], calendar: Calendar) -> tuple[Clock, ...]:
    """Every clock the events have started, those that stopped included, by kind and start."""
    return tuple(clock for kind in Kind for clock in _of_kind(kind, stamps, calendar))


@dataclass(frozen=True)
class _Place:
    """How far the case has come at one of its events."""

    round: int = 1
    hop: int = 0
    level: int = 1

    def after(self, event: Event) -> "_Place":
        place = replace(self, round=self.round + (event in REWORKS), hop=self.hop + (event in HOPS))
        return replace(place, level=place.level + (event is Event.ESCALATE))


def _of_kind(kind: Kind, stamps: Sequence[Stamp], calendar: Calendar) -> Iterator[Clock]:
    place, budgets = _Place(), dict[str, str]()
    running: tuple[_Place, Stamp, Budget] | None = None
    started: set[int] = set()
    for stamp in stamps:
        place = place.after(stamp.event)
        budgets |= stamp.budgets
        if running and stamp.event in STOPS[kind]:
            yield _clock(kind, running, stamps, calendar, stamp.at)
            running = None
        fits = stamp.event in STARTS[kind] and not (kind in ONCE_A_ROUND and place.round in started)
        budget = _budget(kind, place, budgets)
        if running is None and fits and budget:
            running = place, stamp, budget
            started.add(place.round)
    if running:
        yield _clock(kind, running, stamps, calendar, None)


def _budget(kind: Kind, place: _Place, budgets: Mapping[str, str]) -> Budget | None:
    """The allowance for this clock; None where none is set, as for the highest level."""
    if kind is Kind.LEVEL:
        said = budgets.get(f"level_{place.level}")
    elif kind is Kind.RESOLVE and place.round > 1:
        said = budgets.get("rework")
    else:
        said = budgets.get(kind)
    return Budget.parse(said) if said else None


def _clock(
    kind: Kind,
    running: tuple[_Place, Stamp, Budget],
    stamps: Sequence[Stamp],
    calendar: Calendar,
    stopped: datetime | None,
) -> Clock:
    place, started, budget = running
    pauses = tuple(_pauses(stamps, started.at)) if kind in PAUSED else ()
    deadline = calendar.explain(started.at, budget, pauses)
    return Clock(kind, place.round, place.hop, place.level, budget, deadline, stopped)


def _pauses(stamps: Sequence[Stamp], since: datetime) -> Iterator[Span]:
    """Spans that do not count; one that still lasts has no end yet and is left out."""
    began: datetime | None = None
    for stamp in stamps:
        if stamp.at < since:
            continue
        if stamp.event in PAUSES:
            began = stamp.at
        elif began is not None and (stamp.event in RESUMES or stamp.event in ENDS):
            yield began, stamp.at
            began = None


def is_paused(stamps: Sequence[Stamp]) -> bool:
    """Whether the last that was said of pausing is that the case pauses."""
    last = [s.event for s in stamps if s.event in PAUSES | RESUMES | ENDS | HOPS]
    return bool(last) and last[-1] in PAUSES


def budgets_of(data: Mapping[str, Any]) -> Mapping[str, str]:
    """The budgets an event was written with."""
    found = data.get("budgets", {})
    return found if isinstance(found, Mapping) else {}
