"""The clocks of a case, derived from its events and nothing else.

Each clock starts with one event and stops with another; waiting for the resident and being
on hold pause some of them. The budgets stand in the events that opened the case or its new
round, so that a changed setting holds for new rounds only. Nothing is ever reset: a return,
a new holder, a higher level or a merger leave the resolve clock as it was. An extension
makes it longer for its round and leaves the clocks of the levels alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
    HOLD = "hold"  # until the review date of what is on hold
    CONFIRM = "confirm"  # for the resident's word
    FOLLOW_UP = "follow_up"  # until we ask again how it is


@dataclass(frozen=True)
class Stamp:
    """One event of a case as far as clocks care."""

    event: Event
    at: datetime
    budgets: Mapping[str, str] = field(default_factory=dict)  # kind -> "4 working hours"
    child: int = 0  # the case that joined this one, or parted from it
    resolve_by: datetime | None = None  # of that case, or what this one was extended to
    level: int = 0  # to which it was sent down; 0: it was not


@dataclass(frozen=True)
class Clock:
    """One clock of one case; ``stopped`` is None while it runs (or is paused).

    ``turn`` counts the clocks of one kind: a resident may be asked twice in one round.
    """

    kind: Kind
    round: int
    hop: int
    level: int
    turn: int
    budget: Budget
    deadline: Deadline
    stopped: datetime | None = None
    paused: datetime | None = None  # since when, while the case pauses
    changed: bool = False  # it has more or less than it began with: extended, or joined

    @property
    def runs(self) -> bool:
        return self.stopped is None and self.paused is None

    @property
    def due(self) -> datetime:
        return self.deadline.at

    @property
    def key(self) -> str:
        """The same for the same clock however often it is derived."""
        return f"{self.kind}:{self.round}:{self.hop}:{self.level}:{self.turn}"

    def breached(self, now: datetime) -> bool:
        """Decided from recorded times: late is late whoever looked when. At the second: in time."""
        return (self.stopped or self.paused or now) > self.due


HOPS = frozenset({Event.ACCEPT, Event.APPROVE_RETURN, Event.REASSIGN, Event.ESCALATE})
REWORKS = frozenset({Event.DISPUTE, Event.PARTLY, Event.RECUR})
TAKES_BACK = {Event.SPLIT: Event.MERGE, Event.PARTED: Event.JOINED}
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
    Kind.HOLD: frozenset({Event.HOLD}),
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
    Kind.HOLD: ENDS | RESUMES | HOPS,
    Kind.CONFIRM: ENDS | REWORKS | CLOSES,
    Kind.FOLLOW_UP: ENDS | REWORKS,
}
PAUSED = frozenset({Kind.RESOLVE, Kind.LEVEL, Kind.CONTACT})
ONCE_A_ROUND = frozenset({Kind.CONTACT, Kind.RESOLVE})


def clocks(
    stamps: Sequence[Stamp], calendar: Calendar, kinds: Iterable[Kind] = Kind
) -> tuple[Clock, ...]:
    """Every clock the events have started, those that stopped included, by kind and start."""
    standing = _standing(stamps)
    return tuple(clock for kind in kinds for clock in _of_kind(kind, standing, calendar))


def _standing(stamps: Sequence[Stamp]) -> list[Stamp]:
    """Without mergers that were taken back: those who wait have waited all the same."""
    kept: list[Stamp] = []
    for stamp in stamps:
        undone = TAKES_BACK.get(stamp.event)
        if undone is None:
            kept.append(stamp)
            continue
        same = (n for n, k in enumerate(kept) if (k.event, k.child) == (undone, stamp.child))
        del kept[max(same)]
    return kept


@dataclass(frozen=True)
class _Place:
    """How far the case has come at one of its events."""

    round: int = 1
    hop: int = 0
    level: int = 1

    def after(self, stamp: Stamp) -> "_Place":
        return _Place(
            self.round + (stamp.event in REWORKS),
            self.hop + (stamp.event in HOPS),
            stamp.level or self.level + (stamp.event is Event.ESCALATE),
        )


@dataclass(frozen=True)
class _Start:
    """The event that started a clock, by its index, and what held at it."""

    index: int
    place: _Place
    turn: int
    budget: Budget


def _of_kind(kind: Kind, stamps: Sequence[Stamp], calendar: Calendar) -> Iterator[Clock]:
    place, budgets, turn = _Place(), dict[str, str](), 0
    running: _Start | None = None
    started: set[int] = set()
    for index, stamp in enumerate(stamps):
        place = place.after(stamp)
        budgets |= stamp.budgets
        fell = kind is Kind.LEVEL and stamp.level > 0
        if running and (fell or stamp.event in STOPS[kind]):
            yield _clock(kind, running, stamps[: index + 1], calendar, stamp.at)
            running = None
        again = kind in ONCE_A_ROUND and place.round in started
        if running or again or not (fell or stamp.event in STARTS[kind]):
            continue
        if budget := _budget(kind, place, budgets):
            turn += 1
            running = _Start(index, place, turn, budget)
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
    start: _Start,
    until: Sequence[Stamp],
    calendar: Calendar,
    stopped: datetime | None,
) -> Clock:
    """One clock of the events ``until`` its end: what comes later changes nothing in it."""
    its_own = until[start.index :]
    pauses, paused = _pauses(its_own) if kind in PAUSED else ((), None)
    budget = start.budget
    if kind is Kind.RESOLVE:
        budget = _agreed(start, until, pauses, calendar)
    deadline = calendar.explain(its_own[0].at, budget, pauses)
    place, still = start.place, None if stopped else paused
    named = (kind, place.round, place.hop, place.level, start.turn)
    return Clock(*named, budget, deadline, stopped, still, changed=budget is not start.budget)


def _agreed(
    start: _Start, until: Sequence[Stamp], pauses: Sequence[Span], calendar: Calendar
) -> Budget:
    """What there was to begin with, or the less that a case brought when it joined this round.

    An extension gives more; who joins after it may bring less again.
    """
    began = until[start.index]
    its_round = until[start.index if began.event in REWORKS else 0 :]
    whole = seconds = calendar.seconds(start.budget)
    for stamp in its_round:
        if stamp.resolve_by:
            left = _left(stamp, began.at, start, pauses, calendar)
            seconds = (max if stamp.event is Event.EXTEND else min)(seconds, left)
    return start.budget if seconds == whole else Budget(seconds, "second", start.budget.working)


def _left(
    joined: Stamp, since: datetime, start: _Start, pauses: Sequence[Span], calendar: Calendar
) -> int:
    """Seconds until what the event brought is due; a pause after it moves both."""
    due = joined.resolve_by or joined.at
    before = [(begins, min(ends, joined.at)) for begins, ends in pauses if begins < joined.at]
    if start.budget.working:
        return calendar.worked(since, due, before)
    paused = sum((ends - begins for begins, ends in before), timedelta())
    return max(int((due - since - paused).total_seconds()), 0)


def _pauses(stamps: Sequence[Stamp]) -> tuple[tuple[Span, ...], datetime | None]:
    """Spans that do not count, and since when one lasts that has no end yet.

    A span that ends before it begins comes of a server's clock set back and counts for nothing.
    """
    spans: list[Span] = []
    began: datetime | None = None
    for stamp in stamps:
        if stamp.event in PAUSES:
            began = stamp.at
        elif began is not None and stamp.event in RESUMES | ENDS | HOPS:
            if began < stamp.at:
                spans.append((began, stamp.at))
            began = None
    return tuple(spans), began


def stamp_of(event: Event, at: datetime, data: Mapping[str, Any]) -> Stamp:
    """An event as it was written, as its clocks see it."""
    by = data.get("resolve_by")
    joined = datetime.fromisoformat(by) if by else None
    return Stamp(event, at, budgets_of(data), data.get("child", 0), joined, data.get("level", 0))


def budgets_of(data: Mapping[str, Any]) -> Mapping[str, str]:
    """The budgets an event was written with."""
    found = data.get("budgets", {})
    return found if isinstance(found, Mapping) else {}
