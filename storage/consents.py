"""The consent of owners whose own part is used: each of them has to agree, whatever the count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from storage import voting_tables as v
from storage.rows import Rows, same


@dataclass(frozen=True)
class Consent:
    """The answer for one property. ``person`` may give it; None: nobody has joined yet."""

    unit: str
    property: str
    person: int | None = None
    given: bool | None = None  # None: not answered


class Consents(Rows):
    async def ask(self, matter: int, consents: Sequence[Consent]) -> None:
        """Whom a matter needs, all at once when its roll is frozen."""
        await self._run(v.consents.delete().where(self._ours(v.consents, matter=matter)))
        await self._add(
            v.consents,
            [{"matter": matter, "unit": c.unit, "property": c.property} for c in consents],
        )

    async def of(self, matter: int) -> list[Consent]:
        """All of them, with whoever may answer for the voter now."""
        c, x = v.consents, v.voters
        joined = c.join(x, same(x.c.matter, c.c.matter) & (x.c.unit == c.c.unit))
        query = select(c.c.unit, c.c.property, c.c.given, x.c.person_id).select_from(joined)
        rows = await self._all(query.where(self._ours(c, matter=matter)).order_by(c.c.property))
        return [
            Consent(r.unit, r.property, r.person_id, None if r.given is None else bool(r.given))
            for r in rows
        ]

    async def given(self, matter: int) -> list[bool]:
        """For the count: an answer that never came is no consent."""
        return [bool(consent.given) for consent in await self.of(matter)]

    async def answered(self, matter: int) -> tuple[int, int]:
        """How many have answered, and how many there are; never which."""
        c = v.consents
        query = select(func.count(c.c.given).label("answered"), func.count().label("asked"))
        row = await self._first(query.where(self._ours(c, matter=matter)))
        return (int(row.answered), int(row.asked)) if row else (0, 0)

    async def answer(self, matter: int, property: str, given: bool, now: datetime) -> None:
        mine = self._ours(v.consents, matter=matter, property=property)
        await self._run(update(v.consents).where(mine).values(given=int(given), at=now))
