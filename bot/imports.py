"""Lists in CSV or XLSX become plans, and plans are written as a whole or not at all.

Says nothing to anybody: the command line shows the problems, the preview and the progress.
"""

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Generic, TypeVar
from zipfile import BadZipFile

from domain.community import Community
from domain.conversation import Address
from domain.imports import (
    GROUP_COLUMNS,
    HOUSEHOLD_COLUMNS,
    HOUSEHOLDS_MAY_LACK,
    STAFF_COLUMNS,
    GroupRow,
    HouseholdRow,
    Problem,
    Raw,
    StaffRow,
    idle_deputies,
    moved_in_part,
    read_groups,
    read_households,
    read_staff,
    unknown_deputies,
)
from domain.organisations import ORGANISATION_COLUMNS, OrganisationRow, read_organisations
from domain.owners import (
    DELEGATE_COLUMNS,
    DELEGATES_MAY_LACK,
    OWNER_COLUMNS,
    OWNERS_MAY_LACK,
    DelegateRow,
    OwnerRow,
    read_delegates,
    read_owners,
)
from storage.delegates import Delegate, DelegateLists, DelegatePlan
from storage.imports import (
    Appointed,
    GroupPlan,
    HouseholdPlan,
    Imports,
    OrganisationPlan,
    StaffPlan,
    left_out,
    moves,
    placed,
    plan_groups,
    plan_organisations,
    plan_staff,
)
from storage.owners import OwnerLists, OwnerPlan
from storage.uow import Storage

Columns = Mapping[str, tuple[str, ...]]
Tick = Callable[[int], None]
Line = tuple[int, list[str]] | Problem
RowT = TypeVar("RowT")
PlanT = TypeVar("PlanT")
EXCEL_DIGITS = ".15g"  # what Excel shows of a number: 88.73999999999999 is 88.74 to everybody
REPORT_EVERY = 1000  # rows
NOT_A_BOOK = (BadZipFile, KeyError, ValueError, SyntaxError)
DEMO = Path(__file__).parent / "demo_data"


