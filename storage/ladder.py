"""Steps for groups that fall silent: what there is to work with, what was begun, what was said.

Answers are kept only while a step asks, each beside a keyed hash; then only their counts stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, or_, select, text, update

from domain.conversation import Address
from domain.ladder import Step, Taken
from domain.question import Scope
from domain.tickets import State, Visibility
from storage import alive_tables as alive
from storage import tables as t
from storage.health import within
from storage.rows import Rows, same
from storage.vault import Vault

MOST_STEPS = 20  # the newest of one group that are looked at
MOST_COUNTED = 100


@dataclass(frozen=True)
class Begun:
    """One step of one group. ``what``: its small question or task; ``ticket``: what it tells of."""

    id: int
    group: Address
    step: Step
    state: str  # offered, asking, deciding; done, declined, lapsed, stays, archived
    staff: int
    what: str = ""
    ticket: int | None = None
    counts: Mapping[str, int] | None = None
    at: datetime | None = None
    next_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def taken(self) -> Taken:
        return Taken(self.step, self.ended_at)


@dataclass(frozen=True)
class Mended:
    """A case that was solved, with the picture of it."""

    number: int
    summary: str
    photo: int


@dataclass(frozen=True)
class Case:
    """A case without a word of it."""

    number: int
    category: str
    state: State
    opened_at: datetime


class Ladder(Rows):
    # --- what there is to work with

    async def unanswered(self, group: Address) -> list[int]:
        """Questions nobody has answered, the oldest first."""
        q = alive.questions
        here = self._ours(q, channel=group.channel, chat=group.chat), text(alive.UNANSWERED)
        rows = await self._all(select(q.c.id).where(*here).order_by(q.c.id).limit(MOST_COUNTED))
        return [row.id for row in rows]

    async def mended(
        self, group: Address, since: datetime, offered: int | None = None
    ) -> Mended | None:
        """The newest case raised here that its author found solved, with a picture of the result,
        and that no step has told of, besides the one that offers it now. A picture could tell
        who wished not to be named, so their cases are left out."""
        k, n = t.tickets, t.notes
        solved = select(k.c.number, k.c.summary).where(
            self._ours(k, group_channel=group.channel, group_chat=group.chat),
            k.c.state == State.CLOSED_CONFIRMED,
            k.c.visibility == Visibility.PUBLIC,
        )
        newest_first = (k.c.opened_at.desc(), k.c.number.desc())
        rows = await self._all(solved.order_by(*newest_first).limit(MOST_COUNTED))
        cases = {row.number: row.summary for row in rows}
        told = {step.ticket for step in await self.steps(group) if step.id != offered}
        columns = [n.c.ticket, n.c.kind, n.c.photo_id, n.c.at]
        notes = await self._among(n, columns, n.c.ticket, cases.keys() - told)
        shown = [r for r in notes if r.kind == "result" and r.photo_id and r.at >= since]
        newest = max(shown, key=lambda row: row.at, default=None)
        return newest and Mended(newest.ticket, cases[newest.ticket], newest.photo_id)

    async def agrees(self, person: int) -> bool:
        """Whether somebody agreed to be asked for small things."""
        p = alive.preferences
        query = select(p.c.person_id).where(self._ours(p, person_id=person), text(alive.AGREED))
        return await self._first(query) is not None

    async def willing(self, place: Scope, asked_before: datetime, limit: int) -> list[int]:
        """Residents of a place who agreed to be asked and were not lately, the longest ago first;
        never staff."""
        w, p, h = alive.preferences, t.people, t.households
        rested = or_(w.c.asked_at.is_(None), w.c.asked_at <= asked_before)
        is_staff = select(t.staff.c.id).where(same(t.staff.c.person_id, w.c.person_id)).exists()
        query = (
            select(w.c.person_id)
            .join(p, same(p.c.id, w.c.person_id))
            .join(h, same(h.c.id, p.c.household_id))
            .where(self._ours(w), text(f"preferences.{alive.AGREED}"), rested, ~is_staff)
            .where(*within(h, place))
            .order_by(w.c.asked_at.nulls_first(), w.c.person_id)
            .limit(limit)
        )
        return [row.person_id for row in await self._all(query)]

    async def were_asked(self, people: list[int], now: datetime) -> None:
        p = alive.preferences
        asked = self._ours(p), p.c.person_id.in_(people)
        await self._run(update(p).where(*asked).values(asked_at=now))

    async def make_due(self, group: Address, now: datetime) -> None:
        """Questions that still wait for somebody in the group become tasks at once."""
        q = alive.questions
        waiting = self._ours(q, channel=group.channel, chat=group.chat, state="open")
        await self._run(update(q).where(waiting, text(alive.UNANSWERED)).values(next_at=now))

    async def cases(self, group: Address, limit: int) -> list[Case]:
        """For the archive: the cases raised in a group by number, not a word of anybody."""
        k = t.tickets
        here = self._ours(k, group_channel=group.channel, group_chat=group.chat)
        columns = (k.c.number, k.c.category, k.c.state, k.c.opened_at)
        query = select(*columns).where(here).order_by(k.c.opened_at, k.c.number)
        rows = await self._all(query.limit(limit))
        return [Case(row.number, row.category, State(row.state), row.opened_at) for row in rows]

    # --- steps

    async def steps(self, group: Address) -> list[Begun]:
        """The newest first."""
        g = alive.group_steps
        query = select(g).where(self._ours(g, channel=group.channel, chat=group.chat))
        rows = await self._all(query.order_by(g.c.id.desc()).limit(MOST_STEPS))
        return [_begun(row) for row in rows]

    async def offered_since(self, staff: int, since: datetime) -> int:
        """How many steps one member of the staff was offered lately."""
        g = alive.group_steps
        query = select(func.count().label("many")).where(
            self._ours(g, staff_id=staff), g.c.at > since
        )
        row = await self._first(query)
        return int(row.many) if row else 0

    async def get(self, id: int, *, to_change: bool = False) -> Begun | None:
        query = select(alive.group_steps).where(self._ours(alive.group_steps, id=id))
        row = await self._first(query.with_for_update() if to_change else query)
        return _begun(row) if row else None

    async def due(self, now: datetime, limit: int) -> list[Begun]:
        """Steps that go on and whose time is over, locked for whoever ends them."""
        g = alive.group_steps
        query = select(g).where(self._ours(g), text(alive.GOES_ON), g.c.next_at <= now)
        query = query.order_by(g.c.next_at).limit(limit).with_for_update(skip_locked=True)
        return [_begun(row) for row in await self._all(query)]

    async def begin(
        self, group: Address, step: Step, staff: int, now: datetime, until: datetime, *,
        what: str = "", ticket: int | None = None,
    ) -> Begun:  # fmt: skip
        id = self._ids()
        begun = Begun(id, group, step, "offered", staff, what, ticket, {}, now, until)
        row = {"id": id, "channel": group.channel, "chat": group.chat, "step": step,
               "state": begun.state, "staff_id": staff, "what": what, "ticket": ticket,
               "counts": {}, "at": now, "next_at": until}  # fmt: skip
        await self._add(alive.group_steps, [row])
        return begun

    async def change(self, step: Begun, **values: Any) -> None:
        mine = self._ours(alive.group_steps, id=step.id)
        await self._run(update(alive.group_steps).where(mine).values(**values))

    async def count_off(self, step: Begun) -> dict[str, int]:
        """What was answered, from now on only as counts: who it was is forgotten."""
        a, counts = alive.group_answers, await self.answers(step.id)
        await self.change(step, counts=counts)
        await self._run(delete(a).where(self._ours(a, step=step.id)))
        return counts

    async def end(
        self, step: Begun, state: str, now: datetime, ended_by: int | None = None
    ) -> None:
        await self.change(step, state=state, ended_at=now, next_at=None, ended_by=ended_by)

    # --- what residents answer

    async def answer(self, step: int, person: int, answer: str) -> None:
        """The last word of somebody counts; who it was is a keyed hash, another in each step."""
        who = hashed_in(self._vault, step, person)
        await self._put(alive.group_answers, "step person", step=step, person=who, answer=answer)

    async def forget(self, person: int) -> None:
        """What somebody answered while a question still runs; of those that are over, nobody
        can tell."""
        a, g = alive.group_answers, alive.group_steps
        running = select(g.c.id).where(self._ours(g), text(alive.GOES_ON))
        for row in await self._all(running):
            own = self._ours(a, step=row.id, person=hashed_in(self._vault, row.id, person))
            await self._run(delete(a).where(own))

    async def answers(self, step: int) -> dict[str, int]:
        a = alive.group_answers
        query = select(a.c.answer, func.count().label("many")).where(self._ours(a, step=step))
        return {r.answer: r.many for r in await self._all(query.group_by(a.c.answer))}


def hashed_in(vault: Vault, step: int, person: int) -> str:
    """What stands for a person among the answers of one step."""
    return vault.keyed_hash("answered a step", f"{step}:{person}")


def _begun(row: Row[Any]) -> Begun:
    return Begun(
        row.id, Address(row.channel, row.chat), Step(row.step), row.state, row.staff_id,
        row.what, row.ticket, row.counts, row.at, row.next_at, row.ended_at,
    )  # fmt: skip
