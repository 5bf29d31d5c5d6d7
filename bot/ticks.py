"""A tick every so often, by the clock of the event loop, which nobody can set.

One that was planned by the wall clock would stay away for a day where that is set back by a day.
"""

import asyncio
from collections.abc import Awaitable, Callable


async def ticking(do: Callable[[], Awaitable[None]], every: float) -> None:
    """Do it again and again until cancelled, ``every`` so many seconds after the last time.

    ``do`` raises nothing; what was missed is not made up for.
    """
    while True:
        await asyncio.sleep(every)
        await do()