class BadList(Exception):
    """Everything that is wrong with a list; nothing of it was written."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


def silent(_: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Listed(Generic[RowT, PlanT]):
    """One list read, checked and compared with what is stored."""

    rows: list[RowT]
    plan: PlanT


@dataclass(frozen=True)
class Table:
    """The rows of a file that have the right shape, and what is wrong with the others."""

    rows: list[Raw] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


async def plan_household_list(
    storage: Storage, community: Community, path: Path, tick: Tick = silent
) -> Listed[HouseholdRow, HouseholdPlan]:
    """Read and compare. Raises BadList."""
    table = read_table(path, HOUSEHOLD_COLUMNS, tick, HOUSEHOLDS_MAY_LACK)
    rows, problems = read_households(table.rows, community.grids)
    async with storage.begin() as uow:
        imports = Imports.within(uow)
        stored = await imports.households()
    _refuse(table.problems + problems + moved_in_part(rows, left_out(rows, stored)))
    return Listed(rows, imports.plan_households(rows, stored))


async def write_household_list(storage: Storage, plan: HouseholdPlan, tick: Tick = silent) -> None:
    """Raises ListChanged, and then nothing was written."""
    async with storage.begin() as uow:
        await Imports.within(uow).write_households(plan, tick)


async def plan_staff_list(
    storage: Storage, community: Community, path: Path, tick: Tick = silent
) -> Listed[StaffRow, StaffPlan]:
    """Read and compare. Raises BadList."""
    duties = tuple(dict.fromkeys(category.who for category in community.categories))
    table = read_table(path, STAFF_COLUMNS, tick)
    rows, problems = read_staff(table.rows, duties, community.grids)
    async with storage.begin() as uow:
        imports = Imports.within(uow)
        stored = await imports.appointed(uow)
        people = {r.account: await imports.person_at(r.account) for r in rows if r.account}
    named = {row.cells["name"] for row in table.rows} | {row.name for row in rows}
    problems += unknown_deputies(rows, stored.keys() | named)
    roles = {name: old.role for name, old in stored.items()}
    problems += idle_deputies(rows, roles | {row.name: row.role for row in rows})
    _refuse(table.problems + problems + _taken(rows, stored, people))
    return Listed(rows, plan_staff(rows, stored))


async def write_staff_list(
    storage: Storage, community: Community, plan: StaffPlan, now: datetime
) -> None:
    """Raises ListChanged, and then nothing was written."""
    async with storage.begin() as uow:
        await Imports.within(uow).write_staff(plan, uow, community.language, now)


async def plan_organisation_list(
    storage: Storage, path: Path
) -> Listed[OrganisationRow, OrganisationPlan]:
    """Read and compare. Raises BadList."""
    table = read_table(path, ORGANISATION_COLUMNS)
    async with storage.begin() as uow:
        staff = await uow.staff.all()
    rows, problems = read_organisations(table.rows, {s.name: s.role for s in staff})
    _refuse(table.problems + problems)
    return Listed(rows, plan_organisations(rows, placed(staff)))


async def write_organisation_list(storage: Storage, plan: OrganisationPlan) -> None:
    """Raises ListChanged, and then nothing was written."""
    async with storage.begin() as uow:
        await Imports.within(uow).write_organisations(plan, uow)


async def plan_group_list(
    storage: Storage, community: Community, path: Path, tick: Tick = silent
) -> Listed[GroupRow, GroupPlan]:
    """Read and compare. Raises BadList."""
    table = read_table(path, GROUP_COLUMNS, tick)
    async with storage.begin() as uow:
        imports = Imports.within(uow)
        buildings, stored = await imports.buildings(), await imports.groups()
    rows, problems = read_groups(table.rows, buildings, community.grids)
    _refuse(table.problems + problems)
    return Listed(rows, plan_groups(rows, stored, community.language))


async def write_group_list(storage: Storage, plan: GroupPlan) -> None:
    """Raises ListChanged, and then nothing was written."""
    async with storage.begin() as uow:
        await Imports.within(uow).write_groups(plan, uow)


async def plan_owner_list(
    storage: Storage, path: Path, tick: Tick = silent
) -> Listed[OwnerRow, OwnerPlan]:
    """Read and compare. Raises BadList."""
    table = read_table(path, OWNER_COLUMNS, tick, OWNERS_MAY_LACK)
    async with storage.begin() as uow:
        households = await Imports.within(uow).households()
        owners = OwnerLists.within(uow)
        stored = await owners.stored()
    rows, problems = read_owners(table.rows, households)
    _refuse(table.problems + problems)
    doors = {door: household.id for door, household in households.items()}
    return Listed(rows, owners.plan(rows, doors, stored))


async def write_owner_list(
    storage: Storage, plan: OwnerPlan, now: datetime, tick: Tick = silent
) -> None:
    """Raises ListChanged, and then nothing was written."""
    async with storage.begin() as uow:
        await OwnerLists.within(uow).write(plan, now, tick)


async def plan_delegate_list(storage: Storage, path: Path) -> Listed[DelegateRow, DelegatePlan]:
    """Read and compare. Raises BadList."""
    table = read_table(path, DELEGATE_COLUMNS, may_lack=DELEGATES_MAY_LACK)
    async with storage.begin() as uow:
        imports, delegates = Imports.within(uow), DelegateLists.within(uow)
        households = await imports.households()
        rows, problems = read_delegates(table.rows, households)
        _refuse(table.problems + problems)
        doors = {door: household.id for door, household in households.items()}
        meant = await delegates.meant(rows, doors, imports)
        stored = await delegates.stored()
    _refuse(_same_delegate(rows, meant))
    return Listed(rows, delegates.plan(rows, meant, stored))


async def write_delegate_list(
    storage: Storage, community: Community, plan: DelegatePlan, now: datetime
) -> None:
    """Raises ListChanged, and then nothing was written."""
    async with storage.begin() as uow:
        await DelegateLists.within(uow).write(plan, uow, community.language, now)


def _same_delegate(rows: list[DelegateRow], meant: list[Delegate]) -> list[Problem]:
    """Rows that mean the same person, one by a door and one by an account."""
    first: dict[int, int] = {}
    pairs = [(row.line, d.person) for row, d in zip(rows, meant, strict=True)]
    return [
        Problem(line, f"it is the same person as on line {first[person]}")
        for line, person in pairs
        if person is not None and first.setdefault(person, line) != line
    ]


async def bring_demo(storage: Storage, community: Community, now: datetime) -> None:
    """The demo community's lists; those already there stay as they are. Raises BadList."""
    households = await plan_household_list(storage, community, DEMO / "households.csv")
    await write_household_list(storage, households.plan)
    owners = await plan_owner_list(storage, DEMO / "households.csv")  # whoever it names owns it
    await write_owner_list(storage, owners.plan, now)
    staff = await plan_staff_list(storage, community, DEMO / "staff.csv")
    await write_staff_list(storage, community, staff.plan, now)
    groups = await plan_group_list(storage, community, DEMO / "groups.csv")
    await write_group_list(storage, groups.plan)


