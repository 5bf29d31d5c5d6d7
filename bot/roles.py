"""What only one of several processes does at a time: write to one bot's platform, run the timers.

Whoever is first has the role until it ends, hangs or is cut off; the others look again and again.
A process on its own, as every one is on SQLite, has them all.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, suppress
from time import monotonic
from typing import Any

import structlog

from storage.seats import SILENT, Seat, seated
from storage.uow import Storage

log = structlog.get_logger()

EVERY = 0.5  # seconds between looks for a role that has become free
SURE = SILENT - 1.0  # seconds after the server last heard of us: nobody else can have our roles


class Roles:
    def __init__(self, storage: Storage, steady: Callable[[], float] = monotonic) -> None:
        """``steady``: seconds of a clock that nobody sets."""
        self._storage = storage
        self._steady = steady
        self._alone = True
        self._wanted: list[str] = []
        self._senders: dict[str, str] = {}  # roles of channels to which only one process writes
        self._mine: set[str] = set()
        self._sure_until = 0.0
        self._look = asyncio.Event()

    def want(self, role: str) -> None:
        self._wanted.append(role)

    def only_one_sends(self, channel: str, role: str) -> None:
        self.want(role)
        self._senders[channel] = role

    def mine(self, role: str) -> bool:
        """Whether we and nobody else may do it at this moment."""
        return self._alone or (role in self._mine and self._steady() < self._sure_until)

    def may_send(self, channel: str) -> bool:
        role = self._senders.get(channel)
        return role is None or self.mine(role)

    def all_send(self, channel: str) -> bool:
        """Whether other processes may write to this platform at the same time."""
        return not self._alone and channel not in self._senders

    @property
    def sends_for_others(self) -> bool:
        """Whether what other processes promise leaves here, and they can not wake us."""
        return not self._alone and any(map(self.mine, self._senders.values()))

    @property
    def stands_by(self) -> bool:
        """Whether another process sends most of what is promised here."""
        return bool(self._senders) and not self._alone and not self.sends_for_others

    async def run(self) -> None:
        """Among others: take what is free, and keep it, until cancelled."""
        self._alone = False
        while True:
            try:
                async with self._seat() as seat:
                    try:
                        await self._sit(seat)
                    finally:
                        self._mine.clear()
            except Exception as error:
                log.warning("no seat, and so no role", why=type(error).__name__)
            self._has_looked()
            await asyncio.sleep(EVERY)

    def _seat(self) -> AbstractAsyncContextManager[Seat]:
        return seated(self._storage.engine.url)

    async def _sit(self, seat: Seat) -> None:
        self._storage.ids.sit(seat.number)
        log.info("seat taken", process=seat.number)
        while not seat.over.is_set():
            asked = self._steady()
            async with asyncio.timeout(SURE):
                won = await seat.win([role for role in self._wanted if role not in self._mine])
            self._mine |= won
            self._sure_until = asked + SURE
            self._has_looked()
            for role in sorted(won):
                log.info("role taken", role=role, process=seat.number)
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await seat.over.wait()
        raise ConnectionError("the server has ended our session")

    def _has_looked(self) -> None:
        self._look.set()
        self._look = asyncio.Event()

    async def looked(self) -> None:
        """Returns after the next look for free roles, whatever came of it."""
        await self._look.wait()

    async def whenever_mine(self, role: str, do: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do it whenever the role is ours, and stop as soon as it is not."""
        while True:
            while not self.mine(role):
                await self.looked()
            task = asyncio.create_task(do())
            try:
                while self.mine(role) and not task.done():
                    await asyncio.wait({task}, timeout=EVERY)
                if task.done():
                    return task.result()
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


def telegram_role(token: str) -> str:
    """Writing as one bot, named by its number, which is no secret: Telegram counts by bot."""
    return f"telegram {token.partition(':')[0]}"


def timers_role(community: int) -> str:
    return f"timers {community}"
