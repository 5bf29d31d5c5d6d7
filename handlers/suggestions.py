"""What residents say, once it is a case: raised in a group, supported, followed, undone."""

from dataclasses import replace

from casework import steps
from casework.actions import (
    Answer,
    Progress,
    Suggest,
    Support,
    TakeAnswer,
    Undo,
    Unsupport,
    Why,
    Withdraw,
    WriteDraft,
)
from casework.matter_actions import ShowMatter
from casework.merging import main_case
from casework.ratings import verdicts
from casework.steps import Words
from casework.story import lines
from casework.views import case_blanks, follow_choices, spoken
from domain.community import understand
from domain.conversation import Blank, Choice, Phrase, Say
from domain.deadlines import shown
from domain.explanation import explain
from domain.tickets import WITH_HOLDER, Event, Part, Refusal, State, Visibility
from handlers.drafts import LONGEST, offer, write_draft
from handlers.opening import call_first, grid_here, open_case, support_case, supporters_changed
from handlers.similar import told_before
from handlers.turn import Routes, Turn
from storage.drafts import Draft
from storage.matters import Kept
from storage.tickets import Case


async def suggest(turn: Turn, action: Suggest) -> list[Say]:
    """In a group at once, on one card; privately as a draft."""
    if turn.inbound.group is None:
        return await write_draft(turn, WriteDraft())
    text, photo = (turn.words or turn.inbound.quoted).strip(), await turn.enclosed()
    if not text and photo is None:
        return [await turn.ask("suggestions.ask_words", Suggest())]
    if len(text) > LONGEST:
        return [turn.answer("suggestions.too_long", most=LONGEST)]
    draft = Draft(
        id=turn.uow.drafts.new_id(),
        person=turn.person.id,
        text=text,
        category=understand(text, turn.community.categories).code,
        photo=photo,
        place=turn.inbound.place or "",
        group=turn.inbound.group,
    )
    grid = await grid_here(turn)
    alike = await told_before(turn, text, draft.category, grid)
    if alike:
        await turn.uow.drafts.save(draft, turn.now)
        return [offer(turn, draft, alike)]
    return await open_case(turn, draft, grid)


async def support(turn: Turn, action: Support) -> list[Say]:
    return await support_case(turn, action.number)


async def unsupport(turn: Turn, action: Unsupport) -> list[Say]:
    case = await turn.uow.tickets.get(action.number)
    if case is None or not await turn.uow.tickets.unsupport(case, turn.person.id):
        return [turn.say("tickets.unknown", number=action.number)]
    return await supporters_changed(turn, case, "suggestions.unsupported", -1)


async def progress(turn: Turn, action: Progress) -> list[Say]:
    """The whole story, to the person alone."""
    case = await _seen(turn, action.number)
    if case is None:
        return [turn.say("tickets.unknown", number=action.number)]
    staff = {s.id: s for s in await turn.uow.staff.all()}
    main = await main_case(turn, case)
    carried_out = await turn.uow.matters.carried_out_by(main.number)
    story = (*map(_carries_out, carried_out), *await lines(turn, main, staff))
    blanks = case_blanks(main, turn.community, staff) | {"story": story}
    choices = (*await _own_choices(turn, main), *map(_to_matter, carried_out))
    if main.number == case.number:
        story_of_it = turn.say("suggestions.progress", choices=choices, **blanks)
        return [replace(story_of_it, page=turn.page(f"t{main.number}"))]
    joined: dict[str, Blank] = {"number": case.number, "parent": main.number}
    told = joined | {"story": Phrase("suggestions.progress", blanks)}
    return [turn.say("merging.part_of", choices=choices, **told)]


def _carries_out(kept: Kept) -> Phrase:
    return Phrase("outcomes.carries_out", {"number": kept.number, "title": kept.matter.title})


def _to_matter(kept: Kept) -> Choice:
    label = Phrase("matters.button.open", {"number": kept.number})
    return Choice(label, ShowMatter(kept.number))


async def why(turn: Turn, action: Why) -> list[Say]:
    """The deadline that runs now, counted out line by line."""
    case = await _seen(turn, action.number)
    if case is None:
        return [turn.say("tickets.unknown", number=action.number)]
    stamps = await turn.uow.tickets.stamps(case.number)
    clock = shown(case.ticket, stamps, turn.community)
    if clock is None:
        return [turn.say("suggestions.no_deadline", number=case.number)]
    because = explain(clock.deadline, turn.community.calendar)
    blanks: dict[str, Blank] = {"number": case.number, "clock": steps.clock_name(clock.kind)}
    return [turn.say("suggestions.why", choices=(), **blanks, because=because)]


