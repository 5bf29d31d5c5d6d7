"""The web chat as a channel: what a page handed on comes in, what the bot says goes into a room.

There is no platform behind it: a message is delivered when it stands in the room. Whoever
has the room open sees it at once, the others when they come back.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Outgoing, Picture, TryLater, Unreachable
from domain.conversation import Action, Address, Inbound
from storage.ids import Clock
from storage.uow import Storage
from storage.webchat import CHANNEL
from web.photos import mime_of
from web.said import Said
from web.streams import Notifier
from web.view import quote

MENTION = re.compile(r"@(?:linli|邻里)\s*", re.IGNORECASE)
DATABASE_PAUSE = 5.0  # seconds

Pictures = Callable[[Picture], Awaitable[bytes]]


def read(payload: str) -> Inbound:
    """Translate what the web chat put into the inbox.

    A button the bot no longer knows comes through without an action, to be answered politely.
    """
    said = Said.read(payload)
    text, mentions = MENTION.subn("", said.text)
    return Inbound(
        id=said.id,
        sender=Address(CHANNEL, said.chat),
        group=Address(CHANNEL, said.group) if said.group else None,
        text=text.strip(),
        action=_action(said.action),
        photo=said.photo,
        place=said.place,
        quoted=said.quoted,
        to_bot=mentions > 0 or text.lstrip().startswith("/"),
        answers=said.answers,
        language=said.language,
        name=said.nickname,
        reachable=True,  # a private room is there from the first visit
        message=said.message if said.group else "",
        replies_to=said.replies_to if said.group else "",
    )


def _action(packed: str | None) -> Action | None:
    try:
        return Action.unpack(packed) if packed else None
    except ValueError:
        return None


class WebChatChannel:
    """``pictures`` fetches from the channel that holds a picture; see Channel.fetch."""

    name = CHANNEL
    has_buttons = True
    takes_files = False  # its page shows words and pictures

    def __init__(
        self, storage: Storage, notifier: Notifier, clock: Clock, pictures: Pictures
    ) -> None:
        self._storage = storage
        self._notifier = notifier
        self._clock = clock
        self._pictures = pictures

    async def send(self, message: Outgoing) -> str:
        try:
            number = await self._stand(message, await self._body(message))
        except SQLAlchemyError as error:
            raise TryLater(DATABASE_PAUSE, type(error).__name__) from error
        self._notifier.wake(message.chat)
        return str(number)

    async def _stand(self, message: Outgoing, body: dict[str, Any]) -> int:
        """Change the message it edits; write it anew, once for its promise, if that is gone."""
        async with self._storage.begin() as uow:
            if message.edits and await uow.webchat.edit(int(message.edits), body):
                return int(message.edits)
            now = self._clock()
            return await uow.webchat.write(message.chat, None, body, now, once=message.promise)

    async def _body(self, message: Outgoing) -> dict[str, Any]:
        return {
            "spans": [[span.text, span.bold] for span in message.text],
            "buttons": [[button.label, button.data] for button in message.buttons],
            "picture": await self._shown(message),
            "drawn": message.image is not None,
            "asks_reply": message.asks_reply,
            "quoted": await self._quoted(message),
        }

    async def _quoted(self, message: Outgoing) -> str:
        """The beginning of the words that this answers; nothing where they are gone."""
        if not message.replies_to.isdecimal():
            return ""
        async with self._storage.begin() as uow:
            found = await uow.webchat.message(int(message.replies_to))
        return quote(found) if found and found.room == message.chat else ""

    async def _shown(self, message: Outgoing) -> str | None:
        """The picture of a message: what was drawn for it, or what somebody sent."""
        if message.image is None:
            return await self._own(message.picture) if message.picture else None
        ref = hashlib.sha256(message.image).hexdigest()[:32]
        await self._keep(ref, "image/png", message.image)
        return ref

    async def _own(self, picture: Picture) -> str | None:
        """Our reference of a picture, brought over from another channel the first time.

        None when it cannot be had: the words matter more than the picture.
        """
        if picture.channel == CHANNEL:
            return picture.ref
        ref = hashlib.sha256(f"{picture.channel}:{picture.ref}".encode()).hexdigest()[:32]
        if await self._file(ref) is not None:
            return ref
        return ref if await self._bring(picture, ref) else None

    async def _bring(self, picture: Picture, ref: str) -> bool:
        try:
            content = await self._pictures(picture)
        except Unreachable:
            return False
        except TryLater as error:  # it is the other channel that must pause, not this one
            raise TryLater(error.seconds, str(error)) from error
        mime = mime_of(content)
        if mime is None:
            return False
        await self._keep(ref, mime, content)
        return True

    async def _keep(self, ref: str, mime: str, content: bytes) -> None:
        async with self._storage.begin() as uow:
            await uow.webchat.keep_file(ref, mime, content, self._clock())

    async def reads(self, chat: str) -> bool:
        return True  # the rooms are our own

    async def members(self, chat: str) -> None:
        """Nobody joins a room of ours: everybody of the place may look into it."""

    async def fetch(self, ref: str) -> bytes:
        found = await self._file(ref)
        if found is None:
            raise Unreachable("this picture is gone")
        return found[1]

    async def _file(self, ref: str) -> tuple[str, bytes] | None:
        async with self._storage.begin() as uow:
            return await uow.webchat.file(ref)
