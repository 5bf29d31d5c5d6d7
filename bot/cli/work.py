"""What the commands that work on the community share: its configuration, the screen, faults."""

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from bot.cli.plainly import NOT_STARTED, refuse
from bot.config import BadConfig, Config, load
from bot.imports import BadList
from bot.opening import DATABASE_FAULTS, CannotOpen, trouble
from storage.imports import ListChanged

T = TypeVar("T")


def console() -> Console:
    """The screen. Made anew each time, so that it follows a redirected output."""
    return Console(highlight=False, soft_wrap=True)


def configured(path: Path) -> Config:
    """The configuration, or the end with a line for each problem."""
    try:
        return load(path, os.environ)
    except BadConfig as refused:
        refuse(*refused.problems, code=NOT_STARTED)


def carry_out(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, or say why not. What the database said may hold names: its kind is shown."""
    try:
        return asyncio.run(work)
    except BadList as bad:
        lines = [f"line {p.line}: {p.why}" if p.line else f"the file {p.why}" for p in bad.problems]
        refuse(*lines, f"{len(bad.problems)} problems. Nothing was written.")
    except ListChanged:
        refuse("The community changed meanwhile. Nothing was written; please start again.")
    except CannotOpen as why:
        refuse(f"{why}. Nothing was written.")
    except DATABASE_FAULTS as error:
        refuse(f"The database cannot be used ({trouble(error)}). Nothing was written.")
