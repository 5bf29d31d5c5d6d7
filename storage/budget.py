"""What people were sent unasked, what they want of it, and what waits until it may be sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, text

from domain.budget import DAY, MONTH, WEEK, Past, Topic
from domain.conversation import Address, OnUnknown, Say
from storage import alive_tables as v
from storage import tables as t
from storage.rows import Rows

KEPT = timedelta(days=90)  # of what was dropped, for the admin to see


@dataclass(frozen=True)
class Reader:
    """Who reads a place, and what they were sent; nobody for a group."""

    person: int | None
    past: Past


class Budget(Rows):
    async def readers(self, places: Iterable[Address], now: datetime) -> dict[Address, Reader]:
        """Who reads each place, with what they were sent in the last 30 days, in two questions."""
        wanted = set(places)
        people = await self._people(wanted)
        pasts = await self._pasts({p for p in people.values()}, now)
        found = {place: Reader(person, pasts[person]) for place, person in people.items()}
        groups = await self._posts(wanted - people.keys(), now)
        return found | {place: Reader(None, Past(day=many)) for place, many in groups.items()}

    async def _people(self, places: set[Address]) -> dict[Address, int]:
        a = t.accounts
        if not places:
            return {}
        query = select(a.c.channel, a.c.chat, a.c.person_id)
        rows = await self._all(query.where(self._ours(a), _any_of(a, places)))
        return {Address(r.channel, r.chat): r.person_id for r in rows}

    async def _pasts(self, people: set[int], now: datetime) -> dict[int, Past]:
        """What each was sent, by all their accounts together: a handful of rows a person."""
        p, f, a = v.pushes, v.preferences, t.accounts
        if not people:
            return {}
        sent = select(p.c.person_id, p.c.at).where(
            self._ours(p), p.c.person_id.in_(people), p.c.at > now - MONTH
        )
        wishes = select(f).where(self._ours(f), f.c.person_id.in_(people))
        heard = select(a.c.person_id, func.max(a.c.private_at).label("at")).where(
            self._ours(a), a.c.person_id.in_(people)
        )
        times: dict[int, list[datetime]] = {}
        for row in await self._all(sent):
            times.setdefault(row.person_id, []).append(row.at)
        wished = {r.person_id: r for r in await self._all(wishes)}
        last = {r.person_id: r.at for r in await self._all(heard.group_by(a.c.person_id))}
        return {id: _past(times.get(id, []), last.get(id), wished.get(id), now) for id in people}

    async def _posts(self, places: set[Address], now: datetime) -> dict[Address, int]:
        p = v.pushes
        if not places:
            return {}
        query = (
            select(p.c.channel, p.c.chat, func.count().label("many"))
            .where(self._ours(p), _any_of(p, places), p.c.at > now - DAY)
            .group_by(p.c.channel, p.c.chat)
        )
        rows = await self._all(query)
        return dict.fromkeys(places, 0) | {Address(r.channel, r.chat): r.many for r in rows}

    async def pushed(
        self, says: Iterable[tuple[Say, Topic]], readers: Mapping[Address, Reader], now: datetime
    ) -> None:
        """Note what counts towards the caps."""
        rows = [
            {"id": self._ids(), "channel": say.to.channel, "chat": say.to.chat,
             "person_id": readers[say.to].person, "topic": topic, "at": now}
            for say, topic in says
        ]  # fmt: skip
        await self._add(v.pushes, rows)

    async def hold(
        self, say: Say, topic: Topic, why: str, try_at: datetime, until: datetime | None,
        now: datetime, *, dropped: bool = False,
    ) -> None:  # fmt: skip
        """Keep what may not leave now; what is dropped is kept without its words, to be counted."""
        row = {
            "id": self._ids(),
            "channel": say.to.channel,
            "chat": say.to.chat,
            "topic": topic,
            "say": {} if dropped else say.as_json() | {"on_unknown": say.on_unknown},
            "state": "dropped" if dropped else "waiting",
            "why": why,
            "try_at": try_at,
            "until": until,
            "at": now,
            "recipient": say.recipient,
        }
        await self._add(v.held, [row])

    async def due(self, now: datetime, limit: int) -> list[Say]:
        """What may be tried again, taken out; the oldest first."""
        h = v.held
        query = (
            select(h)
            .where(self._ours(h), text(v.WAITING), h.c.try_at <= now)
            .order_by(h.c.try_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = await self._all(query)
        taken = [r.id for r in rows]
        if taken:
            await self._run(delete(h).where(self._ours(h), h.c.id.in_(taken)))
        return [_waiting(row) for row in rows]

    async def wish(self, person: int, now: datetime, **wishes: Any) -> None:
        """What a person wants from now on: muted topics, or less of everything."""
        row = {"muted": [], "less": 0} | wishes
        statement = self._insert(v.preferences).values(
            community_id=self._community, person_id=person, at=now, **row
        )
        key = ["community_id", "person_id"]
        changed = {"at": now, **wishes}
        await self._run(statement.on_conflict_do_update(index_elements=key, set_=changed))

    async def muted(self, person: int) -> frozenset[Topic]:
        """The topics that this person does not want."""
        f = v.preferences
        row = await self._first(select(f.c.muted).where(self._ours(f, person_id=person)))
        return frozenset(Topic(topic) for topic in row.muted) if row else frozenset()

    async def dropped(self, since: datetime) -> dict[str, int]:
        """How many were dropped, by why."""
        h = v.held
        query = select(h.c.why, func.count().label("many")).where(
            self._ours(h, state="dropped"), h.c.at > since
        )
        return {r.why: r.many for r in await self._all(query.group_by(h.c.why))}

    async def forget(self, now: datetime) -> None:
        """Counts that no cap looks at any more."""
        old = self._ours(v.pushes), v.pushes.c.at < now - MONTH
        await self._run(delete(v.pushes).where(*old))
        dropped = self._ours(v.held, state="dropped"), v.held.c.at < now - KEPT
        await self._run(delete(v.held).where(*dropped))


def _waiting(row: Any) -> Say:
    """A message that was held back, as it was."""
    say = Say.from_json(Address(row.channel, row.chat), row.say)
    kept = OnUnknown(row.say["on_unknown"])
    topic, recipient = Topic(row.topic), row.recipient
    return replace(say, topic=topic, until=row.until, on_unknown=kept, recipient=recipient)


def _any_of(table: Any, places: set[Address]) -> Any:
    by_channel: dict[str, list[str]] = {}
    for place in places:
        by_channel.setdefault(place.channel, []).append(place.chat)
    return or_(
        *(and_(table.c.channel == c, table.c.chat.in_(chats)) for c, chats in by_channel.items())
    )


def _past(sent: list[datetime], heard: datetime | None, wished: Any, now: datetime) -> Past:
    """``heard``: when they last wrote to us; what came after it was ignored so far."""
    day, week = (sum(at > now - span for at in sent) for span in (DAY, WEEK))
    ignored = sum(heard is None or at >= heard for at in sent)
    muted = frozenset(Topic(topic) for topic in wished.muted) if wished else frozenset()
    return Past(day, week, len(sent), ignored, bool(wished and wished.less), muted)
