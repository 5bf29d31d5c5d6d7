"""Opens the community of a Config: folder, database, newest tables. Starts nothing."""

import fcntl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from bot.config import Config
from storage.engine import open_engine
from storage.ids import Clock, Ids
from storage.migrate import upgrade
from storage.uow import Storage, open_storage
from storage.vault import Vault


@asynccontextmanager
async def open_community(config: Config, clock: Clock) -> AsyncIterator[Storage]:
    """The community's storage with all tables, closed on leaving."""
    if file := sqlite_file(config.database_url):
        file.parent.mkdir(parents=True, exist_ok=True)
    engine = open_engine(config.database_url)
    try:
        await upgrade(engine)
        vault = Vault(config.secrets.key)
        yield await open_storage(engine, config.community.code, vault, Ids(clock))
    finally:
        await engine.dispose()


def sqlite_file(url: str) -> Path | None:
    """Where an SQLite database is kept; None for any other, and for one in memory."""
    parsed = make_url(url)
    kept = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    return Path(str(parsed.database)) if kept else None


class AlreadyRunning(Exception):
    """A second process on one SQLite file would send and remind twice."""


@contextmanager
def alone(database: Path | None) -> Iterator[None]:
    """One bot at a time on one SQLite file. Raises AlreadyRunning."""
    if database is None:
        yield
        return
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"{database} is in use by another linli; stop it first") from None
        yield
