"""The lists that a community brings along, compared with what is stored and written at once.

Comparing reads each table in one statement and writing goes in large batches, so that a
hundred thousand households take seconds. Phone numbers leave here as keyed hashes only.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Row, Update, bindparam, func, select, update

from domain.conversation import Address
from domain.imports import GroupRow, HouseholdRow, StaffRow
from domain.organisations import OrganisationRow
from domain.residents import COMMUNITY_LEVEL, Household, Role, Staff
from storage import tables as t
from storage.groups import Group
from storage.rows import Rows
from storage.uow import UnitOfWork

BATCH = 5000  # rows in one statement: a progress bar moves, and the driver keeps up

HERE = (COMMUNITY_LEVEL, "")

Tick = Callable[[int], None]


@dataclass(frozen=True)
class Counts:
    new: int
    changed: int
    unchanged: int
    absent: int  # stored, and not in the list: they stay

    @property
    def nothing(self) -> bool:
        return self.new == self.changed == 0


@dataclass(frozen=True)
class HouseholdPlan:
    counts: Counts
    insert: list[dict[str, Any]] = field(repr=False)
    change: list[dict[str, Any]] = field(repr=False)
    seen: Mapping[str, Row[Any]] = field(repr=False)  # what it was compared with


@dataclass(frozen=True)
class StaffPlan:
    counts: Counts
    rows: list[StaffRow] = field(repr=False)  # new and changed
    absent: list[str] = field(repr=False)
    seen: Mapping[str, "Appointed"] = field(repr=False)


Place = tuple[int, str]  # a level and the organisation's name; (1, "") is the community


@dataclass(frozen=True)
class OrganisationPlan:
    counts: Counts
    places: Mapping[str, Place] = field(repr=False)  # by name, of those who change only
    released: list[str] = field(repr=False)  # back to the community
    seen: Mapping[str, Place] = field(repr=False)


@dataclass(frozen=True)
class GroupPlan:
    counts: Counts
    groups: list[Group]
    seen: Mapping[Address, Group]


@dataclass(frozen=True)
class Appointed:
    """One appointment as it is stored, by name."""

    id: int
    person: int | None
    role: Role
    duties: tuple[str, ...]
    grids: tuple[str, ...]
    deputy: str
    accounts: frozenset[Address]


class ListChanged(Exception):
    """What is stored is no longer what the plan was made from; make it again."""


class Imports(Rows):
    @classmethod
    def within(cls, uow: UnitOfWork) -> Self:
        """The lists as a part of this unit of work. Handlers have no business with them."""
        part = uow.residents
        return cls(part._connection, part._community, part._vault, part._ids)

    async def households(self) -> dict[str, Row[Any]]:
        """Every household's row, by its door."""
        h = t.households
        rows = await self._all(select(h).where(self._ours(h)))
        return {f"{r.building}-{r.unit}-{r.room}": r for r in rows}

    async def buildings(self) -> set[str]:
        h = t.households
        rows = await self._all(select(h.c.building).where(self._ours(h)).distinct())
        return {r.building for r in rows}

    async def household_at(self, door: str) -> Household | None:
        """The household of a door such as ``3-1-101``."""
        h = t.households
        written = h.c.building + "-" + h.c.unit + "-" + h.c.room
        row = await self._first(select(h).where(self._ours(h), written == door))
        return _household(row) if row else None

    async def households_of(self, building: str) -> list[Household]:
        h = t.households
        rows = await self._all(select(h).where(self._ours(h, building=building)))
        return sorted(map(_household, rows), key=lambda found: _as_counted(found.door))

    async def codes_that_work(self, households: set[int], staff: set[int], now: datetime) -> int:
        """How many of these have a code that somebody could still use."""
        i = t.invites
        usable = self._ours(i), i.c.expires_at > now, i.c.uses_left > 0
        query = select(i.c.household_id, i.c.staff_id).where(*usable)
        rows = await self._all(query)
        return sum(r.household_id in households or r.staff_id in staff for r in rows)

    def plan_households(
        self, rows: list[HouseholdRow], stored: Mapping[str, Row[Any]]
    ) -> HouseholdPlan:
        """What a list would change. Names are sealed here, before any transaction is open.

        A number of adults that a list does not tell stays as it is.
        """
        insert: list[dict[str, Any]] = []
        change: list[dict[str, Any]] = []
        for row in rows:
            old = stored.get(row.door)
            if old is None:
                insert.append({"id": self._ids()} | self._columns(row, row.adults))
            elif not self._same(row, old):
                adults = old.adults if row.adults is None else row.adults
                change.append({"b_id": old.id} | self._columns(row, adults))
        known = len(rows) - len(insert)
        counts = Counts(len(insert), len(change), known - len(change), len(stored) - known)
        return HouseholdPlan(counts, insert, change, stored)

    def _columns(self, row: HouseholdRow, adults: int | None) -> dict[str, Any]:
        return {
            "building": row.building,
            "unit": row.unit,
            "room": row.room,
            "area": row.area,
            "grid": row.grid,
            "owner_sealed": self._vault.seal(row.owner),
            "phone_hash": self._phone(row),
            "adults": adults,
        }

    def _phone(self, row: HouseholdRow) -> str:
        return self._vault.keyed_hash("phone", row.phone) if row.phone else ""

    def _same(self, row: HouseholdRow, old: Row[Any]) -> bool:
        return (
            row.area == old.area
            and row.grid == old.grid
            and row.adults in (None, old.adults)
            and self._phone(row) == old.phone_hash
            and row.owner == self._vault.unseal(old.owner_sealed)
        )

    async def write_households(self, plan: HouseholdPlan, tick: Tick) -> None:
        """Carry out a plan. Raises ListChanged when the stored list is another by now."""
        if await self.households() != plan.seen:
            raise ListChanged
        for batch in _batches(plan.insert):
            await self._add(t.households, batch)
            tick(len(batch))
        for batch in _batches(plan.change):
            await self._connection.execute(self._change_household(), batch)
            tick(len(batch))

    def _change_household(self) -> Update:
        h = t.households
        return update(h).where(self._ours(h), h.c.id == bindparam("b_id"))

    async def appointed(self, uow: UnitOfWork) -> dict[str, Appointed]:
        """Everybody appointed, by name, with the accounts they use."""
        staff = await uow.staff.all()
        names = {s.id: s.name for s in staff}
        accounts = await self._accounts({s.person for s in staff if s.person is not None})
        return {
            s.name: Appointed(
                s.id,
                s.person,
                s.role,
                s.duties,
                s.grids,
                names.get(s.deputy, "") if s.deputy else "",
                frozenset(accounts.get(s.person, ()) if s.person else ()),
            )
            for s in staff
        }

    async def _accounts(self, people: set[int]) -> dict[int, list[Address]]:
        a = t.accounts
        query = select(a.c.person_id, a.c.channel, a.c.chat)
        found: dict[int, list[Address]] = {}
        for r in await self._all(query.where(self._ours(a), a.c.person_id.in_(people))):
            found.setdefault(r.person_id, []).append(Address(r.channel, r.chat))
        return found

    async def person_at(self, account: Address) -> int | None:
        a = t.accounts
        at = self._ours(a, channel=account.channel, chat=account.chat)
        row = await self._first(select(a.c.person_id).where(at))
        return row.person_id if row else None

    async def write_staff(
        self, plan: StaffPlan, uow: UnitOfWork, language: str, now: datetime
    ) -> None:
        """Appoint, change and move accounts. Raises ListChanged."""
        if await self.appointed(uow) != plan.seen:
            raise ListChanged
        ids = {name: old.id for name, old in plan.seen.items()}
        for row in plan.rows:
            ids[row.name] = await self._appoint(row, ids.get(row.name))
        for row in plan.rows:
            await self._set_staff(ids[row.name], deputy_id=ids.get(row.deputy))
        moving = {ids[r.name]: r.account for r in plan.rows if r.account and moves(r, plan.seen)}
        for id in moving:
            await uow.staff.join(id, None)  # two may be changing places
        for id, account in moving.items():
            person = await self.person_at(account)
            if person is None:
                person = (await uow.residents.meet(account, language, now)).id
                # Work comes to them before they ever wrote; if it cannot, the sender notes it.
                await uow.residents.wrote_privately(account, None, now)
            await uow.staff.join(id, person)

    async def _appoint(self, row: StaffRow, id: int | None) -> int:
        values = {"role": row.role, "duties": list(row.duties), "grids": list(row.grids)}
        if id is not None:
            await self._set_staff(id, **values)
            return id
        made = self._ids()
        sealed = self._vault.seal(row.name)
        hashed = self._vault.keyed_hash("staff", row.name)
        await self._add(
            t.staff, [{"id": made, "name_sealed": sealed, "name_hash": hashed, **values}]
        )
        return made

    async def _set_staff(self, id: int, **values: Any) -> None:
        await self._run(update(t.staff).where(self._ours(t.staff, id=id)).values(**values))

    async def write_organisations(self, plan: OrganisationPlan, uow: UnitOfWork) -> None:
        """Set who answers for what. Raises ListChanged."""
        staff = await uow.staff.all()
        if placed(staff) != plan.seen:
            raise ListChanged
        ids = {s.name: s.id for s in staff}
        for name, (level, organisation) in plan.places.items():
            await self._set_staff(ids[name], level=level, organisation=organisation)

    async def groups(self) -> dict[Address, Group]:
        g = t.groups
        rows = await self._all(select(g).where(self._ours(g)))
        found = (
            Group(Address(r.channel, r.chat), r.scope, r.scope_value, r.language) for r in rows
        )
        return {group.address: group for group in found}

    async def write_groups(self, plan: GroupPlan, uow: UnitOfWork) -> None:
        """Bind groups to their scopes. Raises ListChanged."""
        if await self.groups() != plan.seen:
            raise ListChanged
        for group in plan.groups:
            await uow.groups.bind(group)

    async def count(self, table: str) -> int:
        query = select(func.count()).where(self._ours(t.metadata.tables[table]))
        row = await self._first(query)
        return int(row[0]) if row else 0


