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
    await turn.uow.budget.wish(turn.person.id, turn.now, muted=muted)
    return [turn.say("reminders.none")]


async def want_all(turn: Turn, action: WantAll) -> list[Say]:
    await turn.uow.budget.wish(turn.person.id, turn.now, muted=[], less=0)
    return [turn.say("reminders.all")]


ROUTES: Routes = {
    AskFewer: ask_fewer,
    WantFewer: want_fewer,
    WantNone: want_none,
    WantAll: want_all,
}
