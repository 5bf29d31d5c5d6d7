"""Meetings, each time they sit, and what the minutes say."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, delete, func, select, text

from domain.meetings import Course, Meeting, Point, Sitting, State, Step
from storage import alive_tables as v
from storage import tables as t
from storage.rows import Rows, same


@dataclass(frozen=True)
class Line:
    """One line of minutes; with a ticket it is an action item."""

    id: int
    text: str
    ticket: int | None
    due_on: date | None


class Meetings(Rows):
    async def next_number(self) -> int:
        return await self._next("meetings")

    async def save(self, meeting: Meeting, now: datetime) -> None:
        row = {"number": meeting.number, "title": meeting.title, "rule": meeting.rule,
               "chair_id": meeting.chair, "invited": list(meeting.invited),
               "state": meeting.state, "at": now}  # fmt: skip
        await self._put(v.meetings, "number", **row)

    async def get(self, number: int, *, to_change: bool = False) -> Meeting | None:
        query = select(v.meetings).where(self._ours(v.meetings, number=number))
        row = await self._first(query.with_for_update() if to_change else query)
        return _meeting(row) if row else None

    async def active(self) -> list[Meeting]:
        """Every meeting that goes on; a community has a handful."""
        m = v.meetings
        query = select(m).where(self._ours(m, state=State.ACTIVE)).order_by(m.c.number)
        return [_meeting(row) for row in await self._all(query)]

    # --- sittings

    async def plan(self, meeting: int, at: datetime, next_at: datetime | None) -> None:
        """Another time it sits. The caller holds the meeting locked, so that it is planned once."""
        row = {"number": await self._next("sittings"), "meeting": meeting, "starts_at": at,
               "planned_at": at, "course": Course.PLANNED, "step": Step.NOTHING, "agenda": [],
               "next_at": next_at}  # fmt: skip
        await self._add(v.sittings, [row])

    async def save_sitting(self, sitting: Sitting) -> None:
        row = {"number": sitting.number, "meeting": sitting.meeting,
               "starts_at": sitting.starts_at, "planned_at": sitting.planned_at,
               "course": sitting.course, "step": sitting.step, "next_at": sitting.next_at,
               "agenda": [point.as_json() for point in sitting.agenda]}  # fmt: skip
        await self._put(v.sittings, "number", **row)

    async def sitting(self, number: int, *, to_change: bool = False) -> Sitting | None:
        query = select(v.sittings).where(self._ours(v.sittings, number=number))
        row = await self._first(query.with_for_update() if to_change else query)
        return _sitting(row) if row else None

    async def planned(self, meeting: int) -> list[Sitting]:
        """Those that have neither been held nor cancelled, the first one before."""
        s = v.sittings
        query = select(s).where(self._ours(s, meeting=meeting, course=Course.PLANNED))
        return [_sitting(row) for row in await self._all(query.order_by(s.c.starts_at, s.c.number))]

    async def past(self, meeting: int, limit: int) -> list[Sitting]:
        """Those that were held, the last one before."""
        s = v.sittings
        query = select(s).where(self._ours(s, meeting=meeting, course=Course.HELD))
        rows = await self._all(query.order_by(s.c.starts_at.desc(), s.c.number.desc()).limit(limit))
        return [_sitting(row) for row in rows]

    async def last_planned(self, meeting: int) -> datetime | None:
        """The latest moment by the rule that a sitting was made for, whatever became of it."""
        s = v.sittings
        query = select(func.max(s.c.planned_at).label("at")).where(self._ours(s, meeting=meeting))
        row = await self._first(query)
        return row.at if row else None

    async def due(self, now: datetime, limit: int) -> list[Sitting]:
        """Of which something is to be said, locked for whoever says it."""
        s = v.sittings
        query = select(s).where(self._ours(s), s.c.next_at <= now).order_by(s.c.next_at)
        rows = await self._all(query.limit(limit).with_for_update(skip_locked=True))
        return [_sitting(row) for row in rows]

    # --- minutes

    async def add_line(
        self, sitting: int, person: int, words: str, now: datetime, ticket: int | None = None,
        due_on: date | None = None,
    ) -> None:  # fmt: skip
        row = {"id": self._ids(), "sitting": sitting, "person_id": person, "text": words,
               "ticket": ticket, "due_on": due_on, "at": now}  # fmt: skip
        await self._add(v.minutes, [row])

    async def lines(self, sitting: int) -> list[Line]:
        m = v.minutes
        rows = await self._all(select(m).where(self._ours(m, sitting=sitting)).order_by(m.c.id))
        return [Line(r.id, r.text, r.ticket, r.due_on) for r in rows]

    async def remove_line(self, sitting: int, id: int) -> None:
        m = v.minutes
        await self._run(delete(m).where(self._ours(m, sitting=sitting, id=id)))

    async def open_items(self, meeting: int) -> list[int]:
        """Cases that action items of this meeting became and that are still open."""
        return sorted(row.ticket for row in await self._all(self._items(meeting)))

    def _items(self, meeting: int) -> Select[Any]:
        m, s, k = v.minutes, v.sittings, t.tickets
        sat = select(s.c.number).where(self._ours(s, meeting=meeting))
        return (
            select(m.c.ticket)
            .join(k, same(m.c.ticket, k.c.number))
            .where(self._ours(m), m.c.sitting.in_(sat), text(f"tickets.{t.OPEN_STATES}"))
        )


def _meeting(row: Row[Any]) -> Meeting:
    return Meeting(
        row.number, row.title, row.rule, row.chair_id, tuple(row.invited), State(row.state)
    )


def _sitting(row: Row[Any]) -> Sitting:
    agenda = tuple(Point.from_json(point) for point in row.agenda)
    return Sitting(
        row.number, row.meeting, row.starts_at, row.planned_at, Course(row.course),
        Step(row.step), agenda, row.next_at,
    )  # fmt: skip
