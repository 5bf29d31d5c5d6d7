"""The made-up platform without buttons, as it is on WeChat: all over HTTP, and within its limits.

What people write alone goes through a fake WeChat, the webhook and its gate; what the bot says
goes through the real channel, and is read as the fake shows it. Who has messages waiting that
WeChat does not let through comes by and reads them, which is counted.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import fields
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from starlette.applications import Starlette

from bot.channels.base import Outgoing, Picture
from bot.channels.wechat import REPLIED, WeChatChannel
from bot.channels.wechat_gate import Gate, Keys
from bot.channels.wechat_intake import Doors, Webhook
from bot.channels.wechat_request import Account, WeChatApi
from bot.channels.wechat_templates import Templates
from domain.conversation import Inbound, Names
from handlers.residents import Blocked
from storage import tables as t
from storage.delivery import Received
from storage.ids import Clock
from storage.uow import Storage
from tests.channel import FakeChannel, Sent
from tests.fake_wechat import AES_KEY, APP_ID, SECRET, TOKEN, FakeWeChat, served
from texts import Texts

NAME = "wechat"
PATIENCE = 60.0  # seconds: the world says itself when WeChat's five are over
AT_ONCE = timedelta(seconds=50)  # before the world's time: room for what happens in one moment
MOST_VISITS = 20  # of all people, until nothing waits any more
TOTAL: Counter[str] = Counter()  # of all worlds: what a run can say about itself

Accept = Callable[[Sequence[Received]], Awaitable[None]]
Settle = Callable[[], Awaitable[None]]


class OverWeChat(FakeChannel):
    """Opens its servers at the first word; whoever made it closes them."""

    def __init__(self, storage: Storage, clock: Clock, texts: Texts, accept: Accept) -> None:
        super().__init__(NAME, has_buttons=False)
        self.fake = FakeWeChat(clock)
        self._storage = storage
        self._clock = clock
        self._texts = texts
        self._accept = accept
        self._kept: list[Received] = []  # in the request that is open
        self._came = asyncio.Event()
        self._open, self._over = 0, asyncio.Event()
        self._moments: dict[str, datetime] = {}
        self._brought: dict[str, dict[str, str]] = {}  # what each deed of the world was sent as
        self._doing = ""
        self._pictures: dict[bytes, Picture] = {}
        self._drawn: dict[bytes, bytes] = {}
        self._numbers = count(1)
        self._doors = Doors()
        self._channel: WeChatChannel | None = None
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()

    async def _opened(self) -> WeChatChannel:
        async with self._opening:
            if self._channel is None:
                self._channel = await self._build()
            return self._channel

    async def _build(self) -> WeChatChannel:
        await self._stack.enter_async_context(self.fake)
        account = Account(APP_ID, SECRET, self.fake.url)
        api = WeChatApi(account, self._storage, self._clock)
        self._stack.push_async_callback(api.close)
        gate = Gate(Keys(APP_ID, TOKEN, AES_KEY), self._clock)
        door = Webhook(
            gate, self._doors, self._storage, self._keep, self._clock, lambda: None, PATIENCE
        )
        app = Starlette(routes=door.routes("/hook"))

        async def counted(scope: Any, receive: Any, send: Any) -> None:
            self._open += 1
            try:
                await app(scope, receive, send)
            finally:
                self._open -= 1
                self._over.set()

        url = await self._stack.enter_async_context(served(counted))
        self.fake.hook = url + "/hook"
        templates = Templates({}, self._texts, Names({}), ZoneInfo("Asia/Shanghai"))
        return WeChatChannel(api, self._doors, self._storage, self._clock, self._picture, templates)

    async def close(self) -> None:
        await self._stack.aclose()

    # --- what people do

    def brings(self, inbound: Inbound) -> bool:
        """Whether somebody on WeChat can do this, and no more is told of it."""
        if inbound.sender.channel != NAME or inbound.group:
            return False
        usual = {"id", "sender", "text", "action", "photo", "place", "among"}
        known = all(
            getattr(inbound, f.name) == f.default for f in fields(inbound) if f.name not in usual
        )
        ways = [inbound.text or None, inbound.action, inbound.photo, inbound.place]
        if not (known and sum(way is not None for way in ways) == 1):
            TOTAL["done beside WeChat"] += 1
            return False
        return True

    async def bring(self, inbound: Inbound, settle: Settle) -> None:
        """In one request, which is answered as far as the bot is quick about it."""
        chat = inbound.sender.chat
        self._doing = inbound.id
        if sent := self._brought.get(inbound.id):
            await self._bring(chat, settle, **sent)  # the same callback again
        elif inbound.action is not None:
            await self._bring(chat, settle, MsgType="event", **_event(inbound))
        elif inbound.photo is not None:
            self.fake.keeps(inbound.photo, inbound.photo.encode())
            await self._bring(chat, settle, MsgType="image", MediaId=inbound.photo)
        elif inbound.place is not None:
            x, _, y = inbound.place.partition(",")
            await self._bring(chat, settle, MsgType="location", Location_X=x, Location_Y=y)
        else:
            await self._bring(chat, settle, MsgType="text", Content=inbound.text)

    def presses(self, chat: str, number: str) -> bool:
        """Every second choice is pressed instead of typed, where it can be."""
        menus = self.fake.person(chat).menus
        can = any(label.startswith(f"{number}. ") for label in (menus[-1] if menus else ()))
        return can and next(self._numbers) % 2 == 0

    async def press(self, chat: str, number: str, says: Settle, settle: Settle) -> None:
        menu = self.fake.person(chat).menus[-1]
        sent = next(menu[label] for label in menu if label.startswith(f"{number}. "))
        self._doing = ""
        await self._bring(chat, says, MsgType="text", **sent)
        await settle()

    async def _bring(self, chat: str, settle: Settle, **elements: str) -> None:
        await self._opened()
        TOTAL["callbacks"] += 1
        if elements["MsgType"] != "event":
            elements.setdefault("MsgId", str(next(self._numbers)))
        self._kept.clear()
        self._came.clear()
        elements.setdefault("CreateTime", str(int(self._moment(chat).timestamp())))
        self._brought[self._doing] = elements
        request = asyncio.create_task(self.fake.brings(chat, **elements))
        came = asyncio.create_task(self._came.wait())
        await asyncio.wait({request, came}, return_when=asyncio.FIRST_COMPLETED)
        came.cancel()
        await settle()
        for update in self._kept:
            if self._doors.known(update.update_id):
                self._doors.give_up(update.update_id)
        await request
        while self._open:
            self._over.clear()
            await self._over.wait()

    async def _keep(self, updates: Sequence[Received]) -> None:
        await self._accept(updates)
        self._kept += updates
        self._came.set()

    def _moment(self, chat: str) -> datetime:
        """WeChat counts whole seconds, in which nobody does two things."""
        earliest = self._clock() - AT_ONCE
        last = self._moments.get(chat)
        self._moments[chat] = max(earliest, last + timedelta(seconds=1)) if last else earliest
        return self._moments[chat]

    async def let_them_come(self, settle: Settle) -> None:
        """Whoever has messages waiting comes by, and reads them instead of the answer."""
        for _ in range(MOST_VISITS):
            waiting = await self._waiting()
            for chat in waiting:
                TOTAL["visits to read what waited"] += 1
                self.fake.person(chat).replies.clear()
                self._doing = ""
                await self._bring(chat, settle, MsgType="text", Content="请假")
                self._forget_the_answer(chat)
                await settle()
            if not waiting:
                break

    def _forget_the_answer(self, chat: str) -> None:
        person = self.fake.person(chat)
        for at in person.replies:
            del person.read[at], person.menus[at]
            person.shown[:] = [(n - (n >= at), media) for n, media in person.shown]

    async def _waiting(self) -> list[str]:
        o = t.outbox
        if self._channel is None:
            return []
        query = select(o.c.chat).where(o.c.channel == NAME, o.c.state == "held").distinct()
        async with self._storage.engine.connect() as connection:
            return list((await connection.scalars(query)).all())

    # --- what they read

    async def send(self, message: Outgoing) -> str:
        if self.refuse_next:
            error, self.refuse_next = self.refuse_next, None
            raise error
        channel, person = await self._opened(), self.fake.person(message.chat)
        before = len(person.read)
        if message.image:
            self._drawn[message.image] = message.image
        result = await channel.send(message)
        if result == REPLIED:
            await self.fake.until(lambda: len(person.read) > before)
        TOTAL["messages"] += 1
        return result

    async def fetch(self, ref: str) -> bytes:
        return await (await self._opened()).fetch(ref)

    async def _picture(self, picture: Picture) -> bytes:
        content = picture.ref.encode()
        self._pictures[content] = picture
        return content

    def chat(self, chat: str) -> list[Sent]:
        person = self.fake.person(chat)
        shown = [Sent(f"{chat}:{n}", chat, text) for n, text in enumerate(person.read)]
        for at, media in person.shown:
            content = self.fake.kept[media]
            if picture := self._pictures.get(content):
                shown[at].picture = picture
            else:
                shown[at].image = self._drawn.get(content, content)
        return shown

    @property
    def sent(self) -> list[Sent]:
        return [sent for chat in self.fake.people for sent in self.chat(chat)]

    @sent.setter
    def sent(self, nothing: list[Sent]) -> None:
        """What a platform that is made up begins with."""

    def forget(self) -> None:
        for person in self.fake.people.values():
            person.read.clear()
            person.menus.clear()
            person.shown.clear()


def _event(inbound: Inbound) -> dict[str, str]:
    assert inbound.action is not None
    if isinstance(inbound.action, Blocked):
        return {"Event": "unsubscribe", "EventKey": ""}
    return {"Event": "CLICK", "EventKey": inbound.action.pack()}
