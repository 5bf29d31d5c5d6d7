"""linli backup and linli restore: everything is there again, and nothing is overwritten unasked."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, select, update
from typer.testing import Result

from bot.backup import beside
from bot.backup_postgresql import login
from bot.opening import alone, sqlite_file
from domain.conversation import OnUnknown, Say
from storage import migrate, soundness
from storage import tables as t
from storage import voting_tables as v
from storage.migrate import newest
from tests import databases, deciding
from tests.cli.linli import Linli
from tests.databases import NOON, SECRET
from tests.world import ANA, BUILDING_3, FakeClock, World

WORDS = "3号楼门口路灯坏了"


@pytest.fixture
async def world(linli: Linli) -> AsyncIterator[World]:
    """A case, a vote that was counted, and two messages that have not left."""
    clock = FakeClock()
    async with databases.opened(linli.database, clock) as storage:
        world = World(storage, clock)
        await world.has_everybody()
        await world.writes(ANA, f"#建议 {WORDS}", group=BUILDING_3)
        await deciding.counted(world, "同意")
        async with storage.begin() as uow:
            mass = Say(BUILDING_3, "home.help", on_unknown=OnUnknown.LIST)
            await uow.delivery.promise([Say(ANA, "home.cancelled"), mass], clock())
        yield world


@pytest.fixture
async def elsewhere(linli: Linli, request: pytest.FixtureRequest) -> AsyncIterator[Linli]:
    """The same program with an empty place for its database."""
    environ = {"LINLI_SECRET_KEY": SECRET}
    linli.environ |= environ
    if linli.database.startswith("sqlite"):
        url = f"sqlite+aiosqlite:///{linli.folder / 'elsewhere' / 'linli.db'}"
        yield Linli(linli.folder, url, **environ)
        return
    async with databases.created(request.getfixturevalue("postgresql_server")) as url:
        yield Linli(linli.folder, url, **environ)


async def runs(linli: Linli, *arguments: Any) -> Result:
    return await asyncio.to_thread(linli, *arguments)


async def found_in(url: str) -> tuple[dict[str, int], list[str]]:
    async with databases.engine_for(url) as engine, engine.connect() as connection:
        return await soundness.rows(connection), await soundness.broken(connection)


async def test_what_was_copied_while_the_bot_goes_on_is_all_there_again(
    linli: Linli, elsewhere: Linli, world: World, tmp_path: Path
) -> None:
    file = tmp_path / "linli.backup"
    before, _ = await found_in(linli.database)

    said = await runs(linli, "backup", file)
    assert said.exit_code == 0, said.output
    assert "Restored into a fresh database: same rows, all chains hold." in said.output
    assert "LINLI_SECRET_KEY is not in it" in said.output
    assert before["ticket_events"] and before["ballots"] and before["matter_events"]
    for path in (file, beside(file)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert SECRET.encode() not in path.read_bytes()

    said = await runs(elsewhere, "restore", file)
    assert said.exit_code == 0, said.output
    assert await found_in(elsewhere.database) == (before, [])
    async with databases.opened(elsewhere.database, world.clock) as storage, storage.begin() as uow:
        staff = await uow.staff.all()
    assert "周警官" in {member.name for member in staff}
    await what_was_to_be_sent_is_treated_as_perhaps_sent(elsewhere, world)
    await it_is_replaced_only_when_asked_and_kept(elsewhere, file)


@asynccontextmanager
async def in_use(url: str) -> AsyncIterator[None]:
    """As by a bot that is running."""
    async with databases.engine_for(url) as engine, engine.connect() as connection:
        await connection.execute(select(1))
        with alone(sqlite_file(url)):
            yield


async def what_was_to_be_sent_is_treated_as_perhaps_sent(elsewhere: Linli, world: World) -> None:
    world.clock.advance(seconds=1)
    async with databases.opened(elsewhere.database, world.clock) as storage, storage.begin() as uow:
        assert await uow.delivery.recover(world.clock()) == (1, 1)
        counts = await uow.delivery.counts()
    assert counts["pending"] == 1 and counts["unknown"] == 1


async def it_is_replaced_only_when_asked_and_kept(elsewhere: Linli, file: Path) -> None:
    async with in_use(elsewhere.database):
        busy = await runs(elsewhere, "restore", file, "--yes")
        assert busy.exit_code == 1 and "in use by" in busy.output and "Traceback" not in busy.output
    again = await runs(elsewhere, "restore", file)
    assert again.exit_code == 1
    assert "There is a database already. To replace it: linli restore FILE --yes." in again.output
    assert (await runs(elsewhere, "restore", file, "--yes")).exit_code == 0
    assert (await found_in(elsewhere.database))[1] == []
    kept = file.with_name("elsewhere") / "linli.db.replaced"
    assert kept.exists() is elsewhere.database.startswith("sqlite")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_copy_of_what_is_broken_is_none(linli: Linli, world: World, tmp_path: Path) -> None:
    linli.environ["LINLI_SECRET_KEY"] = SECRET
    ballot = update(v.ballots).where(v.ballots.c.seq == 2)
    event = update(t.ticket_events).where(t.ticket_events.c.seq == 1)
    for changed in (ballot.values(at=NOON), event.values(event="withdraw")):
        async with world.storage.engine.begin() as connection:
            await connection.execute(changed)
        said = await runs(linli, "backup", tmp_path / "kept")
        assert said.exit_code == 1
        assert "do not follow from one another, first " in said.output
    assert {path.name for path in linli.folder.iterdir()} & {"kept", "kept.unfinished"} == set()


@pytest.fixture
def made(on_sqlite: Linli) -> Path:
    file = on_sqlite.folder / "kept"
    said = on_sqlite("backup", file)
    assert said.exit_code == 0, said.output
    return file


def changed(file: Path, **values: str) -> None:
    manifest = beside(file)
    said = json.loads(manifest.read_text("utf-8"))
    manifest.write_text(json.dumps(said | values), "utf-8")


def refused(linli: Linli, file: Path) -> str:
    said = linli("restore", file, "--yes")
    assert said.exit_code == 1
    return " ".join(said.output.split())


def test_a_file_that_is_not_what_was_made_is_refused(on_sqlite: Linli, made: Path) -> None:
    with made.open("ab") as file:
        file.write(b"\0")
    assert "its SHA-256 is another one" in refused(on_sqlite, made)
    beside(made).unlink()
    assert "kept.json cannot be read (No such file or directory)" in refused(on_sqlite, made)


def test_another_key_a_newer_linli_and_another_engine_are_refused(
    on_sqlite: Linli, made: Path
) -> None:
    changed(made, engine="postgresql")
    assert "database.url names another engine" in refused(on_sqlite, made)
    changed(made, revision="9999")
    assert "was made by a newer Linli" in refused(on_sqlite, made)
    changed(made, revision=str(newest()))
    on_sqlite.environ["LINLI_SECRET_KEY"] = "another secret key, also long enough"
    assert "was made under another LINLI_SECRET_KEY" in refused(on_sqlite, made)


def test_a_place_that_cannot_be_written_is_told(on_sqlite: Linli) -> None:
    said = on_sqlite("backup", on_sqlite.folder / "no" / "such" / "folder")

    assert said.exit_code == 1
    assert "cannot be written (No such file or directory)" in said.output


async def test_that_a_backup_was_made_is_remembered(linli: Linli, tmp_path: Path) -> None:
    about = "code: test, languages: [zh], name: {zh: 园}, time_zone: Asia/Shanghai"
    linli.settings(f"community: {{{about}}}")
    said = await runs(linli, "backup", tmp_path / "kept")
    assert said.exit_code == 0, said.output

    async with databases.opened(linli.database) as storage, storage.begin() as uow:
        assert await uow.watch.last_backup() is not None
    assert migrate.known("0001") and not migrate.known("9999")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            "postgresql+asyncpg://li:p%40ss@db.example:5433/linli?ssl=require",
            {"PGHOST": "db.example", "PGPORT": "5433", "PGUSER": "li", "PGPASSWORD": "p@ss",
             "PGDATABASE": "linli", "PGSSLMODE": "require"},
        ),
        (
            "postgresql+asyncpg://li@/linli?host=db1:5432&host=db2:5433&target_session_attrs=any",
            {"PGHOST": "db1,db2", "PGPORT": "5432,5433", "PGUSER": "li", "PGDATABASE": "linli",
             "PGTARGETSESSIONATTRS": "any"},
        ),
        (
            "postgresql+asyncpg://li@/linli?host=/run/postgresql",
            {"PGHOST": "/run/postgresql", "PGUSER": "li", "PGDATABASE": "linli"},
        ),
    ],
)  # fmt: skip
def test_the_tools_find_the_database_that_we_use(url: str, told: dict[str, str]) -> None:
    assert login(make_url(url)) == told
