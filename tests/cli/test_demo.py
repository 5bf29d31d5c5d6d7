"""linli demo: the made-up lists fit the shipped settings and touch nothing real."""

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.cli.demo import DATABASE, SECRET, demo_config, forget
from bot.clock import system_clock
from bot.config import read_settings
from bot.demo import furnish
from bot.imports import DEMO
from bot.opening import AlreadyRunning, CannotOpen, alone, open_community
from domain.question import Scope
from domain.roll import DOES_NOT_COUNT, Block
from domain.voting import Unit
from tests.cli.linli import SHIPPED, Linli


@pytest.fixture
def furnished(on_sqlite: Linli) -> Linli:
    for name in ("households", "staff", "groups"):
        said = on_sqlite("import", name, DEMO / f"{name}.csv", "--yes")
        assert said.exit_code == 0, said.output
    return on_sqlite


def test_the_demo_has_120_households_in_6_buildings_and_3_grids(furnished: Linli) -> None:
    assert furnished.rows("SELECT count(*) FROM households") == [(120,)]
    query = "SELECT building, grid, count(*) FROM households GROUP BY building, grid ORDER BY 1"
    assert furnished.rows(query) == [(str(n), str((n + 1) // 2), 20) for n in range(1, 7)]


def test_the_demo_can_start(furnished: Linli) -> None:
    assert furnished("check").exit_code == 0


def test_the_demo_bothers_no_real_telephone() -> None:
    """No mobile number in China begins with 120."""
    lines = (DEMO / "households.csv").read_text("utf-8").splitlines()[1:]

    assert {line.split(",")[6][:4] for line in lines} == {"1200"}


def test_the_demo_never_speaks_to_telegram_nor_uses_another_database(tmp_path: Path) -> None:
    linli = Linli(tmp_path, "")
    linli.settings("channels: {telegram: {enabled: true}}\ndatabase: {url: 'sqlite:///real.db'}")

    config = demo_config(read_settings(linli.config), tmp_path / "demo", 8123)

    assert not config.telegram.enabled and config.webchat.enabled
    assert config.database_url == f"sqlite+aiosqlite:///{tmp_path}/demo/{DATABASE}"
    assert config.web.port == 8123


def test_a_second_start_goes_on_with_the_key_of_the_first(tmp_path: Path) -> None:
    settings = read_settings(SHIPPED)

    first = demo_config(settings, tmp_path, None)

    assert demo_config(settings, tmp_path, None).secrets.key == first.secrets.key
    assert stat.S_IMODE((tmp_path / SECRET).stat().st_mode) == 0o600


def test_beginning_anew_forgets_everything_but_nobody_elses_files(tmp_path: Path) -> None:
    demo_config(read_settings(SHIPPED), tmp_path, None)
    for name in (DATABASE, f"{DATABASE}-wal", "mine.txt"):
        (tmp_path / name).touch()

    forget(tmp_path)

    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == ["mine.txt"]


def test_beginning_anew_waits_until_nobody_is_trying_the_demo(tmp_path: Path) -> None:
    (tmp_path / DATABASE).touch()

    with alone(tmp_path / DATABASE), pytest.raises(AlreadyRunning):
        forget(tmp_path)

    assert (tmp_path / DATABASE).exists()


@pytest.mark.parametrize("command", [("backup", "copy"), ("doctor",)])
def test_that_there_is_no_database_yet_is_told_in_a_sentence(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    said = Linli(tmp_path, f"sqlite:///{tmp_path}/linli.db")(*command)

    assert said.exit_code == 1 and isinstance(said.exception, SystemExit)
    assert f"{tmp_path}/linli.db does not exist" in said.output


def test_what_is_no_folder_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    with pytest.raises(CannotOpen, match="cannot be written"), alone(tmp_path / "data/linli.db"):
        pass


@pytest.mark.parametrize("command", ["run", "demo"])
def test_a_bad_configuration_starts_nothing(tmp_path: Path, command: str) -> None:
    linli = Linli(tmp_path, "sqlite:///never.db")
    linli.settings("deadlines: {sign: soon}\ncolour: red")

    said = linli(command)

    assert said.exit_code == 2
    assert said.stderr.splitlines()[1].startswith("colour: is not a setting; known here are")
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


@pytest.mark.parametrize(
    "command", [(), ("run",), ("check",), ("import",), ("import", "staff"), ("invites",), ("demo",)]
)
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    said = CliRunner().invoke(app, [*command, "--help"])

    assert said.exit_code == 0
    assert "Usage: " in said.output


async def test_the_residents_of_the_demo_may_vote(tmp_path: Path) -> None:
    """Nine of the cast own their flats and vote for their households; 111 have not joined.

    Two hundred and eighty-eight adults live there.
    """
    config = demo_config(read_settings(SHIPPED), tmp_path, None)
    await furnish(config)

    async with open_community(config, system_clock) as storage, storage.begin() as uow:
        town = (Scope("community"),)
        drawn = [await uow.roll.draw_up(u, town, parking=DOES_NOT_COUNT) for u in Unit]

    assert [(len(roll.voters), sum(not v.fault for v in roll.voters)) for roll in drawn] == [
        (120, 9), (288, 9), (120, 9), (0, 0),
    ]  # fmt: skip
    assert [tuple(roll.blocks) for roll in drawn] == [(), (), (), (Block.EMPTY,)]
