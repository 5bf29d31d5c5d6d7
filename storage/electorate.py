"""Who could vote as things are now: rolls drawn up from the lists, and the units of one person.

Reads no name, so that a roll of a hundred thousand units is drawn up in seconds, and off the
event loop.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select, true, union_all

from domain import roll
from domain.identity import Level
from domain.question import Scope
from domain.residents import Household, Staff
from domain.roll import Acting, Drawn, Holding, Home, Kind, Living
from domain.voting import Unit
from storage import tables as t
from storage import voting_tables as v
from storage.rows import Rows, same


class Electorate(Rows):
    async def draw_up(
        self,
        unit: Unit,
        scopes: Sequence[Scope],
        staff: Sequence[Staff] = (),
        *,
        parking: str = "",
        level: Level = Level.ROSTER,
    ) -> Drawn:
        """The roll as it would be frozen now.

        ``staff`` is asked for with delegates only. Below the roster's ``level`` whoever has joined
        a household may answer for it, where nobody is registered.
        """
        match unit:
            case Unit.OWNER:
                held, acting = await self._holdings(scopes), await self._acting()
                unlisted = await self._unlisted(scopes)
                return await asyncio.to_thread(roll.owners, held, acting, scopes, parking, unlisted)
            case Unit.HOUSEHOLD:
                homes = await self._homes(scopes)
                anybody = level < Level.ROSTER
                return await asyncio.to_thread(
                    roll.households, homes, scopes, whoever_joined=anybody
                )
            case Unit.RESIDENT:
                living = await self._living(scopes, level)
                return await asyncio.to_thread(roll.residents, living, scopes)
            case _:
                return roll.delegates(await self._delegates(), staff, len(scopes))

    async def _holdings(self, scopes: Sequence[Scope]) -> list[Holding]:
        o, h = v.holdings, t.households
        everywhere = any(scope.kind == "community" for scope in scopes)  # bays lie nowhere else
        joined = o.join(h, same(h.c.id, o.c.household_id), isouter=everywhere)
        columns = o.c.owner_id, o.c.property, o.c.area.label("held"), o.c.represents, *_home(h)
        query = select(*columns).select_from(joined).where(self._ours(o), _within(scopes))
        return [
            Holding(
                r.owner_id, r.property, _household(r) if r.id else None, r.held, bool(r.represents)
            )
            async for r in self._in_lots(query)
        ]

    async def _unlisted(self, scopes: Sequence[Scope]) -> list[str]:
        """The doors within the scopes that no row of the list of owners names."""
        h, o = t.households, v.holdings
        joined = h.outerjoin(o, same(o.c.household_id, h.c.id))
        query = select(*_home(h)).select_from(joined).where(self._ours(h), _within(scopes))
        nobodys = query.where(o.c.owner_id.is_(None))
        return [_household(row).door async for row in self._in_lots(nobodys)]

    async def _acting(self) -> dict[int, Acting]:
        """Who acts for each owner whose title document was seen."""
        o = v.owners
        known = self._ours(o), o.c.person_id.is_not(None)
        query = select(o.c.id, o.c.person_id, o.c.kind).where(*known)
        return {r.id: Acting(r.person_id, Kind(r.kind)) async for r in self._in_lots(query)}

    async def _homes(self, scopes: Sequence[Scope]) -> list[Home]:
        h, r = t.households, v.representatives
        joined_to = h.outerjoin(r, same(r.c.household_id, h.c.id))
        query = select(*_home(h), r.c.person_id).select_from(joined_to)
        homes = query.where(self._ours(h), _within(scopes))
        joined = await self._joined()
        return [
            Home(_household(row), row.person_id, joined.get(row.id, ()))
            async for row in self._in_lots(homes)
        ]

    async def _joined(self) -> dict[int, tuple[int, ...]]:
        """Who has joined each household and is not known to be a child, the confirmed first."""
        p, i = t.people, v.identities
        query = select(p.c.id, p.c.household_id).select_from(
            p.outerjoin(i, same(i.c.person_id, p.c.id))
        )
        grown = or_(i.c.adult.is_(None), i.c.adult == 1)
        theirs = query.where(self._ours(p), p.c.household_id.is_not(None), grown)
        found: dict[int, tuple[int, ...]] = {}
        confirmed_first = func.coalesce(i.c.level, 0).desc(), p.c.id
        async for row in self._in_lots(theirs.order_by(*confirmed_first)):
            found[row.household_id] = (*found.get(row.household_id, ()), row.id)
        return found

    async def _living(self, scopes: Sequence[Scope], level: Level) -> list[Living]:
        p, h, i = t.people, t.households, v.identities
        joined = p.join(h, same(h.c.id, p.c.household_id)).join(i, same(i.c.person_id, p.c.id))
        fit = i.c.level >= level, i.c.adult == 1, _within(scopes)
        query = select(p.c.id, p.c.household_id).select_from(joined).where(self._ours(p), *fit)
        verified: dict[int, list[int]] = {}
        async for row in self._in_lots(query.order_by(p.c.id)):
            verified.setdefault(row.household_id, []).append(row.id)
        homes = select(*_home(h), h.c.adults).where(self._ours(h), _within(scopes))
        return [
            Living(_household(row), tuple(verified.get(row.id, ())), row.adults)
            async for row in self._in_lots(homes)
        ]

    async def _delegates(self) -> list[tuple[int, int | None]]:
        d = v.delegates
        query = select(d.c.id, d.c.person_id).where(self._ours(d)).order_by(d.c.id)
        return [(r.id, r.person_id) for r in await self._all(query)]

    async def concerns(self, person: int, scopes: Sequence[Scope]) -> bool:
        """Whether somebody lives in one of the scopes, or owns a flat or a bay there."""
        p, h, o = t.people, t.households, v.holdings
        lives = select(p.c.household_id).where(self._ours(p, id=person))
        owners = select(v.owners.c.id).where(self._ours(v.owners, person_id=person))
        held = select(o.c.household_id).where(self._ours(o), o.c.owner_id.in_(owners))
        theirs = h.c.id.in_(union_all(lives, held))
        if await self._first(select(h.c.id).where(self._ours(h), theirs, _within(scopes)).limit(1)):
            return True
        bays = any(scope.kind == "community" for scope in scopes)  # these lie nowhere else
        return bays and await self._first(held.limit(1)) is not None

    async def units_of(self, person: int) -> list[str]:
        """The voting units somebody belongs to as things are now: person, household, owner."""
        p = t.people
        home = await self._first(select(p.c.household_id).where(self._ours(p, id=person)))
        household = _units_of_home(home.household_id) if home and home.household_id else ()
        return [f"p:{person}", *household, *await self._as_owner(person)]

    async def units_at(self, door: str) -> list[str]:
        """The voting units of a door, or of a bay, as things are now; none: there is no such.

        One of the committee, who may have no door here, is found by their name.
        """
        hashed = self._vault.keyed_hash("staff", door)
        s = t.staff
        named = select(s.c.id, s.c.person_id).where(self._ours(s, name_hash=hashed))
        found = [u for r in await self._all(named) for u in (f"c:{r.id}", f"p:{r.person_id}")]
        if home := await self._household(door):
            p, d = t.people, v.delegates
            people = await self._all(select(p.c.id).where(self._ours(p, household_id=home)))
            listed = await self._all(select(d.c.id).where(self._ours(d, household_id=home)))
            found += [f"p:{r.id}" for r in people] + [f"d:{r.id}" for r in listed]
            found += _units_of_home(home)
        h = v.holdings
        held = await self._all(select(h.c.owner_id).where(self._ours(h, property=door)))
        return [*found, await self.unit_of({r.owner_id for r in held})] if held else found

    async def _household(self, door: str) -> int | None:
        parts = door.split("-")
        if len(parts) != 3:
            return None
        at = self._ours(t.households, **dict(zip(("building", "unit", "room"), parts, strict=True)))
        row = await self._first(select(t.households.c.id).where(at))
        return row.id if row else None

    async def _as_owner(self, person: int) -> list[str]:
        """The units of what this person owns alone or with others."""
        o, h = v.owners.c, v.holdings.c
        mine = await self._among(v.owners, [o.id], o.person_id, {person})
        held = await self._among(v.holdings, [h.property], h.owner_id, {r.id for r in mine})
        doors = {r.property for r in held}
        theirs = await self._among(v.holdings, [h.property, h.owner_id], h.property, doors)
        one = await self._one_and_the_same({r.owner_id for r in theirs})
        together: dict[str, set[int]] = {}
        for r in theirs:
            together.setdefault(r.property, set()).add(one.get(r.owner_id, r.owner_id))
        return sorted({roll.owner_unit(tuple(ids)) for ids in together.values()})

    async def _one_and_the_same(self, owners: set[int]) -> dict[int, int]:
        """For each of these owners the first of those that are the same person."""
        o = v.owners.c
        acting = await self._among(v.owners, [o.id, o.person_id], o.id, owners)
        people = {r.person_id for r in acting if r.person_id is not None}
        columns = [o.id, o.person_id, o.kind]
        all_of_them = await self._among(v.owners, columns, o.person_id, people)
        return roll.same_person({r.id: Acting(r.person_id, Kind(r.kind)) for r in all_of_them})

    async def unit_of(self, owners: set[int]) -> str:
        """The unit of these owners together, as a roll that is drawn up now calls it."""
        one = await self._one_and_the_same(owners)
        return roll.owner_unit(tuple({one.get(owner, owner) for owner in owners}))


def _units_of_home(household: int) -> tuple[str, ...]:
    return f"h:{household}", *roll.seats(household)


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
