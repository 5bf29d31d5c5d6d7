"""The roll of a matter: drawn up from what is stored, frozen voter by voter, asked at each vote.

Drawing up reads no name. Names are opened when a lot of voters is written, to be sealed again in
the voters' labels; a caller with many voters writes them lot by lot and lets others in between.
"""

import secrets
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Table,
    and_,
    cast,
    func,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.sql.selectable import FromClause

from domain import roll
from domain.question import Scope
from domain.record import Entry, pseudonym, roll_hash
from domain.residents import Household, Staff
from domain.roll import Drawn, Holding, Home, Voter
from domain.voting import Sum, Unit
from storage import tables as t
from storage import voting_tables as v
from storage.rows import Rows

LOT = 1000  # voters in one statement; sealing their labels takes some 50 ms
SALT = 16  # bytes: nobody finds a flat by trying areas (handbook: voting 2.3)
BETWEEN = "、"
NAMES = {"o": v.owners, "j": v.owners, "h": t.households, "p": t.people, "d": v.delegates}
Named = tuple[Table, int]
ON_THE_ROSTER = 2  # the level of identity from which a resident votes (handbook: voting 3.1)


@dataclass(frozen=True)
class OnRoll:
    """One voter of a frozen roll."""

    unit: str
    areas: tuple[int | None, ...]
    salt: str
    person: int | None
    fault: str
    took_part: bool
    delivered_at: datetime | None
    label_sealed: str


@dataclass(frozen=True)
class Label:
    """Whose vote it is, for officers and auditors; ``doors`` also for the voter."""

    names: str
    doors: tuple[str, ...]


