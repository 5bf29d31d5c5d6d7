"""Wakes the open pages of this process for what another process wrote in their rooms.

Looked for once a second, all open rooms at once. PostgreSQL could tell at once (NOTIFY), but
makes every transaction that does so wait for every other (handbook: scale 1).
"""

import asyncio
from datetime import timedelta

import structlog

from storage.ids import Clock
from storage.uow import Storage
from web.streams import Notifier

log = structlog.get_logger()

LOOK = 1.0  # seconds
REACH = timedelta(seconds=10)  # back: what was written then may be committed only now


class Elsewhere:
    def __init__(self, storage: Storage, notifier: Notifier, clock: Clock) -> None:
        self._storage = storage
        self._notifier = notifier
        self._clock = clock
        self._seen: set[tuple[str, int]] = set()

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK)
            try:
                await self.look()
            except Exception as error:
                log.warning("rooms not looked at", why=type(error).__name__)

    async def look(self) -> None:
        rooms = self._notifier.rooms
        found: set[tuple[str, int]] = set()
        if rooms:
            async with self._storage.begin() as uow:
                found = await uow.webchat.written_elsewhere(rooms, self._clock() - REACH)
        for room in {room for room, _ in found - self._seen}:
            self._notifier.wake(room)
        self._seen = found
