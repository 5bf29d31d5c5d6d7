"""Who may vote in one matter: voting units drawn up from owners, households, residents, delegates.

Counting follows 建筑物区分所有权解释 Art. 8 and 9 (handbook: voting 1.2): an owner counts once by
number and with the sum of all their areas, joint owners together once, a developer with all that
is not sold once. Areas are whole numbers of 0.01 m².
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from domain.question import Scope
from domain.residents import COMMUNITY_LEVEL, HANDLERS, MOST_ADULTS, Household, Staff
from domain.voting import Sum

COUNTS, DOES_NOT_COUNT = "counts", "does_not_count"  # parking, as the rules of procedure say
JOINT = 22  # hex digits of a joint unit's name: 88 bits, and it fits its column


class Kind(StrEnum):
    """What an owner is. One developer's unsold and undelivered flats are one owner's (Art. 9)."""

    PERSON = "person"
    COMPANY = "company"
    DEVELOPER = "developer"


class Source(StrEnum):
    """Where an area is from, the best first (解释 Art. 8)."""

    REGISTER = "register"
    SURVEY = "survey"
    CONTRACT = "contract"


class Fault(StrEnum):
    """Why nobody may answer for a unit yet. It is on the roll and counts in the total."""

    NO_ACCOUNT = "no_account"
    NEED_REPRESENTATIVE = "need_representative"  # I3
    SAME_PERSON = "same_person"  # their other entry on this roll has the vote (I2)


class Block(StrEnum):
    """Why a roll cannot be frozen. Each value is the key of the sentence that says so."""

    AREA_MISSING = "roll.area_missing"  # I16
    ADULTS_MISSING = "roll.adults_missing"  # nobody said how many residents a household has
    OWNER_MISSING = "roll.owner_missing"  # a flat that the list of owners leaves out (Art. 8, 9)
    PARKING_UNSET = "roll.parking_unset"  # 指导规则 Art. 25: the rules must say
    EMPTY = "roll.empty"  # a part of the question in which nobody has a say


@dataclass(frozen=True)
class Holding:
    """One owner's hold on one property; joint owners have one each."""

    owner: int
    property: str  # a door, or a parking bay's own name
    home: Household | None  # None: a parking bay, which lies in no building
    area: int | None  # None: nobody has said yet
    represents: bool = False  # votes for the joint owners


@dataclass(frozen=True)
class Acting:
    """Who acts for an owner of the list, once the title document was seen."""

    person: int
    kind: Kind = Kind.PERSON  # of the owner


@dataclass(frozen=True)
class Home:
    """A household with who votes for it."""

    household: Household
    representative: int | None  # a person
    joined: tuple[int, ...]  # who of it has joined, those first who are asked first


@dataclass(frozen=True)
class Living:
    """A household with its residents of eighteen and older: who is verified, and how many all."""

    household: Household
    people: tuple[int, ...]
    adults: int | None  # None: nobody has said yet


@dataclass(frozen=True)
class Voter:
    """One voting unit. ``areas``: one number for each part of the question, None where the unit
    has no say in that part, 0 where the part counts heads."""

    unit: str  # o:7 an owner, j:… joint owners, h:12 a household, p:31 a person; a: c: d: below
    areas: tuple[int | None, ...]
    person: int | None  # who may answer
    fault: str = ""
    whose: tuple[int, ...] = ()  # the owners, the person, the delegate; of a household nobody
    properties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawn:
    """A roll as it would be frozen now, and what keeps it from that."""

    voters: tuple[Voter, ...]
    blocks: Mapping[Block, tuple[str, ...]] = field(default_factory=dict)  # with the doors it is of

    def free_of(self, why: Block) -> "Drawn":
        return replace(self, blocks={b: doors for b, doors in self.blocks.items() if b != why})

    def blocked(self, why: Block, doors: tuple[str, ...]) -> "Drawn":
        return replace(self, blocks={why: doors, **self.blocks})

    def faults(self) -> dict[str, int]:
        """How many units nobody could answer for now, by why."""
        counted = dict.fromkeys(Fault, 0)
        for voter in self.voters:
            if voter.fault:
                counted[Fault(voter.fault)] += 1
        return {fault: many for fault, many in counted.items() if many}


def square_metres(area: int) -> str:
    """An area as it is shown everywhere: 12,345.67."""
    return f"{area // 100:,}.{area % 100:02}"


