"""Appointments: who has which duty in which grid, and who is away."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.sql import Executable

from domain.residents import Role, Staff
from storage import tables as t
from storage.rows import Rows, ours
from storage.vault import Vault


class Appointments(Rows):
    _read: list[Staff] | None = None  # in this unit of work, which asks for them twice or more

    async def all(self) -> list[Staff]:
        """Everybody appointed: a few dozen rows, however many residents there are."""
        if self._read is None:
            rows = (await self._connection.execute(_everybody(), {"ours": self._community})).all()
            self._read = [staff_from(row, self._vault) for row in rows]
        return list(self._read)

    async def join(self, staff: int, person: int | None) -> None:
        """Tie an appointment to the person who holds it."""
        self._read = None
        await self._run(
            update(t.staff).where(self._ours(t.staff, id=staff)).values(person_id=person)
        )

    async def end(self, staff: int) -> None:
        """Nobody holds it any more, and nothing comes to it; whoever named it deputy has none."""
        self._read = None
        nobody = {"person_id": None, "deputy_id": None, "away_until": None}
        nothing = {"role": Role.MEMBER, "duties": [], "grids": []}
        mine, theirs = (self._ours(t.staff, **of) for of in ({"id": staff}, {"deputy_id": staff}))
        await self._run(update(t.staff).where(mine).values(**nobody, **nothing))
        await self._run(update(t.staff).where(theirs).values(deputy_id=None))

    async def away(self, staff: int, until: datetime | None) -> None:
        """Away until a moment; None: at work again."""
        self._read = None
        await self._run(
            update(t.staff).where(self._ours(t.staff, id=staff)).values(away_until=until)
        )


@cache
def _everybody() -> Executable:
    columns = (column.label(f"staff_{column.name}") for column in t.staff.c)
    return select(*columns).where(ours(t.staff)).order_by(t.staff.c.id)


def staff_from(row: Row[Any], vault: Vault) -> Staff:
    """An appointment from a row whose columns carry the prefix ``staff_``."""
    return Staff(
        id=row.staff_id,
        person=row.staff_person_id,
        name=vault.unseal(row.staff_name_sealed),
        role=Role(row.staff_role),
        duties=tuple(row.staff_duties),
        grids=tuple(row.staff_grids),
        deputy=row.staff_deputy_id,
        level=row.staff_level,
        organisation=row.staff_organisation,
        away_until=row.staff_away_until,
    )
