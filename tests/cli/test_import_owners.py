"""linli import owners, delegates: whose a flat is, shown first, written whole, twice is once."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from bot.imports import DEMO
from storage.vault import Vault
from tests.cli.linli import HOUSEHOLDS, KEY, Linli, home

OWNERS = "owner,building,unit,room,bay,area,kind,representative,phone,source"
DOORS = ("101", "102", "103", "201")
ZHANG, LI = "13800000000", "13900000000"
HELD = """SELECT property, area, source, represents FROM holdings ORDER BY property, represents"""
OWNED = "SELECT COUNT(*) FROM owners"


def flat(
    owner: str,
    room: str,
    area: str = "89.50",
    phone: str = ZHANG,
    kind: str = "",
    represents: str = "",
    source: str = "register",
) -> tuple[str, ...]:
    return owner, "3", "1", room, "", area, kind, represents, phone, source


def bay(owner: str, name: str, phone: str = ZHANG) -> tuple[str, ...]:
    return owner, "", "", "", name, "12.50", "", "", phone, "contract"


def with_households(linli: Linli) -> Linli:
    linli("import", "households", linli.listed(HOUSEHOLDS, *map(home, DOORS)), "--yes")
    return linli


def owners(linli: Linli, *rows: tuple[str, ...]) -> str:
    done = linli("import", "owners", linli.listed(OWNERS, *rows), "--yes")
    assert done.exit_code == 0, done.output
    return done.output


def test_flats_bays_and_joint_owners_are_written_and_twice_changes_nothing(linli: Linli) -> None:
    with_households(linli)
    rows = (
        flat("张三", "101"),
        bay("张三", "B1-07"),
        flat("张三", "102", represents="yes"),
        flat("李四", "102", phone=LI),
        flat("宏达公司", "201", "", "", "developer", "", ""),
    )

    said = owners(linli, *rows)

    assert "In all 3 owners of 4 properties with 191.50 m²." in said
    assert "1 without an area: no vote of owners opens before it is known." in said
    assert linli.rows(HELD) == [
        ("3-1-101", 8950, "register", 0),
        ("3-1-102", 8950, "register", 0),
        ("3-1-102", 8950, "register", 1),
        ("3-1-201", None, "", 0),
        ("B1-07", 1250, "contract", 0),
    ]
    before = linli.rows("SELECT * FROM owners ORDER BY id")
    assert "Nothing to change, nothing written." in owners(linli, *rows)
    assert linli.rows("SELECT * FROM owners ORDER BY id") == before


def test_it_is_shown_without_a_name_and_asked_about_first(on_sqlite: Linli) -> None:
    with_households(on_sqlite)
    path = on_sqlite.listed(OWNERS, *(flat("张三", room) for room in DOORS))

    shown = on_sqlite("import", "owners", path, typed="n\n")

    assert shown.exit_code == 1 and "张三" not in shown.output and "1380" not in shown.output
    assert "4 new, 0 changed, 0 as they are" in shown.output
    assert on_sqlite.rows(OWNED) == [(0,)]


def test_the_list_of_households_names_the_owners(linli: Linli) -> None:
    """120 flats of the demo, each with its area and the name and number of whoever owns it."""
    path = DEMO / "households.csv"
    linli("import", "households", path, "--yes")

    said = linli("import", "owners", path, "--yes")

    assert "In all 120 owners of 120 properties" in said.output
    assert linli.rows("SELECT COUNT(*), MIN(area) FROM holdings WHERE household_id > 0") == [
        (120, 7367)
    ]


def test_a_name_is_sealed_and_of_a_phone_only_a_keyed_hash_is_kept(linli: Linli) -> None:
    owners(with_households(linli), flat("张三", "101"))

    [(name, phone)] = linli.rows("SELECT name_sealed, phone_hash FROM owners")

    vault = Vault(KEY)
    assert vault.unseal(name) == "张三" and phone == vault.keyed_hash("phone", ZHANG)


def test_a_sold_flat_changes_hands_and_the_rest_stays(linli: Linli) -> None:
    owners(with_households(linli), flat("张三", "101"), flat("张三", "102"), flat("王五", "103"))

    said = owners(linli, flat("李四", "101", phone=LI), flat("李四", "103", phone=LI))

    assert "0 new, 2 changed, 0 as they are; 1 not in this list stay" in said
    assert linli.rows(OWNED) == [(2,)]  # 王五 owns nothing any more
    per_owner = "SELECT COUNT(*) FROM holdings GROUP BY owner_id ORDER BY COUNT(*)"
    assert linli.rows(per_owner) == [(1,), (2,)]


@pytest.mark.parametrize("phone", ["13700000000", ""])
def test_another_number_makes_no_new_owner(linli: Linli, phone: str) -> None:
    """The title document that was seen stays with the owner."""
    owners(with_households(linli), flat("张三", "101"), flat("张三", "102"))
    [(id, known)] = linli.rows("SELECT id, phone_hash FROM owners")

    owners(linli, flat("张三", "101", phone=phone))

    kept = Vault(KEY).keyed_hash("phone", phone) if phone else known
    assert linli.rows("SELECT id, phone_hash FROM owners") == [(id, kept)]
    assert linli.rows("SELECT COUNT(*) FROM holdings") == [(2,)]


def test_two_of_one_name_without_a_number_are_two_and_a_company_is_one(linli: Linli) -> None:
    rows = (
        flat("王伟", "101", phone=""),
        flat("王伟", "102", phone=""),
        flat("宏达公司", "103", phone="", kind="开发商"),
        flat("宏达公司", "201", phone="", kind="developer"),
    )

    said = owners(with_households(linli), *rows)

    assert "In all 3 owners of 4 properties" in said
    assert "2 persons without a phone" in said
    assert "Nothing to change" in owners(linli, *rows)


def test_a_representative_whom_the_owners_chose_outlives_a_list_without_one(linli: Linli) -> None:
    joint = flat("张三", "101"), flat("李四", "101", phone=LI)
    owners(with_households(linli), flat("张三", "101", represents="是"), joint[1])

    assert "Nothing to change" in owners(linli, *joint)

    owners(linli, joint[0], flat("李四", "101", phone=LI, represents="yes"))
    assert linli.rows("SELECT SUM(represents) FROM holdings") == [(1,)]
    owners(linli, flat("王五", "101", phone="13700000000"), joint[1])
    assert linli.rows("SELECT SUM(represents) FROM holdings") == [(0,)]


def test_every_bad_row_is_named_and_nothing_is_written(linli: Linli) -> None:
    with_households(linli)
    path = linli.listed(
        OWNERS,
        flat("张三", "101", "x", kind="tenant"),
        flat("张三", "999"),
        ("张三", "3", "1", "101", "B1", "1", "", "", "", ""),
        ("张三", "3", "", "101", "", "1", "", "", "", ""),
        ("张三", "", "", "", "3-1-101", "1", "", "", "", ""),
        flat("张三", "102", represents="yes"),
        flat("张三", "102", represents="maybe"),
        flat("李四", "102", "90", LI, represents="yes", source="survey"),
        flat("张三", "102"),
        flat("", "102", phone=""),
        flat("张三", "201", kind="company"),
    )

    said = linli("import", "owners", path, "--yes")

    assert said.exit_code == 1
    assert said.stderr.splitlines() == [
        "line 2: area: 'x' is not an area with at most two decimals, such as 89.50",
        "line 2: kind: 'tenant' is not one of person, company, developer",
        "line 3: there is no household 3-1-999; import the list of households first",
        "line 4: bay: give a building, unit and room, or a bay, not both",
        "line 5: building, unit, room: one of them is empty, and no bay is given",
        "line 6: bay: 3-1-101 is the door of a household",
        "line 8: representative: 'maybe' is neither yes nor no",
        "line 9: area: 3-1-102 has another one on line 7",
        "line 9: representative: 3-1-102 has one on line 7; joint owners have one",
        "line 9: source: 3-1-102 has another one on line 7",
        "line 10: 3-1-102 stands with its owner on line 7 too",
        "line 11: owner: one of two who own 3-1-102 is empty; the other stands on line 7",
        "line 12: kind: the same owner is of another on line 7",
        "13 problems. Nothing was written.",
    ]
    assert linli.rows(OWNED) == [(0,)]


def test_an_excel_list_with_chinese_columns_is_read(on_sqlite: Linli) -> None:
    with_households(on_sqlite)
    book, path = Workbook(), on_sqlite.folder / "list.xlsx"
    book.worksheets[0].append(["房号", "楼栋", "单元", "业主", "面积", "电话", "面积来源"])
    book.worksheets[0].append([101, 3, 1, "张三", 89.5, 13800000000, "合同"])
    book.save(path)

    assert on_sqlite("import", "owners", path, "--yes").exit_code == 0
    assert on_sqlite.rows(HELD) == [("3-1-101", 8950, "contract", 0)]


def test_a_list_without_the_area_or_the_owner_is_none(on_sqlite: Linli, tmp_path: Path) -> None:
    path = on_sqlite.listed("building,unit,room", ("3", "1", "101"))

    said = on_sqlite("import", "owners", path)

    assert "column 'owner' is missing" in said.stderr and "column 'area' is missing" in said.stderr


DELEGATES = "name,door,account"


def test_delegates_by_door_and_by_account_and_twice_changes_nothing(linli: Linli) -> None:
    with_households(linli)
    path = linli.listed(DELEGATES, ("赵六", "3-1-101", ""), ("钱七", "", "telegram:501"))

    said = linli("import", "delegates", path, "--yes")

    assert said.exit_code == 0, said.output
    assert "1 have not joined yet; they count, and cannot vote." in said.output
    joined = "SELECT COUNT(*), COUNT(household_id), COUNT(person_id) FROM delegates"
    assert linli.rows(joined) == [(2, 1, 1)]
    assert "Nothing to change" in linli("import", "delegates", path).output


def test_whoever_the_list_leaves_out_is_a_delegate_no_more(linli: Linli) -> None:
    with_households(linli)
    both = linli.listed(DELEGATES, ("赵六", "3-1-101", ""), ("钱七", "", "telegram:501"))
    linli("import", "delegates", both, "--yes")

    one = linli.listed("姓名,门牌", ("赵六", "3-1-101"))
    said = linli("import", "delegates", one, "--yes")

    assert "Not in this list, and delegates no more: 1" in said.output
    assert linli.rows("SELECT COUNT(*) FROM delegates") == [(1,)]


def test_bad_rows_of_delegates_are_named(on_sqlite: Linli) -> None:
    with_households(on_sqlite)
    path = on_sqlite.listed(
        DELEGATES,
        ("赵六", "3-1-101", "telegram:501"),
        ("赵六", "", ""),
        ("", "3-1-999", ""),
        ("钱七", "3-1-102", ""),
        ("钱七", "3-1-102", ""),
    )

    said = on_sqlite("import", "delegates", path, "--yes")

    assert said.stderr.splitlines() == [
        "line 2: door, account: give one of the two",
        "line 3: door, account: give one of the two",
        "line 4: door: there is no household 3-1-999; write it like 3-1-101",
        "line 4: name: is empty",
        "line 6: the same delegate stands on line 5 too",
        "5 problems. Nothing was written.",
    ]
