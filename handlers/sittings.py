"""One sitting of a meeting: its agenda changed, itself moved or cancelled."""

from dataclasses import replace
from datetime import timedelta

from casework import meetings as m
from casework.meeting_actions import (
    AddPoint,
    AskWhich,
    CancelSitting,
    ChangePoint,
    MoveSitting,
    ShowSitting,
    TakeMove,
    TakePoint,
)
from domain.conversation import Blank, Choice, Phrase, Say
from domain.meetings import (
    LONGEST_POINT,
    MOST_POINTS,
    Course,
    Meeting,
    Sitting,
    Step,
    added,
    first,
    is_holiday,
    look_at,
    struck,
)
from domain.meetings import shown as points_of
from domain.recurrence import next_time, repeats, rule_in
from handlers.meetings import leads, may_read
from handlers.turn import Routes, Turn

CHANGES = {"strike": struck, "first": first}
EARLIEST = timedelta(minutes=30)  # from now: nobody comes to a meeting that has begun


async def found(turn: Turn, number: int) -> tuple[Meeting, Sitting] | Say:
    """A sitting of a meeting that this person leads, locked, while it is still ahead."""
    sitting = await turn.uow.meetings.sitting(number, to_change=True)
    meeting = await turn.uow.meetings.get(sitting.meeting) if sitting else None
    if sitting is None or meeting is None or not await may_read(turn, meeting):
        return turn.say("meetings.unknown")
    if not await leads(turn, meeting):
        return turn.say("meetings.only_chair")
    if sitting.course is not Course.PLANNED:
        return turn.say("meetings.over")
    return meeting, sitting


async def show_sitting(turn: Turn, action: ShowSitting) -> list[Say]:
    """The chair sees what is proposed by now, the others what the chair has left."""
    sitting = await turn.uow.meetings.sitting(action.number, to_change=True)
    meeting = await turn.uow.meetings.get(sitting.meeting) if sitting else None
    if sitting is None or meeting is None or not await may_read(turn, meeting):
        return [turn.say("meetings.unknown")]
    if sitting.step is Step.NOTHING and sitting.course is Course.PLANNED:
        sitting = replace(sitting, agenda=await m.propose(turn, sitting))
        await turn.uow.meetings.save_sitting(sitting)
    mine = await leads(turn, meeting)
    return [await m.sitting_card(turn, meeting, sitting, turn.sender, leads=mine)]


async def _changed(turn: Turn, meeting: Meeting, sitting: Sitting) -> list[Say]:
    await turn.uow.meetings.save_sitting(sitting)
    return [await m.sitting_card(turn, meeting, sitting, turn.sender, leads=True)]


# --- the agenda


async def add_point(turn: Turn, action: AddPoint) -> list[Say]:
    place = await found(turn, action.number)
    if isinstance(place, Say):
        return [place]
    if len(points_of(place[1].agenda)) >= MOST_POINTS:
        return [turn.say("meetings.full", most=MOST_POINTS)]
    return [await turn.ask_alone("meetings.ask_point", TakePoint(action.number))]


async def take_point(turn: Turn, action: TakePoint) -> list[Say]:
    place = await found(turn, action.number)
    if isinstance(place, Say):
        return [place]
    words = " ".join(turn.words.split())
    if not 0 < len(words) <= LONGEST_POINT or len(points_of(place[1].agenda)) >= MOST_POINTS:
        return [await turn.ask_alone("meetings.ask_point", action)]
    meeting, sitting = place
    return await _changed(turn, meeting, replace(sitting, agenda=added(sitting.agenda, words)))


async def ask_which(turn: Turn, action: AskWhich) -> list[Say]:
    place = await found(turn, action.number)
    if isinstance(place, Say):
        return [place]
    if action.what not in CHANGES:
        return [turn.say("error.stale")]
    points = points_of(place[1].agenda)
    lines = await m.agenda_lines(turn, points)
    choices = tuple(
        Choice(Phrase("meetings.button.point", {"n": n}),
               ChangePoint(action.number, point.id, action.what))
        for n, point in enumerate(points, 1)
    )  # fmt: skip
    return [turn.say(f"meetings.ask_{action.what}", choices=choices, lines=lines)]


async def change_point(turn: Turn, action: ChangePoint) -> list[Say]:
    place = await found(turn, action.number)
    if isinstance(place, Say):
        return [place]
    change = CHANGES.get(action.what)
    if change is None:
        return [turn.say("error.stale")]
    meeting, sitting = place
    agenda = change(sitting.agenda, action.point)
    return await _changed(turn, meeting, replace(sitting, agenda=agenda))


# --- when


async def move_sitting(turn: Turn, action: MoveSitting) -> list[Say]:
    place = await found(turn, action.number)
    if isinstance(place, Say):
        return [place]
    then, starts = TakeMove(action.number), place[1].starts_at
    return [await turn.ask_alone("meetings.ask_move", then, starts=starts)]


async def take_move(turn: Turn, action: TakeMove) -> list[Say]:
    """One time only; those who were invited already hear of it at once."""
    place = await found(turn, action.number)
    if isinstance(place, Say):
        return [place]
    calendar = turn.community.calendar
    rule = rule_in(turn.words, turn.now, calendar.zone)
    starts = next_time(rule, turn.now, calendar.zone) if rule and not repeats(rule) else None
    if starts is None or starts < turn.now + EARLIEST:
        return [await turn.ask_alone("meetings.bad_move", action)]
    meeting, sitting = place
    step = min(sitting.step, Step.INVITED)
    due = look_at(starts, step, calendar, turn.now)
    moved = replace(sitting, starts_at=starts, step=step, next_at=due)
    told: list[Say] = []
    if step is Step.INVITED:
        blanks: dict[str, Blank] = {"title": meeting.title, "was": sitting.starts_at}
        say = Say(turn.sender, "meetings.moved", blanks | {"starts": starts})
        told = [s for s in await m.to_invited(turn, meeting, say, starts) if s.to != turn.sender]
    day = starts.astimezone(calendar.zone).date()
    warned = [turn.say("meetings.on_holiday", day=day)] if is_holiday(day, calendar) else []
    return [*await _changed(turn, meeting, moved), *warned, *told]


async def cancel_sitting(turn: Turn, action: CancelSitting) -> list[Say]:
    """This time only; the next one is planned by the rule."""
    place = await found(turn, action.number)
    if isinstance(place, Say):
        return [place]
    meeting, sitting = place
    if not action.sure:
        sure = (Choice(Phrase("meetings.button.cancel_sure"), CancelSitting(sitting.number, 1)),)
        return [turn.say("meetings.cancel_sure", choices=sure, starts=sitting.starts_at)]
    await turn.uow.meetings.save_sitting(replace(sitting, course=Course.CANCELLED, next_at=None))
    told: list[Say] = []
    if sitting.step is Step.INVITED and sitting.starts_at > turn.now:
        say = m.cancelled(turn.sender, meeting, sitting)
        told = [s for s in await m.to_invited(turn, meeting, say) if s.to != turn.sender]
    following = await m.plan_next(turn, meeting)
    done = turn.say("meetings.cancelled_now", title=meeting.title, starts=sitting.starts_at,
                    following=following)  # fmt: skip
    return [done, *told]


ROUTES: Routes = {
    ShowSitting: show_sitting,
    AddPoint: add_point,
    TakePoint: take_point,
    AskWhich: ask_which,
    ChangePoint: change_point,
    MoveSitting: move_sitting,
    TakeMove: take_move,
    CancelSitting: cancel_sitting,
}
