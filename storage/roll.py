"""The roll of a matter, frozen voter by voter and asked at each vote.

Names are opened when a lot of voters is sealed, to be sealed again in the voters' labels; that
and all that comes of many voters is done lot by lot, off the event loop (``casework.freezing``).
"""

import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Table,
    and_,
    cast,
    desc,
    func,
    select,
    text,
    update,
)
from sqlalchemy.sql import Executable

from domain.matters import Event, State
from domain.record import Entry, pseudonym, roll_hash
from domain.roll import Fault, Voter
from domain.voting import Sum
from storage import tables as t
from storage import voting_tables as v
from storage.electorate import Electorate
from storage.rows import among, ours
from storage.subjects import LISTS
from storage.tables import counters
from storage.vault import Vault

LOT = 500  # voters in one unit of work; sealing their labels takes some 50 ms
SALT = 16  # bytes: nobody finds a flat by trying areas (handbook: voting 2.3)
BETWEEN = "、"
NAMES = {
    "o": v.owners, "j": v.owners, "h": t.households, "p": t.people,
    "d": v.delegates, "c": t.staff,
}  # fmt: skip
Named = tuple[Table, int]
Sealed = dict[str, Any]  # the row of a voter


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
    since: datetime | None = None  # since when this person answers; None: since the freeze


@dataclass(frozen=True)
class Label:
    """Whose vote it is, for officers and auditors; ``doors`` also for the voter."""

    names: str
    doors: tuple[str, ...]


class Roll(Electorate):
    # --- freezing

    async def lists(self) -> int:
        """How often it has changed who may vote for whom; not again before this unit ends."""
        query = select(counters.c.value).where(self._ours(counters, name=LISTS))
        row = await self._first(query.with_for_update())
        return row.value if row else 0

    async def begin(self, matter: int, salt: str) -> bool:
        """From now on only what is done under this salt is let in; False once it is frozen."""
        m = v.matters
        mine = self._ours(m, number=matter), m.c.roll_hash.is_(None)
        return bool(await self._run(update(m).where(*mine).values(salt=salt)))

    async def is_begun(self, matter: int, salt: str) -> bool:
        """Whether no other roll of this matter was begun since; none is until this unit ends."""
        m = v.matters
        mine = self._ours(m, number=matter, salt=salt), m.c.roll_hash.is_(None)
        return await self._first(select(m.c.number).where(*mine).with_for_update()) is not None

    async def clear(self, matter: int, limit: int | None = None) -> int:
        """Forget a roll that was begun, before it is drawn up anew. Never after the opening.

        Returns how many rows went, at most ``limit``.
        """
        x = v.voters
        mine = self._ours(x, matter=matter)
        if limit is not None:
            mine = and_(mine, x.c.unit.in_(select(x.c.unit).where(mine).limit(limit)))
        return await self._run(x.delete().where(mine))

    async def add(self, matter: int, rows: Sequence[Sealed]) -> None:
        """Write one lot of voters; sealed before, since that takes longer than writing."""
        await self._add(v.voters, [row | {"matter": matter} for row in rows])

    async def write(self, matter: int, voters: Sequence[Voter]) -> None:
        """All of a small roll at once."""
        await self.add(matter, sealed(self._vault, voters, await self.names(voters)))

    async def names(self, lot: Sequence[Voter]) -> dict[Named, str]:
        """The sealed names that stand in a lot's labels, by table and number."""
        wanted: dict[Table, set[int]] = {}
        for voter in lot:
            if voter.whose:
                wanted.setdefault(NAMES[voter.unit[0]], set()).update(voter.whose)
        found: dict[Named, str] = {}
        for table, ids in wanted.items():
            columns = [table.c.id, table.c.name_sealed]
            for row in await self._among(table, columns, table.c.id, ids):
                found[table, row.id] = row.name_sealed
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
        return (await self.all_may_answer(matter, [person])).get(person, [])

    async def all_may_answer(self, matter: int, people: Collection[int]) -> dict[int, list[OnRoll]]:
        """The same of many people, by person."""
        rows = await self._all(_able(), matter=matter, people=list(people))
        return by_person((row.person_id, row) for row in rows)

    async def matters_of(self, person: int, limit: int) -> list[int]:
        """The matters on whose roll this person may answer or be a proxy, the newest first."""
        x, m = v.voters, v.mandates
        own = select(x.c.matter).where(self._ours(x, person_id=person))
        given = select(m.c.matter).where(self._ours(m, proxy_id=person, state="standing"))
        both = own.union(given).order_by(desc("matter")).limit(limit)
        return [row.matter for row in await self._all(both)]

    async def concerning(self, matter: int, person: int) -> list[OnRoll]:
        """The units this person belongs to, whether they may answer for them or not (I3, I5)."""
        query = self._voters(matter).where(v.voters.c.unit.in_(await self.units_of(person)))
        return [on_roll(row) for row in await self._all(query.order_by(v.voters.c.unit))]

    async def at_door(self, matter: int, door: str) -> list[OnRoll]:
        """The voters of a door or a bay, as the roll was frozen; for officers.

        A flat that was sold since is found by reading the labels: its recorded owner votes (I14).
        """
        units = await self.units_at(door)
        query = self._voters(matter).where(v.voters.c.unit.in_(units)).order_by(v.voters.c.unit)
        found = [on_roll(row) for row in await self._all(query)] if units else []
        doors = {voter.unit: self.label(voter).doors for voter in found}
        there = [v for v in found if door in doors[v.unit] or not doors[v.unit]]  # delegates: none
        return there if there or not units else await self._sold(matter, door)

    async def _sold(self, matter: int, door: str) -> list[OnRoll]:
        """The recorded owners of a door that has others by now."""
        owners = [voter async for voter in self.entries(matter) if voter.unit[0] in "oj"]
        return [voter for voter in owners if door in self.label(voter).doors]

    def label(self, voter: OnRoll) -> Label:
        """Whose vote it is. Names stay with officers and auditors."""
        names, _, doors = self._vault.unseal(voter.label_sealed).partition("\t")
        return Label(names, tuple(doors.split(BETWEEN)) if doors else ())

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

    async def answered(self, matter: int, *units: str) -> None:
        """Note that these units have answered, with a ballot that stands or with a slip."""
        await self._run(_answering(), matter=matter, units=units)

    async def delivered(self, matter: int, units: Iterable[str], now: datetime) -> None:
        """Note that a ballot reached these units; the first time counts."""
        await self._change(matter, units, v.voters.c.delivered_at.is_(None), delivered_at=now)

    async def set_aside(self, matter: int, units: Iterable[str], fault: Fault) -> None:
        """Nobody answers for these any more.

        They stay on the roll, whose hash is posted, as if no ballot had ever reached them.
        """
        nobody = {"person_id": None, "fault": fault, "delivered_at": None}
        await self._change(matter, units, **nobody)

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

    async def hand_over(
        self, unit: str, person: int, known_at: datetime, now: datetime
    ) -> list[int]:
        """Another person answers for this unit in the votes that are on (I4): returns in which.

        Not where the roll was frozen before they were known, who they are and whom they act for:
        then they may read (I15).
        """
        e = v.matter_events
        frozen = select(e.c.matter, func.max(e.c.at).label("at")).where(
            self._ours(e, event=Event.FREEZE), e.c.matter.in_(self._on())
        )
        another = v.voters.c.person_id.is_distinct_from(person)
        values = {"person_id": person, "fault": "", "since": now}
        return [
            row.matter
            for row in await self._all(frozen.group_by(e.c.matter))
            if known_at <= row.at and await self._change(row.matter, [unit], another, **values)
        ]

    async def on_with(self, person: int) -> list[int]:
        """The votes that are on, on whose roll this person answers for something."""
        x = v.voters
        theirs = select(x.c.matter).where(
            self._ours(x, person_id=person), x.c.matter.in_(self._on())
        )
        return [row.matter for row in await self._all(theirs.distinct().order_by(x.c.matter))]

    def _on(self) -> Select[Any]:
        """From the frozen roll to the close."""
        m = v.matters
        states = State.ROLL_FROZEN, State.OPEN
        return select(m.c.number).where(self._ours(m), text(v.OPEN_MATTER), m.c.state.in_(states))

    async def _change(
        self, matter: int, units: Iterable[str], *only: ColumnElement[bool], **values: Any
    ) -> int:
        x = v.voters
        which = self._ours(x, matter=matter), x.c.unit.in_(list(units)), *only
        return await self._run(update(x).where(*which).values(**values))

    def _voters(self, matter: int, **values: Any) -> Select[Any]:
        return select(v.voters).where(self._ours(v.voters, matter=matter, **values))

    async def _lot(self, query: Select[Any], after: str, limit: int) -> list[OnRoll]:
        x = v.voters.c
        rows = await self._all(query.where(x.unit > after).order_by(x.unit).limit(limit))
        return [on_roll(row) for row in rows]


