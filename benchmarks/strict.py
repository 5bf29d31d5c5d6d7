"""A stand-in for Telegram's limits that knows no mercy, in virtual time.

Refused is what would be the 31st message in any second, the fourth of a chat in a second, or
the 21st of a group in a minute; and after a refusal everything, until the time it named is over.
Real Telegram is said to be laxer and documents none of it (handbook: scale 5).
"""

import asyncio
from collections import Counter, deque
from random import Random

from benchmarks.virtual import VirtualLoop
from bot.channels.base import Outgoing, TooFast

ALLOWED = 30  # messages in any second
BURST = 3  # to one chat in a second, now and then
IN_GROUP = 20  # in any minute
RETRY_AFTER = 3.0  # seconds
ASKER = "a"  # begins the chats of those who are answered
WAY, MORE = 0.03, 0.03  # seconds: each way takes the one, and the other more on average


class StrictTelegram:
    """What it accepted and refused, and how long answers were on their way, by milliseconds."""

    name = "telegram"
    has_buttons = True
    takes_files = True

    def __init__(self, loop: VirtualLoop, random: Random) -> None:
        self._loop = loop
        self._random = random
        self._lately: deque[tuple[float, str]] = deque()
        self._groups: dict[str, deque[float]] = {}
        self._closed_until = 0.0
        self._requests: set[asyncio.Task[None]] = set()
        self.accepted: Counter[str] = Counter()  # "all", and those of a broadcast
        self.refused = 0
        self.most = 0  # in any second
        self.asked: dict[str, float] = {}  # by chat: who waits for an answer since when
        self.waits: Counter[int] = Counter()
        self.last = 0.0  # when the last message of the broadcast arrived
        self.until_last = 0  # messages accepted by then
        self._awaited: list[tuple[float, asyncio.Event]] = []

    async def has_accepted(self, many: float) -> None:
        """Wait until so many messages of the broadcast have arrived."""
        event = asyncio.Event()
        self._awaited.append((many, event))
        await event.wait()

    async def send(self, message: Outgoing) -> str:
        """A request that has left arrives, even where its sender dies meanwhile."""
        request = asyncio.create_task(self._arrives(message.chat))
        self._requests.add(request)
        request.add_done_callback(self._requests.discard)
        request.add_done_callback(_heard)
        await asyncio.shield(request)
        return "1"

    async def reads(self, chat: str) -> bool | None:
        return None

    async def fetch(self, ref: str) -> bytes:
        return b""

    async def _arrives(self, chat: str) -> None:
        await self._on_the_way()
        self._judged(chat, self._loop.time())
        await self._on_the_way()

    async def _on_the_way(self) -> None:
        await asyncio.sleep(WAY + self._random.expovariate(1 / MORE))

    def _judged(self, chat: str, now: float) -> None:
        while self._lately and self._lately[0][0] <= now - 1:
            self._lately.popleft()
        here = sum(chat == other for _, other in self._lately)
        too_many = len(self._lately) >= ALLOWED or here >= BURST
        if now < self._closed_until or too_many or self._group_is_full(chat, now):
            self.refused += 1
            self._closed_until = max(self._closed_until, now + RETRY_AFTER)
            raise TooFast(self._closed_until - now)
        self._lately.append((now, chat))
        self.most = max(self.most, len(self._lately))
        self.accepted["all"] += 1
        if asked := self.asked.pop(chat, None):
            self.waits[round((now - asked) * 1000)] += 1
        if not chat.startswith(ASKER):
            self.accepted["broadcast"] += 1
            self.last, self.until_last = now, self.accepted["all"]
            for many, event in self._awaited:
                if self.accepted["broadcast"] >= many:
                    event.set()

    def _group_is_full(self, chat: str, now: float) -> bool:
        if not chat.startswith("-"):
            return False
        heard = self._groups.setdefault(chat, deque(maxlen=IN_GROUP))
        full = len(heard) == IN_GROUP and heard[0] > now - 60
        if not full:
            heard.append(now)
        return full


def _heard(request: asyncio.Task[None]) -> None:
    """Nobody else may be there to hear of a refusal."""
    if not request.cancelled():
        request.exception()
