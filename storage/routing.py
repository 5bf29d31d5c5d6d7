"""Messages that wait for somebody who may read us elsewhere, and their way there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, or_, select, text, update

from domain.budget import Topic
from domain.conversation import Address, Say
from domain.routing import NEWS, PATIENCE, UNREAD, Stuck, Why
from storage import alive_tables as v
from storage import tables as t
from storage.rows import Rows, same

SHOWN = t.SHOWN_NEWS.replace("channel", "outbox.channel")  # of two tables that have a channel
ASIDE = timedelta(days=90)  # somebody who shut us out that long ago is not visited for it


class Routing(Rows):
    async def waiting(self, topics: Collection[Topic], now: datetime, limit: int) -> list[Stuck]:
        """What has waited for a visit long enough, of people who have another account."""
        o = t.outbox
        long = _long(o.c.not_before, PATIENCE, topics, now)
        due = self._ours(o), text(f"outbox.{t.HELD_NEWS}"), o.c.not_before <= now, long
        query = self._elsewhere(select(o).where(*due).order_by(o.c.not_before))
        return [_stuck(row, Why.HELD) for row in await self._all(query.limit(limit))]

    async def unread(self, topics: Collection[Topic], now: datetime, limit: int) -> list[Stuck]:
        """What was put into somebody's own room, and no page has been told of it since."""
        o, w = t.outbox, t.webchat_people
        shown = select(w.c.chat).where(
            self._ours(w), w.c.chat == o.c.chat, w.c.read_until >= o.c.settled_at
        )
        lately = o.c.settled_at > now - NEWS, o.c.settled_at <= now
        long = _long(o.c.settled_at, UNREAD, topics, now)
        due = self._ours(o), text(SHOWN), *lately, long, ~shown.exists()
        query = self._elsewhere(select(o).where(*due).order_by(o.c.settled_at))
        rows = await self._all(query.limit(limit))
        return [_stuck(row, Why.UNREAD) for row in rows if row.say]

    async def forget_shown(self, before: datetime) -> int:
        """Read or not, by now it goes nowhere else: its words stand in the room alone."""
        o = t.outbox
        old = self._ours(o), text(t.SHOWN_NEWS), o.c.settled_at < before
        return await self._run(update(o).where(*old).values(say={}, topic=None))

    def _elsewhere(self, query: Select[Any]) -> Select[Any]:
        """Of messages to people who read us on another account; each is ours until this ends."""
        o, a, b = t.outbox, t.accounts, t.accounts.alias("others")
        here = and_(
            a.c.community_id == o.c.community_id, a.c.channel == o.c.channel, a.c.chat == o.c.chat
        )
        another = or_(b.c.channel != a.c.channel, b.c.chat != a.c.chat)
        elsewhere = exists().where(same(b.c.person_id, a.c.person_id), another, *_open(b))
        joined = query.select_from(o.join(a, here)).where(elsewhere)
        return joined.with_for_update(skip_locked=True, of=o)

    async def move(self, stuck: Stuck, to: Address, now: datetime) -> bool:
        """The same promise, to be kept elsewhere; False where it is being kept after all."""
        say = replace(stuck.say, to=to, reply=False, replies_to="", follows="")
        values: dict[str, Any] = {
            "channel": to.channel,
            "chat": to.chat,
            "state": "pending",
            "say": say.as_json(),
            "tried": [[x.channel, x.chat] for x in (*stuck.tried, stuck.say.to)],
            "not_before": now,
            "created_at": now,
            "settled_at": None,
            "error": None,
            "attempts": 0,
            "repeated": 0,
        }
        o = t.outbox
        still = self._ours(o, id=stuck.id, state=stuck.why)
        moved = update(o).where(still).values(**values).returning(o.c.recipient)
        row = await self._first(moved)
        if row is not None and row.recipient is not None:
            await self._on_its_way(row.recipient, to)
        return row is not None

    async def closed_doors(self, grids: Sequence[str], now: datetime, limit: int) -> list[Any]:
        """Doors of people who shut us out on one platform, and read us on no other.

        Of these grids, or of all.
        """
        a, b, p, h = t.accounts, t.accounts.alias("others"), t.people, t.households
        elsewhere = exists().where(same(b.c.person_id, a.c.person_id), *_open(b))
        query = (
            select(h.c.building, h.c.unit, h.c.room)
            .distinct()
            .select_from(a)
            .join(p, same(p.c.id, a.c.person_id))
            .join(h, same(h.c.id, p.c.household_id))
            .where(self._ours(a), a.c.blocked_at > now - ASIDE, ~elsewhere)
            .order_by(h.c.building, h.c.unit, h.c.room)
            .limit(limit)
        )
        return await self._all(query.where(h.c.grid.in_(grids)) if grids else query)

    async def _on_its_way(self, recipient: int, to: Address) -> None:
        """A recipient of a notice who was given up is not given up any more."""
        r = v.notice_recipients
        values = {"state": "promised", "channel": to.channel, "chat": to.chat}
        await self._run(update(r).where(self._ours(r, id=recipient)).values(**values))


def _open(account: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return account.c.private_at.is_not(None), account.c.blocked_at.is_(None)


def _long(
    since: Any, patience: Mapping[Topic, timedelta], topics: Collection[Topic], now: datetime
) -> ColumnElement[bool]:
    column = t.outbox.c.topic
    return or_(*(and_(column == x, since <= now - patience[x]) for x in patience if x in topics))


def _stuck(row: Row[Any], why: Why) -> Stuck:
    tried = tuple(Address(*each) for each in row.tried or ())
    say = Say.from_json(Address(row.channel, row.chat), row.say)
    return Stuck(row.id, say, Topic(row.topic), tried, why)
