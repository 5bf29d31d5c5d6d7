"""The list of delegates, compared with those stored and written as a whole.

This list is all of them: whoever it leaves out is a delegate no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from sqlalchemy import delete, select

from domain.owners import DelegateRow
from storage import tables as t
from storage import voting_tables as v
from storage.imports import Counts, Imports, ListChanged
from storage.subjects import Subjects
from storage.uow import UnitOfWork


@dataclass(frozen=True)
class Delegate:
    """One delegate: by household and name, or by the account they were listed with."""

    name_hash: str
    household: int | None
    person: int | None  # None until somebody of that name joins there


@dataclass(frozen=True)
class DelegatePlan:
    counts: Counts
    put: Mapping[int, tuple[DelegateRow, Delegate]] = field(repr=False)  # new and changed
    gone: list[int] = field(repr=False)
    unjoined: int  # of those listed, who have not joined yet
    seen: Mapping[int, Delegate] = field(repr=False)


class DelegateLists(Subjects):
    @classmethod
    def within(cls, uow: UnitOfWork) -> Self:
        """The list as a part of this unit of work. Handlers have no business with it."""
        part = uow.residents
        return cls(part._connection, part._community, part._vault, part._ids)

    async def stored(self) -> dict[int, Delegate]:
        d = v.delegates
        rows = await self._all(select(d).where(self._ours(d)))
        return {r.id: Delegate(r.name_hash, r.household_id, r.person_id) for r in rows}

    async def meant(
        self, rows: Sequence[DelegateRow], households: Mapping[str, int], imports: Imports
    ) -> list[Delegate]:
        """Whom each row means, as far as they have joined. ``households``: by door."""
        homes = {households[row.door] for row in rows if row.door}
        named = await self._residents(homes)
        found = []
        for row in rows:
            home = households[row.door] if row.door else None
            person = await imports.person_at(row.account) if row.account else None
            if home is not None:
                same = [id for id, name in named.get(home, {}).items() if name == row.name]
                person = same[0] if len(same) == 1 else None
            found.append(Delegate(self._vault.keyed_hash("delegate", row.name), home, person))
        return found

    async def _residents(self, homes: set[int]) -> dict[int, dict[int, str]]:
        """How everybody in these households is called, by household."""
        p = t.people
        query = select(p.c.id, p.c.household_id, p.c.name_sealed).where(
            self._ours(p), p.c.household_id.in_(homes)
        )
        found: dict[int, dict[int, str]] = {}
        for r in await self._all(query):
            found.setdefault(r.household_id, {})[r.id] = self._vault.unseal(r.name_sealed)
        return found

    def plan(
        self, rows: Sequence[DelegateRow], meant: Sequence[Delegate], seen: Mapping[int, Delegate]
    ) -> DelegatePlan:
        """What the list would change."""
        known = {_who(delegate): id for id, delegate in seen.items()}
        ids = [known.get(_who(delegate)) for delegate in meant]
        new = sum(id is None for id in ids)
        put = {
            self._ids() if id is None else id: (row, delegate)
            for id, row, delegate in zip(ids, rows, meant, strict=True)
            if id is None or seen[id] != delegate
        }
        gone = [id for id in seen if id not in set(ids)]
        unjoined = sum(d.household is not None and d.person is None for d in meant)
        counts = Counts(new, len(put) - new + len(gone), len(rows) - len(put), 0)
        return DelegatePlan(counts, put, gone, unjoined, seen)

    async def write(
        self, plan: DelegatePlan, uow: UnitOfWork, language: str, now: datetime
    ) -> None:
        """Carry out a plan. Raises ListChanged when those stored are others by now."""
        if await self.stored() != plan.seen:
            raise ListChanged
        d = v.delegates
        leaving = [*plan.gone, *(id for id in plan.put if id in plan.seen)]
        await self._run(delete(d).where(self._ours(d), d.c.id.in_(leaving)))
        for id, (row, delegate) in plan.put.items():
            person = delegate.person
            if person is None and row.account:
                person = (await uow.residents.meet(row.account, language, now)).id
                await uow.residents.wrote_privately(row.account, None, now)
            values = {"id": id, "name_sealed": self._vault.seal(row.name), "at": now}
            values |= {"name_hash": delegate.name_hash, "household_id": delegate.household}
            await self._add(d, [values | {"person_id": person}])
            await self._said(person, "delegate", now)
        for id in plan.gone:
            await self._said(plan.seen[id].person, "delegate_no_more", now)

    async def _said(self, person: int | None, event: str, now: datetime) -> None:
        if person is not None:
            await self._note(f"person:{person}", event, now)


def _who(delegate: Delegate) -> tuple[object, ...]:
    """Alike for a delegate of the list and the one who is stored."""
    if delegate.household is None:
        return "person", delegate.person
    return delegate.household, delegate.name_hash
