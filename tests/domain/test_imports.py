"""The rules for a row of each list, as tables of cases."""

from collections import Counter
from collections.abc import Callable

import pytest

from domain import imports
from domain.conversation import Address
from domain.imports import Problem, Raw, read_groups, read_households, read_staff
from domain.residents import Role

GRIDS = ("1", "2")
DUTIES = ("lift", "noise")
HOME = {
    "building": "3", "unit": "1", "room": "101", "area": "89.5",
    "grid": "2", "owner": "张三", "phone": "138 0000 0000", "adults": "",
}  # fmt: skip
ZHOU = {
    "name": "周警官", "role": "member", "duties": "lift;noise", "grids": "2",
    "deputy": "", "account": "telegram:201",
}  # fmt: skip


def homes(*changes: dict[str, str]) -> list[Raw]:
    """Households like HOME, on lines 2, 3, 4 …"""
    return [Raw(line, HOME | change) for line, change in enumerate(changes, 2)]


def members(*changes: dict[str, str]) -> list[Raw]:
    return [Raw(line, ZHOU | change) for line, change in enumerate(changes, 2)]


def test_a_good_household_is_read_exactly() -> None:
    [row], problems = read_households(homes({}), GRIDS)

    assert problems == []
    assert (row.door, row.area, row.grid, row.owner) == ("3-1-101", 8950, "2", "张三")
    assert row.phone == "13800000000"
    assert "138" not in repr(row) and "张三" not in repr(row)


AREAS = [
    ("89", 8900), ("89.5", 8950), ("89.50", 8950), ("89.500", 8950), ("0.01", 1),
    ("８９．５", 8950), (" 120.07 ", 12007), ("1000", 100000), ("070.10", 7010),
]  # fmt: skip


@pytest.mark.parametrize(("text", "hundredths"), AREAS)
def test_an_area_is_a_whole_number_of_hundredths(text: str, hundredths: int) -> None:
    assert imports.area(text) == hundredths


@pytest.mark.parametrize(
    ("text", "adults"), [("", None), (" ", None), ("0", 0), ("3", 3), ("０３", 3), ("50", 50)]
)
def test_the_adults_of_a_household_are_a_number_or_not_said(text: str, adults: int | None) -> None:
    assert imports.adults_or_nothing(text) == adults


@pytest.mark.parametrize("text", ["-1", "2.5", "two", "51", "٣", "张三", "1" * 30])
def test_other_things_are_no_number_of_adults(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number of people from 0 to 50"):
        imports.adults_or_nothing(text)


NO_AREAS = [
    *("", "0", "0.00", "-3", "89.505", "89,5", "1,000", "1e2", "NaN", "inf", "1_0", "89."),
    *("百", "٣", "89 m²", "100000.01", "9" * 30),
]


@pytest.mark.parametrize("text", NO_AREAS)
def test_what_is_not_an_area_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not an area|not above 0"):
        imports.area(text)


PHONES = [
    ("13800000000", "13800000000"), ("+86 138-0000-0000", "13800000000"),
    ("008613800000000", "13800000000"), ("86 13800000000", "13800000000"),
    ("１３８００００００００", "13800000000"), ("0731-8888 8888", "073188888888"),
    ("(010) 6666.6666", "01066666666"), ("+852 2222 2222", "+85222222222"), ("", ""), (" ", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "digits"), PHONES)
def test_one_phone_number_has_one_spelling(text: str, digits: str) -> None:
    assert imports.phone(text) == digits


@pytest.mark.parametrize(
    "text", ["123456", "13800000000/13900000000", "12 digits", "1" * 16, "138０x", "1380000000O"]
)
def test_what_is_not_a_phone_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="not one telephone number") as refused:
        imports.phone(text)

    assert text not in str(refused.value)


ROWS = [
    ({"building": ""}, "building: is empty"),
    ({"unit": "a b"}, "unit: 'a b' has a space or an invisible sign inside"),
    ({"room": "1" * 17}, f"room: '{'1' * 17}' is longer than 16 characters"),
    ({"room": "1\u200b01"}, "invisible sign"),
    ({"area": "x"}, "area: 'x' is not an area with at most two decimals, such as 89.50"),
    ({"grid": "9"}, "grid: '9' is not one of 1, 2, as config.yaml has them"),
    ({"owner": "长" * 41}, "owner: is longer than 40 characters"),
    ({"phone": "12"}, "phone: is not one telephone number of 7 to 15 digits"),
]


@pytest.mark.parametrize(("change", "said"), ROWS)
def test_a_bad_household_is_named_with_its_line(change: dict[str, str], said: str) -> None:
    rows, problems = read_households(homes({"room": "102"}, change), GRIDS)

    assert [row.line for row in rows] == [2]
    assert [problem.line for problem in problems] == [3]
    assert said in problems[0].why


def test_every_reason_of_every_bad_row_is_told() -> None:
    _, problems = read_households(homes({"area": "", "grid": ""}, {"unit": ""}), GRIDS)

    assert [(p.line, p.why.split(":")[0]) for p in problems] == [
        (2, "area"),
        (2, "grid"),
        (3, "unit"),
    ]


def test_a_household_listed_twice_is_named_with_both_lines() -> None:
    _, problems = read_households(
        homes({}, {"room": "102"}, {"area": "1", "room": "１０１"}), GRIDS
    )

    assert problems == [Problem(4, "household 3-1-101 stands on line 2 too")]


def test_a_building_in_two_grids_is_named_with_both_lines() -> None:
    _, problems = read_households(homes({}, {"room": "102", "grid": "1"}), GRIDS)

    assert [p.line for p in problems] == [3]
    assert "building 3 is in grid 2 on line 2 and in grid 1 here" in problems[0].why


