"""One step of one matter: checked against the table, written as an event, its times set anew.

Every feature that moves a matter does it through ``do``; nothing else writes its state.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from casework.scene import Scene, System
from casework.steps import Words
from domain.conversation import Address, Say
from domain.kinds import ROUNDS
from domain.matters import (
    ENDS_OBJECTIONS,
    Deed,
    Event,
    Matter,
    Part,
    Refusal,
    State,
    possible,
    step,
)
from domain.question import Scope, frozen
from domain.record import canonical, fingerprint
from domain.residents import Role, Staff
from domain.stages import times
from storage.groups import Group
from storage.matters import Happened, Kept

NO_WORDS = Words("none")


@dataclass(frozen=True)
class Done:
    """What a step brings along besides the event itself."""

    words: Words = NO_WORDS
    skips: bool = False
    data: dict[str, Any] | None = None
    noted: int | None = None  # words that were kept before


def parts(scene: Scene, matter: Matter) -> frozenset[Part]:
    """The parts the person plays in this matter, read from who they are, never from a button."""
    if scene.person is None:
        return frozenset({Part.SYSTEM})
    staff = scene.person.staff
    plays = {
        Part.ADMIN: staff is not None and may_put(staff, matter.kind),
        Part.OWNER: staff is not None and staff.id == matter.owner,
    }
    return frozenset(part for part, played in plays.items() if played)


def may_put(staff: Staff, kind: str) -> bool:
    """Matters are put by the admin, rounds by the supervising committee too (居委会法 Art. 37)."""
    return staff.role is Role.ADMIN or (staff.role is Role.AUDITOR and kind in ROUNDS)


async def do(
    scene: Scene,
    kept: Kept,
    event: Event,
    done: Done | None = None,
    *,
    changed: Matter | None = None,
    **columns: Any,
) -> Kept | Refusal:
    """Take one step, or say why not. The caller says what is to be said.

    ``changed``: the matter with what the step changes besides its stage.
    """
    done = done or Done()
    objections = await _objections(scene, kept, event)
    days_run = kept.matter.due_at is not None and scene.now < kept.matter.due_at
    has_words = bool(done.words.text.strip()) or done.noted is not None
    deed = Deed(
        event, parts(scene, kept.matter), bool(done.words) or done.noted is not None,
        has_words, done.skips, objections, days_run,
    )  # fmt: skip
    if isinstance(outcome := step(kept.matter, deed), Refusal):
        return outcome
    after = changed or kept.matter
    after = replace(after, state=outcome.state, level=outcome.level, extended=outcome.extended)
    after = times(after, event, scene.community, now=scene.now)
    if kept.matter.state is State.OPEN and after.state is not State.OPEN:
        await scene.uow.ballots.mix(kept.number)
    note = await keep(scene, kept, done.words) if done.words else done.noted
    data = (done.data or {}) | ({"skipped": True} if done.skips else {})
    return await scene.uow.matters.save(kept, after, _happened(scene, event, data, note), **columns)


async def to_move(scene: Scene, number: int, event: str) -> Kept | Refusal:
    """The matter, locked, if this person has this step in it now. A forged step is none."""
    kept = await scene.uow.matters.get(number, to_change=True)
    if kept is None:
        return Refusal.UNKNOWN
    if event in possible(kept.matter, parts(scene, kept.matter)):
        return kept
    return Refusal.NOT_YOURS if event in possible(kept.matter, Part) else Refusal.NOT_NOW


def timed(matter: Matter, event: Event, scene: Scene) -> Matter:
    """The matter with the deadline of its stage, after a step now."""
    return times(matter, event, scene.community, now=scene.now)


async def _objections(scene: Scene, kept: Kept, event: Event) -> int:
    if event not in ENDS_OBJECTIONS:
        return 0
    return (await scene.uow.objections.counts(kept.number)).open


async def remark(
    scene: Scene,
    kept: Kept,
    event: Event,
    data: dict[str, Any],
    note: int | None = None,
    **columns: Any,
) -> Kept:
    """Write down what happened to a matter without moving it; who may is the caller's to check."""
    happened = _happened(scene, event, data, note)
    return await scene.uow.matters.save(kept, kept.matter, happened, **columns)


def _happened(scene: Scene, event: Event, data: dict[str, Any], note: int | None) -> Happened:
    person = scene.person.id if scene.person else None
    return Happened(event, scene.now, person, scene.account, data, note)


async def keep(scene: Scene, kept: Kept, words: Words) -> int:
    """Keep somebody's words. Linli itself has none, so a scene without a person is a mistake."""
    if scene.person is None:
        raise ValueError("words without anybody who said them")
    said = (scene.person.id, words.kind, words.text, words.photo)
    return await scene.uow.matters.note(kept.number, *said, scene.now)


def hash_of(scene: Scene, matter: Matter) -> str:
    """The hash of the question as it stands now, as it is posted with the notice."""
    return fingerprint(_frozen(scene, matter))


def frozen_text(scene: Scene, matter: Matter) -> str:
    """What that hash is of: kept as it is, for whoever checks it years from now."""
    return canonical(_frozen(scene, matter)).decode()


def _frozen(scene: Scene, matter: Matter) -> dict[str, Any]:
    return frozen(matter.number, scene.community.code, matter.kind, matter.question)


async def groups_of(scene: Scene, scope: Scope) -> list[Group]:
    """The groups whose people a scope concerns; never the staff's own."""
    grid = None
    if scope.building is not None:
        grid = await scene.uow.residents.grid_of(scope.building)
    groups = await scene.uow.groups.all()
    buildings = await _buildings(scene, scope)
    return [g for g in groups if _concerns(g, scope, grid, buildings)]


async def _buildings(scene: Scene, scope: Scope) -> frozenset[str]:
    """The buildings of a grid, where a grid is asked for."""
    if scope.kind != "grid":
        return frozenset()
    return await scene.uow.residents.buildings_of(scope.value)


def _concerns(group: Group, scope: Scope, grid: str | None, buildings: frozenset[str]) -> bool:
    match group.scope:
        case "community":
            return True
        case "grid":
            return scope.kind == "community" or group.value in (grid, _grid_of(scope))
        case "building":
            whole = scope.kind == "community" or group.value in buildings
            return whole or group.value == scope.building
        case _:
            return False


def _grid_of(scope: Scope) -> str | None:
    return scope.value if scope.kind == "grid" else None


async def staff_addresses(scene: Scene, *ids: int | None) -> list[Address]:
    """Where these members of staff read us, each place once."""
    staff = {s.id: s for s in await scene.uow.staff.all()}
    people = {person for id in ids if id in staff and (person := staff[id].person) is not None}
    reach = await scene.uow.residents.reach(people)
    return sorted({r.address for r in reach.values()})


def everywhere(groups: list[Group], say: Say) -> list[Say]:
    """The same message in each of these groups."""
    return [replace(say, to=group.address) for group in groups]


def nobody(scene: Scene) -> Scene:
    """The same scene without the person: Linli itself."""
    return System(scene.community, scene.now, scene.uow)


LATER_BY = timedelta(days=1)


def moved_window(matter: Matter, now: datetime) -> tuple[datetime, datetime] | None:
    """The window moved later by whole days when the roll was frozen after the opening; else None.

    The notice only gets longer by that, and the window keeps its length and its hours.
    """
    opens, closes = matter.opens_at, matter.closes_at
    if opens is None or closes is None or now < opens:
        return None
    days = LATER_BY * (((now - opens) // LATER_BY) + 1)
    return opens + days, closes + days
