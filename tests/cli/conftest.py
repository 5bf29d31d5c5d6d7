"""The command line on both databases, and on SQLite alone where one is enough."""

from pathlib import Path

import pytest

from tests.cli.linli import Linli


@pytest.fixture
def linli(tmp_path: Path, database_url: str) -> Linli:
    return Linli(tmp_path, database_url)


@pytest.fixture
def on_sqlite(tmp_path: Path, sqlite_url: str) -> Linli:
    return Linli(tmp_path, sqlite_url)
