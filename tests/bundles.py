"""A small vote with its whole record, made as real ones are: to be checked, and tampered with.

Nine owners of 100 m² each; eight answer, one of them twice.
"""

import io
import json
import tempfile
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot import verify
from bot.bundle import write
from domain.bundle import Ballot, Consent, Contents, Listed, Signed
from domain.record import (
    Entry,
    Line,
    Log,
    Moment,
    Opening,
    fingerprint,
    pseudonym,
    roll_hash,
)
from storage.vault import Vault

VAULT = Vault("the secret of a community of nine owners")
KEY = VAULT.matter_key(4, bytes(16))
OPENS = datetime(2026, 3, 1, 1, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=2)

QUESTION: dict[str, Any] = {
    "matter": 4,
    "community": "sunshine",
    "kind": "public_space",
    "title": "3号楼门口放长椅",
    "options": [],
    "consents": [],
    "parts": [{"rule": "OWNER_ORDINARY", "scope": "building:3"}],
    "silence": "none",
    "silence_agreed": False,
    "invalid_counts": False,
    "opens_at": OPENS.isoformat(),
    "closes_at": CLOSES.isoformat(),
}
OWNERS: dict[str, tuple[int | None, ...]] = {f"o:{n}": (10000,) for n in range(1, 10)}
RESULT: dict[str, Any] = {
    "result": "passed",
    "refused": [],
    "struck": [],
    "parts": [
        {
            "rule": "OWNER_ORDINARY",
            "result": "passed",
            "failed": [],
            "voters": 9,
            "area": 90000,
            "taking_part": 7,
            "area_taking_part": 70000,
            "yes": 5,
            "yes_area": 50000,
            "cast": {
                "yes": [5, 50000],
                "no": [1, 10000],
                "abstain": [1, 10000],
                "spoiled": [1, 10000],
            },
            "silent": [0, 0],
        }
    ],
}


@dataclass(frozen=True)
class Cast:
    unit: str
    choice: str | None
    hours: float = 1  # after the opening
    via: str = "chat"

    @property
    def at(self) -> datetime:
        return OPENS + timedelta(hours=self.hours)


CASTS = (
    Cast("o:1", "yes", 1),
    Cast("o:2", "no", 2),
    Cast("o:3", "yes", 3),
    Cast("o:4", "abstain", 20),
    Cast("o:5", "yes", 21),
    Cast("o:2", "yes", 22),  # changes the answer
    Cast("o:6", None, 23, "paper"),
    Cast("o:7", "no", 40),
    Cast("o:8", "yes", 41),
)


@dataclass(frozen=True)
class Post:
    """A head: after so many lines, at this moment, when the vote was to close then."""

    size: int
    kind: Moment
    at: datetime
    closes_at: datetime = CLOSES


HEADS = (
    Post(0, Moment.OPENING, OPENS),
    Post(5, Moment.DAILY, OPENS + timedelta(hours=21.5)),
    Post(9, Moment.CLOSE, CLOSES),
)


def vid(unit: str) -> str:
    return pseudonym(KEY, unit)


@dataclass(frozen=True)
class Vote:
    """What is made into a bundle. ``replace`` what should be otherwise."""

    casts: Sequence[Cast] = CASTS
    owners: Mapping[str, tuple[int | None, ...]] = field(default_factory=lambda: OWNERS)
    question: Mapping[str, Any] = field(default_factory=lambda: QUESTION)
    result: Mapping[str, Any] = field(default_factory=lambda: RESULT)
    heads: Sequence[Post] = HEADS
    delivered: Collection[str] = ()
    consents: Sequence[Consent] = ()
    vault: Vault = VAULT

    def asked(self, **otherwise: object) -> "Vote":
        return replace(self, question={**self.question, **otherwise})

    def published(self, **otherwise: object) -> "Vote":
        return replace(self, result={**self.result, **otherwise})

    def counted(self, **otherwise: object) -> "Vote":
        """With other numbers published of its first part."""
        part, *others = self.result["parts"]
        return self.published(parts=[{**part, **otherwise}, *others])

    def contents(self) -> Contents:
        lines, ballots, logs = self._written()
        return Contents(
            question=self.question,
            roll=[Listed(self._entry(unit), unit in self.delivered) for unit in self.owners],
            log=lines,
            ballots=ballots,
            heads=[self._signed(logs[post.size], post) for post in self.heads],
            public_key=self.vault.public_key,
            result=self.result,
            consents=self.consents,
        )

    def files(self) -> dict[str, bytes]:
        file = io.BytesIO()
        write(file, self.contents())
        with zipfile.ZipFile(file) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def read(self) -> verify.Vote:
        """As the script reads it that checks bundles."""
        with tempfile.NamedTemporaryFile(suffix=".zip") as file:
            file.write(zipped(self.files()))
            file.flush()
            return verify.Vote(verify.Bundle(file.name), set())

    def _written(self) -> tuple[list[Line], list[Ballot], list[Log]]:
        """The lines, what they hide, and how the log stood before and after each."""
        roll = roll_hash(self._entry(unit) for unit in self.owners)
        logs = [Log.begin(self.question["matter"], fingerprint(self.question), roll)]
        lines, ballots = [], []
        for seq, cast in enumerate(self.casts, 1):
            opening = self._opening(seq, cast)
            log, line = logs[-1].append(opening, cast.at)
            logs.append(log)
            lines.append(line)
            ballots.append(Ballot(seq, opening, cast.via, cast.at))
        return lines, ballots, logs

    def _entry(self, unit: str) -> Entry:
        return Entry(vid(unit), 1, self.owners[unit], fingerprint(["salt", unit])[:32])

    def _opening(self, seq: int, cast: Cast) -> Opening:
        areas = self.owners.get(cast.unit, (10000,))
        return Opening(vid(cast.unit), cast.choice, 1, areas, fingerprint(["nonce", seq])[:32])

    def _signed(self, log: Log, post: Post) -> Signed:
        head = log.head(post.kind, post.at, post.closes_at)
        return Signed(head, self.vault.sign(head.row()), post.at)


def zipped(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def root(files: Mapping[str, bytes], size: int) -> str:
    """The root of the head at this size, as one could have read it in the group."""
    heads = json.loads(files["heads.json"])
    return next(f"{size}:{head['root']}" for head in heads if head["size"] == size)
