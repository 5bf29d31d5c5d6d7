"""SQLite without a thread for every step: what takes microseconds is done where it is asked for.

aiosqlite hands each step to a thread and wakes up for its answer: to make a cursor, to execute,
to fetch, to close. For one suggestion that is 130 times, and half of all processor time. A
statement of ours takes some 20 microseconds; only what may wait for the disk or for another
process, and what is read lot by lot, still goes to the thread.
"""

import sqlite3
from collections import deque
from collections.abc import Callable
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util import await_

WAITING = ("BEGIN", "PRAGMA")  # may wait for another process
PATIENCE = 10_000  # milliseconds; imports run beside the bot
STATEMENTS = 500  # kept compiled, which takes longer than to run most of them
MANY = 100  # rows, which take a millisecond or two


class Driver(AsyncAdapt_aiosqlite_dbapi):
    """For ``module`` of SQLAlchemy's engine."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *at: Any, **options: Any) -> AsyncAdapt_aiosqlite_connection:
        ours = {"check_same_thread": False, "cached_statements": STATEMENTS}
        connection = aiosqlite.connect(*at, **options | ours)
        connection._thread.daemon = True  # as the dialect has it
        return _Connection(self, await_(connection))  # type: ignore[arg-type]


class _Connection(AsyncAdapt_aiosqlite_connection):
    """Used by one task at a time, so nothing of the thread is under way when we are asked.

    A task that is cancelled as it waits for the thread takes its connection with it: SQLAlchemy.
    """

    __slots__ = ()

    def cursor(self, server_side: bool = False) -> Any:
        if server_side:  # for reading lot by lot
            return super().cursor(True)
        cursor = self._connection._conn.cursor(_Cursor)
        cursor.driver = self._connection
        return cursor

    def rollback(self) -> None:
        """Also asked of each connection that is given back, and most have nothing to undo."""
        if self._connection.in_transaction:
            super().rollback()


class _Cursor(sqlite3.Cursor):
    """Has all rows at once: a statement that is still read keeps the next writer from beginning."""

    driver: aiosqlite.Connection
    rows: deque[Any]

    def execute(self, sql: str, values: Any = ()) -> "_Cursor":
        if not (sql.startswith("BEGIN") and self._begins(sql)):
            self._do(sql.startswith(WAITING), super().execute, sql, values)
        self.rows = deque(super().fetchall() if self.description else ())
        return self

    def _begins(self, sql: str) -> bool:
        """At once, where no other process writes; else somebody has to wait for it."""
        self.connection.execute("PRAGMA busy_timeout=0").close()
        try:
            self._do(False, super().execute, sql)
        except sqlite3.OperationalError:
            return False
        finally:
            self.connection.execute(f"PRAGMA busy_timeout={PATIENCE}").close()
        return True

    def executemany(self, sql: str, rows: Any) -> "_Cursor":
        self._do(len(rows) > MANY, super().executemany, sql, rows)
        return self

    def _do(self, aside: bool, do: Callable[..., Any], *what: Any) -> None:
        if aside:
            await_(self.driver._execute(do, *what))  # type: ignore[no-untyped-call]
        else:
            do(*what)
            await_(_nothing())

    def fetchone(self) -> Any:
        return self.rows.popleft() if self.rows else None

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        return [self.rows.popleft() for _ in range(min(size or 1, len(self.rows)))]

    def fetchall(self) -> list[Any]:
        found = list(self.rows)
        self.rows.clear()
        return found

    async def _async_soft_close(self) -> None:
        """What SQLAlchemy asks of every cursor; there is nothing to wait for."""


async def _nothing() -> None:
    """What SQLAlchemy waits for, since it takes a driver that never does for the wrong one."""
