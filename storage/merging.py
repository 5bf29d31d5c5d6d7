"""Who came to a case with a duplicate that joined it, so that they can go back with it."""

from datetime import datetime

from sqlalchemy import func, select, update

from storage import tables as t
from storage.rows import Rows


class Merging(Rows):
    async def children(self, parent: int) -> list[int]:
        """The cases that are part of this one now."""
        query = select(t.tickets.c.number).where(self._ours(t.tickets, parent=parent))
        return [r.number for r in await self._all(query.order_by(t.tickets.c.number))]

    async def bring(self, child: int, parent: int, now: datetime) -> None:
        """The author and the supporters of the child support the parent too, if they did not."""
        people = await self._followers(child) - {await self._author(parent)}
        rows = [
            {"ticket": parent, "person_id": person, "at": now, "came_from": child}
            for person in sorted(people)
        ]
        await self._add_new(t.supporters, rows)
        await self._count(parent)

    async def take_back(self, child: int, parent: int, now: datetime) -> None:
        """Who came with the child goes, unless another duplicate brings them as well."""
        came = self._ours(t.supporters, ticket=parent, came_from=child)
        await self._run(t.supporters.delete().where(came))
        for other in await self.children(parent):
            if other != child:
                await self.bring(other, parent, now)
        await self._count(parent)

    async def _followers(self, number: int) -> set[int]:
        backed = select(t.supporters.c.person_id).where(self._ours(t.supporters, ticket=number))
        return {r.person_id for r in await self._all(backed)} | {await self._author(number)}

    async def _author(self, number: int) -> int:
        row = await self._first(
            select(t.tickets.c.author_id).where(self._ours(t.tickets, number=number))
        )
        assert row is not None
        return int(row.author_id)

    async def _count(self, number: int) -> None:
        s = t.supporters
        count = select(func.count()).where(self._ours(s, ticket=number)).scalar_subquery()
        mine = self._ours(t.tickets, number=number)
        await self._run(update(t.tickets).where(mine).values(supporters=count))
