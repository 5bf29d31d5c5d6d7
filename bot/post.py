"""One message: put into the words of its reader, handed to its channel, and what became of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.channels.base import (
    Button,
    Channel,
    Moved,
    NextVisit,
    Outgoing,
    Picture,
    Refused,
    TryLater,
    Unclear,
    Unreachable,
)
from bot.drawer import Drawer
from bot.files import as_file, cells
from domain.conversation import Choice, OnUnknown, Say
from domain.polls import Poll
from handlers.turn import Cancel
from storage.claims import Promise
from storage.delivery import ERROR_CHARACTERS, Settled
from storage.ids import Clock
from storage.tickets import Attached
from texts import Rich, Span, Texts, plain

log = structlog.get_logger()

Pictures = Mapping[int, Attached]  # by the number of the photo

PATIENCE = timedelta(hours=24)  # how long a message is tried before it is given up
LONGEST_WAIT = timedelta(minutes=10)
UNCLEAR_WAIT = timedelta(seconds=5)
LONGEST = 90.0  # seconds for one message with all its parts: less than storage.claims.LEASE


class Post:
    def __init__(
        self, channels: Mapping[str, Channel], texts: Texts, clock: Clock,
        longest: float = LONGEST,
    ) -> None:  # fmt: skip
        """``longest``: seconds that a channel may take, or the claim runs out under it."""
        self._channels = channels
        self._texts = texts
        self._drawer = Drawer(texts)
        self._clock = clock
        self._longest = longest

    async def send(self, promise: Promise, pictures: Pictures) -> Settled:
        """Raises TryLater where the channel does, which is about more than this message."""
        channel = self._channels[promise.say.to.channel]
        try:
            outgoing = await self._outgoing(promise, channel, pictures)
            async with asyncio.timeout(self._longest):
                message = await channel.send(outgoing)
        except TryLater:
            raise
        except (Unclear, TimeoutError) as why:
            return _unclear(promise, str(why) or "it took too long", self._clock())
        except NextVisit as why:
            return Settled(promise.id, "held", error=str(why)[:ERROR_CHARACTERS])
        except Unreachable as why:
            log.warning("message not delivered", outbox=promise.id, why=str(why))
            state = "failed" if isinstance(why, Refused) else "blocked"
            return Settled(promise.id, state, error=str(why)[:ERROR_CHARACTERS])
        except Exception as fault:
            log.exception("message could not be put together", outbox=promise.id)
            return Settled(promise.id, "failed", error=type(fault).__name__)
        return Settled(promise.id, "sent", message=message)

    async def _outgoing(self, promise: Promise, channel: Channel, pictures: Pictures) -> Outgoing:
        say, language = promise.say, promise.language
        table = say.table if channel.takes_files else None
        buttons = tuple(
            Button(self._texts.plain(language, c.label), c.action.pack(), c.link)
            for c in (say.choices if channel.has_buttons else numbered(say))
        )
        found = pictures.get(say.photo) if say.photo is not None else None
        held = Picture(found.channel, found.ref) if found else None
        voice = held if found and found.voice else None
        return Outgoing(
            promise=promise.id,
            chat=say.to.chat,
            text=(*self._words(promise, channel), *self._mark(language, voice is not None)),
            buttons=buttons,
            picture=None if voice else held,
            voice=voice,
            image=await self._drawer.image(say.drawing, language) if say.drawing else None,
            file=as_file(self._texts, table, language) if table else None,
            edits=None if say.fresh else promise.message,
            asks_reply=say.reply,
            replies_to=say.replies_to,
            follows=say.follows,
            poll=self._poll(say.poll, language),
            note=self._texts.say(language, say.poll.note, {}) if say.poll else (),
            page=say.page,
            about=say.key.partition(".")[0],
            rank=promise.rank,
            attempts=promise.attempts,
        )

    def _words(self, promise: Promise, channel: Channel) -> Rich:
        """With what the platform has no other place for: its table, its page, how to choose."""
        say, language = promise.say, promise.language
        text: Rich = self._texts.say(language, say.key, say.blanks)
        if promise.repeated:
            text = (*self._texts.say(language, "error.repeated", {}), *text)
        if say.page and not channel.has_buttons:
            text = (*text, *self._texts.say(language, "pages.line", {"link": say.page}))
        if say.table and not channel.takes_files:
            lines = ("  ".join(row) for row in cells(self._texts, say.table, language))
            text = (*text, Span("".join(f"\n{line}" for line in lines)))
        if say.choices and not channel.has_buttons:
            how = "choices.by_number" if numbered(say) else "choices.or_cancel"
            text = (*text, *self._texts.say(language, how, {}))
        return text

    def _mark(self, language: str | None, voice: bool) -> Rich:
        return (Span("\n"), *self._texts.say(language, "suggestions.voice", {})) if voice else ()

    def _poll(self, poll: Poll | None, language: str | None) -> Poll | None:
        """With its last option in words, where it has one for who only wants to see."""
        if poll is None or not poll.abstain:
            return poll
        words = plain(self._texts.say(language, poll.abstain, {}))
        return replace(poll, options=(*poll.options, words), abstain="")


def numbered(say: Say) -> tuple[Choice, ...]:
    """What a typed number chooses from, where there are no buttons.

    Where words are asked for, a number may be the answer: 取消, the only choice there, is written.
    """
    return () if all(isinstance(c.action, Cancel) for c in say.choices) else say.choices


def later(promise: Promise, now: datetime, seconds: float) -> Settled:
    """It has not left: it waits for its chat's turn, or the platform has us wait."""
    return Settled(promise.id, "pending", not_before=now + timedelta(seconds=seconds))


def again(promise: Promise, why: TryLater, now: datetime, refused_since: datetime) -> Settled:
    """Nothing was sent: wait as told, longer each time, and give up after a day.

    ``refused_since``: when the first was refused of what was to be said there, and none has been
    taken after it. What it waited before, while nobody tried, says nothing of the platform.
    """
    error, since = str(why)[:ERROR_CHARACTERS], max(promise.created_at, refused_since)
    if now - since > PATIENCE:
        return Settled(promise.id, "failed", error=error)
    if isinstance(why, Moved):
        return Settled(promise.id, "pending", error=error, moved_to=why.to)
    told = timedelta(seconds=why.seconds)
    wait = max(told, min(LONGEST_WAIT, told * 2 ** min(promise.attempts - 1, 10)))
    return Settled(promise.id, "pending", error=error, not_before=now + wait, refused_since=since)


def _unclear(promise: Promise, why: str, now: datetime) -> Settled:
    """It may have arrived, and its own policy says whether it goes once more.

    A channel that cannot tell whether an edit was made tries later instead: that does no harm.
    """
    error = why[:ERROR_CHARACTERS]
    if promise.on_unknown is OnUnknown.REPEAT and not promise.repeated:
        return Settled(
            promise.id, "pending", error=error, not_before=now + UNCLEAR_WAIT, repeat=True
        )
    return Settled(promise.id, "unknown", error=error)
