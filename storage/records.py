"""The record of a vote as it is given to auditors: read lot by lot, exactly as it was written."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select, text, update

from domain import bundle
from domain.doubts import State
from domain.matters import Event
from domain.record import Line, Opening, rounded
from storage import voting_tables as v
from storage.roll import OnRoll, on_roll
from storage.rows import Rows

MOST = 20  # votes in one question
LOT = 1_000  # rows in one unit of work, so that others get in between


@dataclass(frozen=True)
class Written:
    """One line of the record, what it hides, and the hash the next line follows."""

    line: Line
    ballot: bundle.Ballot
    hash: str


class Records(Rows):
    async def question(self, matter: int) -> dict[str, Any]:
        """The question as it was hashed when notice was given. The matter has to be there."""
        row = await self._first(
            select(v.matters.c.frozen).where(self._ours(v.matters, number=matter))
        )
        assert row is not None
        found: dict[str, Any] = json.loads(row.frozen)
        return found

    async def lines(self, matter: int, after: int, prev: str) -> list[Written]:
        """The lines that follow number ``after``, whose hash is ``prev``."""
        b = v.ballots
        query = select(b).where(self._ours(b, matter=matter), b.c.seq > after)
        return _written(await self._all(query.order_by(b.c.seq).limit(LOT)), prev)

    async def voters(self, matter: int, after: str) -> list[OnRoll]:
        """The voters that follow this unit."""
        x = v.voters
        query = select(x).where(self._ours(x, matter=matter), x.c.unit > after)
        return [on_roll(row) for row in await self._all(query.order_by(x.c.unit).limit(LOT))]

    async def took_part(self, matter: int, page: int, many: int) -> list[OnRoll]:
        """A page of those who have a ballot in the record, and the one after it, if there is one.

        Without how it was marked.
        """
        x = v.voters
        query = select(x).where(self._ours(x, matter=matter, took_part=1)).order_by(x.c.unit)
        return [on_roll(row) for row in await self._all(query.offset(page * many).limit(many + 1))]

    async def unexamined(self) -> list[int]:
        """Counted votes that nobody has looked through for doubtful ballots yet, oldest first."""
        m = v.matters
        query = select(m.c.number).where(self._ours(m), text(v.UNEXAMINED))
        rows = await self._all(query.order_by(m.c.closes_at, m.c.number).limit(MOST))
        return [row.number for row in rows]

    async def examined(self, matter: int) -> bool:
        """Note it; False where somebody else, who looked at the same moment, has."""
        mine = self._ours(v.matters, number=matter, examined=0)
        return await self._run(update(v.matters).where(mine).values(examined=1)) > 0

    async def struck(self, matter: int) -> list[int]:
        """The lines that people struck out after a review, of those that stand."""
        b, d = v.ballots, v.doubts
        struck = select(d.c.seq).where(self._ours(d, matter=matter, state=State.STRUCK))
        lines = {row.seq for row in await self._all(struck)}
        standing = b.c.matter == matter, b.c.stands == 1
        return sorted(row.seq for row in await self._among(b, [b.c.seq], b.c.seq, lines, *standing))

    async def late(self, matter: int) -> int:
        """How many answers came after the close; whose they were is nowhere."""
        e = v.matter_events
        query = select(func.count()).where(self._ours(e, matter=matter, event=Event.LATE))
        row = await self._first(query)
        return int(row[0]) if row else 0


def _written(rows: Sequence[Row[Any]], prev: str) -> list[Written]:
    """With the hash that was stored, not one made now: or a change could not be found."""
    found = []
    for row in rows:
        line = Line(row.seq, row.matter, row.vid, row.commit, rounded(row.at), prev)
        opening = Opening(row.vid, row.choice, 1, tuple(row.areas), row.nonce or "")
        found.append(Written(line, bundle.Ballot(row.seq, opening, row.via, row.at), row.hash))
        prev = row.hash
    return found
