"""The steps in storage/migrations lead to the tables in code, on both engines."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from storage import migrate
from storage.schema import metadata
from storage.tables import accounts, people
from tests import databases

INDEXES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}


@pytest.fixture
def sqlite_empty(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"


@pytest.fixture
async def postgresql_empty(postgresql_server: Any) -> AsyncIterator[str]:
    async with databases.created(postgresql_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_empty")
    return url


async def test_migrations_give_exactly_the_tables(database_url: str) -> None:
    async with databases.engine_for(database_url) as engine, engine.connect() as connection:
        difference = await connection.run_sync(_difference)

    assert difference == []


async def test_migrations_give_every_key_and_index_as_it_is_written(empty_url: str) -> None:
    """Alembic's own comparison sees neither primary keys nor the WHERE of a partial index."""
    async with databases.engine_for(empty_url) as engine:
        await migrate.upgrade(engine)
        async with engine.begin() as connection:
            step_by_step = await connection.run_sync(_keys_and_indexes)
            await connection.run_sync(metadata.drop_all)
            await connection.run_sync(metadata.create_all)
            at_once = await connection.run_sync(_keys_and_indexes)

    assert step_by_step == at_once


async def test_an_empty_database_is_pending_until_it_is_upgraded(empty_url: str) -> None:
    async with databases.engine_for(empty_url) as engine:
        assert await migrate.pending(engine)

        await migrate.upgrade(engine)

        assert not await migrate.pending(engine)


async def test_processes_that_start_at_once_migrate_once(empty_url: str) -> None:
    async with (
        databases.engine_for(empty_url) as one,
        databases.engine_for(empty_url) as two,
        databases.engine_for(empty_url) as three,
    ):
        await asyncio.gather(*(migrate.upgrade(engine) for engine in (one, two, three)))

        assert not await migrate.pending(one)


async def test_a_second_upgrade_keeps_every_row(database_url: str) -> None:
    async with databases.engine_for(database_url) as engine:
        await _ana_has_an_account(engine)

        await migrate.upgrade(engine)

        assert await _accounts(engine) == 1


async def test_a_step_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    async with databases.engine_for(empty_url) as engine:
        with pytest.raises(RuntimeError, match="half way"):
            async with engine.connect() as connection, migrate.alone(connection):
                await connection.run_sync(_upgrade_and_fail)

        assert await migrate.pending(engine)
        async with engine.connect() as connection:
            assert await connection.run_sync(lambda c: inspect(c).get_table_names()) == []


async def test_sqlite_makes_a_table_again_without_losing_who_refers_to_it(sqlite_url: str) -> None:
    """Dropping the old copy counts as deleting its rows, which the accounts refer to."""
    async with databases.engine_for(sqlite_url) as engine:
        await _ana_has_an_account(engine)

        async with engine.connect() as connection, migrate.alone(connection):
            await connection.run_sync(_lengthen_language)

        assert await _accounts(engine) == 1
        with pytest.raises(IntegrityError):
            await _remove_people(engine)


async def test_sqlite_refuses_a_step_that_loses_who_others_refer_to(sqlite_url: str) -> None:
    async with databases.engine_for(sqlite_url) as engine:
        await _ana_has_an_account(engine)

        with pytest.raises(RuntimeError, match="refer to nothing, first in accounts"):
            async with engine.connect() as connection, migrate.alone(connection):
                await connection.execute(people.delete())

        assert await _accounts(engine) == 1


def _difference(connection: Connection) -> list[Any]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


def _keys_and_indexes(connection: Connection) -> dict[str, Any]:
    rows = connection.execute(text(INDEXES[connection.dialect.name]))
    keys = inspect(connection).get_multi_pk_constraint()
    return {name: sql for name, sql in rows} | {
        table: key["constrained_columns"] for (_, table), key in keys.items()
    }


def _upgrade_and_fail(connection: Connection) -> None:
    migrate.to_the_newest(connection)
    raise RuntimeError("half way")


def _lengthen_language(connection: Connection) -> None:
    steps = Operations(MigrationContext.configure(connection))
    with steps.batch_alter_table("people", recreate="always") as table:
        table.alter_column("language", nullable=True)


async def _ana_has_an_account(engine: AsyncEngine) -> None:
    ana = {"id": 1, "name_sealed": "", "language": "en", "created_at": databases.NOON}
    telegram = {"channel": "telegram", "chat": "101", "person_id": 1}
    async with engine.begin() as connection:
        await connection.execute(people.insert().values(community_id=1, **ana))
        await connection.execute(accounts.insert().values(community_id=1, **telegram))


async def _accounts(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return len((await connection.execute(accounts.select())).all())


async def _remove_people(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(people.delete())
