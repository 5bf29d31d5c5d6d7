"""Cases on both engines: no number lost, no step written over another, no event changed unseen."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from domain.conversation import Address
from domain.tickets import OPEN, Event, Level, State, Ticket, Visibility
from storage import tables as t
from storage.chain import GENESIS, ChangedMeanwhile
from storage.ids import Ids
from storage.tickets import SUMMARY_CHARACTERS, Case, Happened, link
from storage.uow import Storage, UnitOfWork, open_storage
from storage.vault import Vault
from tests.databases import NOON, SECRET

BUILDING_3 = Address("telegram", "-3")
LAMP = "3号楼门口路灯坏了"
ZHOU, WANG = 7, 8  # members of staff, like all from here to 15
SECOND = timedelta(seconds=1)


async def a_resident(storage: Storage, chat: str = "101") -> int:
    async with storage.begin() as uow:
        return (await uow.residents.meet(Address("telegram", chat), "zh", NOON)).id


async def opened(uow: UnitOfWork, author: int, **ticket: Any) -> Case:
    """A case of one event, in any state."""
    number = await uow.tickets.next_number()
    begun = Ticket(number, author, "utilities", State.SUBMITTED, grid="2", opened_at=NOON)
    case = Case(replace(begun, **ticket), LAMP)
    return await uow.tickets.open(case, [(case.ticket, Happened(Event.SUBMIT, NOON, author))])


@pytest.fixture
async def ana(storage: Storage) -> int:
    """Ana, in a community that has staff."""
    member = {"community_id": storage.community, "name_sealed": "", "role": "member",
              "duties": ["*"], "grids": ["*"]}  # fmt: skip
    staff = [member | {"id": n, "name_hash": str(n)} for n in range(ZHOU, 16)]
    async with storage.engine.begin() as connection:
        await connection.execute(t.staff.insert(), staff)
    return await a_resident(storage)


@pytest.fixture
async def lamp(storage: Storage, ana: int) -> Case:
    async with storage.begin() as uow:
        return await opened(uow, ana)


def dispatched(case: Case, holder: int) -> tuple[Ticket, Happened]:
    after = replace(case.ticket, state=State.DISPATCHED, holder=holder)
    return after, Happened(Event.ACCEPT, NOON, data={"holder": holder})


async def got(storage: Storage, number: int) -> Case:
    async with storage.begin() as uow:
        case = await uow.tickets.get(number)
    assert case is not None
    return case


# --- numbers


async def test_numbers_have_no_gap_though_some_who_drew_one_failed(storage: Storage) -> None:
    async def draw(n: int) -> int | None:
        try:
            async with storage.begin() as uow:
                number = await uow.tickets.next_number()
                if n % 3 == 0:
                    raise ZeroDivisionError
                return number
        except ZeroDivisionError:
            return None

    drawn = await asyncio.gather(*(draw(n) for n in range(30)))

    assert sorted(n for n in drawn if n is not None) == list(range(1, 21))


async def test_every_community_counts_its_own_cases(storage: Storage, lamp: Case) -> None:
    other = await open_storage(storage.engine, "other", Vault(SECRET), Ids(lambda: NOON))

    async with other.begin() as uow:
        assert await uow.tickets.next_number() == lamp.number == 1
        assert await uow.tickets.get(lamp.number) is None


# --- what is written comes back


async def test_a_case_comes_back_as_it_was_written(storage: Storage, ana: int) -> None:
    async with storage.begin() as uow:
        photo = await uow.tickets.attach("telegram", "AgAC", ana, NOON)
        ticket = Ticket(
            number=await uow.tickets.next_number(), author=ana, category="lift",
            state=State.IN_PROGRESS, level=Level.STREET, round=2, hop=3, grid="1", holder=ZHOU,
            visibility=Visibility.ANONYMOUS, questions=1, return_refused=True, appealed=True,
            due_at=NOON + SECOND, resolve_by=NOON + 2 * SECOND, opened_at=NOON,
        )  # fmt: skip
        case = Case(ticket, LAMP, "3号楼2单元", photo, BUILDING_3)
        written = await uow.tickets.open(case, [(ticket, Happened(Event.SUBMIT, NOON, ana))])

    assert await got(storage, 1) == written
    assert written == replace(case, seq=1, head=written.head)


async def test_a_long_story_is_told_by_its_beginning_on_cards(storage: Storage, ana: int) -> None:
    async with storage.begin() as uow:
        number = await uow.tickets.next_number()
        case = Case(Ticket(number, ana, "other", State.SUBMITTED, opened_at=NOON), LAMP * 100)
        await uow.tickets.open(case, [(case.ticket, Happened(Event.SUBMIT, NOON))])

    assert (await got(storage, 1)).summary == (LAMP * 100)[:SUMMARY_CHARACTERS]


# --- two at once


async def test_of_two_who_move_a_case_at_once_one_is_told_that_it_has_changed(
    storage: Storage, lamp: Case
) -> None:
    one, two = await got(storage, 1), await got(storage, 1)
    async with storage.begin() as uow:
        await uow.tickets.save(one, *dispatched(one, ZHOU))

    with pytest.raises(ChangedMeanwhile):
        async with storage.begin() as uow:
            await uow.tickets.note(two, lamp.ticket.author, "said", "a trace", None, NOON)
            await uow.tickets.save(two, *dispatched(two, WANG))

    assert (await got(storage, 1)).ticket.holder == ZHOU
    async with storage.begin() as uow:
        assert [e.event for e in await uow.tickets.events(1)] == ["submit", "accept"]
        assert await uow.tickets.notes(1) == []


async def test_of_many_who_move_a_case_in_the_same_moment_exactly_one_does(
    storage: Storage, lamp: Case
) -> None:
    async def move(holder: int) -> bool:
        try:
            async with storage.begin() as uow:
                await uow.tickets.save(lamp, *dispatched(lamp, holder))
        except ChangedMeanwhile:
            return False
        return True

    moved = await asyncio.gather(*(move(holder) for holder in range(ZHOU, 16)))

    assert sum(moved) == 1
    assert (await got(storage, 1)).ticket.holder == ZHOU + moved.index(True)
    async with storage.begin() as uow:
        assert len(await uow.tickets.events(1)) == 2


async def test_neighbours_who_support_a_case_do_not_stop_its_holder(
    storage: Storage, lamp: Case
) -> None:
    li = await a_resident(storage, "102")
    read = await got(storage, 1)
    async with storage.begin() as uow:
        await uow.tickets.support(read, li, NOON)

    async with storage.begin() as uow:
        await uow.tickets.save(read, *dispatched(read, ZHOU))

    after = (await got(storage, 1)).ticket
    assert (after.state, after.supporters) == (State.DISPATCHED, 1)


# --- the chain of events


async def test_the_events_of_a_case_are_chained_from_the_first(
    storage: Storage, lamp: Case
) -> None:
    async with storage.begin() as uow:
        note = await uow.tickets.note(lamp, lamp.ticket.author, "result", "换了灯泡", None, NOON)
        accepted = await uow.tickets.save(lamp, *dispatched(lamp, ZHOU))
        done = Happened(
            Event.RESOLVE, NOON + SECOND, None, "telegram:201", {"has_words": True}, note
        )
        await uow.tickets.save(accepted, replace(accepted.ticket, state=State.HANDLED), done)

    assert await chain_breaks_at(storage) is None
    assert [e["seq"] for e in await events(storage)] == [1, 2, 3]


CHANGES: dict[str, Any] = {
    "event": "sign",
    "state": "merged",
    "person_id": 424242,
    "account": "telegram:999",
    "at": NOON + SECOND,
    "data": {"holder": WANG},
    "note_id": 99,
    "seq": 7,
    "ticket": 2,
}


async def events(storage: Storage) -> list[dict[str, Any]]:
    async with storage.begin() as uow:
        return [dict(e._mapping) for e in await uow.tickets.events(1)]


async def chain_breaks_at(storage: Storage) -> int | None:
    """The first event that is not the one that was written, as an auditor finds it."""
    head = GENESIS
    for event in await events(storage):
        head = link(head, event)
        if head != event["hash"]:
            return int(event["seq"])
    return None if head == (await got(storage, 1)).head else 0


@pytest.mark.parametrize("field", CHANGES)
async def test_an_event_changed_in_any_way_is_found_out(
    storage: Storage, lamp: Case, field: str
) -> None:
    [event] = await events(storage)

    assert event[field] != CHANGES[field]
    assert link(GENESIS, event) == event["hash"]
    assert link(GENESIS, event | {field: CHANGES[field]}) != event["hash"]
    assert link("f" * 64, event) != event["hash"]


async def test_an_auditor_finds_the_event_that_somebody_changed_in_the_database(
    storage: Storage, lamp: Case
) -> None:
    async with storage.begin() as uow:
        await uow.tickets.save(lamp, *dispatched(lamp, ZHOU))
    e = t.ticket_events
    async with storage.engine.begin() as connection:
        await connection.execute(update(e).where(e.c.seq == 2).values(data={"holder": WANG}))

    assert await chain_breaks_at(storage) == 2


async def test_an_auditor_finds_out_that_the_last_event_is_gone(
    storage: Storage, lamp: Case
) -> None:
    async with storage.begin() as uow:
        await uow.tickets.save(lamp, *dispatched(lamp, ZHOU))
    async with storage.engine.begin() as connection:
        await connection.execute(t.ticket_events.delete().where(t.ticket_events.c.seq == 2))

    assert await chain_breaks_at(storage) == 0


def test_words_are_in_the_chain_only_by_their_number() -> None:
    """So that they can be forgotten without breaking it."""
    assert "text" not in t.ticket_events.c
    assert "note_id" in t.ticket_events.c


# --- supporters


async def test_who_supports_twice_counts_once(storage: Storage, lamp: Case) -> None:
    li = await a_resident(storage, "102")

    async with storage.begin() as uow:
        assert await uow.tickets.support(lamp, li, NOON)
        assert not await uow.tickets.support(lamp, li, NOON)
    async with storage.begin() as uow:
        assert not await uow.tickets.support(lamp, li, NOON)
        assert await uow.tickets.supporters(1) == {li}
    assert (await got(storage, 1)).ticket.supporters == 1


async def test_who_taps_many_times_at_once_counts_once(storage: Storage, lamp: Case) -> None:
    li = await a_resident(storage, "102")

    async def tap() -> bool:
        async with storage.begin() as uow:
            return await uow.tickets.support(lamp, li, NOON)

    assert sum(await asyncio.gather(*(tap() for _ in range(8)))) == 1
    assert (await got(storage, 1)).ticket.supporters == 1


async def test_a_whole_building_that_supports_at_once_is_counted_in_full(
    storage: Storage, lamp: Case
) -> None:
    people = [await a_resident(storage, str(n)) for n in range(200, 212)]

    async def support(person: int) -> None:
        async with storage.begin() as uow:
            await uow.tickets.support(lamp, person, NOON)

    await asyncio.gather(*map(support, people))

    async with storage.begin() as uow:
        assert await uow.tickets.supporters(1) == set(people)
    assert (await got(storage, 1)).ticket.supporters == len(people)


async def test_support_can_be_taken_back_once(storage: Storage, lamp: Case) -> None:
    li = await a_resident(storage, "102")
    async with storage.begin() as uow:
        assert not await uow.tickets.unsupport(lamp, li)
        await uow.tickets.support(lamp, li, NOON)
        assert await uow.tickets.supports(1, li)
        assert await uow.tickets.unsupport(lamp, li)
        assert not await uow.tickets.unsupport(lamp, li)
        assert not await uow.tickets.supports(1, li)

    assert (await got(storage, 1)).ticket.supporters == 0


# --- lists


@pytest.fixture
async def one_of_each(storage: Storage, ana: int) -> dict[State, int]:
    """A case of Zhou's in every state, by its number."""
    async with storage.begin() as uow:
        states = [state for state in State if state is not State.DRAFT]
        cases = [await opened(uow, ana, state=state, holder=ZHOU) for state in states]
    return {case.ticket.state: case.number for case in cases}


