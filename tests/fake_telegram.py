"""A Bot API server of our own, over real HTTP, for stories and for load.

It hands out updates as Telegram does (long poll, confirmation by offset, repetition,
webhook), checks every request with ``tests.bot_api`` and fails when it is told to. What it
refused because a request broke the rules is in ``violations``.
"""

import asyncio
import json
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import Any, Self
from urllib.parse import parse_qsl

from aiohttp import ClientError, ClientSession, web

from tests.bot_api import problems
from tests.fake_telegram_chats import (
    DEEDS,
    NOON,
    Chats,
    FakeChat,
    FakeGroup,
    FakeMessage,
    FakeUser,
    Files,
    Json,
    Params,
    Refused,
)

__all__ = ["FakeGroup", "FakeMessage", "FakeTelegram", "FakeUser"]

OTHER_POLLER = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
WEBHOOK_PAUSE = 0.02  # seconds before an update that was not taken is brought again
PATIENCE = 30.0  # seconds, on a machine that is busy with other tests
BODY_BYTES = 50_000_000  # what a bot may upload


@dataclass
class Failure:
    """What to do to the next requests of a method, to one chat or to all."""

    method: str
    refused: Refused | None
    drop: str | None  # cut the line "before" or "after" the request is carried out
    times: int
    chat: FakeChat | None
    lie: bytes | None = None  # the body of a 200, whatever was carried out

    def concerns(self, method: str, params: Params) -> bool:
        here = self.chat is None or params.get("chat_id") == str(self.chat.id)
        return self.times > 0 and self.method == method and here