def left_out(
    rows: Iterable[HouseholdRow], stored: Mapping[str, Row[Any]]
) -> dict[str, Counter[str]]:
    """How many stored households a list leaves out, by building and grid."""
    listed = {row.door for row in rows}
    found: dict[str, Counter[str]] = {}
    for door, old in stored.items():
        if door not in listed:
            found.setdefault(old.building, Counter())[old.grid] += 1
    return found


def moves(row: StaffRow, stored: Mapping[str, Appointed]) -> bool:
    """Whether the appointment goes to the person behind another account."""
    old = stored.get(row.name)
    return row.account is not None and (old is None or row.account not in old.accounts)


def plan_staff(rows: list[StaffRow], stored: Mapping[str, Appointed]) -> StaffPlan:
    """What a list of staff would change. An empty account leaves the one they joined with."""
    new = [row for row in rows if row.name not in stored]
    changed = [row for row in rows if row.name in stored and _differs(row, stored)]
    absent = sorted(stored.keys() - {row.name for row in rows})
    unchanged = len(rows) - len(new) - len(changed)
    return StaffPlan(
        Counts(len(new), len(changed), unchanged, len(absent)), new + changed, absent, stored
    )


def _differs(row: StaffRow, stored: Mapping[str, Appointed]) -> bool:
    old = stored[row.name]
    said = row.role, row.duties, row.grids, row.deputy
    return said != (old.role, old.duties, old.grids, old.deputy) or moves(row, stored)


