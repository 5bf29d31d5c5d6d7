"""The weekly digest: each group's on its day and hour, once, or dropped when it is too late."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from casework import digest
from casework.scene import Scene, System
from domain.budget import Topic
from domain.community import Community
from domain.conversation import Say
from domain.digest import LATE, looks_back_to, next_digest
from storage.digest import Digest
from storage.groups import Group
from storage.uow import UnitOfWork

log = structlog.get_logger()

MOST = 20  # groups in one tick; the rest in the next one
AFTER_A_FAULT = timedelta(minutes=15)


async def write_digests(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Due and not written. A row is locked while it is: two processes write it once.

    What cannot be written is tried again later, and holds up no other group's.
    """
    scene = System(community, now, uow)
    groups = {g.address: g for g in await uow.groups.all() if digest.hears_it(g)}
    await _begin(scene, groups.values())
    says: list[Say] = []
    for due in await uow.digest.due(now, MOST):
        following = next_digest(due.rule, now, community.calendar.zone)
        try:
            async with uow.part():
                says += await _write(scene, due, groups.get(due.group))
        except Exception:
            log.exception("a digest was not written", digest=due.number)
            following = now + AFTER_A_FAULT
        await uow.digest.change(due.number, next_at=following)
    return says


async def _begin(scene: Scene, groups: Iterable[Group]) -> None:
    """Groups that came since the last tick: from now on they have one, by default."""
    known = {d.group for d in await scene.uow.digest.all()}
    rule = scene.community.digest
    first = next_digest(rule, scene.now, scene.community.calendar.zone)
    for group in groups:
        if group.address not in known:
            await scene.uow.digest.begin(group.address, rule, first)


async def _write(scene: Scene, due: Digest, group: Group | None) -> list[Say]:
    """To the group, and to those who want it alone; nothing where there is nothing to tell."""
    if group is None or due.next_at is None:
        return []
    since, until = looks_back_to(due.told_at, due.next_at), due.next_at + LATE
    told = await digest.week_of(scene, group, since, scene.now)
    if not told.week.is_worth_telling:
        return []
    if scene.now < until:
        await scene.uow.digest.change(due.number, told_at=scene.now)
    reach = await scene.uow.residents.reach(await scene.uow.digest.readers(due.number))
    post = digest.digest_say(told, group.address, (digest.subscribe_choice(due.number),))
    alone = [digest.digest_say(told, reach[p].address) for p in sorted(reach)]
    return [replace(say, topic=Topic.DIGEST, until=until) for say in (post, *alone)]