async def test_a_member_has_every_open_case_of_theirs_and_no_closed_one(
    storage: Storage, one_of_each: dict[State, int]
) -> None:
    async with storage.begin() as uow:
        held = {case.ticket.state for case in await uow.tickets.held_by(ZHOU, 50)}
        assert held == OPEN
        assert await uow.tickets.held_by(WANG, 50) == []
        assert await uow.tickets.count_open(holder_id=ZHOU) == len(OPEN)
        for state in OPEN:
            assert [c.number for c in await uow.tickets.in_state(state, 50)] == [one_of_each[state]]


async def test_new_words_are_compared_with_open_cases_of_the_same_place_and_kind_alone(
    storage: Storage, ana: int, one_of_each: dict[State, int]
) -> None:
    async with storage.begin() as uow:
        await opened(uow, ana, visibility=Visibility.COMMITTEE)
        await opened(uow, ana, grid="1")
        await opened(uow, ana, grid=None)
        await opened(uow, ana, category="lift")
        newest = await opened(uow, ana, opened_at=NOON + SECOND)
        alike = await uow.tickets.alike("2", "utilities")
        nowhere = await uow.tickets.alike(None, "utilities")
        compared = await uow.tickets.to_compare("2", "utilities")

    assert {case.number for case in alike} == {one_of_each[s] for s in OPEN} | {newest.number}
    assert alike[0] == newest
    assert [(c.number, c.summary) for c in compared] == [(c.number, c.summary) for c in alike]
    assert [case.ticket.grid for case in nowhere] == [None]


