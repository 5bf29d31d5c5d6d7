"""People, what the community has appointed them to, and the codes they join with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from unicodedata import normalize

CODE_LENGTH = 10  # Crockford base32 characters: 50 bits (handbook: voting 3.1)
CODE_DAYS = 30
CODE_ADULTS = 4
TRIES_PER_ACCOUNT = 5  # an hour
TRIES_PER_HOUSEHOLD = 20  # a day

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


class Role(StrEnum):
    MEMBER = "member"
    SECRETARY = "secretary"
    ADMIN = "admin"
    AUDITOR = "auditor"


DISPATCHERS = frozenset({Role.SECRETARY, Role.ADMIN})
COMMUNITY_LEVEL = 1
HANDLERS = frozenset({Role.MEMBER, Role.SECRETARY, Role.ADMIN})
MOST_ADULTS = 50  # of one household; more is a whole building written as one, or a slip

Load = Mapping[int, int]  # staff id -> open cases in hand; who is missing has none


@dataclass(frozen=True)
class Household:
    id: int
    building: str
    unit: str
    room: str
    area: int  # 0.01 m²
    grid: str

    @property
    def door(self) -> str:
        return f"{self.building}-{self.unit}-{self.room}"


@dataclass(frozen=True)
class Staff:
    """One appointment. ``duties`` and ``grids`` hold codes, or ``*`` for all of them."""

    id: int
    person: int | None  # None until they have joined with an account
    name: str
    role: Role
    duties: tuple[str, ...]
    grids: tuple[str, ...]
    deputy: int | None
    level: int = 1  # 1 the community, 2 the street office, 3 a department
    organisation: str = ""  # its name, where they are not the community's own
    away_until: datetime | None = None  # None, or a moment that has passed: at work

    @property
    def title(self) -> str:
        """The name, after that of the organisation they answer for."""
        return f"{self.organisation} {self.name}".strip()

    @property
    def of_property_company(self) -> bool:
        """The only organisation at the community's own level. Its people handle cases; they hold
        no proxy (舟山 Art. 17) and have no hand in anybody's vote."""
        return self.level == COMMUNITY_LEVEL and bool(self.organisation)

    @property
    def may_hold_a_matter(self) -> bool:
        """Answer for a matter that is voted on: who can be told, and is not of that company."""
        return self.can_be_told and not self.of_property_company

    @property
    def is_over(self) -> bool:
        """A member without any duty: the name stands for what they did, and nobody holds it."""
        return self.role is Role.MEMBER and not self.duties

    def is_away(self, now: datetime) -> bool:
        """It ends by itself: at the moment of return they are there again."""
        return self.away_until is not None and now < self.away_until

    @property
    def can_be_told(self) -> bool:
        """Whether work may be given to them at all."""
        return self.person is not None and self.role in HANDLERS

    @property
    def dispatches(self) -> bool:
        return self.role in DISPATCHERS

    def covers(self, duty: str, grid: str | None) -> bool:
        """Whether a case is theirs; one of no known grid only where they have all grids."""
        return _within(duty, self.duties) and _within(grid or "", self.grids)


@dataclass(frozen=True)
class Person:
    id: int
    language: str
    household: Household | None = None
    consented: bool = False
    name: str = ""
    staff: Staff | None = None

    @property
    def joined(self) -> bool:
        """With a code: a household, or an appointment."""
        return self.household is not None or self.staff is not None

    @property
    def is_admin(self) -> bool:
        return self.staff is not None and self.staff.role is Role.ADMIN


def _within(code: str, allowed: tuple[str, ...]) -> bool:
    return "*" in allowed or code in allowed


def candidates(staff: list[Staff], duty: str, grid: str | None) -> list[Staff]:
    """Members of the community whose duties cover such a case, joined or not, away or not."""
    return [
        s
        for s in staff
        if s.level == COMMUNITY_LEVEL
        and s.role in HANDLERS
        and s.covers(duty, grid)
        and not (s.dispatches and "*" in s.duties)  # they take what nobody else does
    ]


def choose_holder(
    staff: list[Staff], duty: str, grid: str | None, load: Load, now: datetime
) -> Staff | None:
    """Who gets a case of this duty in this grid: the most specific, else the dispatcher.

    Among several alike those at work come first, then the least loaded. For somebody who has
    not joined or is away the deputy stands in. None only where the community has nobody at
    all who could be told.
    """

    def rank(s: Staff) -> tuple[tuple[bool, bool, bool], bool, int, int]:
        return _specific(s), not _at_work(s, now), load.get(s.id, 0), s.id

    for candidate in sorted(candidates(staff, duty, grid), key=rank):
        if found := at_work(candidate, staff, now):
            return found
    return dispatcher(staff, now)


def _specific(staff: Staff) -> tuple[bool, bool, bool]:
    return staff.dispatches, "*" in staff.grids, "*" in staff.duties


def _at_work(staff: Staff, now: datetime) -> bool:
    return staff.can_be_told and not staff.is_away(now)


def deputy_of(staff: Staff, everybody: list[Staff]) -> Staff | None:
    return next((s for s in everybody if s.id == staff.deputy), None)


def at_work(staff: Staff, everybody: list[Staff], now: datetime) -> Staff | None:
    """They themselves, or the deputy while they are away; None where neither can be told now."""
    deputy = deputy_of(staff, everybody)
    return next((s for s in (staff, deputy) if s and _at_work(s, now)), None)


def dispatcher(staff: list[Staff], now: datetime) -> Staff | None:
    """Who sends cases on: a secretary who has joined, else an admin who has.

    One who is away only where all of them are: somebody has to have what nobody else has.
    """
    able = [s for s in staff if s.dispatches and s.can_be_told and s.level == COMMUNITY_LEVEL]
    return min(able, key=lambda s: (s.is_away(now), s.role is Role.ADMIN, s.id), default=None)


def one_above(staff: list[Staff], level: int, duty: str, load: Load, now: datetime) -> Staff | None:
    """Who takes a case one level up: of this duty, at work, least loaded. None: nobody joined.

    For somebody who is away the deputy stands in, where the deputy is of that level too.
    """
    there = [s for s in staff if s.level == level + 1 and s.can_be_told]

    def rank(s: Staff) -> tuple[bool, bool, int, int]:
        return not _within(duty, s.duties), not _at_work(s, now), load.get(s.id, 0), s.id

    ranked = sorted(there, key=rank)
    found = (at_work(s, there, now) for s in ranked)
    return next((s for s in found if s), ranked[0] if ranked else None)


def write_code(random: bytes) -> str:
    """A code from at least seven random bytes, without the letters people misread."""
    number = int.from_bytes(random, "big")
    return "".join(CROCKFORD[(number >> (5 * i)) & 31] for i in range(CODE_LENGTH))


def show_code(code: str) -> str:
    return f"{code[:5]}-{code[5:]}"


def read_code(text: str) -> str | None:
    """The code in what somebody typed, forgiving case, width, signs between, O for 0; or None."""
    signs = normalize("NFKC", text).upper()
    compact = "".join(c for c in signs if c.isalnum()).translate(LOOKALIKES)
    if len(compact) == CODE_LENGTH and all(c in CROCKFORD for c in compact):
        return compact
    return None
