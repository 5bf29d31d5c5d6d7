"""What the database alone takes: one row a transaction, through the driver and nothing else."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import asyncpg
from sqlalchemy import make_url

from benchmarks.load import Round

TABLE = "CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, chat BIGINT, text TEXT)"
INSERT = "INSERT INTO messages (chat, text) VALUES (?, ?)"
ROW = (1, "三号楼门口路灯坏了，晚上很黑")


@dataclass(frozen=True)
class Raw:
    name: str
    insert: Callable[[], Awaitable[object]]

    async def run(self, updates: int, in_flight: int) -> Round:
        left, waits = iter(range(updates)), list[float]()

        async def write() -> None:
            for _ in left:
                asked = perf_counter()
                await self.insert()
                waits.append(perf_counter() - asked)

        began, used = perf_counter(), process_time()
        await asyncio.gather(*(write() for _ in range(in_flight)))
        return Round(waits, perf_counter() - began, process_time() - used)


@asynccontextmanager
async def driver(_folder: Path, database: str) -> AsyncIterator[list[Raw]]:
    opened = _sqlite if database.startswith("sqlite") else _postgresql
    async with opened(database) as insert:
        yield [Raw("the driver alone, one insert", insert)]


@asynccontextmanager
async def _sqlite(database: str) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    connection = sqlite3.connect(make_url(database).database or "", isolation_level=None)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", TABLE):
        connection.execute(statement)

    async def insert() -> None:
        connection.execute(INSERT, ROW)

    yield insert
    connection.close()


@asynccontextmanager
async def _postgresql(database: str) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    dsn = make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    async with asyncpg.create_pool(dsn, min_size=16, max_size=16) as pool:
        await pool.execute(TABLE.replace("INTEGER", "SERIAL"))

        async def insert() -> None:
            await pool.execute("INSERT INTO messages (chat, text) VALUES ($1, $2)", *ROW)

        yield insert
