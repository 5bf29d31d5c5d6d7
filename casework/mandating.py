"""Who may cast an owner's vote for them, by a code or by signed paper, and until when."""

from datetime import datetime

from casework import entries, voting
from casework.entry_views import doors
from casework.matter_views import blanks_of
from casework.scene import Scene
from domain.ballots import Refusal, Via, may_be_proxy
from domain.budget import Topic
from domain.conversation import Blank, Say
from domain.kinds import has_proxies
from domain.matters import Event, Matter, State
from storage.mandates import Mandate
from storage.mandates import State as Mandated
from storage.matters import Kept
from storage.roll import OnRoll


def open_for_mandates(kept: Kept, scene: Scene) -> Refusal | None:
    """From the frozen roll to the close."""
    matter = kept.matter
    if not has_proxies(matter.question):
        return Refusal.NO_PROXY
    if matter.state not in (State.ROLL_FROZEN, State.OPEN):
        return Refusal.NO_VOTE
    late = matter.closes_at is not None and scene.now >= matter.closes_at
    return Refusal.LATE if late else None


async def voted(scene: Scene, kept: Kept, voter: OnRoll) -> Refusal | None:
    """Nobody is sent to vote for an owner who has voted, nor a second proxy after the first.

    So a mandate that was used keeps its proxy, whom it counts for.
    """
    standing = await voting.standing(scene, kept, voter)
    if standing is None:
        return None
    return Refusal.PROXY_VOTED if standing.via is Via.PROXY else Refusal.PROXY_ENDED


async def why_no_proxy(scene: Scene, kept: Kept, voter: OnRoll, person: int) -> Refusal | None:
    """Why this person cannot be the proxy of this voter.

    I9, I10, the owner has voted (I11), or they said that they are not of age: whose own vote a
    guardian casts (handbook: voting 1.2) casts nobody else's.
    """
    if refusal := open_for_mandates(kept, scene) or await voted(scene, kept, voter):
        return refusal
    identity = await scene.uow.identity.of(person)
    if identity and not identity.adult:
        return Refusal.UNDER_18
    company = await of_company(scene)
    held = await _held(scene, kept, person)
    return may_be_proxy(kept.matter.question, held, from_property_company=person in company)


async def of_company(scene: Scene) -> set[int]:
    """The people of the property company as of now: they cast nobody's vote but their own (I10)."""
    return {s.person for s in await scene.uow.staff.all() if s.person and s.of_property_company}


async def _held(scene: Scene, kept: Kept, proxy: int) -> int:
    """The mandates that stand, and those that have ended but whose ballot by the proxy counts."""
    given = await scene.uow.mandates.given_to(kept.number, proxy)
    ended = {scene.uow.ballots.vid(kept, m.unit) for m in given if m.state is Mandated.ENDED}
    cast = await scene.uow.ballots.all_standing(kept.number, ended)
    used = sum(ballot.via is Via.PROXY for ballot in cast.values())
    return used + sum(m.state is Mandated.STANDING for m in given)


async def lapse(scene: Scene, changed: Matter) -> list[Say]:
    """What was given for the old words holds for no others; who gave or had it is told."""
    people = await scene.uow.mandates.lapse(changed.number)
    reach = await scene.uow.residents.reach(people)
    blanks: dict[str, Blank] = {"number": changed.number, "title": changed.title}
    says = (Say(reach[p].address, "proxies.lapsed", blanks, topic=Topic.OWN) for p in sorted(reach))
    return list(says)


async def hand_over(scene: Scene, unit: str, person: int, known_at: datetime) -> list[Say]:
    """Another person answers for these owners (I4): no mandate of the former one holds."""
    says = list[Say]()
    for number in await scene.uow.roll.hand_over(unit, person, known_at, scene.now):
        mandate = await scene.uow.mandates.of(number, unit)
        await scene.uow.mandates.end(number, unit)
        if mandate and mandate.state is Mandated.STANDING:
            says += await told_ended(scene, mandate)
    return says


async def told_ended(scene: Scene, mandate: Mandate) -> list[Say]:
    """To the proxy, who has not given it back."""
    kept = await scene.uow.matters.get(mandate.matter)
    voter = await scene.uow.roll.voter(mandate.matter, mandate.unit)
    reach = await scene.uow.residents.reach({mandate.proxy} if mandate.proxy else set())
    if kept is None or voter is None:
        return []
    blanks = blanks_of(kept.matter, scene.community) | {"unit": doors(scene, voter)}
    return [Say(r.address, "proxies.ended_now", blanks, topic=Topic.OWN) for r in reach.values()]


async def end(scene: Scene, kept: Kept, voter: OnRoll) -> Mandate | None:
    """Nobody casts this vote for its owner any more. None where nobody was to."""
    mandate = await scene.uow.mandates.of(kept.number, voter.unit)
    if mandate is None or mandate.state is Mandated.ENDED:
        return None
    await scene.uow.mandates.end(kept.number, voter.unit)
    await entries.note(scene, kept, Event.MANDATE, voter, state=Mandated.ENDED)
    return mandate
