"""居民会议: all residents of eighteen and older count, and those without an account vote on paper.

Ana lives in 3-1-101 and Li in 3-2-202, both verified. Zhou writes paper down; He confirms.
"""

from pathlib import Path

import pytest

from domain.residents import Role
from tests import deciding
from tests.checking import check
from tests.electorate import adults, person, verified
from tests.handed_in import ballots, freeze, matter, opens, put_to_the_vote
from tests.world import ANA, BUILDING_3, HE, LI, MEI, SUN, ZHOU, World

ROOM = ("公共空间利用", "只安排公共场地的使用时间", "全体 排一排活动室的时间")
NOT_SAID = "这些户没写有几人：3-1-101、3-2-202。请在住户名册里填“成年人数”一列"


@pytest.fixture
async def town(world: World) -> World:
    for who in (ANA, LI):
        await verified(world, await person(world, who))
    return world


async def opened(world: World, many: int) -> None:
    """A vote of all residents, of whom so many live in each of the two households."""
    await adults(world, many)
    await put_to_the_vote(world, *ROOM)
    await freeze(world)
    await opens(world)


async def on_paper(world: World, door: str, whose: str, answer: str) -> None:
    await world.writes(ZHOU, f"纸票 1 {door}")
    await world.presses(ZHOU, whose)
    await world.presses(ZHOU, answer)
    await world.writes(ZHOU, "", photo="scan")
    await world.presses(HE, "和纸上一致")


async def result(world: World) -> str:
    await deciding.closed(world)
    outcome = (await matter(world)).outcome
    assert outcome
    return str(outcome["result"])


async def test_two_who_have_an_account_are_not_a_meeting_of_all_residents(
    town: World, tmp_path: Path
):
    """Before: two of two took part, and it passed."""
    await opened(town, 3)
    for who in (ANA, LI):
        await deciding.votes(town, who, "同意")

    assert await result(town) == "no_quorum"
    assert "2/6" in town.card(BUILDING_3, "结果　1号").text
    assert check(await deciding.bundled(town, tmp_path)).code == 0


async def test_the_roll_waits_until_the_list_says_how_many_live_in_each_household(town: World):
    await put_to_the_vote(town, *ROOM)
    await deciding.after_the_notice(town)
    await town.presses(SUN, "冻结名册")
    assert NOT_SAID in town.last(SUN)

    await adults(town, 2)
    await town.presses(SUN, "冻结名册")
    assert "共 4 " in town.last(SUN) and "2 票还没有人能用手机投" in town.last(SUN)
    await town.presses(SUN, "确认，冻结名册")
    assert (await matter(town)).units == 4


@pytest.mark.parametrize(("kind", "waits"), [("群众评议", True), ("满意度调查", False)])
async def test_of_a_round_only_what_has_a_quorum_waits_for_it(town: World, kind: str, waits: bool):
    """An appraisal takes that of the meeting; satisfaction is of those who answer."""
    await town.writes(SUN, "/matters")
    for label in ("发起一项", kind, "请18岁以上居民评", "就按这个"):
        await town.presses(SUN, label)
    await town.writes(SUN, "全体 居委会")
    for label in ("开始公示", "确认，开始公示"):
        await town.presses(SUN, label)
    await deciding.after_the_notice(town)
    await town.presses(SUN, "冻结名册")

    assert (NOT_SAID in town.last(SUN)) is waits


async def test_two_papers_of_one_door_are_two_votes_and_make_the_meeting(
    town: World, tmp_path: Path
):
    await opened(town, 3)
    await deciding.votes(town, ANA, "同意")
    await on_paper(town, "3-1-101", "未核对身份的居民1（3-1-101）", "同意")
    await town.writes(ZHOU, "纸票 1 3-1-101")
    assert set(town.card(ZHOU, "3-1-101有几位").buttons) == {
        "Ana（3-1-101）", "未核对身份的居民1（已投）（3-1-101）", "未核对身份的居民2（3-1-101）",
    }  # fmt: skip
    await on_paper(town, "3-1-101", "未核对身份的居民2", "不同意")
    await on_paper(town, "3-2-202", "未核对身份的居民2", "同意")

    said = [(choice, via) for choice, via, _ in await ballots(town)]
    assert said == [("yes", "chat"), ("yes", "paper"), ("no", "paper"), ("yes", "paper")]
    assert await result(town) == "passed"
    assert check(await deciding.bundled(town, tmp_path)).code == 0


async def test_a_paper_of_the_same_seat_takes_the_place_of_the_first(town: World):
    await opened(town, 2)
    for answer in ("同意", "不同意"):
        await on_paper(town, "3-1-101", "未核对身份的居民1", answer)

    assert await ballots(town) == [("yes", "paper", False), ("no", "paper", True)]


async def test_who_is_verified_after_the_freeze_has_the_seat_they_had_and_no_other(town: World):
    await town.has_resident(MEI, "3-1-101", name="梅姨")
    await opened(town, 2)
    await verified(town, await person(town, MEI), at=town.clock())
    await town.writes(MEI, "投票 1")
    assert "这次不能投" in town.last(MEI)

    await town.writes(ZHOU, "纸票 1 3-1-101")
    assert len(town.card(ZHOU, "3-1-101有几位").buttons) == 2


async def test_an_officer_writes_nothing_down_for_a_seat_of_their_own_household(town: World):
    await town.has_staff(MEI, "梅委员", Role.MEMBER, ["*"], ["*"])
    await town.has_resident(MEI, "3-1-101", name="梅姨")
    await opened(town, 2)
    await town.writes(MEI, "纸票 1 3-1-101")

    assert "Ana（3-1-101）" in town.last(MEI) and "未核对身份的居民" not in town.last(MEI)
