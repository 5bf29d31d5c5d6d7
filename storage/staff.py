"""Appointments: who has which duty in which grid, and who is away."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from domain.residents import Role, Staff
from storage import tables as t
from storage.rows import Rows
from storage.vault import Vault


class Appointments(Rows):
    async def all(self) -> list[Staff]:
        """Everybody appointed: a few dozen rows, however many residents there are."""
        columns = [column.label(f"staff_{column.name}") for column in t.staff.c]
        rows = await self._all(select(*columns).where(self._ours(t.staff)).order_by(t.staff.c.id))
        return [staff_from(row, self._vault) for row in rows]

    async def join(self, staff: int, person: int | None) -> None:
        """Tie an appointment to the person who holds it."""
        await self._run(
            update(t.staff).where(self._ours(t.staff, id=staff)).values(person_id=person)
        )

    async def away(self, staff: int, until: datetime | None) -> None:
        """Away until a moment; None: at work again."""
        await self._run(
            update(t.staff).where(self._ours(t.staff, id=staff)).values(away_until=until)
        )


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
