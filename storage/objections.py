"""Objections to matters: who made them, whether they were answered, how far they have climbed.

Who writes here holds the matter's row locked (``Matters.get(to_change=True)``), so objections of
one matter come one after another and nobody has two that are open.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, text, update

from domain.objections import Counts, Objection, State
from storage import voting_tables as v
from storage.rows import Rows


class Objections(Rows):
    async def make(
        self, matter: int, person: int, note: int, due_at: datetime, now: datetime
    ) -> Objection:
        """Write one down with the next number of its matter."""
        number = (await self.counts(matter)).received + 1
        made = Objection(matter, number, person, note, State.OPEN, 1, now, due_at)
        row = {"matter": matter, "number": number, "person_id": person, "note_id": note}
        more = {"state": made.state, "level": 1, "at": now, "due_at": due_at, "next_at": due_at}
        await self._add(v.objections, [row | more])
        return made

    async def get(self, matter: int, number: int) -> Objection | None:
        query = select(v.objections).where(self._ours(v.objections, matter=matter, number=number))
        row = await self._first(query)
        return _objection(row) if row else None

    async def open_of(self, matter: int) -> list[Objection]:
        """Those that wait for an answer, the oldest first."""
        return await self._those(matter, state=State.OPEN)

    async def by(self, matter: int, person: int) -> list[Objection]:
        """One person's own, the oldest first."""
        return await self._those(matter, person_id=person)

    async def _those(self, matter: int, **values: Any) -> list[Objection]:
        o = v.objections
        query = select(o).where(self._ours(o, matter=matter, **values)).order_by(o.c.number)
        return [_objection(row) for row in await self._all(query)]

    async def counts(self, matter: int) -> Counts:
        o = v.objections
        query = select(o.c.state, func.count().label("many")).where(self._ours(o, matter=matter))
        many = {row.state: row.many for row in await self._all(query.group_by(o.c.state))}
        return Counts(sum(many.values()), many.get(State.ANSWERED, 0), many.get(State.WITHDRAWN, 0))

    async def ended(self, objection: Objection, state: State) -> bool:
        """Answered or withdrawn; False when it was already one of these."""
        values = {"state": state, "next_at": None}
        which = {"matter": objection.matter, "number": objection.number, "state": State.OPEN}
        mine = self._ours(v.objections, **which)
        return bool(await self._run(update(v.objections).where(mine).values(values)))

    # --- the clock

    async def matters_to_look_at(self, now: datetime, limit: int) -> list[int]:
        """Matters with an objection that nobody has answered in time, longest ago first."""
        o = v.objections
        late = self._ours(o), text(v.UNANSWERED), o.c.next_at <= now
        query = select(o.c.matter).where(*late).group_by(o.c.matter)
        rows = await self._all(query.order_by(func.min(o.c.next_at)).limit(limit))
        return [row.matter for row in rows]

    async def due(self, matter: int, now: datetime) -> list[Objection]:
        o = v.objections
        which = self._ours(o, matter=matter), text(v.UNANSWERED), o.c.next_at <= now
        rows = await self._all(select(o).where(*which).order_by(o.c.number))
        return [_objection(row) for row in rows]

    async def look_again(
        self, matter: int, numbers: Iterable[int], next_at: datetime | None, level: int
    ) -> None:
        o = v.objections
        which = self._ours(o, matter=matter), o.c.number.in_(list(numbers))
        await self._run(update(o).where(*which).values(next_at=next_at, level=level))


def _objection(row: Row[Any]) -> Objection:
    return Objection(
        row.matter, row.number, row.person_id, row.note_id, State(row.state), row.level,
        row.at, row.due_at,
    )  # fmt: skip
