"""The front door: every update is kept in the database before its platform is told so.

Updates of one lane (one chat) are handled in order, different lanes side by side. What a
killed process had accepted but not handled is found again at the next start.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import structlog
from structlog.contextvars import bound_contextvars

from bot import metrics
from bot.together import Together
from storage.delivery import Received
from storage.ids import Clock
from storage.uow import Storage

log = structlog.get_logger()

BATCH = 500  # waiting updates read at once
RETRY_AFTER = 2.0  # seconds, when the database does not answer

Handle = Callable[[Received], Awaitable[None]]


class Intake:
    def __init__(
        self, storage: Storage, handle: Handle, clock: Clock, retry_after: float = RETRY_AFTER
    ) -> None:
        self._storage = storage
        self._handle = handle
        self._clock = clock
        self._retry_after = retry_after
        self._inbox = Together(self._keep)
        self._lanes: dict[str, deque[Received]] = {}
        self._workers: set[asyncio.Task[None]] = set()

    async def accept(self, updates: Sequence[Received]) -> None:
        """Keep updates; when this returns, they will be handled, come what may.

        Raises whatever the database raises; then none of these was kept and the platform has
        to be told to repeat them, unless it is these that the database refuses
        (:func:`storage.engine.unavailable`). A repeated update is found out when its turn comes.
        """
        if updates:
            await self._inbox.put(updates)

    async def _keep(self, updates: Sequence[Received]) -> None:
        """In one transaction, whoever brought them; then in line, though nobody waits any more."""
        async with self._storage.begin() as uow:
            await uow.delivery.hold_the_door()
            await uow.delivery.receive(updates, self._clock())
        for update in updates:
            metrics.RECEIVED.labels(update.channel).inc()
            self._enqueue(update)

    async def resume(self) -> int:
        """Take up what an earlier process accepted and did not handle; returns how many."""
        found, last = 0, 0
        while True:
            async with self._storage.begin() as uow:
                waiting = await uow.delivery.waiting(last, BATCH)
            if not waiting:
                return found
            for _, update in waiting:
                self._enqueue(update)
            last = waiting[-1][0]
            found += len(waiting)

    def _enqueue(self, update: Received) -> None:
        lane = self._lanes.setdefault(update.lane, deque())
        lane.append(update)
        if len(lane) == 1:
            worker = asyncio.create_task(self._work(update.lane))
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    async def _work(self, name: str) -> None:
        """Handle one lane until it is empty. An update leaves the lane once it is handled."""
        lane = self._lanes[name]
        while lane:
            try:
                with bound_contextvars(channel=lane[0].channel, update=lane[0].update_id):
                    await self._handle(lane[0])
            except Exception:
                log.exception("update waits for the database", update=lane[0].update_id)
                await asyncio.sleep(self._retry_after)
                continue
            metrics.HANDLED.labels(lane.popleft().channel).inc()
        del self._lanes[name]

    @property
    def lanes(self) -> int:
        """How many are being worked on."""
        return len(self._lanes)

    async def drain(self) -> None:
        """Wait until everything accepted so far is handled."""
        while self._workers:
            await asyncio.gather(*self._workers)
