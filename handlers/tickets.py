"""What the committee does with a case: sign, ask, get help, hand back, finish.

Each works from a button, from a command with the number, and from the staff group.
"""

from collections.abc import Callable

from casework import steps
from casework.actions import (
    Answer,
    AskResident,
    Contacted,
    Finish,
    GetHelp,
    HandBack,
    HandBackBecause,
    Mine,
    Progress,
    ShowWork,
    Sign,
    TakeHelpRequest,
    TakeQuestion,
    TakeResult,
)
from casework.digest import picture_choice
from casework.ratings import ask_whether_solved, not_solved
from casework.steps import Words
from casework.views import (
    about,
    case_blanks,
    dispatch_choices,
    help_choices,
    holder_choices,
    send_on_choices,
    spoken,
    state_line,
)
from domain.conversation import Action, Address, Blank, Choice, Phrase, Say
from domain.residents import HANDLERS
from domain.tickets import Event, Part, Refusal, ReturnReason, possible
from handlers.merging import find_button
from handlers.subtasks import ask_ratings, my_shares, shares_button, waiting_for
from handlers.turn import Routes, Turn
from storage.tickets import Case

MOST_LISTED = 10


async def mine(turn: Turn, action: Mine) -> list[Say]:
    """A member's open cases, nearest deadline first; a resident's own, newest first."""
    staff = turn.person.staff
    if staff and staff.role in HANDLERS:
        waiting = await steps.route_waiting(turn) if staff.dispatches else []
        cases, count = await turn.uow.tickets.work_of(staff.id, MOST_LISTED)
        own = await _list(turn, cases, "tickets.mine", count, ShowWork)
        return [own, *waiting, *await my_shares(turn)]
    cases = await turn.uow.tickets.followed_by(turn.person.id, MOST_LISTED)
    return [await _list(turn, cases, "tickets.followed", len(cases), Progress)]


async def _list(
    turn: Turn, cases: list[Case], key: str, count: int, button: Callable[[int], Action]
) -> Say:
    if not cases:
        return turn.say(f"{key}_none")
    staff = {s.id: s for s in await turn.uow.staff.all()}
    lines: list[Blank] = [
        Phrase(
            "tickets.line",
            {"number": c.number, "summary": about(c), "state": state_line(c.ticket, staff)},
        )
        for c in cases
    ]
    if count > len(cases):
        lines.append(Phrase("tickets.and_more", {"count": count - len(cases)}))
    label = "tickets.button.open"
    choices = tuple(Choice(Phrase(label, {"number": c.number}), button(c.number)) for c in cases)
    return turn.say(key, choices=choices, count=count, cases=tuple(lines))


async def show_work(turn: Turn, action: ShowWork) -> list[Say]:
    """One case from the list, with everything its holder or the dispatcher can do about it."""
    case = await turn.uow.tickets.get(action.number)
    mine = steps.parts(turn, case.ticket) if case else frozenset()
    if case is None or not mine & {Part.HOLDER, Part.DISPATCHER}:
        return [turn.say("tickets.unknown", number=action.number)]
    staff = {s.id: s for s in await turn.uow.staff.all()}
    choices = holder_choices(case.ticket, staff) if Part.HOLDER in mine else ()
    if Part.DISPATCHER in mine:
        choices = (*choices, *send_on_choices(case.ticket), *await find_button(turn, case))
    choices = (*choices, *await shares_button(turn, case))
    blanks = case_blanks(case, turn.community, staff) | {"who": await steps.said_by(turn, case)}
    return [Say(turn.sender, "tickets.card", blanks, choices, photo=case.photo)]


async def sign(turn: Turn, action: Sign) -> list[Say]:
    outcome = await _do(turn, action.number, Event.SIGN)
    if isinstance(outcome, Say):
        return [outcome]
    news = await steps.followers(turn, outcome, "tickets.news_signed", _by_when(turn, outcome))
    return [
        Say(turn.where, "tickets.signed", _by_when(turn, outcome), _has_contacted(outcome)),
        *news,
        *await _cards(turn, outcome),
    ]


