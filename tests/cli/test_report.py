"""linli report: the same numbers on the screen and in the file, and no formula in a name."""

import asyncio
import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli.report import safe
from domain.conversation import Address
from domain.tickets import Event as E
from domain.tickets import State, Ticket
from storage.ids import Ids
from storage.ratings import Rating
from storage.tickets import Case, Happened
from storage.uow import Storage, UnitOfWork, open_storage
from storage.vault import Vault
from tests.cli.linli import KEY, STAFF, ZHOU, Linli
from tests.databases import engine_for

NINE = datetime(2025, 11, 10, 1, 0, tzinfo=UTC)  # a Monday, nine in Shanghai
HOUR = timedelta(hours=1)
BUDGETS = {"sign": "4 hours", "contact": "1 day", "resolve": "3 days", "rework": "2 days"}
NOVEMBER = ("report", "tickets", "--from", "2025-11-01", "--to", "2025-11-30")
FORMULA = ("=1+1", "member", "lift", "2", "", "telegram:202")
Steps = list[tuple[E, State, timedelta]]
DONE: Steps = [
    (E.SIGN, State.IN_PROGRESS, HOUR),
    (E.CONTACTED, State.IN_PROGRESS, 2 * HOUR),
    (E.RESOLVE, State.HANDLED, 3 * HOUR),
]
CONFIRMED: Steps = [*DONE, (E.CONFIRM, State.CLOSED_CONFIRMED, 4 * HOUR)]
SILENT: Steps = [*DONE, (E.STAY_SILENT, State.CLOSED_SILENT, 200 * HOUR)]


@pytest.fixture
def november(linli: Linli) -> Linli:
    """Six cases of Zhou's: four answered, one closed in silence, one forgotten; one of "=1+1"."""
    listed = linli.listed(STAFF, ZHOU, FORMULA)
    assert linli("import", "staff", listed, "--yes").exit_code == 0
    [(code,)] = linli.rows("SELECT code FROM communities")
    asyncio.run(_november(linli.database, code))
    return linli


async def _november(database: str, code: str) -> None:
    async with engine_for(database) as engine:
        storage = await open_storage(engine, code, Vault(KEY), Ids(lambda: NINE))
        await _told(storage)


async def _told(storage: Storage) -> None:
    async with storage.begin() as uow:
        ana = (await uow.residents.meet(Address("telegram", "101"), "zh", NINE)).id
        staff = {member.name: member.id for member in await uow.staff.all()}
        zhou = staff[ZHOU[0]]
        for solved, level in (("yes", 5), ("yes", 3), ("partly", 2), ("no", 1)):
            number = await _case(uow, ana, zhou, CONFIRMED)
            await uow.ratings.answer(Rating(number, 1, ana, solved), NINE)
            await uow.ratings.satisfied(number, 1, ana, level)
        await _case(uow, ana, zhou, SILENT)
        await _case(uow, ana, zhou, [])
        await _case(uow, ana, staff[FORMULA[0]], DONE, grid="1", category="lift")


async def _case(
    uow: UnitOfWork, author: int, holder: int, steps: Steps, grid: str = "2",
    category: str = "utilities",
) -> int:  # fmt: skip
    begun = [(E.SUBMIT, State.SUBMITTED, timedelta()), (E.ACCEPT, State.DISPATCHED, timedelta())]
    last = [*begun, *steps][-1][1]
    ticket = Ticket(
        await uow.tickets.next_number(), author, category, last, grid=grid, holder=holder,
        opened_at=NINE, resolve_by=NINE + timedelta(days=3),
    )  # fmt: skip
    data = {"budgets": BUDGETS}
    events = [(ticket, Happened(e, NINE + at, data=data)) for e, _, at in [*begun, *steps]]
    return (await uow.tickets.open(Case(ticket, "路灯"), events)).number


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_screen_shows_each_rate_with_its_counts_and_the_total_last(november: Linli) -> None:
    said = november(*NOVEMBER, "--by", "grid")

    assert said.exit_code == 0, said.output
    lines = [
        [cell.strip() for cell in line.strip("│").split("│")]
        for line in said.output.splitlines()
        if line.startswith("│")
    ]
    second = ["6", "6", "83.33 % (5/6)", "2 of 4", "2 of 4", "83.33 % (5/6)", "1"]
    assert [line[1:] for line in lines] == [
        ["1", "1", "1 of 1", "—", "—", "1 of 1", "0"],
        second,
        ["7", "7", "85.71 % (6/7)", "2 of 4", "2 of 4", "85.71 % (6/7)", "1"],
    ]
    assert lines[-1][0] == "total"


