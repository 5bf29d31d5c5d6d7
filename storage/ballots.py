"""Ballots: an append-only record with one standing ballot for each voting unit.

Who writes here holds the matter's row locked (``Matters.get(to_change=True)``), so ballots of
one matter come one after another and the close cannot come between.
"""

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    bindparam,
    cast,
    func,
    select,
    text,
    true,
    update,
)
from sqlalchemy.sql import Executable

from domain.ballots import Standing, Via
from domain.bundle import Signed
from domain.doubts import TO_BE_ASKED, UNDECIDED, State
from domain.record import Head, Line, Log, Moment, Opening, pseudonym
from domain.tree import Frontier
from domain.voting import Sum, Tally
from storage import voting_tables as v
from storage.matters import Kept
from storage.rows import LOT, Rows, among, ours

Sums = Mapping[str | None, Sum]  # by choice; None: spoiled


@dataclass(frozen=True)
class Ballot:
    """One line of the record with what it commits to, and how it came."""

    line: Line
    opening: Opening
    at: datetime
    via: Via
    entered_by: int | None = None  # staff
    second_by: int | None = None
    replaces: int | None = None  # the line that stands no longer


class Ballots(Rows):
    def vid(self, kept: Kept, unit: str) -> str:
        """What stands for a voting unit in this matter's record. The roll has to be frozen."""
        return pseudonym(self.key(kept), unit)

    def key(self, kept: Kept) -> bytes:
        """Undoes the pseudonyms of this matter; kept nowhere but in memory."""
        return self._vault.matter_key(kept.number, bytes.fromhex(kept.salt))

    def sign(self, head: Head) -> str:
        return self._vault.sign(head.row())

    @property
    def public_key(self) -> str:
        """In hex: what everybody needs to check our signatures."""
        return self._vault.public_key

    @staticmethod
    def nonce() -> str:
        """Sixteen random bytes in hex: without them nobody finds a choice by trying."""
        return secrets.token_hex(16)

    @staticmethod
    def salt() -> str:
        """Of a matter's key: destroy it, and no pseudonym can be undone any more."""
        return secrets.token_hex(32)

    async def standing(self, matter: int, vid: str, since: datetime | None) -> Standing | None:
        """The ballot of this pseudonym that counts for now.

        Only what came after ``since`` is by whoever answers for the unit from then on, and the
        first of that changes nothing.
        """
        b = v.ballots
        mine = self._ours(b, matter=matter, vid=vid)
        theirs = b.c.at > since if since else true()
        lines = select(func.count()).where(mine, theirs).scalar_subquery()
        row = await self._first(select(b, lines.label("lines")).where(mine, text(v.STANDS)))
        return _standing(row) if row else None

    async def all_standing(self, matter: int, vids: Collection[str]) -> dict[str, Standing]:
        """The same of many pseudonyms whose units were never handed over; of none, no question."""
        if not vids:
            return {}
        rows = await self._all(_all_standing(), matter=matter, vids=list(vids))
        return {row.vid: _standing(row) for row in rows}

    async def append(self, kept: Kept, log: Log, ballots: Sequence[Ballot], voted: int = 0) -> None:
        """Write more lines, after which the record is ``log`` and so many more have voted.

        Where there are several of one pseudonym, the last one stands.
        """
        if replaced := [ballot.replaces for ballot in ballots if ballot.replaces is not None]:
            old = self._ours(v.ballots, matter=kept.number), v.ballots.c.seq.in_(replaced)
            await self._run(update(v.ballots).where(*old).values(stands=0))
        standing = {ballot.line.vid: ballot.line.seq for ballot in ballots}.values()
        await self._add(v.ballots, [_row(each, each.line.seq in standing) for each in ballots])
        grown = {"ballots": log.tree.size, "last": log.last, "frontier": list(log.tree.peaks)}
        await self._grow(kept, voted=kept.voted + voted, **grown)

    async def _grow(self, kept: Kept, **values: Any) -> None:
        await self._run(_growing(tuple(values)), number=kept.number, **values)

    async def line(self, matter: int, seq: int) -> Row[Any] | None:
        """One line as it was written."""
        return await self._first(
            select(v.ballots).where(self._ours(v.ballots, matter=matter, seq=seq))
        )

    async def sums(self, matter: int, part: int, lines: Sequence[int] | None = None) -> Sums:
        """How many standing ballots there are of each choice in one part of the rule, with areas.

        None is the choice of a spoiled ballot. Added up by the database, in whole numbers.
        ``lines``: only those of the record, asked for by their key.
        """
        found = dict[str | None, Sum]()
        for only in _lots(lines):
            for choice, sums in (await self._sums(matter, part, only)).items():
                found[choice] = found.get(choice, Sum()) + sums
        return found

    async def _sums(self, matter: int, part: int, only: ColumnElement[bool]) -> Sums:
        b = v.ballots
        area = as_area(b.c.areas[part])
        query = (
            select(b.c.choice, func.count().label("many"), func.sum(area).label("area"))
            .where(self._ours(b, matter=matter), text(v.STANDS), only, area.is_not(None))
            .group_by(b.c.choice)
        )
        return {r.choice: Sum(r.many, int(r.area)) for r in await self._all(query)}

    async def ways(self, matter: int, lines: Sequence[int] | None = None) -> dict[Via, int]:
        """How many standing ballots came which way; the share of paper is published."""
        found = Counter[Via]()
        for only in _lots(lines):
            found += await self._ways(matter, only)
        return dict(found)

    async def _ways(self, matter: int, only: ColumnElement[bool]) -> Counter[Via]:
        b = v.ballots
        query = select(b.c.via, func.count().label("many")).where(
            self._ours(b, matter=matter), text(v.STANDS), only
        )
        return Counter({Via(r.via): r.many for r in await self._all(query.group_by(b.c.via))})

    async def doubtful(self, matter: int, parts: int) -> list[Tally]:
        """The standing ballots that a person shall ask about and has not, part by part.

        Empty where there are none; what was struck out for one reason is not asked about for
        another. The lines first, then their ballots by their key: asked for in one statement
        PostgreSQL reads all doubts anew for each ballot, as long as it takes the tables for
        empty. Six minutes did not suffice for 100,000.
        """
        d, mine = v.doubts, self._ours(v.doubts, matter=matter)
        asked = d.c.state.in_(UNDECIDED), d.c.reason.in_(TO_BE_ASKED)
        struck = select(d.c.seq).where(mine, d.c.state == State.STRUCK)
        query = select(d.c.seq).where(mine, *asked).except_(struck)
        lines = [row.seq async for row in self._in_lots(query)]
        return [_tally(await self.sums(matter, p, lines)) for p in range(parts)] if lines else []

    async def slip(self, kept: Kept, choice: str) -> None:
        """A detached answer: no person, no time, no order."""
        await self._add(v.slips, [{"matter": kept.number, "id": self.nonce(), "choice": choice}])
        await self._grow(kept, voted=kept.voted + 1)

    async def mix(self, matter: int) -> None:
        """Write all slips of a matter anew, in the order of their random ids.

        A database keeps more than its columns: in which order rows came, and on PostgreSQL which
        transaction wrote them (``xmin``), the one that marked the voter. From now on all are one's.
        """
        s, mine = v.slips, self._ours(v.slips, matter=matter)
        rows = await self._all(select(s).where(mine).order_by(s.c.id))
        await self._run(s.delete().where(mine))
        await self._add(s, [dict(row._mapping) for row in rows])

    async def slips(self, matter: int) -> dict[str, int]:
        s = v.slips
        query = select(s.c.choice, func.count().label("many")).where(self._ours(s, matter=matter))
        return {r.choice: r.many for r in await self._all(query.group_by(s.c.choice))}

    async def head(self, signed: Signed) -> None:
        """Keep a signed head; one of the same size and kind stands already after a restart."""
        row: dict[str, Any] = vars(signed.head) | {
            "at": datetime.fromisoformat(signed.head.at),
            "closes_at": datetime.fromisoformat(signed.head.closes_at),
            "signature": signed.signature,
            "posted_at": signed.posted,
        }
        await self._add_new(v.heads, [row])

    async def heads(self, matter: int) -> list[Signed]:
        """In the order in which they were made."""
        h = v.heads
        query = select(h).where(self._ours(h, matter=matter)).order_by(h.c.at, h.c.size)
        return [_signed(row) for row in await self._all(query)]


