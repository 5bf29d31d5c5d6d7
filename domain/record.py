"""The record of one vote: what is written at each ballot so that nobody can change it unnoticed.

A line holds a pseudonym and a commitment, never a choice; lines are chained by their hashes and
stand in a tree (``domain.tree``), and the signed heads of that tree are posted while the vote
runs (handbook: voting 2.3). What each part stops is told in ``docs/record.md``. All hashes are
SHA-256, in hex.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from domain.tree import Frontier, frontier, leaf

PSEUDONYM = 12  # bytes: too many to collide in any community (handbook: voting 2.3, step 2)
SHOWN = 32  # characters of a hash that people keep: of 128 bits nobody can make an imitation
STEP = 10  # minutes: a line tells no more of its moment, or it would tell who was up at 3:07


def canonical(value: Any) -> bytes:
    """The one way to write a value down, so that two people who hash it find the same.

    UTF-8, keys in order, no spaces. Keep floats out of it: they have several ways to be written.
    """
    return _write(value).encode()


_write = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def fingerprint(value: Any) -> str:
    """Of the frozen question: the text hash that the notice shows."""
    return _sha256(canonical(value))


def pseudonym(key: bytes, unit: str) -> str:
    """What stands for a voting unit in this matter, and in no other. Undone only by the key."""
    return hmac.new(key, unit.encode(), hashlib.sha256).digest()[:PSEUDONYM].hex()


@dataclass(frozen=True)
class Entry:
    """One voting unit on the frozen roll.

    ``areas`` has one number of 0.01 m² for each part of the question, 0 where the part counts
    heads, None where the unit has no say in it. The salt keeps a flat of 128.64 m² from being
    found by trying.
    """

    vid: str
    number: int
    areas: tuple[int | None, ...]
    salt: str  # 16 random bytes in hex

    def row(self) -> bytes:
        return canonical(vars(self))


def roll_hash(entries: Iterable[Entry]) -> str:
    """The root over the roll, in the order of the pseudonyms: posted before the vote opens."""
    return frontier(leaf(e.row()) for e in sorted(entries, key=lambda e: e.vid)).root()


@dataclass(frozen=True)
class Opening:
    """What a line's commitment hides. Shown to the voter, and to auditors after the close."""

    vid: str
    choice: str | None  # None: a spoiled paper ballot
    number: int
    areas: tuple[int | None, ...]
    nonce: str  # 16 random bytes in hex

    def commitment(self, matter: int) -> str:
        return _sha256(b"ballot/1\0%d\0" % matter + canonical(vars(self)))


@dataclass(frozen=True)
class Line:
    """One ballot as the log tells it. Its hash is over everything in it, and so over all before."""

    seq: int  # from 1, without gaps
    matter: int
    vid: str
    commit: str
    at: str  # see ``rounded``
    prev: str  # hash of the line before; of the first line, what the log begins with

    def row(self) -> bytes:
        return canonical(vars(self))

    @property
    def hash(self) -> str:
        return _sha256(self.row())


def rounded(moment: datetime) -> str:
    """Down to ten minutes, in UTC: ``2026-03-01T01:40:00+00:00``."""
    utc = moment.astimezone(UTC)
    return utc.replace(minute=utc.minute // STEP * STEP, second=0, microsecond=0).isoformat()


class Moment(StrEnum):
    """When a head is made."""

    OPENING = "opening"
    DAILY = "daily"
    EXTENSION = "extension"
    CLOSE = "close"
    RECEIPT = "receipt"


@dataclass(frozen=True)
class Head:
    """The state of a log in a few words. Posted, it binds whoever runs the bot to all of it."""

    matter: int
    size: int
    root: str
    last: str
    at: str  # ISO, UTC
    kind: Moment
    closes_at: str  # ISO, UTC: as it was announced by then; an extension shows in the next head

    def row(self) -> bytes:
        """What is signed. The word in front keeps it from being anything else that is signed."""
        return b"head/1\0" + canonical(vars(self))


@dataclass(frozen=True)
class Log:
    """Where a log stands: all that is needed to write the next line and to make a head."""

    matter: int
    last: str
    tree: Frontier

    @classmethod
    def begin(cls, matter: int, text_hash: str, roll_hash: str) -> Self:
        """The first line follows the question and the roll, so that every head binds these too."""
        start = {"matter": matter, "question": text_hash, "roll": roll_hash}
        return cls(matter, _sha256(b"log/1\0" + canonical(start)), Frontier())

    def append(self, opening: Opening, at: datetime) -> tuple["Log", Line]:
        commit, seq = opening.commitment(self.matter), self.tree.size + 1
        line = Line(seq, self.matter, opening.vid, commit, rounded(at), self.last)
        return replace(self, last=line.hash, tree=self.tree.append(leaf(line.row()))), line

    def head(self, kind: Moment, at: datetime, closes_at: datetime) -> Head:
        moment, close = (each.astimezone(UTC).isoformat() for each in (at, closes_at))
        return Head(self.matter, self.tree.size, self.tree.root(), self.last, moment, kind, close)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