def test_the_file_holds_the_same_numbers_and_a_spreadsheet_reads_it(november: Linli) -> None:
    file = november.folder / "november.csv"
    said = november(*NOVEMBER, "--by", "member", "--csv", file)

    assert said.exit_code == 0, said.output
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    formula, zhou, total = cells(file)
    assert [formula["member"], zhou["member"], total["member"]] == ["'=1+1", "周警官", "total"]
    assert (zhou["response"], zhou["response_of"], zhou["response_percent"]) == ("5", "6", "83.33")
    assert (zhou["solved"], zhou["solved_of"], zhou["solved_percent"]) == ("2", "4", "")
    assert (formula["solved_of"], formula["solved_percent"]) == ("0", "")
    for column in ("accepted", "assessable", "silent", "response", "in_time_of", "satisfied"):
        assert int(zhou[column]) + int(formula[column]) == int(total[column])


@pytest.mark.parametrize("by", ["none", "grid", "category", "member"])
def test_however_they_are_told_apart_the_total_is_the_same(november: Linli, by: str) -> None:
    file = november.folder / "total.csv"
    said = november(*NOVEMBER, "--by", by, "--csv", file)

    assert said.exit_code == 0, said.output
    [*_, total] = cells(file)
    assert list(total.values())[:6] == ["total", "7", "7", "1", "6", "7"]


def test_members_stand_by_name_and_never_by_rank(november: Linli) -> None:
    said = november(*NOVEMBER, "--by", "member")

    assert said.output.index("=1+1") < said.output.index("周警官") < said.output.index("total")


def test_a_month_without_cases_is_dashes_and_not_none_percent(on_sqlite: Linli) -> None:
    said = on_sqlite("report", "tickets", "--from", "2024-01-01", "--to", "2024-01-31")

    assert said.exit_code == 0, said.output
    assert said.output.count("—") == 4 and "0.00" not in said.output


def test_days_of_no_year_of_ours_are_refused(on_sqlite: Linli) -> None:
    said = on_sqlite("report", "tickets", "--from", "0001-01-01", "--to", "9999-12-31")

    assert said.exit_code == 1
    assert "days of the years 2000 to 2100" in said.stderr


def test_days_in_the_wrong_order_are_refused(on_sqlite: Linli) -> None:
    said = on_sqlite("report", "tickets", "--from", "2025-11-30", "--to", "2025-11-01")

    assert said.exit_code == 1
    assert "--from is after --to" in said.stderr


def test_a_file_that_is_there_is_replaced_after_a_question_only(on_sqlite: Linli) -> None:
    file = on_sqlite.folder / "mine.csv"
    file.write_text("mine", "utf-8")

    assert on_sqlite(*NOVEMBER, "--csv", file, typed="n\n").exit_code == 1
    assert file.read_text("utf-8") == "mine"
    assert on_sqlite(*NOVEMBER, "--csv", file, "--yes").exit_code == 0
    assert cells(file)[0]["accepted"] == "0"


def test_a_file_that_cannot_be_written_is_said_plainly(on_sqlite: Linli) -> None:
    said = on_sqlite(*NOVEMBER, "--csv", on_sqlite.folder / "nowhere" / "file.csv")

    assert said.exit_code == 1
    assert "cannot be written" in said.stderr and "Traceback" not in said.output


@pytest.mark.parametrize("name", ["=1+1", "+86", "-1", "@cmd", "\t=1", "\r=1"])
def test_no_name_is_taken_for_a_formula(name: str) -> None:
    assert safe(name) == f"'{name}"
    assert safe(f"Zhou {name}") == f"Zhou {name}"
