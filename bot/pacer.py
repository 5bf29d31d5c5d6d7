"""How fast one bot may write to its platform: a steady pace for all chats, a slower one per chat.

Telegram: about 30 messages a second over all chats, one a second to one chat with short
bursts, 20 a minute to one group (Bots FAQ). A strict stand-in counted no refusal at 25 a
second in lots of five (handbook: scale 5).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

LOT = 0.2  # seconds of the pace that may leave at once
FORGET_ABOVE = 10_000  # chats; the oldest half of them is forgotten

NONE = timedelta(0)


class Pacer:
    def __init__(
        self,
        per_second: float,
        spacing: Callable[[str], timedelta] = lambda chat: NONE,
        *,
        burst: int = 3,
    ) -> None:
        """``spacing``: the steady distance between messages to one chat, ``burst`` apart."""
        self._per_second = per_second
        self._spacing = spacing
        self._burst = burst
        self._most = max(1.0, per_second * LOT)
        self._tokens = self._most
        self._filled_at: datetime | None = None
        self._paused_until: datetime | None = None
        self._next: dict[str, datetime] = {}  # when each chat's evenly spaced turn would come

    def pause(self, until: datetime) -> None:
        """The platform asked the whole bot to wait."""
        self._paused_until = max(until, self._paused_until or until)

    def room(self, now: datetime) -> int:
        """How many messages may leave now."""
        if self._paused_until and now < self._paused_until:
            return 0
        passed = (now - self._filled_at).total_seconds() if self._filled_at else 0.0
        self._filled_at = now
        self._tokens = min(self._most, self._tokens + max(0.0, passed) * self._per_second)
        return int(self._tokens)

    def wait(self, chat: str, now: datetime) -> timedelta:
        """How long this chat has to wait; nothing is taken while it is more than zero."""
        spacing = self._spacing(chat)
        turn = max(self._next.get(chat, now), now)
        early = turn - now - spacing * (self._burst - 1)
        if early > NONE:
            return early
        self._tokens -= 1
        if spacing:
            self._remember(chat, turn + spacing)
        return NONE

    def _remember(self, chat: str, turn: datetime) -> None:
        self._next[chat] = turn
        if len(self._next) > FORGET_ABOVE:
            for old in sorted(self._next, key=self._next.__getitem__)[: FORGET_ABOVE // 2]:
                del self._next[old]
