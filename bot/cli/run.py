"""linli run: reads the configuration and hands over to the bot."""

from pathlib import Path

from bot.cli.plainly import refuse
from bot.cli.work import configured
from bot.opening import AlreadyRunning, CannotOpen


def start(config: Path) -> None:
    settled = configured(config)
    from bot import app  # here, so that a bad configuration is refused at once

    try:
        app.run(settled)
    except (AlreadyRunning, CannotOpen, app.CannotListen) as why:
        refuse(str(why))
