"""Notice given: the question frozen with its hash, its window set, and said to everybody."""

from dataclasses import replace

from casework import announcing, mandating, matters
from casework.matter_actions import GiveNotice
from casework.matter_views import blanks_of
from casework.matters import Done
from domain import drafting
from domain.conversation import Choice, Phrase, Say
from domain.drafting import EditRefusal
from domain.kinds import CONSULT, refused
from domain.matters import Event, Matter, Refusal
from domain.question import Mode, Question
from domain.stages import with_window
from handlers.matters import shown
from handlers.turn import Cancel, Routes, Turn
from storage.matters import Kept


async def give_notice(turn: Turn, action: GiveNotice) -> list[Say]:
    """First the whole question with its rule and days, to be read; then, when they are sure."""
    kept = await matters.to_move(turn, action.number, Event.NOTICE)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    if why := _unfit(kept.matter.question):
        return [turn.say(why, number=kept.number)]
    matter = _with_window(turn, kept.matter, kept.matter.question)
    if not action.sure:
        return [_asked(turn, matter)]
    text = matters.frozen_text(turn, matter)
    noticed = await matters.do(turn, kept, Event.NOTICE, Done(), changed=matter, frozen=text)
    if isinstance(noticed, Refusal):
        return [turn.say(noticed, number=kept.number)]
    return [await shown(turn, noticed), *await announcing.cards(turn, noticed, fresh=True)]


def _unfit(question: Question) -> str | None:
    """What must not be put to the vote, or cannot be counted."""
    if why := refused(f"{question.title}。{question.text}"):
        return why
    if question.rule == CONSULT and len(question.options) == 1:
        return "matters.bad_edit.options"
    secret = question.mode is Mode.DETACHED
    counted = question.rule == CONSULT or secret
    return EditRefusal.OPTIONS if question.options and not counted else None


def _with_window(turn: Turn, matter: Matter, question: Question) -> Matter:
    """The matter with its days counted from today and its question's hash over all of that.

    Whether bays count is as the rules of procedure say now: the draft may be from before.
    """
    parking = drafting.parking(question.rule, turn.community.voting)
    question = replace(question, parking=parking)
    question = with_window(question, turn.community.calendar, turn.now)
    matter = replace(
        matter, question=question, opens_at=question.opens_at, closes_at=question.closes_at,
        roll_hash="",
    )  # fmt: skip
    return replace(matter, text_hash=matters.hash_of(turn, matter))


def _asked(turn: Turn, matter: Matter) -> Say:
    choices = (
        Choice(Phrase("matters.button.notice_now"), GiveNotice(matter.number, 1)),
        Choice(Phrase("home.cancel"), Cancel()),
    )
    return turn.say("matters.notice_sure", choices=choices, **blanks_of(matter, turn.community))


async def noticed_anew(turn: Turn, kept: Kept, question: Question) -> list[Say]:
    """After an edit the notice begins again; a roll that was frozen, and mandates, are void."""
    matter = _with_window(turn, kept.matter, question)
    told = await mandating.lapse(turn, matter)
    await turn.uow.roll.clear(kept.number)
    done = Done(data={"text_hash": matter.text_hash})
    noticed = await matters.do(
        turn, kept, Event.EDIT, done, changed=matter, salt=None, last="", units=0,
        frozen=matters.frozen_text(turn, matter),
    )  # fmt: skip
    if isinstance(noticed, Refusal):
        return [turn.say(noticed, number=kept.number)]
    return [
        await shown(turn, noticed),
        *await announcing.cards(turn, noticed, fresh=True, anew=True),
        *told,
    ]


ROUTES: Routes = {GiveNotice: give_notice}
