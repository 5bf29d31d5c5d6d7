"""An event loop whose seconds pass at once: nobody waits but for real work, such as a database."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from tests.databases import NOON

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """While ``at_work`` is above zero something real is waited for, and no virtual time passes."""

    def __init__(self) -> None:
        self.now = 0.0
        self.at_work = 0
        super().__init__(_Jumps(self))

    def time(self) -> float:
        return self.now

    def clock(self) -> datetime:
        return NOON + timedelta(seconds=self.now)


class _Jumps(selectors.DefaultSelector):  # type: ignore[valid-type, misc]
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout != 0 and (self._loop.at_work or timeout is None):
            return super().select(None)
        found: list[Any] = super().select(0)
        if not found and timeout:
            self._loop.now += timeout
        return found


def run(main: Callable[[VirtualLoop], Coroutine[Any, Any, T]]) -> T:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        return runner.run(main(loop))
