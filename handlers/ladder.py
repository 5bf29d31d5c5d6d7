"""Steps for silent groups: a person takes one, residents answer, an admin decides what becomes."""

from dataclasses import replace

from casework import ladder as steps
from casework import ladder_views as views
from casework.health import place_of, pressed
from casework.health_views import in_place, mark_of, name_of
from casework.ladder_views import (
    NOWHERE,
    AnswerStep,
    ArchiveGroup,
    DecideGroup,
    RestoreGroup,
    TakeStep,
)
from casework.matter_views import scope_name
from domain.budget import Topic
from domain.conversation import Choice, Phrase, Say
from domain.ladder import ANSWERED_BY, KEEP, Answer, Step, Wish
from handlers.turn import Routes, Turn
from storage.groups import Group
from storage.ladder import Begun

MOST_CASES = 2000  # of one group, in the file
MOST_BUTTONS = 20


# --- the person who was asked


async def take_step(turn: Turn, action: TakeStep) -> list[Say]:
    """Do it, or not this time; an old button of a step that is over does nothing."""
    found = await _step(turn, action.step, "offered")
    if isinstance(found, Say):
        return [found]
    step, group = found
    if not action.on:
        await _end(turn, step, "declined")
        return [turn.say("ladder.declined")]
    return await _taken(turn, step, group)


async def _taken(turn: Turn, step: Begun, group: Group) -> list[Say]:
    match step.step:
        case Step.OUTCOME:
            return await _tell_mended(turn, step, group)
        case Step.QUESTION:
            asking = await _begin_asking(turn, step)
            card = views.question_card(group, asking, 0, turn.community)
            return [card, turn.say("ladder.taken")]
        case Step.ASK:
            return await _ask_some(turn, step, group)
        case _:
            asking = await _begin_asking(turn, step)
            members = await steps.members_of(turn, group)
            return [views.keep_card(group, asking, 0, members), turn.say("ladder.taken")]


async def _tell_mended(turn: Turn, step: Begun, group: Group) -> list[Say]:
    """Only what still is as it was offered: solved, public, with its picture."""
    found = await steps.mended(turn, group, offered=step.id)
    await _end(turn, step, "done")
    if found is None or found.number != step.ticket:
        return [turn.say("ladder.over")]
    return [views.mended_say(group, found), turn.say("ladder.taken")]


async def _begin_asking(turn: Turn, step: Begun) -> Begun:
    until = turn.now + (KEEP if step.step is Step.KEEP else ANSWERED_BY)
    await turn.uow.ladder.change(step, state="asking", next_at=until)
    return replace(step, state="asking", next_at=until)


async def _ask_some(turn: Turn, step: Begun, group: Group) -> list[Say]:
    people = await steps.willing(turn, group)
    reach = await turn.uow.residents.reach(set(people))
    if not reach:
        await _end(turn, step, "lapsed")
        return [turn.say("ladder.nobody")]
    await turn.uow.ladder.were_asked(list(reach), turn.now)
    asking = await _begin_asking(turn, step)
    asked = [views.ask_say(group, asking, turn.community, reach[p].address) for p in sorted(reach)]
    return [*asked, turn.say("ladder.asked", count=len(asked))]


async def _step(turn: Turn, id: int, state: str) -> tuple[Begun, Group] | Say:
    """The step, locked, if it is this person's to take and still is in this state."""
    step = await turn.uow.ladder.get(id, to_change=True)
    staff = turn.person.staff
    if step is None or staff is None or not (staff.id == step.staff or turn.person.is_admin):
        return turn.say("ladder.not_yours")
    group = await turn.uow.groups.get(step.group)
    if group is None or step.state != state or step.ended_at is not None:
        return turn.say("ladder.over")
    return step, group


async def _end(turn: Turn, step: Begun, state: str) -> None:
    """With who ended it: what becomes of a group is a person's word."""
    staff = turn.person.staff
    await turn.uow.ladder.end(step, state, turn.now, ended_by=staff.id if staff else None)


# --- residents


async def answer_step(turn: Turn, action: AnswerStep) -> list[Say]:
    """The last press counts; the group reads how many, and only once it is over, what."""
    step = await turn.uow.ladder.get(action.step, to_change=True)
    group = await turn.uow.groups.get(step.group) if step else None
    if step is None or group is None or step.state != "asking" or _late(turn, step):
        return [turn.say("ladder.over")]
    if turn.person.staff is not None:
        return [turn.say("ladder.only_residents")]
    if not await _is_asked(turn, step, action.answer):
        return [turn.say("ladder.over")]
    before = await _many(turn, step)
    await turn.uow.ladder.answer(step.id, turn.person.id, action.answer)
    await pressed(turn, turn.group, turn.sender)
    many = await _many(turn, step)
    changed = [] if many == before else await _changed(turn, step, group, many)
    return [*_noted(turn, action.answer), *changed]


async def _is_asked(turn: Turn, step: Begun, answer: str) -> bool:
    """Whether the question has this answer and, where only some were asked, they are of those."""
    if answer not in ([*Wish] if step.step is Step.KEEP else [*Answer]):
        return False
    return step.step is not Step.ASK or await turn.uow.ladder.agrees(turn.person.id)


