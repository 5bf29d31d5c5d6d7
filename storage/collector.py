"""Python's collector of garbage, which rests while much is held in memory that is none.

Of a roll of 100,000 one look of it takes a second or two, in which nobody is answered.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


class Collector:
    """One in a process. It works again once the last of those who asked it to rest has ended."""

    def __init__(self) -> None:
        self._resting = 0

    @contextmanager
    def rests(self) -> Iterator[None]:
        self._resting += 1
        gc.disable()
        try:
            yield
        finally:
            self._resting -= 1
            if not self._resting:
                gc.enable()


collector = Collector()
