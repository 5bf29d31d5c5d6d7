"""Cases: their present state, their chained events, the words said about them."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, func, select, text, union_all, update

from domain.clocks import Stamp, stamp_of
from domain.conversation import Address
from domain.tickets import OPEN, Event, Level, State, Ticket, Visibility
from storage import chain
from storage import tables as t
from storage.chain import GENESIS, ChangedMeanwhile
from storage.rows import Rows, ours

SUMMARY_CHARACTERS = 120
MOST_COUNTED = 1000
VOICE = "voice"  # a kind of attachment
MOST_COMPARED = 200  # open cases of one grid and category that a new one is compared with
# With the number, or those of one moment would be listed as they happen to lie in the table.
SOONEST = (t.tickets.c.due_at.nulls_last(), t.tickets.c.number)
OLDEST = (t.tickets.c.opened_at, t.tickets.c.number)


@dataclass(frozen=True)
class Case:
    """A ticket together with what it is about and where it was raised."""

    ticket: Ticket
    summary: str
    place: str = ""
    photo: int | None = None
    group: Address | None = None
    seq: int = 0
    head: str = GENESIS

    @property
    def number(self) -> int:
        return self.ticket.number


@dataclass(frozen=True)
class Happened:
    """One event of a case as it is to be written: what, who, when, and the words it came with."""

    event: Event
    at: datetime
    person: int | None = None  # None: Linli itself
    account: str = ""
    data: dict[str, Any] | None = None
    note: int | None = None


@dataclass(frozen=True)
class Note:
    id: int
    ticket: int
    person: int
    kind: str
    text: str
    photo: int | None
    at: datetime


@dataclass(frozen=True)
class Attached:
    """The channel that holds a picture or a voice, and the channel's own reference."""

    channel: str
    ref: str
    voice: bool = False


