"""Timers tick by a clock that nobody can set."""

import asyncio
from datetime import timedelta

from bot.ticks import Every, Steady, timetable
from tests.databases import NOON

A_MOMENT = timedelta(milliseconds=2)


async def test_it_ticks_again_and_again_until_it_is_stopped() -> None:
    many, enough = 0, asyncio.Event()

    async def tick() -> None:
        nonlocal many
        many += 1
        if many == 3:
            enough.set()

    ticks = timetable()
    ticks.add_job(tick, Every(A_MOMENT))
    ticks.start()
    await asyncio.wait_for(enough.wait(), 10)
    ticks.shutdown(wait=False)


async def test_one_that_takes_long_is_not_begun_twice() -> None:
    begun, go_on, again = 0, asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        nonlocal begun
        begun += 1
        await go_on.wait()

    async def quick() -> None:
        again.set()

    ticks = timetable()
    ticks.add_job(slow, Every(A_MOMENT))
    ticks.add_job(quick, Every(10 * A_MOMENT))
    ticks.start()
    await asyncio.wait_for(again.wait(), 10)
    ticks.shutdown(wait=False)

    assert begun == 1


def test_its_time_is_what_the_machine_counts_and_no_time_of_day() -> None:
    """The time of day set back by a day stopped every timer for a day."""
    counted = [100.0]
    zone = Steady(lambda: counted[0])
    began = zone.fromutc(NOON)
    counted[0] += 20
    now = zone.fromutc(NOON - timedelta(days=1))

    assert now - began == timedelta(seconds=20)
    assert Every(timedelta(seconds=20)).get_next_fire_time(None, began) == now
