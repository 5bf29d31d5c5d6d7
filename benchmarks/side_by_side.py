"""Several senders on one real PostgreSQL, of which one has the role of writing: for broadcasts.

Each has its own seat, its own pacer and no news of what the others promise. The virtual clock
stands still while the database is waited for.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.noticed import RealOutbox, WaitedFor
from benchmarks.strict import ALLOWED, StrictTelegram
from benchmarks.virtual import VirtualLoop
from bot.pacer import Pacer
from bot.platforms_telegram import telegram_spacing
from bot.roles import Roles, telegram_role
from bot.sender import Sender
from storage.ids import Ids
from storage.seats import Seat
from tests.town import TOKEN
from tests.world import COMMUNITY
from texts import Texts

ROLE = telegram_role(TOKEN)


class WaitedSeat(Seat):
    """While it asks the server, no virtual time passes."""

    def on(self, loop: VirtualLoop) -> "WaitedSeat":
        self._loop = loop
        return self

    async def win(self, roles: Collection[str]) -> set[str]:
        self._loop.at_work += 1
        try:
            return await super().win(roles)
        finally:
            self._loop.at_work -= 1


class WaitedRoles(Roles):
    def on(self, loop: VirtualLoop) -> "WaitedRoles":
        self._loop = loop
        return self

    @asynccontextmanager
    async def _seat(self) -> AsyncIterator[Seat]:
        self._loop.at_work += 1
        try:
            async with super()._seat() as seat:
                self._loop.at_work -= 1
                try:
                    yield WaitedSeat(seat._connection, seat.number, seat.over).on(self._loop)
                finally:
                    self._loop.at_work += 1
        finally:
            self._loop.at_work -= 1


@dataclass
class Process:
    sender: Sender
    roles: Roles
    tasks: list[asyncio.Task[None]]

    async def dies(self) -> None:
        """With what waits for its place; what has left arrives."""
        tasks = [*self.tasks, *self.sender._on_their_way]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class SideBySide:
    """So many processes; whoever of them writes can be killed, and another one joins."""

    def __init__(self, loop: VirtualLoop, telegram: StrictTelegram, outbox: RealOutbox) -> None:
        self._loop = loop
        self._telegram = telegram
        self._outbox = outbox
        self._processes: list[Process] = []

    async def join(self) -> None:
        loop, of = self._loop, self._outbox.storage
        storage = WaitedFor(of.engine, of.community, of.vault, Ids(loop.clock)).waited_for(loop)
        roles = WaitedRoles(storage, loop.time).on(loop)
        roles.only_one_sends("telegram", ROLE)
        channels: Any = {"telegram": self._telegram}
        texts = Texts.load("zh", COMMUNITY.calendar.zone)
        pacers = {"telegram": Pacer(ALLOWED, telegram_spacing)}
        sender = Sender(storage, channels, texts, pacers, loop.clock, loop.time, roles)
        tasks = [asyncio.create_task(roles.run())]
        await roles.looked()
        tasks.append(asyncio.create_task(sender.run()))
        self._processes.append(Process(sender, roles, tasks))

    async def the_writer_dies(self) -> None:
        while not (writing := [p for p in self._processes if p.roles.mine(ROLE)]):
            await self._processes[0].roles.looked()
        assert len(writing) == 1
        self._processes.remove(writing[0])
        await writing[0].dies()

    async def end(self) -> None:
        for process in self._processes:
            await process.dies()