class Tickets(Rows):
    async def next_number(self) -> int:
        return await self._next("tickets")

    async def open(self, case: Case, happened: list[tuple[Ticket, Happened]]) -> Case:
        """Write a new case with its first events; ``happened`` pairs each with the state after."""
        events, opened = [], case
        for after, event in happened:
            opened, row = _chained(opened, after, event)
            events.append(row)
        values = _columns(opened.ticket) | {
            "number": opened.number,
            "author_id": opened.ticket.author,
            "supporters": 0,
            "summary": opened.summary[:SUMMARY_CHARACTERS],
            "place": opened.place,
            "photo_id": opened.photo,
            "group_channel": opened.group.channel if opened.group else None,
            "group_chat": opened.group.chat if opened.group else None,
            "seq": opened.seq,
            "head": opened.head,
        }
        await self._add(t.tickets, [values])
        await self._add(t.ticket_events, events)
        return opened

    async def save(self, case: Case, after: Ticket, happened: Happened) -> Case:
        """Write the state after one event. Two writers cannot both write the same next event."""
        saved, row = _chained(case, after, happened)
        mine = self._ours(t.tickets, number=case.number, seq=case.seq)
        values = _columns(after) | {"seq": saved.seq, "head": saved.head}
        if not await self._run(update(t.tickets).where(mine).values(values)):
            raise ChangedMeanwhile(f"ticket {case.number} changed after it was read")
        await self._add(t.ticket_events, [row])
        return saved

    async def among(self, numbers: Collection[int]) -> dict[int, Case]:
        """These cases, by number."""
        rows = await self._among(t.tickets, [t.tickets], t.tickets.c.number, set(numbers))
        return {row.number: case_of(row) for row in rows}

    async def get(self, number: int) -> Case | None:
        row = await self._first(select(t.tickets).where(self._ours(t.tickets, number=number)))
        return case_of(row) if row else None

    async def alike(self, grid: str | None, category: str) -> list[Case]:
        """Open public cases of one grid and category, newest first, to compare a new one with."""
        return [case_of(row) for row in await self._alike(grid, category, t.tickets)]

    async def to_compare(self, grid: str | None, category: str) -> list[Row[Any]]:
        """The same, of each only ``number`` and ``summary``: two hundred whole ones take longer."""
        return await self._alike(grid, category, t.tickets.c.number, t.tickets.c.summary)

    async def _alike(self, grid: str | None, category: str, *columns: Any) -> list[Row[Any]]:
        of = {"category": category} | ({"grid": grid} if grid else {})
        return await self._all(_alike(grid is not None, *columns), **of)

    async def held_by(self, staff: int, limit: int, states: Collection[State] = OPEN) -> list[Case]:
        """Open cases of one holder, nearest deadline first, those without one last."""
        query = self._open().where(self._ours(t.tickets, holder_id=staff))
        if states != OPEN:
            query = query.where(t.tickets.c.state.in_(states))
        return await self._cases(query.order_by(*SOONEST).limit(limit))

    async def work_of(self, staff: int, limit: int) -> tuple[list[Case], int]:
        """The same cases, and how many there are in all (at most a thousand are counted)."""
        held = self._count(holder_id=staff).scalar_subquery().label("held")
        query = select(t.tickets, held).where(
            self._is_open(), self._ours(t.tickets, holder_id=staff)
        )
        rows = await self._all(query.order_by(*SOONEST).limit(limit))
        return [case_of(row) for row in rows], rows[0].held if rows else 0

    async def followed_by(self, person: int, limit: int) -> list[Case]:
        """Cases a resident raised or supports, newest first."""
        rows = await self._all(_followed(limit), person_id=person, author_id=person)
        return [case_of(row) for row in rows]

    async def gone_up(self, now: datetime, limit: int) -> list[Case]:
        """Open cases above the community or reopened for the second time, oldest first."""
        query = select(t.tickets).where(
            self._ours(t.tickets), text(t.GONE_UP), t.tickets.c.opened_at <= now
        )
        return await self._cases(query.order_by(*OLDEST).limit(limit))

    async def sent_about(self, now: datetime, limit: int) -> list[Case]:
        """Open cases that went through three hands or more, oldest first."""
        query = select(t.tickets).where(
            self._ours(t.tickets), text(t.SENT_ABOUT), t.tickets.c.opened_at <= now
        )
        return await self._cases(query.order_by(*OLDEST).limit(limit))

    async def late(self, now: datetime, limit: int) -> list[Case]:
        """Open cases past the resolve deadline, the latest of all first."""
        query = self._open().where(self._ours(t.tickets), t.tickets.c.resolve_by < now)
        latest = (t.tickets.c.resolve_by, t.tickets.c.number)
        return await self._cases(query.order_by(*latest).limit(limit))

    async def in_state(self, state: State, limit: int) -> list[Case]:
        query = self._open().where(self._ours(t.tickets, state=state))
        return await self._cases(query.order_by(*SOONEST).limit(limit))

    async def count_open(self, **which: Any) -> int:
        """How many open cases there are of this kind; of a thousand and more, a thousand."""
        row = await self._first(self._count(**which))
        return int(row[0]) if row else 0

    def _count(self, **which: Any) -> Select[int]:
        some = select(t.tickets.c.number).where(self._ours(t.tickets, **which), self._is_open())
        return select(func.count()).select_from(some.limit(MOST_COUNTED).subquery("counted"))

    async def load(self, staff: Collection[int]) -> dict[int, int]:
        """How many open cases each of these holds; who holds none is missing."""
        holder = t.tickets.c.holder_id
        query = select(holder, func.count().label("held")).where(
            self._ours(t.tickets), holder.in_(staff), self._is_open()
        )
        rows = await self._all(query.group_by(holder)) if staff else []
        return {r.holder_id: r.held for r in rows}

    def _open(self) -> Select[Any]:
        return select(t.tickets).where(self._is_open())

    def _is_open(self) -> Any:
        return text(t.OPEN_STATES)

    async def _cases(self, query: Select[Any]) -> list[Case]:
        return [case_of(row) for row in await self._all(query)]

    async def support(self, case: Case, person: int, now: datetime) -> bool:
        """Add a supporter; False when they already were one.

        Whoever a merged case brought supports it for themselves from now on, and stays when that
        case is taken out again.
        """
        row = {"ticket": case.number, "person_id": person, "at": now}
        if not await self._add_new(t.supporters, [row]):
            brought = self._ours(t.supporters, ticket=case.number, person_id=person)
            brought &= t.supporters.c.came_from.is_not(None)
            await self._run(update(t.supporters).where(brought).values(came_from=None, at=now))
            return False
        await self._count_supporters(case.number, 1)
        return True

    async def unsupport(self, case: Case, person: int) -> bool:
        mine = self._ours(t.supporters, ticket=case.number, person_id=person)
        if not await self._run(t.supporters.delete().where(mine)):
            return False
        await self._count_supporters(case.number, -1)
        return True

    async def _count_supporters(self, number: int, more: int) -> None:
        mine = self._ours(t.tickets, number=number)
        count = t.tickets.c.supporters + more
        await self._run(update(t.tickets).where(mine).values(supporters=count))

    async def supporters(self, number: int) -> set[int]:
        mine = self._ours(t.supporters, ticket=number)
        return {r.person_id for r in await self._all(select(t.supporters.c.person_id).where(mine))}

    async def supports(self, number: int, person: int) -> bool:
        mine = self._ours(t.supporters, ticket=number, person_id=person)
        return await self._first(select(t.supporters.c.at).where(mine)) is not None

    async def note(
        self, case: Case, person: int, kind: str, text: str, photo: int | None, now: datetime
    ) -> int:
        """Keep words or a picture about a case; events refer to them, and they can be forgotten."""
        id = self._ids()
        row = {"id": id, "ticket": case.number, "person_id": person, "kind": kind, "text": text}
        await self._add(t.notes, [row | {"photo_id": photo, "at": now}])
        return id

    async def notes(self, number: int) -> list[Note]:
        mine = self._ours(t.notes, ticket=number)
        rows = await self._all(select(t.notes).where(mine).order_by(t.notes.c.id))
        return [Note(r.id, r.ticket, r.person_id, r.kind, r.text, r.photo_id, r.at) for r in rows]

    async def events(self, number: int) -> list[Row[Any]]:
        mine = self._ours(t.ticket_events, ticket=number)
        query = select(t.ticket_events).where(mine).order_by(t.ticket_events.c.seq)
        return await self._all(query)

    async def stamps(self, number: int) -> list[Stamp]:
        """The events of a case as its clocks see them, oldest first."""
        e = t.ticket_events
        query = select(e.c.event, e.c.at, e.c.data).where(self._ours(e, ticket=number))
        rows = await self._all(query.order_by(e.c.seq))
        return [stamp_of(Event(r.event), r.at, r.data) for r in rows]

    async def to_look_at(self, now: datetime, limit: int) -> list[Case]:
        """Cases with a clock that has reached a threshold, longest ago first."""
        query = select(t.tickets).where(self._ours(t.tickets), t.tickets.c.next_at <= now)
        longest_ago = (t.tickets.c.next_at, t.tickets.c.number)
        return await self._cases(query.order_by(*longest_ago).limit(limit))

    async def looked_at(self, case: Case, next_at: datetime | None) -> None:
        """Nothing happened to the case, but its clocks have been heard up to now."""
        mine = self._ours(t.tickets, number=case.number, seq=case.seq)
        await self._run(update(t.tickets).where(mine).values(next_at=next_at))

    async def attach(
        self, channel: str, ref: str, person: int, now: datetime, kind: str | None = None
    ) -> int:
        id = self._ids()
        row = {"id": id, "channel": channel, "ref": ref, "person_id": person, "at": now}
        row |= {"kind": kind}
        await self._add(t.attachments, [row])
        return id

    async def attachments(self, ids: set[int]) -> dict[int, Attached]:
        """Who holds each picture or voice, and as what."""
        if not ids:
            return {}
        a = t.attachments
        rows = await self._all(select(a).where(self._ours(a), a.c.id.in_(ids)))
        return {r.id: Attached(r.channel, r.ref, r.kind == VOICE) for r in rows}


