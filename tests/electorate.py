"""Who owns what and who speaks for whom in a world of tests, straight into the tables."""

import itertools
from datetime import datetime

from sqlalchemy import select, update

from domain.conversation import Address
from storage import tables as t
from storage import voting_tables as v
from tests.databases import NOON
from tests.world import World

_numbers = itertools.count(1000)
LOT = 5_000  # rows in one statement

Held = str | tuple[str, int | None]  # a door or a bay's name, and its area in 0.01 m²


async def owns(
    world: World,
    name: str,
    *held: Held,
    person: int | None = None,
    kind: str = "person",
    phone: str = "",
    represents: bool = False,
) -> int:
    """An owner of these properties, whose title ``person`` has shown; returns the owner's number.

    Without an area it is that of the household, or 12.50 m² for a bay.
    """
    id, vault = next(_numbers), world.storage.vault
    hashed = vault.keyed_hash("phone", phone) if phone else ""
    owner = {"id": id, "kind": kind, "name_sealed": vault.seal(name), "phone_hash": hashed}
    owner |= {"name_hash": vault.keyed_hash("owner", name), "person_id": person}
    homes = await households(world)
    rows = []
    for what in held:
        door, area = what if isinstance(what, tuple) else (what, homes.get(what, (0, 1_250))[1])
        home = homes[door][0] if door in homes else None
        rows.append(
            {"owner_id": id, "property": door, "household_id": home, "area": area,
             "source": "register", "represents": int(represents), "since": world.clock()}
        )  # fmt: skip
    await _put(world, v.owners, [owner])
    await _put(world, v.holdings, rows)
    return id


async def has_many_owners(world: World, many: int, stair: str, first: int = 10_000) -> None:
    """So many owners of a flat each in one stair, none of whom has joined."""
    building, unit = stair.split("-")
    sealed = world.storage.vault.seal("业主")
    numbers = range(first, first + many)
    for at in range(0, many, LOT):
        lot = numbers[at : at + LOT]
        await _put(world, t.households, [
            {"id": n, "building": building, "unit": unit, "room": str(n), "area": 8_950,
             "grid": "2", "owner_sealed": "", "phone_hash": ""} for n in lot
        ])  # fmt: skip
        await _put(world, v.owners, [
            {"id": n, "kind": "person", "name_sealed": sealed, "name_hash": "", "phone_hash": "",
             "person_id": None} for n in lot
        ])  # fmt: skip
        await _put(world, v.holdings, [
            {"owner_id": n, "property": f"{stair}-{n}", "household_id": n, "area": 8_950,
             "source": "register", "represents": 0, "since": world.clock()} for n in lot
        ])  # fmt: skip


async def verified(
    world: World, person: int, level: int = 2, *, adult: int = 1, at: datetime = NOON
) -> None:
    """Somebody whose identity the staff has confirmed."""
    row = {"person_id": person, "level": level, "adult": adult, "matched": 1, "at": at}
    await _put(world, v.identities, [row])


async def adults(world: World, many: int | None) -> None:
    """So many residents of eighteen and older live in each household that there is."""
    h = t.households
    ours = h.c.community_id == world.storage.community
    async with world.storage.engine.begin() as connection:
        await connection.execute(update(h).where(ours).values(adults=many))


async def speaks_for(world: World, person: int, door: str) -> None:
    """The registered representative of a household."""
    home = (await households(world))[door][0]
    await _put(world, v.representatives, [{"household_id": home, "person_id": person, "at": NOON}])


async def person(world: World, who: Address) -> int:
    """The number of somebody who has written."""
    async with world.storage.begin() as uow:
        visitor = await uow.residents.visitor(who, who)
    assert visitor
    return visitor.person.id


async def households(world: World) -> dict[str, tuple[int, int]]:
    """Number and area of every household, by its door."""
    h = t.households
    async with world.storage.engine.connect() as connection:
        rows = await connection.execute(select(h.c.id, h.c.building, h.c.unit, h.c.room, h.c.area))
        return {f"{r.building}-{r.unit}-{r.room}": (r.id, r.area) for r in rows}


async def _put(world: World, table: object, rows: list[dict[str, object]]) -> None:
    await world._insert(table, rows)
