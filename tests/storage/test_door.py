"""What was received before a moment is known to all processes once that moment is settled."""

import asyncio
from datetime import timedelta

from storage.delivery import Received
from storage.uow import Storage
from tests.databases import NOON

CLOSE = NOON
INSTANT = timedelta(milliseconds=1)
A_WHILE = 0.05  # seconds in which a question that does not wait would long be answered


def an_update(number: int) -> Received:
    return Received("telegram", str(number), "101", "{}")


async def some_wait(storage: Storage) -> bool:
    async with storage.begin() as uow:
        return await uow.delivery.waits_from_before(CLOSE)


async def test_only_what_came_before_and_is_not_handled_is_waited_for(storage: Storage) -> None:
    async with storage.begin() as uow:
        await uow.delivery.receive([an_update(1)], CLOSE - INSTANT)
        await uow.delivery.receive([an_update(2)], CLOSE)
    assert await some_wait(storage)

    async with storage.begin() as uow:
        assert await uow.delivery.done(an_update(1), CLOSE + INSTANT) == CLOSE - INSTANT
    assert not await some_wait(storage)


async def test_an_update_that_is_just_being_kept_is_waited_for(storage: Storage) -> None:
    async with storage.begin() as uow:
        await uow.delivery.hold_the_door()
        asked = asyncio.create_task(some_wait(storage))
        await uow.delivery.receive([an_update(1)], CLOSE - INSTANT)
        assert not (await asyncio.wait({asked}, timeout=A_WHILE))[0]

    assert await asked


async def test_nobody_waits_at_the_door_for_one_another(storage: Storage) -> None:
    """What is kept at one moment by several processes, while one asks, and then once more."""

    async def keep(number: int) -> None:
        async with storage.begin() as uow:
            await uow.delivery.hold_the_door()
            await uow.delivery.receive([an_update(number)], CLOSE)

    async with asyncio.timeout(10), asyncio.TaskGroup() as together:
        for number in range(20):
            together.create_task(keep(number))
            together.create_task(some_wait(storage))
