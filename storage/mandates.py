"""Who may cast whose vote in one matter: mandates of proxies, each for one voting unit."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Row, and_, select, update
from sqlalchemy.sql import Executable

from domain.residents import write_code
from storage import voting_tables as v
from storage.roll import OnRoll, by_person
from storage.rows import Rows, among, ours


class State(StrEnum):
    ASKED = "asked"  # the principal has a code to pass on
    NAMED = "named"  # somebody said the code; the principal has the last word
    STANDING = "standing"
    ENDED = "ended"


_OF_VOTER = and_(
    v.voters.c.community_id == v.mandates.c.community_id,
    v.voters.c.matter == v.mandates.c.matter,
    v.voters.c.unit == v.mandates.c.unit,
)


@dataclass(frozen=True)
class Mandate:
    matter: int
    unit: str
    proxy: int | None  # a person
    state: State


class Mandates(Rows):
    async def voters(self, matter: int, proxy: int) -> list[OnRoll]:
        """The units this person may answer for by a standing mandate."""
        return (await self.all_voters(matter, {proxy})).get(proxy, [])

    async def all_voters(self, matter: int, proxies: Collection[int]) -> dict[int, list[OnRoll]]:
        """The same of many people, by proxy."""
        rows = await self._all(_sent(), matter=matter, proxies=list(proxies))
        return by_person((row.proxy_id, row) for row in rows)

    async def given_to(self, matter: int, proxy: int) -> list[Mandate]:
        """Every mandate of a person in this matter, those that have ended too."""
        m = v.mandates
        rows = await self._all(select(m).where(self._ours(m, matter=matter, proxy_id=proxy)))
        return [_as_mandate(row) for row in rows]

    async def give(
        self,
        mandate: Mandate,
        now: datetime,
        *,
        code: str = "",
        paper: int | None = None,
    ) -> None:
        """One mandate for each unit: a new one takes the place of the old."""
        await self._put(
            v.mandates, "matter unit", matter=mandate.matter, unit=mandate.unit,
            proxy_id=mandate.proxy, state=mandate.state, paper_id=paper, at=now,
            code_hash=self._hash(code) if code else None,
        )  # fmt: skip

    async def of(self, matter: int, unit: str) -> Mandate | None:
        """The last mandate that was given for a unit, whatever became of it."""
        m = v.mandates
        row = await self._first(select(m).where(self._ours(m, matter=matter, unit=unit)))
        return _as_mandate(row) if row else None

    async def coded(self, code: str) -> Mandate | None:
        """The mandate that waits for whoever says this code."""
        m = v.mandates
        row = await self._first(select(m).where(self._ours(m, code_hash=self._hash(code))))
        return _as_mandate(row) if row else None

    async def had(self, matter: int, proxy: int) -> bool:
        """Whether this person had a mandate that has ended since."""
        mine = self._ours(v.mandates, matter=matter, proxy_id=proxy, state=State.ENDED)
        return await self._first(select(v.mandates.c.unit).where(mine).limit(1)) is not None

    async def end(self, matter: int, *units: str) -> None:
        """The owners have spoken: nobody casts these votes for them any more (I11)."""
        await self._run(_ending(), matter=matter, units=units)

    async def lapse(self, matter: int) -> set[int]:
        """The question is another by now: none holds any more. Returns who gave or had one.

        To be called while the roll still says who gave them.
        """
        m = v.mandates
        live = and_(self._ours(m, matter=matter), m.c.state != State.ENDED)
        whose = select(v.voters.c.person_id, m.c.proxy_id).select_from(m).join(v.voters, _OF_VOTER)
        rows = await self._all(whose.where(live))
        await self._run(update(m).where(live).values(state=State.ENDED, code_hash=None))
        return {person for row in rows for person in row if person}

    @staticmethod
    def new_code() -> str:
        """Like the codes of letters: fifty random bits."""
        return write_code(secrets.token_bytes(7))

    def _hash(self, code: str) -> str:
        return self._vault.keyed_hash("mandate", code)


@cache
def _sent() -> Executable:
    m, x = v.mandates, v.voters
    theirs = among("proxies", m.c.proxy_id)
    query = select(x, m.c.proxy_id).join(m, _OF_VOTER)
    return query.where(ours(m, "matter"), m.c.state == State.STANDING, theirs)


@cache
def _ending() -> Executable:
    m = v.mandates
    theirs = ours(m, "matter"), among("units", m.c.unit)
    return update(m).where(*theirs).values(state=State.ENDED, code_hash=None)


def _as_mandate(row: Row[Any]) -> Mandate:
    return Mandate(row.matter, row.unit, row.proxy_id, State(row.state))
