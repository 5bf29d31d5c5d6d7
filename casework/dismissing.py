"""An appointment ends: no names, doors or deeds from now on, and the cases go to others."""

from casework import matters, steps
from casework.actions import ShowWork
from casework.matter_actions import ShowMatter
from casework.scene import Scene
from domain.conversation import Blank, Choice, Phrase, Say
from domain.residents import Role, Staff
from domain.tickets import CAN_PASS, Event, Part, ReassignReason, Refusal
from storage.tickets import Case

MOST = 500  # cases that are sent on at once
NAMED = 6  # of those that nobody else could take, the most urgent


async def dismiss(scene: Scene, gone: Staff) -> list[Say]:
    """What it did keeps their name; importing the name again appoints them anew.

    Cases that nobody else may take stay where they are, and whoever sends cases on is told so.
    """
    await scene.uow.staff.end(gone.id)
    await scene.uow.invites.cancel_appointment(gone.id)
    says: list[Say] = []
    passed = 0
    for case in await scene.uow.tickets.held_by(gone.id, MOST, CAN_PASS):
        news = await _passed(scene, case)
        passed += bool(news)
        says += news
    return [*says, *await _told(scene, gone, passed), *await _matters(scene, gone)]


async def _passed(scene: Scene, case: Case) -> list[Say]:
    """To whoever gets such a case now; empty where that is nobody."""
    staff = await scene.uow.staff.all()
    to = await steps.holder_for(scene, staff, case.ticket.category, case.ticket.grid)
    if to is None:
        return []
    also, other = frozenset({Part.DISPATCHER}), ReassignReason.OTHER
    outcome = await steps.do(scene, case, Event.REASSIGN, holder=to, also=also, reason=other)
    if isinstance(outcome, Refusal):
        return []
    news = await steps.followers(scene, outcome, "tickets.news_assigned", {"holder": to.title})
    return [*news, *await steps.refresh(scene, outcome, fresh_for_holder=True)]


async def _told(scene: Scene, gone: Staff, passed: int) -> list[Say]:
    to = await steps.dispatcher_address(scene)
    if to is None:
        return []
    left = await scene.uow.tickets.held_by(gone.id, NAMED)
    choices = tuple(
        Choice(Phrase("dismissing.button.show", {"number": case.number}), ShowWork(case.number))
        for case in left
    )
    count = await scene.uow.tickets.count_open(holder_id=gone.id)
    blanks: dict[str, Blank] = {"holder": gone.title, "passed": passed, "left": count}
    return [Say(to, "dismissing.ended", blanks, choices)]


async def _matters(scene: Scene, gone: Staff) -> list[Say]:
    """What they answered for in decisions, which admins alone hand over."""
    theirs = [kept for kept in await scene.uow.matters.all_open() if kept.matter.owner == gone.id]
    if not theirs:
        return []
    choices = tuple(
        Choice(Phrase("matters.button.open", {"number": kept.number}), ShowMatter(kept.number))
        for kept in theirs[:NAMED]
    )
    admins = [s.id for s in await scene.uow.staff.all() if s.role is Role.ADMIN]
    blanks: dict[str, Blank] = {"holder": gone.title, "count": len(theirs)}
    places = await matters.staff_addresses(scene, *admins)
    return [Say(place, "dismissing.matters", blanks, choices) for place in places]
