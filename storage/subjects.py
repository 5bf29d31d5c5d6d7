"""What happened to a person, an owner or a household on the roll: events, chained per subject."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from storage import chain
from storage import voting_tables as v
from storage.rows import Rows

LISTS = "lists"  # counts the changes, so that a roll that was drawn up before one is known as old


@dataclass(frozen=True)
class By:
    """Who did it, and from where."""

    person: int
    account: str = ""


class Subjects(Rows):
    """Shared by what changes who may vote; a subject is written ``person:31`` or ``owner:7``."""

    async def _note(
        self, subject: str, event: str, now: datetime, by: By | None = None, **data: Any
    ) -> None:
        """``by`` is None where a list that was imported did it."""
        e = v.roll_events
        query = select(e.c.seq, e.c.hash).where(self._ours(e, subject=subject))
        last = await self._first(query.order_by(e.c.seq.desc()).limit(1))
        row: dict[str, Any] = {
            "subject": subject,
            "seq": last.seq + 1 if last else 1,
            "event": event,
            "person_id": by.person if by else None,
            "account": (by.account or None) if by else None,
            "at": now,
            "data": data,
        }
        await self._next(LISTS)
        row["hash"] = link_event(last.hash if last else chain.GENESIS, row)
        await self._add(e, [row])  # of two who write the same number one tries again

    async def events(self, subject: str) -> list[Row[Any]]:
        e = v.roll_events
        return await self._all(select(e).where(self._ours(e, subject=subject)).order_by(e.c.seq))


def link_event(previous: str, row: Any) -> str:
    """The hash of one event, of the one before it and of everything this one says."""
    said = [
        row["subject"], row["seq"], row["event"], row["person_id"], row["account"],
        row["at"].isoformat(), row["data"],
    ]  # fmt: skip
    return chain.link(previous, said)
