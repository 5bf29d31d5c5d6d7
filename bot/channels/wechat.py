"""WeChat's Official Account as a channel: the open request first, then what we may send ourselves.

A person who wrote may be sent five messages within 48 hours, one who only came by the menu or
a QR code three within a minute (handbook: platforms 3.2). That is a budget in the database, of
which the last message is kept for what is urgent; what finds nothing left waits for the next
visit, and a subscription notice says so to who agreed to be told. Nothing here can be edited,
so a card that changes is sent again in a conversation, or else as it then is at the next visit.
"""

from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import NextVisit, Outgoing, TryLater, Unclear, Unreachable
from bot.channels.tencent import Pictures
from bot.channels.wechat_intake import Doors
from bot.channels.wechat_read import CHANNEL
from bot.channels.wechat_request import NoConsent, WeChatApi
from bot.channels.wechat_templates import Template, Templates
from bot.channels.wechat_text import as_menu, pieces, shortened, with_links
from domain.budget import RANKS
from domain.conversation import Address
from storage.delivery import CHANGED, TOLD
from storage.ids import Clock
from storage.platforms import Spent
from storage.uow import Storage

log = structlog.get_logger()

IN_TALK = timedelta(minutes=1)  # after what somebody wrote: they wait for what changes
DATABASE_PAUSE = 5.0  # seconds
URGENT = RANKS[1]  # answers and emergencies may take the last message
VOICE = "voice.amr"  # what WeChat records; it takes two megabytes
SENT, REPLIED = "sent", "replied"  # WeChat gives messages no ids

Body = dict[str, Any]  # of a customer service message, but for whom it is to


