"""Loads what stays for good, quickly."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

FOR_SCREENS = ("pygments", "rich")  # structlog and httpx load them where they are, to be pretty


@contextmanager
def loading() -> Iterator[None]:
    """Around the imports of a process that runs for long.

    The collector of garbage does not look through what they make, which takes a quarter of the
    time, nor ever after, which would take tens of milliseconds at a time.
    """
    gc.disable()
    unwanted = [name for name in FOR_SCREENS if name not in sys.modules]
    sys.modules |= dict.fromkeys(unwanted)  # type: ignore[arg-type]  # None: not to be loaded
    try:
        yield
    finally:
        for name in unwanted:
            del sys.modules[name]
        gc.freeze()
        gc.enable()
