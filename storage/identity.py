"""Who somebody is: what they asked for, who confirmed it, and the telephone number of the lists."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select

from domain.identity import Identity
from storage import tables as t
from storage import voting_tables as v
from storage.subjects import By, Subjects

MOST_WAITING = 30  # listed at once


class Identities(Subjects):
    async def of(self, person: int) -> Identity | None:
        i = v.identities
        row = await self._first(select(i).where(self._ours(i, person_id=person)))
        return _identity(row) if row else None

    async def save(self, identity: Identity, event: str, now: datetime, by: By) -> None:
        """``by``: the resident, or one of the staff."""
        await self._put(
            v.identities,
            "person_id",
            person_id=identity.person,
            level=identity.level,
            adult=int(identity.adult),
            matched=int(identity.matched),
            checked_by=identity.checked_by,
            approved_by=identity.approved_by,
            at=identity.at,
        )
        data = {"level": identity.level, "adult": identity.adult, "matched": identity.matched}
        await self._note(_subject(identity), event, now, by, **data)

    async def drop(self, identity: Identity, now: datetime, by: By) -> None:
        """They are not who they said, as far as the staff can tell; they may ask again."""
        i = v.identities
        await self._run(delete(i).where(self._ours(i, person_id=identity.person)))
        await self._note(_subject(identity), "refuse", now, by)

    async def waiting(self) -> list[int]:
        """The people who wait to be confirmed, longest first."""
        i = v.identities
        query = select(i.c.person_id).where(self._ours(i, level=0), i.c.adult == 1)
        rows = await self._all(query.order_by(i.c.at, i.c.person_id).limit(MOST_WAITING))
        return [row.person_id for row in rows]

    async def knows_the_number(self, household: int, digits: str) -> bool:
        """Whether this is the number that a list has for the household or an owner of it."""
        o, h = v.owners, v.holdings
        hashed = self._vault.keyed_hash("phone", digits)
        home = select(t.households.c.id).where(
            self._ours(t.households, id=household, phone_hash=hashed)
        )
        owned = (
            select(o.c.id)
            .join(h, (h.c.community_id == o.c.community_id) & (h.c.owner_id == o.c.id))
            .where(self._ours(h, household_id=household), o.c.phone_hash == hashed)
        )
        return bool(await self._first(home) or await self._first(owned))


def _subject(identity: Identity) -> str:
    return f"person:{identity.person}"


def _identity(row: Row[Any]) -> Identity:
    return Identity(
        person=row.person_id,
        adult=bool(row.adult),
        at=row.at,
        level=row.level,
        matched=bool(row.matched),
        checked_by=row.checked_by,
        approved_by=row.approved_by,
    )
