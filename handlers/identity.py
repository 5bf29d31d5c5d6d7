"""A resident has their identity confirmed: of age, the number of the list, two members of staff.

The telephone number is compared and forgotten. Names go to the staff of the grid only, privately.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import timedelta

from casework import steps
from casework.linking import merge
from domain.conversation import Action, Address, Blank, Choice, Phrase, Say
from domain.identity import Identity, Level, Refusal, officer_of, whom_to_ask
from domain.identity import confirm as confirmed_by
from domain.identity import refuse as may_refuse
from domain.imports import phone
from domain.residents import TRIES_PER_ACCOUNT, Household, Person
from handlers.representatives import Represent
from handlers.turn import Cancel, Routes, Turn
from storage.subjects import By


@dataclass(frozen=True)
class Verify(Action, code="id"):
    """I want to be confirmed as who I am."""


@dataclass(frozen=True)
class OfAge(Action, code="id.age"):
    """Eighteen or older (1), or not yet (0); only this is kept."""

    adult: int


@dataclass(frozen=True)
class AskNumber(Action, code="id.tel"):
    """The next words are the telephone number that the lists have."""


@dataclass(frozen=True)
class TakeNumber(Action, code="id.tel2"):
    """The words are a telephone number."""


@dataclass(frozen=True)
class AskStaff(Action, code="id.ask"):
    """Confirm me without the number."""


@dataclass(frozen=True)
class ShowWaiting(Action, code="id.all"):
    """For staff: who waits to be confirmed."""


@dataclass(frozen=True)
class ShowRequest(Action, code="id.show"):
    person: int


@dataclass(frozen=True)
class ConfirmIdentity(Action, code="id.ok"):
    person: int


@dataclass(frozen=True)
class SamePerson(Action, code="id.same"):
    """Confirmed, and known already: ``person`` is another account of ``other``."""

    person: int
    other: int


@dataclass(frozen=True)
class RefuseIdentity(Action, code="id.no"):
    person: int


async def verify(turn: Turn, action: Verify) -> list[Say]:
    """Where somebody stands, and the first question to those who have not asked yet."""
    if refusal := await _cannot_ask(turn):
        return [refusal]
    choices = (
        Choice(Phrase("identity.button.adult"), OfAge(1)),
        Choice(Phrase("identity.button.minor"), OfAge(0)),
        Choice(Phrase("home.cancel"), Cancel()),
    )
    return [turn.say("identity.ask_age", choices=choices)]


async def _cannot_ask(turn: Turn) -> Say | None:
    if turn.person.household is None:
        return turn.say("identity.join_first")
    identity = await turn.uow.identity.of(turn.person.id)
    if identity and identity.level >= Level.ROSTER:
        return turn.say("identity.confirmed_already")
    return turn.say("identity.waits") if identity and identity.waits else None


async def of_age(turn: Turn, action: OfAge) -> list[Say]:
    """No birthday is asked for; a no ends here, and may be said again when it is a yes."""
    if refusal := await _cannot_ask(turn):
        return [refusal]
    if action.adult:
        return await ask_number(turn, AskNumber())
    young = Identity(turn.person.id, adult=False, at=turn.now)
    await turn.uow.identity.save(young, "young", turn.now, By(turn.person.id, turn.account))
    return [turn.say("identity.young")]


async def ask_number(turn: Turn, action: AskNumber) -> list[Say]:
    if refusal := await _cannot_ask(turn):
        return [refusal]
    return [await _wants_number(turn, "identity.ask_number")]


async def _wants_number(turn: Turn, key: str) -> Say:
    """Never in a group, where everybody would read it."""
    await turn.uow.residents.expect(turn.sender, turn.sender, TakeNumber(), turn.now)
    choices = (
        Choice(Phrase("identity.button.no_number"), AskStaff()),
        Choice(Phrase("home.cancel"), Cancel()),
    )
    return turn.say(key, choices=choices)


async def take_number(turn: Turn, action: TakeNumber) -> list[Say]:
    """Compared as a keyed hash, and blanked where we keep the words ourselves."""
    await turn.uow.privacy.unsay(turn.sender, turn.inbound.id)
    if refusal := await _cannot_ask(turn):
        return [refusal]
    since = turn.now - timedelta(hours=1)
    if await turn.uow.invites.tries_of_account(turn.sender, since) >= TRIES_PER_ACCOUNT:
        return [turn.say("residents.too_many_tries")]
    digits = _digits(turn.words)
    if not digits:
        return [await _wants_number(turn, "identity.bad_number")]
    home = turn.person.household
    if home and await turn.uow.identity.knows_the_number(home.id, digits):
        return await _request(turn, matched=True)
    await turn.uow.invites.tried(turn.sender, None, turn.now)
    return [await _wants_number(turn, "identity.another_number")]


def _digits(words: str) -> str:
    try:
        return phone(words)
    except ValueError:
        return ""


async def ask_staff(turn: Turn, action: AskStaff) -> list[Say]:
    if refusal := await _cannot_ask(turn):
        return [refusal]
    return await _request(turn, matched=False)


async def _request(turn: Turn, *, matched: bool) -> list[Say]:
    identity = Identity(turn.person.id, adult=True, at=turn.now, matched=matched)
    await turn.uow.identity.save(identity, "ask", turn.now, By(turn.person.id, turn.account))
    key = "identity.asked_with_number" if matched else "identity.asked"
    return [turn.say(key), *await _to_staff(turn, turn.person, identity, besides=None)]


async def _to_staff(
    turn: Turn, person: Person, identity: Identity, *, besides: int | None
) -> list[Say]:
    """The request, before whoever is next to say a word; to nobody where there is nobody."""
    home = person.household
    if home is None:
        return []
    staff = await turn.uow.staff.all()
    asked = whom_to_ask(staff, home.grid, person=person.id, besides=besides, now=turn.now)
    to = await steps.address_of(turn, asked)
    return [await _card(turn, to, person, home, identity)] if to else []


async def _card(
    turn: Turn, to: Address, person: Person, home: Household, identity: Identity
) -> Say:
    known = "matched" if identity.matched else "checked" if identity.checked_by else "unknown"
    blanks: dict[str, Blank] = {
        "door": home.door,
        "name": person.name or Phrase("suggestions.no_name"),
        "known": Phrase(f"identity.known.{known}"),
    }
    choices = (
        Choice(Phrase("identity.button.confirm"), ConfirmIdentity(person.id)),
        *[each async for each in _known_already(turn, person, home)],
        Choice(Phrase("identity.button.refuse"), RefuseIdentity(person.id)),
    )
    return Say(to, "identity.request", blanks, choices, card=f"id:{person.id}", fresh=True)


async def _known_already(turn: Turn, person: Person, home: Household) -> AsyncIterator[Choice]:
    """Those of the household who are confirmed: it may be another account of one of them (I2)."""
    for other, name in (await turn.uow.representatives.joined(home.id)).items():
        if other != person.id and await _is_confirmed(turn, other):
            label: dict[str, Blank] = {"name": name or Phrase("suggestions.no_name")}
            yield Choice(Phrase("identity.button.same", label), SamePerson(person.id, other))


async def _is_confirmed(turn: Turn, person: int) -> bool:
    identity = await turn.uow.identity.of(person)
    return identity is not None and identity.level >= Level.ROSTER


async def show_waiting(turn: Turn, action: ShowWaiting) -> list[Say]:
    """Who waits in the grids of this member of staff."""
    if turn.person.staff is None:
        return [turn.say("identity.only_staff")]
    waiting = [await turn.uow.residents.person(id) for id in await turn.uow.identity.waiting()]
    choices = tuple(_buttons(turn, filter(None, waiting)))
    return [turn.say("identity.waiting" if choices else "identity.nobody_waits", choices=choices)]


def _buttons(turn: Turn, waiting: Iterable[Person]) -> Iterable[Choice]:
    for person in waiting:
        home, staff = person.household, turn.person.staff
        if home and staff and officer_of(staff, home.grid):
            yield Choice(f"{home.door} {person.name}".strip(), ShowRequest(person.id))


async def show_request(turn: Turn, action: ShowRequest) -> list[Say]:
    staff = turn.person.staff
    person = await turn.uow.residents.person(action.person)
    identity = await turn.uow.identity.of(action.person)
    if staff is None:
        return [turn.say("identity.only_staff")]
    if person is None or person.household is None or identity is None or not identity.waits:
        return [turn.say(Refusal.NOT_WAITING)]
    if refusal := may_refuse(identity, person, staff):
        return [turn.say(refusal)]
    return [await _card(turn, turn.sender, person, person.household, identity)]


async def confirm_identity(turn: Turn, action: ConfirmIdentity) -> list[Say]:
    """One word of two, or the second one; then the resident is told what they may do now."""
    said = await _word(turn, action.person)
    if isinstance(said, Say):
        return [said]
    person, identity = said
    await turn.uow.identity.save(
        identity,
        "check" if identity.waits else "confirm",
        turn.now,
        By(turn.person.id, turn.account),
    )
    if identity.waits:
        return await _one_more(turn, person, identity)
    return [_done(turn, person, "identity.confirmed"), *await _good_news(turn, person)]


async def _word(turn: Turn, id: int) -> tuple[Person, Identity] | Say:
    """What the word of this member of staff makes of somebody's request."""
    staff, person = turn.person.staff, await turn.uow.residents.person(id)
    if staff is None or person is None:
        return turn.say(Refusal.NOT_WAITING if staff else "identity.only_staff")
    outcome = confirmed_by(await turn.uow.identity.of(id), person, staff, now=turn.now)
    return turn.say(outcome) if isinstance(outcome, Refusal) else (person, outcome)