class FakeTelegram:
    """``async with FakeTelegram() as fake``; then give a bot ``fake.token`` and ``fake.url``."""

    def __init__(self, token: str = "1000:TEST", username: str = "linli_bot") -> None:
        self.token = token
        self.url = ""
        self.me = FakeUser(int(token.split(":")[0]), "邻里", username=username, is_bot=True)
        self.chats = Chats(self.me)
        self.violations: list[str] = []
        self.calls: Counter[str] = Counter()  # requests by method
        self.webhook: Params = {}  # what setWebhook was told; empty without one
        self.confirmed: list[int] = []  # the numbers of updates that the bot has taken over
        self.slow = 0.0  # seconds that every answer takes
        self._updates: deque[Json] = deque()
        self._numbers = count(700_001)
        self._failures: list[Failure] = []
        self._kinds: set[str] | None = None  # allowed_updates; None for all
        self._poller: object = None
        self._news = asyncio.Event()
        self._runner = self._server()
        self._bringing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._open(0)
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def _open(self, port: int) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()

    @asynccontextmanager
    async def down(self) -> AsyncIterator[None]:
        """Nobody listens, and every line is cut."""
        port = self._runner.addresses[0][1]
        await self._runner.cleanup()
        try:
            yield
        finally:
            self._runner = self._server()
            await self._open(port)

    async def __aexit__(self, *failure: object) -> None:
        await self._set_webhook({})
        self._poller = None
        self._tell()
        await self._runner.cleanup()

    # --- what people do

    def knows(self, *chats: FakeChat) -> None:
        """Let the bot write to these: people who once started it, groups it is in."""
        for chat in chats:
            self.chats.know(chat)

    def says(
        self,
        user: FakeUser,
        text: str = "",
        chat: FakeGroup | None = None,
        *,
        photo: bytes | None = None,
        place: tuple[float, float] | None = None,
        reply_to: FakeMessage | None = None,
    ) -> FakeMessage:
        """Someone writes to the bot alone or in a group; with a photo, the text is its caption."""
        self.knows(chat or user)
        message = self.chats.add(
            (chat or user).id,
            user,
            text=text,
            photo=None if photo is None else self.chats.keep_file(photo),
            place=place,
            reply_to=reply_to,
        )
        self._update("message", self.chats.shown(message))
        return message

    def presses(self, user: FakeUser, message: FakeMessage, label_part: str) -> str:
        """Someone presses a button; returns the press's id, for ``acknowledged``."""
        return self.sends_data(user, message, message.data(label_part))

    def follows(self, user: FakeUser, message: FakeMessage, label_part: str) -> FakeMessage:
        """Someone presses a button that leads to the private chat, and there 开始."""
        address, _, payload = message.link(label_part).partition("?start=")
        assert address == f"https://t.me/{self.me.username}", f"{address} is another place"
        return self.says(user, f"/start {payload}")

    def sends_data(self, user: FakeUser, message: FakeMessage, data: str) -> str:
        """A press as a stranger's client can send it, with anything in it."""
        query = str(next(self._numbers))
        self.chats.open_queries.add(query)
        about = {"id": query, "from": user.as_json(), "chat_instance": str(message.chat)}
        press = about | {"message": self.chats.shown(message), "data": data}
        self._update("callback_query", press)
        return query

    def votes(self, message: FakeMessage, *options: int) -> None:
        """Somebody votes in a poll; nobody is told who."""
        assert message.poll and not message.poll.closed
        message.poll.voters += 1
        for option in options:
            message.poll.counts[option] += 1
        self._update("poll", message.poll.as_json())

    def time_is_up(self, message: FakeMessage) -> None:
        """Telegram closes a poll at the time that was asked for."""
        assert message.poll and message.poll.close_date
        message.poll.closed = True
        self._update("poll", message.poll.as_json())

    def adds_bot(self, user: FakeUser, group: FakeGroup) -> None:
        self.knows(group)
        self._member(user, group, "left", "member")

    def removes_bot(self, user: FakeUser, group: FakeGroup) -> None:
        self.chats.blocked.add(group.id)
        self._member(user, group, "member", "kicked")

    def blocks(self, user: FakeUser) -> None:
        self.knows(user)
        self.chats.blocked.add(user.id)
        self._member(user, user, "member", "kicked")

    def moves(self, user: FakeUser, group: FakeGroup, to: int) -> FakeGroup:
        """The group gets a new id; under the old one the bot is refused from now on."""
        new = replace(group, id=to, type="supergroup")
        self.knows(group, new)
        self.chats.moved[group.id] = to
        service = self.chats.shown(self.chats.add(group.id, user))
        self._update("message", service | {"migrate_to_chat_id": to})
        return new

    def number(self) -> int:
        """Of the next update."""
        return next(self._numbers)

    def take_back(self) -> list[Json]:
        """What the bot has not yet taken over, to be handed out otherwise."""
        taken = list(self._updates)
        self._updates.clear()
        return taken

    def brings(self, *updates: Json) -> None:
        """Hand out these as they are, whatever the bot has asked for."""
        self._updates.extend(updates)
        self._tell()

    # --- what a test sees and decides

    def messages(self, chat: FakeChat) -> list[FakeMessage]:
        """What the bot has written there, oldest first, as it stands now."""
        return [m for m in self.chats.written(chat.id) if m.sender is self.me]

    async def until(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait until something has become true through what the bot did."""
        async with asyncio.timeout(seconds):
            while not condition():
                await self._news.wait()

    async def hears(self, chat: FakeChat, part: str = "", seconds: float = PATIENCE) -> FakeMessage:
        """The newest message of the bot in this chat with ``part`` in it, waited for."""
        found: list[FakeMessage] = []

        def there() -> bool:
            found[:] = [m for m in self.messages(chat) if part in m.text]
            return bool(found)

        await self.until(there, seconds)
        return found[-1]

    def acknowledged(self, query: str) -> bool:
        return query not in self.chats.open_queries

    def expires(self, query: str) -> None:
        """From now on Telegram finds this press too old to be acknowledged."""
        self.chats.open_queries.discard(query)

    @property
    def unconfirmed(self) -> int:
        """Updates that the bot has not yet taken over."""
        return len(self._updates)

    def fail_next(
        self,
        method: str,
        status: int = 0,
        description: str = "Internal Server Error",
        *,
        retry_after: float = 0,
        drop: str | None = None,
        times: int = 1,
        chat: FakeChat | None = None,
        lie: bytes | None = None,
    ) -> None:
        """Refuse the next requests, or cut the line ``drop="before"`` or ``"after"`` the deed.

        ``method`` is one of the Bot API, or ``download`` for a file. ``lie`` is answered with a
        200 after the deed, or without it where it is also to ``drop="before"``.
        """
        refused = Refused(status, description) if status else None
        if retry_after:
            words = f"Too Many Requests: retry after {retry_after}"
            refused = Refused(429, words, retry_after=retry_after)
        self._failures.append(Failure(method, refused, drop, times, chat, lie))

    # --- HTTP

    def _server(self) -> web.AppRunner:
        app = web.Application(client_max_size=BODY_BYTES)
        app.router.add_route("*", "/{path:.*}", self._handle)
        return web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    async def _handle(self, request: web.Request) -> web.Response:
        try:
            return await self._answer(request)
        except Refused as no:
            about = {"ok": False, "error_code": no.status, "description": no.description}
            body = about | ({"parameters": no.parameters} if no.parameters else {})
            return web.json_response(body, status=no.status)
        finally:
            self._tell()

    async def _answer(self, request: web.Request) -> web.Response:
        start, _, method = request.path.strip("/").rpartition("/")
        if start == f"file/bot{self.token}/photos":
            self._failure("download", {})
            return self._download(method)
        if start != f"bot{self.token}":
            raise Refused(401, "Unauthorized")
        params, files = await _form(request)
        self.calls[method] += 1
        failure = self._failure(method, params)
        drop = failure and failure.drop
        result = None if drop == "before" else await self._carry_out(method, params, files)
        await self._takes_its_time(method)
        if failure and failure.lie is not None:
            return web.Response(body=failure.lie, content_type="application/json")
        if drop and request.transport:
            request.transport.abort()
        return web.json_response({"ok": True, "result": result})

    def _download(self, name: str) -> web.Response:
        content = self.chats.files.get(name.removesuffix(".jpg"))
        if content is None:
            raise Refused(404, "Not Found")
        return web.Response(body=content)

    async def _takes_its_time(self, method: str) -> None:
        if self.slow and method != "getUpdates":
            self._tell()  # it is there, though nobody has been answered
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), self.slow)

    def _failure(self, method: str, params: Params) -> Failure | None:
        """Refuse this request, or say when to cut the line, if a test asked for it."""
        failure = next((f for f in self._failures if f.concerns(method, params)), None)
        if failure is None:
            return None
        failure.times -= 1
        if failure.refused:
            raise failure.refused
        return failure

    async def _carry_out(self, method: str, params: Params, files: Files) -> Any:
        if wrong := problems(method, params, files):
            self.violations += wrong
            raise Refused(400, f"Bad Request: {wrong[0].partition(': ')[2]}")
        match method:
            case "getUpdates":
                return await self._get_updates(params)
            case "setWebhook" | "deleteWebhook":
                return await self._set_webhook(params)
            case "getWebhookInfo":
                about = {"url": self.webhook.get("url", ""), "has_custom_certificate": False}
                return about | {"pending_update_count": len(self._updates)}
            case "stopPoll":
                poll = DEEDS[method](self.chats, params, files)
                self._update("poll", poll)
                return poll
            case _:
                return DEEDS[method](self.chats, params, files)

    # --- updates

    async def _get_updates(self, params: Params) -> list[Json]:
        """A second poller ends the first one's request, as at Telegram."""
        if self.webhook:
            raise Refused(409, WEBHOOK_ACTIVE)
        self._poller = mine = object()
        self._tell()
        self._allow(params)
        while self._updates and _number(self._updates[0]) < int(params.get("offset", 0)):
            self.confirmed.append(_number(self._updates.popleft()))
        await self._long_poll(mine, int(params.get("timeout", 0)))
        if self._poller is not mine:
            raise Refused(409, OTHER_POLLER)
        return list(islice(self._updates, int(params.get("limit", 100))))

    def _allow(self, params: Params) -> None:
        if "allowed_updates" in params:
            self._kinds = set(json.loads(params["allowed_updates"])) or None

    async def _long_poll(self, mine: object, seconds: int) -> None:
        with suppress(TimeoutError):
            await self.until(lambda: self._updates or self._poller is not mine, seconds)

    def _update(self, kind: str, body: Json) -> None:
        if self._kinds is None or kind in self._kinds:
            self._updates.append({"update_id": next(self._numbers), kind: body})
            self._tell()

    def _member(self, user: FakeUser, chat: FakeChat, was: str, now: str) -> None:
        me = self.me.as_json()
        until = {"until_date": 0} if now == "kicked" else {}
        about = {"chat": self.chats.about(chat.id), "from": user.as_json(), "date": NOON}
        old, new = {"user": me, "status": was}, {"user": me, "status": now} | until
        self._update("my_chat_member", about | {"old_chat_member": old, "new_chat_member": new})

    async def _set_webhook(self, params: Params) -> bool:
        self.webhook = params if params.get("url") else {}
        self._allow(params)
        if self._bringing:
            self._bringing.cancel()
            await asyncio.gather(self._bringing, return_exceptions=True)
            self._bringing = None
        if self.webhook:
            self._bringing = asyncio.create_task(self._bring())
        return True

    async def _bring(self) -> None:
        """Bring updates to the webhook one by one, each until it is taken."""
        async with ClientSession() as session:
            while True:
                while not self._updates:
                    await self._news.wait()
                if await self._brought(session, self._updates[0]):
                    self.confirmed.append(_number(self._updates.popleft()))
                    self._tell()
                else:
                    await self._a_while()

    async def _a_while(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(WEBHOOK_PAUSE):
                await self._news.wait()

    async def _brought(self, session: ClientSession, update: Json) -> bool:
        secret = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
        try:
            async with session.post(self.webhook["url"], json=update, headers=secret) as response:
                return response.status // 100 == 2
        except ClientError:
            return False

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


def _number(update: Json) -> int:
    """Of an update; what has none is confirmed with what follows it."""
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if type(number) is int else -1


async def _form(request: web.Request) -> tuple[Params, Files]:
    """Form fields and files of a request, urlencoded or multipart; in a GET, too."""
    params: Params = {}
    files: Files = {}
    if request.method == "GET":
        return dict(parse_qsl(await request.text())), files
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[name] = value.file.read()
            value.file.close()
        else:
            params[name] = str(value)
    return params, files
