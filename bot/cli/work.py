"""What the commands that work on the community share: the screen, faults."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from rich.console import Console

from bot.cli.plainly import refuse
from bot.imports import BadList
from bot.opening import DATABASE_FAULTS, CannotOpen, trouble
from storage.imports import ListChanged

T = TypeVar("T")


def console() -> Console:
    """The screen. Made anew each time, so that it follows a redirected output."""
    return Console(highlight=False, soft_wrap=True)


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
