"""linli backup and linli restore: a verified copy of everything, and back."""

from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from sqlite3 import DatabaseError
from typing import Any, TypeVar

import typer

from bot import backup
from bot.backup_postgresql import NoTool
from bot.cli.configuration import configured
from bot.cli.plainly import refuse
from bot.cli.work import carry_out
from bot.clock import system_clock
from bot.opening import AlreadyRunning

T = TypeVar("T")

NO_KEY = (
    "LINLI_SECRET_KEY is not in it. Keep it apart, and keep it: without it no name can be read."
)
NOT_TRIED = (
    "It was not restored to try it out: this database role may not create databases"
    " (ALTER ROLE ... CREATEDB)."
)
LOST = "What came in after {at} is not in it."
AGAIN = (
    "What was waiting to be sent then may have been sent since: it goes once more and says so, or"
    " is listed (/delivery)."
)


def make(file: Path, yes: bool, config: Path) -> None:
    settled = configured(config)
    if file.exists() and not yes:
        typer.confirm(f"{file} exists. Replace it?", abort=True)
    made = _carry_out(backup.make(settled, file, system_clock()))
    size = file.stat().st_size / 1e6
    typer.echo(f"{file}: {size:.1f} MB, {made.all_rows} rows, tables of step {made.revision}")
    typer.echo(f"SHA-256: {made.sha256} (also in {backup.beside(file)}, which belongs to it)")
    typer.echo(
        "Restored into a fresh database: same rows, all chains hold." if made.tried else NOT_TRIED
    )
    typer.echo(NO_KEY)


def restore(file: Path, yes: bool, config: Path) -> None:
    settled = configured(config)
    try:
        manifest = backup.read(file)
    except backup.NoBackup as why:
        refuse(f"{why}.")
    at = datetime.fromisoformat(manifest.made_at)
    if not yes and _carry_out(backup.holds_something(settled.database_url)):
        refuse("There is a database already. To replace it: linli restore FILE --yes.")
    _carry_out(backup.restore(settled, file, manifest, system_clock()))
    typer.echo(f"Restored {manifest.all_rows} rows as of {at:%Y-%m-%d %H:%M} UTC; all chains hold.")
    typer.echo(LOST.format(at=f"{at:%Y-%m-%d %H:%M} UTC"))
    typer.echo(AGAIN)


def _carry_out(work: Coroutine[Any, Any, T]) -> T:
    try:
        return carry_out(work)
    except (backup.NoBackup, NoTool, AlreadyRunning) as why:
        refuse(f"{why}.")
    except DatabaseError as broken:
        refuse(f"The database is broken ({broken}).")
