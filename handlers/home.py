"""The first word, the help that fits one's role, the language, and never mind."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from casework.actions import Mine, Progress, WriteDraft
from casework.digest import ReadDigest
from casework.matter_actions import Object, ShowBallot, ShowMatter, ShowMatters
from domain.conversation import Action, Choice, Phrase, Say
from domain.residents import DISPATCHERS, HANDLERS
from handlers.digest import read_digest
from handlers.matters import show_matter
from handlers.objections import object_to
from handlers.records import MAY_AUDIT
from handlers.residents import Join, Me, join
from handlers.roll import ShowRoll
from handlers.suggestions import progress
from handlers.turn import Cancel, Handler, Routes, Turn
from handlers.voting import show_ballot

OUTBOX_STATES = ("pending", "sending", "held", "sent", "blocked", "failed", "unknown")
LINK = re.compile(r"(?P<letter>[a-z])(?P<number>\d{1,12})")  # a deep link such as start=t12

# What a deep link opens, by its letter.
LINKS: dict[str, tuple[Callable[[int], Action], Handler]] = {
    "t": (Progress, progress),
    "m": (ShowMatter, show_matter),
    "v": (ShowBallot, show_ballot),
    "o": (Object, object_to),
    "w": (partial(ReadDigest, on=1), read_digest),
}


@dataclass(frozen=True)
class Start(Action, code="start"):
    """Hello; the words may be a code or the link of a case."""


@dataclass(frozen=True)
class Help(Action, code="help"):
    """What can I do here?"""


@dataclass(frozen=True)
class ChooseLanguage(Action, code="lang"):
    """Which languages are there?"""


@dataclass(frozen=True)
class SetLanguage(Action, code="lang2"):
    language: str


@dataclass(frozen=True)
class Delivery(Action, code="out"):
    """For an admin: what could not be delivered, and why."""


async def start(turn: Turn, action: Start) -> list[Say]:
    words = turn.words.strip()
    found = LINK.fullmatch(words)
    if found and found["letter"] in LINKS:
        action_for, answer = LINKS[found["letter"]]
        return await answer(turn, action_for(int(found["number"])))
    if words:
        return await join(turn, Join())
    return [turn.say("home.welcome", choices=_menu(turn), community=turn.community.name)]


async def help(turn: Turn, action: Help) -> list[Say]:
    """A resident reads what residents can do; staff read their own page below it."""
    staff = turn.person.staff
    says = [turn.say("home.help", choices=_menu(turn))]
    if staff and staff.role in HANDLERS:
        says.append(turn.say("home.help_member"))
    if staff and staff.role in DISPATCHERS:
        says.append(turn.say("home.help_dispatcher"))
    if staff and staff.role in MAY_AUDIT:
        says.append(turn.say("home.help_auditor"))
    return says


def _menu(turn: Turn) -> tuple[Choice, ...]:
    buttons: list[tuple[str, Action]] = [
        ("home.button.suggest", WriteDraft()),
        ("home.button.mine", Mine()),
        ("home.button.matters", ShowMatters()),
        ("home.button.roll", ShowRoll()),
        ("home.button.me", Me()),
        ("home.button.language", ChooseLanguage()),
    ]
    return tuple(Choice(Phrase(key), action) for key, action in buttons)


async def choose_language(turn: Turn, action: ChooseLanguage) -> list[Say]:
    languages = turn.community.languages
    choices = tuple(Choice(Phrase(f"language.{code}"), SetLanguage(code)) for code in languages)
    return [turn.say("home.choose_language", choices=choices)]


async def set_language(turn: Turn, action: SetLanguage) -> list[Say]:
    if action.language not in turn.community.languages:
        return await choose_language(turn, ChooseLanguage())
    await turn.uow.residents.change(turn.person.id, language=action.language)
    return [turn.say("home.language_set", language=Phrase(f"language.{action.language}"))]


async def cancel(turn: Turn, action: Cancel) -> list[Say]:
    return [turn.say("home.cancelled")]


async def delivery(turn: Turn, action: Delivery) -> list[Say]:
    """Counts by state, and the reasons of the last that were given up. No names, no words."""
    if not turn.person.is_admin:
        return [turn.say("groups.only_admin")]
    counts = await turn.uow.delivery.counts()
    rows = await turn.uow.delivery.undelivered(10)
    lines = tuple(
        Phrase(
            "home.delivery_line",
            {"at": r.settled_at, "channel": r.channel, "state": r.state, "why": r.error or "?"},
        )
        for r in rows
    )
    known = {state: counts.get(state, 0) for state in OUTBOX_STATES}
    return [turn.say("home.delivery", choices=(), lines=lines or "—", **known)]


ROUTES: Routes = {
    Start: start,
    Help: help,
    ChooseLanguage: choose_language,
    SetLanguage: set_language,
    Cancel: cancel,
    Delivery: delivery,
}