def _has_contacted(case: Case) -> tuple[Choice, ...]:
    return (Choice(Phrase("tickets.button.contacted"), Contacted(case.number)),)


async def contacted(turn: Turn, action: Contacted) -> list[Say]:
    """First contact by telephone or at the door; a question or a result counts by itself."""
    outcome = await _do(turn, action.number, Event.CONTACTED)
    if isinstance(outcome, Say):
        return [outcome]
    return [turn.answer("tickets.contacted", number=action.number)]


def _by_when(turn: Turn, case: Case) -> dict[str, Blank]:
    due = case.ticket.due_at
    holder = turn.person.staff.title if turn.person.staff else ""
    return {"number": case.number, "holder": holder, "due": due or Phrase("state.no_date")}


async def ask_resident(turn: Turn, action: AskResident) -> list[Say]:
    to = await _author(turn, action.number)
    if isinstance(to, Say):
        return [to]
    return await _ask_words(turn, action.number, Event.ASK_RESIDENT, TakeQuestion(action.number))


async def _author(turn: Turn, number: int) -> Address | Say:
    """Where the author reads us. A question nobody receives is no contact and stops no clock."""
    case = await held(turn, number, Event.ASK_RESIDENT)
    if isinstance(case, Say):
        return case
    reach = (await turn.uow.residents.reach({case.ticket.author})).get(case.ticket.author)
    return reach.address if reach else turn.answer("tickets.author_unreachable", number=number)


async def take_question(turn: Turn, action: TakeQuestion) -> list[Say]:
    """The question goes to the author through the bot; the answer comes back to the case."""
    to = await _author(turn, action.number)
    if isinstance(to, Say):
        return [to]
    words = Words("question", turn.words, await turn.photo())
    outcome = await _do(turn, action.number, Event.ASK_RESIDENT, words=words)
    if isinstance(outcome, Say):
        return [outcome]
    question = Say(
        to,
        "suggestions.question",
        {"number": outcome.number, "summary": about(outcome), "words": spoken(words.text)},
        (Choice(Phrase("suggestions.button.answer"), Answer(outcome.number)),),
        photo=words.photo,
    )
    asked = turn.answer("tickets.asked", number=outcome.number)
    return [asked, question, *await _cards(turn, outcome)]


async def hand_back(turn: Turn, action: HandBack) -> list[Say]:
    """Only with a reason; the reasons are buttons."""
    case = await held(turn, action.number, Event.REQUEST_RETURN)
    if isinstance(case, Say):
        return [case]
    choices = tuple(
        Choice(Phrase(f"return.{r}"), HandBackBecause(case.number, r)) for r in ReturnReason
    )
    return [turn.answer("tickets.ask_return_reason", choices=choices, number=case.number)]


async def hand_back_because(turn: Turn, action: HandBackBecause) -> list[Say]:
    outcome = await _do(turn, action.number, Event.REQUEST_RETURN, reason=action.reason)
    if isinstance(outcome, Say):
        return [outcome]
    to = await steps.dispatcher_address(turn)
    request = Say(
        to or turn.sender,
        "dispatching.return_request",
        {
            "number": outcome.number,
            "summary": about(outcome),
            "holder": turn.person.staff.name if turn.person.staff else "",
            "reason": Phrase(f"return.{action.reason}"),
        },
        dispatch_choices(outcome),
        card=f"dispatch:{outcome.number}",
        fresh=True,
    )
    returned = turn.answer("tickets.returned", number=outcome.number)
    return [returned, *([request] if to else []), *await _cards(turn, outcome)]


async def get_help(turn: Turn, action: GetHelp) -> list[Say]:
    case = await held_case(turn, action.number)
    if isinstance(case, Say):
        return [case]
    return [await turn.ask("tickets.ask_help", TakeHelpRequest(case.number), number=case.number)]


