"""Who co-operates on which case: asked, done, waived, rated."""

from typing import Any

from sqlalchemy import Row, Select, func, select, update

from domain.subtasks import Kind, Progress, Subtask
from domain.tickets import OPEN
from storage import tables as t
from storage.rows import Rows, same

MOST = 50  # open ones of one member that are listed


class Subtasks(Rows):
    def new_id(self) -> int:
        return self._ids()

    async def add(self, subtask: Subtask) -> None:
        await self._add(t.subtasks, [_columns(subtask)])

    async def save(self, subtask: Subtask) -> None:
        mine = self._ours(t.subtasks, id=subtask.id)
        await self._run(update(t.subtasks).where(mine).values(**_columns(subtask)))

    async def get(self, id: int) -> Subtask | None:
        row = await self._first(self._all_of(id=id))
        return _subtask(row) if row else None

    async def of(self, ticket: int) -> list[Subtask]:
        """All of one case, in the order they were asked for."""
        rows = await self._all(self._all_of(ticket=ticket).order_by(t.subtasks.c.id))
        return [_subtask(row) for row in rows]

    async def open_for(self, staff: int) -> list[Subtask]:
        """What one member is still asked for on open cases, oldest first."""
        case = t.tickets.c
        goes_on = same(case.number, t.subtasks.c.ticket) & case.state.in_(OPEN)
        asked = self._all_of(staff_id=staff, state=Progress.OPEN)
        query = asked.where(select(case.number).where(goes_on).exists()).order_by(t.subtasks.c.id)
        return [_subtask(row) for row in await self._all(query.limit(MOST))]

    async def unfinished(self, ticket: int) -> int:
        """How many the lead of a case has to wait for."""
        which = {"ticket": ticket, "state": Progress.OPEN, "kind": Kind.MANDATORY}
        row = await self._first(select(func.count()).where(self._ours(t.subtasks, **which)))
        return int(row[0]) if row else 0

    async def works_on(self, ticket: int, staff: int) -> bool:
        """Whether this member was ever asked to co-operate on this case."""
        return await self._first(self._all_of(ticket=ticket, staff_id=staff)) is not None

    def _all_of(self, **which: Any) -> Select[Any]:
        return select(t.subtasks).where(self._ours(t.subtasks, **which))


def _columns(subtask: Subtask) -> dict[str, Any]:
    return {
        "id": subtask.id,
        "ticket": subtask.ticket,
        "staff_id": subtask.staff,
        "asked_by": subtask.asked_by,
        "kind": subtask.kind,
        "state": subtask.state,
        "words_id": subtask.words,
        "answer_id": subtask.answer,
        "asked_at": subtask.asked_at,
        "done_at": subtask.done_at,
        "rating": subtask.rating,
    }


def _subtask(row: Row[Any]) -> Subtask:
    return Subtask(
        id=row.id,
        ticket=row.ticket,
        staff=row.staff_id,
        kind=Kind(row.kind),
        asked_at=row.asked_at,
        asked_by=row.asked_by,
        state=Progress(row.state),
        words=row.words_id,
        answer=row.answer_id,
        done_at=row.done_at,
        rating=row.rating,
    )
