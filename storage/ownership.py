"""Who owns a flat, who acts for an owner, and whom joint owners have chosen to vote for them."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, case, select, update

from storage import tables as t
from storage import voting_tables as v
from storage.rows import same
from storage.subjects import By, Subjects


@dataclass(frozen=True)
class Owned:
    """One owner's hold on one property."""

    owner: int
    name: str = field(repr=False)  # for officers, and for the joint owners themselves
    kind: str
    person: int | None  # who acts for the owner; None: no title document was seen
    property: str
    household: int | None
    grid: str | None  # of the flat; None of a bay
    area: int | None
    represents: bool


@dataclass(frozen=True)
class Party:
    """Joint owners of the same properties, who have one voice."""

    owners: tuple[Owned, ...]  # each once
    properties: tuple[str, ...]

    @property
    def representative(self) -> Owned | None:
        named = [owned for owned in self.owners if owned.represents]
        return named[0] if len(named) == 1 else None

    @property
    def ids(self) -> set[int]:
        return {owned.owner for owned in self.owners}

    def of(self, person: int) -> Owned | None:
        """The one of them for whom this person acts."""
        return next((owned for owned in self.owners if owned.person == person), None)


class Ownership(Subjects):
    async def of_household(self, household: int) -> list[Owned]:
        """Who owns this flat; several are joint owners."""
        return await self._owned(v.holdings.c.household_id == household)

    async def of_person(self, person: int) -> list[Owned]:
        """Everything of the owners this person acts for."""
        o = v.owners
        rows = await self._all(select(o.c.id).where(self._ours(o, person_id=person)))
        ids = [row.id for row in rows]
        return await self._owned(v.holdings.c.owner_id.in_(ids)) if ids else []

    async def of_property(self, property: str) -> list[Owned]:
        """By a door such as 3-1-101, or a bay's own name."""
        return await self._owned(v.holdings.c.property == property)

    async def of_owner(self, owner: int) -> list[Owned]:
        return await self._owned(v.holdings.c.owner_id == owner)

    async def party(self, property: str) -> Party | None:
        """The joint owners of a property; None where it has one owner, or none."""
        h = v.holdings
        joint = await self.of_property(property)
        if len(joint) < 2:
            return None
        ids = {owned.owner for owned in joint}
        theirs = await self._all(
            select(h.c.property).where(self._ours(h), h.c.owner_id.in_(ids)).distinct()
        )
        doors = [row.property for row in theirs]
        holds = select(h.c.property, h.c.owner_id).where(self._ours(h), h.c.property.in_(doors))
        owners: dict[str, set[int]] = {}
        for row in await self._all(holds):
            owners.setdefault(row.property, set()).add(row.owner_id)
        together = sorted(door for door, held in owners.items() if held == ids)
        return Party(tuple(joint), tuple(together))

    async def tie(self, owner: int, person: int | None, now: datetime, by: By) -> None:
        """The title document was seen: this person acts for the owner. None: nobody any more."""
        o = v.owners
        await self._run(update(o).where(self._ours(o, id=owner)).values(person_id=person))
        event = "tie" if person is not None else "untie"
        await self._note(f"owner:{owner}", event, now, by, acts=person)

    async def tied_at(self, owner: int) -> datetime | None:
        """When the title document of whoever acts for this owner was seen; None if that is lost."""
        ties = [e.at for e in await self.events(f"owner:{owner}") if e.event == "tie"]
        return ties[-1] if ties else None

    async def choose(self, party: Party, owner: int, unit: str, now: datetime, by: By) -> None:
        """From now on this one votes for all joint owners of these properties."""
        h = v.holdings
        theirs = self._ours(h), h.c.property.in_(party.properties)
        chosen = case((h.c.owner_id == owner, 1), else_=0)
        await self._run(update(h).where(*theirs).values(represents=chosen))
        await self._note(unit, "represent", now, by, owner=owner)

    async def agreed(self, unit: str, owner: int, by_owner: int, now: datetime, by: By) -> set[int]:
        """Note that one joint owner wants ``owner`` to vote for all; returns who wants it by now.

        A new choice makes the agreements to an earlier one void.
        """
        await self._note(unit, "agree", now, by, owner=owner, by_owner=by_owner)
        agreed: set[int] = set()
        for event in await self.events(unit):
            if event.event != "agree" or event.data["owner"] != owner:
                agreed = set()
            else:
                agreed.add(event.data["by_owner"])
        return agreed

    async def disagreed(self, unit: str, owner: int, now: datetime, by: By) -> None:
        """Note that a joint owner does not want ``owner`` to vote for all."""
        await self._note(unit, "disagree", now, by, owner=owner)

    async def _owned(self, which: ColumnElement[bool]) -> list[Owned]:
        h, o, home = v.holdings, v.owners, t.households
        joined = h.join(o, same(o.c.id, h.c.owner_id)).outerjoin(
            home, same(home.c.id, h.c.household_id)
        )
        columns = (
            h.c.owner_id, o.c.name_sealed, o.c.kind, o.c.person_id, h.c.property,
            h.c.household_id, home.c.grid, h.c.area, h.c.represents,
        )  # fmt: skip
        rows = await self._all(select(*columns).select_from(joined).where(self._ours(h), which))
        return [
            Owned(
                r.owner_id, self._vault.unseal(r.name_sealed), r.kind, r.person_id, r.property,
                r.household_id, r.grid, r.area, bool(r.represents),
            )
            for r in sorted(rows, key=lambda r: (r.property, r.owner_id))
        ]  # fmt: skip
