"""我的票权: what somebody may vote for, who votes for it, what is missing, and what is wrong."""

from collections.abc import Iterable
from dataclasses import dataclass

from casework import steps
from domain.conversation import Action, Blank, Choice, Phrase, Say, listed
from domain.identity import Level, level_of
from domain.residents import Household
from domain.roll import on_the_committee, square_metres
from handlers.identity import Verify
from handlers.joint import Propose
from handlers.representatives import Represent
from handlers.turn import Routes, Turn
from storage.ownership import Owned, Party


@dataclass(frozen=True)
class ShowRoll(Action, code="roll"):
    """What may I vote for?"""


@dataclass(frozen=True)
class AskCorrection(Action, code="wrong"):
    """Something about me in the lists is wrong."""


@dataclass(frozen=True)
class TakeCorrection(Action, code="wrong2"):
    """The words say what is wrong."""


@dataclass(frozen=True)
class Told:
    """A line of the view, and the button of the next step."""

    line: Phrase
    choice: Choice | None = None


async def show_roll(turn: Turn, action: ShowRoll) -> list[Say]:
    owned = await turn.uow.owners.of_person(turn.person.id)
    identity = await turn.uow.identity.of(turn.person.id)
    level = level_of(turn.person, identity, acts=bool(owned))
    told = [_standing(level)]
    if turn.person.household:
        told.append(await _household(turn, turn.person.household, level))
    told += await _owner(turn, owned)
    told += await _offices(turn)
    wrong = Choice(Phrase("roll.button.wrong"), AskCorrection())
    choices = (*(each.choice for each in told if each.choice), wrong)
    return [turn.say("roll.mine", choices=choices, lines=tuple(each.line for each in told))]


def _standing(level: Level) -> Told:
    """The level in words, with what would raise it."""
    line = Phrase(f"roll.level.{level.name.lower()}")
    ask = Choice(Phrase("identity.button.verify"), Verify()) if level is Level.HOUSEHOLD else None
    return Told(line, ask)


async def _household(turn: Turn, home: Household, level: Level) -> Told:
    chosen = await turn.uow.representatives.of(home.id)
    ask = Choice(Phrase("representatives.button.ask"), Represent())
    may_ask = ask if level >= Level.ROSTER and chosen != turn.person.id else None
    if chosen is None:
        return Told(Phrase("roll.household_nobody", {"door": home.door}), may_ask)
    if chosen == turn.person.id:
        return Told(Phrase("roll.household_you", {"door": home.door}))
    joined = await turn.uow.representatives.joined(home.id)
    name = joined.get(chosen) or Phrase("suggestions.no_name")
    return Told(Phrase("roll.household", {"door": home.door, "name": name}), may_ask)


async def _owner(turn: Turn, owned: list[Owned]) -> list[Told]:
    """What they own alone in one line, and one for what they own with the same others."""
    alone: list[Owned] = []
    together: dict[str, Party] = {}
    for each in owned:
        party = await turn.uow.owners.party(each.property)
        if party is None:
            alone.append(each)
        else:
            together[party.properties[0]] = party
    told = [Told(Phrase("roll.owner", _what(alone)))] if alone else []
    return told + [_together(turn, party, owned) for party in together.values()]


def _together(turn: Turn, party: Party, owned: list[Owned]) -> Told:
    mine = [each for each in owned if each.property in party.properties]
    blanks = _what(mine)
    flat = next((each.household for each in mine if each.household), None)
    propose = Choice(Phrase("joint.button.propose"), Propose(flat)) if flat else None
    chosen = party.representative
    if chosen is None:
        return Told(Phrase("roll.joint_nobody", blanks), propose)
    if chosen.person == turn.person.id:
        return Told(Phrase("roll.joint_you", blanks))
    return Told(Phrase("roll.joint", {**blanks, "name": chosen.name}), propose)


def _what(owned: Iterable[Owned]) -> dict[str, Blank]:
    """The doors and the area together; what has none yet is said."""
    held = list(owned)
    whole = sum(each.area or 0 for each in held)
    area: Blank = square_metres(whole)
    if any(each.area is None for each in held):
        area = Phrase("roll.area_incomplete", {"area": area})
    return {"doors": listed(each.property for each in held), "area": area}


async def _offices(turn: Turn) -> list[Told]:
    """What one votes in as a delegate or as one of the committee."""
    told = []
    if await turn.uow.representatives.is_delegate(turn.person.id):
        told.append(Told(Phrase("roll.delegate")))
    if turn.person.staff and on_the_committee(turn.person.staff):
        told.append(Told(Phrase("roll.committee")))
    return told


async def ask_correction(turn: Turn, action: AskCorrection) -> list[Say]:
    return [await turn.ask_alone("roll.ask_correction", TakeCorrection())]


async def take_correction(turn: Turn, action: TakeCorrection) -> list[Say]:
    """To who sends cases on: they look at the papers and bring the list along anew."""
    to = await steps.dispatcher_address(turn)
    if to is None:
        return [turn.say("representatives.nobody_to_ask")]
    home = turn.person.household
    blanks: dict[str, Blank] = {
        "door": home.door if home else Phrase("suggestions.no_door"),
        "name": turn.person.name or Phrase("suggestions.no_name"),
        "words": turn.words,
    }
    return [turn.say("roll.correction_sent"), Say(to, "roll.correction", blanks)]


ROUTES: Routes = {
    ShowRoll: show_roll,
    AskCorrection: ask_correction,
    TakeCorrection: take_correction,
}
