"""A person joins with a code, sees what is kept about them, takes it along, has it forgotten."""

import json
from dataclasses import dataclass
from datetime import timedelta

from casework import steps
from casework.questions import gone
from domain.conversation import Action, Blank, Choice, Phrase, Say
from domain.linking import Refusal
from domain.residents import TRIES_PER_ACCOUNT, TRIES_PER_HOUSEHOLD, read_code
from domain.tickets import Event
from handlers.linking import Link, ShowAccounts, is_new_here, link
from handlers.reminders import AgreeToHelp
from handlers.turn import Cancel, Routes, Turn
from storage.invites import Invite

MOST_CASES = 100  # of one person, whose cards are changed when they want to be forgotten
LONGEST_NAME = 30


@dataclass(frozen=True)
class Join(Action, code="join"):
    """The words are a code."""


@dataclass(frozen=True)
class Consent(Action, code="yes"):
    """I have read what is kept and what for; use this code."""

    invite: str


@dataclass(frozen=True)
class TakeName(Action, code="name"):
    """The next words are how to call me."""


@dataclass(frozen=True)
class ChangeName(Action, code="me.name"):
    """Call me something else."""


@dataclass(frozen=True)
class Me(Action, code="me"):
    """What is stored about me?"""


@dataclass(frozen=True)
class ExportMe(Action, code="me.out"):
    """Give me everything that is stored about me."""


@dataclass(frozen=True)
class ForgetMe(Action, code="me.del"):
    """``sure`` is 1 once the person has been told what will be gone."""

    sure: int


@dataclass(frozen=True)
class Blocked(Action, code="me.block"):
    """The person blocked the bot."""


async def join(turn: Turn, action: Join) -> list[Say]:
    """Check the code and show what is kept before anything is.

    What was written in a group everybody can use, so it opens nothing any more.
    """
    code = read_code(turn.words)
    if code is None:
        return [turn.say("residents.bad_code")]
    if turn.inbound.group:
        await turn.uow.invites.cancel(code)
        return [turn.answer("residents.code_in_group")]
    if await turn.uow.linking.find(code, turn.now):
        return await link(turn, Link())
    invite = await _valid(turn, code)
    if isinstance(invite, Say):
        return [invite]
    choices = (
        Choice(Phrase("residents.button.consent"), Consent(code)),
        Choice(Phrase("residents.button.not_now"), Cancel()),
    )
    return [turn.say("residents.consent", choices=choices, community=turn.community.name)]


async def consent(turn: Turn, action: Consent) -> list[Say]:
    """Tie the person to the household or the appointment the code stands for."""
    invite = await _valid(turn, action.invite)
    if isinstance(invite, Say):
        return [invite]
    if not await turn.uow.invites.use(invite):
        return [turn.say("residents.used_up")]
    if invite.staff is not None:
        await turn.uow.staff.join(invite.staff, turn.person.id)
        await turn.uow.residents.change(turn.person.id, consented_at=turn.now)
    else:
        await turn.uow.residents.change(
            turn.person.id, consented_at=turn.now, household_id=invite.household
        )
    asked = await turn.ask("residents.ask_name", TakeName())
    waiting = await steps.route_waiting(turn) if invite.staff is not None else []
    return [turn.say("residents.joined", community=turn.community.name), asked, *waiting]


async def _valid(turn: Turn, code: str) -> Invite | Say:
    """The invite behind a code, or the sentence that says why it opens nothing."""
    hour, day = turn.now - timedelta(hours=1), turn.now - timedelta(days=1)
    if await turn.uow.invites.tries_of_account(turn.sender, hour) >= TRIES_PER_ACCOUNT:
        return turn.say("residents.too_many_tries")
    invite = await turn.uow.invites.find(code)
    if invite is None:
        await turn.uow.invites.tried(turn.sender, None, turn.now)
        return turn.say("residents.unknown_code")
    if refusal := _unfit(turn, invite):
        await turn.uow.invites.tried(turn.sender, invite.household, turn.now)
        return turn.say(refusal)
    tries = invite.household and await turn.uow.invites.tries_at_household(invite.household, day)
    return turn.say("residents.household_locked") if (tries or 0) >= TRIES_PER_HOUSEHOLD else invite


