"""What an auditor is given of one vote, as files made of rows: the format of docs/record.md.

Rows pass through one at a time, so that a bundle takes no more memory than its roll.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.counting import Reason
from domain.record import Entry, Head, Line, Opening, canonical
from domain.voting import Answer, Decision, Sum, Tally, combine


@dataclass(frozen=True)
class Listed:
    """An entry of the roll, and whether a ballot reached them; only the entry is in the hash."""

    entry: Entry
    delivered: bool


@dataclass(frozen=True)
class Ballot:
    """What a line of the log hides, with what only auditors read."""

    seq: int
    opening: Opening
    via: str  # chat, paper, proxy, helper
    at: datetime  # received, to the microsecond; the line says it to ten minutes


@dataclass(frozen=True)
class Signed:
    head: Head
    signature: str
    posted: datetime | None  # in the groups; None: it was not


@dataclass(frozen=True)
class Consent:
    """Of somebody whose own part is used, by the property that the question names."""

    property: str
    given: bool | None  # None: has not answered


@dataclass(frozen=True)
class Contents:
    """All of a bundle. ``log`` and ``ballots`` come in the order of the record, row for row."""

    question: Mapping[str, Any]  # as it was frozen
    roll: Iterable[Listed]  # in any order
    log: Iterable[Line]
    ballots: Iterable[Ballot]
    heads: Sequence[Signed]
    public_key: str
    result: Mapping[str, Any]  # as it was published
    consents: Iterable[Consent] = ()


def published(
    decisions: Sequence[Decision],
    tallies: Sequence[Tally],
    refused: Iterable[tuple[int, Reason]] = (),
    struck: Iterable[int] = (),
) -> dict[str, Any]:
    """The result as it is published, part by part.

    ``tallies`` are the ballots as cast; the decisions hold them as counted, when the silent have
    been put where the question puts them. ``refused`` and ``struck`` name lines of the record.
    """
    return {
        "result": combine(decisions),
        "refused": [{"seq": seq, "reason": reason} for seq, reason in refused],
        "struck": list(struck),
        "parts": [_of_part(*each) for each in zip(decisions, tallies, strict=True)],
    }


def _of_part(decision: Decision, cast: Tally) -> dict[str, Any]:
    whole, part, yes = decision.tally.all, decision.taking_part, decision.tally.yes
    return {
        "rule": decision.rule.name,
        "result": decision.result,
        "failed": list(decision.failed),
        "voters": whole.number,
        "area": whole.area,
        "taking_part": part.number,
        "area_taking_part": part.area,
        "yes": yes.number,
        "yes_area": yes.area,
        "cast": {name: _pair(getattr(cast, name)) for name in (*Answer, "spoiled")},
        "silent": _pair(cast.silent),
    }


def _pair(found: Sum) -> list[int]:
    return [found.number, found.area]


def files(contents: Contents) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Name and rows of each file, in the order in which they are written."""
    yield "question.json", [canonical(contents.question)]  # no line end: its hash is the text hash
    yield "roll.jsonl", (_line(_of_roll(listed)) for listed in _sorted(contents.roll))
    yield "log.jsonl", (line.row() + b"\n" for line in contents.log)
    yield "openings.jsonl", (_line(_of_ballot(ballot)) for ballot in contents.ballots)
    yield "heads.json", [_line([_of_head(signed) for signed in contents.heads])]
    yield "key.json", [_line({"algorithm": "Ed25519", "public": contents.public_key})]
    yield "result.json", [_line(contents.result)]
    yield "consents.json", [_line([vars(consent) for consent in contents.consents])]


def _sorted(roll: Iterable[Listed]) -> list[Listed]:
    return sorted(roll, key=lambda listed: listed.entry.vid)


def _of_roll(listed: Listed) -> dict[str, Any]:
    return vars(listed.entry) | {"delivered": listed.delivered}


def _of_ballot(ballot: Ballot) -> dict[str, Any]:
    """The pseudonym is in the line of the log and not said twice."""
    opening = {name: value for name, value in vars(ballot.opening).items() if name != "vid"}
    at, valid = _moment(ballot.at), ballot.opening.choice is not None
    return opening | {"seq": ballot.seq, "via": ballot.via, "at": at, "valid": valid}


def _of_head(signed: Signed) -> dict[str, Any]:
    posted = signed.posted and _moment(signed.posted)
    return vars(signed.head) | {"signature": signed.signature, "posted": posted}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _line(value: Any) -> bytes:
    return canonical(value) + b"\n"
