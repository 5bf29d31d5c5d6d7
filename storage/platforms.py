"""The token that all processes share, and what a platform lets us send to whom, and change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, or_, select, update

from domain.conversation import Address
from storage import platform_tables as f
from storage.rows import Rows

FARTHEST = 2  # bursts ahead of now: more parts than any message has that keeps to the limits

Spent = tuple[tuple[str, datetime], ...]  # of which kind of visit each message was, and when


@dataclass(frozen=True)
class Token:
    value: str  # empty where there has been none yet
    expires_at: datetime
    version: str = ""  # as it is kept; no two are alike


@dataclass(frozen=True)
class Pace:
    """So many messages at once, and then one every so often."""

    burst: int
    every: timedelta


class Platforms(Rows):
    async def token(self, channel: str, account: str) -> Token | None:
        k = f.tokens
        row = await self._first(select(k).where(self._ours(k, channel=channel, account=account)))
        if row is None:
            return None
        return Token(self._vault.unseal(row.value_sealed), row.expires_at, row.value_sealed)

    async def begin_refresh(
        self, channel: str, account: str, seen: Token | None, now: datetime, until: datetime
    ) -> bool:
        """Whether it is ours to replace the token we have seen; until then nobody else does."""
        k = f.tokens
        empty = {"channel": channel, "account": account, "value_sealed": "", "expires_at": now}
        await self._add_new(k, [empty])
        free = or_(k.c.refreshing_until.is_(None), k.c.refreshing_until < now)
        same = k.c.value_sealed == (seen.version if seen else "")
        mine = self._ours(k, channel=channel, account=account)
        return bool(
            await self._run(update(k).where(mine, free, same).values(refreshing_until=until))
        )

    async def end_refresh(self, channel: str, account: str, token: Token | None) -> None:
        """Keep what was fetched, if anything was; whoever needs another may fetch it."""
        k = f.tokens
        values: dict[str, Any] = {"refreshing_until": None}
        if token:
            sealed = self._vault.seal(token.value)
            values |= {"value_sealed": sealed, "expires_at": token.expires_at}
        mine = self._ours(k, channel=channel, account=account)
        await self._run(update(k).where(mine).values(values))

    async def visited(
        self, who: Address, kind: str, at: datetime, until: datetime, left: int
    ) -> None:
        """A person did something that lets us write so often; a repeated update changes nothing."""
        w = f.allowances
        key = ["community_id", "channel", "chat", "kind"]
        row = {"channel": who.channel, "chat": who.chat, "kind": kind, "at": at}
        new = self._insert(w).values(community_id=self._community, until=until, left=left, **row)
        values = {name: new.excluded[name] for name in ("at", "until", "left")}
        newer = w.c.at < new.excluded.at
        await self._run(new.on_conflict_do_update(index_elements=key, set_=values, where=newer))

    async def last_visit(self, who: Address) -> datetime | None:
        return max((row.at for row in await self._open(who)), default=None)

    async def left(self, who: Address, now: datetime) -> int:
        """How many messages we may send to a person now."""
        return sum(row.left for row in await self._open(who, now))

    async def spend(self, who: Address, many: int, kept: int, now: datetime) -> Spent:
        """Take so many messages, what ends soonest first; none unless ``kept`` stay behind."""
        rows = sorted(await self._open(who, now), key=lambda row: row.until)
        places = [(row.kind, row.at) for row in rows for _ in range(row.left)]
        if len(places) < many + kept:
            return ()
        await self._change(who, places[:many], -1)
        return tuple(places[:many])

    async def give_back(self, who: Address, spent: Spent) -> None:
        """What was taken was not sent after all. A visit since then gives enough by itself."""
        await self._change(who, spent, 1)

    async def all_spent(self, who: Address) -> None:
        """The platform says that there is nothing left."""
        w = f.allowances
        mine = self._ours(w, channel=who.channel, chat=who.chat)
        await self._run(update(w).where(mine).values(left=0))

    # --- notices that a person agreed to, template by template

    async def agreed(self, who: Address, template: str, at: datetime) -> None:
        """One more may be sent by it; a repeated update changes nothing."""
        w = f.subscriptions
        new = self._insert(w).values(
            community_id=self._community, channel=who.channel, chat=who.chat, template=template,
            at=at, left=1,
        )  # fmt: skip
        one_more = {"at": new.excluded.at, "left": w.c.left + 1}
        key = ["community_id", "channel", "chat", "template"]
        newer = w.c.at < new.excluded.at
        await self._run(new.on_conflict_do_update(index_elements=key, set_=one_more, where=newer))

    async def withdrawn(self, who: Address, template: str, at: datetime) -> None:
        """None may be sent by it any more, whatever was agreed to before."""
        w = f.subscriptions
        mine = self._ours(w, channel=who.channel, chat=who.chat, template=template)
        await self._run(update(w).where(mine, w.c.at <= at).values(left=0, at=at))

    async def take(self, who: Address, template: str, *, keeps: bool) -> bool:
        """Whether a notice may be sent by it. It uses up a consent unless that is for long."""
        w = f.subscriptions
        mine = self._ours(w, channel=who.channel, chat=who.chat, template=template)
        left = w.c.left if keeps else w.c.left - 1
        return bool(await self._run(update(w).where(mine, w.c.left > 0).values(left=left)))

    async def return_taken(self, who: Address, template: str) -> None:
        """What was taken was not sent after all."""
        w = f.subscriptions
        mine = self._ours(w, channel=who.channel, chat=who.chat, template=template)
        await self._run(update(w).where(mine).values(left=w.c.left + 1))

    async def _open(self, who: Address, now: datetime | None = None) -> list[Any]:
        w = f.allowances
        query = select(w).where(self._ours(w, channel=who.channel, chat=who.chat))
        query = query if now is None else query.where(w.c.until > now)
        return await self._all(query.with_for_update())

    async def _change(self, who: Address, spent: Sequence[tuple[str, datetime]], by: int) -> None:
        w = f.allowances
        for kind, at in dict.fromkeys(spent):
            mine = self._ours(w, channel=who.channel, chat=who.chat, kind=kind, at=at)
            many = w.c.left + by * spent.count((kind, at))
            await self._run(update(w).where(mine).values(left=many))

    # --- how fast a place may be written to

    async def take_turns(self, where: Address, many: int, pace: Pace, now: datetime) -> timedelta:
        """How long to wait for room for so many messages; none, and the room is taken.

        A turn that no messages can have led to is of a clock that has been set back since: these
        go, and their burst is used up.
        """
        k = f.paces
        await self._add_new(k, [{"channel": where.channel, "chat": where.chat, "turn": now}])
        here = self._ours(k, channel=where.channel, chat=where.chat)
        row = await self._first(select(k.c.turn).where(here).with_for_update())
        turn = row.turn if row else now
        if turn > now + FARTHEST * pace.burst * pace.every:
            turn = now + (pace.burst - many) * pace.every
        turn = max(turn, now)
        after = turn + many * pace.every
        wait = after - now - max(pace.burst, many) * pace.every
        if wait > timedelta():
            return wait
        await self._run(update(k).where(here).values(turn=after))
        return timedelta()

    # --- codes with which a card can be changed, each once

    async def keep_code(self, who: Address, task: str, code: str, until: datetime) -> None:
        """The newest one of this card; one that was there already changes nothing."""
        c = f.card_codes
        key = {"channel": who.channel, "chat": who.chat, "task": task}
        new = self._insert(c).values(
            community_id=self._community, **key, code=code, until=until, spent=0
        )
        values = {name: new.excluded[name] for name in ("code", "until", "spent")}
        other = c.c.code != new.excluded.code
        index = ["community_id", *key]
        await self._run(new.on_conflict_do_update(index_elements=index, set_=values, where=other))

    async def take_code(self, who: Address, task: str, now: datetime) -> str:
        """Empty where there is none that can still be used."""
        c = f.card_codes
        good = and_(self._ours(c, channel=who.channel, chat=who.chat, task=task), c.c.spent == 0)
        taken = update(c).where(good, c.c.until > now).values(spent=1).returning(c.c.code)
        row = await self._first(taken)
        return str(row.code) if row else ""

    async def give_back_code(self, who: Address, task: str) -> None:
        """The card was not changed with it after all."""
        c = f.card_codes
        mine = self._ours(c, channel=who.channel, chat=who.chat, task=task)
        await self._run(update(c).where(mine).values(spent=0))

    async def forget_codes(self, now: datetime) -> int:
        c = f.card_codes
        return await self._run(delete(c).where(self._ours(c), c.c.until < now))
