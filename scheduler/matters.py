"""Timers of deciding together: what the clock opens, closes and counts, and whom it reminds.

Each is a query for what is due and not done. A matter is locked while it is looked at, so two
processes at one moment do a thing once, and no ballot can come between the last look and the
close.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog

from casework import announcing, consenting, entries, matters, opening, standing
from casework.closing import close_and_count
from casework.matter_actions import ShowMatter
from casework.scene import Scene, System
from domain.ballots import reminders
from domain.budget import Topic
from domain.community import Community
from domain.conversation import Blank, Choice, Phrase, Say
from domain.matters import Event, Matter, Refusal, State
from domain.quiet import quiet_until
from domain.stages import next_look, postings
from storage.chain import ChangedMeanwhile
from storage.matters import Kept
from storage.uow import UnitOfWork, Unprepared

log = structlog.get_logger()

MOST = 20  # matters in one tick; the rest in the next one
MOST_TOLD = 500  # voters in one tick: what a platform takes in that time anyway
AFTER_A_FAULT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(days=1)  # after the close: what cannot be read for a day never will be
DAYS_OVER = {
    State.NOTICED: "matters.notice_over",
    State.DECISION_PUBLISHED: "matters.shown_over",
}

Move = Callable[[Scene, Kept], Awaitable[list[Say]]]


async def move_matters(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Whatever is due in any matter: opened, reminded of, closed, counted, climbed."""
    scene = System(community, now, uow)
    says: list[Say] = []
    for found in await uow.matters.to_look_at(now, MOST):
        try:
            async with uow.part():
                says += await _move(scene, found.number)
        except Unprepared:
            raise
        except ChangedMeanwhile:
            continue  # somebody else moved it; the next tick looks again
        except Exception:
            log.exception("a matter was not moved", matter=found.number)
            await uow.matters.looked_at(found.number, now + AFTER_A_FAULT)
    return says


async def _move(scene: Scene, number: int) -> list[Say]:
    kept = await scene.uow.matters.get(number, to_change=True)
    if kept is None or kept.matter.next_at is None or kept.matter.next_at > scene.now:
        return []
    return await MOVES.get(kept.matter.state, _stands_still)(scene, kept)


async def _open(scene: Scene, kept: Kept) -> list[Say]:
    """Or put off, where its close has passed as well and no voter waits from before it."""
    if kept.matter.closes_at is not None and scene.now >= kept.matter.closes_at:
        on_their_way = await _some_are_on_their_way(scene, kept)
        return [] if on_their_way else await opening.postpone(scene, kept)
    _, says = await opening.begin(scene, kept)
    return says


async def _vote_goes_on(scene: Scene, kept: Kept) -> list[Say]:
    """Closed at its moment; before it, voters are told, reminded, and the head is posted."""
    matter, now = kept.matter, scene.now
    assert matter.opens_at is not None and matter.closes_at is not None  # it is open
    if now >= matter.closes_at:
        on_their_way = await _some_are_on_their_way(scene, kept)
        return [] if on_their_way else await close_and_count(scene, kept)
    says = await announcing.evening_head(scene, kept, _last(postings(
        matter.opens_at, matter.closes_at, scene.community), now))  # fmt: skip
    told, more = await _tell(scene, kept)
    look = scene.now if more else next_look(matter, scene.community, now)
    if quiet := _quiet(scene):
        look = min(quiet, matter.closes_at)
    await scene.uow.matters.looked_at(kept.number, look)
    return [*says, *told]


async def _some_are_on_their_way(scene: Scene, kept: Kept) -> bool:
    """Whether something that was received before the close is still to be handled.

    It may be a ballot, whatever held it up: a rush, or a restart. The next tick looks again.
    """
    closes = kept.matter.closes_at
    assert closes is not None  # it has passed
    if scene.now - closes >= LONGEST_WAIT:
        return False
    return await scene.uow.delivery.waits_from_before(closes)


def _last(moments: object, now: datetime) -> datetime | None:
    return max((m for m in moments if m <= now), default=None)  # type: ignore[attr-defined]


def _quiet(scene: Scene) -> datetime | None:
    return quiet_until(scene.now, scene.community.quiet, scene.community.calendar.zone)


async def _tell(scene: Scene, kept: Kept) -> tuple[list[Say], bool]:
    """The next lot of those who have not answered and have not heard of the latest moment.

    The same words for all, and never a list of names. In quiet hours nobody is told.
    """
    matter = kept.matter
    assert matter.opens_at is not None and matter.closes_at is not None
    if _quiet(scene):
        return [], False
    reached = sum(m <= scene.now for m in reminders(matter.opens_at, matter.closes_at))
    level = 1 + reached
    lot = await scene.uow.roll.untold(kept.number, level, MOST_TOLD)
    await scene.uow.roll.told(kept.number, [voter.unit for voter in lot], level)
    people = {voter.person for voter in lot if voter.person is not None}
    says = await announcing.to_voters(scene, kept, people, first=level == 1)
    says += await consenting.ask(scene, kept, level)
    if reached:
        says += await entries.remind(scene, kept, level)
    return says, len(lot) == MOST_TOLD


async def _stands_still(scene: Scene, kept: Kept) -> list[Say]:
    """Whoever answers for the stage is reminded at its deadline; after that it climbs."""
    matter = kept.matter
    if _is_through(matter):
        archived = await matters.do(scene, kept, Event.ARCHIVE)
        if not isinstance(archived, Refusal):
            return await announcing.cards(scene, archived)
    if quiet := _quiet(scene):
        await scene.uow.matters.looked_at(kept.number, quiet)
        return []
    if matter.level > standing.HIGHEST:
        await scene.uow.matters.looked_at(kept.number, None)
        return []
    says = await _remind(scene, kept)
    await matters.do(scene, kept, Event.CLIMB)
    return says


def _is_through(matter: Matter) -> bool:
    """Nothing is left to be done: told as carried out, or never to be carried out."""
    shown = matter.state is State.DECISION_PUBLISHED
    return matter.state is State.RESULT_PUBLISHED or (shown and not matter.may_be_carried_out)


async def _remind(scene: Scene, kept: Kept) -> list[Say]:
    matter = kept.matter
    staff = await scene.uow.staff.all()
    owner = next((s.title for s in staff if s.id == matter.owner), "")
    blanks: dict[str, Blank] = {
        "number": matter.number,
        "title": matter.title,
        "stage": Phrase(f"matters.state.{matter.state}"),
        "due": matter.due_at or scene.now,
        "owner": owner,
    }
    key = DAYS_OVER.get(matter.state, "matters.stands_still")
    show = (Choice(Phrase("matters.button.show"), ShowMatter(matter.number)),)
    places = await standing.who_hears(scene, staff, matter.owner, matter.level)
    return [Say(place, key, blanks, show, topic=Topic.DUTY) for place in places]


MOVES: Mapping[State, Move] = {
    State.ROLL_FROZEN: _open,
    State.OPEN: _vote_goes_on,
    State.CLOSED: close_and_count,
}
