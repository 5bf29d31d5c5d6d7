"""Several processes on PostgreSQL: a chat keeps its order, and what one leaves lying is done."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from itertools import count

import pytest

from bot.intake import TOO_LONG, Intake
from storage.delivery import Received
from storage.seats import seated
from storage.uow import Storage
from tests import databases
from tests.databases import NOON

PROCESSES, CHATS, EACH = 3, 5, 12
INSTANT = timedelta(milliseconds=1)
PATIENCE = 20.0  # seconds, on a machine that is busy with other tests


class Process:
    """Notes in a book of all what it handles, before anybody else can know of it."""

    def __init__(self, storage: Storage, book: list[str]) -> None:
        self.storage = storage
        self.may_work = asyncio.Event()
        self.may_work.set()
        self.at_work = asyncio.Event()
        self.finishes = asyncio.Event()
        self.finishes.set()
        self.now = NOON
        self._book = book
        self.intake = Intake(storage, self._handle, lambda: self.now)

    async def _handle(self, update: Received) -> None:
        await self.may_work.wait()
        async with self.storage.begin() as uow:
            if await uow.delivery.done(update, NOON) is None:
                return
            self.at_work.set()
            await self.finishes.wait()
            self._book.append(update.update_id)


@pytest.fixture
def book() -> list[str]:
    return []


@pytest.fixture
async def processes(postgresql_url: str, book: list[str]) -> AsyncIterator[list[Process]]:
    """Whose clocks agree: a platform brings the next update once the last one is accepted."""
    moments = count()

    def clock() -> datetime:
        return NOON + next(moments) * INSTANT

    async with AsyncExitStack() as stack:
        yield [
            Process(await stack.enter_async_context(databases.opened(postgresql_url, clock)), book)
            for _ in range(PROCESSES)
        ]


def said(chat: str, number: int) -> list[Received]:
    return [Received("telegram", f"{chat}{number}", chat, "{}")]


async def test_a_chat_whose_updates_come_to_all_processes_in_turn_keeps_its_order(
    processes: list[Process], book: list[str]
) -> None:
    async def speaks(chat: int) -> None:
        for n in range(EACH):
            await processes[(chat + n) % PROCESSES].intake.accept(said(f"{chat} ", n))

    await asyncio.gather(*map(speaks, range(CHATS)))
    await asyncio.gather(*(process.intake.drain() for process in processes))

    for chat in range(CHATS):
        told = [update for update in book if update.startswith(f"{chat} ")]
        assert told == [f"{chat} {n}" for n in range(EACH)]


async def test_what_comes_second_waits_until_the_other_process_is_done_with_the_first(
    processes: list[Process], book: list[str]
) -> None:
    first, second, _ = processes
    first.finishes.clear()
    await first.intake.accept(said("ana", 1))
    await first.at_work.wait()
    await second.intake.accept(said("ana", 2))
    await second.intake.accept(said("li", 1))
    await second.at_work.wait()
    first.finishes.set()
    await asyncio.gather(first.intake.drain(), second.intake.drain())

    assert book == ["li1", "ana1", "ana2"]


async def test_what_a_process_accepted_and_never_began_is_done_by_who_needs_it_done(
    processes: list[Process], book: list[str]
) -> None:
    dead, other, _ = processes
    dead.may_work.clear()
    await dead.intake.accept(said("ana", 1))
    await other.intake.accept(said("ana", 2))
    await other.intake.drain()
    assert book == ["ana1", "ana2"]

    dead.may_work.set()
    await dead.intake.drain()
    assert book == ["ana1", "ana2"]


async def test_what_a_dead_process_left_lying_the_others_take_up_once_it_has_waited(
    processes: list[Process], book: list[str]
) -> None:
    dead, *others = processes
    dead.may_work.clear()
    await dead.intake.accept([*said("ana", 1), *said("li", 1), *said("ana", 2)])

    for late, done in ((TOO_LONG, []), (TOO_LONG + INSTANT, ["ana1", "ana2", "li1"])):
        for process in others:
            process.now = NOON + late
            await process.intake.take_up()
        await asyncio.gather(*(process.intake.drain() for process in others))
        assert sorted(book) == done
    assert book.index("ana1") < book.index("ana2")


async def test_what_a_process_that_lives_has_not_got_to_is_left_to_it_until_it_is_gone(
    processes: list[Process], book: list[str]
) -> None:
    """Under load all would do each other's work as well."""
    busy, other, _ = processes
    busy.may_work.clear()
    other.now = NOON + 2 * TOO_LONG
    async with seated(busy.storage.engine.url) as seat:
        busy.storage.ids.sit(seat.number)
        await busy.intake.accept(said("ana", 1))
        await other.intake.take_up()
        assert other.intake.lanes == 0

    async with asyncio.timeout(PATIENCE):
        while not book:
            await other.intake.take_up()
            await other.intake.drain()
    assert book == ["ana1"]


async def test_what_somebody_works_at_is_not_taken_up(
    processes: list[Process], book: list[str]
) -> None:
    slow, other, _ = processes
    slow.finishes.clear()
    await slow.intake.accept(said("ana", 1))
    await slow.at_work.wait()
    other.now = NOON + 2 * TOO_LONG
    await other.intake.take_up()

    assert other.intake.lanes == 0
    slow.finishes.set()
    await slow.intake.drain()
    assert book == ["ana1"]
