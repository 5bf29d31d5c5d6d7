"""Group chats the bot is in, and the part of the community each one stands for."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Row,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    exists,
    select,
    text,
    update,
)
from sqlalchemy.sql import Executable

from domain.conversation import Address
from domain.questions import POSTS_COUNTED
from storage import alive_tables as alive
from storage import tables as t
from storage.columns import UtcTime
from storage.rows import Rows, insert_of, ours
from storage.vault import Vault

COUNTED = (alive.group_days, alive.group_health, alive.group_steps)  # by the group's address


@dataclass(frozen=True)
class Group:
    address: Address
    scope: str  # building, grid, community or staff
    value: str  # the building's or the grid's code
    language: str
    reads: bool | None = None  # whether we are given all that is written there; None: unknown
    members: int | None = None  # people in it, as the platform says; None: it does not say
    archived_at: datetime | None = None  # since then nothing is said there unasked


class Groups(Rows):
    async def get(self, address: Address) -> Group | None:
        row = await self._first(_at(), channel=address.channel, chat=address.chat)
        return _group(row) if row else None

    async def bind(self, group: Group) -> None:
        """Say, or say anew, what a group stands for."""
        await self._put(
            t.groups,
            "channel chat",
            channel=group.address.channel,
            chat=group.address.chat,
            scope=group.scope,
            scope_value=group.value,
            language=group.language,
            archived_at=None,
        )

    async def count_post(self, group: Group, who: Address, day: date) -> None:
        """One resident wrote there on this day; more than three times count as three."""
        row = {"community_id": self._community, "channel": group.address.channel,
               "chat": group.address.chat, "day": day,
               "person": hashed(self._vault, group, who), "posts": 1}  # fmt: skip
        await self._connection.execute(_posting(self._on_postgresql), row)

    async def count_press(self, group: Group, who: Address, day: date) -> None:
        """One resident answered there with a button: they took part, and said no word."""
        row = {"channel": group.address.channel, "chat": group.address.chat, "day": day,
               "person": hashed(self._vault, group, who), "posts": 0}  # fmt: skip
        await self._add_new(alive.group_days, [row])

    async def forget_days(self, before: date) -> int:
        d = alive.group_days
        return await self._run(delete(d).where(self._ours(d), d.c.day < before))

    async def of(self, scope: str, value: str = "") -> list[Group]:
        rows = await self._all(_of(), scope=scope, scope_value=value)
        return [_group(row) for row in rows]

    async def all(self) -> list[Group]:
        """Every group that is not archived; a community has some dozens."""
        return await self._groups(self._ours(t.groups), t.groups.c.archived_at.is_(None))

    async def archived_before(self, now: datetime) -> set[Address]:
        """Where nothing is said any more; the last word of an archive is said in its moment."""
        return {Address(r.channel, r.chat) for r in await self._all(_archived(), now=now)}

    async def archived(self) -> list[Group]:
        return await self._groups(self._ours(t.groups), t.groups.c.archived_at.is_not(None))

    async def _groups(self, *which: Any) -> list[Group]:
        return [_group(row) for row in await self._all(select(t.groups).where(*which))]

    async def archive(self, address: Address, at: datetime | None) -> None:
        """From then on nothing is said there unasked; None: it is used again."""
        here = self._ours(t.groups, channel=address.channel, chat=address.chat)
        await self._run(update(t.groups).where(here).values(archived_at=at))

    async def hears(self, address: Address, reads: bool) -> None:
        """Whether the platform gives us all that is written there, as it says now."""
        at = self._ours(t.groups, channel=address.channel, chat=address.chat)
        changed = t.groups.c.reads.is_distinct_from(int(reads))
        await self._run(update(t.groups).where(at, changed).values(reads=int(reads)))

    async def has_members(self, address: Address, members: int) -> None:
        """How many people are in it, as the platform says now."""
        at = self._ours(t.groups, channel=address.channel, chat=address.chat)
        await self._run(update(t.groups).where(at).values(members=members))

    async def moved(self, old: Address, new: Address) -> None:
        """The group has a new id: everything that points at it follows.

        Its cards stay behind, and which message something was or answers: the new group counts its
        messages anew, and an old number there is somebody else's message. What is there already,
        of who wrote in the new group before we knew, stays, and the same of the old one goes.
        """
        cards = self._ours(t.cards, channel=old.channel, chat=old.chat)
        await self._run(delete(t.cards).where(cards))
        await self._readers_follow(old, new)
        await self._answer_nothing(old)
        q = alive.questions
        asked = self._ours(q, channel=old.channel, chat=old.chat)
        await self._run(update(q).where(asked).values(chat=new.chat, message=""))
        for table in (t.groups, t.outbox, t.prompts, alive.digests, *COUNTED):
            await self._give_way(table, old, new)
            at = self._ours(table, channel=old.channel, chat=old.chat)
            await self._run(update(table).where(at).values(chat=new.chat))
        raised = self._ours(t.tickets, group_channel=old.channel, group_chat=old.chat)
        await self._run(update(t.tickets).where(raised).values(group_chat=new.chat))

    async def _give_way(self, table: Table, old: Address, new: Address) -> None:
        """Drop what has a row with the same key at the new id."""
        there = table.alias("there")
        for key in _keys_with_chat(table):
            same = (there.c[name] == table.c[name] for name in key - {"chat"})
            taken = exists().where(there.c.chat == new.chat, *same)
            at = self._ours(table, channel=old.channel, chat=old.chat)
            await self._run(delete(table).where(at, taken))

    async def _answer_nothing(self, old: Address) -> None:
        """What waits to be said there points at no message any more."""
        o = t.outbox
        waiting = self._ours(o, channel=old.channel, chat=old.chat), text(t.UNSENT)
        for row in await self._all(select(o.c.id, o.c.say).where(*waiting)):
            say = row.say | {"replies_to": "", "follows": ""}
            await self._run(update(o).where(self._ours(o, id=row.id)).values(say=say))

    async def _readers_follow(self, old: Address, new: Address) -> None:
        """Who reads the old group's digest alone reads the new one's, where it has one."""
        d, r = alive.digests, alive.digest_readers
        of_old, of_new = (
            select(d.c.number).where(self._ours(d, channel=at.channel, chat=at.chat))
            for at in (old, new)
        )
        theirs = self._ours(r), r.c.digest.in_(of_old), exists(of_new)
        await self._run(update(r).where(*theirs).values(digest=of_new.scalar_subquery()))

    async def leave(self, address: Address) -> None:
        at = self._ours(t.groups, channel=address.channel, chat=address.chat)
        await self._run(delete(t.groups).where(at))
        await self.begin_anew(address)

    async def begin_anew(self, address: Address) -> None:
        """Its counts are dropped: there is no group any more, or it stands for something else."""
        a, g = alive.group_answers, alive.group_steps
        steps = select(g.c.id).where(self._ours(g, channel=address.channel, chat=address.chat))
        await self._run(delete(a).where(self._ours(a), a.c.step.in_(steps)))
        for table in COUNTED:
            at = self._ours(table, channel=address.channel, chat=address.chat)
            await self._run(delete(table).where(at))


def _keys_with_chat(table: Table) -> list[set[str]]:
    rules = (rule for rule in table.constraints if isinstance(rule, UniqueConstraint))
    keys = [{column.name for column in key.columns} for key in (table.primary_key, *rules)]
    return [key for key in keys if "chat" in key]


@cache
def _at() -> Executable:
    return select(t.groups).where(ours(t.groups, "channel", "chat"))


@cache
def _of() -> Executable:
    here = ours(t.groups, "scope", "scope_value")
    return select(t.groups).where(here, t.groups.c.archived_at.is_(None))


@cache
def _archived() -> Executable:
    g = t.groups.c
    past = g.archived_at < bindparam("of_now", type_=UtcTime)
    return select(g.channel, g.chat).where(ours(t.groups), past)


@cache
def _posting(on_postgresql: bool) -> Executable:
    d = alive.group_days
    statement: Executable = insert_of(d, on_postgresql).on_conflict_do_update(
        index_elements=["community_id", "channel", "chat", "day", "person"],
        set_={"posts": d.c.posts + 1},
        where=d.c.posts < POSTS_COUNTED,
    )
    return statement


def hashed(vault: Vault, group: Group, who: Address) -> str:
    """What stands for a person in the counts of one group: of no use in another one.

    By what the group stands for, which outlasts the new id that a platform may give it.
    """
    here = f"{group.scope}:{group.value}:{group.address.channel}"
    return vault.keyed_hash("wrote in a group", f"{here}:{who.channel}:{who.chat}")


def _group(row: Row[Any]) -> Group:
    reads = None if row.reads is None else bool(row.reads)
    where = Address(row.channel, row.chat)
    return Group(where, row.scope, row.scope_value, row.language, reads, row.members,
                 row.archived_at)  # fmt: skip
