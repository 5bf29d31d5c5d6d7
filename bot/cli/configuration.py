"""The configuration that a command works with."""

import os
from pathlib import Path

from bot.cli.plainly import NOT_STARTED, refuse
from bot.config import BadConfig, Config, load


def configured(path: Path) -> Config:
    """The configuration, or the end with a line for each problem."""
    try:
        return load(path, os.environ)
    except BadConfig as refused:
        refuse(*refused.problems, code=NOT_STARTED)
