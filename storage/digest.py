"""Weekly digests: which group hears when, who reads one alone, and what a group's week was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, text, update

from domain.conversation import Address
from domain.questions import State as Question
from domain.tickets import Event, State, Visibility
from storage import alive_tables as v
from storage import tables as t
from storage.rows import Rows, same
from storage.tickets import Case, case_of

BY_A_PERSON = (Event.SIGN, Event.CONTACTED, Event.ASK_RESIDENT, Event.RESOLVE, Event.MERGE,
               Event.REJECT)  # fmt: skip


@dataclass(frozen=True)
class Digest:
    """One group's digest. ``rule`` is empty where the group wants none."""

    number: int
    group: Address
    rule: str
    next_at: datetime | None
    told_at: datetime | None = None  # up to when the last one told


class Digests(Rows):
    async def all(self) -> list[Digest]:
        """Of every group; a community has some dozens."""
        d = v.digests
        return [_digest(r) for r in await self._all(select(d).where(self._ours(d)))]

    async def get(self, number: int) -> Digest | None:
        d = v.digests
        row = await self._first(select(d).where(self._ours(d, number=number)))
        return _digest(row) if row else None

    async def of(self, group: Address) -> Digest | None:
        d = v.digests
        at = self._ours(d, channel=group.channel, chat=group.chat)
        row = await self._first(select(d).where(at))
        return _digest(row) if row else None

    async def begin(self, group: Address, rule: str, next_at: datetime | None) -> None:
        """From now on this group has one; nothing changes where it already had."""
        row = {"number": await self._next("digests"), "channel": group.channel,
               "chat": group.chat, "rule": rule, "next_at": next_at}  # fmt: skip
        await self._add_new(v.digests, [row])

    async def change(self, number: int, **values: Any) -> None:
        d = v.digests
        await self._run(update(d).where(self._ours(d, number=number)).values(**values))

    async def due(self, now: datetime, limit: int) -> list[Digest]:
        """Those whose moment has come, locked for whoever writes them."""
        d = v.digests
        query = select(d).where(self._ours(d), d.c.next_at <= now).order_by(d.c.next_at)
        rows = await self._all(query.limit(limit).with_for_update(skip_locked=True))
        return [_digest(row) for row in rows]

    # --- who reads one alone

    async def subscribe(self, person: int, digest: int, now: datetime) -> None:
        """One a person: choosing another group's gives up the one before."""
        await self._put(v.digest_readers, "person_id", person_id=person, digest=digest, at=now)

    async def unsubscribe(self, person: int) -> None:
        r = v.digest_readers
        await self._run(delete(r).where(self._ours(r, person_id=person)))

    async def read_by(self, person: int) -> int | None:
        """The digest that this person has sent to them."""
        r = v.digest_readers
        row = await self._first(select(r.c.digest).where(self._ours(r, person_id=person)))
        return row.digest if row else None

    async def readers(self, digest: int) -> set[int]:
        r = v.digest_readers
        rows = await self._all(select(r.c.person_id).where(self._ours(r, digest=digest)))
        return {row.person_id for row in rows}

    # --- the week of a group, of which nothing is told that its cards have not shown

    async def raised(self, group: Address, since: datetime, until: datetime) -> list[Case]:
        """Cases with a card in this group that were raised in this time, and not taken back."""
        k = t.tickets
        within = k.c.opened_at >= since, k.c.opened_at < until, k.c.state != State.WITHDRAWN
        return await self._cases(group, *within)

    async def open_in(self, group: Address) -> list[Case]:
        return await self._cases(group, text(t.OPEN_STATES))

    async def solved(self, group: Address, since: datetime, until: datetime) -> list[Case]:
        """Of which the author said in this time that they are solved, and they still are."""
        k, e = t.tickets, t.ticket_events
        said = select(e.c.ticket).where(
            self._ours(e, event=Event.CONFIRM), same(e.c.ticket, k.c.number),
            e.c.at >= since, e.c.at < until,
        )  # fmt: skip
        return await self._cases(group, k.c.state == State.CLOSED_CONFIRMED, said.exists())

    async def _cases(self, group: Address, *which: Any) -> list[Case]:
        k = t.tickets
        ours = self._ours(k, group_channel=group.channel, group_chat=group.chat)
        query = select(k).where(ours, k.c.visibility != Visibility.COMMITTEE, *which)
        return [case_of(row) for row in await self._all(query.order_by(k.c.opened_at, k.c.number))]

    async def answered(self, numbers: Iterable[int]) -> int:
        """How many of these cases a person has taken up."""
        e = t.ticket_events
        query = select(func.count(e.c.ticket.distinct()).label("many")).where(
            self._ours(e), e.c.ticket.in_(list(numbers)), e.c.event.in_(BY_A_PERSON)
        )
        row = await self._first(query)
        return int(row.many) if row else 0

    async def questions(self, group: Address, since: datetime, until: datetime) -> tuple[int, int]:
        """How many questions were asked in this group in this time, and how many are answered."""
        q = v.questions
        query = select(q.c.state, q.c.answered_at).where(
            self._ours(q, channel=group.channel, chat=group.chat),
            q.c.asked_at >= since, q.c.asked_at < until, q.c.state != Question.GONE,
        )  # fmt: skip
        rows = await self._all(query)
        return len(rows), sum(r.answered_at is not None or r.state == Question.HERE for r in rows)

    async def picture(self, numbers: Iterable[int]) -> int | None:
        """The newest picture of a result that its holder said everybody may see."""
        n = t.notes
        which = n.c.ticket.in_(list(numbers)), n.c.shown == 1, n.c.photo_id.is_not(None)
        rows = await self._all(select(n.c.id, n.c.photo_id).where(self._ours(n), *which))
        return max(((r.id, r.photo_id) for r in rows), default=(0, None))[1]

    async def may_be_shown(self, note: int, *, shown: bool) -> None:
        """Whether everybody may see the picture of this note."""
        n = t.notes
        await self._run(update(n).where(self._ours(n, id=note)).values(shown=int(shown)))


def _digest(row: Row[Any]) -> Digest:
    return Digest(row.number, Address(row.channel, row.chat), row.rule, row.next_at, row.told_at)
