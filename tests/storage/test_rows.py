"""Statements that are put together once and asked for many values."""

from collections.abc import Collection

from sqlalchemy import Connection, event

from domain.conversation import Address
from storage.uow import Storage
from tests.databases import NOON

ANA, LI, ZHOU = (Address("telegram", number) for number in ("101", "102", "103"))


async def test_pairs_are_found_as_pairs(storage: Storage) -> None:
    """Not whoever has the channel of the one and the number of the other."""
    elsewhere = Address("wechat", "101")
    async with storage.begin() as uow:
        for somebody in (ANA, LI, elsewhere):
            await uow.residents.meet(somebody, "zh", NOON)

        found = await uow.residents.visitors({LI, elsewhere})

    assert found.keys() == {LI, elsewhere}


async def test_what_is_longer_than_any_is_not_taken_for_its_beginning(storage: Storage) -> None:
    name = "a" * 64  # as long as a chat may be
    async with storage.begin() as uow:
        await uow.residents.meet(Address("telegram", name), "zh", NOON)

        assert not await uow.residents.visitors({ANA, Address("telegram", f"{name}b")})


async def test_postgresql_is_asked_the_same_however_many_there_are(storage: Storage) -> None:
    """Each connection would have to plan another statement for each length of a list."""
    few = await _asked(storage, {ANA, LI})
    many = await _asked(storage, {ANA, LI, ZHOU})

    assert (few == many) is storage.shared


async def _asked(storage: Storage, whom: Collection[Address]) -> list[str]:
    asked = list[str]()

    def note(_connection: Connection, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(storage.engine.sync_engine, "before_cursor_execute", note)
    async with storage.begin() as uow:
        await uow.residents.visitors(set(whom))
        await uow.roll.all_may_answer(1, range(len(whom)))
    event.remove(storage.engine.sync_engine, "before_cursor_execute", note)
    return asked
