"""A suggestion becomes a case with a holder and a deadline, or joins the case that is there."""

from dataclasses import replace

from casework import steps
from casework.merging import main_case
from casework.steps import Words
from casework.views import case_blanks, confirmation_choices
from domain.conversation import Address, Say
from domain.residents import Staff
from domain.tickets import Ticket, Visibility
from handlers.turn import Turn
from storage.drafts import Draft
from storage.tickets import Case


async def open_case(turn: Turn, draft: Draft, grid: str | None) -> list[Say]:
    """Open it, send it to its holder, and tell the group and the author. Never to nobody."""
    staff = await turn.uow.staff.all()
    case, cards = await raise_case(turn, draft, grid, staff)
    return [*call_first(turn, draft.text), *_to_author(turn, case, staff), *cards]


async def raise_case(
    turn: Turn, draft: Draft, grid: str | None, staff: list[Staff]
) -> tuple[Case, list[Say]]:
    """The case of whoever wrote the draft, and its cards. What they themselves hear is apart."""
    holder = await steps.holder_for(turn, staff, draft.category, grid)
    case = await steps.submit(turn, await _new(turn, draft, grid), _words(draft), holder)
    cards = await steps.refresh(turn, case, fresh_for_holder=True)
    return case, [replace(card, fresh=True) for card in cards]


def call_first(turn: Turn, text: str) -> list[Say]:
    """Who writes of danger reads whom to call before anything else, where they wrote it."""
    danger = turn.community.is_emergency(text)
    return [turn.answer("suggestions.call_first")] if danger else []


async def grid_here(turn: Turn) -> str | None:
    """The grid a case said here belongs to: the group's, else that of the person's home."""
    return await steps.grid_of(turn, turn.group, turn.person)


async def _new(turn: Turn, draft: Draft, grid: str | None) -> Case:
    """Its number is drawn last: from then on whoever else opens a case waits for our commit."""
    group = draft.group or await _home_group(turn, draft)
    ticket = Ticket(
        number=await turn.uow.tickets.next_number(),
        author=draft.person,
        category=draft.category,
        grid=grid,
        visibility=draft.visibility,
        opened_at=turn.now,
    )
    return Case(ticket, draft.text, draft.place, draft.photo, group)


async def _home_group(turn: Turn, draft: Draft) -> Address | None:
    """The group of the author's building, for what was said privately and may be seen."""
    home = turn.person.household
    if home is None or draft.visibility is Visibility.COMMITTEE:
        return None
    groups = await turn.uow.groups.of("building", home.building)
    same = [g for g in groups if g.address.channel == turn.sender.channel]
    return next((g.address for g in (*same, *groups)), None)


def _words(draft: Draft) -> Words:
    return Words("said", draft.text, draft.photo)


def _to_author(turn: Turn, case: Case, staff: list[Staff]) -> list[Say]:
    """The confirmation. In a group that we may not leave, the card alone is the answer."""
    if not turn.reachable:
        return []
    blanks = case_blanks(case, turn.community, {s.id: s for s in staff})
    return [turn.say("suggestions.opened", choices=confirmation_choices(case), **blanks)]


async def support_case(turn: Turn, number: int) -> list[Say]:
    """+1: from now on this person hears everything the author hears."""
    case = await to_join(turn, number)
    if isinstance(case, Say):
        return [case]
    number = case.number
    if case.ticket.author == turn.person.id:
        return [turn.say("suggestions.your_own", number=number)]
    if not await turn.uow.tickets.support(case, turn.person.id, turn.now):
        return [turn.say("suggestions.supported_already", number=number)]
    return await supporters_changed(turn, case, "suggestions.supported", 1)


async def to_join(turn: Turn, number: int) -> Case | Say:
    """The open case that others may join under this number, or why there is none."""
    case = await turn.uow.tickets.get(number)
    if case is None or case.ticket.visibility is Visibility.COMMITTEE:
        return turn.say("tickets.unknown", number=number)
    case = await main_case(turn, case)
    ended = turn.say("suggestions.closed_already", number=case.number)
    return case if case.ticket.is_open else ended


async def supporters_changed(turn: Turn, case: Case, key: str, more: int) -> list[Say]:
    counted = replace(case.ticket, supporters=case.ticket.supporters + more)
    says = await steps.refresh(turn, replace(case, ticket=counted))
    if turn.reachable:
        says.append(turn.say(key, number=case.number, supporters=counted.supporters))
    return says
