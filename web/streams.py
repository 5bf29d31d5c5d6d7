"""What an open page is told without asking: new and changed messages of its rooms.

Server-sent events. The id of an event holds how far the page has read and which rooms it
knows, so that a page that comes back goes on from there.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from storage.ids import Clock
from storage.uow import Storage, UnitOfWork
from storage.webchat import LATE, WebMessage
from web.view import View

log = structlog.get_logger()

KEEP_ALIVE = 15.0  # seconds; a page takes a line for dead that was silent for 40
STILL_HERE = "event: here\ndata: .\n\n"  # without data no browser tells its page
RECONNECT = 2000  # milliseconds
HISTORY = 60  # messages of a room the page sees for the first time
BATCH = 200  # messages at once, when a page comes back


@dataclass(eq=False)
class Listener:
    """One open page: who reads it, and the rooms it shows."""

    chat: str
    rooms: list[str] = field(default_factory=list)
    rooms_may_differ: bool = True  # something was said to them alone: a code may open doors
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, room: str) -> None:
        if room in self.rooms:
            self.rooms_may_differ |= room == self.chat
            self.bell.set()

    async def wait(self, seconds: float) -> None:
        """Until something happens in one of the rooms, or it is time to look anyway."""
        try:
            async with asyncio.timeout(seconds):
                await self.bell.wait()
        except TimeoutError:
            self.rooms_may_differ = True
        self.bell.clear()


class Notifier:
    """Wakes the open pages of a room. Knows only the pages of this process."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self.closed = False

    def wake(self, room: str) -> None:
        for listener in self._listeners:
            listener.hear(room)

    @property
    def rooms(self) -> set[str]:
        """Those that are open on some page."""
        return {room for listener in self._listeners for room in listener.rooms}

    def close(self) -> None:
        """End every stream, so that the server can stop; pages come back by themselves."""
        self.closed = True
        for listener in self._listeners:
            listener.bell.set()

    @contextmanager
    def listening(self, chat: str) -> Iterator[Listener]:
        listener = Listener(chat, [chat])
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)


class Feed:
    """Finds what one page has not been shown yet. ``last_event`` is the id it read last."""

    def __init__(self, view: View, listener: Listener, last_event: str) -> None:
        self._view = view
        self._listener = listener
        version, _, self._rooms_told = last_event.partition("-")
        self._cursor = int(version) if version.isdecimal() and len(version) < 20 else 0
        self._read: set[str] = set()  # rooms whose history the page has
        self._shown: dict[int, int] = {}  # versions by message, as far back as LATE
        self._full: list[str] = []  # rooms with more history than was told just now
        self.more = False  # there was too much for one event

    async def news(self, uow: UnitOfWork, now: datetime) -> str | None:
        """The next event, ready to be sent; None when there is nothing new."""
        rooms = await self._other_rooms(uow)
        messages = await self._unseen(uow)
        if rooms is None and not messages:
            return None
        if any(message.room == self._view.chat for message in messages):
            await uow.webchat.shown(self._view.chat, now)
        names = await uow.webchat.nicknames({m.author for m in messages if m.author})
        told: dict[str, Any] = {
            "messages": [self._view.message(m, names) for m in messages],
            "older": [self._view.room(room) for room in self._full],
        }
        if rooms is not None:
            told["rooms"] = rooms
        data = json.dumps(told, ensure_ascii=False)
        return f"id: {self._cursor}-{self._rooms_told}\ndata: {data}\n\n"

    async def _other_rooms(self, uow: UnitOfWork) -> list[dict[str, str]] | None:
        """The person's rooms, when they are others than the page knows."""
        if not self._listener.rooms_may_differ:
            return None
        self._listener.rooms_may_differ = False
        groups = await uow.webchat.rooms(self._view.chat)
        self._listener.rooms = [self._view.chat, *(g.address.chat for g in groups)]
        digest = hashlib.sha256("\n".join(self._listener.rooms).encode()).hexdigest()[:12]
        if digest == self._rooms_told:
            self._read = set(self._listener.rooms)
            return None
        self._rooms_told = digest
        return self._view.rooms(groups)

    async def _unseen(self, uow: UnitOfWork) -> list[WebMessage]:
        limit = BATCH + len(self._shown)
        read = [room for room in self._listener.rooms if room in self._read]
        found = await uow.webchat.changed(read, self._cursor, limit)
        self.more = len(found) == limit
        self._full = []
        for room in self._listener.rooms:
            if room not in self._read:
                history = await uow.webchat.newest(room, HISTORY)
                found += history
                self._full += [room] if len(history) == HISTORY else []
        self._read = set(self._listener.rooms)
        unseen = [m for m in found if m.version > self._shown.get(m.id, 0)]
        self._remember(unseen)
        return unseen

    def _remember(self, messages: list[WebMessage]) -> None:
        self._shown |= {m.id: m.version for m in messages}
        self._cursor = max(self._cursor, *(m.version for m in messages), 0)
        horizon = self._cursor - LATE
        self._shown = {id: version for id, version in self._shown.items() if version > horizon}


async def events(
    storage: Storage, notifier: Notifier, view: View, last_event: str, clock: Clock
) -> AsyncIterator[str]:
    """Everything the page is told, until it leaves or the server stops."""
    yield f"retry: {RECONNECT}\n\n"
    with notifier.listening(view.chat) as listener:
        feed = Feed(view, listener, last_event)
        while not notifier.closed:
            try:
                async with storage.begin() as uow:
                    event = await feed.news(uow, clock())
            except SQLAlchemyError as error:
                log.warning("web stream ends, the page will come back", why=type(error).__name__)
                return
            yield event or STILL_HERE
            if not feed.more:
                await listener.wait(KEEP_ALIVE)
