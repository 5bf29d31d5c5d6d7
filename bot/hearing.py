"""Finds out in which groups a platform gives us all that is written, and how many people they have.

No timer of the usual kind: platforms have to be asked, and no transaction waits for them.
"""

from collections.abc import Mapping

import structlog

from bot.channels.base import Channel
from storage.groups import Group
from storage.uow import Storage

log = structlog.get_logger()

EVERY = 600  # seconds between looks; rights change rarely, and there are some dozens of groups


class Hearing:
    def __init__(self, storage: Storage, channels: Mapping[str, Channel]) -> None:
        self._storage = storage
        self._channels = channels

    async def look(self) -> None:
        """Ask about each group in turn. What a platform does not say stays as it was."""
        async with self._storage.begin() as uow:
            groups = await uow.groups.all()
        for group in groups:
            if channel := self._channels.get(group.address.channel):
                await self._ask(channel, group)

    async def _ask(self, channel: Channel, group: Group) -> None:
        reads = await channel.reads(group.address.chat)
        members = await channel.members(group.address.chat)
        async with self._storage.begin() as uow:
            if reads is not None and reads is not group.reads:
                await uow.groups.hears(group.address, reads)
            if members is not None and members != group.members:
                await uow.groups.has_members(group.address, members)

    async def tick(self) -> None:
        try:
            await self.look()
        except Exception:
            log.exception("groups not looked at; the next look finds the same")
