"""SQLite without a thread for every step: only what may wait for others waits aside."""

import asyncio
import sqlite3
from threading import get_ident

from sqlalchemy import make_url, text

from storage.engine import open_engine
from storage.uow import Storage
from tests import databases


async def test_who_waits_for_another_process_keeps_nobody_here_waiting(sqlite_url: str) -> None:
    async with databases.opened(sqlite_url) as storage:
        other, waiting = await _waits_for_another(sqlite_url, storage)
        assert not waiting.done()

        other.close()
        await waiting


async def test_who_is_cancelled_while_waiting_leaves_nothing_begun(sqlite_url: str) -> None:
    async with databases.opened(sqlite_url) as storage:
        other, waiting = await _waits_for_another(sqlite_url, storage)
        waiting.cancel()
        other.close()
        await asyncio.wait([waiting])

        async with storage.engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw and not raw.in_transaction
        await _write(storage)


async def test_a_statement_runs_where_it_is_asked_for(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    async with engine.begin() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        await raw.create_function("who_runs", 0, get_ident)
        assert await connection.scalar(text("SELECT who_runs()")) == get_ident()
    await engine.dispose()


async def test_what_nobody_has_read_to_its_end_keeps_no_writer_from_beginning(
    sqlite_url: str,
) -> None:
    engine = open_engine(sqlite_url)
    async with engine.connect() as connection:
        async with connection.begin():
            unread = await connection.execute(text("SELECT 1 UNION SELECT 2"))
        other = sqlite3.connect(make_url(sqlite_url).database or "")
        with other:
            other.execute("INSERT INTO communities (code) VALUES ('other')")
        other.close()
        async with connection.begin():
            await connection.execute(text("INSERT INTO communities (code) VALUES ('more')"))
        assert [row[0] for row in unread] == [1, 2]
    await engine.dispose()


async def _write(storage: Storage) -> None:
    async with storage.begin() as uow:
        await uow.delivery.counts()


async def _waits_for_another(
    url: str, storage: Storage
) -> tuple[sqlite3.Connection, asyncio.Task[None]]:
    """Somebody of us, in the thread by now, for another process that has begun to write."""
    other = sqlite3.connect(make_url(url).database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(_write(storage))
    in_the_thread = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, in_the_thread.set)
    await in_the_thread.wait()
    return other, waiting