async def _one_more(turn: Turn, person: Person, identity: Identity) -> list[Say]:
    second = await _to_staff(turn, person, identity, besides=identity.checked_by)
    return [_done(turn, person, "identity.checked" if second else "identity.alone"), *second]


async def same_person(turn: Turn, action: SamePerson) -> list[Say]:
    """The same two words; then the second account is the first person's, with one vote."""
    said = await _word(turn, action.person)
    if isinstance(said, Say):
        return [said]
    person, identity = said
    if refusal := await _is_another(turn, person, action.other):
        return [turn.say(refusal)]
    by = By(turn.person.id, turn.account)
    if identity.waits:
        await turn.uow.identity.save(identity, "check", turn.now, by)
        return await _one_more(turn, person, identity)
    reach = await turn.uow.residents.reach({person.id, action.other})
    if not_yet := await merge(turn, kept=action.other, gone=person.id, by=by):
        return [turn.say(not_yet)]
    news = [Say(each.address, "identity.same_you") for each in reach.values()]
    return [_done(turn, person, "identity.same"), *news]


async def _is_another(turn: Turn, person: Person, id: int) -> Refusal | None:
    """Why the two cannot be one: only of one household, one confirmed, and never one's own."""
    other = await turn.uow.residents.person(id)
    if id == turn.person.id:
        return Refusal.YOURSELF
    at_home = other is not None and other.household == person.household
    alike = at_home and id != person.id and person.staff is None
    return None if alike and await _is_confirmed(turn, id) else Refusal.NOT_WAITING


