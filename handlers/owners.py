"""For staff: who owns a flat, and which resident that is once the title document was seen.

The document is looked at, at the office, and not kept. Names are shown to the staff of the grid
alone, in their private chat.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from casework import untying
from domain.conversation import Action, Blank, Choice, Phrase, Say, listed
from domain.identity import Level, officer_of
from domain.residents import Staff
from domain.roll import square_metres
from handlers.joint import Signed
from handlers.turn import Cancel, Routes, Turn
from storage.ownership import Owned
from storage.subjects import By


@dataclass(frozen=True)
class ShowOwners(Action, code="own"):
    """The words are a door or a bay; a second door says where the owner has joined."""


@dataclass(frozen=True)
class SeenTitle(Action, code="own.seen"):
    """The title document of this owner was seen; ``household``: where to look for the person."""

    owner: int
    household: int


@dataclass(frozen=True)
class Tie(Action, code="own.tie"):
    """This person acts for this owner."""

    owner: int
    person: int


@dataclass(frozen=True)
class Untie(Action, code="own.untie"):
    owner: int


async def show_owners(turn: Turn, action: ShowOwners) -> list[Say]:
    staff = turn.person.staff
    if staff is None:
        return [turn.say("identity.only_staff")]
    place, _, joined_at = turn.words.strip().partition(" ")
    owned = await turn.uow.owners.of_property(place)
    if not owned:
        return [turn.say("owners.none", door=place or "3-1-101")]
    if not _mine(staff, owned):
        return [turn.say("identity.not_yours")]
    lives = await _household_at(turn, joined_at.strip()) or owned[0].household or 0
    lines = tuple([await _line(turn, each) for each in owned])
    choices = tuple(_choices(owned, lives))
    return [turn.say("owners.list", choices=choices, door=place, lines=lines)]


def _mine(staff: Staff, owned: Iterable[Owned]) -> bool:
    """Of a grid of theirs; what lies in no grid is for those who have all of them."""
    return any(officer_of(staff, each.grid or "") for each in owned)


async def _household_at(turn: Turn, door: str) -> int | None:
    parts = door.split("-")
    return await turn.uow.residents.household_at(*parts) if len(parts) == 3 else None


async def _line(turn: Turn, owned: Owned) -> Phrase:
    person = await turn.uow.residents.person(owned.person) if owned.person else None
    acts: Blank = Phrase("owners.nobody_acts")
    if person:
        acts = Phrase("owners.acts", {"name": person.name or Phrase("suggestions.no_name")})
    area: Blank = Phrase("owners.no_area")
    if owned.area is not None:
        area = square_metres(owned.area)
    key = "owners.line_represents" if owned.represents else "owners.line"
    name = owned.name or Phrase("owners.unknown")
    kind = Phrase(f"owners.kind.{owned.kind}")
    return Phrase(key, {"name": name, "kind": kind, "area": area, "acts": acts})


def _choices(owned: list[Owned], lives: int) -> Iterable[Choice]:
    for each in owned:
        name: dict[str, Blank] = {"name": each.name or Phrase("owners.unknown")}
        if each.person is None:
            yield Choice(Phrase("owners.button.seen", name), SeenTitle(each.owner, lives))
        else:
            yield Choice(Phrase("owners.button.untie", name), Untie(each.owner))
        if len(owned) > 1 and not each.represents and each.household:
            yield Choice(Phrase("owners.button.signed", name), Signed(each.household, each.owner))


async def seen_title(turn: Turn, action: SeenTitle) -> list[Say]:
    """Whom of those who have joined there the staff saw with the document."""
    owned = await _allowed(turn, action.owner)
    if isinstance(owned, Say):
        return [owned]
    homes = {each.household for each in owned if each.household} | {action.household}
    people = [await turn.uow.representatives.joined(home) for home in sorted(homes)]
    choices = [
        Choice(name or Phrase("suggestions.no_name"), Tie(action.owner, person))
        for joined in people
        for person, name in joined.items()
        if person != turn.person.id and await _confirmed(turn, person)
    ]
    if not choices:
        return [turn.say("owners.nobody_confirmed", name=owned[0].name, door=owned[0].property)]
    choices.append(Choice(Phrase("home.cancel"), Cancel()))
    return [turn.say("owners.who", choices=tuple(choices), name=owned[0].name)]


async def _allowed(turn: Turn, owner: int) -> list[Owned] | Say:
    """What this owner holds, for a member of staff who looks after it."""
    staff, owned = turn.person.staff, await turn.uow.owners.of_owner(owner)
    if staff is None or not owned or not _mine(staff, owned):
        return turn.say("identity.not_yours")
    return owned


async def _confirmed(turn: Turn, person: int) -> bool:
    identity = await turn.uow.identity.of(person)
    return identity is not None and identity.level >= Level.ROSTER


async def tie(turn: Turn, action: Tie) -> list[Say]:
    """From the next roll that is drawn up they vote for this owner; never oneself."""
    owned = await _allowed(turn, action.owner)
    if isinstance(owned, Say):
        return [owned]
    if action.person == turn.person.id:
        return [turn.say("identity.yourself")]
    person = await turn.uow.residents.person(action.person)
    if person is None or person.household is None or not await _confirmed(turn, action.person):
        return [turn.say("representatives.gone")]
    await _acts(turn, action.owner, action.person)
    blanks: dict[str, Blank] = {
        "name": owned[0].name,
        "who": person.name or Phrase("suggestions.no_name"),
        "doors": _doors(owned),
    }
    news = await _tell(turn, action.person, "owners.tied_you", blanks)
    return [turn.say("owners.tied", choices=(), **blanks), *news]


async def untie(turn: Turn, action: Untie) -> list[Say]:
    """The tie was wrong or is over, also in the votes that are on."""
    owned = await _allowed(turn, action.owner)
    if isinstance(owned, Say):
        return [owned]
    person = owned[0].person
    if person is None or person == turn.person.id:
        return [turn.say("identity.yourself" if person else "representatives.gone")]
    await _acts(turn, action.owner, None)
    taken = await untying.take_votes(turn, person, owned)
    blanks: dict[str, Blank] = {"name": owned[0].name, "doors": _doors(owned)}
    news = await _tell(turn, person, "owners.untied_you", blanks)
    return [turn.say("owners.untied", choices=(), **blanks), *news, *taken]


async def _acts(turn: Turn, owner: int, person: int | None) -> None:
    await turn.uow.owners.tie(owner, person, turn.now, By(turn.person.id, turn.account))


def _doors(owned: Iterable[Owned]) -> Blank:
    return listed(each.property for each in owned)


async def _tell(turn: Turn, person: int, key: str, blanks: dict[str, Blank]) -> list[Say]:
    reach = await turn.uow.residents.reach({person})
    return [Say(r.address, key, blanks) for r in reach.values()]


ROUTES: Routes = {ShowOwners: show_owners, SeenTitle: seen_title, Tie: tie, Untie: untie}
