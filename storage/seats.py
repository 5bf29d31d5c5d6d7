"""Seats: the processes that run side by side on one PostgreSQL, and who of them has which role.

A seat is a session of its own, and what it holds are advisory locks of that session: killed, its
process leaves them at once; silent for SILENT, the server takes them away. Behind pgbouncer it
needs session mode.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from random import SystemRandom
from typing import Any

from sqlalchemy import URL, NullPool, func, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.ids import SEATS

SEAT, ROLE = 1_819_176_042, 1_819_176_043  # any numbers: of our two kinds of locks
SILENT = 5  # seconds; a process that hangs, or is cut off, loses its seat after this long
OURS = (
    "locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
HELD = text(
    "SELECT pid, classid, objid FROM pg_locks"
    f" WHERE {OURS} AND classid IN ({SEAT}, {ROLE}) ORDER BY classid, objid"
)
NUMBERS = text(f"SELECT objid::bigint FROM pg_locks WHERE {OURS} AND classid = {SEAT}")


class Seat:
    """One process's place among the others. ``number`` is nobody else's until it is ``over``."""

    def __init__(self, connection: AsyncConnection, number: int, over: asyncio.Event) -> None:
        self._connection = connection
        self.number = number
        self.over = over

    async def win(self, roles: Collection[str]) -> set[str]:
        """Those of the roles that nobody had; from now on they are ours.

        Raises what the database raises once the seat is lost, with none of these as well.
        """
        asked = (func.pg_try_advisory_lock(ROLE, _key(role)) for role in roles)
        row = (await self._connection.execute(select(literal(True), *asked))).one()
        return {role for role, won in zip(roles, row[1:], strict=True) if won}


@asynccontextmanager
async def seated(url: URL, silent: float = SILENT) -> AsyncIterator[Seat]:
    """A seat, which is left with everything it holds, or lost after so long without a word."""
    engine = create_async_engine(
        url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        connect_args={"timeout": SILENT},
    )
    async with engine.connect() as connection:
        try:
            await connection.execute(text(f"SET idle_session_timeout = {1000 * silent:.0f}"))
            over = await _end_of(connection)
            yield Seat(connection, await _free_number(connection), over)
        finally:
            await connection.invalidate()  # a polite goodbye may never be answered


async def _end_of(connection: AsyncConnection) -> asyncio.Event:
    """Set as soon as the machine knows that the session has ended."""
    over = asyncio.Event()
    driver: Any = (await connection.get_raw_connection()).driver_connection
    driver.add_termination_listener(lambda _: over.set())
    return over


async def _free_number(connection: AsyncConnection) -> int:
    random = SystemRandom()
    while True:
        number = random.randrange(SEATS)
        if await connection.scalar(select(func.pg_try_advisory_lock(SEAT, number))):
            return number


async def taken(engine: AsyncEngine, roles: Collection[str]) -> dict[int, set[str]]:
    """The seats that are taken now, by number, and which of these roles each has."""
    async with engine.connect() as connection:
        locks = (await connection.execute(HELD)).all()
    numbers = {lock.pid: int(lock.objid) for lock in locks if lock.classid == SEAT}
    names = {_key(role) & 0xFFFF_FFFF: role for role in roles}
    found: dict[int, set[str]] = {number: set() for number in numbers.values()}
    for lock in locks:
        if lock.classid == ROLE and lock.objid in names and lock.pid in numbers:
            found[numbers[lock.pid]].add(names[lock.objid])
    return found


def _key(role: str) -> int:
    """The 32 bits, with a sign, by which PostgreSQL knows a role."""
    return int.from_bytes(hashlib.sha256(role.encode()).digest()[:4], "big", signed=True)
