"""Plans of lists: made from what was stored then, refused when something else is stored now."""

from collections.abc import Callable

import pytest

from domain.imports import HouseholdRow
from storage.imports import Counts, Imports, ListChanged
from storage.uow import Storage


def listed(*rooms: str, area: int = 8950) -> list[HouseholdRow]:
    return [
        HouseholdRow(n, "3", "1", room, area, "2", "张三", "") for n, room in enumerate(rooms, 2)
    ]


async def bring(
    storage: Storage, *rooms: str, tick: Callable[[int], None] = lambda _: None
) -> None:
    async with storage.begin() as uow:
        imports = Imports.within(uow)
        plan = imports.plan_households(listed(*rooms), await imports.households())
        await imports.write_households(plan, tick)


async def test_a_list_changed_since_the_preview_is_not_written_over(storage: Storage) -> None:
    async with storage.begin() as uow:
        imports = Imports.within(uow)
        plan = imports.plan_households(listed("101", "102"), await imports.households())
    await bring(storage, "102")

    with pytest.raises(ListChanged):
        async with storage.begin() as uow:
            await Imports.within(uow).write_households(plan, lambda _: None)

    async with storage.begin() as uow:
        assert set(await Imports.within(uow).households()) == {"3-1-102"}


async def test_a_list_that_breaks_off_leaves_nothing_behind(storage: Storage) -> None:
    def stop(rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await bring(storage, "101", "102", tick=stop)

    async with storage.begin() as uow:
        assert await Imports.within(uow).households() == {}


async def test_a_plan_counts_new_changed_same_and_absent_households(storage: Storage) -> None:
    await bring(storage, "101", "102", "103")

    async with storage.begin() as uow:
        imports = Imports.within(uow)
        rows = [*listed("101"), *listed("102", area=9000), *listed("104", "105")]
        plan = imports.plan_households(rows, await imports.households())

    assert plan.counts == Counts(new=2, changed=1, unchanged=1, absent=1)


async def test_progress_is_told_for_every_row_once(storage: Storage) -> None:
    told: list[int] = []

    await bring(storage, *map(str, range(5001)), tick=told.append)

    assert told == [5000, 1]


async def test_the_households_of_a_building_come_in_the_order_people_count(
    storage: Storage,
) -> None:
    await bring(storage, "1001", "201", "B2", "101")

    async with storage.begin() as uow:
        found = await Imports.within(uow).households_of("3")

    assert [household.room for household in found] == ["101", "201", "1001", "B2"]
