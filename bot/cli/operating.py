"""Commands for whoever keeps a Linli running, with their options and help: see ``commands``."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import DEFAULT_CONFIG, ConfigPath, Yes

operating = typer.Typer()


@operating.command()
def doctor(
    language: Annotated[str | None, typer.Option(help="zh or en.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Say what is wrong with a running Linli, since when, and what to do about it.

    ✗ needs somebody, · is worth knowing. Asks the running process, the database, the disk and
    Telegram: updates that are stuck, messages that are not sent or of unknown fate, a token
    that is refused, a clock that is off, a disk that is nearly full, backups, permissions.
    The exit code is 1 when anything needs somebody. Before the first start: linli check.
    """
    from bot.cli.doctor import look

    look(config, language)


@operating.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where it goes.", metavar="FILE")],
    yes: Yes = False,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Copy the whole database into one file while the bot runs, and verify the copy.

    It is one moment of the database. Its rows are counted, it is restored into a fresh
    database and compared, and its chains of hashes are followed; only then does the file
    appear. FILE.json beside it says what it holds and belongs to it. Only you can read both.
    LINLI_SECRET_KEY is not in it. PostgreSQL needs pg_dump and pg_restore of its version.
    """
    from bot.cli.backup import make

    make(file, yes, config)


@operating.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What linli backup made.", metavar="FILE")],
    yes: Yes = False,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Put a backup in the place of the database. Stop the bot first.

    Refused: a file that is not the one that was made, one made under another key or by a
    newer Linli, and, without --yes, to replace what is there. An SQLite database that is
    replaced stays beside it as .replaced. What came in since the backup is lost; what was
    waiting to be sent then is treated as perhaps sent.
    """
    from bot.cli.backup import restore

    restore(file, yes, config)