def totals(voters: Iterable[Voter], parts: int) -> tuple[Sum, ...]:
    """Number and area of each part."""
    areas = [[v.areas[part] for v in voters] for part in range(parts)]
    inside = [[area for area in column if area is not None] for column in areas]
    return tuple(Sum(len(column), sum(column)) for column in inside)


def _empty(voters: Sequence[Voter], parts: int) -> dict[Block, tuple[str, ...]]:
    nobody = any(total.number == 0 for total in totals(voters, parts))
    return {Block.EMPTY: ()} if nobody else {}


# --- owners


@dataclass
class _Property:
    """One property with all who own it. Joint owners agree on the area, or the list is refused."""

    home: Household | None
    area: int | None
    owners: set[int] = field(default_factory=set)
    named: set[int] = field(default_factory=set)  # as the representative


@dataclass
class _Party:
    """Those who own the same properties together; mostly one owner alone."""

    areas: list[int | None]
    properties: list[str] = field(default_factory=list)
    named: set[int] = field(default_factory=set)


def owners(
    holdings: Iterable[Holding],
    acting: Mapping[int, Acting],
    scopes: Sequence[Scope],
    parking: str,
    unlisted: Iterable[str] = (),
) -> Drawn:
    """The roll of owners. ``acting``: who acts for an owner, where somebody does.

    Of an owner with flats inside and outside a part's scope only those inside count in that part.
    ``unlisted``: doors within the scopes that no holding names; without them neither total would
    be right.
    """
    one = same_person(acting)
    parties: dict[tuple[int, ...], _Party] = {}
    missing = []
    for name, held in _properties(holdings, one).items():
        within = [_lies_within(held, scope, parking) for scope in scopes]
        if not any(within):
            continue
        party = parties.setdefault(tuple(sorted(held.owners)), _Party([None] * len(scopes)))
        party.areas = [_plus(a, held.area, w) for a, w in zip(party.areas, within, strict=True)]
        party.properties.append(name)
        party.named |= held.named
        if held.area is None:
            missing.append(name)
    voters = tuple(_owner_voter(ids, party, acting) for ids, party in parties.items())
    blocks = {
        Block.AREA_MISSING: tuple(sorted(missing)),
        Block.OWNER_MISSING: tuple(sorted(unlisted)),
    }
    found: dict[Block, tuple[str, ...]] = {why: doors for why, doors in blocks.items() if doors}
    if parking not in (COUNTS, DOES_NOT_COUNT):
        found[Block.PARKING_UNSET] = ()
    return Drawn(voters, found | _empty(voters, len(scopes)))


def same_person(acting: Mapping[int, Acting]) -> dict[int, int]:
    """For each owner who is a person and acts: the first of the owners that are the same one (I2).

    A company is its own owner whoever acts for it, and so is each of two of one representative
    (解释 Art. 9).
    """
    first: dict[int, int] = {}
    people = sorted(owner for owner, by in acting.items() if by.kind is Kind.PERSON)
    return {owner: first.setdefault(acting[owner].person, owner) for owner in people}


def _properties(holdings: Iterable[Holding], one: Mapping[int, int]) -> dict[str, _Property]:
    found: dict[str, _Property] = {}
    for h in holdings:
        held = found.get(h.property)
        if held is None:
            held = found[h.property] = _Property(h.home, h.area)
        owner = one.get(h.owner, h.owner)
        held.owners.add(owner)
        if h.represents:
            held.named.add(owner)
    return found


def _lies_within(held: _Property, scope: Scope, parking: str) -> bool:
    """A bay lies in the community and in no smaller part of it, where bays count at all."""
    if held.home is None:
        return parking == COUNTS and scope.kind == "community"
    return scope.covers(held.home)


def _plus(so_far: int | None, area: int | None, within: bool) -> int | None:
    return (so_far or 0) + (area or 0) if within else so_far


def _owner_voter(ids: tuple[int, ...], party: _Party, acting: Mapping[int, Acting]) -> Voter:
    unit = owner_unit(ids)
    speaker = ids[0] if len(ids) == 1 else next(iter(party.named), None)
    by, fault = acting.get(speaker) if speaker is not None else None, ""
    if len(ids) > 1 and len(party.named) != 1:
        by, fault = None, Fault.NEED_REPRESENTATIVE
    elif by is None:
        fault = Fault.NO_ACCOUNT
    person = by.person if by else None
    return Voter(unit, tuple(party.areas), person, fault, ids, tuple(sorted(party.properties)))


