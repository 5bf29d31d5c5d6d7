"""What is loaded before a command is known, or by one that works without the bot."""

import subprocess
import sys

import pytest

OF_THE_BOT = {"aiohttp", "alembic", "openpyxl", "sqlalchemy", "telegram"}


@pytest.mark.parametrize(
    ("module", "spared"),
    [
        ("bot.cli", OF_THE_BOT | {"pydantic", "texts"}),
        ("bot.cli.deadline", OF_THE_BOT),
        ("bot.cli.recount", OF_THE_BOT),
    ],
)
def test_help_and_the_offline_commands_load_no_bot(module: str, spared: set[str]) -> None:
    """Everybody waited two seconds for what only some commands need."""
    script = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", script], text=True)

    assert spared.isdisjoint(loaded.split())
