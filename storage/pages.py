"""Who stands behind a pass to the pages, and where what they press is counted as pressed."""

from datetime import datetime

from sqlalchemy import select

from domain import pages
from domain.conversation import Address
from storage import tables as t
from storage.rows import Rows


class Pages(Rows):
    def link(self, person: int, place: str, now: datetime) -> str:
        """What stands in an address that opens this one place for this one person."""
        return pages.issued(self._vault.page_key, pages.Kind.LINK, person, place, now)

    def number(self, person: int, now: datetime) -> str:
        return pages.number(self._vault.page_key, person, now)

    async def account(self, person: int, given: datetime | None = None) -> Address | None:
        """As whom they act: the account they want, else the one used last; None: they are gone.

        ``given``: when they came in. Whoever did before an account left them may be that one.
        """
        a, p = t.accounts, t.people
        order = a.c.chosen.desc(), a.c.blocked_at.is_not(None), a.c.private_at.desc()
        mine = select(a.c.channel, a.c.chat).where(self._ours(a, person_id=person))
        if given is not None:
            parted = select(p.c.id).where(self._ours(p, id=person), p.c.parted_at >= given)
            mine = mine.where(~parted.exists())
        row = await self._first(mine.order_by(*order, a.c.channel, a.c.chat).limit(1))
        return Address(row.channel, row.chat) if row else None
