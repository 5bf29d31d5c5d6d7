"""The web chat's own record: who opened it, and what stands in each room."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update

from storage import tables as t
from storage.rows import Rows


@dataclass(frozen=True)
class WebPerson:
    chat: str
    nickname: str
    language: str


@dataclass(frozen=True)
class WebMessage:
    id: int
    room: str
    author: str | None  # None: the bot
    body: dict[str, Any]
    at: datetime
    version: int


class WebChat(Rows):
    async def person(self, chat: str) -> WebPerson | None:
        row = await self._first(
            select(t.webchat_people).where(self._ours(t.webchat_people, chat=chat))
        )
        if row is None:
            return None
        return WebPerson(row.chat, self._vault.unseal(row.nickname_sealed), row.language)

    async def enter(self, person: WebPerson, now: datetime) -> None:
        """Open the web chat for somebody, or rename them."""
        await self._put(
            t.webchat_people,
            "chat",
            chat=person.chat,
            nickname_sealed=self._vault.seal(person.nickname),
            language=person.language,
            created_at=now,
        )

    async def write(
        self,
        room: str,
        author: str | None,
        body: dict[str, Any],
        now: datetime,
        *,
        outbox: int | None = None,
    ) -> int:
        """Add a message; one that keeps a promise already kept is passed over. Returns its id."""
        id = self._ids()
        row = {"id": id, "room": room, "author": author, "body": body, "at": now, "version": id}
        if not await self._add_new(t.webchat_messages, [row | {"outbox_id": outbox}]):
            kept = self._ours(t.webchat_messages, outbox_id=outbox)
            found = await self._first(select(t.webchat_messages.c.id).where(kept))
            return int(found.id) if found else id
        return id

    async def edit(self, id: int, body: dict[str, Any]) -> bool:
        mine = self._ours(t.webchat_messages, id=id)
        values = {"body": body, "version": self._ids()}
        return bool(await self._run(update(t.webchat_messages).where(mine).values(values)))

    async def message(self, id: int) -> WebMessage | None:
        mine = self._ours(t.webchat_messages, id=id)
        row = await self._first(select(t.webchat_messages).where(mine))
        return _message(row) if row else None

    async def since(self, room: str, version: int, limit: int) -> list[WebMessage]:
        """What is new or changed in a room, oldest change first; at first the newest ``limit``."""
        m = t.webchat_messages
        changed = select(m).where(self._ours(m, room=room), m.c.version > version)
        order = m.c.version.desc() if version == 0 else m.c.version
        rows = await self._all(changed.order_by(order).limit(limit))
        return sorted((_message(r) for r in rows), key=lambda message: message.version)

    async def nicknames(self, chats: set[str]) -> dict[str, str]:
        p = t.webchat_people
        rows = await self._all(select(p).where(self._ours(p), p.c.chat.in_(chats))) if chats else []
        return {r.chat: self._vault.unseal(r.nickname_sealed) for r in rows}

    async def count(self, room: str) -> int:
        m = t.webchat_messages
        row = await self._first(select(func.count()).where(self._ours(m, room=room)))
        return int(row[0]) if row else 0

    async def keep_file(self, ref: str, mime: str, content: bytes, now: datetime) -> None:
        row = {"ref": ref, "mime": mime, "content": content, "at": now}
        await self._add_new(t.webchat_files, [row])

    async def file(self, ref: str) -> tuple[str, bytes] | None:
        found = await self._first(
            select(t.webchat_files).where(self._ours(t.webchat_files, ref=ref))
        )
        return (found.mime, found.content) if found else None


def _message(row: Row[Any]) -> WebMessage:
    return WebMessage(row.id, row.room, row.author, row.body, row.at, row.version)
