"""Co-operation: the lead asks, a member answers; the lead or the dispatcher waives and rates.

While something mandatory is open the lead cannot finish; that is refused here in words, and by
the table in any case.
"""

from dataclasses import replace

from casework import steps
from casework.joint_actions import (
    CannotHelp,
    Cooperate,
    CooperateWith,
    Helped,
    RateHelp,
    SeeShares,
    ShowShare,
    TakeCannotHelp,
    TakeHelped,
    TakeShare,
    TakeWaiver,
    Waive,
)
from casework.steps import Words
from casework.subtasks import line, settled, share_card, told_of
from casework.views import spoken
from domain.conversation import Address, Blank, Choice, Phrase, Say
from domain.residents import Staff
from domain.subtasks import (
    Kind,
    Progress,
    Subtask,
    at_work,
    may_answer,
    may_ask,
    may_rate,
    may_waive,
    unfinished,
)
from domain.tickets import Event, Part, Refusal
from handlers.turn import Routes, Turn
from storage.tickets import Case

LEVELS = (5, 4, 3, 2, 1)  # as residents rate


# --- the lead asks


async def cooperate(turn: Turn, action: Cooperate) -> list[Say]:
    """With whom? Only those who can be told and are not at work on it already."""
    case = await _asking(turn, action.number)
    if isinstance(case, Say):
        return [case]
    busy = at_work(case.ticket, await turn.uow.subtasks.of(case.number))
    able = [s for s in await turn.uow.staff.all() if s.can_be_told and s.id not in busy]
    if not able:
        return [turn.answer("subtasks.nobody_else", number=case.number)]
    choices = tuple(Choice(s.title, CooperateWith(case.number, s.id)) for s in able)
    return [turn.answer("subtasks.with_whom", choices=choices, number=case.number)]


async def cooperate_with(turn: Turn, action: CooperateWith) -> list[Say]:
    found = await _chosen(turn, action.number, action.staff)
    if isinstance(found, Say):
        return [found]
    case, helper = found
    then = TakeShare(case.number, helper.id)
    return [await turn.ask("subtasks.ask_what", then, number=case.number, helper=helper.title)]


async def take_share(turn: Turn, action: TakeShare) -> list[Say]:
    """The co-operator has it privately; the lead waits for it from now on."""
    found = await _chosen(turn, action.number, action.staff)
    if isinstance(found, Say):
        return [found]
    case, helper = found
    words = Words("share", turn.words, await turn.photo())
    if not words:
        return [turn.answer(Refusal.WORDS_NEEDED, number=case.number)]
    note = await steps.keep(turn, case, words)
    id = turn.uow.subtasks.new_id()
    share = Subtask(
        id, case.number, helper.id, Kind.MANDATORY, turn.now, turn.person.id, words=note
    )
    await turn.uow.subtasks.add(share)
    case = await steps.remark(turn, case, Event.COOPERATE, {"helper": helper.id}, note)
    asked = turn.answer("subtasks.asked", number=case.number, helper=helper.title)
    to = await steps.address_of(turn, helper)
    return [asked, *([await share_card(turn, case, share, to)] if to else [])]


async def _asking(turn: Turn, number: int) -> Case | Say:
    case = await turn.uow.tickets.get(number)
    if case is None:
        return turn.say("tickets.unknown", number=number)
    refusal = may_ask(case.ticket, steps.parts(turn, case.ticket))
    return turn.say(refusal, number=number) if refusal else case


async def _chosen(turn: Turn, number: int, staff: int) -> tuple[Case, Staff] | Say:
    """The case and the member it is about, if that member may be asked now."""
    case = await _asking(turn, number)
    if isinstance(case, Say):
        return case
    helper = next((s for s in await turn.uow.staff.all() if s.id == staff), None)
    if helper is None or not helper.can_be_told:
        return turn.answer(Refusal.HOLDER_NEEDED, number=number)
    if helper.id in at_work(case.ticket, await turn.uow.subtasks.of(number)):
        return turn.answer("subtasks.asked_already", number=number, helper=helper.title)
    return case, helper


# --- the co-operator answers


async def show_share(turn: Turn, action: ShowShare) -> list[Say]:
    found = await _answering(turn, action.subtask)
    if isinstance(found, Say):
        return [found]
    return [replace(await share_card(turn, *found, turn.sender), fresh=True)]


async def helped(turn: Turn, action: Helped) -> list[Say]:
    found = await _answering(turn, action.subtask)
    if isinstance(found, Say):
        return [found]
    number = found[0].number
    return [await turn.ask("subtasks.ask_result", TakeHelped(action.subtask), number=number)]


async def take_helped(turn: Turn, action: TakeHelped) -> list[Say]:
    """Done, with a word or a photo; the lead hears it."""
    said = await _answered(turn, action.subtask, "share_done")
    if isinstance(said, Say):
        return [said]
    case, share, words, note = said
    done = replace(share, state=Progress.DONE, answer=note, done_at=turn.now)
    await turn.uow.subtasks.save(done)
    await steps.remark(turn, case, Event.COOPERATED, {"helper": share.staff}, note)
    blanks = told_of(case, turn.person.staff) | {"words": spoken(words.text)}
    return [
        turn.answer("subtasks.done", number=case.number),
        settled(done, turn.sender),
        *[
            Say(to, "subtasks.done_for_lead", blanks, _see(case), photo=words.photo)
            for to in await _lead(turn, case)
        ],
    ]


