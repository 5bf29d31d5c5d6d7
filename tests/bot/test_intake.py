"""The front door: kept before it is told so, in order within a chat, side by side between chats."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from bot.channels.base import NotYet
from bot.intake import BATCH, Intake
from storage.delivery import Received
from storage.inbox import DOOR
from storage.uow import Storage
from tests.databases import NOON


class Handler:
    """Notes what it is given. A chat can be made to wait, one update to fail."""

    def __init__(self, storage: Storage) -> None:
        self.handled: list[str] = []
        self.tried = asyncio.Event()
        self._storage = storage
        self._held: dict[str, asyncio.Event] = {}
        self._failing: str | None = None
        self._unreadable = 0

    async def __call__(self, update: Received) -> None:
        if gate := self._held.get(update.lane):
            await gate.wait()
        if self._unreadable:
            self._unreadable -= 1
            raise NotYet("the bot does not know its own name")
        if update.update_id == self._failing:
            self.tried.set()
            raise ConnectionError("the database does not answer")
        async with self._storage.begin() as uow:
            await uow.delivery.done(update, NOON)
        self.handled.append(update.update_id)
        self.tried.set()

    @contextmanager
    def holding(self, lane: str) -> Iterator[None]:
        self._held[lane] = gate = asyncio.Event()
        yield
        gate.set()

    async def has_handled(self, count: int) -> None:
        while len(self.handled) < count:
            self.tried.clear()
            await self.tried.wait()

    def cannot_read_yet(self, times: int) -> None:
        self._unreadable = times

    def fail_at(self, update_id: str | None) -> None:
        self._failing = update_id


@pytest.fixture
def handler(storage: Storage) -> Handler:
    return Handler(storage)


@pytest.fixture
def intake(storage: Storage, handler: Handler) -> Intake:
    return Intake(storage, handler, lambda: NOON)


def said(lane: str, *numbers: int) -> list[Received]:
    return [Received("telegram", f"{lane}{n}", lane, '{"text": "路灯坏了"}') for n in numbers]


async def left(storage: Storage) -> list[str]:
    async with storage.begin() as uow:
        return [update.update_id for _, update in await uow.delivery.waiting(0, 2000)]


async def handled_by_a_new_process(storage: Storage) -> list[str]:
    later = Handler(storage)
    intake = Intake(storage, later, lambda: NOON)
    found = await intake.resume()
    await intake.drain()
    assert found == len(later.handled)
    return later.handled


async def test_an_update_is_kept_before_its_platform_is_told_so(
    storage: Storage, intake: Intake, handler: Handler
) -> None:
    with handler.holding("ana"):
        await intake.accept(said("ana", 1, 2))
        assert await left(storage) == ["ana1", "ana2"]

    await intake.drain()
    assert await left(storage) == []


async def test_what_one_person_says_is_handled_in_the_order_it_was_said(
    intake: Intake, handler: Handler
) -> None:
    with handler.holding("ana"):
        await intake.accept(said("ana", 1, 2, 3))
        await intake.accept(said("ana", 4))
    await intake.accept(said("ana", 5))

    await intake.drain()
    assert handler.handled == ["ana1", "ana2", "ana3", "ana4", "ana5"]


async def test_one_slow_chat_does_not_keep_the_others_waiting(
    intake: Intake, handler: Handler
) -> None:
    with handler.holding("ana"):
        await intake.accept([*said("ana", 1), *said("li", 1), *said("ana", 2), *said("li", 2)])
        await handler.has_handled(2)
        assert handler.handled == ["li1", "li2"]

    await intake.drain()
    assert handler.handled == ["li1", "li2", "ana1", "ana2"]


async def test_a_chat_that_was_quiet_is_heard_again(intake: Intake, handler: Handler) -> None:
    for number in range(1, 4):
        await intake.accept(said("ana", number))
        await intake.drain()

    assert handler.handled == ["ana1", "ana2", "ana3"]


async def test_what_a_killed_process_had_accepted_is_handled_at_the_next_start_in_its_order(
    storage: Storage,
) -> None:
    async with storage.begin() as uow:
        await uow.delivery.receive([*said("ana", 1, 2), *said("li", 1), *said("ana", 3)], NOON)

    handled = await handled_by_a_new_process(storage)

    assert [h for h in handled if h.startswith("ana")] == ["ana1", "ana2", "ana3"]
    assert sorted(handled) == ["ana1", "ana2", "ana3", "li1"]
    assert await handled_by_a_new_process(storage) == []


async def test_a_long_absence_leaves_nothing_behind(storage: Storage) -> None:
    many = [update for n in range(BATCH + 10) for update in said(f"chat {n % 7}-", n)]
    async with storage.begin() as uow:
        await uow.delivery.receive(many, NOON)
    taken_up: list[Received] = []

    async def take_up(update: Received) -> None:
        taken_up.append(update)

    intake = Intake(storage, take_up, lambda: NOON)
    assert await intake.resume() == len(many)
    await intake.drain()

    assert len(taken_up) == len(many)
    for chat in {update.lane for update in many}:
        assert [u for u in taken_up if u.lane == chat] == [u for u in many if u.lane == chat]


async def test_an_update_waits_while_the_database_does_not_answer_and_so_does_what_follows_it(
    storage: Storage, intake: Intake, handler: Handler
) -> None:
    handler.fail_at("ana1")
    await intake.accept(said("ana", 1, 2))
    await handler.tried.wait()
    await intake.accept(said("li", 1))
    await handler.has_handled(1)

    assert handler.handled == ["li1"]
    assert await left(storage) == ["ana1", "ana2"]


async def test_an_update_that_waited_is_handled_once_the_database_answers_again(
    storage: Storage, handler: Handler
) -> None:
    intake = Intake(storage, handler, lambda: NOON, retry_after=0)
    handler.fail_at("ana1")
    await intake.accept(said("ana", 1, 2))
    await handler.tried.wait()
    assert handler.handled == []

    handler.fail_at(None)
    await intake.drain()

    assert handler.handled == ["ana1", "ana2"]
    assert await left(storage) == []


async def test_an_update_that_waits_survives_a_restart(
    storage: Storage, intake: Intake, handler: Handler
) -> None:
    handler.fail_at("ana1")
    await intake.accept(said("ana", 1, 2))
    await handler.tried.wait()

    assert await handled_by_a_new_process(storage) == ["ana1", "ana2"]


async def test_a_platform_is_not_told_that_we_have_what_we_could_not_keep(
    storage: Storage, intake: Intake, handler: Handler
) -> None:
    (good,) = said("ana", 1)
    nameless = replace(good, update_id=None)  # type: ignore[arg-type]

    with pytest.raises(IntegrityError):
        await intake.accept([good, nameless])

    await intake.drain()
    assert handler.handled == []
    assert await left(storage) == []


# --- what comes at once is kept together


async def test_what_fifty_people_say_at_once_is_kept_in_two_transactions_and_in_order(
    storage: Storage, intake: Intake, handler: Handler
) -> None:
    with transactions(storage) as ended, handler.holding("ana"):
        lots = [said("ana", n, n + 1) for n in range(0, 100, 2)]
        await asyncio.gather(*(intake.accept(lot) for lot in lots))
        assert len(ended) <= 2
        assert await left(storage) == [f"ana{n}" for n in range(100)]

    await intake.drain()
    assert handler.handled == [f"ana{n}" for n in range(100)]


async def test_one_that_the_database_refuses_fails_none_of_its_neighbours(
    storage: Storage, intake: Intake, handler: Handler
) -> None:
    lots = [said(f"chat{n} ", n) for n in range(50)]
    lots[20] = [*said("bad", 1), replace(*said("bad", 2), lane=None)]  # type: ignore[arg-type]

    told = await asyncio.gather(*map(intake.accept, lots), return_exceptions=True)

    assert [n for n, why in enumerate(told) if why] == [20]
    assert isinstance(told[20], IntegrityError)
    await intake.drain()
    assert sorted(handler.handled) == sorted(f"chat{n} {n}" for n in range(50) if n != 20)


async def test_a_database_that_hangs_keeps_nobody_waiting_for_ever(
    storage: Storage, handler: Handler
) -> None:
    intake = Intake(storage, handler, lambda: NOON, patience=0.05)
    async with storage.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            lock = func.pg_advisory_xact_lock(DOOR, storage.community)
            await connection.execute(select(lock))
        with pytest.raises(TimeoutError):
            await intake.accept(said("ana", 1))

    assert await left(storage) == []
    await Intake(storage, handler, lambda: NOON).accept(said("ana", 1))
    await handler.has_handled(1)


async def test_what_comes_twice_is_kept_once(storage: Storage, handler: Handler) -> None:
    async def handle_once(update: Received) -> None:
        async with storage.begin() as uow:
            if await uow.delivery.done(update, NOON):
                handler.handled.append(update.update_id)

    intake = Intake(storage, handle_once, lambda: NOON)
    await asyncio.gather(*(intake.accept(said("ana", 1, 1)) for _ in range(5)))
    await intake.accept(said("ana", 1))

    await intake.drain()
    assert handler.handled == ["ana1"]


async def test_who_stops_waiting_has_said_it_all_the_same(intake: Intake, handler: Handler) -> None:
    with handler.holding("ana"):
        first, second, third = (
            asyncio.create_task(intake.accept(said("ana", n))) for n in range(3)
        )
        asyncio.get_running_loop().call_soon(second.cancel)
        await asyncio.gather(first, second, third, return_exceptions=True)
        assert second.cancelled()

    await intake.drain()
    assert handler.handled == ["ana0", "ana1", "ana2"]


@contextmanager
def transactions(storage: Storage) -> Iterator[list[object]]:
    """Those that commit meanwhile."""
    ended: list[object] = []
    note = ended.append
    event.listen(storage.engine.sync_engine, "commit", note)
    try:
        yield ended
    finally:
        event.remove(storage.engine.sync_engine, "commit", note)


async def test_what_was_left_waits_for_the_name_of_the_bot_and_is_no_fault(
    storage: Storage, intake: Intake, handler: Handler
) -> None:
    """Each start wrote an error for each chat that had something left, and blamed the database."""
    handler.cannot_read_yet(2)
    with capture_logs() as logs:
        await intake.accept(said("ana", 1))
        await intake.drain()

    assert handler.handled == ["ana1"]
    assert logs == []
