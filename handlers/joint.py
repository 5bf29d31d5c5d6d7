"""Joint owners choose who votes for them: one proposes, every other one has to agree.

Where one of them has not joined, the staff register the paper that all have signed.
"""

from dataclasses import dataclass

from casework import mandating
from domain.conversation import Action, Blank, Choice, Phrase, Say, listed
from domain.identity import officer_of
from handlers.turn import Routes, Turn
from storage.ownership import Owned, Party
from storage.subjects import By


@dataclass(frozen=True)
class Propose(Action, code="jo"):
    """I want to vote for the joint owners of this flat."""

    household: int


@dataclass(frozen=True)
class Agree(Action, code="jo.ok"):
    """As a joint owner of this flat: this owner shall vote for us."""

    household: int
    owner: int


@dataclass(frozen=True)
class Disagree(Action, code="jo.no"):
    household: int
    owner: int


@dataclass(frozen=True)
class Signed(Action, code="jo.paper"):
    """For staff: all joint owners have signed that this one votes for them."""

    household: int
    owner: int


async def propose(turn: Turn, action: Propose) -> list[Say]:
    party = await party_of(turn, action.household)
    me = party.of(turn.person.id) if party else None
    if party is None or me is None:
        return [turn.say("joint.not_yours")]
    if party.representative and party.representative.owner == me.owner:
        return [turn.say("joint.you_already", doors=doors(party))]
    if any(owned.person is None for owned in party.owners):
        return [turn.say("joint.need_paper", doors=doors(party))]
    await _agrees(turn, party, me.owner, me)
    blanks: dict[str, Blank] = {"name": me.name, "doors": doors(party)}
    choices = (
        Choice(Phrase("joint.button.agree", {"name": me.name}), Agree(action.household, me.owner)),
        Choice(Phrase("joint.button.disagree"), Disagree(action.household, me.owner)),
    )
    news = await _to_others(turn, party, Say(turn.sender, "joint.request", blanks, choices))
    return [turn.say("joint.asked", doors=doors(party)), *news]


async def agree(turn: Turn, action: Agree) -> list[Say]:
    """When the last of them agrees, the voice is theirs, in votes that are on too (I4)."""
    party = await party_of(turn, action.household)
    me = party.of(turn.person.id) if party else None
    if party is None or me is None or action.owner not in party.ids:
        return [turn.say("joint.not_yours")]
    if party.ids - await _agrees(turn, party, action.owner, me):
        return [turn.say("joint.noted", doors=doors(party))]
    return await _choose(turn, party, action.owner)


async def disagree(turn: Turn, action: Disagree) -> list[Say]:
    party = await party_of(turn, action.household)
    me = party.of(turn.person.id) if party else None
    if party is None or me is None or action.owner not in party.ids:
        return [turn.say("joint.not_yours")]
    unit = await turn.uow.roll.unit_of(party.ids)
    await turn.uow.owners.disagreed(unit, action.owner, turn.now, By(turn.person.id, turn.account))
    blanks: dict[str, Blank] = {"name": me.name, "doors": doors(party)}
    news = await _to_others(turn, party, Say(turn.sender, "joint.refused", blanks))
    return [turn.say("joint.refusal_noted", doors=doors(party)), *news]


async def signed(turn: Turn, action: Signed) -> list[Say]:
    """By a member of staff who looks after the flat and is none of the owners."""
    party = await party_of(turn, action.household)
    staff = turn.person.staff
    grid = next((owned.grid for owned in party.owners if owned.grid), None) if party else None
    if party is None or staff is None or grid is None or not officer_of(staff, grid):
        return [turn.say("identity.not_yours")]
    if action.owner not in party.ids or party.of(turn.person.id):
        return [turn.say("joint.not_yours")]
    return await _choose(turn, party, action.owner)


async def party_of(turn: Turn, household: int) -> Party | None:
    owned = await turn.uow.owners.of_household(household)
    return await turn.uow.owners.party(owned[0].property) if owned else None


def doors(party: Party) -> Blank:
    return listed(party.properties)


async def _agrees(turn: Turn, party: Party, owner: int, me: Owned) -> set[int]:
    unit = await turn.uow.roll.unit_of(party.ids)
    return await turn.uow.owners.agreed(
        unit, owner, me.owner, turn.now, By(turn.person.id, turn.account)
    )


async def _choose(turn: Turn, party: Party, owner: int) -> list[Say]:
    unit = await turn.uow.roll.unit_of(party.ids)
    await turn.uow.owners.choose(party, owner, unit, turn.now, By(turn.person.id, turn.account))
    chosen = next(owned for owned in party.owners if owned.owner == owner)
    identity = await turn.uow.identity.of(chosen.person) if chosen.person else None
    ended: list[Say] = []
    if identity:
        tied_at = await turn.uow.owners.tied_at(owner)
        known_at = max(identity.at, tied_at or identity.at)
        ended = await mandating.hand_over(turn, unit, identity.person, known_at)
    blanks: dict[str, Blank] = {"name": chosen.name, "doors": doors(party)}
    done = Say(turn.sender, "joint.chosen", blanks)
    return [done, *await _to_others(turn, party, done), *ended]


async def _to_others(turn: Turn, party: Party, say: Say) -> list[Say]:
    """The same to every joint owner who has joined, but for the one who is speaking."""
    people = {owned.person for owned in party.owners if owned.person not in (None, turn.person.id)}
    reach = await turn.uow.residents.reach({id for id in people if id is not None})
    return [Say(r.address, say.key, say.blanks, say.choices) for r in reach.values()]


ROUTES: Routes = {Propose: propose, Agree: agree, Disagree: disagree, Signed: signed}
