"""What a picture of a vote's result shows, as decided; nothing is drawn here.

It travels in a message through the outbox and is drawn when it is sent, in the reader's
language.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

from domain.question import Scope
from domain.voting import RULES, Decision, Result, Sum, Tally, combine


@dataclass(frozen=True)
class Part:
    """One count under one rule; a matter that needs several has several."""

    decision: Decision
    scope: Scope

    @property
    def counted(self) -> Result:
        """What it came to by its own count, whoever withheld consent."""
        return replace(self.decision, withheld=0).result

    def as_json(self) -> dict[str, Any]:
        return asdict(self.decision) | {
            "rule": self.decision.rule.name,
            "scope": str(self.scope),
        }

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        decision = Decision(
            rule=RULES[row["rule"]],
            tally=Tally(**{name: Sum(**counted) for name, counted in row["tally"].items()}),
            taking_part=Sum(**row["taking_part"]),
            withheld=row["withheld"],
        )
        return cls(decision, Scope.parse(row["scope"]))


@dataclass(frozen=True)
class Drawing:
    """The whole picture. ``asked``: consents that were needed, whatever the count."""

    matter: int
    title: str
    effect: str  # binding, advisory or rehearsal
    closed_at: datetime
    parts: tuple[Part, ...]
    asked: int = 0

    @property
    def result(self) -> Result:
        return combine(part.decision for part in self.parts)

    @property
    def given(self) -> int:
        return self.asked - self.parts[0].decision.withheld

    def as_json(self) -> dict[str, Any]:
        return {
            "matter": self.matter,
            "title": self.title,
            "effect": self.effect,
            "closed_at": self.closed_at.isoformat(),
            "parts": [part.as_json() for part in self.parts],
            "asked": self.asked,
        }

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        return cls(
            matter=row["matter"],
            title=row["title"],
            effect=row["effect"],
            closed_at=datetime.fromisoformat(row["closed_at"]),
            parts=tuple(Part.from_json(part) for part in row["parts"]),
            asked=row["asked"],
        )
