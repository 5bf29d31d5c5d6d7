"""What is kept about one person, and how it is forgotten (PIPL articles 45 and 47)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, and_, delete, select, union_all, update

from domain.conversation import Address
from domain.objections import State
from storage import alive_tables as alive
from storage import platform_tables
from storage import tables as t
from storage import voting_tables as v
from storage.groups import Groups, hashed
from storage.mandates import State as Mandated
from storage.media import Media
from storage.rows import Rows
from storage.webchat import CHANNEL, WebChat

OWN: tuple[tuple[str, Table, tuple[str, ...]], ...] = (
    ("accounts", t.accounts, ("channel", "chat", "private_at", "linked_at")),
    ("words", t.notes, ("ticket", "kind", "text", "at")),
    ("supported", t.supporters, ("ticket", "at")),
    ("ratings", t.ratings, ("ticket", "round", "solved", "satisfaction", "at")),
    ("drafts", t.drafts, ("text", "place", "at")),
    ("pictures", t.attachments, ("channel", "at")),
    ("wishes", alive.preferences, ("muted", "less", "askable", "asked_at", "at")),
    ("reminded", alive.pushes, ("topic", "at")),
    ("digest", alive.digest_readers, ("digest", "at")),
    ("opinions", v.poll_answers, ("poll", "choices", "at")),
    ("minutes", alive.minutes, ("sitting", "text", "at")),
    ("notices", alive.notice_recipients, ("notice", "state", "at")),
    ("identity", v.identities, ("level", "adult", "matched", "at")),
    ("represents_household", v.representatives, ("at",)),
    ("delegate", v.delegates, ("at",)),
    ("said_of_matters", v.matter_notes, ("matter", "kind", "text", "at")),
    ("objections", v.objections, ("matter", "number", "state", "at")),
    ("on_rolls", v.voters, ("matter", "took_part", "delivered_at")),
)


class Privacy(Rows):
    async def everything(self, person: int) -> dict[str, list[dict[str, Any]]]:
        """Every row about this person, by kind, with plain values only."""
        found: dict[str, list[dict[str, Any]]] = {}
        for kind, table, columns in OWN:
            query = select(*(table.c[c] for c in columns))
            rows = await self._all(query.where(self._ours(table, person_id=person)))
            found[kind] = [_plain(dict(row._mapping)) for row in rows]
        query = select(t.tickets.c.number, t.tickets.c.state, t.tickets.c.opened_at)
        rows = await self._all(query.where(self._ours(t.tickets, author_id=person)))
        found["cases"] = [_plain(dict(row._mapping)) for row in rows]
        m = v.mandates
        query = select(m.c.matter, m.c.state, m.c.at)
        rows = await self._all(query.where(self._ours(m, proxy_id=person)))
        found["votes_for_others"] = [_plain(dict(row._mapping)) for row in rows]
        found["asked_in_groups"] = await self._asked(person)
        found["wrote_in_groups"] = await self._days(person)
        found["owns"] = [_plain(dict(row._mapping)) for row in await self._owned(person)]
        return found

    async def _asked(self, person: int) -> list[dict[str, Any]]:
        q = alive.questions
        query = select(q.c.kind, q.c.state, q.c.asked_at, q.c.words_sealed)
        query = query.where(self._ours(q, person_id=person))
        rows = await self._all(query.order_by(q.c.asked_at, q.c.id))
        kept = [(dict(row._mapping), self._vault.unseal(row.words_sealed)) for row in rows]
        return [_plain({k: v for k, v in r.items() if k != "words_sealed"}) | {"words": w}
                for r, w in kept]  # fmt: skip

    async def _days(self, person: int) -> list[dict[str, Any]]:
        d = alive.group_days
        queries = [select(d.c.day, d.c.posts).where(w) for w in await self._wrote_in_groups(person)]
        rows = [row for query in queries for row in await self._all(query.order_by(d.c.day))]
        return [_plain(dict(row._mapping)) for row in rows]

    async def _owned(self, person: int) -> list[Row[Any]]:
        o, h = v.owners, v.holdings
        owners = await self._all(select(o.c.id).where(self._ours(o, person_id=person)))
        columns = [h.c.property, h.c.area, h.c.source, h.c.represents]
        return await self._among(h, columns, h.c.owner_id, {row.id for row in owners})

    async def forget(self, person: int, now: datetime) -> None:
        """Erase who they are and what they wrote. What others need of a case stays a number."""
        await self._no_longer_asks(person)
        for account in await self._accounts(person):
            await self._forget_account(account.channel, account.chat)
        await self._change(t.notes, {"text": "", "photo_id": None}, person_id=person)
        await self._change(
            t.tickets, {"summary": "", "place": "", "photo_id": None}, author_id=person
        )
        await self._change(
            t.people,
            {"name_sealed": "", "household_id": None, "consented_at": None, "forgotten_at": now},
            id=person,
        )
        await self._no_longer_votes(person)
        await self._no_longer_announces(person)
        await self._no_longer_objects(person)
        unasked = (alive.preferences, alive.pushes, alive.notice_recipients)
        for table in (t.drafts, t.accounts, alive.digest_readers, *unasked):
            await self._run(delete(table).where(self._ours(table, person_id=person)))

    async def _no_longer_votes(self, person: int) -> None:
        """Owners, delegates and households stay in their lists, as if nobody had joined.

        A frozen roll keeps its sealed label, without the person: ballots that were cast stay
        sealed evidence until the years of keeping are over (handbook: voting P16).
        """
        d = v.delegates
        for table in (v.owners, v.voters):
            await self._change(table, {"person_id": None}, person_id=person)
        listed_by_account = self._ours(d, person_id=person, household_id=None)
        await self._run(delete(d).where(listed_by_account))
        await self._change(d, {"person_id": None}, person_id=person)
        m = v.mandates
        theirs = self._ours(m, proxy_id=person), m.c.state != Mandated.ENDED
        await self._run(update(m).where(*theirs).values(state=Mandated.ENDED, code_hash=None))
        for table in (v.identities, v.representatives, v.poll_answers):
            await self._run(delete(table).where(self._ours(table, person_id=person)))

    async def _no_longer_announces(self, person: int) -> None:
        """A notice keeps its words, which were the community's, without this person's picture."""
        n, a = alive.notices, t.attachments
        theirs = select(a.c.id).where(self._ours(a, person_id=person))
        shown = self._ours(n), n.c.photo_id.in_(theirs)
        await self._run(update(n).where(*shown).values(photo_id=None))

    async def _no_longer_objects(self, person: int) -> None:
        """Nobody is left to be answered. Minutes and answers of a former officer stay."""
        n, a = v.matter_notes, t.attachments
        await self._change(
            v.objections, {"state": State.WITHDRAWN, "next_at": None},
            person_id=person, state=State.OPEN,
        )  # fmt: skip
        own = self._ours(n, person_id=person), n.c.kind.in_(("objection", "comment"))
        await self._run(update(n).where(*own).values(text="", photo_id=None))
        kept = union_all(
            *(
                select(column).where(self._ours(column.table), column.is_not(None))
                for column in (n.c.photo_id, v.entries.c.photo_id, v.mandates.c.paper_id)
            )
        )  # signed papers are evidence of the vote, whoever photographed them
        pictures = a.c.person_id == person, a.c.id.not_in(kept)
        await Media(*self._parts).delete_with(pictures)

    async def _accounts(self, person: int) -> list[Address]:
        a = t.accounts
        query = select(a.c.channel, a.c.chat).where(self._ours(a, person_id=person))
        return [Address(row.channel, row.chat) for row in await self._all(query)]

    async def _wrote_in_groups(self, person: int) -> list[ColumnElement[bool]]:
        """The counts of their days, group by group, where they are known by another hash each."""
        d = alive.group_days
        accounts = await self._accounts(person)
        return [
            and_(
                self._ours(d, channel=group.address.channel, chat=group.address.chat),
                d.c.person.in_([hashed(self._vault, group, account) for account in accounts]),
            )
            for group in await Groups(*self._parts).all()
        ]

    async def _no_longer_asks(self, person: int) -> None:
        """That something was asked in a group is a count; by whom, nobody knows any more."""
        asked = {"person_id": None, "message": "", "words_sealed": "", "photo_id": None}
        await self._change(alive.questions, asked, person_id=person)
        for theirs in await self._wrote_in_groups(person):
            await self._run(delete(alive.group_days).where(theirs))

    async def unsay(self, sender: Address, update_id: str) -> None:
        """Blank words we keep ourselves of what somebody has just said to the bot alone."""
        if sender.channel == CHANNEL:
            await WebChat(*self._parts).unsay(update_id)

    async def _forget_account(self, channel: str, chat: str) -> None:
        f = platform_tables
        platforms = (f.allowances, f.subscriptions, f.link_codes, f.card_codes, f.paces)
        for table in (t.outbox, t.prompts, t.cards, alive.held, *platforms):
            at = self._ours(table, channel=channel, chat=chat)
            await self._run(delete(table).where(at))
        if channel == CHANNEL:
            await WebChat(*self._parts).forget(chat)

    async def _change(self, table: Table, values: dict[str, Any], **which: Any) -> None:
        await self._run(update(table).where(self._ours(table, **which)).values(**values))


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()}
