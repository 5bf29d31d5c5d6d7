"""On hold (挂账): asked for by the holder, decided by the dispatcher, told to all who wait."""

from datetime import date

from casework import steps
from casework.actions import ApproveHold, EndHold, RefuseHold, RequestHold, TakeHoldRequest
from casework.steps import Words
from casework.views import about
from domain.conversation import Address, Blank, Choice, Phrase, Say
from domain.days import day_in
from domain.hold import LONGEST, allowance, may_hold
from domain.residents import dispatcher
from domain.tickets import Event, Refusal, State
from handlers.tickets import held_case
from handlers.turn import Routes, Turn
from storage.tickets import Case, Note


async def request_hold(turn: Turn, action: RequestHold) -> list[Say]:
    case = await in_progress(turn, action.number)
    if isinstance(case, Say):
        return [case]
    return [await turn.ask("hold.ask", TakeHoldRequest(case.number), number=case.number)]


async def take_hold_request(turn: Turn, action: TakeHoldRequest) -> list[Say]:
    """A reason and a day, to be approved by a dispatcher who does not hold the case."""
    case = await in_progress(turn, action.number)
    if isinstance(case, Say):
        return [case]
    day, reason = day_in(turn.words, today(turn))
    if why := may_hold(case.ticket, reason, day, today(turn), turn.now):
        return [turn.answer(why, number=case.number, days=LONGEST.days)]
    assert day is not None  # may_hold has refused that
    to = await approver(turn, case)
    if to is None:
        return [turn.answer("hold.nobody_to_approve", number=case.number)]
    note = await steps.keep(turn, case, Words("hold", reason, await turn.photo()))
    blanks = _blanks(case, reason, day) | {
        "holder": turn.person.staff.title if turn.person.staff else ""
    }
    card = _card(case.number)
    request = Say(to, "hold.request", blanks, _choices(case, note, day), card=card, fresh=True)
    return [turn.answer("hold.requested", number=case.number), request]


def _choices(case: Case, note: int, day: date) -> tuple[Choice, ...]:
    approve = ApproveHold(case.number, note, int(f"{day:%Y%m%d}"))
    return (
        Choice(Phrase("hold.button.approve"), approve),
        Choice(Phrase("hold.button.refuse"), RefuseHold(case.number, note)),
    )


def _blanks(case: Case, reason: str, day: date) -> dict[str, Blank]:
    return {"number": case.number, "summary": about(case), "words": reason, "until": day}


def _card(number: int) -> str:
    return f"hold:{number}"


async def approve_hold(turn: Turn, action: ApproveHold) -> list[Say]:
    """The clock pauses, and those who wait read why and until when."""
    found = await to_decide(turn, action.number, action.note)
    if isinstance(found, Say):
        return [found]
    case, note = found
    day = day_on_button(turn, action.day)
    if why := may_hold(case.ticket, note.text, day, today(turn), turn.now):
        return [turn.say(why, number=case.number, days=LONGEST.days)]
    assert day is not None  # may_hold has refused that
    budgets = {"hold": allowance(day, turn.community.calendar.zone, turn.now)}
    outcome = await steps.do(turn, case, Event.HOLD, noted=note.id, budgets=budgets)
    if isinstance(outcome, Refusal):
        return [turn.say(outcome, number=case.number)]
    blanks = _blanks(case, note.text, day)
    return [
        Say(turn.sender, "hold.approved", blanks, card=_card(case.number)),
        *await tell_holder(turn, outcome, "hold.granted", blanks),
        *await steps.followers(turn, outcome, "hold.news", {"words": note.text, "until": day}),
        *await steps.refresh(turn, outcome),
    ]


async def refuse_hold(turn: Turn, action: RefuseHold) -> list[Say]:
    found = await to_decide(turn, action.number, action.note)
    if isinstance(found, Say):
        return [found]
    case, _ = found
    blanks: dict[str, Blank] = {"number": case.number}
    refused = Say(turn.sender, "hold.refused", blanks, card=_card(case.number))
    return [refused, *await tell_holder(turn, case, "hold.not_granted", blanks)]


async def approver(turn: Turn, case: Case) -> Address | None:
    """Where a dispatcher reads us who does not hold the case; None without one."""
    staff = [s for s in await turn.uow.staff.all() if s.id != case.ticket.holder]
    return await steps.address_of(turn, dispatcher(staff, turn.now))


def day_on_button(turn: Turn, day: int) -> date | None:
    """20261220 as a day; None where a forged button carries none."""
    return day_in(f"{day // 10000}-{day // 100 % 100}-{day % 100}", today(turn))[0]


async def to_decide(
    turn: Turn, number: int, note: int, kind: str = "hold"
) -> tuple[Case, Note] | Say:
    """The case and the newest request, if this person dispatches and does not hold the case."""
    case = await turn.uow.tickets.get(number)
    staff = turn.person.staff
    if case is None:
        return turn.say("tickets.unknown", number=number)
    if staff is None or not staff.dispatches or staff.id == case.ticket.holder:
        return turn.say(Refusal.NOT_YOURS, number=number)
    notes = [n for n in await turn.uow.tickets.notes(number) if n.kind == kind]
    if case.ticket.state is not State.IN_PROGRESS or not notes or notes[-1].id != note:
        return turn.say(Refusal.NOT_NOW, number=number)
    return case, notes[-1]


async def end_hold(turn: Turn, action: EndHold) -> list[Say]:
    """The holder goes on before the review date."""
    case = await _mine_now(turn, action.number, State.ON_HOLD)
    if isinstance(case, Say):
        return [case]
    outcome = await steps.do(turn, case, Event.HOLD_ENDS)
    if isinstance(outcome, Refusal):
        return [turn.answer(outcome, number=case.number)]
    news = await steps.followers(turn, outcome, "hold.ended_for_you", {})
    done = turn.answer("hold.taken_up", number=case.number)
    return [done, *news, *await steps.refresh(turn, outcome, fresh_for_holder=True)]


async def in_progress(turn: Turn, number: int) -> Case | Say:
    return await _mine_now(turn, number, State.IN_PROGRESS)


async def _mine_now(turn: Turn, number: int, state: State) -> Case | Say:
    """The case, if this person holds it and it stands there now."""
    case = await held_case(turn, number)
    if isinstance(case, Say) or case.ticket.state is state:
        return case
    return turn.say(Refusal.NOT_NOW, number=number)


async def tell_holder(turn: Turn, case: Case, key: str, blanks: dict[str, Blank]) -> list[Say]:
    staff = {s.id: s for s in await turn.uow.staff.all()}
    to = await steps.holder_address(turn, case, staff)
    return [Say(to, key, blanks)] if to else []


def today(turn: Turn) -> date:
    return turn.now.astimezone(turn.community.calendar.zone).date()


ROUTES: Routes = {
    RequestHold: request_hold,
    TakeHoldRequest: take_hold_request,
    ApproveHold: approve_hold,
    RefuseHold: refuse_hold,
    EndHold: end_hold,
}
