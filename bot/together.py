"""Group commit: what is to be written while a transaction runs goes into the next one, together.

A transaction costs some thirty times what a row in it costs, and a database that waits for its
disk does so once for all of them. Nobody is kept waiting for company: what comes alone is
written alone, at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from storage.engine import unavailable

T = TypeVar("T")

MOST = 50  # lots in one transaction; above it a row gets no cheaper

Written = asyncio.Future[None]


class Together(Generic[T]):
    """Lots of rows, of which each is written as a whole or not at all, in the order they came."""

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[None]]) -> None:
        """``write`` writes rows in one transaction, all of them or none."""
        self._write = write
        self._waiting: deque[tuple[Sequence[T], Written]] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def put(self, rows: Sequence[T]) -> None:
        """Returns once these rows are written. Raises what kept them from it, and only them."""
        written: Written = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, written))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all())
        await written

    async def _write_all(self) -> None:
        while self._waiting:
            many = min(MOST, len(self._waiting))
            await self._try([self._waiting.popleft() for _ in range(many)])
        self._writer = None

    async def _try(self, lots: Sequence[tuple[Sequence[T], Written]]) -> None:
        """Where the database refuses what it was given, each lot is tried alone."""
        fault: Exception | None = None
        try:
            await self._write([row for rows, _ in lots for row in rows])
        except Exception as error:
            fault = error
        if fault and len(lots) > 1 and not unavailable(fault):
            for lot in lots:
                await self._try([lot])
            return
        for _, written in lots:
            _tell(written, fault)


def _tell(written: Written, fault: Exception | None) -> None:
    if written.done():  # whoever asked has gone
        return
    if fault:
        written.set_exception(fault)
    else:
        written.set_result(None)