def link(previous: str, row: dict[str, Any]) -> str:
    """The hash of one event: of the event before it and of everything this one says."""
    return chain.link_event(previous, "ticket", row)


def _chained(case: Case, after: Ticket, happened: Happened) -> tuple[Case, dict[str, Any]]:
    row: dict[str, Any] = {
        "ticket": case.number,
        "seq": case.seq + 1,
        "event": happened.event,
        "state": after.state,
        "person_id": happened.person,
        "account": happened.account or None,
        "at": happened.at,
        "data": happened.data or {},
        "note_id": happened.note,
    }
    row["hash"] = link(case.head, row)
    return replace(case, ticket=after, seq=case.seq + 1, head=row["hash"]), row


def _columns(ticket: Ticket) -> dict[str, Any]:
    return {
        "category": ticket.category,
        "state": ticket.state,
        "level": ticket.level,
        "round": ticket.round,
        "hop": ticket.hop,
        "grid": ticket.grid,
        "holder_id": ticket.holder,
        "visibility": ticket.visibility,
        "questions": ticket.questions,
        "return_refused": int(ticket.return_refused),
        "appealed": int(ticket.appealed),
        "parent": ticket.parent,
        "due_at": ticket.due_at,
        "resolve_by": ticket.resolve_by,
        "next_at": ticket.next_at,
        "opened_at": ticket.opened_at,
    }


