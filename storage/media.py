"""Pictures and voices that their platform keeps only for days: fetched in time, and kept here."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, tuple_

from storage import platform_tables as f
from storage import tables as t
from storage.rows import Rows


class Media(Rows):
    async def due(
        self, channel: str, since: datetime, now: datetime, limit: int
    ) -> list[tuple[str, datetime, int]]:
        """What was sent since then and is not fetched: its reference, when, and tries so far."""
        a, m = t.attachments, f.media
        here = and_(m.c.community_id == a.c.community_id, m.c.channel == a.c.channel,
                    m.c.ref == a.c.ref)  # fmt: skip
        query = (
            select(a.c.ref, a.c.at, m.c.tries)
            .select_from(a.outerjoin(m, here))
            .where(self._ours(a, channel=channel), a.c.at > since)
            .where(or_(m.c.ref.is_(None), m.c.next_at <= now))
            .order_by(a.c.at)
            .limit(limit)
        )
        return [(row.ref, row.at, row.tries or 0) for row in await self._all(query)]

    async def keep(self, channel: str, ref: str, content: bytes, now: datetime) -> None:
        row: dict[str, Any] = {"channel": channel, "ref": ref, "content": content}
        await self._put(f.media, "channel ref", **row, at=now, tries=0, next_at=None)

    async def not_fetched(
        self, channel: str, ref: str, tries: int, now: datetime, next_at: datetime | None
    ) -> None:
        """To be tried again at ``next_at``, or never."""
        row: dict[str, Any] = {"channel": channel, "ref": ref, "content": None}
        await self._put(f.media, "channel ref", **row, at=now, tries=tries, next_at=next_at)

    async def content(self, channel: str, ref: str) -> bytes | None:
        query = select(f.media.c.content).where(self._ours(f.media, channel=channel, ref=ref))
        row = await self._first(query)
        return row.content if row else None

    async def delete_with(self, attachments: Collection[ColumnElement[bool]]) -> int:
        """Drop attachments and what is kept of them; returns how many attachments."""
        a, m = t.attachments, f.media
        theirs = select(a.c.channel, a.c.ref).where(self._ours(a), *attachments)
        of = tuple_(m.c.channel, m.c.ref).in_(theirs)
        await self._run(delete(m).where(self._ours(m), of))
        return await self._run(delete(a).where(self._ours(a), *attachments))
