"""People, what the community has appointed them to, and the codes they join with."""

from dataclasses import dataclass
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
    organisation: str = ""  # its name, from level 2 on

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


def _within(code: str, allowed: tuple[str, ...]) -> bool:
    return "*" in allowed or code in allowed


def choose_holder(staff: list[Staff], duty: str, grid: str | None) -> Staff | None:
    """Who gets a case of this duty in this grid: the most specific, else the dispatcher.

    Somebody who has not joined yet cannot be told, so their deputy stands in. None only
    where the community has nobody at all who could be told.
    """
    by_id = {s.id: s for s in staff}
    fitting = [
        s
        for s in staff
        if s.level == COMMUNITY_LEVEL and s.role in HANDLERS and s.covers(duty, grid)
    ]
    for candidate in sorted(fitting, key=_specific):
        if candidate.dispatches and "*" in candidate.duties:
            continue  # dispatchers take what nobody else does, below
        stand_in = by_id.get(candidate.deputy) if candidate.deputy else None
        for person in (candidate, stand_in):
            if person and person.person is not None and person.role in HANDLERS:
                return person
    return dispatcher(staff)


def _specific(staff: Staff) -> tuple[bool, bool, bool, int]:
    return staff.dispatches, "*" in staff.grids, "*" in staff.duties, staff.id


def dispatcher(staff: list[Staff]) -> Staff | None:
    """Who sends cases on: a secretary who has joined, else an admin who has."""
    joined = [s for s in staff if s.person is not None and s.level == COMMUNITY_LEVEL]
    ranked = [s for role in (Role.SECRETARY, Role.ADMIN) for s in joined if s.role is role]
    return ranked[0] if ranked else None


def one_above(staff: list[Staff], level: int) -> Staff | None:
    """Somebody of the next level up who has joined; None where nobody has."""
    there = [s for s in staff if s.level == level + 1 and s.person is not None]
    return min(there, key=lambda s: s.id, default=None)


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
