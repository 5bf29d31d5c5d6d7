"""Timers about cases: whatever a clock has reached is said once, to whom it concerns.

Late is late by the recorded times; when a timer looked changes nothing but who hears of it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from casework import steps
from casework.climbing import above, climb
from casework.ratings import ask_how_it_is, ask_whether_solved
from casework.scene import Scene, System
from casework.views import told
from domain.budget import Topic
from domain.clocks import Kind
from domain.community import Community
from domain.conversation import Address, Blank, Say
from domain.deadlines import day_and_night, watched
from domain.quiet import quiet_until
from domain.residents import Staff, at_work, deputy_of, dispatcher
from domain.thresholds import DUE, LATE, Threshold, due_now, next_after
from domain.tickets import EscalateReason, Event, Refusal
from storage.tickets import Case
from storage.uow import UnitOfWork

log = structlog.get_logger()

MOST = 100  # cases in one tick; the rest in the next one
AFTER_A_FAULT = timedelta(minutes=15)
NOT_YET = timedelta(hours=1)  # until what was not possible is tried again

Reaction = Callable[[Scene, Case, Threshold], Awaitable[tuple[Case, list[Say]]]]


async def hear_clocks(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Every threshold reached since the last look, in every case that has one."""
    scene = System(community, now, uow)
    says: list[Say] = []
    for case in await uow.tickets.to_look_at(now, MOST):
        try:
            async with uow.part():
                says += await _hear(scene, case)
        except Exception:
            log.exception("a case's clocks were not heard", ticket=case.number)
            await uow.tickets.looked_at(case, now + AFTER_A_FAULT)
    return says


async def _hear(scene: Scene, case: Case) -> list[Say]:
    """Words first, then what moves the case: moving it sets its clocks anew."""
    stamps = await scene.uow.tickets.stamps(case.number)
    danger = day_and_night(stamps)
    quiet = quiet_until(scene.now, scene.community.quiet, scene.community.calendar.zone)
    if quiet and not danger:
        await scene.uow.tickets.looked_at(case, quiet)
        return []
    found = watched(case.ticket, stamps, scene.community)
    says: list[Say] = []
    now_case = case
    reached = sorted(due_now(found, scene.now), key=_moves)
    for threshold in reached:
        key = _key(case, threshold)
        if not _moves(threshold) and await scene.uow.delivery.went(key):
            continue
        before = now_case
        now_case, more = await _reaction(threshold)(scene, before, threshold)
        moved = now_case.seq != before.seq  # which is seen in its events and needs no key
        if moved or (more and await scene.uow.delivery.first_time(key, scene.now)):
            says += map(_at_any_hour, more) if danger else more
    if now_case.seq == case.seq:
        # What could not move it now, with nobody above or during a review, is tried again.
        again = scene.now + NOT_YET if any(map(_moves, reached)) else None
        await scene.uow.tickets.looked_at(case, _first(again, next_after(found, scene.now)))
    return says


def _first(*moments: datetime | None) -> datetime | None:
    return min(filter(None, moments), default=None)


def _at_any_hour(say: Say) -> Say:
    """What is a duty by day cannot wait for the morning where somebody is in danger."""
    return replace(say, topic=Topic.EMERGENCY) if say.topic is Topic.DUTY else say


def _key(case: Case, threshold: Threshold) -> str:
    return f"{case.number}:{threshold.key}"


def _moves(threshold: Threshold) -> bool:
    return (threshold.clock.kind, threshold.part) in MOVING


def _reaction(threshold: Threshold) -> Reaction:
    kind, part = threshold.clock.kind, threshold.part
    return MOVING.get((kind, part)) or SAYING.get((kind, part), _holder_soon)


async def _holder_soon(scene: Scene, case: Case, threshold: Threshold) -> tuple[Case, list[Say]]:
    return case, await _to(scene, case, "reminders.soon", threshold, "holder")


async def _late(scene: Scene, case: Case, threshold: Threshold) -> tuple[Case, list[Say]]:
    return case, await _to(scene, case, "reminders.late", threshold, "holder", "deputy")


async def _very_late(scene: Scene, case: Case, threshold: Threshold) -> tuple[Case, list[Say]]:
    return case, await _to(scene, case, "reminders.late", threshold, "dispatcher")


async def _resolve_late(scene: Scene, case: Case, threshold: Threshold) -> tuple[Case, list[Say]]:
    """The people who wait are told the truth too."""
    says = await _to(scene, case, "reminders.late", threshold, "holder", "deputy", "dispatcher")
    return case, [*says, *await steps.followers(scene, case, "reminders.late_for_you", {})]


