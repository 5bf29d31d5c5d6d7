"""What carries a decision out: cases tied to their matter, and new ones opened straight from it."""

import re
from dataclasses import replace

from casework import announcing, matters, steps
from casework.matter_actions import (
    LinkCase,
    NewCase,
    NewCaseFor,
    TakeLink,
    TakeNewCase,
    UnlinkCase,
)
from casework.matters import Done
from casework.merging import main_case
from casework.steps import Words
from casework.views import GONE, about
from domain.budget import Topic
from domain.conversation import Address, Blank, Choice, Phrase, Say
from domain.matters import Event, Refusal
from domain.question import Scope
from domain.tickets import Ticket, Visibility
from handlers.drafts import LONGEST
from handlers.matters import shown
from handlers.turn import Cancel, Routes, Turn
from storage.matters import Kept
from storage.tickets import Case

NUMBER = re.compile(r"\d{1,12}")
NARROWEST = ("building", "grid", "community")  # whose group shows the card of a new case


async def link_case(turn: Turn, action: LinkCase) -> list[Say]:
    kept = await matters.to_move(turn, action.number, Event.LINK)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    then = TakeLink(kept.number)
    return [await turn.ask("outcomes.ask_case", then, number=kept.number, title=kept.matter.title)]


async def take_link(turn: Turn, action: TakeLink) -> list[Say]:
    """ "关联 7 12": case 12 carries matter 7 out, and both say so from now on."""
    kept = await matters.to_move(turn, action.number, Event.LINK)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    case = await _case_in(turn)
    if case is None:
        return [await turn.ask("outcomes.no_case", TakeLink(kept.number), number=kept.number)]
    if case.number in await turn.uow.matters.linked(kept.number):
        return [turn.say("outcomes.linked_already", number=kept.number, case=case.number)]
    return await _linked(turn, kept, case)


async def _case_in(turn: Turn) -> Case | None:
    """A case that everybody may hear of, by its number; a merged one by the one it joined."""
    found = NUMBER.search(turn.words)
    case = await turn.uow.tickets.get(int(found[0])) if found else None
    case = await main_case(turn, case) if case else None
    if case is None or case.ticket.visibility is Visibility.COMMITTEE:
        return None
    return None if case.ticket.state in GONE else case


async def _linked(turn: Turn, kept: Kept, case: Case) -> list[Say]:
    done = Done(data={"ticket": case.number})
    linked = await matters.do(turn, kept, Event.LINK, done)
    if isinstance(linked, Refusal):
        return [turn.say(linked, number=kept.number)]
    await turn.uow.matters.link(kept.number, case.number)
    blanks: dict[str, Blank] = {
        "number": kept.number,
        "title": kept.matter.title,
        "case": case.number,
        "summary": about(case),
    }
    undo = Choice(Phrase("outcomes.button.unlink"), UnlinkCase(kept.number, case.number))
    return [
        await shown(turn, linked),
        turn.say("outcomes.linked", choices=(undo,), **blanks),
        *await _to_holder(turn, case, blanks),
        *await announcing.cards(turn, linked),
    ]


async def _to_holder(turn: Turn, case: Case, blanks: dict[str, Blank]) -> list[Say]:
    staff = {s.id: s for s in await turn.uow.staff.all()}
    address = await steps.holder_address(turn, case, staff)
    if address in (None, turn.sender):
        return []
    return [Say(address, "outcomes.linked_for_holder", blanks, topic=Topic.DUTY)]


async def unlink_case(turn: Turn, action: UnlinkCase) -> list[Say]:
    """A slip of the number is taken back; that it happened stays in the history."""
    kept = await matters.to_move(turn, action.number, Event.UNLINK)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    if not await turn.uow.matters.unlink(kept.number, action.case):
        return [turn.say("outcomes.not_linked", number=kept.number, case=action.case)]
    done = Done(data={"ticket": action.case})
    unlinked = await matters.do(turn, kept, Event.UNLINK, done)
    if isinstance(unlinked, Refusal):
        return [turn.say(unlinked, number=kept.number)]
    return [await shown(turn, unlinked), *await announcing.cards(turn, unlinked)]


async def new_case(turn: Turn, action: NewCase) -> list[Say]:
    """For which duty?"""
    kept = await matters.to_move(turn, action.number, Event.LINK)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    categories = turn.community.categories
    choices = tuple(Choice(c.name, NewCaseFor(kept.number, c.code)) for c in categories)
    cancel = Choice(Phrase("home.cancel"), Cancel())
    return [turn.say("outcomes.which_duty", choices=(*choices, cancel), number=kept.number)]


async def new_case_for(turn: Turn, action: NewCaseFor) -> list[Say]:
    kept = await matters.to_move(turn, action.number, Event.LINK)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    then = TakeNewCase(kept.number, action.category)
    return [await turn.ask("outcomes.ask_work", then, number=kept.number, title=kept.matter.title)]


async def take_new_case(turn: Turn, action: TakeNewCase) -> list[Say]:
    """A case for who has this duty where the matter applies, tied to the matter at once."""
    kept = await matters.to_move(turn, action.number, Event.LINK)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    words = Words("said", turn.words.strip(), await turn.photo())
    known = {category.code for category in turn.community.categories}
    if not words or len(words.text) > LONGEST or action.category not in known:
        again = NewCaseFor(kept.number, action.category)
        return await (new_case_for(turn, again) if action.category in known else new_case(
            turn, NewCase(kept.number)))  # fmt: skip
    case = await _opened(turn, kept, action.category, words)
    cards = await steps.refresh(turn, case, fresh_for_holder=True)
    return [*(replace(card, fresh=True) for card in cards), *await _linked(turn, kept, case)]


async def _opened(turn: Turn, kept: Kept, category: str, words: Words) -> Case:
    scope = kept.matter.question.scope
    grid = await _grid(turn, scope)
    ticket = Ticket(
        number=await turn.uow.tickets.next_number(),
        author=turn.person.id,
        category=category,
        grid=grid,
        visibility=Visibility.PUBLIC,
        opened_at=turn.now,
    )
    staff = await turn.uow.staff.all()
    holder = await steps.holder_for(turn, staff, category, grid)
    case = Case(ticket, words.text, photo=words.photo, group=await _group(turn, scope))
    return await steps.submit(turn, case, words, holder)


async def _grid(turn: Turn, scope: Scope) -> str | None:
    if scope.building is not None:
        return await turn.uow.residents.grid_of(scope.building)
    return scope.value if scope.kind == "grid" else None


async def _group(turn: Turn, scope: Scope) -> Address | None:
    """The narrowest group the matter concerns."""
    groups = await matters.groups_of(turn, scope)
    ranked = sorted(groups, key=lambda group: NARROWEST.index(group.scope))
    return ranked[0].address if ranked else None


ROUTES: Routes = {
    LinkCase: link_case,
    TakeLink: take_link,
    UnlinkCase: unlink_case,
    NewCase: new_case,
    NewCaseFor: new_case_for,
    TakeNewCase: take_new_case,
}
