"""linli import organisations: who answers for the street office and the departments."""

from tests.cli.linli import STAFF, SUN, ZHOU, Linli

ORGANISATIONS = "name,level,staff"
LI = ("李科长", "member", "*", "*", "", "telegram:401")
WU = ("吴科员", "member", "lift", "*", "", "")
OFFICE = ("花园街道", "街道", "李科长；吴科员")
PLACES = "SELECT level, organisation FROM staff ORDER BY level DESC, id"


def appointed(linli: Linli) -> None:
    linli("import", "staff", linli.listed(STAFF, ZHOU, SUN, LI, WU), "--yes")


def test_members_go_up_to_their_organisation_and_twice_changes_nothing(linli: Linli) -> None:
    appointed(linli)
    path = linli.listed(
        "名称,层级,人员", ("住建局", "department", "吴科员"), (*OFFICE[:2], "李科长")
    )

    said = linli("import", "organisations", path, "--yes")

    assert said.exit_code == 0, said.output
    assert linli.rows(PLACES) == [(3, "住建局"), (2, "花园街道"), (1, ""), (1, "")]
    assert "Nothing to change" in linli("import", "organisations", path).output
    assert "have joined, street 1 of 1, department 0 of 1" in linli("check").output


def test_who_is_taken_off_the_list_is_the_communitys_again(linli: Linli) -> None:
    appointed(linli)
    linli("import", "organisations", linli.listed(ORGANISATIONS, OFFICE), "--yes")

    left = linli.listed(ORGANISATIONS, ("花园街道", "street", "李科长"))
    said = linli("import", "organisations", left, "--yes")

    assert "Not in this list, and the community's again: 吴科员" in said.output
    assert linli.rows(PLACES) == [(2, "花园街道"), (1, ""), (1, ""), (1, "")]


def test_a_new_list_of_staff_leaves_them_where_they_are(on_sqlite: Linli) -> None:
    appointed(on_sqlite)
    on_sqlite("import", "organisations", on_sqlite.listed(ORGANISATIONS, OFFICE), "--yes")

    on_sqlite("import", "staff", on_sqlite.listed(STAFF, (*LI[:2], "lift", "*", "", "")), "--yes")

    assert on_sqlite.rows(PLACES)[:2] == [(2, "花园街道"), (2, "花园街道")]


def test_every_bad_row_is_named_and_nothing_is_written(on_sqlite: Linli) -> None:
    appointed(on_sqlite)
    rows = (
        OFFICE,
        ("住建局", "city", "李科长"),
        ("城管局", "部门", "无名"),
        ("公安局", "部门", "孙管理员;吴科员"),
        ("民政局", "部门", " "),
    )

    said = on_sqlite("import", "organisations", on_sqlite.listed(ORGANISATIONS, *rows), "--yes")

    assert said.exit_code == 1
    for line in (
        "line 3: level: 'city' is not one of street",
        "line 4: staff: 无名 is not appointed",
        "line 5: staff: 孙管理员 is admin of the community",
        "line 5: staff: 吴科员 answers for 花园街道 on line 2 already",
        "line 6: staff: is empty",
    ):
        assert line in said.stderr
    assert on_sqlite.rows(PLACES) == [(1, "")] * 4
