"""The web chat as its visitors meet it: pages, posts and open streams, without a network."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from domain.conversation import Address
from storage.delivery import Received
from storage.uow import Storage
from storage.webchat import CHANNEL
from tests.world import COMMUNITY, SHANGHAI, FakeClock, World, names
from texts import Texts
from web.app import create
from web.pages import DemoPane
from web.said import Said
from web.streams import Notifier

HOST = "chat.example.org"
OURS = {"sec-fetch-site": "same-origin"}
BUILDING_3 = "building-3"
PNG = b"\x89PNG\r\n\x1a\n" + b"a lamp that is dark"


@dataclass
class Told:
    """One event of a stream."""

    id: str
    data: dict[str, Any]

    @property
    def texts(self) -> list[str]:
        return ["".join(t for t, _ in m["spans"]) for m in self.data["messages"]]

    @property
    def rooms(self) -> list[str]:
        return [room["room"] for room in self.data.get("rooms", [])]


@dataclass
class Stream:
    """An open page's line; ``next`` waits for what it is told."""

    pieces: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def ends(self) -> None:
        async with asyncio.timeout(5):
            await self.over.wait()

    async def next(self) -> Told:
        while True:
            async with asyncio.timeout(5):
                piece = await self.pieces.get()
            if piece.startswith("id: "):
                first, second, *_ = piece.split("\n")
                return Told(first.removeprefix("id: "), json.loads(second.removeprefix("data: ")))


class Visitor:
    """One browser: it keeps cookies, and says where its requests come from."""

    def __init__(self, web: "Web", path: str) -> None:
        self._web = web
        self.path = path
        transport = httpx.ASGITransport(web.app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(
            transport=transport, base_url=f"https://{HOST}", headers={"accept-language": "zh-CN"}
        )

    async def opens(self) -> httpx.Response:
        return await self.http.get(self.path)

    async def posts(self, where: str, body: Any, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"content-type": "application/json", **OURS, **headers}
        return await self.http.post(self.path + where, content=content, headers=sent)

    async def says(self, text: str, room: str = "me", **more: Any) -> httpx.Response:
        return await self.posts(
            "messages", {"id": self._web.id(), "room": room, "text": text} | more
        )

    async def presses(self, message: dict[str, Any], button: str) -> httpx.Response:
        key = next(key for label, key in message["buttons"] if label == button)
        body = {"id": self._web.id(), "message": message["id"], "button": key}
        return await self.posts("presses", body)

    async def sends_photo(self, content: bytes, **fields: str) -> httpx.Response:
        data = {"id": self._web.id(), "room": "me"} | fields
        files = {"photo": ("lamp.png", content, "image/png")}
        return await self.http.post(self.path + "photos", data=data, files=files, headers=OURS)

    @asynccontextmanager
    async def listens(self, last: str = "", *, after: str = "") -> AsyncIterator[Stream]:
        """The page's stream, as the server sends it, until the block is left."""
        stream, left = Stream(), asyncio.Event()

        async def receive() -> dict[str, Any]:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if body := message.get("body"):
                stream.pieces.put_nowait(body.decode())

        task = asyncio.create_task(self._web.app(self._scope(last, after), receive, send))
        task.add_done_callback(lambda _: stream.over.set())
        try:
            yield stream
        finally:
            left.set()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def _scope(self, last: str, after: str) -> dict[str, Any]:
        request = self.http.build_request("GET", self.path + "events")
        headers = [(name.lower(), value) for name, value in request.headers.raw]
        headers += [(b"last-event-id", last.encode())] if last else []
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "method": "GET",
            "path": self.path + "events",
            "raw_path": (self.path + "events").encode(),
            "query_string": f"after={after}".encode(),
            "headers": headers,
            "scheme": "https",
            "root_path": "",
        }

    async def sees(self) -> Told:
        """What a page shows that has just been opened."""
        async with self.listens() as stream:
            return await stream.next()


class Web:
    """Ana and Li live in building 3, Zhou is staff; Mei is a visitor whom nobody knows."""

    def __init__(self, storage: Storage, clock: FakeClock) -> None:
        self.storage = storage
        self.clock = clock
        self.notifier = Notifier()
        self.accepted: list[Received] = []
        self.broken: Exception | None = None
        self._count = itertools.count(1)
        who = (("ana", "安娜", "Ana"), ("li", "小李", "Li"), ("zhou", "周警官", "Officer Zhou"))
        self.panes = [DemoPane(w, f"p-{w}", names(zh, en), names(zh, en)) for w, zh, en in who]
        self.texts = Texts.load("zh", SHANGHAI)
        self.app = create(
            storage, self.accept, self.texts, COMMUNITY, clock,
            notifier=self.notifier, demo=self.panes, secure=True,
        )  # fmt: skip
        self.ana, self.li, self.zhou = (Visitor(self, f"/demo/{w}/") for w, *_ in who)

    async def accept(self, updates: Sequence[Received]) -> None:
        if self.broken:
            raise self.broken
        self.accepted += updates

    @property
    def handed_on(self) -> list[Said]:
        return [Said.read(update.payload) for update in self.accepted]

    def visitor(self) -> Visitor:
        return Visitor(self, "/chat/")

    def id(self) -> str:
        return str(UUID(int=next(self._count)))

    async def has_everybody(self) -> None:
        world = World(self.storage, self.clock)
        await world.has_households("3-1-101", "3-2-202", grid="2")
        await world.has_resident(Address(CHANNEL, "p-ana"), "3-1-101")
        await world.has_resident(Address(CHANNEL, "p-li"), "3-2-202")
        await world.has_staff(Address(CHANNEL, "p-zhou"), "周警官", "member", ["*"], ["*"])  # type: ignore[arg-type]
        for room, scope, value in (
            ("staff", "staff", ""),
            ("everybody", "community", ""),
            ("grid-2", "grid", "2"),
            (BUILDING_3, "building", "3"),
            ("building-4", "building", "4"),
        ):
            await world.has_group(Address(CHANNEL, room), scope, value)

    async def bot_says(
        self, room: str, text: str, buttons: Sequence[tuple[str, str]] = (), **more: Any
    ) -> int:
        body = {"spans": [[text, False]], "buttons": [list(b) for b in buttons]} | more
        async with self.storage.begin() as uow:
            number = await uow.webchat.write(room, None, body, self.clock())
        self.notifier.wake(room)
        return number
