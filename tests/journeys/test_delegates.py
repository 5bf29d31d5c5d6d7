"""居民代表会议: delegates and the committee count, whether they have joined or not."""

from domain.residents import Role
from tests import deciding
from tests.handed_in import freeze, matter, opens, put_to_the_vote, standing
from tests.world import HE, SUN, WANG, ZHOU, World

COVENANT = ("公约与议事规则", "居民公约", "全体 修订居民公约")
ABSENT = "林委员"


async def opened(world: World) -> None:
    """Four of the committee have joined, and two have not: two thirds of six are four."""
    for name in (ABSENT, "陈委员"):
        await world.has_staff(None, name, Role.MEMBER, ["*"], ["*"])
    await put_to_the_vote(world, *COVENANT, rule="就按这个：居民代表会议")
    await freeze(world)
    await opens(world)


async def result(world: World) -> str:
    await deciding.closed(world)
    outcome = (await matter(world)).outcome
    assert outcome
    return str(outcome["result"])


async def test_of_the_committee_those_without_an_account_count_too(world: World):
    """Before: three of four were two thirds."""
    await opened(world)
    assert (await matter(world)).units == 6
    for who in (HE, SUN, WANG):
        await deciding.votes(world, who, "同意")

    assert await result(world) == "no_quorum"


async def test_they_vote_on_paper_and_are_found_by_their_name(world: World):
    await opened(world)
    for who in (HE, SUN, WANG):
        await deciding.votes(world, who, "同意")
    await world.writes(SUN, f"纸票 1 {ABSENT}")
    assert ABSENT in world.last(SUN)
    await world.presses(SUN, "不同意")
    await world.writes(SUN, "", photo="scan")
    await world.presses(HE, "和纸上一致")

    assert await standing(world) == ["yes", "yes", "yes", "no"]
    assert await result(world) == "passed"


async def test_one_of_them_who_has_joined_may_hand_in_paper_as_well(world: World):
    await opened(world)
    await world.writes(SUN, "纸票 1 周警官")
    await world.presses(SUN, "同意")
    await world.writes(SUN, "", photo="scan")
    await world.presses(HE, "和纸上一致")

    assert await standing(world) == ["yes"] and "有一票为您记下了" in world.last(ZHOU)