async def refuse_identity(turn: Turn, action: RefuseIdentity) -> list[Say]:
    staff = turn.person.staff
    person = await turn.uow.residents.person(action.person)
    if staff is None:
        return [turn.say("identity.only_staff")]
    identity = await turn.uow.identity.of(action.person)
    if person is None or identity is None:
        return [turn.say(Refusal.NOT_WAITING)]
    if refusal := may_refuse(identity, person, staff):
        return [turn.say(refusal)]
    await turn.uow.identity.drop(identity, turn.now, By(turn.person.id, turn.account))
    to = await turn.uow.residents.reach({person.id})
    news = [Say(reach.address, "identity.refused_you") for reach in to.values()]
    return [_done(turn, person, "identity.refused"), *news]


def _done(turn: Turn, person: Person, key: str) -> Say:
    door = person.household.door if person.household else ""
    return Say(turn.sender, key, {"door": door}, card=f"id:{person.id}")


async def _good_news(turn: Turn, person: Person) -> list[Say]:
    """With the button of the next step, where the household has nobody who votes for it."""
    home = person.household
    free = home is not None and await turn.uow.representatives.of(home.id) is None
    choices = (Choice(Phrase("representatives.button.ask"), Represent()),) if free else ()
    to = await turn.uow.residents.reach({person.id})
    return [Say(reach.address, "identity.confirmed_you", {}, choices) for reach in to.values()]


ROUTES: Routes = {
    Verify: verify,
    OfAge: of_age,
    AskNumber: ask_number,
    TakeNumber: take_number,
    AskStaff: ask_staff,
    ShowWaiting: show_waiting,
    ShowRequest: show_request,
    ConfirmIdentity: confirm_identity,
    SamePerson: same_person,
    RefuseIdentity: refuse_identity,
}
