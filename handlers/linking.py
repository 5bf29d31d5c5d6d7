"""One person on several platforms: joined by a code, told where to write, parted again.

A code is shown and said privately only. Whoever says it is asked first whose it is; then both
sides are told, and each of them can undo it for a day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from casework.linking import merge, names, platform
from domain.conversation import Action, Address, Blank, Choice, Phrase, Say
from domain.linking import (
    CODE_MINUTES,
    Account,
    Refusal,
    Side,
    is_confirmed,
    may_part,
    reads,
    to_undo,
    whom_to_keep,
)
from domain.residents import TRIES_PER_ACCOUNT, Person, read_code, show_code
from handlers.turn import Cancel, Routes, Turn
from storage.subjects import By

HOLDS = timedelta(minutes=CODE_MINUTES)


@dataclass(frozen=True)
class Link(Action, code="link"):
    """Join this account to my others: a code, where no words came along; else they are one."""


@dataclass(frozen=True)
class ConfirmLink(Action, code="link.ok"):
    """I asked for this code myself."""

    invite: str


@dataclass(frozen=True)
class UndoLink(Action, code="link.no"):
    """It was not me: what was joined at this moment (seconds since 1970) is parted."""

    joined: int


@dataclass(frozen=True)
class ShowAccounts(Action, code="acc"):
    """Which accounts are mine, and where do messages go?"""


@dataclass(frozen=True)
class ChooseAccount(Action, code="acc.to"):
    """Write to me there; empty: where I wrote last."""

    account: str


@dataclass(frozen=True)
class PartAccount(Action, code="acc.no"):
    """Take an account away; ``sure`` is 1 once it has been said what that means."""

    account: str
    sure: int


async def link(turn: Turn, action: Link) -> list[Say]:
    """In a group everybody would read the code, so none is shown or taken there."""
    if turn.inbound.group and (turn.words or not turn.reachable):
        return [turn.say("linking.privately")]
    if turn.words:
        return await take_code(turn, turn.words)
    if await is_new_here(turn):
        return [turn.say(Refusal.TOO_NEW)]
    code = turn.uow.linking.new_code()
    await turn.uow.linking.issue(code, turn.sender, turn.now)
    show = (Choice(Phrase("linking.button.accounts"), ShowAccounts()),)
    shown, ways = show_code(code), _ways(turn, code)
    return [turn.say("linking.code", choices=show, code=shown, minutes=HOLDS, ways=ways)]


def _ways(turn: Turn, code: str) -> Blank:
    """Links that say the code on another platform, where it has such."""
    lines = tuple(
        Phrase("linking.way", {"platform": platform(channel), "link": way + code})
        for channel, way in turn.community.ways.items()
        if channel != turn.sender.channel
    )
    return Phrase("linking.ways", {"lines": lines}) if lines else ""


async def take_code(turn: Turn, words: str) -> list[Say]:
    """Ask whose it is: somebody may have been talked into sending it."""
    found = await _sides(turn, read_code(words) or "")
    if not isinstance(found, _Sides):
        return [turn.say(found, minutes=HOLDS)]
    choices = (
        Choice(Phrase("linking.button.mine"), ConfirmLink(read_code(words) or "")),
        Choice(Phrase("linking.button.not_mine"), Cancel()),
    )
    return [turn.say("linking.confirm", choices=choices, platform=platform(found.at.channel))]


@dataclass(frozen=True)
class _Sides:
    kept: Person
    gone: Person
    at: Address  # where the code was asked for


async def _sides(turn: Turn, code: str) -> _Sides | str:
    """Who becomes part of whom, or the key of the sentence that says why not."""
    since = turn.now - timedelta(hours=1)
    if await turn.uow.invites.tries_of_account(turn.sender, since) >= TRIES_PER_ACCOUNT:
        return "residents.too_many_tries"
    at = await turn.uow.linking.find(code, turn.now)
    first = await _side(turn, await turn.uow.linking.person_at(at)) if at else None
    if at is None or first is None:
        await turn.uow.invites.tried(turn.sender, None, turn.now)
        return Refusal.UNKNOWN_CODE
    if await is_new_here(turn):
        return Refusal.TOO_NEW
    second = await _side(turn, turn.person.id)
    assert second is not None
    both = whom_to_keep(first, second)
    return both if isinstance(both, Refusal) else _Sides(both[0].person, both[1].person, at)


async def _side(turn: Turn, id: int | None) -> Side | None:
    person = await turn.uow.residents.person(id) if id else None
    if person is None:
        return None
    identity = await turn.uow.identity.of(person.id)
    return Side(person, identity is not None and is_confirmed(identity.level))


async def confirm_link(turn: Turn, action: ConfirmLink) -> list[Say]:
    """Everything is looked at again: minutes have passed, and codes are used once."""
    found = await _sides(turn, action.invite)
    if not isinstance(found, _Sides):
        return [turn.say(found, minutes=HOLDS)]
    if not await turn.uow.linking.use(action.invite):
        return [turn.say(Refusal.UNKNOWN_CODE, minutes=HOLDS)]
    by = By(turn.person.id, turn.account)
    if refusal := await merge(turn, kept=found.kept.id, gone=found.gone.id, by=by):
        return [turn.say(refusal)]
    choices = (
        Choice(Phrase("linking.button.accounts"), ShowAccounts()),
        Choice(Phrase("linking.button.undo"), UndoLink(int(turn.now.timestamp()))),
    )
    here, there = platform(turn.sender.channel), platform(found.at.channel)
    blanks: dict[str, Blank] = {"here": there, "there": here}
    reading = [a.address for a in await turn.uow.linking.accounts(found.kept.id) if a.private_at]
    told = dict.fromkeys([turn.sender, found.at, *reading])
    return [Say(address, "linking.done", blanks, choices) for address in told]


async def is_new_here(turn: Turn) -> bool:
    """Whether they write with an account that came along less than a day ago."""
    accounts = await turn.uow.linking.accounts(turn.person.id)
    return any(a.address == turn.sender and a.is_new(turn.now) for a in accounts)


async def undo_link(turn: Turn, action: UndoLink) -> list[Say]:
    """From either side; the account that had come along leaves, whoever presses."""
    accounts = await turn.uow.linking.accounts(turn.person.id)
    leaving = to_undo(accounts, action.joined, turn.now)
    if not leaving or len(leaving) == len(accounts):
        return [turn.say("linking.too_late")]
    return await _part(turn, accounts, [account.address for account in leaving])


async def show_accounts(turn: Turn, action: ShowAccounts) -> list[Say]:
    if not turn.reachable:
        return [turn.say("home.write_to_me")]
    accounts = await turn.uow.linking.accounts(turn.person.id)
    return [_list(turn, accounts)]


def _list(turn: Turn, accounts: Sequence[Account]) -> Say:
    called, to = names(accounts), reads(accounts)
    lines = tuple(
        Phrase("linking.read_here" if a == to else "linking.line", {"platform": called[a.address]})
        for a in accounts
    )
    choices = (*_choices(accounts, called), Choice(Phrase("linking.button.link"), Link()))
    return turn.say("linking.accounts", choices=choices, lines=lines)


def _choices(accounts: Sequence[Account], called: dict[Address, Blank]) -> Iterable[Choice]:
    """With one account there is nothing to choose, and nothing to take away."""
    if len(accounts) == 1:
        return
    for account in accounts:
        if account.private_at and not account.chosen:
            yield _button("here", ChooseAccount(account.key), called[account.address])
    if any(account.chosen for account in accounts):
        yield Choice(Phrase("linking.button.last"), ChooseAccount(""))
    for account in accounts:
        yield _button("part", PartAccount(account.key, 0), called[account.address])


def _button(name: str, action: Action, platform: Blank) -> Choice:
    return Choice(Phrase(f"linking.button.{name}", {"platform": platform}), action)


async def choose_account(turn: Turn, action: ChooseAccount) -> list[Say]:
    accounts = await turn.uow.linking.accounts(turn.person.id)
    which = next((a.address for a in accounts if a.key == action.account), None)
    if action.account and which is None:
        return [turn.say(Refusal.NOT_YOURS)]
    await turn.uow.linking.choose(turn.person.id, which)
    return [_list(turn, await turn.uow.linking.accounts(turn.person.id))]


async def part_account(turn: Turn, action: PartAccount) -> list[Say]:
    accounts = await turn.uow.linking.accounts(turn.person.id)
    which = next((a.address for a in accounts if a.key == action.account), None)
    if which is None:
        return [turn.say(Refusal.NOT_YOURS)]
    if refusal := may_part(accounts, turn.sender, which, turn.now):
        return [turn.say(refusal)]
    if action.sure:
        return await _part(turn, accounts, [which])
    choices = (
        _button("part", PartAccount(action.account, 1), names(accounts)[which]),
        Choice(Phrase("home.cancel"), Cancel()),
    )
    return [turn.say("linking.part_sure", choices=choices, platform=names(accounts)[which])]


async def _part(turn: Turn, accounts: Sequence[Account], leaving: list[Address]) -> list[Say]:
    """Said to those who leave, and to the one they leave where somebody of it reads us."""
    called = names(accounts)
    for address in leaving:
        await turn.uow.linking.part(address, turn.person.language, turn.now)
    told = [Say(address, "linking.parted") for address in leaving]
    staying = reads([a for a in accounts if a.address not in leaving])
    if staying is None:
        return told
    gone = tuple(called[address] for address in leaving)
    return [*told, Say(staying.address, "linking.parted_from", {"platforms": gone})]


ROUTES: Routes = {
    Link: link,
    ConfirmLink: confirm_link,
    UndoLink: undo_link,
    ShowAccounts: show_accounts,
    ChooseAccount: choose_account,
    PartAccount: part_account,
}
