"""What a row of the lists of households, staff and groups has to be, and why it is refused.

Each reader returns every good row and every problem, so that a person mends a list once.
A problem names no owner and no phone number.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from unicodedata import normalize

from domain.conversation import Address
from domain.residents import HANDLERS, MOST_ADULTS, Role

HOUSEHOLD_COLUMNS = {
    "building": ("楼栋", "楼号", "栋"),
    "unit": ("单元",),
    "room": ("房号", "房间", "室"),
    "area": ("面积", "建筑面积"),
    "grid": ("网格",),
    "owner": ("业主", "业主姓名"),
    "phone": ("电话", "手机", "手机号"),
    "adults": ("成年人数", "成年人", "18岁以上"),
}
HOUSEHOLDS_MAY_LACK = frozenset({"adults"})
STAFF_COLUMNS = {
    "name": ("姓名",),
    "role": ("角色", "职务"),
    "duties": ("职责",),
    "grids": ("网格",),
    "deputy": ("代理", "代理人"),
    "account": ("账号", "帐号"),
}
GROUP_COLUMNS = {"account": ("账号", "帐号"), "scope": ("范围",)}

LONGEST = 16  # characters of a building, unit, room or grid, as its column holds
LONGEST_NAME = 40
LARGEST_AREA = 10_000_000  # 0.01 m²: 100,000 m², a whole shopping mall
# [0-9] and not \d, which also takes the digits of other scripts.
AREA = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2})0*)?")  # 89.500 is 89.50; 1e2 is refused
COUNT = re.compile(r"[0-9]{1,3}")
PHONE_NOISE = re.compile(r"[\s()（）.·-]")
MOBILE = re.compile(r"1[0-9]{10}")
PHONE = re.compile(r"\+?[0-9]{7,15}")
CHAT = re.compile(r"[A-Za-z0-9_-]{1,64}")  # a room of the web chat; an OpenID of WeChat
PERSON = {
    "telegram": re.compile(r"[1-9][0-9]{0,19}"), "wechat": CHAT, "webchat": CHAT,
    "wecom": re.compile(r"[a-z0-9_.@-]{1,64}"),  # a UserID (账号), always in small letters
}  # fmt: skip
GROUP = {
    "telegram": re.compile(r"-[1-9][0-9]{0,19}"), "webchat": CHAT,
    "wecom": re.compile(r"group:[0-9a-z]{1,32}|robot:[0-9a-z_-]{1,32}"),
}  # fmt: skip


@dataclass(frozen=True)
class Raw:
    """One row of a list as it was written, by column, without the spaces around."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, order=True)
class Problem:
    line: int
    why: str


@dataclass(frozen=True)
class HouseholdRow:
    line: int
    building: str
    unit: str
    room: str
    area: int  # 0.01 m²
    grid: str
    owner: str = field(repr=False)
    phone: str = field(repr=False)  # digits; empty where none was given
    adults: int | None = None  # who live there, of eighteen and older; None: it does not say

    @property
    def door(self) -> str:
        return f"{self.building}-{self.unit}-{self.room}"


@dataclass(frozen=True)
class StaffRow:
    line: int
    name: str = field(repr=False)
    role: Role
    duties: tuple[str, ...]
    grids: tuple[str, ...]
    deputy: str = field(repr=False)  # a name; empty for nobody
    account: Address | None  # None: they join with a code, or have joined


@dataclass(frozen=True)
class GroupRow:
    line: int
    account: Address
    scope: str  # building, grid, community or staff
    value: str  # the building's or the grid's code; empty for the other two


Reader = Callable[[str], Any]


def read_households(
    rows: Iterable[Raw], grids: Collection[str]
) -> tuple[list[HouseholdRow], list[Problem]]:
    readers = {
        "building": short, "unit": short, "room": short, "area": area,
        "grid": one_of(grids), "owner": name_or_nothing, "phone": phone,
        "adults": adults_or_nothing,
    }  # fmt: skip
    good, problems = read_all(rows, readers)
    households = [HouseholdRow(**values) for values in good]
    problems += twice(households, lambda row: row.door, "household {key} stands on line {line} too")
    problems += _split_buildings(households)
    return households, sorted(problems)


