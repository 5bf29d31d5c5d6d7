"""A verified copy of the database in one file, with a manifest beside it, and back again.

The copy is one moment of the database while the bot goes on. What it holds is counted at that
moment, counted again in a database restored from it, and its chains of hashes are followed
there: only then does the file get its name. The key is not in it.
"""

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import update

from bot import backup_postgresql, backup_sqlite
from bot.config import Config
from bot.opening import alone, sqlite_file
from storage import migrate, soundness
from storage import tables as t
from storage.engine import open_engine
from storage.ids import Ids
from storage.uow import open_storage
from storage.vault import Vault

NEWER = "was made by a newer Linli, with tables that this one does not know"
OTHER_KEY = "was made under another LINLI_SECRET_KEY, without which its names cannot be read"


class NoBackup(Exception):
    """Why there is none, or why it cannot be restored. Can be shown as it is."""


@dataclass(frozen=True)
class Manifest:
    made_at: str  # ISO, UTC
    engine: str  # sqlite, postgresql
    revision: str  # of the tables
    sha256: str  # of the file
    rows: Mapping[str, int]
    key: str  # the public part of what the record's heads are signed with: which key it needs
    tried: bool  # restored into a fresh database and compared

    @property
    def all_rows(self) -> int:
        return sum(self.rows.values())


def beside(file: Path) -> Path:
    """Where its manifest is."""
    return file.with_name(f"{file.name}.json")


async def make(config: Config, file: Path, now: datetime) -> Manifest:
    """Raises NoBackup, and whatever the database raises; then there is no file."""
    unfinished = _place(file)
    try:
        rows, revision = await _copied(config.database_url, unfinished)
        tried = await _tried(config.database_url, unfinished, rows)
        key = Vault(config.secrets.key).public_key
        sum256 = await asyncio.to_thread(_sha256, unfinished)
        engine = "sqlite" if sqlite_file(config.database_url) else "postgresql"
        made = Manifest(now.isoformat(), engine, revision, sum256, rows, key, tried)
        _ours_alone(beside(file)).write_text(json.dumps(asdict(made), indent=1), "utf-8")
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    await _note(config, made, now)
    return made


async def _note(config: Config, made: Manifest, now: datetime) -> None:
    """When it was made, so that linli doctor knows; not before the tables have a place for it."""
    engine = open_engine(config.database_url, pool=1)
    try:
        if not await migrate.pending(engine):
            vault = Vault(config.secrets.key)
            storage = await open_storage(engine, config.community.code, vault, Ids(lambda: now))
            async with storage.begin() as uow:
                await uow.watch.backed_up(now, made.all_rows)
    finally:
        await engine.dispose()


async def _copied(url: str, to: Path) -> tuple[dict[str, int], str]:
    """Copy one moment of it; returns its rows and the step of its tables at that moment."""
    if source := sqlite_file(url):
        if not source.exists():
            raise NoBackup(f"{source} does not exist; perhaps linli runs in another folder")
        return await asyncio.to_thread(backup_sqlite.copy, source, to)
    return await backup_postgresql.dump(url, to)


async def _tried(url: str, file: Path, rows: Mapping[str, int]) -> bool:
    """Restore it beside everything else and compare. Raises NoBackup where it is not the same."""
    if sqlite_file(url):
        await asyncio.to_thread(backup_sqlite.examine, file)
        await _same(f"sqlite+aiosqlite:///{file}", rows)
        return True
    async with backup_postgresql.fresh(url) as place:
        if place is None:
            return False
        await backup_postgresql.load(place, file)
        await _same(place, rows)
        return True


async def _same(url: str, rows: Mapping[str, int]) -> None:
    engine = open_engine(url, pool=1)
    try:
        async with engine.connect() as connection:
            found = await soundness.rows(connection)
            broken = await soundness.broken(connection)
    finally:
        await engine.dispose()
    if lost := [name for name in rows.keys() | found.keys() if rows.get(name) != found.get(name)]:
        raise NoBackup(f"The copy has other rows than the database: {', '.join(sorted(lost))}")
    if broken:
        raise NoBackup(f"{len(broken)} logs do not follow from one another, first {broken[0]}")


def read(file: Path) -> Manifest:
    """What a backup says of itself, once its file is the one that was made. Raises NoBackup."""
    try:
        manifest = Manifest(**json.loads(beside(file).read_text("utf-8")))
        sum256 = _sha256(file)
    except OSError as error:
        raise NoBackup(f"{error.filename} cannot be read ({error.strerror})") from None
    except (ValueError, TypeError):
        raise NoBackup(f"{beside(file)} is not the manifest of a backup") from None
    if sum256 != manifest.sha256:
        raise NoBackup(f"{file} is not the file that was made: its SHA-256 is another one")
    return manifest


async def restore(config: Config, file: Path, manifest: Manifest, now: datetime) -> None:
    """Put it in the place of what is there. Raises NoBackup, AlreadyRunning; asks nothing."""
    if not migrate.known(manifest.revision):
        raise NoBackup(f"{file} {NEWER}")
    if manifest.key != Vault(config.secrets.key).public_key:
        raise NoBackup(f"{file} {OTHER_KEY}")
    target = sqlite_file(config.database_url)
    if manifest.engine != ("sqlite" if target else "postgresql"):
        raise NoBackup(f"{file} is of {manifest.engine}, and database.url names another engine")
    async with _put_back(config.database_url, file):
        await _same(config.database_url, manifest.rows)
    await _doubt_unsent(config.database_url, now)


@asynccontextmanager
async def _put_back(url: str, file: Path) -> AsyncIterator[None]:
    """Nobody else uses it meanwhile."""
    if target := sqlite_file(url):
        with alone(target):
            await asyncio.to_thread(backup_sqlite.examine, file)
            await asyncio.to_thread(backup_sqlite.put, file, target)
            yield
    else:
        await backup_postgresql.empty(url)
        await backup_postgresql.load(url, file)
        yield


async def _doubt_unsent(url: str, now: datetime) -> None:
    """What was due to be sent at the moment of the copy may have been sent since.

    So it is treated like messages whose sender died: a promise goes once more and says so, a
    mass notice is listed.
    """
    o = t.outbox
    due = update(o).where(o.c.state == "pending", o.c.not_before <= now)
    engine = open_engine(url, pool=1)
    try:
        async with engine.begin() as connection:
            await connection.execute(due.values(state="sending", not_before=o.c.created_at))
    finally:
        await engine.dispose()


async def holds_something(url: str) -> bool:
    """Whether there is anything that a restore would replace."""
    if target := sqlite_file(url):
        return target.exists() and target.stat().st_size > 0
    return await backup_postgresql.holds_something(url)


def _place(file: Path) -> Path:
    """Where it is made until it is known to be good."""
    try:
        return _ours_alone(file.with_name(f"{file.name}.unfinished"))
    except OSError as error:
        raise NoBackup(f"{file} cannot be written ({error.strerror})") from None


def _ours_alone(file: Path) -> Path:
    """An empty file that only we may read."""
    file.unlink(missing_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return file


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
