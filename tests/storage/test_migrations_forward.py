"""From every step there has been, with a row in every table, to the newest: nothing is lost.

Rows are made up from the tables as they stood at that step, so this holds for steps to come.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import (
    BigInteger,
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    select,
)
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.types import JSON, TypeEngine

from storage import migrate
from tests import databases

STEPS = sorted(step.revision for step in ScriptDirectory(str(migrate.SCRIPTS)).walk_revisions())
ROWS = 2  # at each step

Values = Mapping[str, Any]
Contents = dict[str, list[Values]]


@pytest.fixture
async def empty_url(
    request: pytest.FixtureRequest, database: str, tmp_path: Path
) -> AsyncIterator[str]:
    if database == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'old.db'}"
        return
    async with databases.created(request.getfixturevalue("postgresql_server")) as url:
        yield url


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_every_row_of_every_step_is_there_after_the_newest(empty_url: str) -> None:
    """One database goes all the way; at each step some rows are added to every table there is."""
    added: Contents = defaultdict(list)
    async with databases.engine_for(empty_url) as engine:
        for first, revision in enumerate(STEPS):
            await to(engine, revision)
            async with engine.begin() as connection:
                for table, rows in (await connection.run_sync(fill, first * ROWS + 1)).items():
                    added[table] += rows
        await migrate.upgrade(engine)
        async with engine.connect() as connection:
            assert await connection.run_sync(migrate.step) == migrate.newest()
            kept = await connection.run_sync(contents)

    assert len(added["inbox"]) == ROWS * len(STEPS)
    for table, rows in added.items():
        assert len(kept[table]) == len(rows)
        for before, after in zip(rows, kept[table], strict=True):
            assert before.keys() <= after.keys(), f"{table}: say here where its values have gone"
            assert {name: after[name] for name in before} == before


async def to(engine: AsyncEngine, revision: str) -> None:
    async with engine.connect() as connection, migrate.alone(connection):
        await connection.run_sync(lambda c: command.upgrade(migrate.settings(c), revision))


def fill(connection: Connection, first: int) -> Contents:
    """Each row refers to the row of the same number in other tables."""
    made: Contents = {}
    for table in tables(connection):
        made[table.name] = [row(table, n) for n in range(first, first + ROWS)]
        connection.execute(table.insert(), made[table.name])
    return made


def tables(connection: Connection) -> list[Table]:
    """Those that others refer to first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


def row(table: Table, n: int) -> Values:
    return {
        column.name: 1 if column.name == "community_id" else value(column.type, column.name, n)
        for column in table.columns
    }


def value(kind: TypeEngine[Any], name: str, n: int) -> Any:
    match kind:
        case JSON():
            return {"name": name, "n": n}
        case Integer() | BigInteger():
            return n
        case DateTime():
            return datetime(2026, 3, 2, 4, n)  # noqa: DTZ001, as it stands in the table
        case Date():
            return date(2026, 3, n)
        case LargeBinary():
            return b"\0\xff" + bytes([n])
        case _:
            return f"{name[:6]}{n:02}"


def contents(connection: Connection) -> Contents:
    """Every row of every table, in the order of its key."""
    found: Contents = {}
    for table in tables(connection):
        query = select(table).order_by(*table.primary_key.columns)
        found[table.name] = [dict(each) for each in connection.execute(query).mappings()]
    return found


def test_there_is_one_way_from_the_first_step_to_the_newest() -> None:
    """Two people who each added a step at once would leave two ends."""
    steps = ScriptDirectory(str(migrate.SCRIPTS))

    assert steps.get_heads() == [migrate.newest()]
    assert len(steps.get_bases()) == 1