def read_staff(
    rows: Iterable[Raw], duties: Collection[str], grids: Collection[str]
) -> tuple[list[StaffRow], list[Problem]]:
    readers = {
        "name": name, "role": role, "duties": several_of(duties), "grids": several_of(grids),
        "deputy": name_or_nothing, "account": account_or_nothing,
    }  # fmt: skip
    good, problems = read_all(rows, readers)
    staff = [StaffRow(**values) for values in good]
    problems += twice(staff, lambda row: row.name, "{key} stands on line {line} too")
    with_account = [row for row in staff if row.account]
    problems += twice(with_account, _account_of, "account {key} is given on line {line} too")
    problems += [why for row in staff for why in _idle(row)]
    return staff, sorted(problems)


def read_groups(
    rows: Iterable[Raw], buildings: Collection[str], grids: Collection[str]
) -> tuple[list[GroupRow], list[Problem]]:
    readers = {"account": group_account, "scope": scope(buildings, grids)}
    good, problems = read_all(rows, readers)
    groups = [GroupRow(v["line"], v["account"], *v["scope"]) for v in good]
    problems += twice(groups, _account_of, "account {key} is given on line {line} too")
    return groups, sorted(problems)


def unknown_deputies(staff: Iterable[StaffRow], names: Collection[str]) -> list[Problem]:
    """Deputies who are neither in the list nor appointed already."""
    return [
        Problem(row.line, f"deputy: {row.deputy} is neither in this list nor in the community")
        for row in staff
        if row.deputy and row.deputy not in names
    ]


def idle_deputies(staff: Iterable[StaffRow], roles: Mapping[str, Role]) -> list[Problem]:
    """Deputies whose role handles no cases, so that they could stand in for nobody."""
    return [
        Problem(row.line, f"deputy: {row.deputy} is an {roles[row.deputy]} and handles no cases")
        for row in staff
        if roles.get(row.deputy, Role.MEMBER) not in HANDLERS
    ]


def moved_in_part(
    rows: Iterable[HouseholdRow], others: Mapping[str, Mapping[str, int]]
) -> list[Problem]:
    """Buildings that this list puts into one grid while households it leaves out stay in another.

    ``others`` counts those households by building and grid.
    """
    first = {row.building: row for row in reversed(list(rows))}
    return [
        Problem(
            row.line,
            f"grid: building {row.building} is in grid {grid} with {count} households"
            f" that this list leaves out; a building belongs to one grid",
        )
        for row in first.values()
        for grid, count in others.get(row.building, {}).items()
        if grid != row.grid
    ]


def twice(rows: Iterable[Any], key: Callable[[Any], str], why: str) -> list[Problem]:
    """Rows with the key of an earlier row; ``why`` has the blanks key and line."""
    first: dict[str, int] = {}
    problems = []
    for row in rows:
        line = first.setdefault(key(row), row.line)
        if line != row.line:
            problems.append(Problem(row.line, why.format(key=key(row), line=line)))
    return problems


def _split_buildings(rows: Iterable[HouseholdRow]) -> list[Problem]:
    first: dict[str, HouseholdRow] = {}
    return [
        Problem(
            row.line,
            f"grid: building {row.building} is in grid {seen.grid} on line {seen.line}"
            f" and in grid {row.grid} here; a building belongs to one grid",
        )
        for row in rows
        if (seen := first.setdefault(row.building, row)).grid != row.grid
    ]


def _idle(row: StaffRow) -> list[Problem]:
    """What a row says that cannot be meant."""
    found = []
    if row.deputy == row.name:
        found.append("deputy: nobody stands in for themselves")
    if row.role is Role.MEMBER and not (row.duties and row.grids):
        found.append("duties, grids: a member needs at least one of each, or *")
    return [Problem(row.line, why) for why in found]


def _account_of(row: Any) -> str:
    return f"{row.account.channel}:{row.account.chat}"


def read_all(
    rows: Iterable[Raw], readers: Mapping[str, Reader]
) -> tuple[list[dict[str, Any]], list[Problem]]:
    good: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for row in rows:
        values, found = _read_row(row, readers)
        problems += found
        if not found:
            good.append(values)
    return good, problems


def _read_row(row: Raw, readers: Mapping[str, Reader]) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {"line": row.line}
    problems = []
    for column, read in readers.items():
        try:
            values[column] = read(row.cells[column])
        except ValueError as why:
            problems.append(Problem(row.line, f"{column}: {why}"))
    return values, problems


