"""The dispatcher joins duplicates to one case, and takes one out again when that was wrong.

Whoever followed the duplicate follows the case it joined, and everybody hears it once.
"""

import re

from casework import steps
from casework.joint_actions import FindParent, Merge, MergeNow, Split, TakeParent
from casework.views import state_line, summary, told
from domain.conversation import Blank, Choice, Phrase, Say
from domain.merging import in_time, may_join, may_part, stood
from domain.residents import Staff
from domain.tickets import MERGEABLE, Event, Part, Refusal, State
from handlers.similar import look_alikes
from handlers.turn import Cancel, Routes, Turn
from storage.tickets import Case

NUMBER = re.compile(r"\d{1,12}")


async def find_parent(turn: Turn, action: FindParent) -> list[Say]:
    """Open cases of the same grid and category that look like this one, told alone."""
    case = await _for_dispatcher(turn, action.number)
    if isinstance(case, Say):
        return [case]
    alike = await alike_cases(turn, case)
    if not alike:
        return [turn.answer("merging.none_alike", number=case.number)]
    staff = {s.id: s for s in await turn.uow.staff.all()}
    choices = tuple(
        Choice(Phrase("merging.button.into", {"number": c.number}), Merge(case.number, c.number))
        for c in alike
    )
    lines = tuple(_line(c, staff) for c in alike)
    return [turn.say("merging.which", choices=choices, number=case.number, cases=lines)]


async def alike_cases(turn: Turn, case: Case) -> list[Case]:
    """What a case could be joined to by its words; none where it could not be joined at all."""
    if case.ticket.state not in MERGEABLE:
        return []
    open_ones = await turn.uow.tickets.alike(case.ticket.grid, case.ticket.category)
    others = [c for c in open_ones if may_join(case.ticket, c.ticket) is None]
    return look_alikes(case.summary, others)


async def find_button(turn: Turn, case: Case) -> tuple[Choice, ...]:
    """For the dispatcher's view: only where something looks like the case."""
    if Part.DISPATCHER not in steps.parts(turn, case.ticket):
        return ()
    if case.ticket.state is State.MERGED:
        return (Choice(Phrase("merging.button.split"), Split(case.number)),)
    found = await alike_cases(turn, case)
    return (Choice(Phrase("merging.button.find"), FindParent(case.number)),) if found else ()


async def take_parent(turn: Turn, action: TakeParent) -> list[Say]:
    """``/merge 12 7``: the first number there is in the words."""
    found = NUMBER.search(turn.words)
    if found is None:
        return await find_parent(turn, FindParent(action.number))
    return await merge(turn, Merge(action.number, int(found[0])))


async def merge(turn: Turn, action: Merge) -> list[Say]:
    """Both are shown before anything is done: alone, as one may be for the committee only."""
    pair = await _pair(turn, action.number, action.parent)
    if isinstance(pair, Say):
        return [pair]
    child, parent = pair
    staff = {s.id: s for s in await turn.uow.staff.all()}
    choices = (
        Choice(Phrase("merging.button.confirm"), MergeNow(child.number, parent.number)),
        Choice(Phrase("home.cancel"), Cancel()),
    )
    blanks: dict[str, Blank] = {
        "number": child.number,
        "parent": parent.number,
        "child_line": _line(child, staff),
        "parent_line": _line(parent, staff),
    }
    return [turn.say("merging.confirm", choices=choices, **blanks)]


async def merge_now(turn: Turn, action: MergeNow) -> list[Say]:
    pair = await _pair(turn, action.number, action.parent)
    if isinstance(pair, Say):
        return [pair]
    child, parent = pair
    merged = await steps.do(turn, child, Event.MERGE, parent=parent.number)
    if isinstance(merged, Refusal):
        return [turn.answer(merged, number=child.number)]
    before = await _people(turn, parent)
    await turn.uow.merging.bring(child.number, parent.number, turn.now)
    grown = await _joined(turn, child, parent)
    split = Choice(Phrase("merging.button.split"), Split(child.number))
    return [
        turn.answer("merging.merged", choices=(split,), number=child.number, parent=parent.number),
        *await _tell_followers(turn, merged, grown, before),
        *await _tell_holders(turn, child, grown),
        *await steps.refresh(turn, merged),
        *await steps.refresh(turn, grown),
    ]


async def _joined(turn: Turn, child: Case, parent: Case) -> Case:
    """The parent with the earlier of both deadlines, and all who follow it counted."""
    data: dict[str, int | str] = {"child": child.number}
    if child.ticket.resolve_by:
        data["resolve_by"] = child.ticket.resolve_by.isoformat()
    return await _again(turn, await steps.remark(turn, parent, Event.JOINED, data))


async def _again(turn: Turn, case: Case) -> Case:
    """The case as it stands in the database now: its supporters were counted anew."""
    return await turn.uow.tickets.get(case.number) or case