async def _seen(turn: Turn, number: int) -> Case | None:
    """The case, if this person may read it."""
    case = await turn.uow.tickets.get(number)
    if case is None or case.ticket.visibility is not Visibility.COMMITTEE:
        return case
    return case if await steps.concerns(turn, case) else None


async def _own_choices(turn: Turn, case: Case) -> tuple[Choice, ...]:
    """What this person can do with the case besides reading it."""
    if not case.ticket.is_open:
        return ()
    why = (Choice(Phrase("suggestions.button.why"), Why(case.number)),)
    if case.ticket.author == turn.person.id and case.ticket.state is State.HANDLED:
        return (*verdicts(case), *why)
    if case.ticket.author == turn.person.id:
        return (*why, Choice(Phrase("suggestions.button.withdraw"), Withdraw(case.number)))
    if await turn.uow.tickets.supports(case.number, turn.person.id):
        return (*why, Choice(Phrase("suggestions.button.unsupport"), Unsupport(case.number)))
    return (*why, *follow_choices(case)[:1])


async def undo(turn: Turn, action: Undo) -> list[Say]:
    """As if it had not been said; for a short while after saying it."""
    case = await turn.uow.tickets.get(action.number)
    if case is None or case.ticket.opened_at is None:
        return [turn.say("tickets.unknown", number=action.number)]
    if not steps.just_said(turn, case.ticket):
        return [turn.say("suggestions.undo_too_late", number=action.number)]
    return await _withdraw(turn, case)


async def withdraw(turn: Turn, action: Withdraw) -> list[Say]:
    case = await turn.uow.tickets.get(action.number)
    if case is None:
        return [turn.say("tickets.unknown", number=action.number)]
    return await _withdraw(turn, case)


async def _withdraw(turn: Turn, case: Case) -> list[Say]:
    """Whoever has it reads it at once, and need not go there."""
    outcome = await steps.do(turn, case, Event.WITHDRAW)
    if isinstance(outcome, Refusal):
        return [turn.say(outcome, number=case.number)]
    says = await steps.refresh(turn, outcome, fresh_for_holder=True)
    return [*says, turn.say("suggestions.withdrawn", number=case.number)]


async def answer(turn: Turn, action: Answer) -> list[Say]:
    case = await _answerable(turn, action.number)
    if isinstance(case, Say):
        return [case]
    then = TakeAnswer(case.number)
    return [await turn.ask_alone("suggestions.ask_answer", then, number=case.number)]


async def _answerable(turn: Turn, number: int) -> Case | Say:
    """The author's own case, while anybody works on it: what comes late is still of use."""
    case = await turn.uow.tickets.get(number)
    if case is None or Part.AUTHOR not in steps.parts(turn, case.ticket):
        return turn.say("tickets.unknown", number=number)
    return case if case.ticket.state in WITH_HOLDER else turn.say(Refusal.NOT_NOW, number=number)


async def take_answer(turn: Turn, action: TakeAnswer) -> list[Say]:
    """The resident's answer goes to the holder; where the case waited for it, its clock runs on."""
    case = await _answerable(turn, action.number)
    if isinstance(case, Say):
        return [case]
    words = Words("answer", turn.words, await turn.enclosed())
    if not words:
        return [turn.say(Refusal.WORDS_NEEDED, number=case.number)]
    cards = await _answered(turn, case, words)
    thanks = turn.say("suggestions.answer_passed_on", number=case.number)
    told = await _answer_for_holder(turn, case, words)
    return [*call_first(turn, turn.words), thanks, *told, *cards]


async def _answered(turn: Turn, case: Case, words: Words) -> list[Say]:
    """The words are kept; the case moves only where it waited for them."""
    outcome = await steps.do(turn, case, Event.RESIDENT_REPLIES, words=words)
    if isinstance(outcome, Refusal):
        await steps.keep(turn, case, words)
        return []
    return await steps.refresh(turn, outcome, fresh_for_holder=True)


async def _answer_for_holder(turn: Turn, case: Case, words: Words) -> list[Say]:
    staff = {s.id: s for s in await turn.uow.staff.all()}
    holder = await steps.holder_address(turn, case, staff)
    if holder is None:
        return []
    blanks: dict[str, Blank] = {"number": case.number, "words": spoken(words.text)}
    return [Say(holder, "tickets.answered", blanks, photo=words.photo)]


ROUTES: Routes = {
    Suggest: suggest,
    Support: support,
    Unsupport: unsupport,
    Progress: progress,
    Why: why,
    Undo: undo,
    Withdraw: withdraw,
    Answer: answer,
    TakeAnswer: take_answer,
}
