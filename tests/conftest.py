"""Fixtures shared by every test: databases, freshly migrated and without a row.

``database_url`` and ``storage`` run a test on both engines. Ask for ``sqlite_url`` or
``postgresql_url`` where only one is meant.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import structlog
from sqlalchemy import URL

from storage.uow import Storage
from tests import databases

# Plain tracebacks: the default's frames, colours and values of all locals cost a second each.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    async with databases.opened(database_url) as storage:
        yield storage


@pytest.fixture
def sqlite_url(sqlite_template: Path) -> str:
    return f"sqlite+aiosqlite:///{databases.fresh(sqlite_template)}"


@pytest.fixture
async def postgresql_url(postgresql_database: str) -> str:
    await databases.empty(postgresql_database)
    return postgresql_database


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    await databases.migrate(f"sqlite+aiosqlite:///{path}")
    return path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgresql_database(postgresql_server: URL) -> AsyncIterator[str]:
    async with databases.created(postgresql_server) as url:
        await databases.migrate(url)
        yield url


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    with databases.postgresql_server() as server:
        yield server