class WeChatChannel:
    name = CHANNEL
    has_buttons = False
    takes_files = False

    def __init__(
        self, api: WeChatApi, doors: Doors, storage: Storage, clock: Clock, pictures: Pictures,
        templates: Templates,
    ) -> None:  # fmt: skip
        """``pictures`` fetches from the channel that holds a picture; see Channel.fetch."""
        self._api = api
        self._doors = doors
        self._storage = storage
        self._clock = clock
        self._pictures = pictures
        self._templates = templates

    async def send(self, message: Outgoing) -> str:
        """Raises TryLater, Unreachable, Refused, NextVisit or Unclear, nothing else expected."""
        try:
            return await self._given(message, pieces(message))
        except SQLAlchemyError as error:
            raise TryLater(DATABASE_PAUSE, type(error).__name__) from error

    async def _given(self, message: Outgoing, parts: list[str]) -> str:
        if self._doors.waits(message.chat):
            return await self._reply(message, parts)
        try:
            if message.edits and not await self._in_talk(message.chat):
                raise NextVisit(CHANGED)
            await self._send(message, parts)
        except NextVisit:
            if message.edits:
                raise NextVisit(CHANGED) from None
            if await self._noticed(message):
                raise NextVisit(TOLD) from None
            raise
        await self._show(message)
        return SENT

    async def reads(self, chat: str) -> bool | None:
        return None  # an Official Account is in no group

    async def members(self, chat: str) -> int | None:
        return None

    async def fetch(self, ref: str) -> bytes:
        """The bytes of a picture somebody sent. Raises TryLater or Unreachable."""
        return await self._api.download(ref)

    async def _reply(self, message: Outgoing, parts: list[str]) -> str:
        """In the open request, at no cost; what does not fit into it where there is room."""
        first, *rest = [with_links(message) or parts[0]] if len(parts) == 1 else parts
        spent = await self._spend(message, len(rest)) if rest else ()
        if rest and not spent:
            first, rest = shortened(first), []
        if not self._doors.answer(message.chat, first):
            await self._give_back(message.chat, spent)
            await self._send(message, parts)
            return SENT
        await self._say(message.chat, [_text(part) for part in rest], spent, begun=True)
        await self._show(message)
        return REPLIED

    async def _send(self, message: Outgoing, parts: list[str]) -> None:
        spent = await self._spend(message, len(parts))
        if not spent:
            raise NextVisit("no message left to this person")
        menu = as_menu(message)
        await self._say(message.chat, [menu] if menu else [_text(p) for p in parts], spent)

    async def _say(
        self, chat: str, bodies: list[Body], spent: Spent, *, begun: bool = False
    ) -> None:
        for n, body in enumerate(bodies):
            try:
                await self._call(chat, body)
            except (TryLater, Unreachable, NextVisit) as error:
                await self._not_sent(chat, spent[n:], error)
                if n or begun:
                    raise Unclear("only a part of the message arrived") from error
                raise

    async def _call(self, chat: str, what: Body) -> None:
        await self._api.call("/cgi-bin/message/custom/send", {"touser": chat} | what)

    async def _not_sent(self, chat: str, spent: Spent, error: Exception) -> None:
        """WeChat's own count goes before ours."""
        if isinstance(error, NextVisit):
            async with self._storage.begin() as uow:
                await uow.platforms.all_spent(Address(CHANNEL, chat))
        else:
            await self._give_back(chat, spent)

    # --- pictures and voices: the words matter more

    async def _show(self, message: Outgoing) -> None:
        """Send the picture or the voice of a message behind its words, where messages are left."""
        if message.image is None and message.picture is None and message.voice is None:
            return
        spent = await self._spend(message, 1, kept=1)
        if not spent:
            return
        try:
            await self._call(message.chat, await self._media(message))
        except (TryLater, Unreachable, NextVisit) as error:
            await self._not_sent(message.chat, spent, error)
            log.warning("wechat: picture not sent", why=str(error))
        except Unclear as error:
            log.warning("wechat: picture not sent", why=str(error))

    async def _media(self, message: Outgoing) -> Body:
        if message.voice:
            content = await self._pictures(message.voice)
            media = await self._api.held("voice", VOICE, content, "audio/amr")
            return {"msgtype": "voice", "voice": {"media_id": media}}
        media = await self._api.picture(message, self._pictures)
        return {"msgtype": "image", "image": {"media_id": media}}

    # --- notices: that something waits, where nothing else may be sent

    async def _noticed(self, message: Outgoing) -> bool:
        """Whether a notice has told them of this message. Raises TryLater."""
        template, who = self._templates.of(message), Address(CHANNEL, message.chat)
        if template is None:
            return False
        async with self._storage.begin() as uow:
            agreed = await uow.platforms.take(who, template.id, keeps=template.long_term)
        return agreed and await self._notify(who, template, message)

    async def _notify(self, who: Address, template: Template, message: Outgoing) -> bool:
        body = self._templates.filled(template, message, self._clock())
        try:
            await self._api.call("/cgi-bin/message/subscribe/bizsend", body)
        except NoConsent:
            async with self._storage.begin() as uow:
                await uow.platforms.withdrawn(who, template.id, self._clock())
            return False
        except Unclear:
            return False  # it may have arrived: the consent counts as used
        except (TryLater, Unreachable, NextVisit) as why:
            if not template.long_term:
                async with self._storage.begin() as uow:
                    await uow.platforms.return_taken(who, template.id)
            if isinstance(why, TryLater):
                raise
            log.warning("wechat: notice not sent", template=template.id, why=str(why))
            return False
        return True

    # --- the budget

    async def _spend(self, message: Outgoing, many: int, kept: int = 0) -> Spent:
        urgent = message.rank <= URGENT and not message.edits
        kept = max(kept, 0 if urgent else 1)
        async with self._storage.begin() as uow:
            who = Address(CHANNEL, message.chat)
            return await uow.platforms.spend(who, many, kept, self._clock())

    async def _give_back(self, chat: str, spent: Spent) -> None:
        if spent:
            async with self._storage.begin() as uow:
                await uow.platforms.give_back(Address(CHANNEL, chat), spent)

    async def _in_talk(self, chat: str) -> bool:
        async with self._storage.begin() as uow:
            came = await uow.platforms.last_visit(Address(CHANNEL, chat))
        return came is not None and self._clock() - came < IN_TALK


def _text(part: str) -> Body:
    return {"msgtype": "text", "text": {"content": part}}
