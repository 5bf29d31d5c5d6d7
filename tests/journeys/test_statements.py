"""An update costs as many statements in a community of many cases as in one of few."""

from tests.statements import has_cases, of_each_kind
from tests.world import World

MOST = 40  # for one update and all the messages it leads to


async def test_no_update_costs_more_statements_when_there_are_more_cases(world: World) -> None:
    await has_cases(world, 10)
    few = await of_each_kind(world)
    await has_cases(world, 300)
    many = await of_each_kind(world)

    assert many == few
    assert {kind: n for kind, n in few.items() if n > MOST} == {}
