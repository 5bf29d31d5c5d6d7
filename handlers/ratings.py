"""The resident's word: solved or not, and how satisfied.

A supporter may say no, which opens the case again; the rates count the author's answer alone.
"""

from casework import steps
from casework.actions import Rate, SayFine, SaySolved, SayWhyNot, TakeWhyNot
from casework.climbing import climb_by_count
from casework.ratings import question_card
from casework.steps import NO_WORDS, Words
from casework.views import about
from domain.conversation import Blank, Choice, Phrase, Say
from domain.deadlines import may_recur_until
from domain.tickets import DisputeReason, Event, Part, Refusal, State
from handlers.turn import Routes, Turn
from storage.ratings import Rating
from storage.tickets import Case

SATISFACTION = (5, 4, 3, 2, 1)  # 非常满意 … 非常不满意: the national five levels
EVENTS = {"yes": Event.CONFIRM, "partly": Event.PARTLY}


async def say_solved(turn: Turn, action: SaySolved) -> list[Say]:
    case = await _asked(turn, action.number, action.round)
    if isinstance(case, Say):
        return [case]
    if action.answer == "no":
        return [_ask_why(turn, case)]
    if action.answer not in EVENTS:
        return [turn.say("error.stale")]
    return await _answered(turn, case, EVENTS[action.answer], action.answer)


async def say_fine(turn: Turn, action: SayFine) -> list[Say]:
    """Asked again after some weeks, the author says that all is well."""
    case = await _asked(turn, action.number, action.round)
    if isinstance(case, Say):
        return [case]
    thanks: dict[str, Blank] = {"number": case.number}
    card = f"fine:{case.number}:{action.round}"
    return [Say(turn.sender, "ratings.still_fine", thanks, card=card)]


def _ask_why(turn: Turn, case: Case) -> Say:
    """Not solved needs a reason: one tap, or a line of one's own."""
    choices = tuple(
        Choice(Phrase(f"dispute.{r}"), SayWhyNot(case.number, case.ticket.round, r))
        for r in DisputeReason
    )
    return turn.say("ratings.ask_why", choices=choices, number=case.number)


async def say_why_not(turn: Turn, action: SayWhyNot) -> list[Say]:
    case = await _asked(turn, action.number, action.round)
    if isinstance(case, Say):
        return [case]
    if action.reason not in set(DisputeReason):
        return [turn.say("error.stale")]
    if action.reason == DisputeReason.OTHER:
        then = TakeWhyNot(action.number, action.round)
        return [await turn.ask("ratings.ask_why_in_words", then, number=action.number)]
    return await _answered(turn, case, _reopening(case), "no", reason=action.reason)


async def take_why_not(turn: Turn, action: TakeWhyNot) -> list[Say]:
    case = await _asked(turn, action.number, action.round)
    if isinstance(case, Say):
        return [case]
    words = Words("why", turn.words, await turn.enclosed())
    reason = DisputeReason.OTHER if words else ""
    return await _answered(turn, case, _reopening(case), "no", words=words, reason=reason)


def _reopening(case: Case) -> Event:
    """Not solved, said of a case that waits for the answer or of one that was closed."""
    return Event.DISPUTE if case.ticket.state is State.HANDLED else Event.RECUR


async def _answered(
    turn: Turn,
    case: Case,
    event: Event,
    solved: str,
    *,
    words: Words = NO_WORDS,
    reason: str = "",
) -> list[Say]:
    """Keep the answer, move the case, tell those who work on it, ask how satisfied."""
    round = case.ticket.round
    supports = await turn.uow.tickets.supports(case.number, turn.person.id)
    also = frozenset({Part.SUPPORTER}) if supports else frozenset[Part]()
    outcome = await steps.do(turn, case, event, words=words, reason=reason, also=also)
    if isinstance(outcome, Refusal):
        return [turn.say(outcome, number=case.number)]
    outcome, climbed = await climb_by_count(turn, case, outcome, event)
    rating = Rating(case.number, round, turn.person.id, solved)
    await turn.uow.ratings.answer(rating, turn.now)
    reopened = outcome.ticket.is_open
    news = "ratings.news_reopened" if reopened else "ratings.news_solved"
    said: dict[str, Blank] = {"number": case.number, "solved": Phrase(f"ratings.solved.{solved}")}
    return [
        Say(turn.sender, "ratings.answered", said, card=question_card(case.number, round)),
        _thanks(turn, case, solved),
        *(await _tell_staff(turn, outcome, solved, words, reason) if reopened else []),
        *await steps.followers(turn, outcome, news, {}, but=turn.person.id),
        *climbed,
        *await steps.refresh(turn, outcome, fresh_for_holder=reopened),
    ]


