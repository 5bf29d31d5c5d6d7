"""Cases that go a level up: by a clock, by a count, or because their holder says so.

Whoever had the case hears that they still help with it; who waits hears who has it now.
"""

from casework import steps
from casework.scene import Scene, System
from casework.subtasks import stay
from casework.views import told
from domain.conversation import Blank, Phrase, Say
from domain.escalation import climbs_after
from domain.residents import Staff, dispatcher, one_above
from domain.tickets import EscalateReason, Event, Refusal
from storage.tickets import Case

OVERDUE = ("reminders.climbed", "reminders.climbed_for_you")
OTHERWISE = ("organisations.climbed", "organisations.climbed_for_you")


async def above(scene: Scene, case: Case) -> Staff | None:
    """Who would take the case one level up; None where nobody there has joined."""
    staff = await scene.uow.staff.all()
    there = {s.id for s in staff if s.level == case.ticket.level + 1}
    load = await scene.uow.tickets.load(there) if len(there) > 1 else {}
    duty = scene.community.category(case.ticket.category).who
    return one_above(staff, case.ticket.level, duty, load, scene.now)


async def climb(
    scene: Scene, case: Case, to: Staff, reason: EscalateReason
) -> tuple[Case, list[Say]] | Refusal:
    """One level up, with the news of it; the cards are the caller's to refresh."""
    outcome = await steps.do(scene, case, Event.ESCALATE, reason=reason, holder=to)
    if isinstance(outcome, Refusal):
        return outcome
    for_staff, for_residents = OVERDUE if reason is EscalateReason.OVERDUE else OTHERWISE
    blanks: dict[str, Blank] = {"holder": to.title, "why": Phrase(f"escalate.{reason}")}
    news = [
        *await _tell_those_below(scene, case, for_staff, blanks),
        *await steps.followers(scene, outcome, for_residents, blanks),
        *await stay(scene, case, outcome),
    ]
    return outcome, news


async def _tell_those_below(
    scene: Scene, case: Case, key: str, blanks: dict[str, Blank]
) -> list[Say]:
    """The former holder and the dispatcher, each once, and not who did it themselves."""
    staff = await scene.uow.staff.all()
    former = next((s for s in staff if s.id == case.ticket.holder), None)
    people = {s.person for s in (former, dispatcher(staff, scene.now)) if s and s.person}
    reach = await scene.uow.residents.reach(people - {scene.person.id if scene.person else None})
    return [told(case, to, key, None, blanks) for to in sorted({r.address for r in reach.values()})]


async def climb_by_count(
    scene: Scene, before: Case, case: Case, event: Event
) -> tuple[Case, list[Say]]:
    """After a step: up, where it was sent on or opened again once too often."""
    reason = climbs_after(before.ticket, case.ticket, event)
    to = await above(scene, case) if reason else None
    if reason is None or to is None:
        return case, []
    linli = System(scene.community, scene.now, scene.uow)
    outcome = await climb(linli, case, to, reason)
    return (case, []) if isinstance(outcome, Refusal) else outcome
