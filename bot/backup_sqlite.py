"""Copies an SQLite database while others write to it, and puts a copy in its place.

The copy is taken by SQLite itself (its online backup) inside a transaction that only reads: one
moment of it, and in WAL mode nobody waits. Source: https://www.sqlite.org/backup.html
"""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

PATIENCE = 30.0  # seconds for whoever else is opening it
PARTS = ("", "-wal", "-shm")  # what belongs to one database
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"


def copy(source: Path, to: Path) -> tuple[dict[str, int], str]:
    """Returns the rows of each table and the step of the tables, at the moment of the copy."""
    with closing(_opened(source)) as database, closing(_opened(to)) as kept:
        database.execute("BEGIN")
        names = [str(row[0]) for row in database.execute(TABLES)]
        rows = {name: _count(database, name) for name in sorted(names)}
        step = str(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])
        database.backup(kept)
        database.execute("COMMIT")
        kept.execute("PRAGMA journal_mode=DELETE").close()  # all of it in the one file
    return rows, step


def examine(file: Path) -> None:
    """Raises sqlite3.DatabaseError where a page, an index or a reference is broken."""
    with closing(_opened(file)) as database:
        (said,) = database.execute("PRAGMA integrity_check(1)").fetchone()
        if said != "ok":
            raise sqlite3.DatabaseError(f"integrity_check: {said}")
        if database.execute("PRAGMA foreign_key_check").fetchone():
            raise sqlite3.DatabaseError("foreign_key_check: a row refers to nothing")


def put(file: Path, target: Path) -> None:
    """Put a copy of the file in the place of the target, which is kept under ``.replaced``."""
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f"{target.name}.new")
    new.unlink(missing_ok=True)
    os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    shutil.copyfile(file, new)
    _to_disk(new)
    for part in PARTS:
        old = target.with_name(target.name + part)
        kept = target.with_name(f"{target.name}.replaced{part}")
        kept.unlink(missing_ok=True)
        if old.exists():
            old.rename(kept)
    new.replace(target)
    _to_disk(target.parent)


def _opened(file: Path) -> sqlite3.Connection:
    address = f"{file.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=PATIENCE)


def _count(database: sqlite3.Connection, table: str) -> int:
    return int(database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
