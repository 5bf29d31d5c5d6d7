"""What staff write down for a voter: for whom, by whom, and who has the second word."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from casework.consenting import once
from casework.entry_actions import ShowEntries
from casework.matters import remark, staff_addresses
from casework.scene import Scene
from domain.ballots import Refusal as NotTaken
from domain.ballots import open_at
from domain.budget import Topic
from domain.conversation import Address, Blank, Choice, Phrase, Say, listed
from domain.entries import Kind, Refusal, may_enter
from domain.identity import officer_of, whom_to_ask
from domain.matters import Event
from domain.question import Mode
from domain.residents import Staff, dispatcher
from domain.roll import Fault, seat
from storage.entries import Entered
from storage.mandates import State
from storage.matters import Kept
from storage.roll import OnRoll

NO_VOICE: Mapping[str, Refusal] = {
    Fault.NEED_REPRESENTATIVE: Refusal.NEED_REPRESENTATIVE,
    Fault.SAME_PERSON: Refusal.SAME_PERSON,
}


@dataclass(frozen=True)
class Case:
    """A matter that is voted on, locked, and one voter of it with the grid they belong to."""

    kept: Kept
    voter: OnRoll
    grid: str | None  # None: of a bay, or of a delegate


async def opened(scene: Scene, number: int, at: datetime) -> Kept | NotTaken | Refusal:
    """The matter, locked, if something could be written down for its voters ``at`` a moment."""
    kept = await scene.uow.matters.get(number, to_change=True)
    if kept is None:
        return NotTaken.NO_VOTE
    if refusal := open_at(kept.matter, at):
        return refusal
    return Refusal.DETACHED if kept.matter.question.mode is Mode.DETACHED else kept


async def case_of(scene: Scene, kept: Kept, voter: OnRoll) -> Case | Refusal:
    """The voter, if this officer may write for them."""
    grid = await _grid(scene, voter)
    assert scene.person is not None  # Linli writes nothing down for anybody
    staff = scene.person.staff
    refusal = may_enter(staff, grid, own=await is_own(scene, kept, voter))
    return refusal or Case(kept, voter, grid)


async def _grid(scene: Scene, voter: OnRoll) -> str | None:
    """The grid of the first door of theirs that lies in one."""
    for door in scene.uow.roll.label(voter).doors:
        building, dash, _ = door.partition("-")
        if dash and (grid := await scene.uow.residents.grid_of(building)):
            return grid
    return None


async def is_own(scene: Scene, kept: Kept, voter: OnRoll) -> bool:
    """Whether the person has a say in this vote of this voter themselves."""
    assert scene.person is not None
    if scene.person.id in await _casting(scene, kept, voter):
        return True
    return voter.unit in await scene.uow.roll.units_of(scene.person.id)


async def _casting(scene: Scene, kept: Kept, voter: OnRoll) -> set[int]:
    """The voter, their proxy, and whom a signed mandate names that waits for its second officer."""
    mandate = await scene.uow.mandates.of(kept.number, voter.unit)
    waiting = await scene.uow.entries.waiting_for(kept.number, voter.unit)
    people = {voter.person, *(entered.proxy for entered in waiting)}
    if mandate and mandate.state is not State.ENDED:
        people.add(mandate.proxy)
    return {person for person in people if person}


def has_one_voice(voter: OnRoll) -> Refusal | None:
    """Joint owners without a representative have none, on paper neither (I3), nor has a second
    entry of the same person (I2)."""
    return NO_VOICE.get(voter.fault)


async def second_officer(scene: Scene, case: Case) -> Staff | None:
    """Who is asked to compare and confirm; another one than who writes."""
    assert scene.person is not None and scene.person.staff is not None
    grid, me, first = case.grid or "", scene.person.id, scene.person.staff.id
    staff = await _others(scene, case)
    return whom_to_ask(staff, grid, person=me, besides=first, now=scene.now)


async def other_officers(scene: Scene, case: Case, first: int) -> list[Staff]:
    """Everybody who could have the second word."""
    assert scene.person is not None
    return [
        s
        for s in await _others(scene, case)
        if s.can_be_told and s.id != first and s.person != scene.person.id
        and officer_of(s, case.grid or "")
    ]  # fmt: skip


async def _others(scene: Scene, case: Case) -> list[Staff]:
    """Staff who do not cast this vote, for themselves or for somebody else."""
    casting = await _casting(scene, case.kept, case.voter)
    return [s for s in await scene.uow.staff.all() if s.person not in casting]


async def remind(scene: Scene, kept: Kept, moment: int) -> list[Say]:
    """At each reminder: what nobody has confirmed yet will not count after the close."""
    key = f"m{kept.number}:entries:{once(kept, moment)}"
    waiting = [e for e in await scene.uow.entries.waiting() if e.matter == kept.number]
    if not waiting or not await scene.uow.delivery.first_time(key, scene.now):
        return []
    blanks: dict[str, Blank] = {"number": kept.number, "title": kept.matter.title}
    blanks |= {"count": len(waiting), "closes": kept.matter.closes_at or scene.now}
    show = (Choice(Phrase("entries.button.list"), ShowEntries()),)
    sends_on = dispatcher(await scene.uow.staff.all(), scene.now)
    first = {e.entered_by for e in waiting}
    places = await staff_addresses(scene, *first, sends_on.id if sends_on else None)
    return [Say(to, "entries.remind", blanks, show, topic=Topic.DUTY) for to in places]


def whose(scene: Scene, voter: OnRoll) -> Phrase:
    """The owner and the doors, for officers alone and never in a group."""
    label = scene.uow.roll.label(voter)
    doors = listed(label.doors)
    names = label.names or _nameless(voter)
    return Phrase("entries.whose", {"names": names, "doors": doors})


def _nameless(voter: OnRoll) -> Phrase:
    """Of several who have no name the officers tell one from the other by its number."""
    if not (number := seat(voter.unit)):
        return Phrase("suggestions.no_name")
    return Phrase("entries.seat_taken" if voter.took_part else "entries.seat", {"number": number})


async def first_officer(scene: Scene, entered: Entered) -> list[Address]:
    return await staff_addresses(scene, entered.entered_by)


async def note(scene: Scene, kept: Kept, event: Event, voter: OnRoll, **data: Blank) -> Kept:
    """Write down what was done about a voter, whose pseudonym alone stands there."""
    vid = scene.uow.ballots.vid(kept, voter.unit)
    return await remark(scene, kept, event, {"vid": vid, **data})


NEEDS_SECOND = frozenset({Kind.PAPER, Kind.CONSENT, Kind.MANDATE})