async def _to(scene: Scene, case: Case, key: str, threshold: Threshold, *whom: str) -> list[Say]:
    """The same reminder to the holder (while away: to the deputy), the deputy, the dispatcher."""
    staff = await scene.uow.staff.all()
    holder = next((s for s in staff if s.id == case.ticket.holder), None)
    found = {
        "holder": (at_work(holder, staff, scene.now) or holder) if holder else None,
        "deputy": deputy_of(holder, staff) if holder else None,
        "dispatcher": dispatcher(staff, scene.now),
    }
    blanks: dict[str, Blank] = {
        "clock": steps.clock_name(threshold.clock.kind),
        "holder": holder.name if holder else "",
        "due": threshold.clock.due,
    }
    places = await _places(scene, [found[name] for name in whom])
    return [replace(told(case, to, key, None, blanks), topic=Topic.DUTY) for to in places]


async def _places(scene: Scene, staff: list[Staff | None]) -> list[Address]:
    people = {s.person for s in staff if s is not None and s.person is not None}
    reach = await scene.uow.residents.reach(people)
    return sorted({r.address for r in reach.values()})


async def _climb(scene: Scene, case: Case, threshold: Threshold) -> tuple[Case, list[Say]]:
    """One level up, to somebody there who has joined; the former holder stays informed."""
    to = await above(scene, case)
    if to is None:
        return case, await _to(scene, case, "reminders.nobody_above", threshold, "dispatcher")
    outcome = await climb(scene, case, to, EscalateReason.OVERDUE)
    if isinstance(outcome, Refusal):
        return case, []
    climbed, news = outcome
    return climbed, [*news, *await steps.refresh(scene, climbed, fresh_for_holder=True)]


async def _waits(scene: Scene, case: Case, threshold: Threshold) -> tuple[Case, list[Say]]:
    """The question once more, to the resident who has not answered it."""
    reach = await scene.uow.residents.reach({case.ticket.author})
    asked = [told(case, r.address, "reminders.answer", None, {}) for r in reach.values()]
    return case, [replace(say, topic=Topic.REMINDER) for say in asked]


def _then(scene: Scene, threshold: Threshold) -> System:
    """At the moment itself: a pause grows no longer because the timer looked late."""
    return System(scene.community, threshold.at, scene.uow)


async def _stop_waiting(scene: Scene, case: Case, threshold: Threshold) -> tuple[Case, list[Say]]:
    outcome = await steps.do(_then(scene, threshold), case, Event.WAIT_ENDS)
    if isinstance(outcome, Refusal):
        return case, []
    says = await _to(scene, outcome, "reminders.no_answer", threshold, "holder")
    return outcome, [*says, *await steps.refresh(scene, outcome, fresh_for_holder=True)]


async def _end_hold(scene: Scene, case: Case, threshold: Threshold) -> tuple[Case, list[Say]]:
    """The review date has come: everybody hears it, and the work goes on."""
    outcome = await steps.do(_then(scene, threshold), case, Event.HOLD_ENDS)
    if isinstance(outcome, Refusal):
        return case, []
    says = await _to(scene, outcome, "hold.ended", threshold, "holder", "dispatcher")
    news = await steps.followers(scene, outcome, "hold.ended_for_you", {})
    return outcome, [*says, *news, *await steps.refresh(scene, outcome, fresh_for_holder=True)]


async def _ask_again(scene: Scene, case: Case, threshold: Threshold) -> tuple[Case, list[Say]]:
    asked = await ask_whether_solved(scene, case)
    return case, [replace(say, topic=Topic.REMINDER) for say in asked]


async def _close(scene: Scene, case: Case, threshold: Threshold) -> tuple[Case, list[Say]]:
    """Silence ends it, and never counts as solved or satisfied."""
    outcome = await steps.do(scene, case, Event.STAY_SILENT)
    if isinstance(outcome, Refusal):
        return case, []
    news = await steps.followers(scene, outcome, "reminders.closed_silently", {})
    return outcome, [*news, *await steps.refresh(scene, outcome)]


async def _how_is_it(scene: Scene, case: Case, threshold: Threshold) -> tuple[Case, list[Say]]:
    return case, [replace(s, topic=Topic.QUESTION) for s in await ask_how_it_is(scene, case)]


SAYING: dict[tuple[Kind, tuple[int, int]], Reaction] = {
    (Kind.ACCEPT, DUE): _very_late,
    (Kind.SIGN, DUE): _late,
    (Kind.SIGN, LATE): _very_late,
    (Kind.CONTACT, DUE): _late,
    (Kind.RESOLVE, DUE): _resolve_late,
    (Kind.REVIEW, DUE): _very_late,
    (Kind.WAIT, (1, 3)): _waits,
    (Kind.WAIT, (2, 3)): _waits,
    (Kind.CONFIRM, (2, 7)): _ask_again,
    (Kind.CONFIRM, (5, 7)): _ask_again,
    (Kind.FOLLOW_UP, DUE): _how_is_it,
}
MOVING: dict[tuple[Kind, tuple[int, int]], Reaction] = {
    (Kind.LEVEL, DUE): _climb,
    (Kind.WAIT, DUE): _stop_waiting,
    (Kind.HOLD, DUE): _end_hold,
    (Kind.CONFIRM, DUE): _close,
}
