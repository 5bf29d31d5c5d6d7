"""The web chat's own record: who opened it, which rooms they see, what stands in each room."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, delete, func, or_, select, update

from domain.conversation import Address
from storage import tables as t
from storage.groups import Group
from storage.ids import begin_of, process_of
from storage.rows import Rows

CHANNEL = "webchat"
BLANKED = "•••"
SETTLES = timedelta(minutes=1)  # a message is noted as sent after the page was told of it
LATE = 10_000 << 22  # ten seconds of versions: a version may be committed after a later one


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
        """None until they first say something. The language is the one the bot speaks to them."""
        w, a, p = t.webchat_people, t.accounts, t.people
        at = and_(
            a.c.community_id == w.c.community_id, a.c.channel == CHANNEL, a.c.chat == w.c.chat
        )
        known = w.outerjoin(a, at).outerjoin(
            p, and_(p.c.community_id == a.c.community_id, p.c.id == a.c.person_id)
        )
        language = func.coalesce(p.c.language, w.c.language).label("spoken")
        query = select(w.c.nickname_sealed, language).select_from(known)
        row = await self._first(query.where(self._ours(w, chat=chat)))
        if row is None:
            return None
        return WebPerson(chat, self._vault.unseal(row.nickname_sealed), row.spoken)

    async def enter(self, person: WebPerson, now: datetime) -> None:
        """Remember somebody who speaks for the first time; those we know stay as they are."""
        row = {
            "chat": person.chat,
            "nickname_sealed": self._vault.seal(person.nickname),
            "language": person.language,
            "created_at": now,
        }
        await self._add_new(t.webchat_people, [row])

    async def shown(self, chat: str, now: datetime) -> None:
        """A page has been told what stands in somebody's own room."""
        await self._change(chat, read_until=now + SETTLES)

    async def rename(self, chat: str, nickname: str) -> None:
        await self._change(chat, nickname_sealed=self._vault.seal(nickname))

    async def speak(self, chat: str, language: str) -> None:
        """Change the language, of the page and of the bot's words alike."""
        await self._change(chat, language=language)
        person = select(t.accounts.c.person_id).where(
            self._ours(t.accounts, channel=CHANNEL, chat=chat)
        )
        theirs = and_(self._ours(t.people), t.people.c.id == person.scalar_subquery())
        await self._run(update(t.people).where(theirs).values(language=language))

    async def _change(self, chat: str, **values: Any) -> None:
        mine = self._ours(t.webchat_people, chat=chat)
        await self._run(update(t.webchat_people).where(mine).values(**values))

    async def rooms(self, chat: str) -> list[Group]:
        """The groups this person may read: those of their household, and the staff's for staff."""
        rows = await self._all(self._visible(chat).order_by(t.groups.c.chat))
        return [Group(Address(r.channel, r.chat), r.scope, r.scope_value, r.language) for r in rows]

    def _visible(self, chat: str) -> Select[Any]:
        a, p, h, s, g = t.accounts, t.people, t.households, t.staff, t.groups
        here = (
            a.join(p, and_(p.c.community_id == a.c.community_id, p.c.id == a.c.person_id))
            .outerjoin(h, and_(h.c.community_id == p.c.community_id, h.c.id == p.c.household_id))
            .outerjoin(s, and_(s.c.community_id == p.c.community_id, s.c.person_id == p.c.id))
            .join(g, and_(g.c.community_id == a.c.community_id, g.c.channel == CHANNEL))
        )
        theirs = or_(
            and_(g.c.scope == "building", g.c.scope_value == h.c.building),
            and_(g.c.scope == "grid", g.c.scope_value == h.c.grid),
            and_(g.c.scope == "community", h.c.id.is_not(None)),
            and_(g.c.scope == "staff", s.c.id.is_not(None)),
        )
        mine = self._ours(a, channel=CHANNEL, chat=chat)
        return select(g).select_from(here).where(mine, theirs)

    async def write(
        self,
        room: str,
        author: str | None,
        body: dict[str, Any],
        now: datetime,
        *,
        once: int | None = None,
    ) -> int:
        """Add a message, unless one with the same ``once`` is there; returns its id.

        ``once`` is the outbox row the message keeps, or for a person's words
        :func:`once_for` of their update; the numbers of the two never meet.
        """
        id = self._ids()
        row = {"id": id, "room": room, "author": author, "body": body, "at": now, "version": id}
        if not await self._add_new(t.webchat_messages, [row | {"once": once}]):
            kept = self._ours(t.webchat_messages, once=once)
            found = await self._first(select(t.webchat_messages.c.id).where(kept))
            return int(found.id) if found else id
        return id

    async def edit(self, id: int, body: dict[str, Any]) -> bool:
        mine = self._ours(t.webchat_messages, id=id)
        values = {"body": body, "version": self._ids()}
        return bool(await self._run(update(t.webchat_messages).where(mine).values(values)))

    async def unsay(self, update_id: str) -> None:
        """Blank the words of one update; that something was said stays."""
        mine = self._ours(t.webchat_messages, once=once_for(update_id))
        row = await self._first(select(t.webchat_messages).where(mine))
        if row is not None:
            await self.edit(row.id, {**row.body, "spans": [[BLANKED, False]]})

    async def message(self, id: int) -> WebMessage | None:
        mine = self._ours(t.webchat_messages, id=id)
        row = await self._first(select(t.webchat_messages).where(mine))
        return _message(row) if row else None

    async def newest(self, room: str, limit: int, before: int | None = None) -> list[WebMessage]:
        """The last messages of a room, or the last before a version; oldest first."""
        m = t.webchat_messages
        query = select(m).where(self._ours(m, room=room)).order_by(m.c.version.desc()).limit(limit)
        if before is not None:
            query = query.where(m.c.version < before)
        return [_message(r) for r in reversed(await self._all(query))]

    async def changed(self, rooms: list[str], after: int, limit: int) -> list[WebMessage]:
        """What is new or changed after a version, oldest change first.

        Begins :data:`LATE` before it, since two writers may commit in the other order; the
        reader passes over what it has seen.
        """
        m = t.webchat_messages
        query = select(m).where(self._ours(m), m.c.room.in_(rooms), m.c.version > after - LATE)
        rows = await self._all(query.order_by(m.c.version).limit(limit)) if rooms else []
        return [_message(r) for r in rows]

    async def written_elsewhere(
        self, rooms: Collection[str], since: datetime
    ) -> set[tuple[str, int]]:
        """The room and the version of what other processes have written in these since then."""
        m = t.webchat_messages
        others = process_of(m.c.version) != self._ids.process
        lately = m.c.version >= begin_of(since)
        found = await self._among(m, [m.c.room, m.c.version], m.c.room, set(rooms), lately, others)
        return {(row.room, row.version) for row in found}

    async def nicknames(self, chats: set[str]) -> dict[str, str]:
        p = t.webchat_people
        rows = await self._all(select(p).where(self._ours(p), p.c.chat.in_(chats))) if chats else []
        return {r.chat: self._vault.unseal(r.nickname_sealed) for r in rows}

    async def keep_file(self, ref: str, mime: str, content: bytes, now: datetime) -> None:
        row = {"ref": ref, "mime": mime, "content": content, "at": now}
        await self._add_new(t.webchat_files, [row])

    async def file(self, ref: str) -> tuple[str, bytes] | None:
        """The kind and the bytes of a picture."""
        found = await self._first(
            select(t.webchat_files).where(self._ours(t.webchat_files, ref=ref))
        )
        return (found.mime, found.content) if found else None

    async def forget(self, chat: str) -> None:
        """Drop a person's name, their private room, what they wrote in groups, their pictures."""
        m, f = t.webchat_messages, t.webchat_files
        said = await self._all(select(m.c.body).where(self._ours(m, author=chat)))
        pictures = {r.body["picture"] for r in said if r.body.get("picture")}
        await self._run(delete(f).where(self._ours(f), f.c.ref.in_(pictures)))
        await self._run(delete(m).where(self._ours(m), or_(m.c.author == chat, m.c.room == chat)))
        mine = self._ours(t.webchat_people, chat=chat)
        await self._run(delete(t.webchat_people).where(mine))


def once_for(update_id: str) -> int:
    """A number below zero that stands for one update, so that a repeat is not written again."""
    digest = hashlib.sha256(update_id.encode()).digest()
    return -1 - (int.from_bytes(digest[:8], "big") >> 2)


def _message(row: Row[Any]) -> WebMessage:
    return WebMessage(row.id, row.room, row.author, row.body, row.at, row.version)
