"""WeCom as a channel: cards and words to members, words to groups and through group robots.

What is beyond a limit of WeCom is dropped there without a word (handbook: platforms 3.3), so
each place has a pace of ours in the database, which processes share and restarts keep; what
finds no room waits. A card can be changed once with each code that WeCom gave for it, with its
sending and with every press; after that it is sent anew.
"""

from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from hashlib import md5
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import NextVisit, Outgoing, Refused, TryLater, Unclear, Unreachable
from bot.channels.tencent import AGAIN, Pictures
from bot.channels.wechat_text import harmless, parted
from bot.channels.wecom_cards import Card, Shown, shown
from bot.channels.wecom_intake import CHANGEABLE
from bot.channels.wecom_read import CHANNEL
from bot.channels.wecom_request import ArrivedBefore, WeComApi
from domain.conversation import Address
from storage.ids import Clock
from storage.platforms import Pace
from storage.uow import Storage

log = structlog.get_logger()

GROUP, ROBOT = "group:", "robot:"  # before the id of a group chat, and our name of a robot
GROUPS = "groups"  # a member's limit counts over all group chats

# Never more in any minute than the burst and what its pace lets through besides, less a few
# for what was slow on its way (handbook: platforms 3.3).
TO_MEMBER = Pace(18, timedelta(seconds=6))  # 28 a minute of 30, 618 an hour of 1000
TO_GROUPS = Pace(190, timedelta(seconds=9))  # 196 a minute of 200, 9790 a day of 10,000
BY_ROBOT = Pace(12, timedelta(seconds=10))  # 18 a minute of 20

DATABASE_PAUSE = 5.0  # seconds
ROBOT_PICTURE = 2_000_000  # bytes (path/91770)
VOICE = "voice.amr"  # what WeCom and WeChat record
SENT = "sent"  # what is no card cannot be changed

Step = Callable[[], Awaitable[Any]]
Deliver = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]


