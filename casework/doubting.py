"""Looks for ballots that a person should ask about, and counts anew what people struck out."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

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

DECIDABLE = frozenset({State.COUNTED, State.DECISION_PUBLISHED})  # while it may be objected to
REVIEWERS = frozenset({Role.AUDITOR, Role.ADMIN})


def may_review(staff: Staff | None, kept: Kept) -> bool:
    """Auditors, admins, and who answers for the matter."""
    return staff is not None and (staff.role in REVIEWERS or staff.id == kept.matter.owner)


@dataclass(frozen=True)
class Cast:
    """A standing ballot and who may have cast it."""

    seen: Seen
    voter: OnRoll

    @property
    def person(self) -> int | None:
        return self.voter.person


async def look(scene: Scene, kept: Kept) -> dict[Reason, int]:
    """Open a review for every ballot with a sign; how many are new, by the sign."""
    opens, closes = kept.matter.opens_at, kept.matter.closes_at
    assert opens is not None and closes is not None  # it was voted on
    standing = await scene.uow.doubts.standing(kept.number)
    cast = await _with_people(scene, kept, standing)
    people = {each.person for each in cast if each.person is not None}
    active = await scene.uow.doubts.active(people, kept.number, opens)
    confirmed = await scene.uow.doubts.confirmed(people)
    active |= {p for p, at in confirmed.items() if not doubts.is_new(at, opens)}
    idle = [each.seen for each in cast if each.person is not None and each.person not in active]
    found = {
        Reason.BURST: doubts.bursts(idle),
        Reason.NEW: {c.seen.seq for c in cast if c.person is not None and
                     doubts.is_new(confirmed.get(c.person), c.seen.at)},
        Reason.LATE: doubts.late(standing.values(), closes),
        Reason.SOLD: await _sold(scene, kept, cast),
    }  # fmt: skip
    return {
        reason: await scene.uow.doubts.add(kept.number, lines, reason, scene.now)
        for reason, lines in found.items()
    }


async def _with_people(scene: Scene, kept: Kept, standing: dict[str, Seen]) -> Sequence[Cast]:
    """The key that undoes the pseudonyms is used for this, and nothing of it is kept."""
    voters = await scene.uow.doubts.voters(kept.number)
    vids = await asyncio.to_thread(_vids, scene.uow.ballots.key(kept), voters)
    found = ((standing.get(vid), voter) for vid, voter in zip(vids, voters, strict=True))
    return [Cast(seen, voter) for seen, voter in found if seen is not None]


async def _sold(scene: Scene, kept: Kept, cast: Sequence[Cast]) -> set[int]:
    """Ballots of flats that changed hands after the freeze: the recorded owner's counts (I14)."""
    events = await scene.uow.matters.events(kept.number)
    frozen = max((e.at for e in events if e.event == Event.FREEZE), default=scene.now)
    sold = await scene.uow.doubts.sold(frozen)
    if not sold:
        return set()

    def found() -> set[int]:
        doors = ((each.seen.seq, scene.uow.roll.label(each.voter).doors) for each in cast)
        return {seq for seq, theirs in doors if not sold.isdisjoint(theirs)}

    return await asyncio.to_thread(found)


def _vids(key: bytes, voters: Sequence[OnRoll]) -> list[str]:
    return [pseudonym(key, voter.unit) for voter in voters]


async def whose(scene: Scene, kept: Kept, vid: str) -> OnRoll | None:
    """The voter behind a pseudonym: to be asked in person."""
    voters = await scene.uow.doubts.voters(kept.number)
    vids = await asyncio.to_thread(_vids, scene.uow.ballots.key(kept), voters)
    return next((v for v, each in zip(voters, vids, strict=True) if each == vid), None)


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
