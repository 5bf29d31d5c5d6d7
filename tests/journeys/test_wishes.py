"""意向征集: whoever has joined a household says what it wishes, and nothing is called passed.

Ana lives in 3-1-101 and Li in 3-2-202. Nobody has confirmed who they are.
"""

import pytest

from domain.conversation import Address
from handlers.representatives import Register
from tests import deciding
from tests.electorate import person, speaks_for, verified
from tests.handed_in import opened, standing
from tests.world import ANA, LI, MEI, ZHOU, World

WISHES = ("老旧小区改造", "只听听大家的意愿", "全体 想先改什么")
EITHER = pytest.mark.parametrize(("who", "door"), [(ANA, "3-1-101"), (LI, "3-2-202")])


@EITHER
async def test_who_has_only_joined_says_what_their_household_wishes(
    world: World, who: Address, door: str
):
    """Before: only a registered representative could, whom two of the staff had confirmed."""
    await opened(world, *WISHES)
    await deciding.votes(world, who, "同意")

    assert door in world.last(who) and await standing(world) == ["yes"]


async def test_a_household_has_one_answer_and_the_others_are_told_who_gives_it(world: World):
    mei = await world.has_resident(MEI, "3-1-101", name="梅姨")
    await opened(world, *WISHES)
    await world.writes(MEI, "投票 1")
    assert "由您家另一位来投" in world.last(MEI)

    await deciding.votes(world, ANA, "同意")
    await world.writes(MEI, "投票 1")
    assert "您家已经投过了" in world.last(MEI)
    await verified(world, mei)
    await world.does(ZHOU, Register(mei))
    world.clock.advance(seconds=5)
    await world.writes(MEI, "投票 1")
    await world.presses(MEI, "修改我的票")
    await world.presses(MEI, "不同意")
    assert await standing(world) == ["no"]


@pytest.mark.parametrize("how", ["registered", "confirmed", "of age"])
async def test_who_of_them_is_asked(world: World, how: str):
    """The representative; else who is confirmed; never a child."""
    ana, mei = await person(world, ANA), await world.has_resident(MEI, "3-1-101", name="梅姨")
    if how == "registered":
        await speaks_for(world, mei, "3-1-101")
    elif how == "confirmed":
        await verified(world, mei)
    else:
        await verified(world, ana, 0, adult=0)
    await opened(world, *WISHES)
    await deciding.votes(world, MEI, "同意")

    assert await standing(world) == ["yes"]
