"""One look at one group: what happened there in 28 days becomes counts, a score and a state.

Residents who wrote, pressed, reported or voted are counted once each, whichever they did; staff
and bots never are. Members are as many as the platform says; where it does not, the residents
known here: those with a home in the group's place or, if they are more, those seen in the group.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction

from casework.matters import groups_of
from casework.scene import Scene
from domain.conversation import Address
from domain.health import (
    FEW,
    HARDLY_ANY,
    WINDOW,
    Counts,
    Look,
    Standing,
    State,
    median,
    monday,
    next_state,
    score,
    state,
    weeks_below,
)
from domain.question import Scope
from storage.groups import Group
from storage.health import Asked, Vote

KEPT = timedelta(days=90)  # how long it is kept who wrote on which day
WITHIN = timedelta(days=WINDOW)
ANSWERED_WITHIN = timedelta(hours=48)
TOLD_WITHIN = timedelta(days=14)  # from the close of a matter to its outcome in the group
YEAR = timedelta(days=365)  # older votes say nothing of a group
MATTERS = 3  # the last ones, of whose turnouts the mean is taken
WEEKS = 12  # shown in the picture
WEEKS_READ = WEEKS + 1
HOUR = 3600


@dataclass(frozen=True)
class Acts:
    """Who did something that counts, and when somebody last did."""

    active: int
    days_alive: int
    last: date | None
    seen: int  # in 90 days


async def look_at(scene: Scene, group: Group, votes: Sequence[Vote]) -> Look:
    """``votes``: those that concern this group, the last to close first."""
    today = today_of(scene)
    earlier = await scene.uow.health.looks(group.address, WEEKS_READ)
    counts = await _counts(scene, group, votes, today)
    week = monday(today)
    counts = replace(
        counts,
        weeks_below_5=weeks_below(counts, week, earlier, FEW),
        weeks_below_2=weeks_below(counts, week, earlier, HARDLY_ANY),
    )
    before = earlier[0] if earlier else None
    weekly = before is None or before.week < week
    standing = before.standing if before else Standing(State.ACTIVE)
    standing = next_state(standing, state(counts), weekly=weekly)
    return Look(week, today, standing, score(counts), counts.members, counts.active,
                counts.days_since)  # fmt: skip


def today_of(scene: Scene) -> date:
    return _day(scene, scene.now)


async def pressed(scene: Scene, group: Group | None, who: Address) -> None:
    """A resident answered a question in the group, which is a sign of its life."""
    if group is not None:
        await scene.uow.groups.count_press(group, who, today_of(scene))


def place_of(group: Group) -> Scope:
    return Scope(group.scope, group.value)


async def votes_by_group(scene: Scene) -> dict[Group, list[Vote]]:
    """The votes of the last year, each for the groups whose people it concerns."""
    found: dict[Group, list[Vote]] = {}
    for vote in await scene.uow.health.votes(scene.now - YEAR):
        told = [await groups_of(scene, scope) for scope in dict.fromkeys(vote.scopes)]
        for group in dict.fromkeys(g for groups in told for g in groups):
            found.setdefault(group, []).append(vote)
    return found


async def _counts(scene: Scene, group: Group, votes: Sequence[Vote], today: date) -> Counts:
    begun = [vote for vote in votes if vote.opens_at <= scene.now]
    acts = await _acts(scene, group, begun, today)
    known = await scene.uow.health.known_since(group.address) or today
    asked = await scene.uow.health.asked(group.address, scene.now - WITHIN)
    judged = [one for one in asked if one.answered_at or scene.now - one.asked_at > ANSWERED_WITHIN]
    finished, told = await _loops(scene, begun)
    return Counts(
        members=await _members(scene, group, acts.seen),
        active=acts.active,
        days_since=(today - (acts.last or known)).days,
        days_alive=acts.days_alive,
        questions=len(judged),
        unanswered=sum(not _in_time(one) for one in judged),
        median_hours=_median_hours(scene, judged),
        turnout=_turnout(scene, begun),
        finished=finished,
        closed_loops=told,
        watched=(today - known).days,
    )


async def _members(scene: Scene, group: Group, seen: int) -> int:
    if group.members is not None:
        return group.members
    return max(await scene.uow.health.residents(place_of(group)), seen)


async def _acts(scene: Scene, group: Group, votes: Sequence[Vote], today: date) -> Acts:
    """Writing, pressing, reporting and voting together; somebody who did several counts once."""
    health, since = scene.uow.health, today - WITHIN
    seen = await health.present(group.address, today - KEPT)
    recent = [one for one in seen if one.day > since]
    present = {one.person for one in recent}
    reported = await health.reports(group.address, scene.now - KEPT)
    voted = await _voted(scene, group, votes, today)
    days = {person: _day(scene, at) for person, at in reported.items()}
    days |= {p: max(day, days.get(p, day)) for p, day in voted.items()}
    others = await health.hashes(group, {p for p, day in days.items() if day > since})
    more = sum(present.isdisjoint(hashes) for hashes in others.values())
    alive = {one.day for one in recent if one.wrote}
    last = max((*(one.day for one in seen), *days.values()), default=None)
    return Acts(len(present) + more, len(alive), last, len({one.person for one in seen}))


async def _voted(scene: Scene, group: Group, votes: Sequence[Vote], today: date) -> dict[int, date]:
    """When each resident of the place last took part in a vote: its close, or today.

    The record of a vote keeps no time beside a person, and we ask it for none.
    """
    found: dict[int, date] = {}
    over = {v.number: min(_day(scene, v.closes_at), today) for v in votes}
    people = await scene.uow.health.voters(list(over), place_of(group))
    for matter, voters in people.items():
        found |= {p: max(over[matter], found.get(p, over[matter])) for p in voters}
    return found


def _day(scene: Scene, at: datetime) -> date:
    return at.astimezone(scene.community.calendar.zone).date()


async def _loops(scene: Scene, votes: Sequence[Vote]) -> tuple[int, int]:
    """Matters that closed in the last weeks, and those of them whose outcome came in time.

    One that closed less than 14 days ago and is not told yet is neither.
    """
    since = scene.now - WITHIN - TOLD_WITHIN
    closed = {v.number: v.closes_at for v in votes if since < v.closes_at <= scene.now}
    published = await scene.uow.health.published(list(closed))
    took = {n: published.get(n, scene.now) - at for n, at in closed.items()}
    told = sum(n in published and took[n] <= TOLD_WITHIN for n in closed)
    late = sum(lasted > TOLD_WITHIN for lasted in took.values())
    return told + late, told


def _turnout(scene: Scene, votes: Sequence[Vote]) -> Fraction | None:
    closed = [v for v in votes if v.closes_at <= scene.now][:MATTERS]
    shares = [Fraction(v.voted, v.units) for v in closed]
    return sum(shares, Fraction()) / len(shares) if shares else None


def _in_time(one: Asked) -> bool:
    return one.answered_at is not None and one.answered_at - one.asked_at <= ANSWERED_WITHIN


def _median_hours(scene: Scene, asked: Iterable[Asked]) -> Fraction | None:
    """From a question to the first answer of a person, in hours in which people are awake."""
    waking = scene.community.waking
    seconds = [waking.worked(a.asked_at, a.answered_at) for a in asked if a.answered_at]
    found = median(seconds)
    return None if found is None else found / HOUR
