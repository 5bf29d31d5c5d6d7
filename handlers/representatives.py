"""Who votes for a household: asked for by one of it, told to all of it, registered by the staff."""

from dataclasses import dataclass

from casework import steps
from domain.conversation import Action, Blank, Choice, Phrase, Say
from domain.identity import Level, officer_of, whom_to_ask
from domain.residents import Household, Person
from handlers.turn import Routes, Turn
from storage.subjects import By


@dataclass(frozen=True)
class Represent(Action, code="rep"):
    """I want to vote for my household."""


@dataclass(frozen=True)
class Register(Action, code="rep.ok"):
    """For staff: this person votes for their household from now on."""

    person: int


@dataclass(frozen=True)
class NotRegister(Action, code="rep.no"):
    person: int


async def represent(turn: Turn, action: Represent) -> list[Say]:
    """The staff are asked, and everybody else of the household is told."""
    home = turn.person.household
    if home is None or not await _confirmed(turn, turn.person):
        return [turn.say("representatives.confirm_first")]
    if await turn.uow.representatives.of(home.id) == turn.person.id:
        return [turn.say("representatives.you_already", door=home.door)]
    asked = whom_to_ask(
        await turn.uow.staff.all(), home.grid, person=turn.person.id, besides=None, now=turn.now
    )
    to = await steps.address_of(turn, asked)
    if to is None:
        return [turn.say("representatives.nobody_to_ask")]
    blanks: dict[str, Blank] = {"door": home.door, "name": _name(turn.person)}
    choices = (
        Choice(Phrase("representatives.button.register"), Register(turn.person.id)),
        Choice(Phrase("representatives.button.not"), NotRegister(turn.person.id)),
    )
    card = Say(to, "representatives.request", blanks, choices, card=_card(home), fresh=True)
    news = await _to_home(turn, home, "representatives.news_asked", blanks)
    return [turn.say("representatives.asked", door=home.door), card, *news]


async def _confirmed(turn: Turn, person: Person) -> bool:
    identity = await turn.uow.identity.of(person.id)
    return person.household is not None and bool(identity and identity.level >= Level.ROSTER)


def _name(person: Person) -> Blank:
    return person.name or Phrase("suggestions.no_name")


def _card(home: Household) -> str:
    return f"rep:{home.id}"


async def _to_home(turn: Turn, home: Household, key: str, blanks: dict[str, Blank]) -> list[Say]:
    """Everybody else who has joined the household, each alone."""
    joined = await turn.uow.representatives.joined(home.id)
    reach = await turn.uow.residents.reach(set(joined) - {turn.person.id})
    return [Say(r.address, key, blanks) for r in reach.values()]


async def register(turn: Turn, action: Register) -> list[Say]:
    person = await _of_my_grid(turn, action.person)
    if isinstance(person, Say):
        return [person]
    home = person.household
    identity = await turn.uow.identity.of(person.id)
    if home is None or identity is None or identity.level < Level.ROSTER:
        return [turn.say("representatives.gone")]
    await turn.uow.representatives.register(
        home.id, person.id, turn.now, By(turn.person.id, turn.account)
    )
    await turn.uow.roll.hand_over(f"h:{home.id}", person.id, identity.at, turn.now)
    blanks: dict[str, Blank] = {"door": home.door, "name": _name(person)}
    done = Say(turn.sender, "representatives.registered", blanks, card=_card(home))
    return [done, *await _to_home(turn, home, "representatives.news_registered", blanks)]


async def not_register(turn: Turn, action: NotRegister) -> list[Say]:
    person = await _of_my_grid(turn, action.person)
    if isinstance(person, Say):
        return [person]
    home = person.household
    if home is None:
        return [turn.say("representatives.gone")]
    blanks: dict[str, Blank] = {"door": home.door, "name": _name(person)}
    reach = await turn.uow.residents.reach({person.id})
    news = [Say(r.address, "representatives.refused_you", blanks) for r in reach.values()]
    return [Say(turn.sender, "representatives.refused", blanks, card=_card(home)), *news]


async def _of_my_grid(turn: Turn, id: int) -> Person | Say:
    """Somebody else, of a grid this member of staff looks after."""
    person, staff = await turn.uow.residents.person(id), turn.person.staff
    home = person.household if person else None
    if staff is None or person is None or home is None or not officer_of(staff, home.grid):
        return turn.say("identity.not_yours")
    return turn.say("identity.yourself") if person.id == turn.person.id else person


ROUTES: Routes = {Represent: represent, Register: register, NotRegister: not_register}
