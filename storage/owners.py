"""The list of owners, compared with what is stored and written as a whole.

A list is the whole truth about each property it names, so that a sold flat changes hands; what
it does not name stays. Of a phone number only the keyed hash is kept.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, Self, TypeVar

from sqlalchemy import bindparam, delete, select, update

from domain.owners import OwnerRow
from domain.roll import Kind
from storage import voting_tables as v
from storage.imports import BATCH, Counts, ListChanged, Tick
from storage.subjects import Subjects
from storage.uow import UnitOfWork

T = TypeVar("T")
Who = tuple[str, ...]


@dataclass(frozen=True)
class Owner:
    """One owner as stored, or as a list would have them."""

    id: int
    kind: str
    name_hash: str
    phone_hash: str


@dataclass(frozen=True)
class Held:
    """One owner's hold on a property."""

    owner: int
    household: int | None
    area: int | None
    source: str
    represents: int


Holdings = Mapping[str, frozenset[Held]]  # by property


@dataclass(frozen=True)
class Stored:
    owners: Mapping[int, Owner]
    holdings: Holdings
    tied: frozenset[int]  # owners for whom somebody acts


@dataclass(frozen=True)
class OwnerPlan:
    counts: Counts  # of properties
    owners: int  # whom the list names
    insert: list[Owner] = field(repr=False)
    change: list[Owner] = field(repr=False)
    holdings: Holdings = field(repr=False)  # of the properties that are new or changed
    gone: Collection[int] = field(repr=False)  # owners who own nothing any more
    names: Mapping[int, str] = field(repr=False)
    seen: Stored = field(repr=False)  # what it was compared with


class OwnerLists(Subjects):
    @classmethod
    def within(cls, uow: UnitOfWork) -> Self:
        """The list as a part of this unit of work. Handlers have no business with it."""
        part = uow.residents
        return cls(part._connection, part._community, part._vault, part._ids)

    async def stored(self) -> Stored:
        """Every owner and what they hold, in two statements."""
        o, h = v.owners.c, v.holdings.c
        query = select(o.id, o.kind, o.name_hash, o.phone_hash, o.person_id)
        owners = await self._all(query.where(self._ours(v.owners)))
        columns = h.property, h.owner_id, h.household_id, h.area, h.source, h.represents
        holdings: dict[str, set[Held]] = {}
        for row in await self._all(select(*columns).where(self._ours(v.holdings))):
            held = Held(row.owner_id, row.household_id, row.area, row.source, row.represents)
            holdings.setdefault(row.property, set()).add(held)
        return Stored(
            {r.id: Owner(r.id, r.kind, r.name_hash, r.phone_hash) for r in owners},
            {place: frozenset(held) for place, held in holdings.items()},
            frozenset(row.id for row in owners if row.person_id is not None),
        )

    def plan(
        self, rows: Sequence[OwnerRow], households: Mapping[str, int], seen: Stored
    ) -> OwnerPlan:
        """What a list would change. ``households``: their numbers, by door."""
        listed = [(row, *self._hashes(row)) for row in rows]
        ids = _who_is_who(listed, seen, self._ids)
        owners = _owners(listed, ids, seen)
        holdings = _holdings(rows, ids, households, seen)
        changed = {id for id, owner in owners.items() if owner != seen.owners.get(id, owner)}
        differs = {place for place, held in holdings.items() if held != seen.holdings.get(place)}
        differs |= {row.place for row in rows if ids[row.who] in changed}
        after = chain.from_iterable({**seen.holdings, **holdings}.values())
        return OwnerPlan(
            counts=_counts(holdings, differs, seen),
            owners=len(owners),
            insert=[owner for id, owner in owners.items() if id not in seen.owners],
            change=[owners[id] for id in changed],
            holdings={place: holdings[place] for place in differs},
            gone=seen.owners.keys() - {held.owner for held in after},
            names={ids[row.who]: row.owner for row in rows},
            seen=seen,
        )

    def _hashes(self, row: OwnerRow) -> tuple[str, str]:
        phone = self._vault.keyed_hash("phone", row.phone) if row.phone else ""
        return self._vault.keyed_hash("owner", row.owner), phone

    async def write(self, plan: OwnerPlan, now: datetime, tick: Tick) -> None:
        """Carry out a plan. Raises ListChanged when what is stored is another by now."""
        if await self.stored() != plan.seen:
            raise ListChanged
        for batch in _batches(plan.insert):
            await self._add(v.owners, [self._row(owner, plan.names[owner.id]) for owner in batch])
        for batch in _batches(plan.change):
            values = [vars(owner) | {"b_id": owner.id} for owner in batch]
            mine = self._ours(v.owners), v.owners.c.id == bindparam("b_id")
            await self._connection.execute(update(v.owners).where(*mine), values)
        for places in _batches(sorted(plan.holdings)):
            await self._hand_over(places, plan.holdings, now)
            tick(len(places))
        for owner in sorted(_affected(plan) & plan.seen.tied):
            event = "gone" if owner in plan.gone else "listed"
            await self._note(f"owner:{owner}", event, now)
        for lot in _batches(sorted(plan.gone)):
            await self._run(delete(v.owners).where(self._ours(v.owners), v.owners.c.id.in_(lot)))

    def _row(self, owner: Owner, name: str) -> dict[str, Any]:
        return vars(owner) | {"name_sealed": self._vault.seal(name)}

    async def _hand_over(self, places: Sequence[str], holdings: Holdings, now: datetime) -> None:
        """From now on these properties are theirs whom the list names, and nobody else's."""
        h = v.holdings
        await self._run(delete(h).where(self._ours(h), h.c.property.in_(places)))
        await self._add(
            h,
            [
                {"property": place, "owner_id": held.owner, "household_id": held.household,
                 "area": held.area, "source": held.source, "represents": held.represents,
                 "since": now}
                for place in places
                for held in holdings[place]
            ],
        )  # fmt: skip