async def cannot_help(turn: Turn, action: CannotHelp) -> list[Say]:
    found = await _answering(turn, action.subtask)
    if isinstance(found, Say):
        return [found]
    number = found[0].number
    return [await turn.ask("subtasks.ask_reason", TakeCannotHelp(action.subtask), number=number)]


async def take_cannot_help(turn: Turn, action: TakeCannotHelp) -> list[Say]:
    """The reason goes to the lead and the dispatcher, who may waive it. Till then it is open."""
    said = await _answered(turn, action.subtask, "share_cannot")
    if isinstance(said, Say):
        return [said]
    case, share, words, note = said
    await turn.uow.subtasks.save(replace(share, answer=note))
    blanks = told_of(case, turn.person.staff) | {"words": spoken(words.text)}
    waive = _waiver(share, turn.person.staff)
    places = {*await _lead(turn, case), await steps.dispatcher_address(turn)} - {None, turn.sender}
    return [
        turn.answer("subtasks.cannot_passed_on", number=case.number),
        *[
            Say(to, "subtasks.cannot", blanks, (waive, *_see(case)), photo=words.photo)
            for to in sorted(filter(None, places))
        ],
    ]


async def _answering(turn: Turn, id: int) -> tuple[Case, Subtask] | Say:
    """The share and its case, if this person was asked for it and it is still wanted."""
    found = await _share(turn, id)
    if isinstance(found, Say):
        return found
    case, share = found
    staff = turn.person.staff
    refusal = may_answer(share, case.ticket, staff.id if staff else None)
    return turn.say(refusal, number=case.number) if refusal else found


async def _answered(turn: Turn, id: int, kind: str) -> tuple[Case, Subtask, Words, int] | Say:
    """The same, with what the person has just written kept as a note."""
    found = await _answering(turn, id)
    if isinstance(found, Say):
        return found
    case, share = found
    words = Words(kind, turn.words, await turn.photo())
    if not words:
        return turn.answer(Refusal.WORDS_NEEDED, number=case.number)
    return case, share, words, await steps.keep(turn, case, words)


async def _share(turn: Turn, id: int) -> tuple[Case, Subtask] | Say:
    share = await turn.uow.subtasks.get(id)
    case = await turn.uow.tickets.get(share.ticket) if share else None
    return (case, share) if case and share else turn.say("subtasks.unknown")


async def _lead(turn: Turn, case: Case) -> list[Address]:
    staff = {s.id: s for s in await turn.uow.staff.all()}
    to = await steps.holder_address(turn, case, staff)
    return [to] if to else []


# --- the lead looks, waives, finishes, rates


async def waiting_for(turn: Turn, number: int) -> list[Say]:
    """Why the lead cannot finish yet, with a button to see it; nothing when they can."""
    case = await turn.uow.tickets.get(number)
    if case is None or Part.HOLDER not in steps.parts(turn, case.ticket):
        return []
    open_ones = unfinished(await turn.uow.subtasks.of(number))
    if not open_ones:
        return []
    blanks: dict[str, Blank] = {"number": number, "count": len(open_ones)}
    return [Say(turn.where, "subtasks.still_open", blanks, _see(case))]


async def shares_button(turn: Turn, case: Case) -> tuple[Choice, ...]:
    """For those who look at the case as its holder or the dispatcher, where anybody was asked."""
    return _see(case) if await turn.uow.subtasks.of(case.number) else ()


async def see_shares(turn: Turn, action: SeeShares) -> list[Say]:
    """Who was asked for what, for the lead and the dispatcher; what is open can be waived."""
    case = await turn.uow.tickets.get(action.number)
    if case is None or not steps.parts(turn, case.ticket) & {Part.HOLDER, Part.DISPATCHER}:
        return [turn.say("tickets.unknown", number=action.number)]
    shares = await turn.uow.subtasks.of(case.number)
    if not shares:
        return [turn.say("subtasks.none", number=case.number)]
    staff = {s.id: s for s in await turn.uow.staff.all()}
    notes = {n.id: n for n in await turn.uow.tickets.notes(case.number)}
    lines = tuple(line(s, staff, notes) for s in shares)
    choices = tuple(_waiver(s, staff.get(s.staff)) for s in unfinished(shares))
    return [turn.say("subtasks.list", choices=choices, number=case.number, lines=lines)]


async def waive(turn: Turn, action: Waive) -> list[Say]:
    """At once where the co-operator said why it cannot be done, else with a reason of one's own."""
    found = await _waiving(turn, action.subtask)
    if isinstance(found, Say):
        return [found]
    case, share = found
    if share.answer is not None:
        return await _waive(turn, case, share)
    helper = await _helper(turn, share)
    name = helper.title if helper else ""
    then = TakeWaiver(share.id)
    return [await turn.ask("subtasks.ask_waiver", then, number=case.number, helper=name)]


