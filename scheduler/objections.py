"""The timer of objections: whoever owes an answer is reminded at its deadline; then it climbs."""

from datetime import datetime
from itertools import groupby
from operator import attrgetter

import structlog

from casework import standing
from casework.matter_actions import ShowObjections
from casework.scene import Scene, System
from domain.budget import Topic
from domain.community import Community
from domain.conversation import Blank, Choice, Phrase, Say, listed
from domain.matters import ENDED
from domain.objections import Objection
from domain.quiet import quiet_until
from domain.stages import CLIMBS
from storage.matters import Kept
from storage.uow import UnitOfWork

log = structlog.get_logger()

MOST = 20  # matters in one tick; the rest in the next one


async def hear_objections(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Whatever was not answered in time, matter by matter; never in quiet hours."""
    if quiet_until(now, community.quiet, community.calendar.zone):
        return []
    scene = System(community, now, uow)
    says: list[Say] = []
    for number in await uow.objections.matters_to_look_at(now, MOST):
        says += await _hear(scene, number)
    return says


async def _hear(scene: Scene, number: int) -> list[Say]:
    """With the matter locked, so that two processes at one moment say a thing once."""
    kept = await scene.uow.matters.get(number, to_change=True)
    if kept is None:
        return []
    level = attrgetter("level")
    due = sorted(await scene.uow.objections.due(number, scene.now), key=level)
    if kept.matter.state in ENDED:  # there is nothing left to object to
        await scene.uow.objections.look_again(number, [o.number for o in due], None, 1)
        return []
    says: list[Say] = []
    for climbed, found in groupby(due, level):
        says += await _heard(scene, kept, climbed, list(found))
    return says


async def _heard(scene: Scene, kept: Kept, level: int, found: list[Objection]) -> list[Say]:
    """One message for all of them that have come as far: their numbers, never their words."""
    last = level >= standing.HIGHEST
    look = None if last else scene.community.calendar.due(scene.now, CLIMBS)
    numbers = [objection.number for objection in found]
    await scene.uow.objections.look_again(kept.number, numbers, look, level + 1)
    staff = await scene.uow.staff.all()
    blanks: dict[str, Blank] = {
        "number": kept.number,
        "title": kept.matter.title,
        "objections": listed(numbers),
        "owner": next((s.title for s in staff if s.id == kept.matter.owner), ""),
    }
    show = (Choice(Phrase("objections.button.show"), ShowObjections(kept.number)),)
    places = await standing.who_hears(scene, staff, kept.matter.owner, level)
    return [Say(p, "objections.overdue", blanks, show, topic=Topic.DUTY) for p in places]
