"""A community in which long work takes its time: something happens between its steps."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from storage.uow import Ready, Storage, UnitOfWork
from tests.world import World

Meanwhile = Callable[[int], Awaitable[None]]  # with the number of the step that is to follow


class Slow(Storage):
    """A step is the end of a long reading, and every unit of work that begins during one."""

    meanwhile: Meanwhile
    steps = 0
    readings = 0
    _reads = False

    @asynccontextmanager
    async def read(self) -> AsyncIterator[UnitOfWork]:
        self.readings += 1
        self._reads = True
        try:
            async with super().read() as uow:
                yield uow
                await self._step()
        finally:
            self._reads = False

    @asynccontextmanager
    async def begin(self, ready: Ready | None = None) -> AsyncIterator[UnitOfWork]:
        if self._reads:
            await self._step()
        async with super().begin(ready) as uow:
            yield uow

    async def _step(self) -> None:
        self.steps += 1
        await self.meanwhile(self.steps)


def slowed(world: World, meanwhile: Meanwhile) -> tuple[World, Slow]:
    """The same community seen by a process of its own."""
    of = world.storage
    slow = Slow(of.engine, of.community, of.vault, of.ids)
    slow.meanwhile = meanwhile
    return World(slow, world.clock), slow