def short(text: str) -> str:
    """A building, unit or room. Full-width digits become ordinary ones."""
    found = normalize("NFKC", text).strip()
    if not found:
        raise ValueError("is empty")
    if len(found) > LONGEST:
        raise ValueError(f"{found!r} is longer than {LONGEST} characters")
    if " " in found or not found.isprintable():
        raise ValueError(f"{found!r} has a space or an invisible sign inside")
    return found


def area(text: str) -> int:
    """Square metres with at most two decimals, as 0.01 m². Never through a float."""
    found = AREA.fullmatch(normalize("NFKC", text).strip())
    if not found:
        raise ValueError(f"{text!r} is not an area with at most two decimals, such as 89.50")
    exact = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    if not 0 < exact <= LARGEST_AREA:
        raise ValueError(f"{text!r} is not above 0 and up to {LARGEST_AREA // 100} m²")
    return exact


def adults_or_nothing(text: str) -> int | None:
    """How many people; no names, no birthdays."""
    found = normalize("NFKC", text).strip()
    if not found:
        return None
    if not COUNT.fullmatch(found) or int(found) > MOST_ADULTS:
        raise ValueError(f"{text!r} is not a number of people from 0 to {MOST_ADULTS}")
    return int(found)


def phone(text: str) -> str:
    """The digits of one number; +86 before a mobile number goes. The refusal does not repeat it."""
    digits = PHONE_NOISE.sub("", normalize("NFKC", text))
    bare = re.sub(r"^(\+|00)?86(?=1[0-9]{10}$)", "", digits)
    if bare and not (MOBILE if len(bare) == 11 and bare[0] == "1" else PHONE).fullmatch(bare):
        raise ValueError("is not one telephone number of 7 to 15 digits")
    return bare


def name(text: str) -> str:
    if found := name_or_nothing(text):
        return found
    raise ValueError("is empty")


def name_or_nothing(text: str) -> str:
    found = " ".join(normalize("NFKC", text).split())
    if len(found) > LONGEST_NAME:
        raise ValueError(f"is longer than {LONGEST_NAME} characters")
    if not found.isprintable():
        raise ValueError("has an invisible sign inside")
    return found


def role(text: str) -> Role:
    try:
        return Role(text.strip().lower())
    except ValueError:
        raise ValueError(f"{text!r} is not one of {', '.join(Role)}") from None


def one_of(known: Collection[str]) -> Reader:
    def read(text: str) -> str:
        found = normalize("NFKC", text).strip()
        if found not in known:
            raise ValueError(f"{text!r} is not one of {', '.join(known)}, as config.yaml has them")
        return found

    return read


def several_of(known: Collection[str]) -> Reader:
    """Codes with ``;`` between, in the order given, each once; or ``*`` for all there will be."""

    def read(text: str) -> tuple[str, ...]:
        found = [part.strip() for part in normalize("NFKC", text).split(";") if part.strip()]
        strange = [code for code in found if code not in known and code != "*"]
        if strange:
            listed = ", ".join(known)
            raise ValueError(f"{', '.join(strange)!r} is not among {listed}; put ; between, or *")
        return ("*",) if "*" in found else tuple(dict.fromkeys(found))

    return read


def account_or_nothing(text: str) -> Address | None:
    return _account(text, PERSON, "telegram:201") if text.strip() else None


def group_account(text: str) -> Address:
    return _account(text, GROUP, "telegram:-1001")


def _account(text: str, channels: Mapping[str, re.Pattern[str]], example: str) -> Address:
    channel, _, chat = normalize("NFKC", text).strip().partition(":")
    chat = chat.lower() if channel == "wecom" else chat
    pattern = channels.get(channel)
    if pattern is None or not pattern.fullmatch(chat):
        known = ", ".join(channels)
        raise ValueError(f"{text!r} is not an account such as {example}; channels are {known}")
    return Address(channel, chat)


def scope(buildings: Collection[str], grids: Collection[str]) -> Reader:
    parts = {"building": buildings, "grid": grids}

    def read(text: str) -> tuple[str, str]:
        kind, mark, value = normalize("NFKC", text).strip().partition(":")
        if kind in ("community", "staff") and not mark:
            return kind, ""
        if kind not in parts:
            raise ValueError(f"{text!r} is not building:3, grid:1, community or staff")
        if value not in parts[kind]:
            raise ValueError(f"{text!r}: there is no {kind} {value!r}")
        return kind, value

    return read