async def take_waiver(turn: Turn, action: TakeWaiver) -> list[Say]:
    found = await _waiving(turn, action.subtask)
    if isinstance(found, Say):
        return [found]
    case, share = found
    words = Words("share_waived", turn.words, await turn.photo())
    if not words:
        return [turn.answer(Refusal.WORDS_NEEDED, number=case.number)]
    note = await steps.keep(turn, case, words)
    return await _waive(turn, case, replace(share, answer=note))


async def _waive(turn: Turn, case: Case, share: Subtask) -> list[Say]:
    waived = replace(share, state=Progress.WAIVED, done_at=turn.now)
    await turn.uow.subtasks.save(waived)
    await steps.remark(turn, case, Event.WAIVED, {"helper": share.staff}, share.answer)
    helper = await _helper(turn, share)
    name = helper.title if helper else ""
    to = await steps.address_of(turn, helper)
    others = sorted({*await _lead(turn, case), *([to] if to else [])} - {turn.sender})
    news: dict[str, Blank] = {"number": case.number, "helper": name}
    return [
        turn.answer("subtasks.waived", number=case.number, helper=name),
        *([settled(waived, to)] if to else []),
        *[Say(other, "subtasks.waived", news) for other in others],
    ]


async def _waiving(turn: Turn, id: int) -> tuple[Case, Subtask] | Say:
    found = await _share(turn, id)
    if isinstance(found, Say):
        return found
    case, share = found
    refusal = may_waive(share, case.ticket, steps.parts(turn, case.ticket))
    return turn.say(refusal, number=case.number) if refusal else found


async def _helper(turn: Turn, share: Subtask) -> Staff | None:
    return next((s for s in await turn.uow.staff.all() if s.id == share.staff), None)


def _waiver(share: Subtask, helper: Staff | None) -> Choice:
    name = helper.title if helper else ""
    return Choice(Phrase("subtasks.button.waive", {"helper": name}), Waive(share.id))


def _see(case: Case) -> tuple[Choice, ...]:
    return (Choice(Phrase("subtasks.button.see"), SeeShares(case.number)),)


async def ask_ratings(turn: Turn, case: Case) -> list[Say]:
    """The lead has finished: how was the co-operation? One question each, none is a duty."""
    staff = {s.id: s for s in await turn.uow.staff.all()}
    shares = await turn.uow.subtasks.of(case.number)
    rated = [s for s in shares if s.state is Progress.DONE and s.rating is None]
    return [_rating_question(turn, s, staff.get(s.staff)) for s in rated]


def _rating_question(turn: Turn, share: Subtask, helper: Staff | None) -> Say:
    choices = tuple(Choice(Phrase(f"ratings.level.{n}"), RateHelp(share.id, n)) for n in LEVELS)
    blanks: dict[str, Blank] = {"number": share.ticket, "helper": helper.title if helper else ""}
    return Say(turn.sender, "subtasks.rate", blanks, choices, card=f"help:{share.id}", fresh=True)


async def rate_help(turn: Turn, action: RateHelp) -> list[Say]:
    found = await _share(turn, action.subtask)
    if isinstance(found, Say):
        return [found]
    case, share = found
    refusal = may_rate(share, case.ticket, steps.parts(turn, case.ticket))
    if refusal or action.level not in LEVELS:
        return [turn.say(refusal or "error.stale", number=case.number)]
    await turn.uow.subtasks.save(replace(share, rating=action.level))
    helper = await _helper(turn, share)
    blanks: dict[str, Blank] = {
        "number": case.number,
        "helper": helper.title if helper else "",
        "level": Phrase(f"ratings.level.{action.level}"),
    }
    return [Say(turn.sender, "subtasks.rated", blanks, card=f"help:{share.id}")]


async def my_shares(turn: Turn) -> list[Say]:
    """What a member is asked for on the cases of others, below their own."""
    shares = await turn.uow.subtasks.open_for(turn.person.staff.id) if turn.person.staff else []
    if not shares:
        return []
    lines = tuple([await _mine_line(turn, share) for share in shares])
    choices = tuple(
        Choice(Phrase("subtasks.button.open", {"number": s.ticket}), ShowShare(s.id))
        for s in shares
    )
    return [turn.say("subtasks.mine", choices=choices, count=len(shares), lines=lines)]


async def _mine_line(turn: Turn, share: Subtask) -> Phrase:
    case = await turn.uow.tickets.get(share.ticket)
    what = case.summary if case else ""
    return Phrase("subtasks.mine_line", {"number": share.ticket, "words": spoken(what)})


ROUTES: Routes = {
    Cooperate: cooperate,
    CooperateWith: cooperate_with,
    TakeShare: take_share,
    ShowShare: show_share,
    Helped: helped,
    TakeHelped: take_helped,
    CannotHelp: cannot_help,
    TakeCannotHelp: take_cannot_help,
    SeeShares: see_shares,
    Waive: waive,
    TakeWaiver: take_waiver,
    RateHelp: rate_help,
}
