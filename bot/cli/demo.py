"""linli demo: a made-up community in a database of its own, far from any real one."""

import os
import secrets
from pathlib import Path

import typer

from bot.cli.loading import loading
from bot.cli.plainly import NOT_STARTED, refuse
from bot.cli.work import carry_out
from bot.config import BadConfig, Config, Secrets, build, read_settings
from bot.opening import AlreadyRunning, CannotOpen, alone
from bot.settings import Channels, Settings
from bot.settings_voting import ProcedurePart
from domain.procedure import Parking

OPEN = "Open http://127.0.0.1:{port} in a browser. Ctrl-C stops; the data is kept."
FOLDER = Path("data/demo")
DATABASE = "linli.db"
SECRET = "secret"
AGREED = ProcedurePart(parking=Parking.DOES_NOT_COUNT)  # what the made-up owners have agreed on
KEPT = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", SECRET)


def start(config: Path, port: int | None, reset: bool) -> None:
    try:
        settings = read_settings(config)
        if reset:
            forget(FOLDER)
        settled = demo_config(settings, FOLDER, port)
    except BadConfig as refused:
        refuse(*refused.problems, code=NOT_STARTED)
    except (AlreadyRunning, CannotOpen) as why:
        refuse(str(why))
    except OSError as error:
        refuse(f"{error.filename} cannot be written ({error.strerror})")
    _start(settled)


def _start(settled: Config) -> None:
    with loading():
        from bot import app, demo  # here, so that a bad configuration is refused at once

    carry_out(demo.furnish(settled))
    typer.echo(OPEN.format(port=settled.web.port))
    try:
        app.run(settled, demo=demo.cast())
    except (AlreadyRunning, CannotOpen, app.CannotListen) as why:
        refuse(str(why))


def forget(folder: Path) -> None:
    """Begin anew. Raises AlreadyRunning when somebody is trying the demo at this moment."""
    with alone(folder / DATABASE):
        for name in KEPT:
            (folder / name).unlink(missing_ok=True)


def demo_config(settings: Settings, folder: Path, port: int | None) -> Config:
    """The community's own settings, with the web chat only and a database of its own."""
    web = settings.web.model_copy(update={"public_url": None})
    if port is not None:
        web = web.model_copy(update={"port": port})
    voting = settings.voting.model_copy(update={"rules_of_procedure": AGREED})
    parts = {"channels": Channels(), "web": web, "voting": voting}
    chosen = settings.model_copy(update=parts)
    database = f"sqlite+aiosqlite:///{folder / DATABASE}"
    return build(chosen, Secrets(key=_secret(folder)), database)


def _secret(folder: Path) -> str:
    """A key that protects made-up names only, and so may lie beside them."""
    kept = folder / SECRET
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w") as file:
            file.write(secrets.token_urlsafe(32))
    return kept.read_text()
