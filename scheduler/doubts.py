"""Looks through the ballots of each counted vote once, for those a person should ask about.

It runs after the count, and looks outside of its unit of work: nobody is kept waiting.
"""

from datetime import datetime
from functools import partial

from casework import doubting, matters
from casework.doubt_actions import ShowDoubts
from casework.scene import Scene, System
from domain.budget import Topic
from domain.community import Community
from domain.conversation import Blank, Choice, Phrase, Say
from domain.doubts import TO_BE_ASKED
from domain.matters import Event
from domain.question import Mode
from storage.matters import Kept
from storage.uow import UnitOfWork


async def look_for_doubts(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """One vote at a tick."""
    scene = System(community, now, uow)
    for number in (await uow.records.unexamined())[:1]:
        kept = await uow.matters.get(number, to_change=True)
        if not await uow.records.examined(number):
            return []
        if kept is not None and kept.matter.question.mode is not Mode.DETACHED and kept.salt:
            return await _looked_through(scene, kept)
    return []


async def _looked_through(scene: Scene, kept: Kept) -> list[Say]:
    look = partial(doubting.look, kept, scene.now)
    found = scene.uow.prepared(("doubts", kept.number), look)
    if not any(found.values()):
        return []
    says: list[Say] = []
    if any(found[reason] for reason in TO_BE_ASKED if reason in found):
        data: dict[str, object] = {reason: many for reason, many in found.items() if many}
        kept = await doubting.counted_anew(scene, kept, Event.DOUBT, data)
        says = await _in_public(scene, kept)
    return [*says, *await _to_reviewers(scene, kept)]


async def _in_public(scene: Scene, kept: Kept) -> list[Say]:
    """How many ballots are looked into, and whether they could change the result. No more."""
    told = kept.outcome or {}
    key = "outcomes.could_change" if told["could_be"] else "outcomes.stays"
    blanks: dict[str, Blank] = {"number": kept.number, "title": kept.matter.title}
    blanks["sensitivity"] = Phrase(key, {"count": told["doubted"]})
    groups = await matters.groups_of(scene, kept.matter.question.scope)
    return [Say(g.address, "doubts.posted", blanks, topic=Topic.LEGAL) for g in groups]


async def _to_reviewers(scene: Scene, kept: Kept) -> list[Say]:
    blanks: dict[str, Blank] = {"number": kept.number, "title": kept.matter.title}
    blanks |= await scene.uow.doubts.counts(kept.number)
    show = (Choice(Phrase("doubts.button.list"), ShowDoubts(kept.number)),)
    places = await doubting.reviewers(scene, kept)
    return [Say(place, "doubts.found", blanks, show, topic=Topic.DUTY) for place in places]
