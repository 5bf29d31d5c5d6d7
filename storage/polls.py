"""Opinion polls in groups: what was asked, who chose what while it runs, how it came out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, text, update

from domain.asked import Asked
from domain.conversation import Address
from domain.polls import Standing
from storage import voting_tables as v
from storage.rows import Rows

OPEN = "closed_at IS NULL"


@dataclass(frozen=True)
class Kept:
    """A poll as it is kept. ``native``: a platform holds it and counts."""

    id: int
    group: Address
    author: int
    question: str
    options: tuple[str, ...]
    multiple: bool
    closes_at: datetime
    closed_at: datetime | None
    native: str | None
    counts: tuple[int, ...] | None
    voters: int


class Polls(Rows):
    async def add(self, asked: Asked, group: Address, author: int, now: datetime) -> Kept:
        id, closes_at = self._ids(), now + asked.lasts
        row = {
            "id": id,
            "channel": group.channel,
            "chat": group.chat,
            "person_id": author,
            "question": asked.question,
            "options": list(asked.options),
            "multiple": int(asked.multiple),
            "closes_at": closes_at,
            "voters": 0,
            "at": now,
        }
        await self._add(v.polls, [row])
        return Kept(
            id, group, author, asked.question, asked.options, asked.multiple,
            closes_at, None, None, None, 0,
        )  # fmt: skip

    async def get(self, id: int, *, to_change: bool = False) -> Kept | None:
        query = select(v.polls).where(self._ours(v.polls, id=id))
        row = await self._first(query.with_for_update() if to_change else query)
        return _kept(row) if row else None

    async def open_in(self, group: Address) -> Kept | None:
        """The poll that runs in a group: one at a time."""
        p = v.polls
        query = select(p).where(self._ours(p, channel=group.channel, chat=group.chat), text(OPEN))
        row = await self._first(query.limit(1))
        return _kept(row) if row else None

    async def due(self, now: datetime, limit: int) -> list[Kept]:
        p = v.polls
        query = select(p).where(self._ours(p), text(OPEN), p.c.closes_at <= now)
        rows = await self._all(query.order_by(p.c.closes_at).limit(limit))
        return [_kept(row) for row in rows]

    async def choices(self, poll: int, person: int) -> tuple[int, ...]:
        a = v.poll_answers
        query = select(a.c.choices).where(self._ours(a, poll=poll, person_id=person))
        row = await self._first(query)
        return tuple(row.choices) if row else ()

    async def choose(self, poll: int, person: int, choices: tuple[int, ...], now: datetime) -> None:
        await self._put(
            v.poll_answers, "poll person_id", poll=poll, person_id=person,
            choices=list(choices), at=now,
        )  # fmt: skip

    async def answers(self, poll: int) -> list[tuple[int, ...]]:
        """What everybody chose; a group has some hundreds of people at most."""
        a = v.poll_answers
        rows = await self._all(select(a.c.choices).where(self._ours(a, poll=poll)))
        return [tuple(row.choices) for row in rows]

    async def many(self, poll: int, voters: int) -> None:
        """How many have answered by now."""
        await self._run(update(v.polls).where(self._ours(v.polls, id=poll)).values(voters=voters))

    async def close(self, poll: int, counts: tuple[int, ...], voters: int, now: datetime) -> None:
        """Only the counts stay: who chose what is forgotten."""
        values: dict[str, Any] = {"closed_at": now, "counts": list(counts), "voters": voters}
        await self._run(update(v.polls).where(self._ours(v.polls, id=poll)).values(values))
        await self._run(v.poll_answers.delete().where(self._ours(v.poll_answers, poll=poll)))

    async def put_off(self, poll: int, until: datetime) -> None:
        """Look again later: a platform that holds it has been asked to stop it."""
        mine = self._ours(v.polls, id=poll)
        await self._run(update(v.polls).where(mine).values(closes_at=until))

    async def posted(self, id: int, native: str) -> None:
        """A platform holds this poll now and calls it so."""
        await self._run(update(v.polls).where(self._ours(v.polls, id=id)).values(native=native))

    async def stands(self, channel: str, standing: Standing, now: datetime) -> bool:
        """Note how a poll stands; False for one that is not ours or not noted as posted yet.

        The platform's last word comes when the poll closes, so an earlier one may be missed.
        """
        p = v.polls
        values = {"counts": list(standing.counts), "voters": standing.voters}
        closed = {"closed_at": func.coalesce(p.c.closed_at, now)} if standing.closed else {}
        mine = self._ours(p, channel=channel, native=standing.native)
        return bool(await self._run(update(p).where(mine).values(values | closed)))


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        row.id, Address(row.channel, row.chat), row.person_id, row.question, tuple(row.options),
        bool(row.multiple), row.closes_at, row.closed_at, row.native,
        None if row.counts is None else tuple(row.counts), row.voters,
    )  # fmt: skip
