"""The made-up platform with buttons, whose private chats are on WeCom: cards over HTTP.

What people do alone goes through a fake WeCom, the webhook and its gate; what the bot says to
them goes through the real channel, and stands as the fake shows it. Groups stay made up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import fields, replace
from datetime import datetime, timedelta

from starlette.applications import Starlette

from bot.channels import wecom_read
from bot.channels.base import Outgoing, Picture
from bot.channels.wechat_gate import Keys
from bot.channels.wecom import WeComChannel
from bot.channels.wecom_cards import PAUSES, TITLE
from bot.channels.wecom_gate import WeComGate
from bot.channels.wecom_intake import Webhook
from bot.channels.wecom_request import Corp, WeComApi
from domain.conversation import Address, Inbound
from handlers.residents import Blocked
from storage.delivery import Received
from storage.ids import Clock
from storage.uow import Storage
from tests.channel import FakeChannel, Sent
from tests.fake_wechat import served
from tests.fake_wecom import AES_KEY, AGENT_ID, CORP_ID, SECRET, TOKEN, FakeWeCom

NAME = "buttons"
AT_ONCE = timedelta(seconds=50)  # before the world's time: room for what happens in one moment

Accept = Callable[[Sequence[Received]], Awaitable[None]]


class OverWeCom(FakeChannel):
    """Opens its servers at the first word; whoever made it closes them."""

    def __init__(self, storage: Storage, clock: Clock, accept: Accept) -> None:
        super().__init__(NAME, has_buttons=True)
        self.fake = FakeWeCom(self._moment)
        self._storage = storage
        self._clock = clock
        self._accept = accept
        self._last = clock() - AT_ONCE
        self._channel: WeComChannel | None = None
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()

    async def _opened(self) -> WeComChannel:
        async with self._opening:
            if self._channel is None:
                await self._stack.enter_async_context(self.fake)
                corp = Corp(CORP_ID, AGENT_ID, SECRET, self.fake.url)
                api = WeComApi(corp, self._storage, self._clock)
                self._stack.push_async_callback(api.close)
                gate = WeComGate(Keys(CORP_ID, TOKEN, AES_KEY), self._clock)
                door = Webhook(gate, self._storage, self._accept, self._clock)
                app = Starlette(routes=door.routes("/hook"))
                self.fake.hook = await self._stack.enter_async_context(served(app)) + "/hook"
                self._channel = WeComChannel(
                    api, self._storage, self._clock, self._picture,
                    submit="提交", privately="请到应用里操作。",
                )  # fmt: skip
            return self._channel

    async def close(self) -> None:
        await self._stack.aclose()

    # --- what people do

    def brings(self, inbound: Inbound) -> bool:
        """Whether a member can do this on WeCom, and no more is told of it."""
        if inbound.sender.channel != NAME or inbound.group:
            return False
        usual = {"id", "sender", "text", "action", "photo"}
        known = all(
            getattr(inbound, f.name) == f.default for f in fields(inbound) if f.name not in usual
        )
        ways = [inbound.text or None, inbound.action, inbound.photo]
        return known and sum(way is not None for way in ways) == 1

    async def bring(self, inbound: Inbound) -> None:
        await self._opened()
        self._last = self._moment() + timedelta(seconds=1)
        who = inbound.sender.chat
        if inbound.photo is not None:
            self.fake.kept[inbound.photo] = inbound.photo.encode()
            await self.fake.brings(who, MsgType="image", MediaId=inbound.photo, MsgId=inbound.id)
        elif inbound.action is None:
            await self.fake.brings(who, MsgType="text", Content=inbound.text, MsgId=inbound.id)
        elif isinstance(inbound.action, Blocked):
            await self.fake.does(who, "unsubscribe")
        else:
            await self._press(who, inbound.action.pack())

    async def _press(self, who: str, packed: str) -> None:
        """On the newest card that has it; else as if it stood in the menu."""
        for card in reversed(self.fake.person(who).cards):
            if packed in card.choices.values():
                return await self.fake.sends_off(who, card, packed)
        await self.fake.does(who, "click", packed)

    def read(self, payload: str) -> Inbound | None:
        found = wecom_read.read(payload)
        return found and replace(found, sender=Address(NAME, found.sender.chat))

    def _moment(self) -> datetime:
        """WeCom counts whole seconds, in which nobody does two things."""
        self._last = max(self._last, self._clock() - AT_ONCE)
        return self._last

    # --- what they read

    async def send(self, message: Outgoing) -> str:
        if message.chat.startswith("-"):
            return await super().send(message)
        if self.refuse_next:
            error, self.refuse_next = self.refuse_next, None
            raise error
        channel, member = await self._opened(), self.fake.person(message.chat)
        before, cards = len(member.read), list(member.cards)
        seen = len(member.pictures), len(member.files)
        result = await channel.send(message)
        changed = len(member.cards) == len(cards) and member.cards != cards
        known = next((s for s in self.sent if changed and s.id == message.edits), None)
        if known is None:
            known = Sent(result, message.chat, "")
            self.sent.append(known)
        known.id, known.edited = result, changed
        known.text = _as_read(member.read[before:])
        fresh = [card for card in member.cards if card not in cards]
        known.buttons = {
            self.fake.whole(message.chat, label): key
            for card in fresh
            for label, key in card.choices.items()
        }
        if len(member.pictures) > seen[0]:
            known.picture, known.image = message.picture, message.image
        known.file = message.file if len(member.files) > seen[1] else None
        return result

    async def fetch(self, ref: str) -> bytes:
        return ref.encode()

    async def _picture(self, picture: Picture) -> bytes:
        return picture.ref.encode()


def _as_read(parts: list[str]) -> str:
    """The words before a card, or the card's own with its title and what follows it as one."""
    if len(parts) > 1:
        return "\n".join(parts[:-1])
    lines = [line for line in "".join(parts).split("\n") if not line.startswith("[")]
    title, rest = lines[0], "\n".join(lines[1:]).strip()
    parted = title.endswith(tuple(PAUSES)) and len(title + rest.partition("\n")[0]) > TITLE
    return title + rest if parted else f"{title}\n{rest}".strip()
