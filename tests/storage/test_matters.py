"""Matters in the database: what was written comes back, events are chained, none written twice."""

import asyncio
from dataclasses import replace

import pytest

from domain.matters import Event, Matter, State
from domain.objections import Counts
from domain.objections import State as Objected
from domain.question import Question, RulePart, Scope
from storage.chain import GENESIS, ChangedMeanwhile, link_event
from storage.matters import Happened, Kept
from storage.uow import Storage, UnitOfWork
from tests.databases import NOON
from tests.world import SUN, FakeClock, World

QUESTION = Question("换路灯", "是否同意换路灯？", (RulePart("OWNER_ORDINARY", Scope("community")),))


@pytest.fixture
async def sun(storage: Storage) -> int:
    world = World(storage, FakeClock())
    return await world.has_staff(SUN, "孙管理员", "admin", ["*"], ["*"])  # type: ignore[arg-type]


async def begun(uow: UnitOfWork, owner: int) -> Kept:
    number = await uow.matters.next_number()
    matter = Matter(number, "repair_fund", QUESTION, State.DRAFT, owner)
    return await uow.matters.open(matter, Happened(Event.DRAFT, NOON))


async def test_a_matter_comes_back_as_it_was_written(storage: Storage, sun: int):
    async with storage.begin() as uow:
        kept = await begun(uow, sun)
    async with storage.begin() as uow:
        assert await uow.matters.get(1) == kept
        assert await uow.matters.all_open() == [kept]


async def test_events_are_chained(storage: Storage, sun: int):
    async with storage.begin() as uow:
        kept = await begun(uow, sun)
        after = replace(kept.matter, state=State.PROPOSED)
        kept = await uow.matters.save(kept, after, Happened(Event.PROPOSE, NOON, data={"a": 1}))
        events = await uow.matters.events(kept.number)

    head = GENESIS
    for event in events:
        head = link_event(head, "matter", dict(event._mapping))
        assert head == event.hash
    assert kept.head == head and [e.event for e in events] == ["draft", "propose"]


async def test_of_two_who_write_the_next_event_one_tries_again(storage: Storage, sun: int):
    async with storage.begin() as uow:
        kept = await begun(uow, sun)

    async def propose() -> None:
        async with storage.begin() as uow:
            after = replace(kept.matter, state=State.PROPOSED)
            await uow.matters.save(kept, after, Happened(Event.PROPOSE, NOON))

    done = await asyncio.gather(propose(), propose(), return_exceptions=True)
    assert sorted(type(d) for d in done if d) == [ChangedMeanwhile]


async def test_an_objection_is_answered_or_withdrawn_once(storage: Storage, sun: int):
    async with storage.begin() as uow:
        kept = await begun(uow, sun)
        staff = next(s for s in await uow.staff.all() if s.id == sun)
        assert staff.person is not None
        note = await uow.matters.note(kept.number, staff.person, "objection", "挡光", None, NOON)
        made = [await uow.objections.make(1, staff.person, note, NOON, NOON) for _ in range(3)]

        assert [objection.number for objection in made] == [1, 2, 3]
        assert await uow.objections.matters_to_look_at(NOON, 10) == [1]
        assert await uow.objections.ended(made[0], Objected.ANSWERED)
        assert not await uow.objections.ended(made[0], Objected.WITHDRAWN)
        assert await uow.objections.ended(made[1], Objected.WITHDRAWN)
        assert await uow.objections.counts(1) == Counts(received=3, answered=1, withdrawn=1)
        assert [o.number for o in await uow.objections.due(1, NOON)] == [3]
        assert [o.number for o in await uow.objections.open_of(1)] == [3]
