"""SQLite without a thread for every step: what takes microseconds is done where it is asked for.

aiosqlite hands each step to a thread and wakes up for its answer: to make a cursor, to execute,
to fetch, to close. For one suggestion that is 130 times, and two thirds of all processor time.
A statement of ours takes some 20 microseconds; only what may wait for the disk or for another
process still goes to the thread.
"""

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

import aiosqlite

ROWS = 64  # fetched at a time, where somebody reads row by row
WAITING = ("BEGIN", "PRAGMA")  # statements that may wait for another process
AT_ONCE = ("cursor", "execute", "fetchone", "fetchmany", "fetchall")


def connect(database: str, **options: Any) -> aiosqlite.Connection:
    """As ``aiosqlite.connect``, for ``async_creator_fn`` of SQLAlchemy's dialect."""
    options["check_same_thread"] = False
    connection = _Connection(partial(sqlite3.connect, database, **options), ROWS)
    connection._thread.daemon = True  # as the dialect has it
    return connection


class _Connection(aiosqlite.Connection):
    async def _execute(self, fn: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Everything that its cursors and it do goes through here.

        Used by one task at a time, so nothing of the thread is under way when we are asked.
        """
        if not self._at_once(fn, args):
            return await super()._execute(fn, *args, **more)  # type: ignore[no-untyped-call]
        return fn(*args, **more)

    def _at_once(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> bool:
        if getattr(fn, "__name__", "") not in AT_ONCE:
            closes_cursor = isinstance(getattr(fn, "__self__", None), sqlite3.Cursor)
            return closes_cursor and not args
        return not (args and isinstance(args[0], str) and args[0].startswith(WAITING))