def owner_unit(ids: Sequence[int]) -> str:
    """The unit of one owner, or of several who own the same things together."""
    if len(ids) == 1:
        return f"o:{ids[0]}"
    together = "+".join(str(id) for id in sorted(ids))
    return f"j:{hashlib.sha256(together.encode()).hexdigest()[:JOINT]}"


# --- households, residents, delegates: heads


def households(
    homes: Iterable[Home], scopes: Sequence[Scope], *, whoever_joined: bool = False
) -> Drawn:
    """一户一票: every household is on the roll, whether somebody of it has joined or not.

    ``whoever_joined``: wishes are asked for, and who has joined answers for a household that has
    registered nobody (handbook: voting 3.1).
    """
    return _heads(_home_voter(home, scopes, whoever_joined=whoever_joined) for home in homes)


def _home_voter(home: Home, scopes: Sequence[Scope], *, whoever_joined: bool) -> Voter:
    fault = Fault.NEED_REPRESENTATIVE if home.joined else Fault.NO_ACCOUNT
    person, door = home.representative, home.household
    if person is None and whoever_joined and home.joined:
        person = home.joined[0]
    return Voter(
        f"h:{door.id}", _in_each(door, scopes), person, fault if person is None else "",
        properties=(door.door,),
    )  # fmt: skip


def residents(homes: Iterable[Living], scopes: Sequence[Scope]) -> Drawn:
    """All residents of eighteen and older, verified or not (居委会法 Art. 27).

    Who is not verified has a seat without a name, ``a:12.1`` the first of household 12, for a
    ballot on paper. The caller asks for the level of the others and that they are adults.
    """
    homes = [home for home in homes if any(scope.covers(home.household) for scope in scopes)]
    found = _heads(voter for home in homes for voter in _residents_of(home, scopes))
    unsaid = tuple(sorted(home.household.door for home in homes if home.adults is None))
    return found.blocked(Block.ADULTS_MISSING, unsaid) if unsaid else found


def _residents_of(home: Living, scopes: Sequence[Scope]) -> Iterator[Voter]:
    door, heads = home.household.door, _in_each(home.household, scopes)
    for person in home.people:
        yield Voter(f"p:{person}", heads, person, "", (person,), (door,))
    for seat in seats(home.household.id)[: max((home.adults or 0) - len(home.people), 0)]:
        yield Voter(seat, heads, None, Fault.NO_ACCOUNT, properties=(door,))


def seats(household: int) -> tuple[str, ...]:
    """The units that those of a household may have who are not verified."""
    return tuple(f"a:{household}.{n}" for n in range(1, MOST_ADULTS + 1))


def seat(unit: str) -> str:
    """The number of a seat without a name among those of its household; empty of other units."""
    return unit.partition(".")[2] if unit.startswith("a:") else ""


def _in_each(home: Household, scopes: Sequence[Scope]) -> tuple[int | None, ...]:
    return tuple(0 if scope.covers(home) else None for scope in scopes)


def delegates(
    listed: Sequence[tuple[int, int | None]], staff: Iterable[Staff], parts: int
) -> Drawn:
    """The delegates and the committee, joined or not, each person once (居委会法 Art. 28).

    ``listed``: delegates with the person each is. Who has not joined is ``d:`` their number, or
    ``c:`` that of their appointment.
    """
    heads = (0,) * parts
    committee = [(s.id, s.person) for s in staff if on_the_committee(s)]
    joined = {person for _, person in (*listed, *committee) if person is not None}
    voters = [Voter(f"p:{person}", heads, person, "", (person,)) for person in sorted(joined)]
    for letter, members in (("d", listed), ("c", committee)):
        absent = [id for id, person in members if person is None]
        voters += [Voter(f"{letter}:{id}", heads, None, Fault.NO_ACCOUNT, (id,)) for id in absent]
    return _heads(voters)


def on_the_committee(staff: Staff) -> bool:
    """Of the residents' committee; auditors and those of other organisations are not."""
    ours = staff.level == COMMUNITY_LEVEL and not staff.of_property_company
    return ours and staff.role in HANDLERS


def _heads(voters: Iterable[Voter]) -> Drawn:
    found = tuple(voter for voter in voters if any(area is not None for area in voter.areas))
    return Drawn(found, _empty(found, len(found[0].areas) if found else 1))
