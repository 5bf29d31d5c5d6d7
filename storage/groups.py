"""Group chats the bot is in, and the part of the community each one stands for."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, select, update

from domain.conversation import Address
from storage import tables as t
from storage.rows import Rows


@dataclass(frozen=True)
class Group:
    address: Address
    scope: str  # building, grid, community or staff
    value: str  # the building's or the grid's code
    language: str


class Groups(Rows):
    async def get(self, address: Address) -> Group | None:
        at = self._ours(t.groups, channel=address.channel, chat=address.chat)
        row = await self._first(select(t.groups).where(at))
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
        )

    async def of(self, scope: str, value: str = "") -> list[Group]:
        query = select(t.groups).where(self._ours(t.groups, scope=scope, scope_value=value))
        return [_group(row) for row in await self._all(query)]

    async def all(self) -> list[Group]:
        """Every group there is; a community has some dozens."""
        return [
            _group(row) for row in await self._all(select(t.groups).where(self._ours(t.groups)))
        ]

    async def moved(self, old: Address, new: Address) -> None:
        """The group has a new id: everything that points at it follows.

        Its cards stay behind: the new group counts its messages anew, and an old number there
        is somebody else's message.
        """
        cards = self._ours(t.cards, channel=old.channel, chat=old.chat)
        await self._run(delete(t.cards).where(cards))
        for table in (t.groups, t.outbox, t.prompts):
            at = self._ours(table, channel=old.channel, chat=old.chat)
            await self._run(update(table).where(at).values(chat=new.chat))
        raised = self._ours(t.tickets, group_channel=old.channel, group_chat=old.chat)
        await self._run(update(t.tickets).where(raised).values(group_chat=new.chat))

    async def leave(self, address: Address) -> None:
        at = self._ours(t.groups, channel=address.channel, chat=address.chat)
        await self._run(delete(t.groups).where(at))


def _group(row: Row[Any]) -> Group:
    return Group(Address(row.channel, row.chat), row.scope, row.scope_value, row.language)
