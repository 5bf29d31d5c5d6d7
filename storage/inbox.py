"""The inbox: what platforms handed us, kept in order until it is handled.

A row is written before its platform is told so, and marked in the transaction of the deed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    bindparam,
    column,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.sql import Executable

from storage import tables as t
from storage.ids import process_of
from storage.rows import Rows, ours, paired, pairs
from storage.seats import NUMBERS

ID = "channel update_id"
DOOR = 1_819_176_041  # any number: of the lock that updates go through on PostgreSQL


@dataclass(frozen=True)
class Received:
    """One update as a platform handed it to us, before anybody has looked inside."""

    channel: str
    update_id: str
    lane: str  # updates of one chat share a lane and keep their order
    payload: str


@dataclass(frozen=True)
class Answered:
    """What became of one update."""

    lane: str
    done_at: datetime | None  # None: it still waits
    answer: str  # empty where there is none, or none any more


class OutOfTurn(Exception):
    """An update of the same lane came before and is not handled; nothing was changed."""


class Inbox(Rows):
    async def hold_the_door(self) -> None:
        """Until this unit of work is over, ``waits_from_before`` waits for what we keep in it.

        Read the clock after this, and no update can turn up that was received before a moment
        which somebody took for settled. SQLite lets one write at a time and needs no door.
        """
        if self._on_postgresql:
            await self._run(select(func.pg_advisory_xact_lock_shared(DOOR, self._community)))

    async def waits_from_before(self, moment: datetime) -> bool:
        """Whether an update received before this moment, which is past, is still to be handled."""
        if self._on_postgresql:
            lock = func.pg_advisory_lock(DOOR, self._community)
            await self._run(select(lock, func.pg_advisory_unlock(DOOR, self._community)))
        i = t.inbox
        waiting = self._ours(i), text(t.WAITING), i.c.received_at < moment
        return await self._first(select(i.c.seq).where(*waiting).limit(1)) is not None

    async def receive(self, updates: Sequence[Received], now: datetime) -> None:
        """Keep updates durably before their platform is told so; repeats are passed over."""
        await self._add_missing(
            t.inbox,
            (
                {
                    "channel": u.channel,
                    "update_id": u.update_id,
                    "lane": u.lane,
                    "payload": u.payload,
                    "seq": self._ids(),
                    "received_at": now,
                }
                for u in updates
            ),
        )

    async def waiting(self, after: int, limit: int) -> list[tuple[int, Received]]:
        """Updates not handled yet, in the order they came, from the sequence after ``after``."""
        i = t.inbox
        query = select(i).where(self._ours(i), text(t.WAITING), i.c.seq > after)
        rows = await self._all(query.order_by(i.c.seq).limit(limit))
        return [(row.seq, _received(row)) for row in rows]

    async def left_lying(self, before: datetime, limit: int) -> list[Received]:
        """Updates that have waited since before then and that nobody else will handle.

        In the order they came; without those of other processes that have a seat, and those
        that somebody is handling at this moment.
        """
        i = t.inbox
        query = select(i).where(self._ours(i), text(t.WAITING), i.c.received_at < before)
        if self._on_postgresql:
            accepted_by = process_of(i.c.seq)
            theirs = accepted_by.in_(NUMBERS.columns(column("objid", BigInteger)).scalar_subquery())
            query = query.where((accepted_by == self._ids.process) | ~theirs)
        free = query.order_by(i.c.seq).limit(limit).with_for_update(skip_locked=True)
        return [_received(row) for row in await self._all(free)]

    async def line(self, lane: str) -> list[Received]:
        """What waits in a lane, in the order it came."""
        i = t.inbox
        query = select(i).where(self._ours(i, lane=lane), text(t.WAITING)).order_by(i.c.seq)
        return [_received(row) for row in await self._all(query)]

    async def done(
        self, update_: Received, now: datetime, error: str | None = None
    ) -> datetime | None:
        """Mark as handled and forget the words; returns when it was received.

        None when it was handled already, or never received. While another process handles it,
        waits for what comes of that. Raises OutOfTurn.
        """
        of = {"channel": update_.channel, "update_id": update_.update_id}
        row = await self._first(_done(self._on_postgresql), **of, now=now, error=error)
        if row is None and self._on_postgresql and await self._first(_waits(), **of):
            raise OutOfTurn(update_.lane)
        return row and row.received_at

    async def taken_up(self, updates: Collection[Received]) -> dict[Received, datetime]:
        """Those of these updates that nobody handles or has handled, and when they came.

        Until this unit of work is over nobody else can; :meth:`handled` marks them. None that is
        out of turn is among them.
        """
        free = _free(self._on_postgresql, len(updates) == 1)
        rows = await self._all(free, **_ids(updates))
        came = {(row.channel, row.update_id): row.received_at for row in rows}
        known = ((u, came.get((u.channel, u.update_id))) for u in updates)
        return {update: at for update, at in known if at is not None}

    async def handled(self, updates: Collection[Received], now: datetime) -> None:
        """Mark updates that were taken up, and forget their words."""
        if updates:
            await self._run(_handled(len(updates) == 1), **_ids(updates), now=now)

    async def keep_answer(self, update_: Received, answer: str) -> None:
        """With the update that it answers, sealed, for who comes to fetch it: a page of ours."""
        mine = self._ours(t.inbox, channel=update_.channel, update_id=update_.update_id)
        await self._run(update(t.inbox).where(mine).values(payload=self._vault.seal(answer)))

    async def answer(self, channel: str, update_id: str) -> Answered | None:
        """What became of an update; None when it has never come, or is forgotten."""
        i = t.inbox
        mine = self._ours(i, channel=channel, update_id=update_id)
        row = await self._first(select(i).where(mine))
        sealed = row.payload if row and row.done_at else None
        return row and Answered(row.lane, row.done_at, self._vault.unseal(sealed))

    async def forget_handled(self, before: datetime) -> int:
        """Drop old inbox rows; platforms repeat an update for at most a day or so."""
        i = t.inbox
        return await self._run(delete(i).where(self._ours(i), i.c.done_at < before))


def in_turn() -> ColumnElement[bool]:
    """Of inbox rows: none of their lane came before and waits.

    For several processes: one on its own keeps its lanes in order itself, and does not ask.
    """
    i, sooner = t.inbox, t.inbox.alias("sooner")
    before = select(sooner.c.seq).where(
        sooner.c.community_id == i.c.community_id,
        sooner.c.lane == i.c.lane,
        sooner.c.seq < i.c.seq,
        text(f"sooner.{t.WAITING}"),
    )
    first = before.limit(1).scalar_subquery()  # an EXISTS may be joined with all that waits
    return first.is_(None)


def _ids(updates: Collection[Received]) -> dict[str, Any]:
    return pairs(ID, {(update.channel, update.update_id) for update in updates})


@cache
def _free(shared: bool, alone: bool) -> Executable:
    i = t.inbox
    query = select(i.c.channel, i.c.update_id, i.c.received_at)
    free = query.where(paired(i, ID, alone), i.c.done_at.is_(None))
    free = free.where(in_turn()) if shared else free
    in_order = free.order_by(i.c.channel, i.c.update_id)  # as others lock them, too
    return in_order.with_for_update(skip_locked=True)


@cache
def _handled(alone: bool) -> Executable:
    waiting = paired(t.inbox, ID, alone), t.inbox.c.done_at.is_(None)  # few, whatever is kept
    over = update(t.inbox).where(*waiting)
    return over.values(done_at=bindparam("of_now"), error=None, payload=None)


@cache
def _done(shared: bool) -> Executable:
    values: dict[str, Any] = {
        "done_at": bindparam("of_now"),
        "error": bindparam("of_error"),
        "payload": None,
    }
    marked = update(t.inbox).where(*_mine()).values(values).returning(t.inbox.c.received_at)
    return marked.where(in_turn()) if shared else marked


@cache
def _waits() -> Executable:
    return select(t.inbox.c.seq).where(*_mine())


def _mine() -> tuple[ColumnElement[bool], ...]:
    return ours(t.inbox, "channel", "update_id"), t.inbox.c.done_at.is_(None)


def _received(row: Any) -> Received:
    return Received(row.channel, row.update_id, row.lane, row.payload)
