"""The front door: every update is kept in the database before its platform is told so.

Updates of one lane (one chat) are handled in order, different lanes side by side. Each process
handles what it accepted; where another one accepted what comes before, whoever is first handles
that. What a killed process left lying the others take up, or itself at the next start.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from itertools import takewhile

import structlog
from structlog.contextvars import bound_contextvars

from bot import metrics
from bot.channels.base import NotYet
from bot.together import Together
from storage.ids import Clock
from storage.inbox import OutOfTurn, Received
from storage.uow import Storage

log = structlog.get_logger()

BATCH = 500  # waiting updates read at once
PATIENCE = 30.0  # seconds for the database to keep something: others wait behind it
RETRY_AFTER = 2.0  # seconds at most, when the database does not answer
FIRST_RETRY = 0.1  # seconds, doubling: just after a start the bot learns its own name first
TOO_LONG = timedelta(seconds=3)  # an update has waited, of a process that has no seat
LOOK = 1.0  # seconds from one look for those to the next
SOME = 100  # taken up at a look; others take up the same

Handle = Callable[[Received], Awaitable[None]]


class Intake:
    def __init__(
        self, storage: Storage, handle: Handle, clock: Clock, retry_after: float = RETRY_AFTER,
        patience: float = PATIENCE,
    ) -> None:  # fmt: skip
        self._storage = storage
        self._handle = handle
        self._clock = clock
        self._retry_after = retry_after
        self._patience = patience
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
        async with asyncio.timeout(self._patience), self._storage.begin() as uow:
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

    async def watch(self) -> None:
        """Take up what other processes leave lying, until cancelled."""
        while True:
            await asyncio.sleep(LOOK)
            try:
                await self.take_up()
            except Exception:
                log.exception("what was left lying is not looked for")

    async def take_up(self) -> None:
        """What has waited too long and was accepted by a process that is gone."""
        async with self._storage.begin() as uow:
            found = await uow.delivery.left_lying(self._clock() - TOO_LONG, SOME)
        for update in found:
            if update not in self._lanes.get(update.lane, ()):
                log.info("update taken up", channel=update.channel, update=update.update_id)
                self._enqueue(update)

    def _enqueue(self, update: Received) -> None:
        lane = self._lanes.setdefault(update.lane, deque())
        lane.append(update)
        if len(lane) == 1:
            worker = asyncio.create_task(self._work(update.lane))
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    async def _work(self, name: str) -> None:
        """Handle one lane until it is empty. An update leaves the lane once it is handled."""
        lane, wait = self._lanes[name], FIRST_RETRY
        while lane:
            try:
                with bound_contextvars(channel=lane[0].channel, update=lane[0].update_id):
                    await self._in_turn(lane)
            except Exception as fault:
                if not isinstance(fault, NotYet):  # which is nobody's fault, after each start
                    log.exception("update waits for the database", update=lane[0].update_id)
                await asyncio.sleep(min(wait, self._retry_after))
                wait *= 2
                continue
            wait = FIRST_RETRY
            metrics.HANDLED.labels(lane.popleft().channel).inc()
        del self._lanes[name]

    async def _in_turn(self, lane: deque[Received]) -> None:
        """Handle the first of a lane, and before it what another process accepted before it."""
        try:
            await self._handle(lane[0])
        except OutOfTurn:
            async with self._storage.begin() as uow:
                line = await uow.delivery.line(lane[0].lane)
            for update in takewhile(lambda update: update != lane[0], line):
                await self._handle(update)
            await self._handle(lane[0])

    @property
    def lanes(self) -> int:
        """How many are being worked on."""
        return len(self._lanes)

    async def drain(self) -> None:
        """Wait until everything accepted so far is handled."""
        while self._workers:
            await asyncio.gather(*self._workers)
