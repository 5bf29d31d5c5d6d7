"""Timers about groups: what nobody answered becomes a task and climbs; groups we cannot hear.

A question is due by the hours in which people are awake; nobody is told in quiet hours, but
where somebody is in danger.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from casework import steps
from casework.groups import name_of
from casework.question_views import task, urgent
from casework.questions import STAFF
from casework.scene import Scene, System
from domain.budget import Topic
from domain.calendar import Budget
from domain.community import EMERGENCY, Community, understand
from domain.conversation import Blank, Phrase, Say
from domain.questions import in_turn
from domain.quiet import quiet_until
from domain.residents import Role, Staff
from storage.groups import Group
from storage.questions import Question
from storage.uow import UnitOfWork

log = structlog.get_logger()

MOST = 50  # questions in one tick; the rest in the next one
AFTER_A_FAULT = timedelta(minutes=15)
NOBODY_YET = timedelta(hours=1)  # until we look again for somebody who can be told
AT_ONCE = Budget(15, "minute")  # before one more hears of danger, where config.yaml says nothing


async def raise_questions(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Every question that has waited long enough, to the next person whose duty it is."""
    scene = System(community, now, uow)
    quiet = quiet_until(now, community.quiet, community.calendar.zone)
    says: list[Say] = []
    for question in await uow.questions.due(now, MOST):
        try:
            async with uow.part():
                says += await _raise(scene, question, quiet)
        except Exception:
            log.exception("a question was not brought to anybody", question=question.id)
            await uow.questions.looked_at(question.id, now + AFTER_A_FAULT)
    return says


async def _raise(scene: Scene, question: Question, quiet: datetime | None) -> list[Say]:
    danger = scene.community.is_emergency(question.words)
    if quiet and not danger:
        await scene.uow.questions.looked_at(question.id, quiet)
        return []
    staff = await scene.uow.staff.all()
    holder = await _holder(scene, question, staff)
    if holder is None:
        await scene.uow.questions.looked_at(question.id, scene.now + NOBODY_YET)
        return []
    return await _tell_next(scene, question, holder, in_turn(holder, staff, scene.now), danger)


async def _holder(scene: Scene, question: Question, staff: list[Staff]) -> Staff | None:
    """Whose duty it is: as with a case from this group about this."""
    if known := next((s for s in staff if s.id == question.holder), None):
        return known
    group = await scene.uow.groups.get(question.group)
    person = await scene.uow.residents.person(question.person) if question.person else None
    category = understand(question.words, scene.community.categories).code
    grid = await steps.grid_of(scene, group, person)
    return await steps.holder_for(scene, staff, category, grid)


async def _tell_next(
    scene: Scene, question: Question, holder: Staff, chain: list[Staff], danger: bool
) -> list[Say]:
    """One person more; who cannot be written to is passed over."""
    reach = await scene.uow.residents.reach({s.person for s in chain if s.person})
    for level, member in enumerate(chain[question.level :], question.level + 1):
        if member.person not in reach:
            continue
        next_at = _climbs_at(scene, danger) if level < len(chain) else None
        if not await scene.uow.questions.told(question, holder.id, level, next_at):
            return []
        to, now = reach[member.person].address, replace(question, level=level)
        return [urgent(await task(scene, now, to, holder), danger=danger)]
    again = None if question.level else scene.now + NOBODY_YET
    await scene.uow.questions.looked_at(question.id, again)
    return []


def _climbs_at(scene: Scene, danger: bool) -> datetime:
    if not danger:
        return scene.community.awake(scene.now, scene.community.groups.climb_after)
    preset = scene.community.deadlines.presets.get(EMERGENCY)
    return scene.community.calendar.due(scene.now, preset.sign if preset else AT_ONCE)


def _half_heard(group: Group) -> bool:
    return group.reads is False and group.scope != STAFF and group.archived_at is None


async def tell_unheard(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Once for each group we are not given all of: what is lost there, and how to change it."""
    unheard = [g for g in await uow.groups.all() if _half_heard(g)]
    if not unheard:
        return []
    scene = System(community, now, uow)
    admins = [s for s in await uow.staff.all() if s.role is Role.ADMIN and s.person]
    reach = await uow.residents.reach({s.person for s in admins if s.person})
    says: list[Say] = []
    for group in unheard if reach else []:
        key = f"unheard:{group.address.channel}:{group.address.chat}"
        if await uow.delivery.first_time(key, now):
            how = Phrase("groups.how_to_hear")
            blanks: dict[str, Blank] = {"where": name_of(scene, group), "how": how}
            told = (Say(r.address, "groups.unheard", blanks) for r in reach.values())
            says += [replace(say, topic=Topic.DUTY) for say in told]
    return says
