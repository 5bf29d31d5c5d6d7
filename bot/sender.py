"""Empties the outbox: the only code that speaks to residents.

Messages are claimed in waves, sent side by side and settled together, so that no
transaction is open while a platform is being waited for, and one message does not cost
three of them. A wave holds at most one message of a chat, so each chat keeps its order.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.channels.base import (
    Button,
    Channel,
    Outgoing,
    Picture,
    Refused,
    TryLater,
    Unclear,
    Unreachable,
)
from bot.channels.choices import as_lines
from bot.drawing import Drawer
from bot.pacer import Pacer
from domain.conversation import OnUnknown
from domain.polls import Poll
from storage.delivery import ERROR_CHARACTERS, Promise, Settled
from storage.ids import Clock
from storage.uow import Storage
from texts import Rich, Texts, plain

log = structlog.get_logger()

WAVE = 16  # messages in flight at once, and so at most of unknown fate after a crash
PATIENCE = timedelta(hours=24)  # how long a message is tried before it is given up
LONGEST_WAIT = timedelta(minutes=10)
LOOK_AGAIN = 1.0  # seconds between looks without news: retries and scheduled messages
NO_ROOM_WAIT = 0.05  # seconds, when the pace lets nothing leave just now
FAULT_WAIT = 2.0  # seconds, when the database does not answer
UNCLEAR_WAIT = timedelta(seconds=5)


class Sender:
    def __init__(
        self,
        storage: Storage,
        channels: Mapping[str, Channel],
        texts: Texts,
        pacers: Mapping[str, Pacer],
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._channels = channels
        self._texts = texts
        self._drawer = Drawer(texts)
        self._pacers = pacers
        self._clock = clock
        self._news = asyncio.Event()
        self._one_wave = asyncio.Lock()

    def wake(self) -> None:
        """Something was promised."""
        self._news.set()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            self._news.clear()
            wait = FAULT_WAIT
            try:
                while await self.send_due():
                    pass
                wait = LOOK_AGAIN if self._room(self._clock()) else NO_ROOM_WAIT
            except Exception:
                log.exception("outbox not sent")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._news.wait()

    def _room(self, now: datetime) -> dict[str, int]:
        """The channels that may send now, and how many messages each."""
        rooms = {name: self._pacers[name].room(now) for name in self._channels}
        return {name: room for name, room in rooms.items() if room > 0}

    async def send_due(self) -> int:
        """Send one wave of what is due; returns how many messages were tried.

        One wave at a time: whoever stops the bot waits for the one in flight.
        """
        async with self._one_wave:
            return await self._wave()

    async def _wave(self) -> int:
        now = self._clock()
        rooms = self._room(now)
        if not rooms:
            return 0
        async with self._storage.begin() as uow:
            promises = await uow.delivery.claim(rooms, min(WAVE, *rooms.values()), now)
            photos = {p.say.photo for p in promises if p.say.photo is not None}
            pictures = await uow.tickets.attachments(photos)
        if promises:
            await self._send(promises, pictures)
        return len(promises)

    async def _send(
        self, promises: Sequence[Promise], pictures: Mapping[int, tuple[str, str]]
    ) -> None:
        outcomes = await asyncio.gather(*(self._send_one(p, pictures) for p in promises))
        now = self._clock()
        async with self._storage.begin() as uow:
            await uow.delivery.settle(zip(promises, outcomes, strict=True), now)
            for promise, outcome in zip(promises, outcomes, strict=True):
                if outcome.state == "blocked":
                    await uow.residents.blocked(promise.say.to, now)
                if promise.say.choices and not self._channels[promise.say.to.channel].has_buttons:
                    packed = [c.action.pack() for c in promise.say.choices]
                    await uow.residents.offered(promise.say.to, promise.say.to, packed, now)
                if promise.say.poll and (native := _native(outcome)):
                    await uow.polls.posted(promise.say.poll.id, native)

    async def _send_one(self, promise: Promise, pictures: Mapping[int, tuple[str, str]]) -> Settled:
        channel = self._channels[promise.say.to.channel]
        pacer = self._pacers[channel.name]
        now = self._clock()
        if wait := pacer.wait(promise.say.to.chat, now):
            return Settled(promise.id, "pending", not_before=now + wait)
        try:
            message = await channel.send(await self._outgoing(promise, channel, pictures))
        except TryLater as later:
            if later.everywhere:
                pacer.pause(now + timedelta(seconds=later.seconds))
            return self._again(promise, later, now)
        except Unclear as why:
            return self._unclear(promise, str(why), now)
        except Unreachable as why:
            log.warning("message not delivered", outbox=promise.id, why=str(why))
            state = "failed" if isinstance(why, Refused) else "blocked"
            return Settled(promise.id, state, error=str(why)[:ERROR_CHARACTERS])
        except Exception as fault:
            log.exception("message could not be put together", outbox=promise.id)
            return Settled(promise.id, "failed", error=type(fault).__name__)
        return Settled(promise.id, "sent", message=message)

    def _again(self, promise: Promise, later: TryLater, now: datetime) -> Settled:
        """Nothing was sent: wait as told, longer each time, and give up after a day."""
        if now - promise.created_at > PATIENCE:
            return Settled(promise.id, "failed", error=str(later)[:ERROR_CHARACTERS])
        told = timedelta(seconds=later.seconds)
        wait = max(told, min(LONGEST_WAIT, told * 2 ** min(promise.attempts - 1, 10)))
        return Settled(
            promise.id, "pending", error=str(later)[:ERROR_CHARACTERS], not_before=now + wait
        )

    def _unclear(self, promise: Promise, why: str, now: datetime) -> Settled:
        """It may have arrived: an edit is safe to repeat, the rest as its own policy says."""
        error = why[:ERROR_CHARACTERS]
        if promise.message and not promise.say.fresh:
            return Settled(promise.id, "pending", error=error, not_before=now + UNCLEAR_WAIT)
        if promise.on_unknown is OnUnknown.REPEAT and not promise.repeated:
            return Settled(
                promise.id, "pending", error=error, not_before=now + UNCLEAR_WAIT, repeat=True
            )
        return Settled(promise.id, "unknown", error=error)

    async def _outgoing(
        self, promise: Promise, channel: Channel, pictures: Mapping[int, tuple[str, str]]
    ) -> Outgoing:
        say, language = promise.say, promise.language
        text: Rich = self._texts.say(language, say.key, say.blanks)
        if promise.repeated:
            text = (*self._texts.say(language, "error.repeated", {}), *text)
        buttons = tuple(
            Button(self._texts.plain(language, c.label), c.action.pack(), c.link)
            for c in say.choices
        )
        found = pictures.get(say.photo) if say.photo is not None else None
        return Outgoing(
            promise=promise.id,
            chat=say.to.chat,
            text=text if channel.has_buttons else as_lines(text, buttons),
            buttons=buttons if channel.has_buttons else (),
            picture=Picture(*found) if found else None,
            image=await self._drawer.image(say.drawing, language) if say.drawing else None,
            edits=None if say.fresh else promise.message,
            asks_reply=say.reply,
            replies_to=say.replies_to,
            poll=self._poll(say.poll, language),
            note=self._texts.say(language, say.poll.note, {}) if say.poll else (),
        )

    def _poll(self, poll: Poll | None, language: str | None) -> Poll | None:
        """With its last option in words, where it has one for who only wants to see."""
        if poll is None or not poll.abstain:
            return poll
        words = plain(self._texts.say(language, poll.abstain, {}))
        return replace(poll, options=(*poll.options, words), abstain="")


def _native(outcome: Settled) -> str:
    """What the platform calls the poll it holds; empty where it holds none."""
    return (outcome.message or "").partition(":")[2]
