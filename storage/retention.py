"""What is destroyed of a vote once the time of keeping is over: openings, roll, papers, the salt.

Lines, heads and totals stay for ever. The salt goes last: while it is there the work is not done.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, select, text, update

from storage import tables as t
from storage import voting_tables as v
from storage.media import Media
from storage.rows import Rows

LOT = 5_000  # rows in one unit of work, so that others get in between

# Whose ballots, whose vote, whose signature; and detached answers, of which the totals stay.
# Each by what tells its rows apart within a matter.
NAMING = (
    v.voters.c.unit,
    v.slips.c.id,
    v.consents.c.property,
    v.mandates.c.unit,
    v.entries.c.id,
)
PAPERS = (v.entries.c.photo_id, v.mandates.c.paper_id)


class Retention(Rows):
    async def over(self, before: datetime) -> int | None:
        """The matter, ended and closed before this moment, whose details are to go first."""
        m = v.matters
        query = select(m.c.number).where(self._ours(m), text(v.TO_DESTROY), m.c.closes_at < before)
        row = await self._first(query.order_by(m.c.closes_at).limit(1))
        return row.number if row else None

    async def destroy(self, matter: int) -> bool:
        """Destroy one lot; False once nothing is left but what stays."""
        if await self._openings(matter) or await self._papers(matter):
            return True
        for key in NAMING:
            mine = self._ours(key.table, matter=matter)
            lot = select(key).where(mine).limit(LOT)
            if await self._run(delete(key.table).where(mine, key.in_(lot))):
                return True
        return False

    async def _openings(self, matter: int) -> int:
        """What commitments hide. Areas go too: they tell the flat."""
        b = v.ballots
        mine = self._ours(b, matter=matter)
        lot = select(b.c.seq).where(mine, b.c.nonce.is_not(None)).order_by(b.c.seq).limit(LOT)
        gone: dict[str, Any] = {"choice": None, "nonce": None, "areas": []}
        return await self._run(update(b).where(mine, b.c.seq.in_(lot)).values(**gone))

    async def _papers(self, matter: int) -> int:
        """The pictures of signed papers."""
        gone, a = 0, t.attachments
        for column in PAPERS:
            mine = and_(self._ours(column.table, matter=matter), column.is_not(None))
            ids = [row[0] for row in await self._all(select(column).where(mine).limit(LOT))]
            if ids:
                named = and_(mine, column.in_(ids))
                await self._run(update(column.table).where(named).values({column: None}))
                gone += await Media(*self._parts).delete_with([a.c.id.in_(ids)])
        return gone
