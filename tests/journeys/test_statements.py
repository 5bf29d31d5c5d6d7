"""An update costs as many statements in a community of many cases as in one of few."""

from tests.databases import opened
from tests.statements import compiled_anew, has_cases, of_a_ballot, of_each_kind
from tests.votes import has_vote
from tests.world import FakeClock, World

MOST = 36  # for one update and all the messages it leads to
MOST_OF_A_SUGGESTION = 25  # which is three messages
MOST_OF_A_BALLOT = 19  # the first one of a voter, with 4 to keep it and 5 to send the receipt


async def test_no_update_costs_more_statements_when_there_are_more_cases(world: World) -> None:
    await has_cases(world, 10)
    few = await of_each_kind(world)
    await has_cases(world, 300)
    many = await of_each_kind(world)

    assert many == few
    assert {kind: n for kind, n in few.items() if n > MOST} == {}
    assert few["suggest in a group"] <= MOST_OF_A_SUGGESTION


async def test_a_ballot_costs_the_same_few_statements_among_many_voters(world: World) -> None:
    await has_vote(world.storage, 3)
    few = await of_a_ballot(world, 1, voter=1)
    await has_vote(world.storage, 300, first=11)
    many = await of_a_ballot(world, 2, voter=11)

    assert many == few
    assert {kind: n for kind, n in few.items() if n > MOST_OF_A_BALLOT} == {}


async def test_sqlite_compiles_what_updates_ask_but_once(sqlite_url: str) -> None:
    async with opened(sqlite_url) as storage:
        world = World(storage, FakeClock())
        await world.has_everybody()
        await has_vote(storage, 3)
        async with compiled_anew(storage.engine) as statements:
            await of_each_kind(world)
            await of_a_ballot(world, 1, voter=1)
            assert statements
            statements.clear()
            await of_each_kind(world)
            await of_a_ballot(world, 1, voter=2)

    assert statements == set()