def placed(staff: Iterable[Staff]) -> dict[str, Place]:
    """Where everybody is, by name."""
    return {s.name: (s.level, s.organisation) for s in staff}


def plan_organisations(
    rows: Iterable[OrganisationRow], stored: Mapping[str, Place]
) -> OrganisationPlan:
    """What a list of organisations would change; whoever it leaves out is the community's."""
    listed = {person: (int(row.level), row.name) for row in rows for person in row.staff}
    released = [name for name, place in stored.items() if place != HERE and name not in listed]
    new = [name for name in listed if stored[name] == HERE]
    changed = [name for name, place in listed.items() if stored[name] not in (HERE, place)]
    places = {name: listed.get(name, HERE) for name in (*new, *changed, *released)}
    counts = Counts(
        len(new), len(changed) + len(released), len(listed) - len(new) - len(changed), 0
    )
    return OrganisationPlan(counts, places, sorted(released), stored)


def plan_groups(rows: list[GroupRow], stored: Mapping[Address, Group], language: str) -> GroupPlan:
    """What a list of groups would change. A group keeps the language it has."""
    wanted = []
    for row in rows:
        old = stored.get(row.account)
        wanted.append(Group(row.account, row.scope, row.value, old.language if old else language))
    new = [group for group in wanted if group.address not in stored]
    changed = [g for g in wanted if g.address in stored and g != stored[g.address]]
    known = len(wanted) - len(new)
    counts = Counts(len(new), len(changed), known - len(changed), len(stored) - known)
    return GroupPlan(counts, new + changed, stored)


def _batches(rows: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    return (rows[at : at + BATCH] for at in range(0, len(rows), BATCH))


def _household(row: Row[Any]) -> Household:
    return Household(row.id, row.building, row.unit, row.room, row.area, row.grid)


def _as_counted(door: str) -> list[tuple[int, int | str]]:
    """Sorts 2-1-101 before 10-1-101."""
    return [(0, int(p)) if p.isdecimal() else (1, p) for p in door.split("-")]
