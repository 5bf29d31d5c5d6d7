"""An outbox in memory with one endless notice in it, for what a real one would take hours for.

Played, since a million messages through a database are a million rows claimed and settled, some
hours of real time for no other result: what is measured here is the pace. ``broadcast.py`` sends
a smaller notice through the real outbox, too, and so tells how far this one is from it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Self

from benchmarks.virtual import VirtualLoop
from domain.budget import RANKS
from domain.conversation import Address, OnUnknown, Say
from storage.claims import Promise, Room
from storage.delivery import Settled
from storage.tickets import Attached

TRANSACTION = 0.01  # virtual seconds, as a real one takes here


class PlayedOutbox:
    """Stands in for the storage, its unit of work and the parts of it that a sender uses."""

    def __init__(self, loop: VirtualLoop, recipients: int) -> None:
        self._loop = loop
        self._recipients = recipients
        self._next = 0
        self._answers: deque[Promise] = deque()
        self._again: list[tuple[datetime, int, Promise]] = []
        self._ids = count(1)
        self._one = asyncio.Lock()  # as SQLite has one writer
        self.sending: dict[int, Promise] = {}
        self.dead = 0  # messages that were on their way when the last sender died
        self.sent_at: deque[datetime] = deque(maxlen=200)
        self.states = {"sent": 0, "unknown": 0}
        self.storage = self.delivery = self.tickets = self
        self.wake: Callable[[], None] = lambda: None
        self.over = asyncio.Event()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Self]:
        async with self._one:
            yield self
            await asyncio.sleep(TRANSACTION)

    async def ask(self, chat: str) -> None:
        """An answer is promised, in a transaction of its own."""
        async with self.begin():
            self._answers.append(self._promise(-next(self._ids), chat, RANKS[0]))
        self.wake()

    async def dies(self) -> None:
        """Of what was on its way nobody knows the fate: of a notice it is listed, not repeated."""
        self.states["unknown"] += len(self.sending)
        self.dead, self.sending = len(self.sending), {}

    async def left_since(self, channel: str, moment: datetime) -> int:
        return self.dead + sum(at > moment for at in self.sent_at)

    async def attachments(self, ids: set[int]) -> dict[int, Attached]:
        return {}

    async def claim(self, rooms: Mapping[str, Room], now: datetime) -> list[Promise]:
        (room,) = rooms.values()
        found: list[Promise] = []
        while self._again and self._again[0][0] <= now and len(found) < room.all:
            found.append(heappop(self._again)[2])
        while self._answers and len(found) < room.all:
            found.append(self._answers.popleft())
        others = min(room.others, room.all - len(found), self._recipients - self._next)
        for number in range(self._next, self._next + others):
            found.append(self._promise(number + 1, str(number + 1), RANKS[-1]))
        self._next += max(0, others)
        self.sending |= {p.id: p for p in found}
        return found

    async def settle(self, outcomes: Iterable[tuple[Promise, Settled]], now: datetime) -> None:
        for promise, settled in outcomes:
            self.sending.pop(promise.id, None)
            if settled.state == "pending":
                heappush(self._again, (settled.not_before or now, promise.id, promise))
            else:
                self.states[settled.state] += 1
                self.sent_at.append(now)
        if self._next == self._recipients and not (self.sending or self._again):
            self.over.set()

    def _promise(self, id: int, chat: str, rank: int) -> Promise:
        say = Say(Address("telegram", chat), "home.cancelled")
        return Promise(id, say, "zh", None, 1, False, OnUnknown.LIST,
                       self._loop.clock(), rank)  # fmt: skip
