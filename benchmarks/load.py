"""Residents who write to a bot over the stand-in for Telegram, and the time until it replies.

The residents and the stand-in live in one process, the bot in another.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from tests.fake_telegram import FakeMessage, FakeTelegram, FakeUser
from tests.fake_telegram_chats import Chats
from tests.town import TOKEN

LATEST = 60.0  # seconds; a bot that has not replied by then is broken


class Watched(Chats):
    """Tells whoever waits for a chat that the bot has written there."""

    def __init__(self, me: FakeUser) -> None:
        super().__init__(me)
        self.waiting: dict[int, asyncio.Future[None]] = {}

    def add(self, chat: int, sender: FakeUser, **content: Any) -> FakeMessage:
        waiting = self.waiting.pop(chat, None) if sender is self.me else None
        if waiting:
            waiting.set_result(None)
        return super().add(chat, sender, **content)


def stand_in() -> FakeTelegram:
    fake = FakeTelegram(token=TOKEN)
    fake.chats = Watched(fake.me)
    return fake


@dataclass(frozen=True)
class Said:
    """One message of one resident, who is answered in their own chat."""

    who: FakeUser
    say: Callable[[], object]


@dataclass(frozen=True)
class Round:
    """What came of one lot of messages."""

    latencies: list[float]  # seconds from the message to the reply
    took: float  # seconds from the first message to the last reply
    cpu: float  # seconds of the bot's process, until everything that followed was sent too

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.took

    @property
    def cpu_ms(self) -> float:
        """Of the bot's process for one message."""
        return self.cpu / len(self.latencies) * 1000

    @property
    def p50_ms(self) -> float:
        return median(self.latencies) * 1000

    @property
    def p99_ms(self) -> float:
        return quantiles(self.latencies, n=100)[-1] * 1000


async def said_by(fake: FakeTelegram, lot: Iterable[Said], in_flight: int) -> Iterable[float]:
    """Say everything, with so many waiting for a reply at a time; returns each one's wait."""
    left, waits = iter(lot), list[float]()

    async def talk() -> None:
        for said in left:
            waits.append(await _reply(fake, said))

    async with asyncio.timeout(LATEST), asyncio.TaskGroup() as talking:
        for _ in range(in_flight):
            talking.create_task(talk())
    return waits


async def said_evenly(
    fake: FakeTelegram, lot: Iterable[Said], per_second: float
) -> Iterable[float]:
    """Say so many a second, whether anybody has been answered or not; returns each one's wait."""
    async with asyncio.timeout(LATEST), asyncio.TaskGroup() as talking:
        waits = []
        for said in lot:
            waits.append(talking.create_task(_reply(fake, said)))
            await asyncio.sleep(1 / per_second)
    return [wait.result() for wait in waits]


async def _reply(fake: FakeTelegram, said: Said) -> float:
    assert isinstance(fake.chats, Watched)
    answered = asyncio.get_running_loop().create_future()
    fake.chats.waiting[said.who.id] = answered
    began = perf_counter()
    said.say()
    await answered
    return perf_counter() - began