class Roll(Rows):
    # --- drawing up

    async def draw_up(
        self,
        unit: Unit,
        scopes: Sequence[Scope],
        staff: Sequence[Staff] = (),
        *,
        parking: str = "",
        level: int = ON_THE_ROSTER,
    ) -> Drawn:
        """The roll as it would be frozen now.

        ``staff`` is asked for with delegates only; a ``level`` of 1 takes residents who have
        joined and whom nobody has verified, which is enough where only wishes are asked for.
        """
        match unit:
            case Unit.OWNER:
                return roll.owners(
                    await self._holdings(scopes), await self._acting(), scopes, parking
                )
            case Unit.HOUSEHOLD:
                return roll.households(await self._homes(scopes), scopes)
            case Unit.RESIDENT:
                return roll.residents(await self._residents(scopes, level), scopes)
            case _:
                return roll.delegates(await self._delegates(), staff, len(scopes))

    async def _holdings(self, scopes: Sequence[Scope]) -> list[Holding]:
        o, h = v.holdings, t.households
        everywhere = any(scope.kind == "community" for scope in scopes)  # bays lie nowhere else
        joined = o.join(h, _same(h.c.id, o.c.household_id), isouter=everywhere)
        columns = o.c.owner_id, o.c.property, o.c.area.label("held"), o.c.represents, *_home(h)
        query = select(*columns).select_from(joined).where(self._ours(o), _within(scopes))
        return [
            Holding(
                r.owner_id, r.property, _household(r) if r.id else None, r.held, bool(r.represents)
            )
            for r in await self._all(query)
        ]

    async def _acting(self) -> dict[int, int]:
        """Who acts for each owner whose title document was seen."""
        o = v.owners
        query = select(o.c.id, o.c.person_id).where(self._ours(o), o.c.person_id.is_not(None))
        return {r.id: r.person_id for r in await self._all(query)}

    async def _homes(self, scopes: Sequence[Scope]) -> list[Home]:
        h, r, p = t.households, v.representatives, t.people
        joined_to = h.outerjoin(r, _same(r.c.household_id, h.c.id))
        query = select(*_home(h), r.c.person_id).select_from(joined_to)
        rows = await self._all(query.where(self._ours(h), _within(scopes)))
        lived_in = select(p.c.household_id).where(self._ours(p), p.c.household_id.is_not(None))
        joined = {found.household_id for found in await self._all(lived_in.distinct())}
        return [Home(_household(row), row.person_id, row.id in joined) for row in rows]

    async def _residents(self, scopes: Sequence[Scope], level: int) -> list[tuple[int, Household]]:
        p, h, i = t.people, t.households, v.identities
        joined: FromClause = p.join(h, _same(h.c.id, p.c.household_id))
        fit: ColumnElement[bool] = true()
        if level >= ON_THE_ROSTER:
            joined = joined.join(i, _same(i.c.person_id, p.c.id))
            fit = and_(i.c.level >= level, i.c.adult == 1)
        query = select(p.c.id.label("person"), *_home(h)).select_from(joined)
        rows = await self._all(query.where(self._ours(p), fit, _within(scopes)))
        return [(r.person, _household(r)) for r in rows]

    async def _delegates(self) -> list[tuple[int, int | None]]:
        d = v.delegates
        query = select(d.c.id, d.c.person_id).where(self._ours(d)).order_by(d.c.id)
        return [(r.id, r.person_id) for r in await self._all(query)]

    # --- freezing

    async def clear(self, matter: int) -> None:
        """Forget a roll that was begun, before it is drawn up anew. Never after the opening."""
        await self._run(v.voters.delete().where(self._ours(v.voters, matter=matter)))

    async def write(self, matter: int, voters: Sequence[Voter]) -> None:
        """Write these voters, each with a salt of its own and its label sealed."""
        for at in range(0, len(voters), LOT):
            lot = voters[at : at + LOT]
            names = await self._names(lot)
            await self._add(v.voters, [self._row(matter, voter, names) for voter in lot])

    def _row(self, matter: int, voter: Voter, names: Mapping[Named, str]) -> dict[str, Any]:
        named = [names.get((NAMES[voter.unit[0]], id), "") for id in voter.whose]
        label = BETWEEN.join(filter(None, named)) + "\t" + BETWEEN.join(voter.properties)
        return {
            "matter": matter,
            "unit": voter.unit,
            "areas": list(voter.areas),
            "salt": secrets.token_hex(SALT),
            "label_sealed": self._vault.seal(label),
            "person_id": voter.person,
            "fault": voter.fault,
            "took_part": 0,
        }

    async def _names(self, lot: Sequence[Voter]) -> dict[Named, str]:
        """The names that stand in a lot's labels, by table and number."""
        wanted: dict[Table, set[int]] = {}
        for voter in lot:
            if voter.whose:
                wanted.setdefault(NAMES[voter.unit[0]], set()).update(voter.whose)
        found: dict[Named, str] = {}
        for table, ids in wanted.items():
            columns = [table.c.id, table.c.name_sealed]
            for row in await self._found(table, columns, table.c.id, ids):
                found[table, row.id] = self._vault.unseal(row.name_sealed)
        return found

    async def entries(self, matter: int) -> AsyncIterator[OnRoll]:
        """Every voter in the order of the units, read in lots."""
        after = ""
        while lot := await self._lot(self._voters(matter), after, LOT):
            for voter in lot:
                yield voter
            after = lot[-1].unit

    async def hash(self, matter: int, key: bytes) -> str:
        """What binds the roll; posted before the vote opens (handbook: voting 2.3, step 1)."""
        entries = [
            Entry(pseudonym(key, voter.unit), 1, voter.areas, voter.salt)
            async for voter in self.entries(matter)
        ]
        return roll_hash(entries)

    # --- while people vote

    async def voter(self, matter: int, unit: str) -> OnRoll | None:
        row = await self._first(self._voters(matter, unit=unit))
        return on_roll(row) if row else None

    async def may_answer(self, matter: int, person: int) -> list[OnRoll]:
        """The units this person may answer for: mostly one, their own."""
        query = self._voters(matter, person_id=person).order_by(v.voters.c.unit)
        return [on_roll(row) for row in await self._all(query)]

    async def concerning(self, matter: int, person: int) -> list[OnRoll]:
        """The units this person belongs to, whether they may answer for them or not (I3, I5)."""
        query = self._voters(matter).where(v.voters.c.unit.in_(await self.units_of(person)))
        return [on_roll(row) for row in await self._all(query.order_by(v.voters.c.unit))]

    async def units_of(self, person: int) -> list[str]:
        """The voting units somebody belongs to as things are now: person, household, owner."""
        p = t.people
        home = await self._first(select(p.c.household_id).where(self._ours(p, id=person)))
        household = [f"h:{home.household_id}"] if home and home.household_id else []
        return [f"p:{person}", *household, *await self._as_owner(person)]

    async def _as_owner(self, person: int) -> list[str]:
        """The units of what this person owns alone or with others."""
        o, h = v.owners.c, v.holdings.c
        mine = await self._found(v.owners, [o.id], o.person_id, {person})
        held = await self._found(v.holdings, [h.property], h.owner_id, {r.id for r in mine})
        doors = {r.property for r in held}
        theirs = await self._found(v.holdings, [h.property, h.owner_id], h.property, doors)
        one = await self._one_and_the_same({r.owner_id for r in theirs})
        together: dict[str, set[int]] = {}
        for r in theirs:
            together.setdefault(r.property, set()).add(one.get(r.owner_id, r.owner_id))
        return sorted({roll.owner_unit(tuple(ids)) for ids in together.values()})

    async def _one_and_the_same(self, owners: set[int]) -> dict[int, int]:
        """For each of these owners the first of those that are the same person."""
        o = v.owners.c
        acting = await self._found(v.owners, [o.id, o.person_id], o.id, owners)
        people = {r.person_id for r in acting if r.person_id is not None}
        all_of_them = await self._found(v.owners, [o.id, o.person_id], o.person_id, people)
        return roll.same_person({r.id: r.person_id for r in all_of_them})

    async def _found(
        self, table: Table, columns: list[Any], column: Any, among: set[Any]
    ) -> list[Row[Any]]:
        """Rows whose column has one of these values, asked for in lots."""
        values, found = sorted(among), list[Row[Any]]()
        for at in range(0, len(values), LOT):
            query = select(*columns).where(self._ours(table), column.in_(values[at : at + LOT]))
            found += await self._all(query)
        return found

    def label(self, voter: OnRoll) -> Label:
        """Whose vote it is. Names stay with officers and auditors."""
        names, _, doors = self._vault.unseal(voter.label_sealed).partition("\t")
        return Label(names, tuple(doors.split(BETWEEN)) if doors else ())

    async def silent(self, matter: int, after: str = "", limit: int = LOT) -> list[OnRoll]:
        """Units that have not answered and that somebody could answer for, page by page."""
        x = v.voters.c
        able = text(v.NOT_YET), x.person_id.is_not(None), x.fault == ""
        return await self._lot(self._voters(matter).where(*able), after, limit)

    async def untold(self, matter: int, told: int, limit: int) -> list[OnRoll]:
        """Units that have not answered and have not heard of the latest moment, in lots."""
        x = v.voters.c
        query = self._voters(matter).where(text(v.NOT_YET), x.told < told)
        rows = await self._all(query.order_by(x.told, x.unit).limit(limit))
        return [on_roll(row) for row in rows]

    async def told(self, matter: int, units: Iterable[str], told: int) -> None:
        await self._change(matter, units, told=told)

    async def told_at_most(self, matter: int, told: int) -> None:
        """After an extension its reminders come again."""
        x = v.voters
        which = self._ours(x, matter=matter), x.c.told > told
        await self._run(update(x).where(*which).values(told=told))

    async def turnout(self, matter: int) -> tuple[int, int]:
        """How many units have answered, and how many there are."""
        x = v.voters
        voted = func.coalesce(func.sum(x.c.took_part), 0).label("voted")
        query = select(func.count().label("everybody"), voted)
        row = await self._first(query.where(self._ours(x, matter=matter)))
        assert row is not None
        return int(row.voted), int(row.everybody)

    async def answered(self, matter: int, unit: str, took_part: bool = True) -> None:
        """Note that the unit has a standing ballot, or has none any more."""
        await self._change(matter, [unit], took_part=int(took_part))

    async def delivered(self, matter: int, units: Iterable[str], now: datetime) -> None:
        """Note that a ballot reached these units; the first time counts."""
        await self._change(matter, units, v.voters.c.delivered_at.is_(None), delivered_at=now)

    async def totals(self, matter: int, parts: int) -> tuple[Sum, ...]:
        """Number and area of everybody, part by part."""
        return await self._totals(parts, self._ours(v.voters, matter=matter))

    async def totals_silent(self, matter: int, parts: int) -> tuple[Sum, ...]:
        """Of those a ballot was delivered to and who have none standing."""
        mine = self._ours(v.voters, matter=matter, took_part=0)
        return await self._totals(parts, and_(mine, v.voters.c.delivered_at.is_not(None)))

    async def _totals(self, parts: int, which: ColumnElement[bool]) -> tuple[Sum, ...]:
        sums: list[ColumnElement[Any]] = []
        for part in range(parts):
            area = cast(v.voters.c.areas[part].as_string(), BigInteger)
            sums += [func.count(area), func.coalesce(func.sum(area), 0)]
        row = await self._first(select(*sums).where(which))
        assert row is not None
        return tuple(Sum(int(row[2 * p]), int(row[2 * p + 1])) for p in range(parts))

    async def acts(self, unit: str, person: int | None, fault: str, matters: Iterable[int]) -> None:
        """From now on another person answers for this unit in these matters (I4)."""
        for matter in matters:
            await self._change(matter, [unit], person_id=person, fault=fault)

    async def _change(
        self, matter: int, units: Iterable[str], *only: ColumnElement[bool], **values: Any
    ) -> None:
        x = v.voters
        which = self._ours(x, matter=matter), x.c.unit.in_(list(units)), *only
        await self._run(update(x).where(*which).values(**values))

    def _voters(self, matter: int, **values: Any) -> Select[Any]:
        return select(v.voters).where(self._ours(v.voters, matter=matter, **values))

    async def _lot(self, query: Select[Any], after: str, limit: int) -> list[OnRoll]:
        x = v.voters.c
        rows = await self._all(query.where(x.unit > after).order_by(x.unit).limit(limit))
        return [on_roll(row) for row in rows]


def _same(one: Any, other: Any) -> ColumnElement[bool]:
    """Two columns of one community that name the same thing."""
    return and_(one.table.c.community_id == other.table.c.community_id, one == other)


def _within(scopes: Sequence[Scope]) -> ColumnElement[bool]:
    """The households that lie in one of the scopes, as ``Scope.covers`` has it."""
    return or_(*(_covered(scope) for scope in scopes))


def _covered(scope: Scope) -> ColumnElement[bool]:
    h = t.households.c
    match scope.kind:
        case "unit":
            return h.building + "-" + h.unit == scope.value
        case "building":
            return h.building == scope.value
        case "grid":
            return h.grid == scope.value
        case _:
            return true()


def _home(h: Any) -> tuple[Any, ...]:
    return h.c.id, h.c.building, h.c.unit, h.c.room, h.c.area, h.c.grid


def _household(row: Row[Any]) -> Household:
    return Household(row.id, row.building, row.unit, row.room, row.area, row.grid)


def on_roll(row: Row[Any]) -> OnRoll:
    return OnRoll(
        row.unit, tuple(row.areas), row.salt, row.person_id, row.fault, bool(row.took_part),
        row.delivered_at, row.label_sealed,
    )  # fmt: skip
