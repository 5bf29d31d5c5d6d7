"""The command linli: one file for each command, and nothing that a bot does by itself."""

from bot.cli.commands import app

__all__ = ["app"]
