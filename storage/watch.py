"""What an operator has to know of the inbox and the outbox: how much waits, and since when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, cast, func, null, or_, select, text, union_all

from storage import platform_tables as f
from storage import tables as t
from storage.columns import UtcTime
from storage.delivery import UNDELIVERED
from storage.rows import Rows

NEVER = cast(null(), UtcTime)
MOST = 10_000  # rows of each state that are looked at; more are told as so many


@dataclass(frozen=True)
class Queue:
    many: int = 0
    oldest: datetime | None = None  # since when the first of them could have left


class Watch(Rows):
    async def updates(self) -> Queue:
        """Received and not handled yet."""
        i = t.inbox
        first = select(i.c.received_at).where(self._ours(i), text(t.WAITING))
        some = first.order_by(i.c.seq).limit(MOST).subquery("some")
        many, oldest = func.count().label("many"), func.min(some.c.received_at).label("oldest")
        row = await self._first(select(many, oldest))
        return Queue(int(row.many), row.oldest) if row else Queue()

    async def unsent(self, now: datetime) -> dict[tuple[str, str], Queue]:
        """By channel and state. What is to leave later is counted, and makes nothing old."""
        o = t.outbox
        due = or_(o.c.attempts > 0, o.c.not_before <= now)
        tried = case((o.c.attempts > 0, o.c.created_at), else_=o.c.not_before)
        since = case((due, tried), else_=NEVER).label("since")
        lots = [self._some(condition, since) for condition in (t.PENDING, "state = 'sending'")]
        lots.append(self._some(t.HELD, NEVER.label("since")))
        found = union_all(*(select(lot.subquery(f"lot_{n}")) for n, lot in enumerate(lots)))
        some = found.subquery("some")
        many, oldest = func.count().label("many"), func.min(some.c.since).label("oldest")
        query = select(some.c.channel, some.c.state, many, oldest)
        rows = await self._all(query.group_by(some.c.channel, some.c.state))
        return {(r.channel, r.state): Queue(int(r.many), r.oldest) for r in rows}

    def _some(self, condition: str, since: Any) -> Select[Any]:
        o = t.outbox
        query = select(o.c.channel, o.c.state, since)
        return query.where(self._ours(o), text(condition)).limit(MOST)

    async def faults(self, since: datetime) -> int:
        """Updates that were given up with an apology."""
        i = t.inbox
        some = select(i.c.error).where(self._ours(i), i.c.done_at > since, i.c.error.is_not(None))
        lot = some.limit(MOST).subquery("some")
        row = await self._first(select(func.count().label("many")).select_from(lot))
        return int(row.many) if row else 0

    async def backed_up(self, now: datetime, many: int) -> None:
        """Note that a verified backup of so many rows was made."""
        await self._add(f.backups, [{"at": now, "many": many}])

    async def last_backup(self) -> datetime | None:
        query = select(f.backups.c.at).where(self._ours(f.backups))
        row = await self._first(query.order_by(f.backups.c.at.desc()).limit(1))
        return row.at if row else None

    async def given_up(self, since: datetime) -> dict[str, int]:
        """Messages that failed, were blocked or are of unknown fate, by state."""
        o = t.outbox
        lots = [
            select(o.c.state)
            .where(self._ours(o, state=state), o.c.settled_at > since)
            .limit(MOST)
            .subquery(f"lot_{n}")
            for n, state in enumerate(UNDELIVERED)
        ]
        some = union_all(*(select(lot) for lot in lots)).subquery("some")
        query = select(some.c.state, func.count().label("many")).group_by(some.c.state)
        return {row.state: int(row.many) for row in await self._all(query)}
