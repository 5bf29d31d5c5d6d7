"""An opinion poll in a group: what is asked, how it is answered, how it came out.

It decides nothing. It is anonymous always: a platform shows who chose what to everybody in the
group otherwise, and no choice may ever be read there.
"""

from collections.abc import Iterable, Sequence
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
    abstain: str = ""  # the key of one option more, for whoever only wants to see the result

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


def chosen(before: Sequence[int], option: int, *, multiple: bool) -> tuple[int, ...]:
    """What somebody has chosen after one more press: several are taken and left one by one."""
    if not multiple:
        return (option,)
    return tuple(sorted(set(before) ^ {option}))


def counts(answers: Iterable[Sequence[int]], options: int) -> tuple[tuple[int, ...], int]:
    """How often each option was chosen, and by how many people; who chose nothing is none."""
    found, people = [0] * options, 0
    for answer in answers:
        people += bool(answer)
        for option in answer:
            found[option] += 1
    return tuple(found), people
