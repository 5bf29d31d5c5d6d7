"""Opens the community of a Config: folder, database, newest tables. Starts nothing."""

import fcntl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TextIO

import asyncpg
from cryptography.fernet import InvalidToken
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.config import Config
from storage.engine import give_up_hopeless, open_engine
from storage.ids import Clock, Ids
from storage.migrate import upgrade
from storage.uow import Storage, open_storage
from storage.vault import Vault

WRONG_KEY = "LINLI_SECRET_KEY is not the key that the names in this database were sealed with"
DATABASE_FAULTS = (SQLAlchemyError, asyncpg.PostgresError, OSError)


@asynccontextmanager
async def open_community(config: Config, clock: Clock) -> AsyncIterator[Storage]:
    """The community's storage with all tables, closed on leaving. Raises CannotOpen."""
    engine = open_engine(config.database_url)
    try:
        yield await _opened(engine, config, clock)
    finally:
        await engine.dispose()


class CannotOpen(Exception):
    """The database does not answer, or another key sealed its names. Can be shown as it is."""


async def _opened(engine: AsyncEngine, config: Config, clock: Clock) -> Storage:
    try:
        if file := sqlite_file(config.database_url):
            _make(file)
        await _brought_up(engine)
        vault = Vault(config.secrets.key)
        storage = await open_storage(engine, config.community.code, vault, Ids(clock))
        async with storage.begin() as uow:
            await uow.staff.all()  # their names can be unsealed
    except InvalidToken:
        raise CannotOpen(WRONG_KEY) from None
    except DATABASE_FAULTS as error:
        raise CannotOpen(f"The database cannot be used ({trouble(error)})") from None
    return storage


async def _brought_up(engine: AsyncEngine) -> None:
    """At the newest tables. A step takes as long as it takes; what is asked after that may not."""
    await upgrade(engine)
    if engine.dialect.name == "postgresql":
        await engine.dispose()  # of connections that know no limit
        give_up_hopeless(engine)


def _make(file: Path) -> None:
    """An empty database that only we may read; SQLite gives the files beside it the same mode."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)


def trouble(error: BaseException) -> str:
    """What went wrong, by its kind, without the data that was on its way."""
    wrapped = getattr(error, "orig", None) or error
    told = wrapped.__cause__ if isinstance(wrapped.__cause__, asyncpg.PostgresError) else wrapped
    return type(told).__name__


def sqlite_file(url: str) -> Path | None:
    """Where an SQLite database is kept; None for any other, and for one in memory."""
    parsed = make_url(url)
    kept = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    return Path(str(parsed.database)) if kept else None


def _lock_beside(database: Path) -> TextIO:
    lock = database.with_suffix(".lock")
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        return lock.open("w")
    except OSError as error:
        raise CannotOpen(f"{error.filename} cannot be written ({error.strerror})") from None


class AlreadyRunning(Exception):
    """A second process on one SQLite file would send and remind twice."""


@contextmanager
def alone(database: Path | None) -> Iterator[None]:
    """One bot at a time on one SQLite file. Raises AlreadyRunning and CannotOpen."""
    if database is None:
        yield
        return
    with _lock_beside(database) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"{database} is in use by another linli; stop it first") from None
        yield
