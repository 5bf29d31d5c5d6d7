"""Objections to a matter (一户一议): made privately, answered one by one, counted in public."""

from dataclasses import replace

from casework import announcing, matters
from casework.matter_actions import (
    AnswerObjection,
    Object,
    ShowMatter,
    ShowObjections,
    TakeObjection,
    TakeObjectionAnswer,
    WithdrawObjection,
)
from casework.objections import blanks_of, counted, for_owner, words_of
from casework.steps import Words
from domain.budget import Topic
from domain.conversation import Blank, Choice, Phrase, Say
from domain.matters import Event, Refusal
from domain.objections import LONGEST, Objection, State, may_be_made, why_not
from handlers.turn import Routes, Turn
from storage.matters import Kept

MOST_SHOWN = 10  # unanswered ones at once; the next ones follow when these are answered


async def object_to(turn: Turn, action: Object) -> list[Say]:
    """What do you object to? Asked privately, wherever the button was pressed."""
    kept = await _objectable(turn, action.number)
    if isinstance(kept, Say):
        return [kept]
    return [await _asked(turn, kept, "objections.ask")]


async def _asked(turn: Turn, kept: Kept, key: str) -> Say:
    title, then = kept.matter.title, TakeObjection(kept.number)
    return await turn.ask_alone(key, then, number=kept.number, title=title, most=LONGEST)


async def _objectable(turn: Turn, number: int, *, to_change: bool = False) -> Kept | Say:
    """The matter, if this person may object to it now."""
    kept = await turn.uow.matters.get(number, to_change=to_change)
    if kept is None or not kept.matter.was_noticed:
        return turn.say(Refusal.UNKNOWN, number=number)
    mine = await turn.uow.objections.by(number, turn.person.id)
    standing = next((o for o in mine if o.state is State.OPEN), None)
    concerned = await _concerned(turn, kept)
    why = why_not(kept.matter, turn.now, concerned=concerned, has_one=standing is not None)
    if why is None:
        return kept
    blanks: dict[str, Blank] = {"number": number, "title": kept.matter.title}
    if standing is not None:
        blanks |= blanks_of(kept, standing)
    choices = (_withdraw(standing),) if standing else ()
    return turn.say(why, choices=choices, **blanks)


async def _concerned(turn: Turn, kept: Kept) -> bool:
    """Who lives or owns something in the scope, or is on the roll."""
    scopes = [part.scope for part in kept.matter.question.parts]
    if await turn.uow.roll.concerns(turn.person.id, scopes):
        return True
    return bool(await turn.uow.roll.may_answer(kept.number, turn.person.id))


def _withdraw(objection: Objection) -> Choice:
    action = WithdrawObjection(objection.matter, objection.number)
    return Choice(Phrase("objections.button.withdraw"), action)


async def take_objection(turn: Turn, action: TakeObjection) -> list[Say]:
    """Kept, numbered and passed on; everybody sees only that there is one more."""
    kept = await _objectable(turn, action.number, to_change=True)
    if isinstance(kept, Say):
        return [kept]
    words = Words("objection", turn.words.strip(), await turn.enclosed())
    if not words:
        return [await _asked(turn, kept, "objections.ask")]
    if len(words.text) > LONGEST:
        return [await _asked(turn, kept, "objections.too_long")]
    note = await matters.keep(turn, kept, words)
    due = turn.community.calendar.due(turn.now, turn.community.voting.objection)
    made = await turn.uow.objections.make(kept.number, turn.person.id, note, due, turn.now)
    kept = await matters.remark(turn, kept, Event.OBJECT, {"objection": made.number}, note)
    thanks = turn.say("objections.received", choices=(_withdraw(made),), **blanks_of(kept, made))
    to_owner = [
        replace(await for_owner(turn, kept, made, place), topic=Topic.DUTY)
        for place in await matters.staff_addresses(turn, kept.matter.owner)
    ]
    return [thanks, *to_owner, *await announcing.cards(turn, kept)]


async def show_objections(turn: Turn, action: ShowObjections) -> list[Say]:
    """How many there are; to who answers for the matter those without an answer, one by one."""
    kept = await turn.uow.matters.get(action.number)
    if kept is None or not kept.matter.was_noticed:
        return [turn.say(Refusal.UNKNOWN, number=action.number)]
    counts = await turn.uow.objections.counts(kept.number)
    lines: tuple[Blank, ...] = (counted(counts), *await _own_lines(turn, kept))
    blanks: dict[str, Blank] = {"number": kept.number, "title": kept.matter.title, "lines": lines}
    overview = turn.say("objections.list", choices=await _own_choices(turn, kept), **blanks)
    if not matters.parts(turn, kept.matter):
        return [overview]
    return [overview, *await _to_answer(turn, kept)]


async def _own_lines(turn: Turn, kept: Kept) -> list[Phrase]:
    mine = await turn.uow.objections.by(kept.number, turn.person.id)
    return [Phrase(f"objections.mine.{o.state}", blanks_of(kept, o)) for o in mine]


