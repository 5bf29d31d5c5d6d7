"""Who speaks for a voting unit: the own one, those one is a proxy for, and why it is nobody."""

from collections.abc import Sequence, Set

from casework import mandating
from casework.scene import Scene
from domain.ballots import Refusal
from domain.budget import Topic
from domain.conversation import Blank, Say
from domain.kinds import has_proxies
from domain.residents import Person
from domain.roll import Fault
from storage.matters import Kept
from storage.roll import OnRoll


async def units(scene: Scene, kept: Kept, me: Person) -> Sequence[OnRoll] | Refusal:
    """What this person may answer for now, the own units before those they are a proxy for."""
    able = (await all_units(scene, kept, {me.id})).get(me.id)
    return able or await why_none(scene, kept, me)


async def all_units(scene: Scene, kept: Kept, people: Set[int]) -> dict[int, list[OnRoll]]:
    """The same of many people, by person; who may answer for nothing may be missing."""
    own = await scene.uow.roll.all_may_answer(kept.number, people)
    able = {person: [v for v in voters if not v.fault] for person, voters in own.items()}
    if has_proxies(kept.matter.question):
        for person, voters in (await _sent(scene, kept, people)).items():
            able[person] = able.get(person, []) + voters
    return able


async def _sent(scene: Scene, kept: Kept, people: Set[int]) -> dict[int, list[OnRoll]]:
    """What they are proxies for; whoever went over to the property company since is none (I10)."""
    sent = await scene.uow.mandates.all_voters(kept.number, people)
    company = await mandating.of_company(scene) if sent else set()
    return {person: voters for person, voters in sent.items() if person not in company}


async def why_none(scene: Scene, kept: Kept, me: Person) -> Refusal:
    """Joint owners and households have one voice: who belongs to them is told whose it is."""
    if await _left_out(scene, kept, me):
        return Refusal.PROXY_EXCLUDED
    if await scene.uow.mandates.had(kept.number, me.id):
        return Refusal.NO_LONGER_PROXY
    theirs = await scene.uow.roll.concerning(kept.number, me.id)
    if any(voter.fault == Fault.NEED_REPRESENTATIVE for voter in theirs):
        return Refusal.NEED_REPRESENTATIVE
    spoken_for = [voter for voter in theirs if not voter.fault]
    if any(voter.took_part for voter in spoken_for):
        return Refusal.HOUSEHOLD_ALREADY_VOTED
    if spoken_for:
        return Refusal.NOT_REPRESENTATIVE
    identity = await scene.uow.identity.of(me.id)
    return Refusal.UNDER_18 if identity and not identity.adult else Refusal.NOT_ON_ROLL


async def _left_out(scene: Scene, kept: Kept, me: Person) -> bool:
    """Whether somebody has sent them who may not be sent any more."""
    company = await mandating.of_company(scene)
    return me.id in company and bool(await scene.uow.mandates.voters(kept.number, me.id))


async def tell_others(scene: Scene, kept: Kept, me: Person) -> list[Say]:
    """Who shares a voice that nobody has yet hears of it once, also who did not try (I3)."""
    await _first_time(scene, kept, me.id)  # the answer to this says it
    reach = await scene.uow.residents.reach(await _others(scene, me))
    blanks: dict[str, Blank] = {"number": kept.number, "title": kept.matter.title}
    key, until = Refusal.NEED_REPRESENTATIVE, kept.matter.closes_at
    return [
        Say(reach[person].address, key, blanks, topic=Topic.LEGAL, until=until)
        for person in sorted(reach)
        if await _first_time(scene, kept, person)
    ]


async def _first_time(scene: Scene, kept: Kept, person: int) -> bool:
    return await scene.uow.delivery.first_time(f"m{kept.number}:one_voice:{person}", scene.now)


async def _others(scene: Scene, me: Person) -> set[int]:
    """Whoever owns the same things, or lives in the same household, and has joined."""
    joined = await scene.uow.representatives.joined(me.household.id) if me.household else {}
    people = set(joined)
    for door in {owned.property for owned in await scene.uow.owners.of_person(me.id)}:
        party = await scene.uow.owners.party(door)
        people |= {owned.person for owned in party.owners if owned.person} if party else set()
    return people - {me.id}
