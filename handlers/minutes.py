"""Minutes, dictated line by line; an action item becomes a case with an owner and a day."""

from dataclasses import replace
from datetime import timedelta

from casework import meetings as m
from casework import steps
from casework.meeting_actions import (
    CloseMinutes,
    RemoveLine,
    ShowMinutes,
    TakeLine,
    WriteMinutes,
)
from casework.steps import Words
from domain.community import understand
from domain.conversation import Blank, Choice, Phrase, Say, listed
from domain.meetings import Course, Meeting, Sitting, Step
from domain.minutes import LONGEST_LINE, MOST_LINES, Item, Unclear, budgets_for, due_by, item_in
from domain.residents import Staff
from domain.tickets import Level, Ticket, Visibility
from handlers.meetings import may_read
from handlers.sittings import found
from handlers.turn import Routes, Turn
from storage.meetings import Line
from storage.tickets import Case

BEFORE = timedelta(hours=1)  # its beginning; a meeting may begin early


async def _at_work(turn: Turn, number: int) -> tuple[Meeting, Sitting] | Say:
    """A sitting whose minutes this person may write now."""
    place = await found(turn, number)
    if isinstance(place, Say) or place[1].starts_at - BEFORE <= turn.now:
        return place
    return turn.say("minutes.too_early", starts=place[1].starts_at)


async def write_minutes(turn: Turn, action: WriteMinutes) -> list[Say]:
    place = await _at_work(turn, action.number)
    if isinstance(place, Say):
        return [place]
    meeting, sitting = place
    return [await _more(turn, sitting, "minutes.ask", title=meeting.title)]


async def _more(turn: Turn, sitting: Sitting, key: str, **blanks: Blank) -> Say:
    """Waits for the next line, until the chair says that this was all."""
    await turn.uow.residents.expect(turn.sender, turn.sender, TakeLine(sitting.number), turn.now)
    lines = await turn.uow.meetings.lines(sitting.number)
    choices: list[Choice] = []
    if lines:
        close = CloseMinutes(sitting.number)
        choices.append(Choice(Phrase("minutes.button.close"), close))
    if lines and lines[-1].ticket is None:
        remove = RemoveLine(sitting.number, lines[-1].id)
        choices.append(Choice(Phrase("minutes.button.remove"), remove))
    return turn.say(key, choices=tuple(choices), **blanks)


async def take_line(turn: Turn, action: TakeLine) -> list[Say]:
    """A line, or several at once; one that is not clear is said back, and those before it stay."""
    place = await _at_work(turn, action.number)
    if isinstance(place, Say):
        return [place]
    meeting, sitting = place
    said = [line.strip() for line in turn.words.splitlines() if line.strip()]
    if not said:
        return [await _more(turn, sitting, "minutes.only_words")]
    staff = await turn.uow.staff.all()
    says: list[Say] = []
    count = len(await turn.uow.meetings.lines(sitting.number))
    for line in said:
        if count >= MOST_LINES:
            return [*says, await _more(turn, sitting, "minutes.full", most=MOST_LINES)]
        outcome = await _take(turn, meeting, sitting, line, staff)
        if isinstance(outcome, Unclear):
            return [*says, await _unclear(turn, sitting, outcome, line, staff)]
        says += outcome
        count += 1
    return [*says, await _more(turn, sitting, "minutes.noted", count=count)]


async def _unclear(
    turn: Turn, sitting: Sitting, why: Unclear, line: str, staff: list[Staff]
) -> Say:
    names = listed(s.title for s in staff if s.can_be_told)
    shown = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"
    return await _more(turn, sitting, why, line=shown, names=names, most=LONGEST_LINE)


