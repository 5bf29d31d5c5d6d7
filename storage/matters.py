"""Matters: their present stage, their chained events, the records and objections about them."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, delete, select, text, update
from sqlalchemy.sql import Executable

from domain.matters import Event, Matter, State
from domain.question import Question
from storage import chain
from storage import voting_tables as v
from storage.rows import Rows, ours

NO_RECORD = {"units": 0, "voted": 0, "ballots": 0, "last": "", "frontier": []}
SHOWN = frozenset({"salt", "units", "outcome"})  # columns that the caller of ``save`` looks at
MOST_OPEN = 200  # matters of one community that are listed at once


@dataclass(frozen=True)
class Kept:
    """A matter with its place in the chain of its events and in the record of its ballots."""

    matter: Matter
    seq: int = 0
    head: str = chain.GENESIS
    salt: str = ""
    units: int = 0
    voted: int = 0
    ballots: int = 0
    last: str = ""
    frontier: tuple[str, ...] = ()
    outcome: dict[str, Any] | None = None

    @property
    def number(self) -> int:
        return self.matter.number


@dataclass(frozen=True)
class Happened:
    """One event of a matter as it is to be written."""

    event: Event
    at: datetime
    person: int | None = None  # None: Linli itself
    account: str = ""
    data: dict[str, Any] | None = None
    note: int | None = None


@dataclass(frozen=True)
class MatterNote:
    id: int
    matter: int
    person: int
    kind: str  # record, objection, answer, comment
    text: str
    photo: int | None
    at: datetime


class Matters(Rows):
    async def next_number(self) -> int:
        return await self._next("matters")

    async def open(self, matter: Matter, happened: Happened) -> Kept:
        """Write a new matter with its first event."""
        kept, row = _chained(Kept(matter), matter, happened)
        values = _columns(matter) | {"number": matter.number, "kind": matter.kind}
        values |= {"opened_at": happened.at, "seq": kept.seq, "head": kept.head}
        await self._add(v.matters, [values | NO_RECORD])
        await self._add(v.matter_events, [row])
        return kept

    async def save(self, kept: Kept, after: Matter, happened: Happened, **columns: Any) -> Kept:
        """Write the state after one event. Two writers cannot both write the same next event."""
        saved, row = _chained(kept, after, happened)
        mine = self._ours(v.matters, number=kept.number, seq=kept.seq)
        values = _columns(after) | {"seq": saved.seq, "head": saved.head} | columns
        if not await self._run(update(v.matters).where(mine).values(values)):
            raise chain.ChangedMeanwhile(f"matter {kept.number} changed after it was read")
        await self._add(v.matter_events, [row])
        return replace(saved, **{n: c for n, c in columns.items() if n in SHOWN})

    async def get(self, number: int, *, to_change: bool = False) -> Kept | None:
        """``to_change`` keeps others from changing it until this unit of work is over."""
        row = await self._first(_matter(to_change), number=number)
        return _kept(row) if row else None

    async def all_open(self) -> list[Kept]:
        """Matters that have not ended, newest first."""
        m = v.matters
        query = select(m).where(self._ours(m), text(v.OPEN_MATTER))
        query = query.order_by(m.c.opened_at.desc(), m.c.number.desc())
        return await self._kept(query.limit(MOST_OPEN))

    async def voting(self, now: datetime) -> list[Kept]:
        """Matters that are voted on at this moment, the one that closes first before."""
        m = v.matters
        query = select(m).where(self._ours(m), text(v.VOTING_NOW), m.c.closes_at > now)
        return await self._kept(query.order_by(m.c.closes_at, m.c.number).limit(MOST_OPEN))

    async def to_look_at(self, now: datetime, limit: int) -> list[Kept]:
        """Matters for which something is due, longest ago first."""
        m = v.matters
        query = select(m).where(self._ours(m), m.c.next_at <= now)
        return await self._kept(query.order_by(m.c.next_at, m.c.number).limit(limit))

    async def told(self, since: datetime, until: datetime) -> list[Kept]:
        """Matters of which everybody heard something in this time, by their number."""
        m, e = v.matters, v.matter_events
        heard = select(e.c.matter).where(
            self._ours(e), text(v.TOLD), e.c.at >= since, e.c.at < until
        )
        query = select(m).where(self._ours(m), m.c.number.in_(heard))
        return await self._kept(query.order_by(m.c.number))

    async def looked_at(self, number: int, next_at: datetime | None) -> None:
        mine = self._ours(v.matters, number=number)
        await self._run(update(v.matters).where(mine).values(next_at=next_at))

    async def note(
        self,
        matter: int,
        person: int,
        kind: str,
        words: str,
        photo: int | None,
        now: datetime,
    ) -> int:
        """Keep words or a picture about a matter; events refer to them."""
        id = self._ids()
        row = {"id": id, "matter": matter, "person_id": person, "kind": kind, "text": words}
        await self._add(v.matter_notes, [row | {"photo_id": photo, "at": now}])
        return id

    async def notes(self, number: int, kind: str | None = None) -> list[MatterNote]:
        n = v.matter_notes
        query = select(n).where(self._ours(n, matter=number)).order_by(n.c.id)
        rows = await self._all(query.where(n.c.kind == kind) if kind else query)
        return [_note(row) for row in rows]

    async def note_of(self, number: int, note: int) -> MatterNote | None:
        """One note of a matter, by its id."""
        query = select(v.matter_notes).where(self._ours(v.matter_notes, matter=number, id=note))
        row = await self._first(query)
        return _note(row) if row else None

    async def events(self, number: int) -> list[Row[Any]]:
        e = v.matter_events
        return await self._all(select(e).where(self._ours(e, matter=number)).order_by(e.c.seq))

    async def link(self, number: int, ticket: int) -> bool:
        """Tie a case that carries the decision out to its matter; False when it already was."""
        row = {"matter": number, "ticket": ticket}
        return bool(await self._add_new(v.matter_tickets, [row]))

    async def unlink(self, number: int, ticket: int) -> bool:
        """Untie it again; False when it was not tied."""
        t = v.matter_tickets
        mine = self._ours(t, matter=number, ticket=ticket)
        return bool(await self._run(delete(t).where(mine)))

    async def carried_out_by(self, ticket: int) -> list[Kept]:
        """The matters that a case carries out."""
        m, t = v.matters, v.matter_tickets
        rows = await self._all(select(t.c.matter).where(self._ours(t, ticket=ticket)))
        if not rows:
            return []
        query = select(m).where(self._ours(m), m.c.number.in_([row.matter for row in rows]))
        return await self._kept(query.order_by(m.c.number))

    async def linked(self, number: int) -> list[int]:
        """The cases that carry a matter out."""
        t = v.matter_tickets
        rows = await self._all(select(t.c.ticket).where(self._ours(t, matter=number)))
        return sorted(r.ticket for r in rows)

    async def disclosed(self, number: int, what: str, staff: int | None, now: datetime) -> int:
        """Note that somebody looks at what is not public of a vote; the count is published."""
        id = self._ids()
        row = {"id": id, "matter": number, "staff_id": staff, "what": what, "at": now}
        await self._add(v.disclosures, [row])
        return id

    async def finished(self, disclosure: int, fingerprint: str) -> None:
        """Note the fingerprint of the bundle that was given out."""
        mine = self._ours(v.disclosures, id=disclosure)
        await self._run(update(v.disclosures).where(mine).values(fingerprint=fingerprint))

    async def disclosures(self, number: int) -> list[Row[Any]]:
        """Everything that was looked at, newest first."""
        d = v.disclosures
        query = select(d).where(self._ours(d, matter=number))
        return await self._all(query.order_by(d.c.at.desc(), d.c.id.desc()))

    async def _kept(self, query: Select[Any]) -> list[Kept]:
        return [_kept(row) for row in await self._all(query)]


@cache
def _matter(to_change: bool) -> Executable:
    query = select(v.matters).where(ours(v.matters, "number"))
    return query.with_for_update() if to_change else query


def _chained(kept: Kept, after: Matter, happened: Happened) -> tuple[Kept, dict[str, Any]]:
    row: dict[str, Any] = {
        "matter": kept.number,
        "seq": kept.seq + 1,
        "event": happened.event,
        "state": after.state,
        "person_id": happened.person,
        "account": happened.account or None,
        "at": happened.at,
        "data": happened.data or {},
        "note_id": happened.note,
    }
    row["hash"] = chain.link_event(kept.head, "matter", row)
    return replace(kept, matter=after, seq=kept.seq + 1, head=row["hash"]), row


def _columns(matter: Matter) -> dict[str, Any]:
    return {
        "title": matter.title,
        "question": matter.question.as_json(),
        "state": matter.state,
        "owner_id": matter.owner,
        "level": matter.level,
        "due_at": matter.due_at,
        "next_at": matter.next_at,
        "text_hash": matter.text_hash or None,
        "roll_hash": matter.roll_hash or None,
        "opens_at": matter.opens_at,
        "closes_at": matter.closes_at,
        "extended": matter.extended,
    }


def _kept(row: Row[Any]) -> Kept:
    outcome = row.outcome
    matter = Matter(
        number=row.number,
        kind=row.kind,
        question=Question.from_json(row.question),
        state=State(row.state),
        owner=row.owner_id,
        level=row.level,
        due_at=row.due_at,
        next_at=row.next_at,
        text_hash=row.text_hash or "",
        roll_hash=row.roll_hash or "",
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        extended=row.extended,
        passed=bool(outcome) and outcome.get("result") == "passed",
    )
    return Kept(
        matter, row.seq, row.head, row.salt or "", row.units, row.voted, row.ballots, row.last,
        tuple(row.frontier), outcome,
    )  # fmt: skip


def _note(row: Row[Any]) -> MatterNote:
    return MatterNote(row.id, row.matter, row.person_id, row.kind, row.text, row.photo_id, row.at)
