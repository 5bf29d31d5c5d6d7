"""What the dispatcher does: send a case on to a named member, refuse a return, advise."""

from casework import steps
from casework.actions import Advise, Assign, AssignBecause, KeepHolder, SendOn, TakeAdvice
from casework.climbing import climb_by_count
from casework.steps import Words
from casework.views import can_be_sent_on, spoken
from domain.conversation import Blank, Choice, Phrase, Say
from domain.residents import Staff
from domain.tickets import Event, ReassignReason, Refusal, State
from handlers.turn import Routes, Turn
from storage.tickets import Case


async def send_on(turn: Turn, action: SendOn) -> list[Say]:
    """To whom? Only those who have joined, so that it never goes to nobody."""
    case = await _for_dispatcher(turn, action.number)
    if isinstance(case, Say):
        return [case]
    if not can_be_sent_on(case.ticket):
        return [turn.answer(Refusal.NOT_NOW, number=case.number)]
    able = [
        s
        for s in await turn.uow.staff.all()
        if s.can_be_told and s.level <= case.ticket.level and s.id != case.ticket.holder
    ]
    if not able:
        return [turn.answer("dispatching.nobody_else", number=case.number)]
    there = [s for s in able if not s.is_away(turn.now)] or able
    choices = tuple(Choice(s.title, Assign(case.number, s.id)) for s in there)
    return [turn.answer("dispatching.to_whom", choices=choices, number=case.number)]


async def assign(turn: Turn, action: Assign) -> list[Say]:
    """A return that is approved has its reason already; whoever sends on anew gives one."""
    case = await _for_dispatcher(turn, action.number)
    if isinstance(case, Say):
        return [case]
    if case.ticket.state is State.RETURN_REVIEW:
        return await assign_because(turn, AssignBecause(case.number, action.staff, ""))
    choices = tuple(
        Choice(Phrase(f"reassign.{r}"), AssignBecause(case.number, action.staff, r))
        for r in ReassignReason
    )
    return [turn.answer("dispatching.why", choices=choices, number=case.number)]


async def assign_because(turn: Turn, action: AssignBecause) -> list[Say]:
    case = await _for_dispatcher(turn, action.number)
    if isinstance(case, Say):
        return [case]
    staff = {s.id: s for s in await turn.uow.staff.all()}
    target = staff.get(action.staff)
    if target is None or not target.can_be_told or target.level > case.ticket.level:
        return [turn.answer(Refusal.HOLDER_NEEDED, number=case.number)]
    returned = case.ticket.state is State.RETURN_REVIEW
    event = Event.APPROVE_RETURN if returned else Event.REASSIGN
    outcome = await steps.do(turn, case, event, holder=target, reason=action.reason)
    if isinstance(outcome, Refusal):
        return [turn.answer(outcome, number=case.number)]
    outcome, climbed = await climb_by_count(turn, case, outcome, event)
    return [
        turn.answer("dispatching.assigned", number=case.number, holder=target.title),
        *await _tell_former(turn, case, target, staff),
        *await steps.followers(turn, outcome, "tickets.news_assigned", {"holder": target.title}),
        *climbed,
        *await steps.refresh(turn, outcome, fresh_for_holder=True),
    ]


async def _tell_former(turn: Turn, case: Case, target: Staff, staff: dict[int, Staff]) -> list[Say]:
    """The former holder's card loses its buttons and says who has it now."""
    former = await steps.holder_address(turn, case, staff)
    if former is None or case.ticket.holder == target.id:
        return []
    blanks: dict[str, Blank] = {"number": case.number, "holder": target.name}
    return [Say(former, "tickets.passed_on", blanks, card=f"work:{case.number}")]


async def keep_holder(turn: Turn, action: KeepHolder) -> list[Say]:
    """The return is refused: the same holder goes on, and may not return it again."""
    case = await _for_dispatcher(turn, action.number)
    if isinstance(case, Say):
        return [case]
    outcome = await steps.do(turn, case, Event.REFUSE_RETURN)
    if isinstance(outcome, Refusal):
        return [turn.answer(outcome, number=case.number)]
    staff = {s.id: s for s in await turn.uow.staff.all()}
    holder = await steps.holder_address(turn, outcome, staff)
    told = [Say(holder, "tickets.return_refused", {"number": case.number})] if holder else []
    kept = turn.answer("dispatching.kept", number=case.number)
    return [kept, *told, *await steps.refresh(turn, outcome, fresh_for_holder=True)]


async def advise(turn: Turn, action: Advise) -> list[Say]:
    case = await _for_dispatcher(turn, action.number)
    if isinstance(case, Say):
        return [case]
    return [await turn.ask("dispatching.ask_advice", TakeAdvice(case.number), number=case.number)]


async def take_advice(turn: Turn, action: TakeAdvice) -> list[Say]:
    case = await _for_dispatcher(turn, action.number)
    if isinstance(case, Say):
        return [case]
    words = Words("advice", turn.words, await turn.photo())
    if not words:
        return [turn.answer(Refusal.WORDS_NEEDED, number=case.number)]
    await steps.keep(turn, case, words)
    staff = {s.id: s for s in await turn.uow.staff.all()}
    holder = await steps.holder_address(turn, case, staff)
    blanks: dict[str, Blank] = {"number": case.number, "words": spoken(words.text)}
    told = [Say(holder, "tickets.advice", blanks, photo=words.photo)] if holder else []
    return [turn.answer("dispatching.advised", number=case.number), *told]


async def _for_dispatcher(turn: Turn, number: int) -> Case | Say:
    """The case, if it exists and this person dispatches. Checked here, not in the button."""
    case = await turn.uow.tickets.get(number)
    if case is None:
        return turn.say("tickets.unknown", number=number)
    if turn.person.staff is None or not turn.person.staff.dispatches:
        return turn.say(Refusal.NOT_YOURS, number=number)
    return case


ROUTES: Routes = {
    SendOn: send_on,
    Assign: assign,
    AssignBecause: assign_because,
    KeepHolder: keep_holder,
    Advise: advise,
    TakeAdvice: take_advice,
}