async def test_the_nearest_deadline_comes_first(storage: Storage, ana: int) -> None:
    async with storage.begin() as uow:
        for hours in (5, 1, 3):
            due = NOON + timedelta(hours=hours)
            await opened(uow, ana, state=State.DISPATCHED, holder=ZHOU, due_at=due)
        held = await uow.tickets.held_by(ZHOU, 2)

    assert [case.number for case in held] == [2, 3]


async def test_what_has_no_deadline_does_not_push_out_what_is_due(
    storage: Storage, ana: int
) -> None:
    """SQLite listed undated cases first, PostgreSQL last: one /mine hid what was due."""
    async with storage.begin() as uow:
        for due in (None, NOON + timedelta(hours=5), None, NOON):
            await opened(uow, ana, state=State.DISPATCHED, holder=ZHOU, due_at=due)
        held = await uow.tickets.held_by(ZHOU, 2)
        waiting = await uow.tickets.in_state(State.DISPATCHED, 2)

    assert [case.number for case in held] == [4, 2]
    assert [case.number for case in waiting] == [4, 2]


@pytest.mark.parametrize("moved", [1, 2])
async def test_cases_of_one_moment_are_listed_by_number_whoever_moved_last(
    storage: Storage, ana: int, moved: int
) -> None:
    """PostgreSQL listed them as they lay in the table, so that a list changed with every step."""
    async with storage.begin() as uow:
        for _ in range(3):
            await opened(uow, ana, state=State.DISPATCHED, holder=ZHOU, level=Level.STREET,
                         hop=3, due_at=NOON, resolve_by=NOON)  # fmt: skip
    async with storage.engine.begin() as connection:
        values = {"due_at": NOON, "resolve_by": NOON, "next_at": NOON, "category": "roads"}
        touch = update(t.tickets).where(t.tickets.c.number == moved)
        await connection.execute(touch.values(values))
    async with storage.begin() as uow:
        of = uow.tickets
        lists = [
            await of.held_by(ZHOU, 5), await of.in_state(State.DISPATCHED, 5),
            await of.gone_up(NOON, 5), await of.sent_about(NOON, 5),
            await of.late(NOON + SECOND, 5),
        ]  # fmt: skip
        newest_first = await of.followed_by(ana, 5)

    assert [[case.number for case in cases] for cases in lists] == [[1, 2, 3]] * 5
    assert [case.number for case in newest_first] == [3, 2, 1]


async def test_a_resident_finds_what_they_raised_and_what_they_support(
    storage: Storage, ana: int, lamp: Case
) -> None:
    li = await a_resident(storage, "102")
    async with storage.begin() as uow:
        await opened(uow, li, opened_at=NOON + SECOND, state=State.CLOSED_SILENT)
        await opened(uow, ana, opened_at=NOON + 2 * SECOND)
        await uow.tickets.support(lamp, li, NOON)
        followed = await uow.tickets.followed_by(li, 10)

    assert [case.number for case in followed] == [2, 1]
