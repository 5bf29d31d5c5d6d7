"""The outbox: what we promised to say. With the inbox it is one part of a unit of work.

Both are written in the transaction of the deed. An outbox row goes pending → sending →
sent; one that was ``sending`` when its process died is found by its lease and treated by
its own policy, since no platform can tell whether the message arrived.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.sql import Executable

from domain.budget import RANKS, Topic, rank_of
from domain.conversation import Address, OnUnknown, Say
from domain.routing import UNREAD
from storage import tables as t
from storage.claims import Claims, Promise
from storage.inbox import Inbox
from storage.inbox import Received as Received
from storage.rows import LOT, PLACE, among, ours, paired, places
from storage.webchat import CHANNEL

ERROR_CHARACTERS = 200
UNDELIVERED = ("failed", "blocked", "unknown")
SETTLED = ("sent", *UNDELIVERED)
UNSAID = ("pending", "held")
CHANGED = "a card has changed"  # of a held message: the next visit is early enough
TOLD = "told that something waits"  # of a held message: a notice has arrived, nobody has to go

Values = dict[str, Any]


@dataclass(frozen=True)
class Settled:
    """What became of one claimed message."""

    id: int
    state: str  # sent, pending, held, blocked, failed, unknown
    message: str | None = None
    error: str = ""
    not_before: datetime | None = None
    repeat: bool = False  # it may have arrived before: say so when it goes again
    moved_to: str = ""  # the chat's new number, where the platform names one
    refused_since: datetime | None = None  # nothing was taken there since then, nor was this


class Delivery(Inbox, Claims):
    async def went(self, key: str) -> bool:
        """Whether the reminder with this key has gone."""
        query = select(t.reminders.c.at).where(self._ours(t.reminders, key=key))
        return await self._first(query) is not None

    async def first_time(self, key: str, now: datetime) -> bool:
        """Whether the reminder with this key has never gone; from now on it has."""
        return bool(await self._add_new(t.reminders, [{"key": key, "at": now}]))

    async def promise(
        self, says: Iterable[Say], now: datetime, not_before: datetime | None = None,
        answers: Set[Address] = frozenset(),
    ) -> None:  # fmt: skip
        """Queue messages to be sent once this unit of work has committed.

        What is said where somebody just spoke (``answers``) is never said elsewhere instead.
        Only ``casework.reminding`` asks here: it knows what may be said to whom and when.

        Of several states of one card only the latest is worth sending; where an earlier one
        was to be sent anew, so is the latest, with the pictures that nobody has seen yet.
        """
        latest: dict[Any, Say] = {}
        for say in says:
            key = (say.to, say.card) if say.card else self._ids()
            latest[key] = _superseding(latest.get(key), say)
        doubtful: set[Any] = set()  # cards of which an earlier state may have arrived
        for unseen, repeated in await self._drop_superseded([s for s in latest.values() if s.card]):
            card = (unseen.to, unseen.card)
            latest[card] = _superseding(unseen, latest[card])
            doubtful |= {card} if repeated else set()
        await self._add(
            t.outbox,
            (
                {
                    "id": self._ids(),
                    "channel": say.to.channel,
                    "chat": say.to.chat,
                    "state": "pending",
                    "not_before": not_before or now,
                    "say": say.as_json(),
                    "card": say.card,
                    "on_unknown": say.on_unknown,
                    "attempts": 0,
                    "repeated": int((say.to, say.card) in doubtful),
                    "created_at": now,
                    "rank": rank_of(say.topic),
                    "recipient": say.recipient,
                    "topic": None if say.to in answers else say.topic or Topic.OWN,
                }
                for say in latest.values()
            ),
        )

    async def _drop_superseded(self, says: list[Say]) -> list[tuple[Say, bool]]:
        """Take back the states of these cards that have not been sent; and which may have been."""
        if not says:
            return []
        cards = [(say.to.channel, say.to.chat, say.card) for say in says]
        there = places(say.to for say in says)
        found = await self._all(_unseen("pairs" not in there), **there, cards=cards)
        if not found:
            return []
        dropped = {row.id for row in await self._all(_dropping(), ids=[row.id for row in found])}
        return [
            (Say.from_json(Address(row.channel, row.chat), row.say), bool(row.repeated))
            for row in found
            if row.id in dropped
        ]

    async def crowd(self, limit: int) -> dict[str, int]:
        """How much that is no answer waits on each channel, ``limit`` looked at in all."""
        o = t.outbox
        unasked = self._ours(o), text(t.PENDING), o.c.rank.in_(RANKS[1:])
        some = select(o.c.channel).where(*unasked).limit(limit).subquery("some")
        query = select(some.c.channel, func.count().label("many")).group_by(some.c.channel)
        return {row.channel: int(row.many) for row in await self._all(query)}

    async def settle(self, outcomes: Iterable[tuple[Promise, Settled]], now: datetime) -> None:
        """Write down what became of claimed messages, where the claim still holds.

        A process that was cut off or asleep may come back when its claim is over, and the
        message with another: each claim is one attempt more.
        """
        lots, cards = defaultdict[Any, list[Values]](list), list[Values]()
        for promise, settled in outcomes:
            row: Values = {"state": settled.state, "error": settled.error or None}
            if settled.state in UNSAID:
                row["not_before"] = settled.not_before or now
                row["repeated"] = int(promise.repeated or settled.repeat)
            else:
                row |= {"settled_at": now, "message": settled.message}
                row |= {} if _may_be_unread(promise, settled) else {"say": {}}
            lots[tuple(row)].append(row | {"its": promise.id, "attempt": promise.attempts})
            if settled.message and promise.say.card and settled.message != promise.message:
                to, card = promise.say.to, promise.say.card
                place = {"channel": to.channel, "chat": to.chat}
                cards.append(place | {"card": card, "message": settled.message})
        for columns, rows in lots.items():
            await self._run_all(_settling(columns), rows)
        await self._put_all(t.cards, "channel chat card", cards)

    async def recover(self, now: datetime, *, nobody_sends: bool = False) -> tuple[int, int]:
        """Treat messages whose sender died: (to be repeated once, listed as unknown).

        It died where its lease has run out, or where nobody can be at work (``nobody_sends``).
        What is repeated keeps its age and so goes first: behind a backlog it would be in
        flight when a bot that dies often dies the next time, and be given up unsent.
        """
        o = t.outbox
        taken = self._ours(o, state="sending")
        died = taken if nobody_sends else and_(taken, o.c.not_before < now)
        again = and_(o.c.on_unknown == OnUnknown.REPEAT, o.c.repeated == 0)
        repeated = await self._run(
            update(o)
            .where(died, again)
            .values(state="pending", repeated=1, not_before=o.c.created_at)
        )
        unknown = await self._run(
            update(o)
            .where(died)
            .values(state="unknown", settled_at=now, error="sender died", say={})
        )
        return repeated, unknown

    async def release(self, to: Address, limit: int, now: datetime) -> int:
        """Let what was held for a person's next visit leave, the most important first.

        Cards that have only changed come last; what has nothing to say any more is given up.
        """
        o = t.outbox
        held = self._ours(o, channel=to.channel, chat=to.chat), text(t.HELD)
        last = o.c.error.is_not_distinct_from(CHANGED)
        query = select(o.c.id, o.c.say).where(*held).order_by(last, o.c.rank, o.c.id)
        rows = {row.id: Say.from_json(to, row.say).until for row in await self._all(query)}
        late = [id for id, until in rows.items() if until is not None and now >= until]
        first = [id for id in rows if id not in late][: max(limit, 0)]
        await self._change_held(late, _given_up("too late", now))
        leave = {"state": "pending", "not_before": now, "created_at": now}
        return await self._change_held(first, leave)

    async def give_up_held(self, before: datetime, now: datetime) -> int:
        """What has waited for a visit since then, and nobody came."""
        o = t.outbox
        old = select(o.c.id).where(self._ours(o), text(t.HELD), o.c.created_at < before)
        ids = [row.id for row in await self._all(old)]
        return await self._change_held(ids, _given_up("nobody came", now))

    async def _change_held(self, ids: Sequence[int], values: dict[str, Any]) -> int:
        o, changed = t.outbox, 0
        for at in range(0, len(ids), LOT):
            lot = self._ours(o), o.c.id.in_(ids[at : at + LOT])
            changed += await self._run(update(o).where(*lot).values(values))
        return changed

    async def untold(self, to: Address) -> None:
        """The notice has not arrived that something waits."""
        o = t.outbox
        held = self._ours(o, channel=to.channel, chat=to.chat, error=TOLD), text(t.HELD)
        await self._run(update(o).where(*held).values(error=None))

    async def held_doors(self, grids: Sequence[str], limit: int) -> list[Any]:
        """Doors where messages wait for a visit and nobody has been told, with how many.

        Of these grids, or of all.
        """
        o, a, p, h = t.outbox, t.accounts, t.people, t.households
        worth_going = or_(o.c.error.is_(None), o.c.error.not_in((TOLD, CHANGED)))
        people = and_(a.c.community_id == o.c.community_id, a.c.channel == o.c.channel,
                      a.c.chat == o.c.chat)  # fmt: skip
        query = (
            select(h.c.building, h.c.unit, h.c.room, func.count().label("many"))
            .select_from(o)
            .join(a, people)
            .join(p, and_(p.c.community_id == a.c.community_id, p.c.id == a.c.person_id))
            .join(h, and_(h.c.community_id == p.c.community_id, h.c.id == p.c.household_id))
            .where(self._ours(o), text(f"outbox.{t.HELD}"), worth_going)
            .group_by(h.c.building, h.c.unit, h.c.room)
            .order_by(h.c.building, h.c.unit, h.c.room)
            .limit(limit)
        )
        return await self._all(query.where(h.c.grid.in_(grids)) if grids else query)

    async def left_since(self, channel: str, moment: datetime) -> int:
        """How many messages of a channel have left since then, or may have: their sender died."""
        o = t.outbox
        lots = (o.c.state == "sending", and_(o.c.state.in_(SETTLED), o.c.settled_at > moment))
        left = union_all(*(select(o.c.id).where(self._ours(o, channel=channel), x) for x in lots))
        query = select(func.count().label("many")).select_from(left.subquery("left_lately"))
        row = await self._first(query)
        return int(row.many) if row else 0

    async def counts(self) -> dict[str, int]:
        o = t.outbox
        count = func.count().label("count_of")
        query = select(o.c.state, count).where(self._ours(o)).group_by(o.c.state)
        return {row.state: row.count_of for row in await self._all(query)}

    async def undelivered(self, limit: int) -> list[Any]:
        """Messages given up or of unknown fate, newest first, for the admin to see."""
        o = t.outbox
        columns = (o.c.id, o.c.channel, o.c.chat, o.c.state, o.c.error, o.c.settled_at)
        query = select(*columns).where(self._ours(o), o.c.state.in_(UNDELIVERED))
        return await self._all(query.order_by(o.c.settled_at.desc(), o.c.id.desc()).limit(limit))

    async def forget_settled(self, before: datetime) -> int:
        """Drop old outbox rows, whatever became of them."""
        o = t.outbox
        old = and_(self._ours(o), o.c.state.in_(SETTLED), o.c.settled_at < before)
        return await self._run(delete(o).where(old))


def _may_be_unread(promise: Promise, settled: Settled) -> bool:
    """Our own rooms can tell, and then the words go elsewhere."""
    here = settled.state == "sent" and promise.say.to.channel == CHANNEL
    return here and promise.stuck.can_move and promise.topic in UNREAD


@cache
def _unseen(alone: bool) -> Executable:
    """States of cards that nobody has seen. Of no state, or SQLite reads all that is pending."""
    o = t.outbox
    card = among("cards", o.c.channel, o.c.chat, o.c.card)
    columns = o.c.id, o.c.channel, o.c.chat, o.c.say, o.c.repeated
    return select(*columns).where(paired(o, PLACE, alone), card, text(t.UNSEEN_CARD))


@cache
def _dropping() -> Executable:
    """Of these messages the ones that nobody has taken to send meanwhile."""
    these = among("ids", t.outbox.c.id)
    still = func.coalesce(t.outbox.c.state, "").in_(UNSAID)  # of no index
    return delete(t.outbox).where(ours(t.outbox), these, still).returning(t.outbox.c.id)


@cache
def _settling(columns: tuple[str, ...]) -> Executable:
    o = t.outbox
    claimed = o.c.id == bindparam("of_its"), o.c.attempts == bindparam("of_attempt")
    mine = ours(o), *claimed, o.c.state == "sending"
    return update(o).where(*mine).values({name: bindparam(f"of_{name}") for name in columns})


def _given_up(why: str, now: datetime) -> dict[str, Any]:
    return {"state": "failed", "settled_at": now, "error": why, "say": {}}


def _superseding(earlier: Say | None, later: Say) -> Say:
    """The later state of a card in place of one that nobody has seen."""
    if earlier is None:
        return later
    later = replace(later, drawing=later.drawing or earlier.drawing)
    if not earlier.fresh:
        return later
    photo = earlier.photo if later.photo is None else later.photo
    return replace(later, fresh=True, photo=photo)
