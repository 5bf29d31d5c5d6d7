"""Opens the database the way the units of work in this project expect it."""

import asyncio
import sqlite3
from time import monotonic
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool
from sqlalchemy.util import await_

from storage.sqlite import PATIENCE, Driver

WAL = "PRAGMA journal_mode=WAL"
PRAGMAS = (
    f"PRAGMA busy_timeout={PATIENCE}",
    "PRAGMA synchronous=FULL",  # NORMAL may lose an accepted update when the power goes
    "PRAGMA foreign_keys=ON",
)
STATEMENTS = 300  # kept prepared by a connection: updates and timers ask more than the usual 100
ANOTHER_TRY = 0.01  # seconds

LEFT_ALONE = 1.0  # seconds
HOPELESS = 120  # seconds, of a statement: twice what PostgreSQL lets pass between looks at tables

BUSY = ("locked", "disk", "readonly", "unable to open")  # in SQLite's words
AWAY = ("08", "53", "57", "58")  # classes of SQLSTATE: connection, resources, operator, system
READ_ONLY = "25006"  # the server has become a standby


def unavailable(error: BaseException) -> bool:
    """Whether the database takes nothing at the moment, whatever it is given.

    Source of the classes: PostgreSQL's documentation, appendix A.
    """
    if not isinstance(error, DBAPIError):
        return isinstance(error, (OSError, TimeoutError, NoConnection))
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if error.connection_invalidated or state.startswith(AWAY) or state == READ_ONLY:
        return True
    sqlite = isinstance(error.orig, sqlite3.OperationalError)
    return sqlite and any(word in str(error.orig) for word in BUSY)


def open_engine(url: str, *, pool: int = 16) -> AsyncEngine:
    """SQLite through one connection, which queues its writers fairly; PostgreSQL through a pool."""
    if not url.startswith("sqlite"):
        engine = create_async_engine(
            url,
            pool_size=pool,
            max_overflow=0,
            hide_parameters=True,
            connect_args={"prepared_statement_cache_size": STATEMENTS},
        )
        _look_whether_it_lives(engine)
        _go_by_indexes(engine)
        return engine
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=60,
        module=Driver(),
        hide_parameters=True,  # what people typed must not reach a log through an error
    )
    _begin_for_real(engine)
    return engine


def open_reader(engine: AsyncEngine) -> AsyncEngine:
    """The same database for long reading: one moment of it, while others go on writing.

    SQLite's only writer is not kept waiting (WAL); a connection is opened for each reading, so
    that there is nothing to close. A database in memory has only the one connection.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    if engine.url.database in (None, "", ":memory:"):
        return engine
    reader = create_async_engine(engine.url, poolclass=NullPool, hide_parameters=True)

    @event.listens_for(reader.sync_engine, "connect")
    def leave_begin_to_us(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA query_only=ON").close()

    @event.listens_for(reader.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    return reader


def _look_whether_it_lives(engine: AsyncEngine) -> None:
    """Before a connection that was left alone is used; asked each time, it is a way more for each.

    One that was used a moment ago and is gone since fails its unit of work, which is tried again.
    """

    @event.listens_for(engine.sync_engine, "checkin")
    def left(_connection: Any, record: Any) -> None:
        record.info["left"] = monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def look(connection: Any, record: Any, _proxy: Any) -> None:
        if monotonic() - record.info.get("left", monotonic()) < LEFT_ALONE:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error


def _go_by_indexes(engine: AsyncEngine) -> None:
    """PostgreSQL keeps a plan that it made while a table was empty, which reads all of it.

    Each of our queries has its index. Without this, a claim among 700 messages took a second and
    one among more far longer, until the server looked at its tables again, a minute later.
    """

    @event.listens_for(engine.sync_engine, "connect")
    def say_so(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("SET enable_seqscan = off")
        cursor.close()
        connection.commit()


def give_up_hopeless(engine: AsyncEngine) -> None:
    """From now on PostgreSQL ends what has gone on for two minutes, and it is tried again.

    A plan made while tables were empty may read all rows once for each of 100,000 that came since,
    and nothing ends that by itself. The server looks at its tables once a minute
    (autovacuum_naptime), and the next try goes by another plan. Not for migrations and backups.
    """

    @event.listens_for(engine.sync_engine, "connect")
    def say_so(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET statement_timeout = '{HOPELESS}s'")
        cursor.close()
        connection.commit()


def _begin_for_real(engine: AsyncEngine) -> None:
    """Make SQLite transactions start where SQLAlchemy says they do.

    The driver's own BEGIN comes too late for savepoints: a rolled-back unit of work would
    keep its inbox row, and the retry would be taken for a repeat. IMMEDIATE, because a
    transaction that reads and then writes otherwise fails as "database is locked".
    Source: SQLAlchemy docs, "Serializable isolation / Savepoints / Transactional DDL".
    """

    @event.listens_for(engine.sync_engine, "connect")
    def leave_begin_to_us(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        _keep_a_log(cursor)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _keep_a_log(cursor: Any) -> None:
    """Two who do this to a new file at once are in each other's way, and SQLite lets neither wait.

    Source: sqlite.org, "Write-Ahead Logging" and sqlite3_busy_handler: no waiting where that
    could never end.
    """
    until = monotonic() + PATIENCE / 1000
    while True:
        try:
            cursor.execute(WAL)
        except sqlite3.OperationalError:
            if monotonic() > until:
                raise
            await_(asyncio.sleep(ANOTHER_TRY))
        else:
            return
