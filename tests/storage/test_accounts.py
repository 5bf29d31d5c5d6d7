"""What is kept of a person once: two entries of one human become one, and a number is not kept."""

import pytest
from sqlalchemy import select

from domain.conversation import Address
from storage import tables as t
from storage.accounts import _once, _referring
from storage.subjects import By
from storage.uow import Storage
from storage.webchat import once_for
from tests.databases import NOON
from tests.world import ANA, BUILDING_3, LI, FakeClock, World


@pytest.fixture
async def world(storage: Storage) -> World:
    world = World(storage, FakeClock())
    await world.has_everybody()
    return world


async def test_the_cases_and_the_accounts_of_both_are_the_ones(world: World) -> None:
    for who, words in ((ANA, "#建议 路灯坏了"), (LI, "#建议 花坛没人管")):
        await world.writes(who, words, group=BUILDING_3)
    async with world.storage.begin() as uow:
        ana, li = [await uow.residents.visitor(who, who) for who in (ANA, LI)]
        assert ana and li
        await uow.accounts.same_person(li.person.id, ana.person.id, NOON, By(ana.person.id))

    async with world.storage.begin() as uow:
        again = await uow.residents.visitor(LI, LI)
        assert again and again.person == ana.person
        kept = await uow.privacy.everything(ana.person.id)
        gone = await uow.privacy.everything(li.person.id)
    assert len(kept["accounts"]) == 2 and len(kept["cases"]) == 2
    assert [kind for kind, rows in gone.items() if rows] == []


async def test_nothing_names_the_entry_that_is_gone(world: World) -> None:
    async with world.storage.begin() as uow:
        ana, li = [await uow.residents.visitor(who, who) for who in (ANA, LI)]
        assert ana and li
        await uow.accounts.same_person(li.person.id, ana.person.id, NOON, By(ana.person.id))
    async with world.storage.engine.connect() as connection:
        for table, column in _referring():
            named = select(table).where(table.c[column] == li.person.id)
            assert (await connection.execute(named)).first() is None
        person = select(t.people).where(t.people.c.id == li.person.id)
        found = (await connection.execute(person)).one()
    assert (found.name_sealed, found.household_id) == ("", None)


def test_what_a_person_has_once_is_known_from_the_keys() -> None:
    found = {(table.name, column): list(_once(table, column)) for table, column in _referring()}

    assert found["supporters", "person_id"] == [["ticket"]]
    assert found["identities", "person_id"] == [[]]
    assert found["delegates", "person_id"] == [[]]
    assert found["tickets", "author_id"] == found["voters", "person_id"] == []


async def test_a_number_said_in_the_web_chat_is_blanked_there(storage: Storage) -> None:
    chat = Address("webchat", "ana")
    async with storage.begin() as uow:
        for n, words in enumerate(("你好", "13800000000")):
            body = {"spans": [[words, False]], "picture": None}
            await uow.webchat.write("ana", "ana", body, NOON, once=once_for(f"ana:{n}"))
        await uow.privacy.unsay(chat, "ana:1")
        await uow.privacy.unsay(Address("telegram", "1"), "ana:0")
        said = [message.body["spans"][0][0] for message in await uow.webchat.newest("ana", 9)]

    assert said == ["你好", "•••"]