def _unfit(turn: Turn, invite: Invite) -> str | None:
    if turn.now >= invite.expires_at:
        return "residents.expired_code"
    if invite.uses_left <= 0:
        return "residents.used_up"
    if invite.household is not None and turn.person.household is not None:
        return "residents.joined_already"
    if invite.staff is not None and turn.person.staff is not None:
        return "residents.appointed_already"
    return None


async def change_name(turn: Turn, action: ChangeName) -> list[Say]:
    """Only of who has agreed to what is kept about them."""
    if not turn.person.joined:
        return [turn.say("residents.join_first")]
    return [await turn.ask_alone("residents.ask_name", TakeName())]


async def take_name(turn: Turn, action: TakeName) -> list[Say]:
    name = " ".join(turn.words.split())[:LONGEST_NAME]
    if not name:
        return [turn.say("residents.no_name")]
    await turn.uow.residents.call(turn.person.id, name)
    return [turn.say("residents.named", name=name)]


async def me(turn: Turn, action: Me) -> list[Say]:
    kept = await turn.uow.privacy.everything(turn.person.id)
    home = turn.person.household
    counts: dict[str, Blank] = {kind: len(rows) for kind, rows in kept.items()}
    return [
        turn.say(
            "residents.me",
            choices=(
                Choice(Phrase("residents.button.name"), ChangeName()),
                Choice(Phrase("residents.button.export"), ExportMe()),
                Choice(Phrase("linking.button.accounts"), ShowAccounts()),
                Choice(Phrase("residents.button.help"), AgreeToHelp(1)),
                Choice(Phrase("residents.button.forget"), ForgetMe(0)),
            ),
            name=turn.person.name or Phrase("suggestions.no_name"),
            door=home.door if home else Phrase("suggestions.no_door"),
            role=_role(turn),
            language=Phrase(f"language.{turn.person.language}"),
            **counts,
        )
    ]


def _role(turn: Turn) -> Phrase:
    staff = turn.person.staff
    if staff:
        return Phrase(f"role.{staff.role}")
    return Phrase("role.resident" if turn.person.household else "role.visitor")


async def export_me(turn: Turn, action: ExportMe) -> list[Say]:
    home = turn.person.household
    about = {
        "name": turn.person.name,
        "household": home.door if home else None,
        "language": turn.person.language,
        **await turn.uow.privacy.everything(turn.person.id),
    }
    words = json.dumps(about, ensure_ascii=False, indent=1)
    return [turn.say("residents.export", data=words)]


async def forget_me(turn: Turn, action: ForgetMe) -> list[Say]:
    """First what will be gone, then, when they are sure, it is."""
    if turn.person.staff is not None:
        return [turn.say("residents.staff_cannot_be_forgotten")]
    if await is_new_here(turn):
        return [turn.say(Refusal.TOO_NEW)]
    if not action.sure:
        choices = (
            Choice(Phrase("residents.button.forget_now"), ForgetMe(1)),
            Choice(Phrase("home.cancel"), Cancel()),
        )
        return [turn.say("residents.forget_sure", choices=choices)]
    cases = await _end_mine(turn)
    cards = await gone(turn, await turn.uow.questions.unanswered_of(turn.person.id))
    await turn.uow.ladder.forget(turn.person.id)
    await turn.uow.privacy.forget(turn.person.id, turn.now)
    return [*cards, *await _without_words(turn, cases), turn.say("residents.forgotten")]


async def _end_mine(turn: Turn) -> list[int]:
    """Cases that nobody else needs end with their author's wish; returns all their numbers."""
    raised = [
        case
        for case in await turn.uow.tickets.followed_by(turn.person.id, MOST_CASES)
        if case.ticket.author == turn.person.id
    ]
    for case in raised:
        if case.ticket.is_open:
            await steps.do(turn, case, Event.WITHDRAW)
    return [case.number for case in raised]


async def _without_words(turn: Turn, numbers: list[int]) -> list[Say]:
    """Every card of these cases once more, now that the words are gone."""
    says: list[Say] = []
    for number in numbers:
        if case := await turn.uow.tickets.get(number):
            says += await steps.refresh(turn, case)
    return says


async def blocked(turn: Turn, action: Blocked) -> list[Say]:
    await turn.uow.residents.blocked(turn.sender, turn.now)
    return []


ROUTES: Routes = {
    Join: join,
    Consent: consent,
    TakeName: take_name,
    ChangeName: change_name,
    Me: me,
    ExportMe: export_me,
    ForgetMe: forget_me,
    Blocked: blocked,
}
