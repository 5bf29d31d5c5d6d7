"""People, their accounts and households, and the words the bot expects of them."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import LABEL_STYLE_TABLENAME_PLUS_COL as LABELLED
from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, select, update
from sqlalchemy.sql import Executable

from domain.conversation import Action, Address
from domain.residents import Household, Person
from storage import tables as t
from storage.rows import PLACE, Rows, among, ours, paired, places
from storage.staff import staff_from

PRIVATE_NOTED = timedelta(hours=1)  # how stale "last wrote to us" may be: saves a write each time


@dataclass(frozen=True)
class Prompt:
    """What the bot last offered or asked in one place."""

    choices: tuple[str, ...] = ()  # packed actions, in the order they were numbered
    expects: Action | None = None


@dataclass(frozen=True)
class Visitor:
    """Who wrote, what we expect of them, and when they last wrote to us privately."""

    person: Person
    prompt: Prompt = field(default_factory=Prompt)
    private_at: datetime | None = None


@dataclass(frozen=True)
class Reach:
    """Where a person reads us, and in which language."""

    address: Address
    language: str


class Residents(Rows):
    async def visitor(self, sender: Address, where: Address) -> Visitor | None:
        """Everything about who wrote, in one statement; None when we have not met."""
        given = {"channel": sender.channel, "chat": sender.chat}
        there = {"where_channel": where.channel, "where_chat": where.chat}
        row = await self._first(_visit(), **given, **there)
        return self._visitor(row) if row else None

    async def visitors(self, senders: Set[Address]) -> dict[Address, Visitor]:
        """The same of everybody we have met who wrote to us alone."""
        rows = await self._all(_visits(len(senders) == 1), **places(senders)) if senders else []
        return {Address(r.accounts_channel, r.accounts_chat): self._visitor(r) for r in rows}

    def _visitor(self, row: Row[Any]) -> Visitor:
        expects = row.prompts_expects
        return Visitor(
            person=self._person(row),
            prompt=Prompt(
                tuple(row.prompts_choices or ()), Action.unpack(expects) if expects else None
            ),
            private_at=row.accounts_private_at,
        )

    def _person(self, row: Row[Any]) -> Person:
        return Person(
            id=row.people_id,
            language=row.people_language,
            household=_household(row) if row.households_id else None,
            consented=row.people_consented_at is not None,
            name=self._vault.unseal(row.people_name_sealed),
            staff=staff_from(row, self._vault) if row.staff_id else None,
        )

    async def meet(self, sender: Address, language: str, now: datetime) -> Person:
        """Remember somebody who writes for the first time: an account and nothing about them."""
        person = Person(self._ids(), language)
        await self._add(t.people, [{"id": person.id, "language": language, "created_at": now}])
        await self._add(
            t.accounts,
            [{"channel": sender.channel, "chat": sender.chat, "person_id": person.id}],
        )
        return person

    async def wrote_privately(self, sender: Address, last: datetime | None, now: datetime) -> None:
        """Note that we may write to them: they wrote to us first."""
        await self.all_wrote_privately({sender: last}, now)

    async def all_wrote_privately(
        self, last: Mapping[Address, datetime | None], now: datetime
    ) -> None:
        """The same of many, each with the moment that is noted so far."""
        stale = [a for a, at in last.items() if at is None or now - at >= PRIVATE_NOTED]
        if stale:
            await self._run(_wrote(len(stale) == 1), **places(stale), now=now)

    async def blocked(self, address: Address, now: datetime) -> None:
        """Until they write again, which is then noted however soon it is."""
        at = self._ours(t.accounts, channel=address.channel, chat=address.chat)
        await self._run(update(t.accounts).where(at).values(blocked_at=now, private_at=None))

    async def reach(self, people: set[int]) -> dict[int, Reach]:
        """For each person we may write to, the account they want, else the one used last."""
        rows = await self._all(_reached(), people=list(people)) if people else []
        return {r.person_id: Reach(Address(r.channel, r.chat), r.language) for r in rows}

    async def person(self, id: int) -> Person | None:
        p, h, s = t.people, t.households, t.staff
        joined = p.outerjoin(
            h, and_(h.c.community_id == p.c.community_id, h.c.id == p.c.household_id)
        ).outerjoin(s, and_(s.c.community_id == p.c.community_id, s.c.person_id == p.c.id))
        row = await self._first(
            select(joined).set_label_style(LABELLED).where(self._ours(p, id=id))
        )
        return self._person(row) if row else None

    async def change(self, person: int, **values: Any) -> None:
        """Change columns of one person; a name goes through :meth:`call`."""
        await self._run(update(t.people).where(self._ours(t.people, id=person)).values(**values))

    async def call(self, person: int, name: str) -> None:
        await self.change(person, name_sealed=self._vault.seal(name))

    async def expect(
        self, sender: Address, where: Address, expects: Action | None, now: datetime
    ) -> None:
        """The next words of this person in this place belong to ``expects``; None: to nothing."""
        await self._prompt(sender, where, now, expects=expects.pack() if expects else None)

    async def expect_nothing(self, senders: Set[Address], now: datetime) -> None:
        """The next words of all these, each alone with us, belong to nothing any more."""
        if senders:
            await self._run(_expecting_nothing(len(senders) == 1), **places(senders), now=now)

    async def offered(
        self, sender: Address, where: Address, choices: list[str], now: datetime
    ) -> None:
        """What a typed number means from now on, where there are no buttons."""
        await self._prompt(sender, where, now, choices=choices)

    async def _prompt(self, sender: Address, where: Address, now: datetime, **what: Any) -> None:
        row = {"channel": where.channel, "chat": where.chat, "sender": sender.chat, "at": now}
        statement = self._insert(t.prompts).values(
            community_id=self._community, **({"choices": []} | row | what)
        )
        key = ["community_id", "channel", "chat", "sender"]
        await self._run(
            statement.on_conflict_do_update(index_elements=key, set_={"at": now, **what})
        )

    async def grid_of(self, building: str) -> str | None:
        row = await self._first(_grid(), building=building)
        return row.grid if row else None

    async def buildings_of(self, grid: str) -> frozenset[str]:
        query = select(t.households.c.building).where(self._ours(t.households, grid=grid))
        return frozenset(r.building for r in await self._all(query.distinct()))

    async def has_unit(self, building: str, unit: str) -> bool:
        at = self._ours(t.households, building=building, unit=unit)
        return await self._first(select(t.households.c.id).where(at).limit(1)) is not None

    async def household_at(self, building: str, unit: str, room: str) -> int | None:
        at = self._ours(t.households, building=building, unit=unit, room=room)
        row = await self._first(select(t.households.c.id).where(at))
        return row.id if row else None


@cache
def _grid() -> Executable:
    return select(t.households.c.grid).where(ours(t.households, "building")).limit(1)


@cache
def _reached() -> Executable:
    a, p = t.accounts, t.people
    theirs = among("people", a.c.person_id)
    return (
        select(a.c.person_id, a.c.channel, a.c.chat, p.c.language)
        .join(p, and_(p.c.community_id == a.c.community_id, p.c.id == a.c.person_id))
        .where(ours(a), theirs, a.c.private_at.is_not(None), a.c.blocked_at.is_(None))
        .order_by(a.c.chosen, a.c.private_at, a.c.channel, a.c.chat)
    )


@cache
def _visit() -> Executable:
    q = t.prompts.c
    place = q.channel == bindparam("of_where_channel"), q.chat == bindparam("of_where_chat")
    here = *place, q.sender == bindparam("of_chat")
    return _known(*here).where(ours(t.accounts, "channel", "chat"))


@cache
def _visits(alone: bool) -> Executable:
    a, q = t.accounts.c, t.prompts.c
    here = q.channel == a.channel, q.chat == a.chat, q.sender == a.chat
    return _known(*here).where(paired(t.accounts, PLACE, alone))


def _known(*prompted: ColumnElement[bool]) -> Select[Any]:
    """Accounts with all that is known of who uses them, and with one prompt of theirs."""
    a, p, h, s, q = t.accounts, t.people, t.households, t.staff, t.prompts
    joined = (
        a.join(p, and_(p.c.community_id == a.c.community_id, p.c.id == a.c.person_id))
        .outerjoin(h, and_(h.c.community_id == a.c.community_id, h.c.id == p.c.household_id))
        .outerjoin(s, and_(s.c.community_id == a.c.community_id, s.c.person_id == p.c.id))
        .outerjoin(q, and_(q.c.community_id == a.c.community_id, *prompted))
    )
    return select(joined).set_label_style(LABELLED)


@cache
def _wrote(alone: bool) -> Executable:
    theirs = update(t.accounts).where(paired(t.accounts, PLACE, alone))
    return theirs.values(private_at=bindparam("of_now"), blocked_at=None)


@cache
def _expecting_nothing(alone: bool) -> Executable:
    q = t.prompts
    theirs = update(q).where(paired(q, PLACE, alone), q.c.sender == q.c.chat)
    return theirs.values(expects=None, at=bindparam("of_now"))


def _household(row: Row[Any]) -> Household:
    return Household(
        id=row.households_id,
        building=row.households_building,
        unit=row.households_unit,
        room=row.households_room,
        area=row.households_area,
        grid=row.households_grid,
    )
