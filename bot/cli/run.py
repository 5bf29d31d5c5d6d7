"""linli run: reads the configuration and hands over to the bot."""

from bot.cli.plainly import DEFAULT_CONFIG, ConfigPath, configured, refuse
from bot.opening import AlreadyRunning, CannotOpen


def run(config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Start Linli: database, channels, timers and web pages in one process.

    Brings the database up to date first. A configuration with anything wrong in it is
    refused: each line says the key, the value and what is allowed (exit code 2). Ctrl-C
    stops it cleanly; what was accepted is kept.
    """
    settled = configured(config)
    from bot import app  # here, so that --help and a bad configuration answer at once

    try:
        app.run(settled)
    except (AlreadyRunning, CannotOpen, app.CannotListen) as why:
        refuse(str(why))