def _taken(
    rows: list[StaffRow],
    stored: Mapping[str, Appointed],
    people: Mapping[Address, int | None],
) -> list[Problem]:
    """Accounts of people who hold another appointment, and keep it."""
    holders = {old.person: name for name, old in stored.items() if old.person is not None}
    for row in rows:
        old = stored.get(row.name)
        if old and old.person is not None and moves(row, stored):
            holders.pop(old.person, None)
    problems = []
    for row in rows:
        person = people[row.account] if row.account else None
        if person is None:
            continue
        holder = holders.setdefault(person, row.name)
        if holder != row.name:
            why = f"account: it belongs to the same person as the account of {holder}"
            problems.append(Problem(row.line, why))
    return problems


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise BadList(sorted(problems))


def read_table(
    path: Path, columns: Columns, tick: Tick = silent, may_lack: Collection[str] = ()
) -> Table:
    """Every row that is not empty, by column. Raises BadList when there is no telling columns.

    A column that may lack is empty in every row where it does.
    """
    suffix = path.suffix.lower()
    if suffix == ".xls":
        raise BadList([Problem(0, "is an old Excel file; save it as .xlsx or CSV")])
    try:
        lines = _xlsx(path) if suffix == ".xlsx" else _csv(path)
        return _table(lines, columns, tick, may_lack)
    except OSError as error:
        raise BadList([Problem(0, f"cannot be read ({error.strerror})")]) from None
    except NOT_A_BOOK:
        raise BadList([Problem(0, "is not an Excel workbook; save it anew as .xlsx")]) from None


def _table(lines: Iterator[Line], columns: Columns, tick: Tick, may_lack: Collection[str]) -> Table:
    header = next(lines, (1, []))
    if isinstance(header, Problem):
        raise BadList([header])
    places = _places(header[0], header[1], columns, may_lack)
    nowhere = dict.fromkeys(columns, "")
    table = Table()
    for count, line in enumerate(lines, 1):
        if count % REPORT_EVERY == 0:
            tick(REPORT_EVERY)
        if isinstance(line, Problem):
            table.problems.append(line)
        elif len(line[1]) > len(header[1]):
            why = f"has {len(line[1])} values for {len(header[1])} columns"
            table.problems.append(Problem(line[0], why))
        elif line[1]:
            table.rows.append(Raw(line[0], nowhere | _cells(line[1], places)))
    return table


def _cells(cells: list[str], places: Mapping[str, int]) -> dict[str, str]:
    width = len(cells)
    return {name: cells[place] if place < width else "" for name, place in places.items()}


def _trimmed(cells: list[str]) -> list[str]:
    """Without the empty cells at the end, which spreadsheets add as they like."""
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _places(
    line: int, header: list[str], columns: Columns, may_lack: Collection[str]
) -> dict[str, int]:
    """Where each column stands, whatever the order; nothing missing, double or unknown."""
    english = {a: name for name, aliases in columns.items() for a in (name, *aliases)}
    named = [english.get(cell.lower()) for cell in header]
    problems = [
        Problem(line, f"column {cell!r} is not known; known are {', '.join(columns)}")
        for cell, name in zip(header, named, strict=True)
        if name is None
    ]
    for name in columns:
        if named.count(name) != 1 and not (name in may_lack and name not in named):
            how = "is missing" if name not in named else "stands twice"
            problems.append(Problem(line, f"column {name!r} {how}"))
    _refuse(problems)
    return {name: named.index(name) for name in columns if name in named}


def _csv(path: Path) -> Iterator[Line]:
    """Lines of a CSV in UTF-8 or, as Excel saves it in China, in GB 18030."""
    reader = csv.reader(io.StringIO(_decoded(path), newline=""), strict=True)
    line = 1
    try:
        for row in reader:
            yield line, _trimmed([cell.strip() for cell in row])
            line = reader.line_num + 1
    except csv.Error as error:
        yield Problem(line, f"from here on it is not CSV ({error})")


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadList([Problem(0, "is neither UTF-8 nor GB 18030 text; save it as CSV UTF-8")])


def _xlsx(path: Path) -> Iterator[Line]:
    """Rows of the first sheet, as Excel shows them."""
    from openpyxl import load_workbook  # here, since a bot that runs has no use for it
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except InvalidFileException as error:
        raise ValueError(str(error)) from None
    try:
        for line, row in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
            made_a_date = [value for value in row if isinstance(value, (date, time))]
            if made_a_date:
                why = f"Excel made the date {made_a_date[0]} of a cell; format its column as text"
                yield Problem(line, why)
            else:
                yield line, _trimmed([_shown(value) for value in row])
    finally:
        book.close()


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return format(value, EXCEL_DIGITS)
    return "" if value is None else str(value).strip()
