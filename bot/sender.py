"""Empties the outbox: the only code that speaks to residents.

It works in turns. Each settles what has been answered since and claims what may leave next, in
one transaction; then the messages leave side by side, each when its place is free, and no
transaction is open while a platform is being waited for. One that is slow to answer keeps
nobody else waiting. Of one chat at most one message is on its way, so each keeps its order.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

import structlog

from bot import metrics
from bot.channels.base import Channel, TooFast, TryLater
from bot.pacer import AHEAD, COLD, KEPT, Pacer
from bot.post import Pictures, Post, again, later, numbered
from bot.roles import Roles
from casework import routing
from domain.budget import RANKS
from domain.conversation import Address
from domain.routing import DOWN, Why
from storage.claims import Promise, Room
from storage.delivery import Settled
from storage.engine import unavailable
from storage.ids import Clock
from storage.uow import Storage, UnitOfWork
from texts import Texts

log = structlog.get_logger()

WAVE = 32  # messages of a channel on their way at once, and so of unknown fate after a crash
LOOK_AGAIN = 1.0  # seconds between looks without news: retries and scheduled messages
ANSWER = 3.0  # seconds in which a platform normally has answered
FOR_OTHERS = 0.25  # the same, where other processes promise and only we send
THEIR_OWN = timedelta(seconds=5)  # a process has for what it promised where everybody may send
FAULT_WAIT = 2.0  # seconds, when the database does not answer


class Sender:
    def __init__(
        self,
        storage: Storage,
        channels: Mapping[str, Channel],
        texts: Texts,
        pacers: Mapping[str, Pacer],
        clock: Clock,
        steady: Callable[[], float] = monotonic,
        roles: Roles | None = None,
    ) -> None:
        """``steady``: seconds of a clock that nobody sets, for the pace.

        ``roles``: those of the channels to which only one process writes have their name.
        """
        self._storage = storage
        self._channels = channels
        self._pacers = pacers
        self._clock = clock
        self._steady = steady
        self._post = Post(channels, texts, clock)
        self._roles = roles or Roles(storage)
        self._begun: set[str] = set()
        self._ending = False
        self._news = asyncio.Event()
        self._one_turn = asyncio.Lock()
        self._on_their_way: set[asyncio.Task[None]] = set()
        self._promised = 0  # since the last claim
        self._outcomes: list[tuple[Promise, Settled]] = []  # not written down yet
        self._refused_since: dict[Address, datetime] = {}  # by chat; without one, everywhere

    def wake(self) -> None:
        """A message was promised, or more."""
        self._promised += 1
        self._news.set()

    @property
    def at_work(self) -> int:
        """How many messages are on their way, or were promised and no claim has looked for yet."""
        return self._promised + len(self._on_their_way)

    async def run(self) -> None:
        """Send until ``finish`` is called."""
        while not self._ending:
            self._news.clear()
            wait = await self._wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._news.wait()

    async def finish(self, seconds: float) -> None:
        """Go on with what is due for so long, then begin nothing more, and note what came of it.

        What is without an answer even then is of unknown fate, as after a crash.
        """
        self._ending = True
        self.wake()
        ends = asyncio.get_running_loop().time() + seconds
        try:
            await self._last_words(ends - min(ANSWER, seconds / 2))
            if self._on_their_way:
                left = max(0.0, ends - asyncio.get_running_loop().time())
                await asyncio.wait(self._on_their_way, timeout=left)
            await self._turn(())
        except Exception:
            log.exception("last words not sent; the next start finds them")
        for task in self._on_their_way:
            task.cancel()

    async def _last_words(self, ends: float) -> None:
        clock = asyncio.get_running_loop().time
        while clock() < ends and (await self._turn(self._ours()) or self._on_their_way):
            if self._on_their_way:
                left = max(0.0, ends - clock())
                await asyncio.wait(
                    self._on_their_way, timeout=left, return_when=asyncio.FIRST_COMPLETED
                )

    async def _wait(self) -> float:
        """Take a turn; returns the seconds until the next one, where there is no news."""
        try:
            ours = await self._begin()
            began = await self._turn(ours)
        except Exception:
            log.exception("outbox not sent")
            return FAULT_WAIT
        if not began and self._roles.stands_by:
            await asyncio.sleep(AHEAD)  # each update here wakes us, for what another one sends
        full = any(self._room(name).others == 0 for name in ours)
        if began or self._on_their_way or full:
            return AHEAD
        return FOR_OTHERS if self._roles.sends_for_others else LOOK_AGAIN

    def _ours(self) -> list[str]:
        """The channels that we may send on at this moment."""
        return [name for name in self._channels if self._roles.may_send(name)]

    async def _begin(self) -> list[str]:
        """Our channels. Where we are new, what others sent in the last second counts as ours."""
        ours = self._ours()
        self._begun.intersection_update(ours)
        if new := [name for name in ours if name not in self._begun]:
            async with self._storage.begin() as uow:
                lately = self._clock() - timedelta(seconds=COLD)
                left = {name: await uow.delivery.left_since(name, lately) for name in new}
            for name in new:
                self._pacers[name].begin(self._steady(), left[name])
            known = self._refused_since.items()
            self._refused_since = {at: since for at, since in known if at.channel not in new}
            self._begun.update(new)
        return ours

    async def send_due(self) -> int:
        """Take a turn and wait for its answers; returns how many messages were tried."""
        began = await self._turn(self._ours())
        while self._on_their_way:
            await asyncio.wait(self._on_their_way)
        await self._turn(())
        return began

    def _rooms(self, channels: Iterable[str]) -> dict[str, Room]:
        """How many messages may leave on each of these channels now, where any may."""
        rooms = {name: self._room(name) for name in channels}
        return {name: room for name, room in rooms.items() if room.all > 0}

    def _room(self, channel: str) -> Room:
        pacer, now = self._pacers[channel], self._steady()
        left = WAVE - pacer.on_their_way
        return Room(
            all=min(pacer.room(now), left),
            others=max(0, min(pacer.room_for_others(now), left - KEPT)),
            left_to_others=THEIR_OWN if self._roles.all_send(channel) else timedelta(0),
        )

    async def _turn(self, channels: Iterable[str]) -> int:
        async with self._one_turn:
            rooms = self._rooms(channels)
            outcomes, promised = list(self._outcomes), self._promised
            began = await self._exchange(outcomes, rooms) if outcomes or rooms else 0
            self._promised -= promised
            return began

    async def _exchange(
        self, outcomes: Sequence[tuple[Promise, Settled]], rooms: Mapping[str, Room]
    ) -> int:
        """Write down what has been answered, and start what may leave; returns how many.

        Where the database refuses what it was given, each outcome is tried alone.
        """
        try:
            async with self._storage.begin() as uow:
                await self._settle(uow, outcomes)
                promises = await uow.delivery.claim(rooms, self._clock()) if rooms else []
                photos = {p.say.photo for p in promises if p.say.photo is not None}
                pictures = await uow.tickets.attachments(photos)
        except Exception as fault:
            if not outcomes or unavailable(fault):
                raise
            await self._settle_each(outcomes)
            return await self._exchange((), rooms)
        del self._outcomes[: len(outcomes)]
        for promise in promises:
            self._start(promise, pictures)
        return len(promises)

    async def _settle_each(self, outcomes: Sequence[tuple[Promise, Settled]]) -> None:
        """One that is refused holds up no other: it has failed."""
        for promise, outcome in outcomes:
            try:
                async with self._storage.begin() as uow:
                    await self._settle(uow, [(promise, outcome)])
            except Exception as fault:
                if unavailable(fault):
                    raise
                await self._give_up(promise, type(fault).__name__)
            del self._outcomes[0]

    async def _give_up(self, promise: Promise, why: str) -> None:
        log.error("outcome could not be written down", outbox=promise.id, fault=why)
        async with self._storage.begin() as uow:
            failed = Settled(promise.id, "failed", error=why)
            await uow.delivery.settle([(promise, failed)], self._clock())

    async def _settle(self, uow: UnitOfWork, outcomes: Sequence[tuple[Promise, Settled]]) -> None:
        now = self._clock()
        await uow.delivery.settle(outcomes, now)
        for promise, outcome in outcomes:
            if outcome.state == "blocked":
                await uow.residents.blocked(promise.say.to, now)
            if why := _why_stuck(promise, outcome, now):
                await routing.go_elsewhere(uow, replace(promise.stuck, why=why), now)
            if outcome.moved_to:  # said while we had not read of it, or just as we did
                await uow.groups.moved(promise.say.to, _there(promise, outcome))
            if self._numbered(promise, outcome):
                packed = [c.action.pack() for c in numbered(promise.say)]
                await uow.residents.offered(promise.say.to, promise.say.to, packed, now)
            if promise.say.poll and (native := _native(outcome)):
                await uow.polls.posted(promise.say.poll.id, native)

    def _numbered(self, promise: Promise, outcome: Settled) -> bool:
        """Whether choices may have been read that a typed number chooses from now on."""
        read = outcome.message or outcome.state == "unknown"
        without_buttons = not self._channels[promise.say.to.channel].has_buttons
        return bool(read and promise.say.choices and without_buttons)

    def _start(self, promise: Promise, pictures: Pictures) -> None:
        """Let a message leave when its place is free, or wait for its chat's turn."""
        pacer, now = self._pacers[promise.say.to.channel], self._steady()
        if wait := pacer.no_room(now) or pacer.wait(promise.say.to.chat, now):
            self._outcomes.append((promise, later(promise, self._clock(), wait)))
            return
        leaves = pacer.leave(now, answer=promise.rank == RANKS[0])
        task = asyncio.create_task(self._send(promise, pictures, leaves))
        self._on_their_way.add(task)
        task.add_done_callback(self._is_back)

    def _is_back(self, task: asyncio.Task[None]) -> None:
        self._on_their_way.discard(task)
        if not self._on_their_way:
            self._news.set()

    async def _send(self, promise: Promise, pictures: Pictures, leaves: float) -> None:
        await asyncio.sleep(leaves - self._steady())
        pacer = self._pacers[promise.say.to.channel]
        wait = pacer.paused(self._steady())
        if wait or not self._roles.may_send(promise.say.to.channel):
            pacer.unused()
            outcome = later(promise, self._clock(), wait)
        else:
            outcome = await self._tried(promise, pictures, pacer)
        self._outcomes.append((promise, outcome))

    async def _tried(self, promise: Promise, pictures: Pictures, pacer: Pacer) -> Settled:
        left, channel = self._steady(), promise.say.to.channel
        try:
            with metrics.SENDING.labels(channel).time():
                outcome = await self._post.send(promise, pictures)
        except TryLater as why:
            outcome = self._refused(promise, why, pacer)
        metrics.SETTLED.labels(channel, outcome.state).inc()
        if outcome.state == "sent":
            pacer.answered(left, self._steady())
            self._taken(promise.say.to)
        else:
            pacer.unanswered(self._steady())
        return outcome

    def _refused(self, promise: Promise, why: TryLater, pacer: Pacer) -> Settled:
        now, to = self._clock(), promise.say.to
        if isinstance(why, TooFast):
            pacer.refused(self._steady(), why.seconds)
            metrics.REFUSALS.labels(to.channel).inc()
        elif why.everywhere:
            pacer.pause(self._steady(), why.seconds)
        place = replace(to, chat="") if why.everywhere else to
        return again(promise, why, now, self._refused_since.setdefault(place, now))

    def _taken(self, to: Address) -> None:
        if self._refused_since:
            self._refused_since.pop(to, None)
            self._refused_since.pop(replace(to, chat=""), None)


def _why_stuck(promise: Promise, outcome: Settled, now: datetime) -> Why | None:
    """Why it may go elsewhere: it was not sent, now or before."""
    if outcome.state == "blocked":
        return Why.BLOCKED
    since = None if promise.repeated else outcome.refused_since
    return Why.DOWN if since and now - since >= DOWN else None


def _there(promise: Promise, outcome: Settled) -> Address:
    return replace(promise.say.to, chat=outcome.moved_to)


def _native(outcome: Settled) -> str:
    """What the platform calls the poll it holds; empty where it holds none."""
    return (outcome.message or "").partition(":")[2]
