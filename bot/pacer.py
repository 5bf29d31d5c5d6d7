"""How fast one bot may write to its platform: so many places a second, and a pace for each chat.

Telegram takes about 30 messages in any second over all chats, one a second in one chat with short
bursts, 20 a minute in one group (Bots FAQ); none of it is promised. A message takes a place when
it leaves, and the place is free again a second after it arrived there. Only the platform knows
when that was. But it was before the answer, and the next message has a way to go, too: together
they take no less than the fastest round trip. So a place is free one second after the answer,
less that. What the platform refuses all the same makes the places fewer for a while.

All times are seconds of a clock that nobody sets.
"""

from bisect import bisect_right, insort
from collections.abc import Callable

AHEAD = 0.1  # seconds for which places are given out, so that none stands empty for a database
KEPT = 1  # places for answers, so that none of them waits behind a notice to everybody
FEW = 10  # places, of which none is kept
EVENLY = 1.5  # times the rate: the most at which what is no answer leaves, without a burst
SURE = 300  # round trips, before the fastest of them says anything
MARGIN = 0.003  # seconds more than the second: the platform's clock is not ours
COLD = 1.2  # seconds for which a new process takes what has just left to be on its way still
LESS = 0.9  # times the rate, after each refusal
RECOVERY = 600.0  # seconds until one place more is tried again
FORGET_ABOVE = 10_000  # chats; the oldest half of them is forgotten


class Pacer:
    def __init__(
        self,
        per_second: float,
        spacing: Callable[[str], float] = lambda chat: 0.0,
        *,
        burst: int = 3,
    ) -> None:
        """``spacing``: seconds between messages to one chat when ``burst`` of them have left."""
        self._per_second = per_second
        self._spacing = spacing
        self._burst = burst
        self._rate, self._rated_at = per_second, 0.0
        self._on_their_way = 0
        self._free_at: list[float] = []  # when the places of what was answered are free, in order
        self._fastest, self._round_trips = float("inf"), 0
        self._next = 0.0  # when the next message may leave that is no answer
        self._paused_until = 0.0
        self._turns: dict[str, float] = {}  # when each chat's evenly spaced turn would come

    @property
    def on_their_way(self) -> int:
        return self._on_their_way

    def begin(self, now: float, left: int) -> None:
        """Of another process before us so many messages have just left, or may have."""
        self._free_at = [now + COLD] * left

    def pause(self, now: float, seconds: float) -> None:
        """Let nothing leave for a while. A shorter wish does not undo a longer one."""
        self._paused_until = max(self._paused_until, now + seconds)

    def refused(self, now: float, seconds: float) -> None:
        """We were too fast. What was on its way with the one refused says nothing new."""
        if not self.paused(now):
            self._rate, self._rated_at = max(1.0, LESS * self.rate(now)), now
        self.pause(now, seconds)

    def paused(self, now: float) -> float:
        """Seconds until anything may leave."""
        return max(0.0, self._paused_until - now)

    def rate(self, now: float) -> float:
        """Messages a second that we take the platform to allow."""
        return min(self._per_second, self._rate + (now - self._rated_at) / RECOVERY)

    def room(self, now: float) -> int:
        """How many answers may leave, each at the moment that :meth:`leave` says."""
        if self.paused(now):
            return 0
        later = len(self._free_at) - bisect_right(self._free_at, now + AHEAD)
        return max(0, int(self.rate(now)) - self._on_their_way - later)

    def room_for_others(self, now: float) -> int:
        """The same for what nobody waits for."""
        evenly = (now + AHEAD - max(self._next, now)) * EVENLY * self.rate(now)
        kept = KEPT if self.rate(now) > FEW else 0
        return max(0, min(self.room(now) - kept, int(evenly) + 1 if evenly >= 0 else 0))

    def no_room(self, now: float) -> float:
        """Seconds for which what had room a moment ago has none: we were refused since."""
        return self.paused(now) or (0.0 if self.room(now) else AHEAD)

    def leave(self, now: float, *, answer: bool) -> float:
        """Take a place, of which there must be one; returns when the message may leave."""
        del self._free_at[: bisect_right(self._free_at, now)]
        needed = self._on_their_way + len(self._free_at) + 1 - int(self.rate(now))
        when = now
        if needed > 0:
            when = self._free_at[needed - 1]
            del self._free_at[:needed]
        if not answer:
            when = max(when, self._next)
            self._next = when + 1 / (EVENLY * self.rate(now))
        self._on_their_way += 1
        return when

    def answered(self, left: float, now: float) -> None:
        """The platform has said what became of a message that left then."""
        self._fastest = min(self._fastest, now - left)
        self._round_trips += 1
        known = self._fastest if self._round_trips > SURE else 0.0
        self._free(now + 1 + MARGIN - known)

    def unanswered(self, now: float) -> None:
        """It has not and will not: the message may have arrived this moment."""
        self._free(now + 1 + MARGIN)

    def unused(self) -> None:
        """A message that had a place did not leave after all."""
        self._on_their_way -= 1

    def _free(self, when: float) -> None:
        self._on_their_way -= 1
        insort(self._free_at, when)

    def wait(self, chat: str, now: float) -> float:
        """Seconds this chat has to wait; its turn is taken only where that is none."""
        spacing = self._spacing(chat)
        turn = max(self._turns.get(chat, now), now)
        early = turn - now - spacing * (self._burst - 1)
        if early > 0:
            return early
        if spacing:
            self._remember(chat, turn + spacing)
        return 0.0

    def _remember(self, chat: str, turn: float) -> None:
        self._turns[chat] = turn
        if len(self._turns) > FORGET_ABOVE:
            for old in sorted(self._turns, key=self._turns.__getitem__)[: FORGET_ABOVE // 2]:
                del self._turns[old]
