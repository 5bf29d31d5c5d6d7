"""linli import: shown before it is written, written as a whole, twice is once."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from storage.vault import Vault
from tests.cli.linli import HOME, HOUSEHOLDS, KEY, STAFF, ZHOU, Linli, home

STORED = "SELECT building, unit, room, area, grid FROM households ORDER BY room"


def test_a_list_is_shown_then_asked_about_then_written(linli: Linli) -> None:
    path = linli.listed(HOUSEHOLDS, HOME, home("102", area="100"), home("201", building="4"))

    shown = linli("import", "households", path, typed="n\n")

    assert shown.exit_code == 1
    assert "In all 3 households with 279.00 m²." in shown.output
    assert "3 new, 0 changed, 0 as they are" in shown.output
    assert linli.rows(STORED) == []

    written = linli("import", "households", path, typed="y\n")

    assert written.exit_code == 0, written.output
    assert linli.rows(STORED) == [
        ("3", "1", "101", 8950, "2"),
        ("3", "1", "102", 10000, "2"),
        ("4", "1", "201", 8950, "2"),
    ]


def test_five_rows_are_shown_and_no_name_and_no_phone(on_sqlite: Linli) -> None:
    path = on_sqlite.listed(HOUSEHOLDS, *(home(f"{n}01") for n in range(1, 9)))

    shown = on_sqlite("import", "households", path, "--yes").output

    assert "501" in shown and "601" not in shown
    assert "… and 3 more rows." in shown
    assert "1380" not in shown and "张三" not in shown


def test_the_same_list_twice_changes_nothing(linli: Linli) -> None:
    path = linli.listed(HOUSEHOLDS, HOME, home("102"))
    linli("import", "households", path, "--yes")
    before = linli.rows("SELECT * FROM households")

    again = linli("import", "households", path)

    assert again.exit_code == 0
    assert "0 new, 0 changed, 2 as they are" in again.output
    assert "Nothing to change, nothing written." in again.output
    assert linli.rows("SELECT * FROM households") == before


@pytest.mark.parametrize(
    "change", [{"area": "90"}, {"owner": "李四"}, {"phone": "13900000000"}, {"phone": ""}]
)
def test_a_changed_row_changes_its_household_and_no_other(
    linli: Linli, change: dict[str, str]
) -> None:
    linli("import", "households", linli.listed(HOUSEHOLDS, HOME, home("102")), "--yes")
    kept = linli.rows("SELECT * FROM households WHERE room = '101'")
    ids = linli.rows("SELECT id FROM households ORDER BY room")

    said = linli("import", "households", linli.listed(HOUSEHOLDS, home("102", **change)), "--yes")

    assert "0 new, 1 changed, 0 as they are; 1 not in this list stay" in said.output
    assert linli.rows("SELECT * FROM households WHERE room = '101'") == kept
    assert linli.rows("SELECT id FROM households ORDER BY room") == ids


def test_adults_are_counted_and_a_list_without_them_leaves_the_number(linli: Linli) -> None:
    adults = "SELECT room, adults FROM households ORDER BY room"
    told = linli.listed(
        f"{HOUSEHOLDS},adults", (*HOME, "3"), (*home("102"), ""), (*home("103"), "0")
    )
    said = linli("import", "households", told, "--yes").output
    assert "In all 3 households with 268.50 m²; 3 adults in 2 of them." in said
    assert linli.rows(adults) == [("101", 3), ("102", None), ("103", 0)]

    silent = linli.listed(HOUSEHOLDS, home("101", area="90"), home("102"), home("103"))
    assert (
        "0 new, 1 changed, 2 as they are" in linli("import", "households", silent, "--yes").output
    )
    assert linli.rows(adults) == [("101", 3), ("102", None), ("103", 0)]

    other = linli.listed(f"{HOUSEHOLDS},18岁以上", (*home("102"), "2"))
    linli("import", "households", other, "--yes")
    assert linli.rows(adults) == [("101", 3), ("102", 2), ("103", 0)]


def test_every_bad_row_is_named_and_nothing_is_written(linli: Linli) -> None:
    path = linli.listed(
        HOUSEHOLDS,
        HOME,
        home("102", area="x", grid="7"),
        home("101"),
        home("103", grid="1"),
        (*home("104"), "too many"),
    )

    said = linli("import", "households", path, "--yes")

    assert said.exit_code == 1
    assert said.stderr.splitlines() == [
        "line 3: area: 'x' is not an area with at most two decimals, such as 89.50",
        "line 3: grid: '7' is not one of 1, 2, 3, as config.yaml has them",
        "line 4: household 3-1-101 stands on line 2 too",
        "line 5: grid: building 3 is in grid 2 on line 2 and in grid 1 here; "
        "a building belongs to one grid",
        "line 6: has 8 values for 7 columns",
        "5 problems. Nothing was written.",
    ]
    assert linli.rows(STORED) == []


def test_a_building_is_not_torn_between_grids_by_a_second_list(on_sqlite: Linli) -> None:
    on_sqlite("import", "households", on_sqlite.listed(HOUSEHOLDS, HOME, home("102")), "--yes")

    part = on_sqlite.listed(HOUSEHOLDS, home("103", grid="1"))
    said = on_sqlite("import", "households", part, "--yes")
    assert said.exit_code == 1
    assert "line 2: grid: building 3 is in grid 2 with 2 households" in said.stderr

    whole = on_sqlite.listed(HOUSEHOLDS, *(home(room, grid="1") for room in ("101", "102", "103")))
    assert on_sqlite("import", "households", whole, "--yes").exit_code == 0
    assert on_sqlite.rows("SELECT DISTINCT grid FROM households") == [("1",)]


def test_a_name_is_sealed_and_of_a_phone_only_a_keyed_hash_is_kept(linli: Linli) -> None:
    linli("import", "households", linli.listed(HOUSEHOLDS, HOME), "--yes")

    [(owner, phone)] = linli.rows("SELECT owner_sealed, phone_hash FROM households")

    vault = Vault(KEY)
    assert vault.unseal(owner) == "张三"
    assert phone == vault.keyed_hash("phone", "13800000000")
    assert "13800000000" not in str(linli.rows("SELECT * FROM households"))


def test_a_list_that_excel_saved_in_china_is_read(on_sqlite: Linli) -> None:
    columns = "房号,楼栋,单元,业主,面积,电话,网格"
    row = ("101", "3", "1", "张三", "89.50", "13800000000", "2")

    said = on_sqlite(
        "import", "households", on_sqlite.listed(columns, row, encoding="gb18030"), "--yes"
    )

    assert said.exit_code == 0, said.output
    assert on_sqlite.rows(STORED) == [("3", "1", "101", 8950, "2")]


def test_a_list_with_a_byte_order_mark_is_read(on_sqlite: Linli) -> None:
    path = on_sqlite.listed(HOUSEHOLDS, HOME, encoding="utf-8-sig")

    assert on_sqlite("import", "households", path, "--yes").exit_code == 0


def workbook(folder: Path, *rows: Sequence[object]) -> Path:
    book, path = Workbook(), folder / "list.xlsx"
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def test_a_workbook_is_read_as_excel_shows_it(on_sqlite: Linli) -> None:
    path = workbook(
        on_sqlite.folder,
        [*HOUSEHOLDS.split(","), None],
        [3, 1, 101, 88.73999999999999, 2, "张三", 13800000000],
        [3, 1, 102, 90, 2.0, None, None, None],
        [None, None],
        ["3", "1", "103", "91.5", "2", "", "", ""],
    )

    said = on_sqlite("import", "households", path, "--yes")

    assert said.exit_code == 0, said.output
    assert [(room, area) for _, _, room, area, _ in on_sqlite.rows(STORED)] == [
        ("101", 8874),
        ("102", 9000),
        ("103", 9150),
    ]
    phone = Vault(KEY).keyed_hash("phone", "13800000000")
    assert on_sqlite.rows("SELECT phone_hash FROM households ORDER BY room")[0] == (phone,)


def test_a_cell_that_excel_made_a_date_is_named_with_the_other_bad_rows(on_sqlite: Linli) -> None:
    path = workbook(
        on_sqlite.folder,
        HOUSEHOLDS.split(","),
        [3, datetime(2026, 3, 1), 101, 89, 2, "", ""],  # noqa: DTZ001 - Excel's dates have no zone
        [3, 1, 102, 0, 2, "", ""],
    )

    said = on_sqlite("import", "households", path, "--yes")

    assert said.exit_code == 1
    assert "line 2: Excel made the date 2026-03-01" in said.stderr
    assert "line 3: area: '0' is not above 0" in said.stderr


HEADERS = [
    ("building,unit,room,area,grid,owner", "line 1: column 'phone' is missing"),
    (f"{HOUSEHOLDS},floor", "line 1: column 'floor' is not known; known are building, unit"),
    (f"{HOUSEHOLDS},楼栋", "line 1: column 'building' stands twice"),
    ("", "line 1: column 'building' is missing"),
]


@pytest.mark.parametrize(("columns", "said"), HEADERS)
def test_a_header_that_cannot_be_told_is_refused_by_name(
    on_sqlite: Linli, columns: str, said: str
) -> None:
    refused = on_sqlite("import", "households", on_sqlite.listed(columns, HOME), "--yes")

    assert refused.exit_code == 1
    assert said in refused.stderr


FILES = [
    ("none.csv", None, "the file cannot be read (No such file or directory)"),
    ("none.xlsx", None, "the file cannot be read (No such file or directory)"),
    ("bad.xlsx", b"PK\x03\x04 not really", "the file is not an Excel workbook"),
    ("old.xls", b"\xd0\xcf\x11\xe0", "the file is an old Excel file; save it as .xlsx or CSV"),
    ("bad.csv", b"\xff\xff\x00\x81", "the file is neither UTF-8 nor GB 18030 text"),
    ("quote.csv", f'{HOUSEHOLDS}\n3,1,"101,89,2,,'.encode(), "line 2: from here on it is not CSV"),
    ("empty.csv", b"", "line 1: column 'building' is missing"),
]


@pytest.mark.parametrize(("name", "content", "said"), FILES, ids=[case[0] for case in FILES])
def test_a_file_that_is_no_list_is_refused(
    on_sqlite: Linli, name: str, content: bytes | None, said: str
) -> None:
    path = on_sqlite.folder / name
    if content is not None:
        path.write_bytes(content)

    refused = on_sqlite("import", "households", path, "--yes")

    assert refused.exit_code == 1
    assert said in refused.stderr
    assert "Nothing was written." in refused.stderr


def test_another_secret_key_than_the_databases_is_found_out(on_sqlite: Linli) -> None:
    on_sqlite("import", "staff", on_sqlite.listed(STAFF, ZHOU), "--yes")
    on_sqlite.environ["LINLI_SECRET_KEY"] = "another secret key, also long enough"

    said = on_sqlite("import", "staff", on_sqlite.listed(STAFF, ZHOU), "--yes")

    assert said.exit_code == 1
    assert "LINLI_SECRET_KEY is not the key" in said.stderr


def test_a_bad_configuration_is_refused_before_anything_else(on_sqlite: Linli) -> None:
    on_sqlite.settings("deadlines: {sign: soon}")

    said = on_sqlite("import", "households", on_sqlite.listed(HOUSEHOLDS, HOME), "--yes")

    assert said.exit_code == 2
    assert said.stderr.startswith("deadlines.sign: 'soon' is not a duration")


def test_a_database_that_does_not_answer_is_told_in_one_line(on_sqlite: Linli) -> None:
    on_sqlite.environ["LINLI_DATABASE_URL"] = "postgresql://127.0.0.1:1/linli"

    said = on_sqlite("import", "households", on_sqlite.listed(HOUSEHOLDS, HOME), "--yes")

    assert said.exit_code == 1
    assert said.stderr.startswith("The database cannot be used (")
