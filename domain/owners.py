"""What a row of the lists of owners and of delegates has to be, and why it is refused.

The list of households may be read as a list of owners as it is: whoever it names owns the flat.
A problem names no owner and no phone number.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from unicodedata import normalize

from domain.conversation import Address
from domain.imports import (
    HOUSEHOLD_COLUMNS,
    Problem,
    Raw,
    Reader,
    account_or_nothing,
    area,
    name,
    name_or_nothing,
    phone,
    read_all,
    short,
)
from domain.roll import Kind, Source

OWNER_COLUMNS = HOUSEHOLD_COLUMNS | {
    "bay": ("车位", "车位号"),
    "kind": ("类型", "业主类型"),
    "representative": ("代表", "代表人"),
    "source": ("面积来源", "来源"),
}
OWNERS_MAY_LACK = frozenset(OWNER_COLUMNS) - {"owner", "area"}  # a list of bays has no rooms
DELEGATE_COLUMNS = {"name": ("姓名",), "door": ("门牌", "房号"), "account": ("账号", "帐号")}
DELEGATES_MAY_LACK = frozenset({"door", "account"})

LONGEST_BAY = 64  # characters, as its column holds
KINDS = {"": Kind.PERSON, "个人": Kind.PERSON, "单位": Kind.COMPANY, "开发商": Kind.DEVELOPER}
SOURCES = {"": "", "登记": Source.REGISTER, "测绘": Source.SURVEY, "合同": Source.CONTRACT}
YES = frozenset({"yes", "y", "1", "是", "代表"})
NO = frozenset({"", "no", "n", "0", "否"})

T = TypeVar("T")


@dataclass(frozen=True)
class OwnerRow:
    """One owner of one property; joint owners have a row each."""

    line: int
    place: str  # a door, or a bay's own name
    owner: str = field(repr=False)  # empty: nobody knows yet whose it is
    phone: str = field(repr=False)  # digits; empty where none was given
    area: int | None  # 0.01 m²; None: nobody has said yet
    kind: Kind
    represents: bool
    source: str

    @property
    def who(self) -> tuple[str, ...]:
        """Alike for the rows of one owner.

        The same name with the same number is one owner, and a company's name is its own. Of two
        persons of one name without a number nobody can tell, so each is taken for another.
        """
        if self.kind is not Kind.PERSON:
            return self.kind, self.owner
        if self.owner and self.phone:
            return self.kind, self.owner, self.phone
        return self.kind, self.owner, "", self.place


@dataclass(frozen=True)
class DelegateRow:
    line: int
    name: str = field(repr=False)
    door: str  # empty where an account is given
    account: Address | None


def read_owners(
    rows: Iterable[Raw], doors: Collection[str]
) -> tuple[list[OwnerRow], list[Problem]]:
    """``doors``: of the households that the community has."""
    readers = {
        "building": short_or_nothing, "unit": short_or_nothing, "room": short_or_nothing,
        "bay": bay, "owner": name_or_nothing, "phone": phone, "area": area_or_nothing,
        "kind": kind, "representative": yes, "source": source,
    }  # fmt: skip
    good, problems = read_all(rows, readers)
    owners: list[OwnerRow] = []
    for values in good:
        try:
            owners.append(_owner(values, doors))
        except ValueError as why:
            problems.append(Problem(values["line"], str(why)))
    return owners, sorted([*problems, *_disagreements(owners)])


def _owner(values: Mapping[str, Any], doors: Collection[str]) -> OwnerRow:
    """Raises ValueError where the property is none."""
    place, bay = (values["building"], values["unit"], values["room"]), values["bay"]
    if bay and any(place):
        raise ValueError("bay: give a building, unit and room, or a bay, not both")
    if not bay and not all(place):
        raise ValueError("building, unit, room: one of them is empty, and no bay is given")
    found = bay or "-".join(place)
    if not bay and found not in doors:
        raise ValueError(f"there is no household {found}; import the list of households first")
    if bay in doors:
        raise ValueError(f"bay: {found} is the door of a household")
    return OwnerRow(
        values["line"], found, values["owner"], values["phone"], values["area"],
        values["kind"], values["representative"], values["source"],
    )  # fmt: skip


Told = Callable[[OwnerRow], Any]  # what a row tells; nothing where it is false

CANNOT_BOTH_BE: tuple[tuple[Told, Told, str], ...] = (
    (
        lambda r: (r.place, r.who),
        lambda r: r.line,
        "{what} stands with its owner on {first} too",
    ),
    (lambda r: r.place, lambda r: r.area, "area: {what} has another one on {first}"),
    (lambda r: r.place, lambda r: r.source, "source: {what} has another one on {first}"),
    (
        lambda r: r.place,
        lambda r: r.represents and r.line,
        "representative: {what} has one on {first}; joint owners have one",
    ),
    (
        lambda r: r.owner and r.phone and (r.owner, r.phone),
        lambda r: r.kind,
        "kind: the same owner is of another on {first}",
    ),
    (
        lambda r: r.place,
        lambda r: "named" if r.owner else "unknown",
        "owner: one of two who own {what} is empty; the other stands on {first}",
    ),
)


def _disagreements(rows: Sequence[OwnerRow]) -> Iterator[Problem]:
    """Rows that tell something else about the same thing than an earlier row did."""
    for about, told, why in CANNOT_BOTH_BE:
        seen: dict[Any, OwnerRow] = {}
        for row in rows:
            if about(row) and told(row):
                first = seen.setdefault(about(row), row)
                if told(first) != told(row):
                    blanks = {"what": row.place, "first": f"line {first.line}"}
                    yield Problem(row.line, why.format(**blanks))


def read_delegates(
    rows: Iterable[Raw], doors: Collection[str]
) -> tuple[list[DelegateRow], list[Problem]]:
    """``doors``: of the households that the community has."""
    readers = {"name": name, "door": door_of(doors), "account": account_or_nothing}
    good, problems = read_all(rows, readers)
    delegates = [DelegateRow(**values) for values in good]
    seen: dict[object, int] = {}
    for row in delegates:
        if bool(row.door) == bool(row.account):
            problems.append(Problem(row.line, "door, account: give one of the two"))
        first = seen.setdefault(row.account or (row.door, row.name), row.line)
        if first != row.line:
            problems.append(Problem(row.line, f"the same delegate stands on line {first} too"))
    return delegates, sorted(problems)


def door_of(doors: Collection[str]) -> Reader:
    def read(text: str) -> str:
        found = normalize("NFKC", text).strip()
        if found and found not in doors:
            raise ValueError(f"there is no household {found}; write it like 3-1-101")
        return found

    return read


def short_or_nothing(text: str) -> str:
    return short(text) if text.strip() else ""


def area_or_nothing(text: str) -> int | None:
    return area(text) if text.strip() else None


def bay(text: str) -> str:
    found = " ".join(normalize("NFKC", text).split())
    if len(found) > LONGEST_BAY or not found.isprintable():
        raise ValueError(f"is longer than {LONGEST_BAY} characters, or has an invisible sign")
    return found


def kind(text: str) -> Kind:
    return _one_of(text, KINDS, Kind)


def source(text: str) -> str:
    return _one_of(text, SOURCES, Source)


def _one_of(text: str, chinese: Mapping[str, T], known: Iterable[T]) -> T:
    found = normalize("NFKC", text).strip().lower()
    words = {**chinese, **{str(value): value for value in known}}
    if found not in words:
        raise ValueError(f"{text!r} is not one of {', '.join(map(str, known))}")
    return words[found]


def yes(text: str) -> bool:
    found = normalize("NFKC", text).strip().lower()
    if found not in YES | NO:
        raise ValueError(f"{text!r} is neither yes nor no")
    return found in YES
