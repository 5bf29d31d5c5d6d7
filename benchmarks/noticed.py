"""A real outbox, filled by the timer that sends notices, on the virtual clock.

The database takes real time and no virtual time.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from benchmarks.virtual import VirtualLoop
from bot.dispatch import Dispatcher
from domain.conversation import Address, Say
from domain.notices import Audience, Notice, State
from scheduler.notices import EVERY, send_notices
from scheduler.timers import TIMERS
from scheduler.upkeep import recover_sending
from storage.ids import Ids
from storage.uow import Ready, Storage, UnitOfWork
from storage.vault import Vault
from tests import databases
from tests.town import made_up, settle
from tests.world import COMMUNITY

NEVER_QUIET = replace(COMMUNITY, quiet=())


class WaitedFor(Storage):
    """While a unit of work is open, no virtual time passes."""

    def waited_for(self, loop: VirtualLoop) -> "WaitedFor":
        self._loop = loop
        return self

    @asynccontextmanager
    async def begin(self, ready: Ready | None = None) -> AsyncIterator[UnitOfWork]:
        self._loop.at_work += 1
        try:
            async with super().begin(ready) as uow:
                yield uow
        finally:
            self._loop.at_work -= 1


class RealOutbox:
    def __init__(self, loop: VirtualLoop, storage: Storage) -> None:
        self._loop = loop
        self.storage = storage
        self.wake: Callable[[], None] = lambda: None
        self.over = asyncio.Event()
        self.states: dict[str, int] = {}
        self._dispatcher = Dispatcher(storage, {}, {}, NEVER_QUIET, loop.clock, self._promised)

    def _promised(self) -> None:
        self.wake()

    async def ask(self, chat: str) -> None:
        async with self.storage.begin() as uow:
            says = [Say(Address("telegram", chat), "home.cancelled")]
            await uow.delivery.promise(says, self._loop.clock())
        self.wake()

    async def dies(self) -> None:
        """What was on its way is found by its lease."""

    async def ticks(self) -> None:
        """The two timers that have to do with a notice, as often as they tick."""
        for tick in range(1, 10**9):
            await asyncio.sleep(EVERY)
            await self._dispatcher.run(send_notices)
            if tick * EVERY % TIMERS[recover_sending].total_seconds() == 0:
                await self._dispatcher.run(recover_sending)
            async with self.storage.begin() as uow:
                notice = await uow.notices.get(1)
                self.states = {"unknown": 0} | await uow.delivery.counts()
            if notice and notice.state is State.DONE:
                return self.over.set()


@asynccontextmanager
async def opened(loop: VirtualLoop, url: str, recipients: int) -> AsyncIterator[RealOutbox]:
    """A town of so many people on Telegram, and a notice to all of them that begins now."""
    await databases.migrate(url)
    town = made_up([], residents=recipients, buildings=recipients // 100 + 1)
    loop.at_work += 1
    async with databases.opened(url, loop.clock) as plain:
        await settle(plain, town)
        storage = WaitedFor(plain.engine, plain.community, Vault(databases.SECRET), Ids(loop.clock))
        outbox = RealOutbox(loop, storage.waited_for(loop))
        async with storage.begin() as uow:
            now = loop.clock()
            notice = Notice(1, 1, "明天9点到17点停水", audience=Audience(), state=State.WAITING,
                            next_at=now, people=recipients)  # fmt: skip
            await uow.notices.save(notice, now)
        loop.at_work -= 1
        ticking = asyncio.create_task(outbox.ticks())
        yield outbox
        ticking.cancel()
        loop.at_work += 1  # closing the database is work, too
