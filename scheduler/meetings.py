"""What a sitting is due: its agenda to the chair, then to those invited, then the minutes.

A row is locked while something is said of it, so two processes say it once. What would come
after the sitting has begun is dropped by the budget, with its reason.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from casework import meetings
from casework.meeting_actions import CancelSitting, WriteMinutes
from casework.scene import Scene, System
from domain.budget import Topic
from domain.community import Community
from domain.conversation import Blank, Choice, Phrase, Say
from domain.meetings import MINUTES_KEEP, Course, Meeting, Sitting, Step, look_at
from storage.uow import UnitOfWork

log = structlog.get_logger()

MOST = 20  # sittings in one tick
AFTER_A_FAULT = timedelta(minutes=15)


async def hold_meetings(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Due and not said, one step of each sitting in a tick."""
    scene = System(community, now, uow)
    says: list[Say] = []
    for sitting in await uow.meetings.due(now, MOST):
        try:
            async with uow.part():
                says += await _step(scene, sitting)
        except Exception:
            log.exception("a meeting was not prepared", sitting=sitting.number)
            await uow.meetings.save_sitting(replace(sitting, next_at=now + AFTER_A_FAULT))
    return says


async def _step(scene: Scene, sitting: Sitting) -> list[Say]:
    meeting = await scene.uow.meetings.get(sitting.meeting)
    if meeting is None or sitting.course is not Course.PLANNED:
        await scene.uow.meetings.save_sitting(replace(sitting, next_at=None))
        return []
    match sitting.step:
        case Step.NOTHING:
            return await _propose(scene, meeting, sitting)
        case Step.PROPOSED:
            return await _invite(scene, meeting, sitting)
        case _:
            return await _ask_for_minutes(scene, meeting, sitting)


async def _next(scene: Scene, sitting: Sitting, step: Step) -> Sitting:
    due = look_at(sitting.starts_at, step, scene.community.calendar, scene.now)
    later = replace(sitting, step=step, next_at=due)
    await scene.uow.meetings.save_sitting(later)
    return later


async def _propose(scene: Scene, meeting: Meeting, sitting: Sitting) -> list[Say]:
    """To the chair, to add, strike and order."""
    agenda = await meetings.propose(scene, sitting)
    later = await _next(scene, replace(sitting, agenda=agenda), Step.PROPOSED)
    places = await meetings.chair_places(scene, meeting)
    cards = [await meetings.sitting_card(scene, meeting, later, to, leads=True) for to in places]
    return [replace(card, topic=Topic.DUTY, until=sitting.starts_at) for card in cards]


async def _invite(scene: Scene, meeting: Meeting, sitting: Sitting) -> list[Say]:
    """To everybody invited, with the agenda as the chair left it."""
    await _next(scene, sitting, Step.INVITED)
    places = await meetings.invited_places(scene, meeting)
    if not places:
        return []
    say = await meetings.invitation(scene, meeting, sitting, places[0])
    return await meetings.to_invited(scene, meeting, say, sitting.starts_at)


async def _ask_for_minutes(scene: Scene, meeting: Meeting, sitting: Sitting) -> list[Say]:
    """The chair, once; and the next time it sits is planned whatever comes of this one."""
    await _next(scene, sitting, Step.ASKED)
    following = await meetings.plan_next(scene, meeting)
    choices = (
        Choice(Phrase("meetings.button.write"), WriteMinutes(sitting.number)),
        Choice(Phrase("meetings.button.was_not"), CancelSitting(sitting.number, 1)),
    )
    until = sitting.starts_at + MINUTES_KEEP
    blanks: dict[str, Blank] = {
        "title": meeting.title,
        "starts": sitting.starts_at,
        "following": following,
    }
    return [
        Say(to, "minutes.please", blanks, choices, topic=Topic.DUTY, until=until)
        for to in await meetings.chair_places(scene, meeting)
    ]
