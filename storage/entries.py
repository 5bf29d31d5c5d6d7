"""What staff wrote down for voters, until the second officer or the voter has said a word."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, text, update

from domain.entries import Kind
from storage import voting_tables as v
from storage.rows import Rows

MOST_LISTED = 30
WAITS = "waiting"


@dataclass(frozen=True)
class Entered:
    """One entry. ``choice`` is empty once it is settled, so that it stands in the record alone."""

    id: int
    matter: int
    unit: str
    kind: Kind
    choice: str
    entered_by: int  # staff
    photo: int | None = None
    proxy: int | None = None  # of a mandate
    property: str = ""  # of a consent
    state: str = WAITS


class Entries(Rows):
    def new_id(self) -> int:
        return self._ids()

    async def add(self, entered: Entered, now: datetime, state: str = WAITS) -> None:
        """``begun``: it is not whole yet, and waits for nobody."""
        row = {
            "id": entered.id,
            "matter": entered.matter,
            "unit": entered.unit,
            "kind": entered.kind,
            "choice": entered.choice,
            "property": entered.property,
            "proxy_id": entered.proxy,
            "entered_by": entered.entered_by,
            "photo_id": entered.photo,
            "state": state,
            "at": now,
        }
        await self._add(v.entries, [row])

    async def get(self, id: int) -> Entered | None:
        row = await self._first(select(v.entries).where(self._ours(v.entries, id=id)))
        return _entered(row) if row else None

    async def waiting_for(self, matter: int, unit: str) -> list[Entered]:
        """What waits for one unit."""
        mine = self._ours(v.entries, matter=matter, unit=unit, state=WAITS)
        return [_entered(row) for row in await self._all(select(v.entries).where(mine))]

    async def waiting(self) -> list[Entered]:
        """What waits for a second officer over all votes that are on, oldest first."""
        e = v.entries
        query = select(e).where(self._ours(e), text(v.WAITING), e.c.kind != Kind.HELPER)
        found = [_entered(row) for row in await self._all(query.limit(MOST_LISTED))]
        return sorted(found, key=lambda entered: entered.id)

    async def names(self, id: int, proxy: int) -> None:
        """The proxy of a mandate that was begun; from now on it waits."""
        values = {"proxy_id": proxy, "state": WAITS}
        await self._run(update(v.entries).where(self._ours(v.entries, id=id)).values(values))

    async def settle(self, id: int, state: str, by: int | None = None) -> None:
        """``state``: taken or refused. The choice is in the record from now on, or nowhere."""
        values = {"state": state, "settled_by": by, "choice": ""}
        await self._run(update(v.entries).where(self._ours(v.entries, id=id)).values(values))

    async def lapse(self, matter: int) -> int:
        """The vote has closed: what still waits is never taken. Returns how many those are."""
        waiting = self._ours(v.entries, matter=matter), text(v.WAITING)
        values = {"state": "lapsed", "choice": ""}
        return await self._run(update(v.entries).where(*waiting).values(values))


def _entered(row: Row[Any]) -> Entered:
    return Entered(
        row.id, row.matter, row.unit, Kind(row.kind), row.choice, row.entered_by, row.photo_id,
        row.proxy_id, row.property, row.state,
    )  # fmt: skip
