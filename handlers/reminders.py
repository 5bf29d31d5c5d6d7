"""Fewer messages, or none: honoured at once and until the person says otherwise."""

from dataclasses import dataclass

from casework.reminding import AskFewer
from domain.budget import REFUSABLE, Topic
from domain.conversation import Action, Choice, Phrase, Say
from handlers.turn import Routes, Turn


@dataclass(frozen=True)
class WantFewer(Action, code="few.less"):
    """少发点: at most one message a month besides what is owed."""


@dataclass(frozen=True)
class WantNone(Action, code="few.none"):
    """退订: nothing but answers, one's own cases, emergencies and what the law asks for."""


@dataclass(frozen=True)
class WantAll(Action, code="few.all"):
    """恢复提醒: as at the beginning."""


@dataclass(frozen=True)
class AgreeToHelp(Action, code="few.help"):
    """愿意帮忙 (1): ask me now and then for a small thing in my building; or no longer (0)."""

    on: int


async def ask_fewer(turn: Turn, action: AskFewer) -> list[Say]:
    choices = tuple(
        Choice(Phrase(f"reminders.button.{name}"), kind())
        for name, kind in (("less", WantFewer), ("none", WantNone), ("all", WantAll))
    )
    return [turn.say("reminders.fewer", choices=choices)]


async def want_fewer(turn: Turn, action: WantFewer) -> list[Say]:
    await turn.uow.budget.wish(turn.person.id, turn.now, less=1)
    return [turn.say("reminders.less")]


async def want_none(turn: Turn, action: WantNone) -> list[Say]:
    muted: list[Topic] = sorted(REFUSABLE)
    await turn.uow.budget.wish(turn.person.id, turn.now, muted=muted, askable=0)
    return [turn.say("reminders.none")]


async def want_all(turn: Turn, action: WantAll) -> list[Say]:
    await turn.uow.budget.wish(turn.person.id, turn.now, muted=[], less=0)
    return [turn.say("reminders.all")]


async def agree_to_help(turn: Turn, action: AgreeToHelp) -> list[Say]:
    """Agreeing takes back an earlier refusal of questions, and of nothing else."""
    if not action.on:
        await turn.uow.budget.wish(turn.person.id, turn.now, askable=0)
        return [turn.say("reminders.helps_no_more")]
    if turn.person.household is None:
        return [turn.say("reminders.help_needs_home")]
    muted = sorted(await turn.uow.budget.muted(turn.person.id) - {Topic.QUESTION})
    await turn.uow.budget.wish(turn.person.id, turn.now, askable=1, muted=muted)
    stop = (Choice(Phrase("reminders.button.help_no_more"), AgreeToHelp(0)),)
    return [turn.say("reminders.helps", choices=stop)]


ROUTES: Routes = {
    AskFewer: ask_fewer,
    WantFewer: want_fewer,
    WantNone: want_none,
    WantAll: want_all,
    AgreeToHelp: agree_to_help,
}
