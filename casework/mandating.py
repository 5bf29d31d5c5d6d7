"""May somebody cast an owner's vote for them: the same rules for a code and for signed paper."""

from casework import voting
from casework.scene import Scene
from domain.ballots import BY_THEMSELVES, Refusal, Via, may_be_proxy
from domain.kinds import has_proxies
from domain.matters import State
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


async def owner_voted(scene: Scene, kept: Kept, voter: OnRoll) -> Refusal | None:
    """Nobody is sent to vote for an owner who has voted."""
    standing = await voting.standing(scene, kept, voter)
    own = standing is not None and standing.via in BY_THEMSELVES | {Via.PAPER}
    return Refusal.PROXY_ENDED if own else None


async def why_no_proxy(scene: Scene, kept: Kept, voter: OnRoll, person: int) -> Refusal | None:
    """Why this person cannot be the proxy of this voter: I9, I10, or the owner has voted (I11)."""
    if refusal := open_for_mandates(kept, scene) or await owner_voted(scene, kept, voter):
        return refusal
    staff = next((s for s in await scene.uow.staff.all() if s.person == person), None)
    held = await scene.uow.mandates.held(kept.number, person)
    company = staff is not None and staff.of_property_company
    return may_be_proxy(kept.matter.question, held, from_property_company=company)