class WeComChannel:
    name = CHANNEL
    has_buttons = True
    takes_files = True

    def __init__(
        self, api: WeComApi, storage: Storage, clock: Clock, pictures: Pictures,
        *, submit: str, privately: str,
    ) -> None:  # fmt: skip
        """``submit`` stands on the button that sends an option off, ``privately`` below words
        with choices in a group, where nobody can choose.
        """
        self._api = api
        self._storage = storage
        self._clock = clock
        self._pictures = pictures
        self._submit = submit
        self._privately = privately

    async def send(self, message: Outgoing) -> str:
        """Raises TryLater, Unreachable, Refused or Unclear, nothing else expected."""
        try:
            if message.chat.startswith((GROUP, ROBOT)):
                return await self._to_group(message)
            return await self._to_member(message)
        except SQLAlchemyError as error:
            raise TryLater(DATABASE_PAUSE, type(error).__name__) from error

    async def reads(self, chat: str) -> bool | None:
        return None  # nothing that is written in a group is brought to an app

    async def members(self, chat: str) -> int | None:
        if not chat.startswith(GROUP):
            return None
        try:
            found = await self._api.get("/cgi-bin/appchat/get", {"chatid": chat[len(GROUP) :]})
        except (TryLater, Unreachable, Unclear):
            return None
        return len(found.get("chat_info", {}).get("userlist", [])) or None

    async def fetch(self, ref: str) -> bytes:
        """The bytes of a picture somebody sent. Raises TryLater or Unreachable."""
        return await self._api.download(ref)

    # --- to one member

    async def _to_member(self, message: Outgoing) -> str:
        text = harmless(message.text).strip()
        drawn = shown(text, message.buttons, self._submit)
        if message.edits and await self._changed(message, drawn):
            return _task(message)
        cards = drawn.cards if message.buttons else ()
        before = drawn.words if cards else text
        words = parted(before) if before or not cards else []
        await self._take(message, TO_MEMBER, len(words) + len(cards) + _extras(message))
        deliver = self._to(message)
        steps: list[Step] = [partial(deliver, "text", {"content": part}) for part in words]
        steps += [partial(self._card, message, n, card) for n, card in enumerate(cards)]
        await _all_of(steps)
        await self._show(message, deliver)
        return _task(message) if cards else SENT

    def _to(self, message: Outgoing) -> Deliver:
        async def deliver(kind: str, content: dict[str, Any]) -> dict[str, Any]:
            body = {"touser": message.chat, "msgtype": kind, kind: content}
            return await self._api.as_agent("/cgi-bin/message/send", body)

        return deliver

    async def _card(self, message: Outgoing, n: int, card: Card) -> None:
        task = _task(message, n)
        try:
            answer = await self._to(message)("template_card", card | {"task_id": task})
        except ArrivedBefore:
            return
        await self._keep(message.chat, task, str(answer.get("response_code", "")))

    async def _keep(self, chat: str, task: str, code: str) -> None:
        if code:
            async with self._storage.begin() as uow:
                until = self._clock() + CHANGEABLE
                await uow.platforms.keep_code(Address(CHANNEL, chat), task, code, until)

    async def _changed(self, message: Outgoing, drawn: Shown) -> bool:
        """Change the card in its place, where it says it all and a code is left for it."""
        if drawn.words or len(drawn.cards) > 1:
            return False
        who, task = Address(CHANNEL, message.chat), message.edits or ""
        async with self._storage.begin() as uow:
            code = await uow.platforms.take_code(who, task, self._clock())
        if not code:
            return False
        card = drawn.cards[0] | {"task_id": _task(message)}
        body = {"userids": [message.chat], "response_code": code, "template_card": card}
        try:
            await self._api.as_agent("/cgi-bin/message/update_template_card", body)
        except (TryLater, Unclear) as error:
            async with self._storage.begin() as uow:
                await uow.platforms.give_back_code(who, task)
            if isinstance(error, Unclear):  # a change may be made twice
                raise TryLater(AGAIN, str(error)) from None
            raise
        except Unreachable as why:
            log.warning("wecom: card not changed, sent anew", why=str(why))
            return False
        return True

    # --- to a group, where nothing can be pressed and nothing changed

    async def _to_group(self, message: Outgoing) -> str:
        if message.edits:
            return ""
        hint = f"\n{self._privately}" if message.buttons else ""
        words = parted(harmless(message.text) + hint)
        robot = message.chat.startswith(ROBOT)
        pace = BY_ROBOT if robot else TO_GROUPS
        await self._take(message, pace, len(words) + _extras(message))
        deliver = self._by_robot(message) if robot else self._in_chat(message)
        await _all_of([partial(deliver, "text", {"content": part}) for part in words])
        await self._show(message, deliver)
        return SENT

    def _in_chat(self, message: Outgoing) -> Deliver:
        async def deliver(kind: str, content: dict[str, Any]) -> dict[str, Any]:
            body = {"chatid": message.chat[len(GROUP) :], "msgtype": kind, kind: content}
            return await self._api.call("/cgi-bin/appchat/send", body)

        return deliver

    def _by_robot(self, message: Outgoing) -> Deliver:
        async def deliver(kind: str, content: dict[str, Any]) -> dict[str, Any]:
            body = {"msgtype": kind, kind: content}
            await self._api.to_robot(message.chat[len(ROBOT) :], body)
            return {}

        return deliver

    # --- pictures, voices and files: the words matter more

    async def _show(self, message: Outgoing, deliver: Deliver) -> None:
        by_robot = message.chat.startswith(ROBOT)
        try:
            if message.image or message.picture:
                await deliver("image", await self._picture(message, by_robot))
            if message.voice and not by_robot:
                voice = await self._pictures(message.voice)
                await deliver("voice", await self._held("voice", VOICE, voice, "audio/amr"))
            if message.file and not by_robot:
                name, content = message.file.name, message.file.content
                await deliver("file", await self._held("file", name, content, "text/csv"))
        except (TryLater, Unreachable, NextVisit, Unclear) as error:
            log.warning("wecom: picture, voice or file not sent", why=str(error))

    async def _picture(self, message: Outgoing, by_robot: bool) -> dict[str, Any]:
        if not by_robot:
            return {"media_id": await self._api.picture(message, self._pictures)}
        content = message.image or (
            await self._pictures(message.picture) if message.picture else b""
        )
        if len(content) > ROBOT_PICTURE:
            raise Refused("the picture is too big")
        digest = md5(content, usedforsecurity=False).hexdigest()
        return {"base64": b64encode(content).decode(), "md5": digest}

    async def _held(self, kind: str, name: str, content: bytes, mime: str) -> dict[str, Any]:
        return {"media_id": await self._api.held(kind, name, content, mime)}

    async def _take(self, message: Outgoing, pace: Pace, many: int) -> None:
        """Raises TryLater where the place has to wait for so many messages."""
        where = Address(CHANNEL, GROUPS if message.chat.startswith(GROUP) else message.chat)
        async with self._storage.begin() as uow:
            wait = await uow.platforms.take_turns(where, many, pace, self._clock())
        if wait:
            raise TryLater(wait.total_seconds(), "wecom: its turn comes later")


async def _all_of(steps: Sequence[Step]) -> None:
    """One after the other. Raises Unclear where only a part of them arrived."""
    for n, step in enumerate(steps):
        try:
            await step()
        except (TryLater, Unreachable) as error:
            if n:
                raise Unclear("only a part of the message arrived") from error
            raise


def _extras(message: Outgoing) -> int:
    return sum(map(bool, (message.image or message.picture, message.voice, message.file)))


def _task(message: Outgoing, n: int = 0) -> str:
    """The same for a promise that is sent again, so that it cannot arrive twice (path/90236)."""
    return f"{message.promise}-{n}" if n else str(message.promise)