def _thanks(turn: Turn, case: Case, solved: str) -> Say:
    """The author is asked how satisfied they are; a supporter was asked nothing."""
    if Part.AUTHOR not in steps.parts(turn, case.ticket):
        return turn.say("ratings.heard", number=case.number)
    choices = tuple(
        Choice(Phrase(f"ratings.level.{n}"), Rate(case.number, case.ticket.round, n))
        for n in SATISFACTION
    )
    card = f"rate:{case.number}:{case.ticket.round}"
    thanks: dict[str, Blank] = {"number": case.number}
    return Say(turn.sender, f"ratings.thanks.{solved}", thanks, choices, card=card, fresh=True)


async def _tell_staff(turn: Turn, case: Case, solved: str, words: Words, reason: str) -> list[Say]:
    """A reopened case is news for the holder and the dispatcher, each once."""
    staff = {s.id: s for s in await turn.uow.staff.all()}
    holder = await steps.holder_address(turn, case, staff)
    why: Blank = words.text or (Phrase(f"dispute.{reason}") if reason else "—")
    blanks: dict[str, Blank] = {
        "number": case.number,
        "summary": about(case),
        "round": case.ticket.round,
        "why": why,
        "solved": Phrase(f"ratings.solved.{solved}"),
    }
    places = {holder, await steps.dispatcher_address(turn)} - {None}
    return [
        Say(to, "ratings.reopened", blanks, photo=words.photo)
        for to in sorted(filter(None, places))
    ]


async def rate(turn: Turn, action: Rate) -> list[Say]:
    """How satisfied, once per round; the question becomes the note of the answer.

    It can be changed for as long as we wait before we ask again, and no longer: it is part of a
    month that others have read of.
    """
    mine = (action.number, action.round, turn.person.id)
    answered = await turn.uow.ratings.answered_at(*mine)
    if answered is None or action.level not in SATISFACTION:
        return [turn.say("error.stale")]
    if turn.now > turn.community.calendar.due(answered, turn.community.deadlines.follow_up):
        return [turn.say("ratings.level_too_late", number=action.number)]
    await turn.uow.ratings.satisfied(*mine, action.level)
    noted: dict[str, Blank] = {
        "number": action.number,
        "level": Phrase(f"ratings.level.{action.level}"),
    }
    card = f"rate:{action.number}:{action.round}"
    return [Say(turn.sender, "ratings.noted", noted, card=card)]


async def _asked(turn: Turn, number: int, round: int) -> Case | Say:
    """The case, if this person may judge it now and this round is the last that was handled."""
    case = await turn.uow.tickets.get(number)
    if case is None or not await _may_judge(turn, case):
        return turn.say("tickets.unknown", number=number)
    if Part.AUTHOR not in steps.parts(turn, case.ticket) and turn.person.household is None:
        return turn.say("ratings.join_first")  # a visitor reads and asks (handbook: voting 3.1)
    judged = case.ticket.state in (State.HANDLED, State.CLOSED_CONFIRMED, State.CLOSED_SILENT)
    if not judged or case.ticket.round != round:
        return turn.say("ratings.answered_already", number=number)
    until = may_recur_until(await turn.uow.tickets.stamps(number), turn.community)
    return turn.say("ratings.too_late", number=number) if until and turn.now > until else case


async def _may_judge(turn: Turn, case: Case) -> bool:
    mine = Part.AUTHOR in steps.parts(turn, case.ticket)
    return mine or await turn.uow.tickets.supports(case.number, turn.person.id)


ROUTES: Routes = {
    SaySolved: say_solved,
    SayFine: say_fine,
    SayWhyNot: say_why_not,
    TakeWhyNot: take_why_not,
    Rate: rate,
}
