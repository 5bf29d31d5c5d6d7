"""What a unit of work may rely on, on both engines, and the three traps SQLite sets by default."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta, timezone
from itertools import chain

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.conversation import Address, Say
from storage.claims import Room
from storage.delivery import Received, Settled
from storage.tables import counters, inbox, people
from storage.uow import Storage, UnitOfWork
from tests.databases import NOON, engine_for, opened

ANA = Address("telegram", "101")
HELLO = Received("telegram", "900001", "101", "{}")


@pytest.fixture
async def processes(storage: Storage, database_url: str) -> AsyncIterator[list[Storage]]:
    """Several processes' views of one community, each with connections of its own."""
    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(opened(database_url)) for _ in range(3)]
        yield [storage, *others]


async def test_units_of_work_that_read_and_then_write_lose_nothing_on_sqlite(
    sqlite_url: str,
) -> None:
    """With the driver's own BEGIN all four succeeded, and three of four additions were lost."""
    async with AsyncExitStack() as stack:
        engines = [await stack.enter_async_context(engine_for(sqlite_url)) for _ in range(4)]
        await _start_counting(engines[0])

        await asyncio.gather(*(_read_and_add_one(engine) for engine in engines * 5))

        assert await _counted(engines[0]) == 20


async def test_numbers_drawn_at_the_same_moment_are_all_different(
    processes: list[Storage],
) -> None:
    numbers = await asyncio.gather(*(_next_number(process) for process in processes * 5))

    assert sorted(numbers) == list(range(1, 21))


async def test_a_rolled_back_unit_of_work_is_not_taken_for_a_repeat(storage: Storage) -> None:
    """With the driver's own BEGIN the inbox row of a savepoint outlived the rollback."""
    with pytest.raises(ZeroDivisionError):
        async with storage.engine.begin() as connection:
            async with connection.begin_nested():
                await connection.execute(inbox.insert().values(_row(HELLO, storage.community)))
            raise ZeroDivisionError

    async with storage.begin() as uow:
        assert await uow.delivery.waiting(0, 10) == []
        await uow.delivery.receive([HELLO], NOON)
    async with storage.begin() as uow:
        assert await uow.delivery.done(HELLO, NOON)


async def test_others_write_while_a_message_is_on_its_way(
    storage: Storage, database_url: str
) -> None:
    """A transaction left open during a network call would hold SQLite's lock for everybody."""
    async with storage.begin() as uow:
        await uow.delivery.promise([Say(ANA, "help")], NOON)
    async with storage.begin() as uow:
        [promise] = await uow.delivery.claim({"telegram": Room(10, 10)}, NOON)

    async with opened(database_url) as other, other.begin() as uow:
        await uow.delivery.receive([HELLO], NOON)

    async with storage.begin() as uow:
        await uow.delivery.settle([(promise, Settled(promise.id, "sent", message="1"))], NOON)
        assert await uow.delivery.counts() == {"sent": 1}


async def test_a_message_is_claimed_by_one_process_only(processes: list[Storage]) -> None:
    neighbours = [Address("telegram", str(n)) for n in range(200)]
    async with processes[0].begin() as uow:
        await uow.delivery.promise([Say(to, "help") for to in neighbours], NOON)

    claimed = await asyncio.gather(*(_claim_until_none_is_left(process) for process in processes))

    assert sorted(chain(*claimed)) == sorted(address.chat for address in neighbours)


async def test_a_second_writer_waits_for_the_first_on_sqlite(sqlite_url: str) -> None:
    async with opened(sqlite_url) as one, opened(sqlite_url) as two:
        async with one.begin() as uow:
            second = asyncio.create_task(_next_number(two))
            first = await uow.tickets.next_number()
            assert not second.done()

        assert (first, await second) == (1, 2)


async def test_a_table_is_read_by_an_index_though_it_was_empty_when_looked_at_last(
    storage: Storage,
) -> None:
    """PostgreSQL keeps such a plan, and reads a table that has grown since from end to end."""
    sent = "SELECT id FROM outbox WHERE community_id = 1 AND state = 'sent' ORDER BY settled_at"
    async with storage.engine.begin() as connection:
        await connection.execute(text("ANALYZE"))
        explain = "EXPLAIN" if storage.shared else "EXPLAIN QUERY PLAN"
        plan = str((await connection.execute(text(f"{explain} {sent}"))).all())

    assert "outbox" in plan
    assert "Seq Scan" not in plan, plan  # PostgreSQL: which index is a toss-up while all are empty
    assert "SCAN outbox" not in plan, plan  # SQLite