async def _own_choices(turn: Turn, kept: Kept) -> tuple[Choice, ...]:
    mine = await turn.uow.objections.by(kept.number, turn.person.id)
    standing = tuple(_withdraw(o) for o in mine if o.state is State.OPEN)
    if standing or not may_be_made(kept.matter, turn.now):
        return standing
    return (Choice(Phrase("objections.button.object"), Object(kept.number)),)


async def _to_answer(turn: Turn, kept: Kept) -> list[Say]:
    """The oldest first, each with its button; names go nowhere else."""
    waiting = await turn.uow.objections.open_of(kept.number)
    return [await for_owner(turn, kept, o, turn.sender) for o in waiting[:MOST_SHOWN]]


async def answer_objection(turn: Turn, action: AnswerObjection) -> list[Say]:
    found = await _to_be_answered(turn, action.number, action.objection)
    if isinstance(found, Say):
        return [found]
    return [await _asked_for_answer(turn, *found, "objections.ask_answer")]


async def _asked_for_answer(turn: Turn, kept: Kept, objection: Objection, key: str) -> Say:
    words, _ = await words_of(turn, objection)
    then = TakeObjectionAnswer(kept.number, objection.number)
    blanks = blanks_of(kept, objection) | {"words": words, "most": LONGEST}
    return await turn.ask_alone(key, then, **blanks)


async def _to_be_answered(
    turn: Turn, number: int, objection: int, *, to_change: bool = False
) -> tuple[Kept, Objection] | Say:
    """The objection with its matter, if it is this person's to answer and still open."""
    kept = await turn.uow.matters.get(number, to_change=to_change)
    if kept is None:
        return turn.say(Refusal.UNKNOWN, number=number)
    if not matters.parts(turn, kept.matter):
        return turn.say(Refusal.NOT_YOURS, number=number)
    found = await turn.uow.objections.get(number, objection)
    if found is None or found.state is not State.OPEN:
        return turn.say("objections.answered_already", number=number, objection=objection)
    return kept, found


async def take_answer(turn: Turn, action: TakeObjectionAnswer) -> list[Say]:
    """The answer goes to who objected; everybody sees that one more was answered."""
    found = await _to_be_answered(turn, action.number, action.objection, to_change=True)
    if isinstance(found, Say):
        return [found]
    kept, objection = found
    words = Words("answer", turn.words.strip(), await turn.photo())
    if not words:
        return [await _asked_for_answer(turn, kept, objection, "objections.ask_answer")]
    if len(words.text) > LONGEST:
        return [await _asked_for_answer(turn, kept, objection, "objections.answer_too_long")]
    note = await matters.keep(turn, kept, words)
    await turn.uow.objections.ended(objection, State.ANSWERED)
    kept = await matters.remark(turn, kept, Event.ANSWER, {"objection": objection.number}, note)
    told = await _answered(turn, kept, objection, words)
    return [await _thanks(turn, kept, objection), *told, *await announcing.cards(turn, kept)]


async def _thanks(turn: Turn, kept: Kept, objection: Objection) -> Say:
    left = (await turn.uow.objections.counts(kept.number)).open
    show: tuple[Choice, ...] = (Choice(Phrase("matters.button.show"), ShowMatter(kept.number)),)
    if left:
        show = (Choice(Phrase("objections.button.show"), ShowObjections(kept.number)), *show)
    blanks = blanks_of(kept, objection) | {"left": left}
    return turn.say("objections.answer_sent" if left else "objections.all_answered",
                    choices=show, **blanks)  # fmt: skip


async def _answered(turn: Turn, kept: Kept, objection: Objection, words: Words) -> list[Say]:
    blanks = blanks_of(kept, objection)
    blanks["words"] = words.text or Phrase("suggestions.only_a_photo")
    show = (Choice(Phrase("matters.button.show"), ShowMatter(kept.number)),)
    reach = await turn.uow.residents.reach({objection.person})
    return [
        Say(r.address, "objections.answered", blanks, show, photo=words.photo)
        for r in reach.values()
    ]


async def withdraw_objection(turn: Turn, action: WithdrawObjection) -> list[Say]:
    """One's own, as long as nobody has answered it. Its number stays."""
    kept = await turn.uow.matters.get(action.number, to_change=True)
    found = await turn.uow.objections.get(action.number, action.objection)
    if kept is None or found is None or found.person != turn.person.id:
        return [turn.say("objections.not_yours", number=action.number)]
    blanks = blanks_of(kept, found)
    if not await turn.uow.objections.ended(found, State.WITHDRAWN):
        return [turn.say("objections.answered_already", choices=(), **blanks)]
    kept = await matters.remark(turn, kept, Event.RETRACT, {"objection": found.number})
    places = await matters.staff_addresses(turn, kept.matter.owner)
    return [
        turn.say("objections.withdrawn", choices=(), **blanks),
        *(Say(p, "objections.withdrawn_for_owner", blanks, topic=Topic.DUTY) for p in places),
        *await announcing.cards(turn, kept),
    ]


ROUTES: Routes = {
    Object: object_to,
    TakeObjection: take_objection,
    ShowObjections: show_objections,
    AnswerObjection: answer_objection,
    TakeObjectionAnswer: take_answer,
    WithdrawObjection: withdraw_objection,
}
