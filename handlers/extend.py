"""Longer (延期): asked for by the holder before the deadline, decided by the dispatcher, told."""

from datetime import date

from casework import steps
from casework.actions import Extend, RefuseExtension, RequestExtension, TakeExtensionRequest
from casework.steps import Words
from casework.views import about
from domain.conversation import Blank, Choice, Phrase, Say
from domain.days import day_in
from domain.extension import barred, closing, may_extend
from domain.hold import LONGEST
from domain.tickets import Event, Refusal
from handlers.hold import approver, day_on_button, in_progress, tell_holder, to_decide, today
from handlers.turn import Routes, Turn
from storage.tickets import Case


async def request_extension(turn: Turn, action: RequestExtension) -> list[Say]:
    case = await in_progress(turn, action.number)
    if isinstance(case, Say):
        return [case]
    if why := barred(case.ticket, await turn.uow.tickets.stamps(case.number), turn.now):
        return [turn.answer(why, number=case.number)]
    return [await turn.ask("extend.ask", TakeExtensionRequest(case.number), number=case.number)]


async def take_extension_request(turn: Turn, action: TakeExtensionRequest) -> list[Say]:
    """A reason and a day, to be approved by a dispatcher who does not hold the case."""
    case = await in_progress(turn, action.number)
    if isinstance(case, Say):
        return [case]
    day, reason = day_in(turn.words, today(turn))
    if why := await _why_not(turn, case, reason, day):
        return [turn.answer(why, number=case.number, days=LONGEST.days)]
    assert day is not None  # _why_not has refused that
    to = await approver(turn, case)
    if to is None:
        return [turn.answer("extend.nobody_to_approve", number=case.number)]
    note = await steps.keep(turn, case, Words("extend", reason, await turn.photo()))
    holder = turn.person.staff.title if turn.person.staff else ""
    blanks = _blanks(case, reason) | {"until": day, "holder": holder}
    choices, card = _choices(case, note, day), _card(case.number)
    request = Say(to, "extend.request", blanks, choices, card=card, fresh=True)
    return [turn.answer("extend.requested", number=case.number), request]


async def _why_not(turn: Turn, case: Case, reason: str, day: date | None) -> str | None:
    stamps = await turn.uow.tickets.stamps(case.number)
    return may_extend(case.ticket, stamps, reason, day, turn.community.calendar, turn.now)


def _choices(case: Case, note: int, day: date) -> tuple[Choice, ...]:
    approve = Extend(case.number, note, int(f"{day:%Y%m%d}"))
    return (
        Choice(Phrase("extend.button.approve"), approve),
        Choice(Phrase("extend.button.refuse"), RefuseExtension(case.number, note)),
    )


def _blanks(case: Case, reason: str) -> dict[str, Blank]:
    return {"number": case.number, "summary": about(case), "words": reason}


def _card(number: int) -> str:
    return f"extend:{number}"


async def extend(turn: Turn, action: Extend) -> list[Say]:
    """This round has longer, and those who wait read why and until when."""
    found = await to_decide(turn, action.number, action.note, "extend")
    if isinstance(found, Say):
        return [found]
    case, note = found
    day = day_on_button(turn, action.day)
    if why := await _why_not(turn, case, note.text, day):
        return [turn.say(why, number=case.number, days=LONGEST.days)]
    assert day is not None  # _why_not has refused that
    until = closing(day, turn.community.calendar)
    outcome = await steps.do(turn, case, Event.EXTEND, noted=note.id, resolve_by=until)
    if isinstance(outcome, Refusal):
        return [turn.say(outcome, number=case.number)]
    return await _told(turn, outcome, note.text)


async def _told(turn: Turn, case: Case, reason: str) -> list[Say]:
    due = case.ticket.resolve_by or turn.now  # a case in progress has a deadline
    blanks = _blanks(case, reason) | {"due": due}
    return [
        Say(turn.sender, "extend.approved", blanks, card=_card(case.number)),
        *await tell_holder(turn, case, "extend.granted", blanks),
        *await steps.followers(turn, case, "extend.news", {"words": reason, "due": due}),
        *await steps.refresh(turn, case),
    ]


async def refuse_extension(turn: Turn, action: RefuseExtension) -> list[Say]:
    found = await to_decide(turn, action.number, action.note, "extend")
    if isinstance(found, Say):
        return [found]
    case, _ = found
    blanks: dict[str, Blank] = {"number": case.number}
    refused = Say(turn.sender, "extend.refused", blanks, card=_card(case.number))
    return [refused, *await tell_holder(turn, case, "extend.not_granted", blanks)]


ROUTES: Routes = {
    RequestExtension: request_extension,
    TakeExtensionRequest: take_extension_request,
    Extend: extend,
    RefuseExtension: refuse_extension,
}