Listed = Sequence[tuple[OwnerRow, str, str]]  # a row with the hashes of its name and phone


def _who_is_who(listed: Listed, seen: Stored, new_id: Callable[[], int]) -> dict[Who, int]:
    """Which owner each row means: known already, or new.

    First by name and number, or a company by its name alone. Then by name at the same property:
    another number there makes no new owner, and a row without one means whoever has that name.
    """
    by_number = {(o.name_hash, o.phone_hash): o.id for o in seen.owners.values() if o.phone_hash}
    by_name = {o.name_hash: o.id for o in seen.owners.values() if o.kind != Kind.PERSON}
    found: dict[Who, int] = {}
    for row, name, phone in listed:
        id = by_number.get((name, phone)) if row.kind is Kind.PERSON else by_name.get(name)
        if id is not None:
            found[row.who] = id
    here = {
        (place, seen.owners[held.owner].name_hash): held.owner
        for place, all_held in seen.holdings.items()
        for held in all_held
    }
    taken = set(found.values())
    for row, name, phone in listed:
        if row.who not in found:
            id = here.get((row.place, name))
            known = id if not (phone and id in taken) else None
            found[row.who] = new_id() if known is None else known
            taken.add(found[row.who])
    return found


def _owners(listed: Listed, ids: Mapping[Who, int], seen: Stored) -> dict[int, Owner]:
    """The owners as the list has them. A row without a number leaves the number that is known."""
    owners: dict[int, Owner] = {}
    for row, name, phone in listed:
        id = ids[row.who]
        if id not in owners or phone:
            known = seen.owners.get(id)
            number = phone or (known.phone_hash if known else "")
            owners[id] = Owner(id, row.kind, name, number)
    return owners


def _holdings(
    rows: Sequence[OwnerRow], ids: Mapping[Who, int], households: Mapping[str, int], seen: Stored
) -> Holdings:
    """What the list says of each property it names; joint owners tell area and source once."""
    by_place: dict[str, list[OwnerRow]] = {}
    for row in rows:
        by_place.setdefault(row.place, []).append(row)
    found: dict[str, frozenset[Held]] = {}
    for place, joint in by_place.items():
        area = next((row.area for row in joint if row.area is not None), None)
        source = next((row.source for row in joint if row.source), "")
        named = {ids[row.who] for row in joint if row.represents}
        owners = {ids[row.who] for row in joint}
        named = named or _elected(owners, seen.holdings.get(place, frozenset()))
        home = households.get(place)
        found[place] = frozenset(Held(o, home, area, source, int(o in named)) for o in owners)
    return found


def _elected(owners: Collection[int], before: frozenset[Held]) -> set[int]:
    """Whom the same joint owners have chosen; a list that names nobody does not undo it."""
    same = owners == {held.owner for held in before}
    return {held.owner for held in before if held.represents} if same else set()


def _counts(holdings: Holdings, differs: Collection[str], seen: Stored) -> Counts:
    new = len(holdings.keys() - seen.holdings.keys())
    absent = len(seen.holdings.keys() - holdings.keys())
    return Counts(new, len(differs) - new, len(holdings) - len(differs), absent)


def _affected(plan: OwnerPlan) -> set[int]:
    """Owners of the properties that change hands."""
    before = (plan.seen.holdings.get(place, frozenset()) for place in plan.holdings)
    return {held.owner for held in chain(*before, *plan.holdings.values())}


def _batches(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    return (rows[at : at + BATCH] for at in range(0, len(rows), BATCH))
