"""Suggestions being put together: one per person, dropped when nobody goes on with them."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.sql import Executable

from domain.conversation import Address
from domain.tickets import Visibility
from storage import tables as t
from storage.rows import Rows, ours


@dataclass(frozen=True)
class Draft:
    id: int
    person: int
    text: str
    category: str
    visibility: Visibility = Visibility.PUBLIC
    place: str = ""
    photo: int | None = None
    group: Address | None = None  # where it was said; None: privately
    at: datetime | None = None  # when it was kept last; None: not yet


class Drafts(Rows):
    def new_id(self) -> int:
        return self._ids()

    async def save(self, draft: Draft, now: datetime) -> None:
        await self._put(
            t.drafts,
            "id",
            id=draft.id,
            person_id=draft.person,
            text=draft.text,
            category=draft.category,
            visibility=draft.visibility,
            place=draft.place,
            photo_id=draft.photo,
            group_channel=draft.group.channel if draft.group else None,
            group_chat=draft.group.chat if draft.group else None,
            at=now,
        )

    async def get(self, id: int) -> Draft | None:
        return await self._one(_by_number(), id=id)

    async def private(self, person: int) -> Draft | None:
        """The one this person is writing with the bot alone."""
        return await self._one(_private(), person_id=person)

    async def _one(self, query: Executable, **of: Any) -> Draft | None:
        row = await self._first(query, **of)
        if row is None:
            return None
        group = Address(row.group_channel, row.group_chat) if row.group_channel else None
        return Draft(
            row.id, row.person_id, row.text, row.category, Visibility(row.visibility), row.place,
            row.photo_id, group, row.at,
        )  # fmt: skip

    async def drop(self, id: int) -> None:
        await self._run(delete(t.drafts).where(self._ours(t.drafts, id=id)))

    async def drop_older(self, than: datetime) -> int:
        return await self._run(delete(t.drafts).where(self._ours(t.drafts), t.drafts.c.at < than))


@cache
def _by_number() -> Executable:
    return select(t.drafts).where(ours(t.drafts, "id"))


@cache
def _private() -> Executable:
    d = t.drafts.c
    mine = ours(t.drafts, "person_id"), d.group_channel.is_(None)
    return select(t.drafts).where(*mine).order_by(d.id.desc()).limit(1)
