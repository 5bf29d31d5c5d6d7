"""linli run: reads the configuration and hands over to the bot."""

from pathlib import Path

from bot.cli.loading import loading
from bot.cli.plainly import refuse


def start(config: Path) -> None:
    with loading():
        from bot.cli.configuration import configured

        settled = configured(config)
        from bot import app  # here, so that a bad configuration is refused at once
        from bot.opening import AlreadyRunning, CannotOpen
        from bot.platforms import enabled

        list(enabled(settled))  # and the libraries of these
    try:
        app.run(settled)
    except (AlreadyRunning, CannotOpen, app.CannotListen) as why:
        refuse(str(why))
