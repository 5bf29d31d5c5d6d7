"""Who may cast whose vote in one matter: mandates of proxies, each for one voting unit."""

from datetime import datetime

from sqlalchemy import and_, func, select, update

from storage import voting_tables as v
from storage.roll import OnRoll, on_roll
from storage.rows import Rows

STANDING = "standing"


class Mandates(Rows):
    async def voters(self, matter: int, proxy: int) -> list[OnRoll]:
        """The units this person may answer for by a standing mandate."""
        m, x = v.mandates, v.voters
        same = and_(
            x.c.community_id == m.c.community_id, x.c.matter == m.c.matter, x.c.unit == m.c.unit
        )
        query = select(x).join(m, same)
        mine = self._ours(m, matter=matter, proxy_id=proxy, state=STANDING)
        return [on_roll(row) for row in await self._all(query.where(mine).order_by(x.c.unit))]

    async def held(self, matter: int, proxy: int) -> int:
        """How many mandates a person holds in this matter."""
        query = select(func.count()).where(
            self._ours(v.mandates, matter=matter, proxy_id=proxy, state=STANDING)
        )
        row = await self._first(query)
        return int(row[0]) if row else 0

    async def give(
        self, matter: int, unit: str, proxy: int, state: str, paper: int | None, now: datetime
    ) -> None:
        """One mandate for each unit: a new one takes the place of the old."""
        await self._put(
            v.mandates, "matter unit", matter=matter, unit=unit, proxy_id=proxy, state=state,
            paper_id=paper, at=now,
        )  # fmt: skip

    async def proxy(self, matter: int, unit: str) -> tuple[int, str] | None:
        """Who was named for a unit, and whether it stands."""
        m = v.mandates
        query = select(m.c.proxy_id, m.c.state).where(self._ours(m, matter=matter, unit=unit))
        row = await self._first(query)
        return (row.proxy_id, row.state) if row else None

    async def becomes(self, matter: int, unit: str, state: str) -> None:
        mine = self._ours(v.mandates, matter=matter, unit=unit)
        await self._run(update(v.mandates).where(mine).values(state=state))
