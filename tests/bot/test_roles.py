"""Of several processes one has each role, until it ends, hangs or is cut off: then the next."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.roles import SURE, Roles
from storage.ids import SEATS
from storage.seats import SEAT, seated, taken
from storage.uow import Storage
from tests import databases

PATIENCE = 20.0  # seconds, on a machine that is busy with other tests
WRITING, TIMERS = "telegram 1000", "timers 1"
END = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks"
    f" WHERE locktype = 'advisory' AND classid = {SEAT} AND objid = :number"
)


class Seconds:
    """A steady clock that can be moved on."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def one(postgresql_url: str) -> AsyncIterator[Storage]:
    async with databases.opened(postgresql_url) as storage:
        yield storage


@pytest.fixture
async def other(postgresql_url: str) -> AsyncIterator[Storage]:
    async with databases.opened(postgresql_url) as storage:
        yield storage


@asynccontextmanager
async def process(storage: Storage, seconds: Seconds | None = None) -> AsyncIterator[Roles]:
    roles = Roles(storage, seconds or Seconds())
    roles.only_one_sends("telegram", WRITING)
    roles.want(TIMERS)
    task = asyncio.create_task(roles.run())
    await roles.looked()
    try:
        yield roles
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(roles: Roles, holds: Callable[[], Awaitable[bool]]) -> None:
    """Asked again after each look of theirs."""
    async with asyncio.timeout(PATIENCE):
        while not await holds():
            await roles.looked()


async def test_the_first_has_all_roles_and_the_next_one_stands_by_until_it_ends(
    one: Storage, other: Storage
) -> None:
    async with process(one) as first, process(other) as second:
        assert [first.mine(WRITING), first.mine(TIMERS)] == [True, True]
        assert [second.mine(WRITING), second.mine(TIMERS)] == [False, False]
        assert first.may_send("telegram") and not second.may_send("telegram")
        assert first.may_send("webchat") and second.may_send("webchat")
        seats = await taken(one.engine, [WRITING, TIMERS])
        assert seats == {one.ids.process: {WRITING, TIMERS}, other.ids.process: set()}

    async with process(other) as second:
        assert second.mine(WRITING) and second.mine(TIMERS)


async def test_who_is_cut_off_loses_its_roles_to_the_other_and_has_a_seat_again(
    one: Storage, other: Storage
) -> None:
    async with process(one) as first, process(other) as second:

        async def passed_on() -> bool:
            return second.mine(WRITING) and second.mine(TIMERS) and not first.mine(WRITING)

        async def both_sit() -> bool:
            return len(await taken(one.engine, [])) == 2

        async with one.engine.begin() as connection:
            await connection.execute(text(END), {"number": one.ids.process})
        await until(second, passed_on)
        await until(second, both_sit)


async def test_who_has_not_heard_from_the_server_for_long_does_nothing_any_more(
    one: Storage,
) -> None:
    seconds = Seconds()
    async with process(one, seconds) as roles:
        seconds.now = SURE - 0.1
        assert roles.mine(WRITING)
        seconds.now = SURE
        assert not roles.mine(WRITING) and not roles.may_send("telegram")


async def test_who_hangs_loses_its_seat_at_the_server_and_the_roles_are_free(
    one: Storage, other: Storage
) -> None:
    async with seated(one.engine.url, silent=0.1) as hanging:
        assert await hanging.win([WRITING]) == {WRITING}
        async with asyncio.timeout(PATIENCE):
            await hanging.over.wait()
        async with seated(other.engine.url) as seat:
            assert await seat.win([WRITING]) == {WRITING}
        with pytest.raises(DBAPIError):
            await hanging.win([])


async def test_what_only_one_does_begins_and_ends_with_its_role(
    one: Storage, other: Storage
) -> None:
    polls: list[str] = []

    async def poll(name: str) -> None:
        polls.append(name)
        try:
            await asyncio.Event().wait()
        finally:
            polls.append(f"no more {name}")

    async def both(*wanted: str) -> bool:
        return sorted(polls) == sorted(wanted)

    async with process(other) as second, process(one) as first:
        doing = [
            asyncio.create_task(roles.whenever_mine(WRITING, lambda n=name: poll(n)))
            for name, roles in (("first", first), ("second", second))
        ]
        await until(second, lambda: both("second"))
        async with one.engine.begin() as connection:
            await connection.execute(text(END), {"number": other.ids.process})
        await until(second, lambda: both("second", "no more second", "first"))
        for task in doing:
            task.cancel()
        await asyncio.gather(*doing, return_exceptions=True)
    assert polls[-1] == "no more first"


async def test_a_process_on_its_own_has_every_role(storage: Storage) -> None:
    roles = Roles(storage)
    roles.only_one_sends("telegram", WRITING)

    assert roles.mine(WRITING) and roles.may_send("telegram")
    assert storage.ids.process >= SEATS  # as a command that runs beside the others
