"""The moments at which a running clock makes itself heard, each exactly once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.calendar import Calendar
from domain.clocks import Clock, Kind

Part = tuple[int, int]  # of the budget; (1, 1) is due, (2, 1) twice the budget

DUE: Part = (1, 1)
LATE: Part = (2, 1)

PARTS: dict[Kind, tuple[Part, ...]] = {
    Kind.ACCEPT: (DUE,),
    Kind.SIGN: (DUE, LATE),
    Kind.CONTACT: (DUE,),
    Kind.RESOLVE: (DUE,),
    Kind.LEVEL: (DUE,),
    Kind.REVIEW: (DUE,),
    Kind.WAIT: ((1, 3), (2, 3), DUE),
    Kind.HOLD: (DUE,),
    Kind.CONFIRM: ((2, 7), (5, 7), DUE),  # day 2 and 5 of seven (handbook: tickets 3.2, row 20)
    Kind.FOLLOW_UP: (DUE,),
}
WARNED = frozenset({Kind.SIGN, Kind.RESOLVE})


@dataclass(frozen=True)
class Threshold:
    at: datetime
    clock: Clock
    part: Part

    @property
    def key(self) -> str:
        """The same for the same threshold of the same deadline; an extension makes another one."""
        whole = f"{self.clock.key}:{self.part[0]}/{self.part[1]}"
        return f"{whole}:{self.clock.budget.count}" if self.clock.changed else whole


def thresholds(clock: Clock, warn: Iterable[int], calendar: Calendar) -> Iterator[Threshold]:
    """All of one clock's, warnings first; none once it has stopped, none while it is paused."""
    if not clock.runs:
        return
    warnings = tuple((percent, 100) for percent in warn) if clock.kind in WARNED else ()
    for part in (*warnings, *PARTS[clock.kind]):
        deadline = clock.deadline
        found = calendar.explain_part(deadline.start, clock.budget, *part, deadline.pauses)
        yield Threshold(found.at, clock, part)


def due_now(found: Sequence[Threshold], now: datetime) -> list[Threshold]:
    """What has to be said now: of each clock only the last that was reached.

    After an outage of hours a warning that the due moment has overtaken is not said any more.
    """
    reached = {t.clock.key: t for t in sorted(found, key=lambda t: t.at) if t.at <= now}
    return list(reached.values())


def next_after(found: Iterable[Threshold], now: datetime) -> datetime | None:
    """When to look again; None when nothing is left to be said."""
    return min((t.at for t in found if t.at > now), default=None)