async def _many(turn: Turn, step: Begun) -> int:
    return sum((await turn.uow.ladder.answers(step.id)).values())


def _noted(turn: Turn, answer: str) -> list[Say]:
    """What is wrong has to be told where nobody else reads it."""
    if answer == Answer.WRONG:
        return [turn.say("ladder.tell_me")]
    return [turn.say("ladder.noted")] if turn.reachable else []


async def _changed(turn: Turn, step: Begun, group: Group, many: int) -> list[Say]:
    match step.step:
        case Step.KEEP:
            return [views.keep_card(group, step, many, await steps.members_of(turn, group))]
        case Step.QUESTION:
            return [views.question_card(group, step, many, turn.community)]
        case _:
            return []


def _late(turn: Turn, step: Begun) -> bool:
    return step.next_at is not None and turn.now >= step.next_at


# --- the admin who decides


async def decide_group(turn: Turn, action: DecideGroup) -> list[Say]:
    found = await _to_decide(turn, action.step)
    if isinstance(found, Say):
        return [found]
    step, group = found
    name = name_of(group, turn.community)
    if action.answer == Wish.KEEP:
        await _end(turn, step, "stays")
        return [turn.say("ladder.kept", name=name), views.stays_card(group, step)]
    if action.answer == Wish.ARCHIVE:
        return [_sure(turn, step, group, None)]
    others = [g for g in in_place(await turn.uow.groups.all(), turn.community) if g != group]
    if not others:
        return [turn.say("ladder.nowhere")]
    choices = tuple(
        Choice(name_of(g, turn.community), ArchiveGroup(step.id, mark_of(g), 0))
        for g in others[:MOST_BUTTONS]
    )
    return [turn.say("ladder.pick_into", choices=choices, name=name)]


def _sure(turn: Turn, step: Begun, group: Group, into: Group | None) -> Say:
    mark = mark_of(into) if into else NOWHERE
    choices = (
        Choice(Phrase("ladder.button.sure"), ArchiveGroup(step.id, mark, 1)),
        Choice(Phrase("ladder.button.not_sure"), DecideGroup(step.id, Wish.KEEP)),
    )
    name = name_of(group, turn.community)
    if into is None:
        return turn.say("ladder.sure", choices=choices, name=name)
    other = name_of(into, turn.community)
    return turn.say("ladder.sure_into", choices=choices, name=name, into=other)


async def archive_group(turn: Turn, action: ArchiveGroup) -> list[Say]:
    """The last word in the group says where to go; the list of its cases goes to the admin."""
    found = await _to_decide(turn, action.step)
    if isinstance(found, Say):
        return [found]
    step, group = found
    into = await _by_mark(turn, action.group)
    if into is None and action.group != NOWHERE:
        return [turn.say("ladder.nowhere")]
    if not action.sure:
        return [_sure(turn, step, group, into)]
    await _end(turn, step, "archived")
    await turn.uow.groups.archive(group.address, turn.now)
    return [_farewell(turn, group, into), await _handed_over(turn, group)]


def _farewell(turn: Turn, group: Group, into: Group | None) -> Say:
    """An answer to what the group was asked, and so no reminder that could wait."""
    if into is None:
        return Say(group.address, "ladder.gone", topic=Topic.OWN)
    place = scope_name(place_of(into), turn.community)
    return Say(group.address, "ladder.gone_into", {"into": place}, topic=Topic.OWN)


async def _handed_over(turn: Turn, group: Group) -> Say:
    cases = await turn.uow.ladder.cases(group.address, MOST_CASES)
    back = (views.restore_choice(group, turn.community),)
    told = turn.say(
        "ladder.archived", choices=back, name=name_of(group, turn.community), count=len(cases)
    )
    return replace(told, table=views.cases_table(group, cases, turn.community)) if cases else told


async def restore_group(turn: Turn, action: RestoreGroup) -> list[Say]:
    if not turn.person.is_admin:
        return [turn.say("ladder.not_yours")]
    archived = await turn.uow.groups.archived()
    group = next((g for g in archived if mark_of(g) == action.group), None)
    if group is None:
        return [turn.say("ladder.over")]
    await turn.uow.groups.archive(group.address, None)
    back = Say(group.address, "ladder.back", topic=Topic.OWN)
    return [back, turn.say("ladder.restored", name=name_of(group, turn.community))]


async def _by_mark(turn: Turn, mark: str) -> Group | None:
    return next((g for g in await turn.uow.groups.all() if mark_of(g) == mark), None)


async def _to_decide(turn: Turn, id: int) -> tuple[Begun, Group] | Say:
    """Archiving is an admin's act, whoever was asked to ask the group."""
    if not turn.person.is_admin:
        return turn.say("ladder.not_yours")
    return await _step(turn, id, "deciding")


ROUTES: Routes = {
    TakeStep: take_step,
    AnswerStep: answer_step,
    DecideGroup: decide_group,
    ArchiveGroup: archive_group,
    RestoreGroup: restore_group,
}
