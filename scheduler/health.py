"""Every night each group is counted once, and a silent one is offered its next step."""

from datetime import datetime

import structlog

from casework.health import look_at, today_of, votes_by_group
from casework.health_views import mark_of
from casework.ladder import end_if_over, offer
from casework.scene import System
from domain.community import Community
from domain.conversation import Say
from domain.health import monday
from storage.groups import Group
from storage.health import Vote
from storage.uow import UnitOfWork

log = structlog.get_logger()

MOST_ENDED = 50  # steps in one tick
MOST = 3  # groups in one tick: on SQLite nobody else writes meanwhile


async def look_at_groups(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Due and not done: the groups that nobody has counted today, a few at a time."""
    scene = System(community, now, uow)
    due = await _due(scene)
    votes = await votes_by_group(scene) if due else {}
    says: list[Say] = []
    for group in due[:MOST]:
        try:
            async with uow.part():
                says += await _look(scene, group, votes.get(group, []))
        except Exception:
            log.exception("a group was not counted; the next tick tries again")
    return says


async def _look(scene: System, group: Group, votes: list[Vote]) -> list[Say]:
    """Once a night, also where two processes come to it at the same moment."""
    key = f"health:{mark_of(group)}:{today_of(scene)}"
    if not await scene.uow.delivery.first_time(key, scene.now):
        return []
    look = await look_at(scene, group, votes)
    await scene.uow.health.note(group.address, look)
    return await offer(scene, group, look)


async def end_steps(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Due and not over: offers that nobody took, questions whose days have passed."""
    scene = System(community, now, uow)
    due = await uow.ladder.due(now, MOST_ENDED)
    return [say for step in due for say in await end_if_over(scene, step)]


async def _due(scene: System) -> list[Group]:
    """Groups of residents only: what the staff say among themselves is nobody's count."""
    today = today_of(scene)
    done = await scene.uow.health.looked_on(monday(today))
    groups = [g for g in await scene.uow.groups.all() if g.scope != "staff"]
    return [g for g in groups if done.get(g.address) != today]
