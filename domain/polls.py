"""An opinion poll in a group, as far as a platform that can hold one has to know it.

It decides nothing. It is anonymous always: a platform shows who chose what to everybody in the
group otherwise, and no choice may ever be read there.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True)
class Poll:
    """What is asked. A closed one is stopped where it stands and never posted."""

    id: int
    question: str
    options: tuple[str, ...]
    note: str  # the key of the words above it, which say that it decides nothing
    closes_at: datetime | None = None
    multiple: bool = False
    hidden: bool = True  # nobody sees how it stands before the close
    closed: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"closes_at": self.closes_at and self.closes_at.isoformat()}

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        closes_at = row["closes_at"] and datetime.fromisoformat(row["closes_at"])
        return cls(**row | {"options": tuple(row["options"]), "closes_at": closes_at})


@dataclass(frozen=True)
class Standing:
    """How a poll stands that a platform holds: its counts by option, in the poll's order."""

    native: str  # the platform's own name of the poll
    counts: tuple[int, ...]
    voters: int
    closed: bool
