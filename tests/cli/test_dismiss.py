"""linli dismiss: an appointment ends, once it is meant."""

from tests.cli.linli import HOME, HOUSEHOLDS, STAFF, SUN, ZHOU, Linli


def test_whoever_is_dismissed_is_staff_no_more_until_appointed_anew(linli: Linli) -> None:
    linli("import", "households", linli.listed(HOUSEHOLDS, HOME), "--yes")
    linli("import", "staff", linli.listed(STAFF, ZHOU, SUN), "--yes")

    asked = linli("dismiss", "周警官", typed="n\n")
    assert asked.exit_code == 1 and "周警官 has 0 open cases" in asked.output
    said = linli("dismiss", "周警官", "--yes")
    assert said.exit_code == 0, said.output
    assert "周警官 is appointed no more" in said.output

    again = linli("dismiss", "周警官", "--yes")
    assert again.exit_code == 1 and "Nobody named 周警官 is appointed" in again.output
    assert "Nobody named" in linli("invites", "--staff", "周警官").output
    assert "1 of 1 have joined" in linli("check").output
    linli("import", "staff", linli.listed(STAFF, ZHOU), "--yes")
    assert "2 of 2 have joined" in linli("check").output
