"""Looks for ballots that a person should ask about, and counts anew what people struck out."""

import asyncio
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from casework import counting, matters
from casework.scene import Scene
from domain import doubts
from domain.conversation import Address
from domain.doubts import Reason, Seen
from domain.matters import Event, State
from domain.record import pseudonym
from domain.residents import Role, Staff
from storage.matters import Kept
from storage.roll import OnRoll
from storage.uow import Storage, UnitOfWork

DECIDABLE = frozenset({State.COUNTED, State.DECISION_PUBLISHED})  # while it may be objected to
REVIEWERS = frozenset({Role.AUDITOR, Role.ADMIN})
LOT = 1000  # doubts in one unit of work


def may_review(staff: Staff | None, kept: Kept) -> bool:
    """Auditors, admins, and who answers for the matter; never somebody of the property company."""
    if staff is None or staff.of_property_company:
        return False
    return staff.role in REVIEWERS or staff.id == kept.matter.owner


@dataclass(frozen=True)
class Cast:
    """A standing ballot and who may have cast it."""

    seen: Seen
    person: int | None


async def look(kept: Kept, now: datetime, storage: Storage) -> dict[Reason, int]:
    """Open a review for every ballot with a sign; how many have each.

    Read at one moment and written lot by lot, before the unit of work that tells of it: whoever
    dies in between has opened some, and the next one opens the others.
    """
    async with storage.read() as uow:
        found = await _signs(uow, kept)
    for reason, lines in found.items():
        ordered = sorted(lines)
        for at in range(0, len(ordered), LOT):
            async with storage.begin() as uow:
                await uow.doubts.add(kept.number, ordered[at : at + LOT], reason, now)
    return {reason: len(lines) for reason, lines in found.items()}


async def _signs(uow: UnitOfWork, kept: Kept) -> dict[Reason, set[int]]:
    opens, closes = kept.matter.opens_at, kept.matter.closes_at
    assert opens is not None and closes is not None  # it was voted on
    key, standing = uow.ballots.key(kept), await uow.doubts.standing(kept.number)
    voters = await uow.doubts.voters(kept.number)
    cast = await asyncio.to_thread(_with_people, key, standing, voters)
    people = {each.person for each in cast if each.person is not None}
    active = await uow.doubts.active(people, kept.number, opens)
    confirmed = await uow.doubts.confirmed(people)
    active |= {p for p, at in confirmed.items() if not doubts.is_new(at, opens)}
    found = await asyncio.to_thread(_found, cast, active, confirmed, closes)
    again = [standing.get(pseudonym(key, unit)) for unit in await uow.doubts.twice(kept.number)]
    found[Reason.TWICE] = {seen.seq for seen in again if seen is not None}
    return found | {Reason.SOLD: await _sold(uow, kept, key, standing)}


async def _sold(uow: UnitOfWork, kept: Kept, key: bytes, standing: Mapping[str, Seen]) -> set[int]:
    """Ballots of flats that changed hands after the freeze: the recorded owner's counts (I14)."""
    events = await uow.matters.events(kept.number)
    sold = await uow.doubts.sold(max(e.at for e in events if e.event == Event.FREEZE))
    found = set[int]()

    def look(lot: Sequence[OnRoll]) -> None:
        theirs = [v for v in lot if not sold.isdisjoint(uow.roll.label(v).doors)]
        cast = [standing.get(pseudonym(key, voter.unit)) for voter in theirs]
        found.update(seen.seq for seen in cast if seen is not None)

    lot = await uow.records.voters(kept.number, "") if sold else []
    while lot:
        await asyncio.to_thread(look, lot)
        lot = await uow.records.voters(kept.number, lot[-1].unit)
    return found


def _with_people(
    key: bytes, standing: Mapping[str, Seen], voters: Sequence[tuple[str, int | None]]
) -> list[Cast]:
    """The key that undoes the pseudonyms is used for this, and nothing of it is kept."""
    found = ((standing.get(pseudonym(key, unit)), person) for unit, person in voters)
    return [Cast(seen, person) for seen, person in found if seen is not None]


def _found(
    cast: Sequence[Cast], active: Set[int], confirmed: Mapping[int, datetime], closes: datetime
) -> dict[Reason, set[int]]:
    named = [(each.seen, each.person) for each in cast if each.person is not None]
    return {
        Reason.BURST: doubts.bursts(seen for seen, person in named if person not in active),
        Reason.NEW: {
            seen.seq for seen, person in named if doubts.is_new(confirmed.get(person), seen.at)
        },
        Reason.LATE: doubts.late((each.seen for each in cast), closes),
    }


async def whose(scene: Scene, kept: Kept, vid: str) -> OnRoll | None:
    """The voter behind a pseudonym: to be asked in person."""
    key = ("whose", kept.number, vid)
    unit = scene.uow.prepared(key, partial(_unit, kept, scene.uow.ballots.key(kept), vid))
    return await scene.uow.roll.voter(kept.number, unit) if unit else None


async def _unit(kept: Kept, key: bytes, vid: str, storage: Storage) -> str | None:
    async with storage.read() as uow:
        voters = await uow.doubts.voters(kept.number)
    return await asyncio.to_thread(_behind, key, vid, voters)


def _behind(key: bytes, vid: str, voters: Sequence[tuple[str, int | None]]) -> str | None:
    return next((unit for unit, _ in voters if pseudonym(key, unit) == vid), None)


async def counted_anew(
    scene: Scene, kept: Kept, event: Event, data: dict[str, object], note: int | None = None
) -> Kept:
    """The outcome without what was struck out, beside what it was with it."""
    told = counting.as_json(await counting.count(scene, kept))
    return await matters.remark(scene, kept, event, data | {"outcome": told}, note, outcome=told)


def is_decidable(kept: Kept) -> bool:
    return kept.matter.state in DECIDABLE and kept.outcome is not None and bool(kept.salt)


async def reviewers(scene: Scene, kept: Kept) -> list[Address]:
    """Where auditors and who answers for the matter read us; admins are not woken."""
    staff = await scene.uow.staff.all()
    ids = [s.id for s in staff if s.role is Role.AUDITOR]
    return await matters.staff_addresses(scene, kept.matter.owner, *ids)
