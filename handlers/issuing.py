"""A notice confirmed, by two persons where everybody will read it; paused, taken back, visited."""

from dataclasses import replace

from casework import matters
from casework import notices as n
from domain.conversation import Say
from domain.notices import Notice, State, Urgency
from domain.residents import DISPATCHERS, HANDLERS, Staff
from handlers.notices import shown
from handlers.turn import Routes, Turn


async def _to_change(turn: Turn, number: int) -> Notice | Say:
    if not turn.person.is_admin:
        return turn.say("notices.only_admin")
    notice = await turn.uow.notices.get(number, to_change=True)
    return notice or turn.say("notices.unknown")


async def confirm(turn: Turn, action: n.ConfirmNotice) -> list[Say]:
    notice = await _to_change(turn, action.number)
    if isinstance(notice, Say):
        return [notice]
    if notice.state is not State.DRAFT:
        return [turn.say("notices.no_draft", number=notice.number)]
    if notice.audience is None:
        return await shown(turn, notice)
    if notice.urgency is Urgency.EMERGENCY and notice.officer is None:
        return [turn.say("notices.needs_officer")]
    if notice.audience.needs_second:
        return await _ask_second(turn, notice)
    return await _issued(turn, notice)


async def _ask_second(turn: Turn, notice: Notice) -> list[Say]:
    """Everybody who may agree gets the words, the reach and two buttons."""
    staff = await turn.uow.staff.all()
    others = n.seconds_for(notice, staff)
    places = await matters.staff_addresses(turn, *(s.id for s in others))
    if not places:
        return [turn.say("notices.no_second")]
    reach = await n.reach_of(turn, notice)
    asked = replace(notice, state=State.SECOND, people=reach.people)
    await turn.uow.notices.save(asked, turn.now)
    author = next((s.title for s in staff if s.id == notice.author), "")
    says = await shown(turn, asked)
    for to in places:
        says.append(n.reading(turn, asked, to, staff))
        says.append(n.second_card(turn, asked, reach, to, author))
    return says


async def agree(turn: Turn, action: n.AgreeNotice) -> list[Say]:
    """Anybody who may agree but its author; no sends it back to them as a draft."""
    notice = await turn.uow.notices.get(action.number, to_change=True)
    staff = await turn.uow.staff.all()
    if notice is None or not _may_agree(turn, notice, staff):
        return [turn.say("notices.not_yours")]
    if notice.state is not State.SECOND:
        return [turn.say("notices.decided", number=action.number)]
    places = await matters.staff_addresses(turn, notice.author)
    if not action.yes:
        back = replace(notice, state=State.DRAFT)
        await turn.uow.notices.save(back, turn.now)
        told = [Say(to, "notices.sent_back", {"number": notice.number}) for to in places]
        return [turn.say("notices.disagreed", number=notice.number), *told]
    mine = turn.person.staff
    says = await _issued(turn, replace(notice, second=mine.id if mine else None))
    card = [Say(to, s.key, s.blanks, s.choices, s.card, fresh=True) for to in places
            for s in says[:1]]  # fmt: skip
    return [turn.say("notices.agreed", number=notice.number), *card]


def _may_agree(turn: Turn, notice: Notice, staff: list[Staff]) -> bool:
    return turn.person.id in {s.person for s in n.seconds_for(notice, staff)}


async def _issued(turn: Turn, notice: Notice) -> list[Say]:
    """From now on it waits for its time, and can be taken back until the last has left."""
    zone, undo = turn.community.calendar.zone, turn.community.deadlines.undo.span
    begins = notice.starts(turn.now, undo, zone)
    if begins is None:
        await turn.uow.notices.save(replace(notice, state=State.DRAFT), turn.now)
        return [turn.say("notices.too_late", number=notice.number)]
    reach = await n.reach_of(turn, notice)
    issued = replace(
        notice, state=State.WAITING, next_at=begins, confirmed_at=turn.now,
        people=reach.people + reach.groups, cursor=0,
    )  # fmt: skip
    await turn.uow.notices.save(issued, turn.now)
    return await shown(turn, issued)


# --- on its way


async def pause(turn: Turn, action: n.PauseNotice) -> list[Say]:
    """What is already with the sender leaves: a few seconds of messages at most."""
    notice = await _to_change(turn, action.number)
    if isinstance(notice, Say):
        return [notice]
    before = State.SENDING if action.on else State.PAUSED
    if notice.state is before:
        notice = replace(notice, state=State.PAUSED if action.on else State.SENDING)
        await turn.uow.notices.save(notice, turn.now)
        if action.on:
            await turn.uow.notices.take_back(notice)
    return await shown(turn, notice)


async def cancel(turn: Turn, action: n.CancelNotice) -> list[Say]:
    """A draft is dropped; what has not left yet does not leave."""
    notice = await _to_change(turn, action.number)
    if isinstance(notice, Say):
        return [notice]
    if notice.state is State.DRAFT or notice.can_be_stopped:
        await turn.uow.notices.take_back(notice)
        notice = replace(notice, state=State.CANCELLED)
        await turn.uow.notices.save(notice, turn.now)
        return await shown(turn, notice)
    return [turn.say("notices.gone", number=notice.number)]


async def unreached(turn: Turn, action: n.ShowUnreached) -> list[Say]:
    """Doors to visit: all of them for admin and secretary, those of their grids for a member."""
    staff, notice = turn.person.staff, await turn.uow.notices.get(action.number)
    if staff is None or staff.role not in HANDLERS:
        return [turn.say("notices.not_yours")]
    if notice is None or notice.audience is None or not notice.audience.names_doors:
        return [turn.say("notices.no_doors")]
    if not notice.last_run:
        return [turn.say("notices.no_doors")]
    notice = replace(notice, run=notice.last_run)
    every = staff.role in DISPATCHERS or "*" in staff.grids
    found = await turn.uow.notices.doors_by_grid(notice)
    grids = tuple(found) if every else staff.grids
    total = sum(many for grid, many in found.items() if grid in grids)
    doors = await turn.uow.notices.doors(notice, grids, action.skip, n.DOORS_SHOWN)
    if not doors:
        return [turn.say("notices.no_doors")]
    return [n.doors_say(notice, doors, total, action.skip, turn.sender)]


ROUTES: Routes = {
    n.ConfirmNotice: confirm,
    n.AgreeNotice: agree,
    n.PauseNotice: pause,
    n.CancelNotice: cancel,
    n.ShowUnreached: unreached,
}
