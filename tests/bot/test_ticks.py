"""Timers tick by a clock that nobody can set."""

import ast
import asyncio
import inspect

from bot import ticks


async def test_it_is_done_again_and_again_until_it_is_cancelled() -> None:
    many, enough = 0, asyncio.Event()

    async def do() -> None:
        nonlocal many
        many += 1
        if many == 3:
            enough.set()

    task = asyncio.create_task(ticks.ticking(do, 0.001))
    await asyncio.wait_for(enough.wait(), 10)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


def test_no_time_of_day_is_asked_for() -> None:
    """A clock set back by a day stopped every timer for a day."""
    module = ast.parse(inspect.getsource(ticks))
    names = {alias.name for n in ast.walk(module) if isinstance(n, ast.Import) for alias in n.names}

    assert names == {"asyncio"}
