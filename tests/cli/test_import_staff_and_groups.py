"""linli import staff and groups: appointments keep their names, groups their places."""

from tests.cli.linli import GROUPS, HOME, HOUSEHOLDS, STAFF, SUN, ZHOU, Linli

APPOINTED = "SELECT role, duties, grids, person_id IS NOT NULL FROM staff ORDER BY id"
WHO = (
    "SELECT s.role, a.chat FROM staff s JOIN accounts a"
    " ON a.community_id = s.community_id AND a.person_id = s.person_id ORDER BY s.role"
)


def test_staff_are_appointed_with_duties_deputies_and_accounts(linli: Linli) -> None:
    zhou = (*ZHOU[:4], "孙管理员", ZHOU[5])

    said = linli("import", "staff", linli.listed(STAFF, zhou, SUN), "--yes")

    assert said.exit_code == 0, said.output
    assert [(row[0], row[3]) for row in linli.rows(APPOINTED)] == [("member", 1), ("admin", 1)]
    query = "SELECT d.role FROM staff s JOIN staff d ON d.id = s.deputy_id"
    assert linli.rows(query) == [("admin",)]
    assert linli.rows(WHO) == [("admin", "301"), ("member", "201")]


def test_work_reaches_staff_who_have_not_written_yet(on_sqlite: Linli) -> None:
    on_sqlite("import", "staff", on_sqlite.listed(STAFF, ZHOU), "--yes")

    assert on_sqlite.rows("SELECT private_at IS NULL FROM accounts") == [(0,)]


def test_the_same_staff_twice_changes_nothing(linli: Linli) -> None:
    path = linli.listed(STAFF, ZHOU, SUN)
    linli("import", "staff", path, "--yes")
    before = linli.rows("SELECT * FROM staff ORDER BY id"), linli.rows("SELECT * FROM people")

    again = linli("import", "staff", path)

    assert "Nothing to change, nothing written." in again.output
    after = linli.rows("SELECT * FROM staff ORDER BY id"), linli.rows("SELECT * FROM people")
    assert after == before


def test_staff_that_a_list_leaves_out_stay_and_are_named(on_sqlite: Linli) -> None:
    on_sqlite("import", "staff", on_sqlite.listed(STAFF, ZHOU, SUN), "--yes")

    said = on_sqlite("import", "staff", on_sqlite.listed(STAFF, ZHOU), "--yes")

    assert "Not in this list, and stay appointed: 孙管理员" in said.output
    assert on_sqlite.rows("SELECT count(*) FROM staff") == [(2,)]


def test_an_appointment_moves_with_its_account_and_the_old_one_loses_it(linli: Linli) -> None:
    linli("import", "staff", linli.listed(STAFF, ZHOU, SUN), "--yes")

    linli("import", "staff", linli.listed(STAFF, (*ZHOU[:5], "webchat:zhou")), "--yes")

    assert linli.rows(WHO) == [("admin", "301"), ("member", "zhou")]
    assert linli.rows("SELECT count(*) FROM accounts") == [(3,)]


def test_two_members_may_change_places(linli: Linli) -> None:
    linli("import", "staff", linli.listed(STAFF, ZHOU, SUN), "--yes")

    swapped = (*ZHOU[:5], SUN[5]), (*SUN[:5], ZHOU[5])
    said = linli("import", "staff", linli.listed(STAFF, *swapped), "--yes")

    assert said.exit_code == 0, said.output
    assert linli.rows(WHO) == [("admin", "201"), ("member", "301")]


def test_an_empty_account_leaves_the_one_they_joined_with(on_sqlite: Linli) -> None:
    on_sqlite("import", "staff", on_sqlite.listed(STAFF, ZHOU), "--yes")

    said = on_sqlite("import", "staff", on_sqlite.listed(STAFF, (*ZHOU[:5], "")))

    assert "Nothing to change" in said.output
    assert on_sqlite.rows(WHO) == [("member", "201")]


def test_an_account_that_somebody_else_holds_is_refused(on_sqlite: Linli) -> None:
    on_sqlite("import", "staff", on_sqlite.listed(STAFF, ZHOU), "--yes")

    taken = on_sqlite.listed(STAFF, ("李四", "member", "lift", "1", "", "telegram:201"))
    said = on_sqlite("import", "staff", taken, "--yes")

    assert said.exit_code == 1
    assert "line 2: account: it belongs to the same person as the account of 周警官" in said.stderr
    assert on_sqlite.rows("SELECT count(*) FROM staff") == [(1,)]


def test_bad_staff_are_all_named_and_nothing_is_written(on_sqlite: Linli) -> None:
    path = on_sqlite.listed(
        STAFF,
        ZHOU,
        ("李四", "member", "magic", "2", "", ""),
        ("王五", "boss", "*", "*", "无名", ""),
        ("赵六", "member", "*", "*", "无名", ""),
    )

    said = on_sqlite("import", "staff", path, "--yes")

    assert said.exit_code == 1
    assert [line.split(":")[:2] for line in said.stderr.splitlines()[:-1]] == [
        ["line 3", " duties"],
        ["line 4", " role"],
        ["line 5", " deputy"],
    ]
    assert on_sqlite.rows("SELECT count(*) FROM staff") == [(0,)]


def test_groups_are_bound_to_their_scopes(linli: Linli) -> None:
    linli("import", "households", linli.listed(HOUSEHOLDS, HOME), "--yes")
    path = linli.listed(
        GROUPS,
        ("telegram:-1001", "building:3"),
        ("webchat:staff", "staff"),
        ("webchat:all", "community"),
        ("telegram:-1002", "grid:2"),
    )

    said = linli("import", "groups", path, "--yes")

    assert said.exit_code == 0, said.output
    query = "SELECT channel, chat, scope, scope_value, language FROM groups ORDER BY scope"
    assert linli.rows(query) == [
        ("telegram", "-1001", "building", "3", "zh"),
        ("webchat", "all", "community", "", "zh"),
        ("telegram", "-1002", "grid", "2", "zh"),
        ("webchat", "staff", "staff", "", "zh"),
    ]
    assert "Nothing to change" in linli("import", "groups", path).output


def test_a_group_of_a_building_that_nobody_knows_is_refused(on_sqlite: Linli) -> None:
    path = on_sqlite.listed(GROUPS, ("telegram:-1001", "building:3"), ("webchat:staff", "staff"))

    said = on_sqlite("import", "groups", path, "--yes")

    assert said.exit_code == 1
    assert "line 2: scope: 'building:3': there is no building '3'" in said.stderr
    assert on_sqlite.rows("SELECT count(*) FROM groups") == [(0,)]


def test_a_group_is_given_another_scope_and_keeps_its_language(on_sqlite: Linli) -> None:
    on_sqlite("import", "groups", on_sqlite.listed(GROUPS, ("webchat:a", "community")), "--yes")

    said = on_sqlite("import", "groups", on_sqlite.listed(GROUPS, ("webchat:a", "grid:1")), "--yes")

    assert "0 new, 1 changed" in said.output
    assert on_sqlite.rows("SELECT scope, scope_value FROM groups") == [("grid", "1")]
