"""Somebody no longer acts for an owner: they have no say any more in the votes that are on either.

The frozen roll stays as its hash says. What they have cast is kept in the record, for people to
decide about, and the owner may still hand in a ballot on paper.
"""

from collections.abc import Sequence, Set

from casework import doubting, mandating, voting
from casework.scene import Scene
from domain.budget import Topic
from domain.conversation import Blank, Say
from domain.doubts import Reason
from domain.roll import Fault
from storage.matters import Kept
from storage.ownership import Owned
from storage.roll import OnRoll


async def take_votes(scene: Scene, person: int, owned: Sequence[Owned]) -> list[Say]:
    """``owned``: what the owner holds for whom this person acted."""
    units, doors = {f"o:{each.owner}" for each in owned}, {each.property for each in owned}
    says: list[Say] = []
    for number in await scene.uow.roll.on_with(person):
        await scene.uow.matters.get(number, to_change=True)  # before its voters are read
        for voter in await scene.uow.roll.may_answer(number, person):
            if voter.unit in units or _is_of(scene, voter, doors):
                says += await _take(scene, number, voter)
    return says


def _is_of(scene: Scene, voter: OnRoll, doors: Set[str]) -> bool:
    """Whether these are owners of one of the doors, as the roll was frozen."""
    return voter.unit[0] in "oj" and not doors.isdisjoint(scene.uow.roll.label(voter).doors)


async def _take(scene: Scene, number: int, voter: OnRoll) -> list[Say]:
    kept = await scene.uow.matters.get(number, to_change=True)
    assert kept is not None  # its roll has just been read
    fault = Fault.NEED_REPRESENTATIVE if voter.unit[0] == "j" else Fault.NO_ACCOUNT
    await scene.uow.roll.set_aside(number, [voter.unit], fault)
    return [*await _doubt(scene, kept, voter), *await _end_mandate(scene, kept, voter)]


async def _doubt(scene: Scene, kept: Kept, voter: OnRoll) -> list[Say]:
    """A ballot that this voter has cast, or had cast, is looked into after the count."""
    stands = await voting.standing(scene, kept, voter)
    if stands is None or stands.is_of_another:
        return []
    if not await scene.uow.doubts.add_one(kept.number, stands.seq, Reason.UNTIED, scene.now):
        return []
    blanks: dict[str, Blank] = {"number": kept.number, "title": kept.matter.title}
    blanks["seq"] = stands.seq
    places = await doubting.reviewers(scene, kept)
    return [Say(place, "doubts.untied", blanks, topic=Topic.DUTY) for place in places]


async def _end_mandate(scene: Scene, kept: Kept, voter: OnRoll) -> list[Say]:
    mandate = await mandating.end(scene, kept, voter)
    return await mandating.told_ended(scene, mandate) if mandate else []
