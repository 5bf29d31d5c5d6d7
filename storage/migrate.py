"""Brings a database to the newest tables, whichever process comes first.

The steps themselves are in ``storage/migrations/versions``; there is none backwards, a
backup is. Nothing here looks at a row. Alembic is loaded only where a step has to be taken,
which at most starts there is not.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

if TYPE_CHECKING:
    from alembic.config import Config

SCRIPTS = Path(__file__).parent / "migrations"
LOCK = 0x4C696E6C69  # "Linli"; any number that no other program on the server locks


async def upgrade(engine: AsyncEngine) -> None:
    """Take every missing step, or none; of two processes at once the second waits."""
    if await pending(engine):
        async with engine.connect() as connection, alone(connection):
            await connection.run_sync(to_the_newest)


async def pending(engine: AsyncEngine) -> bool:
    """Whether the database stands at another step than this Linli needs."""
    async with engine.connect() as connection:
        return await connection.run_sync(step) != newest()


@cache
def steps() -> tuple[str, ...]:
    """Every step's number, with which its file's name begins, the newest last."""
    files = (SCRIPTS / "versions").glob("[0-9]*.py")
    return tuple(sorted(file.name.partition("_")[0] for file in files))


def newest() -> str | None:
    """The last step there is; None before the first was written."""
    return steps()[-1] if steps() else None


def known(revision: str) -> bool:
    """Whether this Linli knows the way from this step to the newest."""
    return revision in steps()


def settings(connection: Connection) -> "Config":
    """What Alembic otherwise reads from a file, and the connection it has to use."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config


def to_the_newest(connection: Connection) -> None:
    from alembic import command

    command.upgrade(settings(connection), "head")


def step(connection: Connection) -> str | None:
    """At which step the tables stand; None before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def alone(connection: AsyncConnection) -> AbstractAsyncContextManager[None]:
    """A transaction in which no other process changes tables."""
    if connection.dialect.name == "sqlite":
        return _alone_on_sqlite(connection)
    return _alone_on_postgresql(connection)


@asynccontextmanager
async def _alone_on_postgresql(connection: AsyncConnection) -> AsyncIterator[None]:
    async with connection.begin():
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        yield


@asynccontextmanager
async def _alone_on_sqlite(connection: AsyncConnection) -> AsyncIterator[None]:
    """BEGIN IMMEDIATE keeps others out; references are checked at the end, not at each step.

    SQLite alters a table by copying it and dropping the old one, which would count as
    deleting every row that others refer to.
    """
    await _enforce_references(connection, "OFF")
    try:
        async with connection.begin():
            yield
            await _refuse_broken_references(connection)
    finally:
        await _enforce_references(connection, "ON")


async def _enforce_references(connection: AsyncConnection, switch: str) -> None:
    """Past SQLAlchemy, which would begin a transaction; inside one SQLite ignores the switch."""
    driver = (await connection.get_raw_connection()).driver_connection
    await driver.execute_fetchall(f"PRAGMA foreign_keys={switch}")  # type: ignore[union-attr]


async def _refuse_broken_references(connection: AsyncConnection) -> None:
    broken = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all()
    if broken:
        raise RuntimeError(f"{len(broken)} rows would refer to nothing, first in {broken[0][0]}")