@cache
def _alike(in_grid: bool, *columns: Any) -> Select[Any]:
    c = t.tickets.c
    where: list[Any] = [
        ours(t.tickets, "category", *(["grid"] if in_grid else [])),
        text(t.OPEN_STATES),
    ]
    if not in_grid:
        where.append(c.grid.is_(None))
    query = select(*columns).where(*where, c.visibility != Visibility.COMMITTEE)
    return query.order_by(c.opened_at.desc(), c.number.desc()).limit(MOST_COMPARED)


@cache
def _followed(limit: int) -> Select[Any]:
    """Looked up once, or PostgreSQL may do so for each case of a table it takes for empty."""
    c = t.tickets.c
    newest_first = c.opened_at.desc(), c.number.desc()
    raised = select(c.number).where(ours(t.tickets, "author_id"))
    raised_last = raised.order_by(*newest_first).limit(limit).subquery("raised_last")
    backed = select(t.supporters.c.ticket).where(ours(t.supporters, "person_id"))
    followed = union_all(select(raised_last.c.number), backed).cte("followed")
    once = followed.prefix_with("MATERIALIZED", dialect="postgresql")
    query = select(t.tickets).where(ours(t.tickets), c.number.in_(select(once.c.number)))
    return query.order_by(*newest_first).limit(limit)


def case_of(row: Row[Any]) -> Case:
    ticket = Ticket(
        number=row.number,
        author=row.author_id,
        category=row.category,
        state=State(row.state),
        level=Level(row.level),
        round=row.round,
        hop=row.hop,
        grid=row.grid,
        holder=row.holder_id,
        visibility=Visibility(row.visibility),
        questions=row.questions,
        return_refused=bool(row.return_refused),
        appealed=bool(row.appealed),
        parent=row.parent,
        supporters=row.supporters,
        due_at=row.due_at,
        resolve_by=row.resolve_by,
        next_at=row.next_at,
        opened_at=row.opened_at,
    )
    group = Address(row.group_channel, row.group_chat) if row.group_channel else None
    return Case(ticket, row.summary, row.place, row.photo_id, group, row.seq, row.head)