def test_a_building_moves_to_another_grid_only_as_a_whole() -> None:
    rows, _ = read_households(homes({}, {"room": "102"}), GRIDS)

    assert imports.moved_in_part(rows, {"3": Counter({"2": 7}), "4": Counter({"1": 9})}) == []
    [problem] = imports.moved_in_part(rows, {"3": Counter({"1": 7})})
    assert problem.line == 2
    assert "building 3 is in grid 1 with 7 households that this list leaves out" in problem.why


def test_a_good_member_is_read_exactly() -> None:
    change = {"duties": "noise；lift; noise ;", "grids": "1;*", "deputy": " 何书记 "}
    [row], problems = read_staff(members(change), DUTIES, GRIDS)

    assert problems == []
    assert (row.name, row.role, row.duties) == ("周警官", Role.MEMBER, ("noise", "lift"))
    assert (row.grids, row.deputy) == (("*",), "何书记")
    assert row.account == Address("telegram", "201")


STAFF = [
    ({"name": " "}, "name: is empty"),
    ({"role": "boss"}, "role: 'boss' is not one of member, secretary, admin, auditor"),
    ({"duties": "lift;magic"}, "duties: 'magic' is not among lift, noise"),
    ({"grids": "7"}, "grids: '7' is not among 1, 2"),
    ({"duties": ""}, "duties, grids: a member needs at least one of each, or *"),
    ({"deputy": "周警官"}, "deputy: nobody stands in for themselves"),
    ({"account": "telegram:-100"}, "account: 'telegram:-100' is not an account such as telegram:"),
    ({"account": "telegram:1٣"}, "account: 'telegram:1٣' is not an account such as telegram:201"),
    ({"account": "mail:x"}, "channels are telegram, wechat, webchat"),
    ({"account": "201"}, "is not an account such as telegram:201"),
]


@pytest.mark.parametrize(("change", "said"), STAFF)
def test_a_bad_member_is_named_with_its_line(change: dict[str, str], said: str) -> None:
    _, problems = read_staff(members(change), DUTIES, GRIDS)

    assert [problem.line for problem in problems] == [2]
    assert said in problems[0].why


def test_an_auditor_needs_no_duties() -> None:
    change = {"role": "auditor", "duties": "", "grids": "", "account": ""}

    assert read_staff(members(change), DUTIES, GRIDS)[1] == []


def test_one_account_cannot_be_two_peoples() -> None:
    _, problems = read_staff(members({}, {"name": "孙管理员"}, {}), DUTIES, GRIDS)

    assert problems == [
        Problem(3, "account telegram:201 is given on line 2 too"),
        Problem(4, "account telegram:201 is given on line 2 too"),
        Problem(4, "周警官 stands on line 2 too"),
    ]


def test_a_deputy_may_stand_anywhere_in_the_list_or_be_appointed_already() -> None:
    changes = {"deputy": "何书记"}, {"name": "何书记", "deputy": "吴社工"}, {"deputy": "无名"}
    rows, _ = read_staff(members(*changes), DUTIES, GRIDS)

    problems = imports.unknown_deputies(rows, {"周警官", "何书记", "吴社工"})

    assert problems == [Problem(4, "deputy: 无名 is neither in this list nor in the community")]


def test_a_deputy_who_handles_no_cases_is_named() -> None:
    """An auditor who stood in for an officer was handed the cases they are to audit."""
    changes = {"deputy": "郑监督"}, {"name": "郑监督", "role": "auditor", "account": ""}
    rows, _ = read_staff(members(*changes), DUTIES, GRIDS)

    problems = imports.idle_deputies(rows, {row.name: row.role for row in rows})

    assert problems == [Problem(2, "deputy: 郑监督 is an auditor and handles no cases")]


def groups(account: str, scope: str) -> tuple[list[tuple[str, str]], list[Problem]]:
    raw = [Raw(2, {"account": account, "scope": scope})]
    rows, problems = read_groups(raw, {"3"}, GRIDS)
    return [(row.scope, row.value) for row in rows], problems


SCOPES = [
    ("building:3", ("building", "3")), ("grid:1", ("grid", "1")),
    ("community", ("community", "")), ("staff", ("staff", "")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "scope"), SCOPES)
def test_a_group_stands_for_a_part_of_the_community(text: str, scope: tuple[str, str]) -> None:
    assert groups("telegram:-1001", text) == ([scope], [])


GROUPS = [
    ("telegram:-1001", "building:9", "scope: 'building:9': there is no building '9'"),
    ("telegram:-1001", "grid:9", "scope: 'grid:9': there is no grid '9'"),
    ("telegram:-1001", "street", "scope: 'street' is not building:3, grid:1, community or staff"),
    ("telegram:-1001", "staff:1", "scope: 'staff:1' is not building:3"),
    ("telegram:1001", "staff", "account: 'telegram:1001' is not an account such as telegram:-1001"),
]


@pytest.mark.parametrize(("account", "scope", "said"), GROUPS)
def test_a_bad_group_is_named_with_its_line(account: str, scope: str, said: str) -> None:
    _, [problem] = groups(account, scope)

    assert problem.line == 2
    assert said in problem.why


READERS: list[Callable[[str], object]] = [
    imports.short, imports.area, imports.phone, imports.name, imports.role,
    imports.account_or_nothing, imports.group_account,
    imports.one_of(GRIDS), imports.several_of(DUTIES), imports.scope({"3"}, GRIDS),
]  # fmt: skip


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("text", ["\x00", "=1+1", "{}", "%s", ":", ";", "٣", "😀" * 50, "9" * 5000])
def test_nothing_in_a_cell_is_more_than_refused(read: Callable[[str], object], text: str) -> None:
    try:
        read(text)
    except ValueError as refused:
        assert str(refused)