async def _people(turn: Turn, case: Case) -> set[int]:
    return await turn.uow.tickets.supporters(case.number) | {case.ticket.author}


async def _tell_followers(turn: Turn, child: Case, parent: Case, before: set[int]) -> list[Say]:
    """Who followed the child hears where it went; who followed only the parent, that it grew."""
    joined: dict[str, Blank] = {"parent": parent.number}
    grown: dict[str, Blank] = {"child": child.number}
    came = await _people(turn, child)
    return [
        *await _tell(turn, child, came, "merging.news_joined", joined),
        *await _tell(turn, parent, before - came, "merging.news_grown", grown),
    ]


async def _tell(
    turn: Turn, case: Case, people: set[int], key: str, blanks: dict[str, Blank]
) -> list[Say]:
    reach = await turn.uow.residents.reach(people - {turn.person.id})
    return [told(case, reach[p].address, key, None, blanks) for p in sorted(reach)]


async def _tell_holders(turn: Turn, child: Case, parent: Case) -> list[Say]:
    """Whoever had one of the two hears who has both, once."""
    staff = {s.id: s for s in await turn.uow.staff.all()}
    places = {await steps.holder_address(turn, case, staff) for case in (child, parent)}
    holder = staff.get(parent.ticket.holder) if parent.ticket.holder else None
    name: Blank = holder.title if holder else Phrase("state.nobody")
    blanks: dict[str, Blank] = {"parent": parent.number, "holder": name}
    return [
        told(child, to, "merging.news_staff", None, blanks)
        for to in sorted(filter(None, places - {turn.sender}))
    ]


async def split(turn: Turn, action: Split) -> list[Say]:
    """Out again, back to where it was; those it brought go back with it."""
    case = await _for_dispatcher(turn, action.number)
    if isinstance(case, Say):
        return [case]
    number = case.ticket.parent
    parent = await turn.uow.tickets.get(number) if number else None
    if obstacle := may_part(case.ticket, parent.ticket if parent else None):
        return [turn.answer(obstacle, number=case.number, parent=number or 0)]
    assert parent is not None
    events = await turn.uow.tickets.events(case.number)
    back_to = stood([(Event(e.event), State(e.state)) for e in events])
    outcome = await steps.do(turn, case, Event.SPLIT, parent=parent.number, back_to=back_to)
    if isinstance(outcome, Refusal):
        return [turn.answer(outcome, number=case.number)]
    return await _parted(turn, outcome, parent)


async def _parted(turn: Turn, child: Case, parent: Case) -> list[Say]:
    await turn.uow.merging.take_back(child.number, parent.number, turn.now)
    remarked = await steps.remark(turn, parent, Event.PARTED, {"child": child.number})
    alone = await _again(turn, remarked)
    news: dict[str, Blank] = {"parent": parent.number}
    return [
        turn.answer("merging.split", number=child.number, parent=parent.number),
        *await _tell(turn, child, await _people(turn, child), "merging.news_split", news),
        *await steps.refresh(turn, child, fresh_for_holder=True),
        *await steps.refresh(turn, alone),
    ]


async def _pair(turn: Turn, number: int, other: int) -> tuple[Case, Case] | Say:
    """Both cases, if the dispatcher asks and the one may join the other now."""
    child = await _for_dispatcher(turn, number)
    if isinstance(child, Say):
        return child
    parent = await turn.uow.tickets.get(other)
    if parent is None:
        return turn.say("tickets.unknown", number=other)
    if obstacle := may_join(child.ticket, parent.ticket):
        return turn.answer(obstacle, number=number, parent=other)
    if child.ticket.state not in MERGEABLE:
        return turn.answer(Refusal.NOT_NOW, number=number)
    stamps = [await turn.uow.tickets.stamps(n) for n in (number, other)]
    if obstacle := in_time(*stamps):
        into = Choice(Phrase("merging.button.into", {"number": number}), Merge(other, number))
        return turn.answer(obstacle, choices=(into,), number=number, parent=other)
    return child, parent


async def _for_dispatcher(turn: Turn, number: int) -> Case | Say:
    case = await turn.uow.tickets.get(number)
    if case is None:
        return turn.say("tickets.unknown", number=number)
    if Part.DISPATCHER not in steps.parts(turn, case.ticket):
        return turn.say(Refusal.NOT_YOURS, number=number)
    return case


def _line(case: Case, staff: dict[int, Staff]) -> Phrase:
    state = state_line(case.ticket, staff)
    blanks: dict[str, Blank] = {"number": case.number, "summary": summary(case), "state": state}
    return Phrase("merging.line", blanks)


ROUTES: Routes = {
    FindParent: find_parent,
    TakeParent: take_parent,
    Merge: merge,
    MergeNow: merge_now,
    Split: split,
}
