"""How sure the community is who somebody is, and what they may therefore vote on.

The levels are the handbook's (voting 3.1). Level 2 takes two members of staff, or the telephone
number of the list and one; nobody confirms themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum

from domain.kinds import CONSULT, roll_of
from domain.residents import COMMUNITY_LEVEL, HANDLERS, Person, Role, Staff
from domain.voting import Unit


class Level(IntEnum):
    VISITOR = 0  # any account
    HOUSEHOLD = 1  # joined with the code of a household
    ROSTER = 2  # confirmed by the staff
    OWNER = 3  # and a title document was seen


NEEDED: Mapping[Unit, Level] = {
    Unit.OWNER: Level.OWNER,
    Unit.HOUSEHOLD: Level.ROSTER,
    Unit.RESIDENT: Level.ROSTER,
    Unit.DELEGATE: Level.VISITOR,  # the list of delegates, or an appointment, says who they are
}


def level_to_be_on_roll(rule: str) -> Level:
    """From which level somebody answers under this rule; joining is enough to say a wish."""
    return Level.HOUSEHOLD if rule == CONSULT else NEEDED[roll_of(rule)]


class Refusal(StrEnum):
    """Why somebody was not confirmed. Each value is the key of the text the staff read."""

    NOT_WAITING = "identity.not_waiting"
    NOT_YOURS = "identity.not_yours"
    YOURSELF = "identity.yourself"
    SECOND_PERSON = "identity.second_person"


@dataclass(frozen=True)
class Identity:
    """What is known of a person beyond their code. No birthday, no number of any card."""

    person: int
    adult: bool  # eighteen or older, by their own word; the staff see them
    at: datetime  # when they asked, or when they were confirmed
    level: int = 0  # 0 while they wait
    matched: bool = False  # they know the telephone number of the list
    checked_by: int | None = None  # staff
    approved_by: int | None = None  # staff, another one where the number is not known

    @property
    def waits(self) -> bool:
        return self.adult and self.level < Level.ROSTER


def level_of(person: Person, identity: Identity | None, *, acts: bool = False) -> Level:
    """What somebody is, now. ``acts``: for an owner, whose title document was seen.

    Whoever has left their household is a visitor again.
    """
    if person.household is None:
        return Level.VISITOR
    if identity is None or not identity.adult or identity.level < Level.ROSTER:
        return Level.HOUSEHOLD
    return Level.OWNER if acts else Level.ROSTER


def officer_of(staff: Staff, grid: str) -> bool:
    """Whether they look after the people of this grid: its members, and who sends cases on.

    Never somebody of the property company, whose contract the owners vote on.
    """
    ours = staff.level == COMMUNITY_LEVEL and not staff.of_property_company
    ours = ours and staff.role in HANDLERS
    return ours and (staff.dispatches or "*" in staff.grids or grid in staff.grids)


def confirm(
    identity: Identity | None, person: Person, staff: Staff, *, now: datetime
) -> Identity | Refusal:
    """The word of one member of staff: it checks, and after that, from another one, approves."""
    if identity is None or not identity.waits or person.household is None:
        return Refusal.NOT_WAITING
    if refusal := _stranger(person, staff):
        return refusal
    if not identity.matched and identity.checked_by is None:
        return replace(identity, checked_by=staff.id)
    if identity.checked_by == staff.id:
        return Refusal.SECOND_PERSON
    return replace(identity, level=Level.ROSTER, approved_by=staff.id, at=now)


def refuse(identity: Identity | None, person: Person, staff: Staff) -> Refusal | None:
    """Whether this member of staff may say that somebody is not who they say."""
    if identity is None or not identity.waits or person.household is None:
        return Refusal.NOT_WAITING
    return _stranger(person, staff)


def _stranger(person: Person, staff: Staff) -> Refusal | None:
    if staff.person == person.id:
        return Refusal.YOURSELF
    if person.household is None or not officer_of(staff, person.household.grid):
        return Refusal.NOT_YOURS
    return None


def whom_to_ask(
    staff: list[Staff], grid: str, *, person: int, besides: int | None, now: datetime
) -> Staff | None:
    """Who is asked to confirm: first the grid's own member, then who sends cases on.

    Never the person themselves, never who has said their word already. One who is away only
    where all of them are.
    """
    able = [
        s
        for s in staff
        if s.can_be_told and s.person != person and s.id != besides and officer_of(s, grid)
    ]

    def rank(s: Staff) -> tuple[bool, bool, bool, bool, int]:
        own = grid in s.grids and not s.dispatches
        first, then = (own, s.dispatches) if besides is None else (s.dispatches, own)
        return s.is_away(now), not first, not then, s.role is Role.ADMIN, s.id

    return min(able, key=rank, default=None)
