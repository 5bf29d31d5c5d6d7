"""The consent of owners whose own part is used: each of them has to agree, whatever the count."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from storage import voting_tables as v
from storage.rows import Rows


@dataclass(frozen=True)
class Consent:
    unit: str
    property: str
    person: int | None  # who may give it; None: nobody has joined yet
    given: bool | None  # None: not answered


class Consents(Rows):
    async def ask(self, matter: int, consents: list[Consent]) -> None:
        """Whom a matter needs, all at once when its roll is frozen."""
        await self._run(v.consents.delete().where(self._ours(v.consents, matter=matter)))
        await self._add(
            v.consents,
            [
                {"matter": matter, "unit": c.unit, "property": c.property, "person_id": c.person,
                 "given": None, "at": None}
                for c in consents
            ],
        )  # fmt: skip

    async def of(self, matter: int) -> list[Consent]:
        c = v.consents
        rows = await self._all(select(c).where(self._ours(c, matter=matter)).order_by(c.c.unit))
        return [
            Consent(r.unit, r.property, r.person_id, None if r.given is None else bool(r.given))
            for r in rows
        ]

    async def given(self, matter: int) -> list[bool]:
        """For the count: an answer that never came is no consent."""
        return [bool(consent.given) for consent in await self.of(matter)]

    async def answer(self, matter: int, unit: str, given: bool, now: datetime) -> None:
        mine = self._ours(v.consents, matter=matter, unit=unit)
        await self._run(update(v.consents).where(mine).values(given=int(given), at=now))