def sealed(vault: Vault, voters: Sequence[Voter], names: Mapping[Named, str]) -> list[Sealed]:
    """Voters as they are written, each with a salt of its own and its label sealed."""
    return [_sealed(vault, voter, names) for voter in voters]


def _sealed(vault: Vault, voter: Voter, names: Mapping[Named, str]) -> Sealed:
    named = [vault.unseal(names.get((NAMES[voter.unit[0]], id))) for id in voter.whose]
    label = BETWEEN.join(filter(None, named)) + "\t" + BETWEEN.join(voter.properties)
    return {
        "unit": voter.unit,
        "areas": list(voter.areas),
        "salt": secrets.token_hex(SALT),
        "label_sealed": vault.seal(label),
        "person_id": voter.person,
        "fault": voter.fault,
        "took_part": 0,
    }


@cache
def _able() -> Executable:
    theirs = among("people", v.voters.c.person_id)
    return select(v.voters).where(ours(v.voters, "matter"), theirs)


@cache
def _answering() -> Executable:
    x = v.voters
    theirs = ours(x, "matter"), among("units", x.c.unit)
    return update(x).where(*theirs).values(took_part=1)


def by_person(rows: Iterable[tuple[int, Row[Any]]]) -> dict[int, list[OnRoll]]:
    """In the order of the units; sorted here, or a database would read the roll in this order."""
    found: dict[int, list[OnRoll]] = defaultdict(list)
    for person, row in sorted(rows, key=lambda pair: pair[1].unit):
        found[person].append(on_roll(row))
    return found


def on_roll(row: Row[Any]) -> OnRoll:
    return OnRoll(
        row.unit, tuple(row.areas), row.salt, row.person_id, row.fault, bool(row.took_part),
        row.delivered_at, row.label_sealed, row.since,
    )  # fmt: skip
