"""Who votes for a household, by the staff's word after the household has been told."""

from datetime import datetime

from sqlalchemy import select

from storage import tables as t
from storage import voting_tables as v
from storage.subjects import By, Subjects


class Representatives(Subjects):
    async def of(self, household: int) -> int | None:
        """The person who votes for this household."""
        r = v.representatives
        row = await self._first(select(r.c.person_id).where(self._ours(r, household_id=household)))
        return row.person_id if row else None

    async def register(self, household: int, person: int, now: datetime, by: By) -> None:
        """In place of whoever it was before."""
        await self._put(
            v.representatives, "household_id", household_id=household, person_id=person, at=now
        )
        await self._note(f"household:{household}", "represent", now, by, chosen=person)

    async def joined(self, household: int) -> dict[int, str]:
        """Everybody who has joined a household, with how they are called."""
        p = t.people
        query = select(p.c.id, p.c.name_sealed).where(self._ours(p, household_id=household))
        rows = sorted(await self._all(query), key=lambda row: int(row.id))
        return {row.id: self._vault.unseal(row.name_sealed) for row in rows}

    async def is_delegate(self, person: int) -> bool:
        d = v.delegates
        return bool(await self._first(select(d.c.id).where(self._ours(d, person_id=person))))