async def take_help_request(turn: Turn, action: TakeHelpRequest) -> list[Say]:
    """Tell the dispatcher; the case stays with its holder until it is sent on."""
    case = await held_case(turn, action.number)
    if isinstance(case, Say):
        return [case]
    to = await steps.dispatcher_address(turn)
    if to is None:
        return [turn.answer("tickets.nobody_to_help", number=case.number)]
    words = Words("help", turn.words, await turn.photo())
    await steps.keep(turn, case, words)
    request = Say(
        to,
        "dispatching.help_request",
        {
            "number": case.number,
            "summary": about(case),
            "holder": turn.person.staff.name if turn.person.staff else "",
            "words": words.text or Phrase("suggestions.no_words"),
        },
        help_choices(case),
        photo=words.photo,
    )
    return [turn.answer("tickets.help_asked", number=case.number), request]


async def finish(turn: Turn, action: Finish) -> list[Say]:
    then = TakeResult(action.number)
    waiting = await waiting_for(turn, action.number)
    return waiting or await _ask_words(turn, action.number, Event.RESOLVE, then)


async def take_result(turn: Turn, action: TakeResult) -> list[Say]:
    """Handled, says the holder; whether it is solved, the author says."""
    if waiting := await waiting_for(turn, action.number):
        return waiting
    words = Words("result", turn.words, await turn.photo())
    outcome = await _do(turn, action.number, Event.RESOLVE, words=words)
    if isinstance(outcome, Say):
        return [outcome]
    result = spoken(words.text)
    news = await steps.followers(
        turn,
        outcome,
        "tickets.news_handled",
        _by_when(turn, outcome) | {"words": result},
        but=outcome.ticket.author,
        photo=words.photo,
        choices=(not_solved(outcome),),
    )
    question = await ask_whether_solved(turn, outcome)
    done = turn.answer("tickets.finished", choices=picture_choice(outcome, words.photo),
                       number=outcome.number)  # fmt: skip
    cards = await _cards(turn, outcome)
    return [done, *question, *news, *cards, *await ask_ratings(turn, outcome)]


ASKS = {Event.ASK_RESIDENT: "tickets.ask_question", Event.RESOLVE: "tickets.ask_result"}


async def _ask_words(turn: Turn, number: int, event: Event, then: Action) -> list[Say]:
    """Words first, then the deed; but say at once when it could not be done anyway."""
    case = await held(turn, number, event)
    if isinstance(case, Say):
        return [case]
    return [await turn.ask(ASKS[event], then, number=number)]


async def held(turn: Turn, number: int, event: Event) -> Case | Say:
    """The case, if this person holds it and the table has this step now."""
    case = await held_case(turn, number)
    if isinstance(case, Say):
        return case
    if event not in possible(case.ticket, {Part.HOLDER}):
        return _refused(turn, Refusal.NOT_NOW, number)
    return case


async def held_case(turn: Turn, number: int) -> Case | Say:
    case = await turn.uow.tickets.get(number)
    if case is None:
        return turn.say("tickets.unknown", number=number)
    if Part.HOLDER not in steps.parts(turn, case.ticket):
        return _refused(turn, Refusal.NOT_YOURS, number)
    return case


async def _do(
    turn: Turn, number: int, event: Event, *, words: Words = steps.NO_WORDS, reason: str = ""
) -> Case | Say:
    case = await turn.uow.tickets.get(number)
    if case is None:
        return turn.say("tickets.unknown", number=number)
    outcome = await steps.do(turn, case, event, words=words, reason=reason)
    return _refused(turn, outcome, number) if isinstance(outcome, Refusal) else outcome


def _refused(turn: Turn, refusal: Refusal, number: int) -> Say:
    return turn.say(refusal, number=number)


async def _cards(turn: Turn, case: Case) -> list[Say]:
    return await steps.refresh(turn, case)


ROUTES: Routes = {
    Mine: mine,
    ShowWork: show_work,
    Sign: sign,
    Contacted: contacted,
    AskResident: ask_resident,
    TakeQuestion: take_question,
    HandBack: hand_back,
    HandBackBecause: hand_back_because,
    GetHelp: get_help,
    TakeHelpRequest: take_help_request,
    Finish: finish,
    TakeResult: take_result,
}