async def test_sqlite_keeps_what_was_committed_when_the_power_goes(sqlite_url: str) -> None:
    async with engine_for(sqlite_url) as engine:
        assert await _pragma(engine, "journal_mode") == "wal"
        assert await _pragma(engine, "synchronous") == 2  # FULL


async def test_nothing_may_refer_to_somebody_who_is_not_there(storage: Storage) -> None:
    """SQLite checks references only where it is told to, on every new connection."""
    with pytest.raises(IntegrityError):
        async with storage.begin() as uow:
            await uow.tickets.attach("telegram", "photo", 404, NOON)


async def test_a_time_without_a_zone_is_refused(storage: Storage) -> None:
    with pytest.raises(StatementError, match="naive time"):
        async with storage.begin() as uow:
            await uow.delivery.receive([HELLO], NOON.replace(tzinfo=None))


async def test_a_time_comes_back_as_the_same_moment_in_utc(storage: Storage) -> None:
    shanghai = timezone(timedelta(hours=8))
    noon = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=shanghai)
    async with storage.begin() as uow:
        await uow.residents.meet(ANA, "en", noon)

    async with storage.engine.connect() as connection:
        kept = await connection.scalar(select(people.c.created_at))
    assert kept == noon
    assert kept.tzinfo is UTC


def _row(update_: Received, community: int) -> dict[str, object]:
    return {
        "community_id": community,
        "channel": update_.channel,
        "update_id": update_.update_id,
        "lane": update_.lane,
        "payload": update_.payload,
        "seq": 1,
        "received_at": NOON,
    }


async def _next_number(storage: Storage) -> int:
    async with storage.begin() as uow:
        return await uow.tickets.next_number()


async def _claim_until_none_is_left(storage: Storage) -> list[str]:
    mine: list[str] = []
    while True:
        async with storage.begin() as uow:
            claimed = await uow.delivery.claim({"telegram": Room(7, 7)}, NOON)
        if not claimed:
            return mine
        mine += [promise.say.to.chat for promise in claimed]


async def _start_counting(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(counters.insert().values(community_id=1, name="n", value=0))


async def _read_and_add_one(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        value = (await connection.execute(select(counters.c.value))).scalar_one()
        await connection.execute(update(counters).values(value=value + 1))


async def _counted(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(select(counters.c.value))).scalar_one())


async def _pragma(engine: AsyncEngine, name: str) -> object:
    async with engine.connect() as connection:
        return (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()


async def test_a_long_reading_sees_one_moment_and_keeps_nobody_waiting(storage: Storage) -> None:
    async with storage.read() as before:
        assert await before.residents.person(1) is None
        await _next_number(storage)
        async with storage.begin() as uow:
            ana = await uow.residents.meet(ANA, "zh", NOON)
        assert await before.residents.person(ana.id) is None

    async with storage.read() as after:
        assert await after.residents.person(ana.id)


async def test_a_reading_writes_nothing(storage: Storage) -> None:
    with pytest.raises(DBAPIError):
        async with storage.read() as uow:
            await uow.residents.meet(ANA, "zh", NOON)


async def test_what_takes_long_is_done_outside_and_the_unit_of_work_begins_anew(
    storage: Storage,
) -> None:
    """Again where what it depends on has changed meanwhile; and once where it has not."""
    drawn: list[int] = []

    async def long(storage: Storage) -> int:
        drawn.append(await _next_number(storage))
        return len(drawn)

    async def do(uow: UnitOfWork) -> int:
        return uow.prepared(("long", min(len(drawn), 1)), long) + uow.prepared("other", long)

    assert await storage.run(do) == 2 + 3
    assert len(drawn) == 3


async def test_what_fails_in_preparing_fails_where_it_is_asked_for(storage: Storage) -> None:
    async def fails(_storage: Storage) -> None:
        raise ZeroDivisionError

    async def do(uow: UnitOfWork) -> str:
        try:
            uow.prepared("it", fails)
        except ZeroDivisionError:
            return "caught"
        return "not"

    assert await storage.run(do) == "caught"
