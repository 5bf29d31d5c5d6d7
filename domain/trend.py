"""What the picture of a group's health shows, as numbers; nothing is drawn here.

It travels in a message through the outbox like the picture of a vote, and names nobody.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self

from domain.health import Look, State
from domain.question import Scope

WHOLE = 1000  # a score of 100.0


@dataclass(frozen=True)
class Week:
    monday: date
    state: State
    tenths: int  # 974 is a score of 97.4


@dataclass(frozen=True)
class Reached:
    """One part of the last score: its weight, and how much of it is reached, in thousandths."""

    name: str
    weight: int
    part: int


@dataclass(frozen=True)
class Trend:
    """The last weeks of one group, the oldest first, and what the last score is made of."""

    place: Scope
    weeks: tuple[Week, ...]
    parts: tuple[Reached, ...]

    @property
    def weight(self) -> int:
        """What the last score rests on, of 100."""
        return sum(part.weight for part in self.parts)

    def as_json(self) -> dict[str, Any]:
        weeks = [[week.monday.isoformat(), week.state, week.tenths] for week in self.weeks]
        parts = [asdict(part) for part in self.parts]
        return {"trend": str(self.place), "weeks": weeks, "parts": parts}

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        return cls(
            Scope.parse(row["trend"]),
            tuple(Week(date.fromisoformat(m), State(s), n) for m, s, n in row["weeks"]),
            tuple(Reached(**part) for part in row["parts"]),
        )


def trend(place: Scope, looks: list[Look], weeks: int) -> Trend:
    """``looks``: the newest first; the last one's score is the one that is taken apart."""
    shown = [Week(x.week, x.standing.state, x.score.tenths) for x in reversed(looks[:weeks])]
    parts = [Reached(p.name, p.weight, int(p.reached * WHOLE)) for p in looks[0].score.parts]
    return Trend(place, tuple(shown), tuple(parts))