async def _take(
    turn: Turn, meeting: Meeting, sitting: Sitting, line: str, staff: list[Staff]
) -> list[Say] | Unclear:
    today = turn.now.astimezone(turn.community.calendar.zone).date()
    item = item_in(line, names_of(staff), today)
    if isinstance(item, Unclear):
        return item
    if item is None:
        await turn.uow.meetings.add_line(sitting.number, turn.person.id, line, turn.now)
        return []
    holder = next(s for s in staff if s.id == item.who)
    case = await _opened(turn, meeting, item, holder)
    await turn.uow.meetings.add_line(
        sitting.number, turn.person.id, item.what, turn.now, case.number, item.day
    )
    blanks: dict[str, Blank] = {"number": case.number, "what": item.what, "who": holder.title}
    blanks["due"] = case.ticket.resolve_by or Phrase("state.no_date")
    cards = await steps.refresh(turn, case, fresh_for_holder=True)
    return [
        turn.say("minutes.opened", choices=(), **blanks),
        *(replace(c, fresh=True) for c in cards),
    ]


def names_of(staff: list[Staff]) -> dict[str, int]:
    """Everybody who can hold a case, by name, and by that with the organisation before it."""
    able = [s for s in staff if s.can_be_told]
    return {name: s.id for s in able for name in (s.name, s.title)}


async def _opened(turn: Turn, meeting: Meeting, item: Item, holder: Staff) -> Case:
    """A case like any other, raised by the chair for this holder; its day is its deadline."""
    words = f"{meeting.title}：{item.what}"
    category = understand(item.what, turn.community.categories).code
    ticket = Ticket(
        number=await turn.uow.tickets.next_number(),
        author=turn.person.id,
        category=category,
        level=Level(holder.level),
        visibility=Visibility.COMMITTEE,
        opened_at=turn.now,
    )
    due = due_by(item.day, turn.community.calendar, turn.now) if item.day else None
    budgets = budgets_for(turn.community.budgets(category), due, turn.now)
    return await steps.submit(turn, Case(ticket, words), Words("said", words), holder, budgets)


async def remove_line(turn: Turn, action: RemoveLine) -> list[Say]:
    """The last line, where it is words and no more: a case is withdrawn by itself."""
    place = await _at_work(turn, action.number)
    if isinstance(place, Say):
        return [place]
    lines = await turn.uow.meetings.lines(action.number)
    last: Line | None = lines[-1] if lines else None
    if last is None or last.id != action.line or last.ticket is not None:
        return [await _more(turn, place[1], "minutes.not_last")]
    await turn.uow.meetings.remove_line(action.number, last.id)
    return [await _more(turn, place[1], "minutes.removed", count=len(lines) - 1)]


async def close_minutes(turn: Turn, action: CloseMinutes) -> list[Say]:
    """Done: everybody invited reads them, and the next time is planned."""
    place = await _at_work(turn, action.number)
    if isinstance(place, Say):
        return [place]
    meeting, sitting = place
    lines = await turn.uow.meetings.lines(sitting.number)
    if not lines:
        return [await _more(turn, sitting, "minutes.ask", title=meeting.title)]
    held = replace(sitting, course=Course.HELD, step=Step.ASKED, next_at=None)
    await turn.uow.meetings.save_sitting(held)
    following = await m.plan_next(turn, meeting)
    say = await m.minutes_say(turn, meeting, held, lines, turn.sender)
    told = [s for s in await m.to_invited(turn, meeting, say) if s.to != turn.sender]
    done = turn.say("minutes.closed", title=meeting.title, following=following)
    return [say, done, *told]


async def show_minutes(turn: Turn, action: ShowMinutes) -> list[Say]:
    sitting = await turn.uow.meetings.sitting(action.number)
    meeting = await turn.uow.meetings.get(sitting.meeting) if sitting else None
    if sitting is None or meeting is None or not await may_read(turn, meeting):
        return [turn.say("meetings.unknown")]
    lines = await turn.uow.meetings.lines(sitting.number)
    return [await m.minutes_say(turn, meeting, sitting, lines, turn.sender, action.skip)]


ROUTES: Routes = {
    WriteMinutes: write_minutes,
    TakeLine: take_line,
    RemoveLine: remove_line,
    CloseMinutes: close_minutes,
    ShowMinutes: show_minutes,
}
