"""What leaves next: claimed for a lease, by rank, with what its channel needs to know."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    String,
    Subquery,
    Table,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from domain.budget import RANKS, Topic
from domain.conversation import Address, OnUnknown, Say
from domain.routing import Stuck
from storage import tables as t
from storage.columns import UtcTime
from storage.ids import process_of
from storage.rows import LOT, Rows, among, ours

LEASE = timedelta(minutes=2)  # longer than all parts of one message may take (bot.post.LONGEST)
CLOCKS_DIFFER = timedelta(minutes=1)  # at most, of two machines that are kept in time
LONGEST_WAIT = timedelta(days=1)  # between two attempts, whatever a platform asks for
COMMUNITY = bindparam("community", type_=Integer)
NOW = bindparam("now", type_=UtcTime)
CARD = ("channel", "chat", "card")  # what names one
NO_CARD = ""
PROCESS = bindparam("process", type_=Integer)

Known = dict[tuple[str, str, str], str]  # by channel, chat and card


@dataclass(frozen=True)
class Promise:
    """One message claimed for sending, with what its channel needs to know."""

    id: int
    say: Say
    language: str | None
    message: str | None  # the card's present message, to be edited
    attempts: int
    repeated: bool
    on_unknown: OnUnknown
    created_at: datetime
    rank: int  # 0: an answer; see domain.budget.rank_of
    topic: Topic | None = None  # None: an answer, which is said nowhere else
    tried: tuple[Address, ...] = ()  # where it could not be said before

    @property
    def stuck(self) -> Stuck:
        """What it is where it cannot be kept."""
        return Stuck(self.id, self.say, self.topic, self.tried)


@dataclass(frozen=True)
class Room:
    """How many messages a channel may send now, and how many of them that are no answers.

    Where every process may write to the platform, each leaves to the others what they promised,
    for a while: only who has the request of a person open can answer in it.
    """

    all: int
    others: int
    left_to_others: timedelta = timedelta(0)


class Claims(Rows):
    async def clock_went_back(self, now: datetime) -> int:
        """Bring near what waits for a time that the clock was set back from; returns how many.

        Promised in the future: it waits from now as long as it was to wait. Put off further than
        anybody is made to wait: it may leave at once. Taken by a sender: for a lease from now.
        """
        o, ahead = t.outbox, now + CLOCKS_DIFFER
        promised = and_(o.c.state == "pending", o.c.created_at > ahead)
        put_off = and_(
            o.c.state == "pending", o.c.attempts > 0, o.c.not_before > now + LONGEST_WAIT
        )
        taken = and_(o.c.state == "sending", o.c.not_before > ahead + LEASE)
        columns = o.c.id, o.c.state, o.c.created_at, o.c.not_before
        far = select(*columns).where(self._ours(o), text(t.UNSENT), or_(promised, put_off, taken))
        rows = await self._all(far.limit(LOT))
        for row in rows:
            mine = self._ours(o, id=row.id, state=row.state)
            values = {"not_before": now + _wait(row, now), "created_at": min(row.created_at, now)}
            await self._run(update(o).where(mine).values(values))
        return len(rows)

    async def claim(self, rooms: Mapping[str, Room], now: datetime) -> list[Promise]:
        """Take for a lease what is due, as far as each channel has room: by rank, then by age."""
        values: dict[str, Any] = {"community": self._community, "now": now, "lease": now + LEASE}
        values["process"] = self._ids.process
        for n, (channel, room) in enumerate(rooms.items()):
            values |= {f"channel_{n}": channel, f"all_{n}": room.all, f"others_{n}": room.others}
            values[f"theirs_{n}"] = now - room.left_to_others
        claimed = await self._connection.execute(_claiming(len(rooms)), values)
        rows = sorted(claimed.all(), key=lambda r: (r.rank, r.id))
        return await self._promises(rows, now)

    async def _promises(self, rows: Sequence[Any], now: datetime) -> list[Promise]:
        known, promises = await self._known(rows), list[Promise]()
        for row in rows:
            try:
                promises.append(_promise(row, known))
            except (ValueError, LookupError, TypeError) as fault:
                await self._unreadable(row, type(fault).__name__, now)
        return promises

    async def _unreadable(self, row: Any, fault: str, now: datetime) -> None:
        """One that this version cannot read has failed; the rest goes on."""
        mine = self._ours(t.outbox, id=row.id)
        failed = {"state": "failed", "settled_at": now, "error": fault, "say": {}}
        await self._run(update(t.outbox).where(mine).values(failed))

    async def _known(self, rows: Sequence[Any]) -> Known:
        """The present message of each card; the language of each place, where there is no card.

        A few more may be found than asked.
        """
        if not rows:
            return {}
        of = {f"{name}s": [*{getattr(row, name) or NO_CARD for row in rows}] for name in CARD}
        found = await self._all(_known(), **of)
        return {(row.channel, row.chat, row.card): row.told for row in found}


def _promise(row: Any, known: Known) -> Promise:
    """Raises ValueError, LookupError or TypeError where the row is none of ours."""
    to = Address(row.channel, row.chat)
    return Promise(
        id=row.id,
        say=Say.from_json(to, row.say),
        language=known.get((to.channel, to.chat, NO_CARD)),
        message=known.get((to.channel, to.chat, row.card)) if row.card else None,
        attempts=row.attempts,
        repeated=bool(row.repeated),
        on_unknown=OnUnknown(row.on_unknown),
        created_at=row.created_at,
        rank=row.rank,
        topic=Topic(row.topic) if row.topic else None,
        tried=tuple(Address(*each) for each in row.tried or ()),
    )


@cache
def _known() -> CompoundSelect[Any]:
    a, p, g, c = t.accounts, t.people, t.groups, t.cards
    none = literal(NO_CARD, String).label("card")
    private = (
        select(a.c.channel, a.c.chat, none, p.c.language.label("told"))
        .join(p, and_(p.c.community_id == a.c.community_id, p.c.id == a.c.person_id))
        .where(ours(a), *_among(a, "channel", "chat"))
    )
    grouped = select(g.c.channel, g.c.chat, none, g.c.language)
    cards = select(c.c.channel, c.c.chat, c.c.card, c.c.message)
    return private.union_all(
        grouped.where(ours(g), *_among(g, "channel", "chat")),
        cards.where(ours(c), *_among(c, *CARD)),
    )


def _among(table: Table, *names: str) -> Iterator[ColumnElement[bool]]:
    for name in names:
        yield among(f"{name}s", table.c[name])


def _wait(row: Any, now: datetime) -> timedelta:
    """How long what was dated by a clock that was ahead has to wait from now."""
    if row.state == "sending":
        return LEASE
    ahead: bool = row.created_at > now
    return max(row.not_before - row.created_at, timedelta()) if ahead else timedelta()


@cache
def _claiming(channels: int) -> ReturningUpdate[Any]:
    """Put together once for so many channels: it is asked for many times a second.

    Each rank is read along the index on its own, so that none costs a look at the others.
    """
    o = t.outbox
    ready = union_all(*(_ready(n) for n in range(channels))).cte("leaving")
    still = func.coalesce(o.c.state, "") == "pending"  # of no index, which would read them all
    due = (
        select(o.c.community_id, o.c.id)
        .where(_same(ready), still)
        .with_for_update(skip_locked=True, of=o)
        .cte("due")
    )
    return (
        update(o)
        .where(_same(due))
        .values(state="sending", attempts=o.c.attempts + 1, not_before=bindparam("lease"))
        .returning(o)
    )


def _ready(channel: int) -> Select[Any]:
    """What may leave on one channel: first answers, then others as far as they have room."""
    all, others = (bindparam(f"{name}_{channel}", type_=Integer) for name in ("all", "others"))
    lots = [
        select(_due(rank, channel, others if rank else all).subquery(f"of_rank_{rank}"))
        for rank in RANKS
    ]
    rest = _first(union_all(*lots[1:]), others, "others")
    ready = _first(union_all(lots[0], select(rest)), all, "ready")
    return select(ready.c.community_id, ready.c.id)


def _same(found: CTE) -> ColumnElement[bool]:
    """Of these messages. The community is theirs, not given, or PostgreSQL may read all it has.

    It plans for the few there were when it was asked first, of which all are read as fast as one.
    """
    return and_(t.outbox.c.community_id == found.c.community_id, t.outbox.c.id == found.c.id)


def _due(rank: int, channel: int, limit: BindParameter[int]) -> Select[Any]:
    """The first message of each chat that is due, of one rank; one chat never gets two."""
    o, other = t.outbox, t.outbox.alias("other")
    sooner = or_(other.c.rank < rank, and_(other.c.rank == rank, other.c.id < o.c.id))
    before_it = select(other.c.id).where(
        other.c.community_id == o.c.community_id,
        other.c.channel == o.c.channel,
        other.c.chat == o.c.chat,
        text(f"other.{t.UNSENT}"),
        or_(text("other.state = 'sending'"), sooner),
    )
    blocker = before_it.limit(1).scalar_subquery()  # an EXISTS may be joined with all that waits
    theirs = bindparam(f"theirs_{channel}", type_=UtcTime)
    return (
        select(o.c.community_id, o.c.id, o.c.rank, o.c.not_before)
        .where(
            o.c.community_id == COMMUNITY,
            o.c.rank == rank,
            o.c.channel == bindparam(f"channel_{channel}", type_=String),
            text(f"outbox.{t.PENDING}"),
            o.c.not_before <= NOW,
            or_(process_of(o.c.id) == PROCESS, o.c.not_before <= theirs),
            blocker.is_(None),
        )
        .order_by(o.c.not_before, o.c.id)
        .limit(limit)
    )


def _first(lot: CompoundSelect[Any], limit: BindParameter[int], name: str) -> Subquery:
    """Of messages of several ranks so many: by rank, then the oldest."""
    some = lot.subquery(f"all_{name}")
    order = some.c.rank, some.c.not_before, some.c.id
    return select(some).order_by(*order).limit(limit).subquery(name)
