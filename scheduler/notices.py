"""Notices on their way: begun when due, looked up and sent in lots, shown, and brought to an end.

The outbox never holds more than a few seconds of them, so that a pause or a stop takes hold at
once and a crash leaves little in doubt. Each row is promised in the transaction that writes its
message: after a crash nobody is written to twice.
"""

from dataclasses import replace
from datetime import datetime

from casework import matters, notices
from casework.scene import Scene, System
from domain.community import Community
from domain.conversation import Say
from domain.notices import Notice, State, Urgency, is_counted, percent
from domain.quiet import quiet_until
from domain.residents import Staff
from storage.uow import UnitOfWork

EVERY = 2  # seconds between lots
LOOKED_UP = 2000  # people in one tick
CROWD = 120  # messages a channel may have waiting: four seconds of Telegram's pace


async def send_notices(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Due and not over: the most urgent first, each as far as its channels have room."""
    await uow.notices.settle(now)
    found = await uow.notices.at_work(now)
    if not found:
        return []
    scene, staff = System(community, now, uow), await uow.staff.all()
    crowd = await uow.delivery.crowd(CROWD * len(Urgency))
    says: list[Say] = []
    for notice in sorted(found, key=_most_urgent):
        says += await _step(scene, notice, staff, crowd)
    return says


def _most_urgent(notice: Notice) -> tuple[int, int]:
    return notice.topic.rank, notice.number


async def _step(
    scene: Scene, notice: Notice, staff: list[Staff], crowd: dict[str, int]
) -> list[Say]:
    quiet = quiet_until(scene.now, scene.community.quiet, scene.community.calendar.zone)
    if quiet and notice.urgency is not Urgency.EMERGENCY:
        return []
    if notice.state is State.WAITING:
        notice = replace(notice, state=State.SENDING, shown=-1)
    notice = await _looked_up(scene, notice)
    says = await _lot(scene, notice, staff, crowd)
    if not says and notice.cursor is None and not await scene.uow.notices.on_its_way(notice):
        return await _ended(scene, notice, staff)
    return [*says, *await _shown(scene, notice)]


async def _looked_up(scene: Scene, notice: Notice) -> Notice:
    """Rows for the next people, and first of all for the groups; the cursor moves with them."""
    if notice.cursor is None or notice.audience is None:
        return notice
    if notice.cursor == 0 and notice.in_groups:
        groups = await notices.groups_for(scene, notice.audience)
        await scene.uow.notices.add_groups(notice, (g.address for g in groups), scene.now)
    people = await scene.uow.notices.people_after(notice.audience, notice.cursor, LOOKED_UP)
    reach = await scene.uow.residents.reach(set(people))
    places = ((p, reach[p].address if p in reach else None) for p in people)
    await scene.uow.notices.add_people(notice, places, scene.now)
    more = len(people) == LOOKED_UP
    return replace(notice, cursor=people[-1] if more else None)


async def _lot(
    scene: Scene, notice: Notice, staff: list[Staff], crowd: dict[str, int]
) -> list[Say]:
    """As many messages as each channel has room for; what is taken here is promised here."""
    groups = {group.address for group in await scene.uow.groups.all()}
    says: list[Say] = []
    for channel in await scene.uow.notices.channels(notice):
        room = CROWD - crowd.get(channel, 0)
        taken = await scene.uow.notices.take(notice, channel, room, scene.now) if room > 0 else []
        crowd[channel] = crowd.get(channel, 0) + len(taken)
        says += [
            notices.message(scene, notice, r.to, r.id, staff, group=r.to in groups) for r in taken
        ]
    return says


async def _shown(scene: Scene, notice: Notice) -> list[Say]:
    """The author's card, changed at each percent and not with every message."""
    if not is_counted(notice.people, int(scene.now.timestamp()) // EVERY):
        await scene.uow.notices.save(notice, scene.now)
        return []
    counts = await scene.uow.notices.counts(notice)
    done = percent(notices.done_of(counts), max(notice.people, sum(counts.values())))
    await scene.uow.notices.save(replace(notice, shown=done), scene.now)
    if done == notice.shown:
        return []
    places = await matters.staff_addresses(scene, notice.author)
    return [notices.progress_card(notice, counts, to) for to in places]


async def _ended(scene: Scene, notice: Notice, staff: list[Staff]) -> list[Say]:
    """Everything has left: the last state for the author, doors to visit for the members."""
    over = notice.over(scene.community.calendar.zone, scene.now)
    await scene.uow.notices.save(over, scene.now)
    counts = await scene.uow.notices.counts(notice)
    places = await matters.staff_addresses(scene, notice.author)
    shown = replace(notice, state=State.DONE)
    cards = [notices.progress_card(shown, counts, to, fresh=True) for to in places]
    return [*cards, *await notices.visits(scene, notice, staff)]