def _standing(row: Row[Any]) -> Standing:
    return Standing(row.seq, row.choice, row.at, Via(row.via), row.lines - 1, row.commit)


def _row(ballot: Ballot, stands: bool) -> dict[str, Any]:
    line, opening = ballot.line, ballot.opening
    return {
        "matter": line.matter,
        "seq": line.seq,
        "vid": line.vid,
        "choice": opening.choice,
        "areas": list(opening.areas),
        "nonce": opening.nonce,
        "commit": line.commit,
        "at": ballot.at,
        "via": ballot.via,
        "entered_by": ballot.entered_by,
        "second_by": ballot.second_by,
        "stands": int(stands),
        "hash": line.hash,
    }


@cache
def _all_standing() -> Executable:
    b, each = v.ballots, v.ballots.alias("each")
    same = each.c.community_id == b.c.community_id, each.c.matter == b.c.matter
    lines = select(func.count()).where(*same, each.c.vid == b.c.vid).scalar_subquery()
    these = among("vids", b.c.vid)
    return select(b, lines.label("lines")).where(ours(b, "matter"), text(v.STANDS), these)


@cache
def _growing(columns: tuple[str, ...]) -> Executable:
    grown = update(v.matters).where(ours(v.matters, "number"))
    return grown.values({name: bindparam(f"of_{name}") for name in columns})


def log_of(kept: Kept) -> Log:
    """Where a matter's record stands now."""
    return Log(kept.number, kept.last, Frontier(kept.ballots, kept.frontier))


def head_of(kept: Kept, kind: Moment, now: datetime) -> Head:
    """The head of a record as it is now; the vote has to have its window."""
    assert kept.matter.closes_at is not None
    return log_of(kept).head(kind, now, kept.matter.closes_at)


def _signed(row: Row[Any]) -> Signed:
    moments = row.at.isoformat(), Moment(row.kind), row.closes_at.isoformat()
    head = Head(row.matter, row.size, row.root, row.last, *moments)
    return Signed(head, row.signature, row.posted_at)


def as_area(element: Any) -> ColumnElement[int]:
    """One number of a JSON list, which may be null, as a number of 64 bits on both engines."""
    return cast(element.as_string(), BigInteger)


def _lots(lines: Sequence[int] | None) -> Iterable[ColumnElement[bool]]:
    """These lines, some at a time; or all there are, at once."""
    if lines is None:
        return [true()]
    seq = v.ballots.c.seq
    return (seq.in_(lines[at : at + LOT]) for at in range(0, len(lines), LOT))


def _tally(sums: Sums) -> Tally:
    none = Sum()
    return Tally(
        yes=sums.get("yes", none),
        no=sums.get("no", none),
        abstain=sums.get("abstain", none),
        spoiled=sums.get(None, none),
    )
