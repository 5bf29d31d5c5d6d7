"""What a row of the list of organisations has to be, and why it is refused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from unicodedata import normalize

from domain.imports import Problem, Raw, name, name_or_nothing, read_all, twice
from domain.residents import Role
from domain.tickets import Level

ORGANISATION_COLUMNS = {
    "name": ("名称", "组织"),
    "level": ("层级", "级别"),
    "staff": ("人员", "负责人"),
}
LEVELS = {
    "street": Level.STREET,
    "街道": Level.STREET,
    "department": Level.DEPARTMENT,
    "部门": Level.DEPARTMENT,
    "property": Level.COMMUNITY,  # the property company, the only one at the community's level
    "物业": Level.COMMUNITY,
}


@dataclass(frozen=True)
class OrganisationRow:
    line: int
    name: str
    level: Level
    staff: tuple[str, ...] = field(repr=False)  # names; who answers for it


def read_organisations(
    rows: Iterable[Raw], roles: Mapping[str, Role]
) -> tuple[list[OrganisationRow], list[Problem]]:
    """``roles``: of everybody appointed, by name."""
    readers = {"name": name, "level": level, "staff": names}
    good, problems = read_all(rows, readers)
    organisations = [OrganisationRow(**values) for values in good]
    problems += twice(organisations, lambda row: row.name, "{key} stands on line {line} too")
    problems += [why for row in organisations for why in _who_cannot_answer(row, roles)]
    problems += _answering_twice(organisations)
    return organisations, sorted(problems)


def _who_cannot_answer(row: OrganisationRow, roles: Mapping[str, Role]) -> list[Problem]:
    """Only members go up: a secretary and an admin are needed where they are."""
    found = []
    for person in row.staff:
        if person not in roles:
            found.append(f"staff: {person} is not appointed; import the staff first")
        elif roles[person] is not Role.MEMBER:
            found.append(f"staff: {person} is {roles[person]} of the community, not a member")
    return [Problem(row.line, why) for why in found]


def _answering_twice(rows: Iterable[OrganisationRow]) -> list[Problem]:
    first: dict[str, OrganisationRow] = {}
    return [
        Problem(row.line, f"staff: {person} answers for {seen.name} on line {seen.line} already")
        for row in rows
        for person in row.staff
        if (seen := first.setdefault(person, row)) is not row
    ]


def level(text: str) -> Level:
    try:
        return LEVELS[text.strip().lower()]
    except KeyError:
        raise ValueError(f"{text!r} is not one of {', '.join(LEVELS)}") from None


def level_name(level: Level) -> str:
    """As a list says it."""
    return next(name for name, of in LEVELS.items() if of is level)


def names(text: str) -> tuple[str, ...]:
    """Names with ``;`` between, each once."""
    found = [name_or_nothing(part) for part in normalize("NFKC", text).split(";")]
    if not any(found):
        raise ValueError("is empty; name at least one of the staff list")
    return tuple(dict.fromkeys(filter(None, found)))
