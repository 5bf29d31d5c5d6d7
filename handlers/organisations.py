"""The holder sends a case one level up, to the organisation that answers for it there."""

from casework import steps
from casework.actions import Escalate, EscalateBecause
from casework.climbing import above, climb
from domain.conversation import Blank, Choice, Phrase, Say
from domain.escalation import BY_HAND
from domain.residents import Staff
from domain.tickets import EscalateReason, Event, Level, Refusal
from handlers.tickets import held
from handlers.turn import Routes, Turn
from storage.tickets import Case


async def escalate(turn: Turn, action: Escalate) -> list[Say]:
    """Only with a reason; the reasons are buttons."""
    case = await held(turn, action.number, Event.ESCALATE)
    if isinstance(case, Say):
        return [case]
    to = await _above(turn, case)
    if isinstance(to, Say):
        return [to]
    choices = tuple(
        Choice(Phrase(f"escalate.{r}"), EscalateBecause(case.number, r)) for r in BY_HAND
    )
    said: dict[str, Blank] = {"number": case.number, "holder": to.title}
    return [Say(turn.where, "organisations.ask_reason", said, choices)]


async def _above(turn: Turn, case: Case) -> Staff | Say:
    if case.ticket.level is Level.DEPARTMENT:
        return turn.answer(Refusal.NO_HIGHER_LEVEL, number=case.number)
    return await above(turn, case) or turn.answer("organisations.nobody_above", number=case.number)


async def escalate_because(turn: Turn, action: EscalateBecause) -> list[Say]:
    case = await held(turn, action.number, Event.ESCALATE)
    if isinstance(case, Say):
        return [case]
    to = await _above(turn, case)
    if isinstance(to, Say):
        return [to]
    if action.reason not in BY_HAND:
        return [turn.answer(Refusal.REASON_NEEDED, number=case.number)]
    outcome = await climb(turn, case, to, EscalateReason(action.reason))
    if isinstance(outcome, Refusal):
        return [turn.answer(outcome, number=case.number)]
    climbed, news = outcome
    done = turn.answer("organisations.escalated", number=case.number, holder=to.title)
    return [done, *news, *await steps.refresh(turn, climbed, fresh_for_holder=True)]


ROUTES: Routes = {Escalate: escalate, EscalateBecause: escalate_because}
