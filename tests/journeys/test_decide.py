"""Story 4. Decide: Sun puts a lift to the owners of a stair, they vote, everybody can count it.

Ana and Li own a flat each in stair 2 of building 3, and so does Mei; a fourth owner has not
joined. Ana has buttons, Li types numbers.
"""

from datetime import timedelta

import pytest

from casework.matter_actions import CastBallot, ShowBallot
from domain.conversation import Address
from scheduler.matters import move_matters
from tests.records import lines_of
from tests.world import ANA, BUILDING_3, LI, MEI, SUN, ZHOU, World

DOORS = {ANA: "3-2-101", LI: "3-2-201", MEI: "3-2-301", None: "3-2-302"}


@pytest.fixture
async def stair(world: World) -> World:
    """The owners of stair 2, whose titles have been seen, all but the fourth."""
    await world.has_owners(DOORS)
    return world


async def put_to_the_vote(world: World) -> None:
    """From Sun's first tap to the notice, with what each stage needs."""
    await world.writes(SUN, "/matters")
    await world.presses(SUN, "发起一项")
    await world.presses(SUN, "加装电梯")
    await world.presses(SUN, "只用本单元")
    assert "四分之三以上同意" in world.last(SUN) and "民法典第278条" in world.last(SUN)
    await world.presses(SUN, "就按这个")
    await world.writes(SUN, "3-2 加装电梯")
    for _ in range(3):
        await world.presses(SUN, "这一步不适用")
        await world.writes(SUN, "业主自己发起")
    await world.presses(SUN, "开始公示")
    await world.presses(SUN, "确认，开始公示")


async def opened(world: World) -> None:
    await put_to_the_vote(world)
    world.clock.now = await ends_of_notice(world)
    await world.presses(SUN, "冻结名册")
    await world.presses(SUN, "确认，冻结名册")
    world.clock.now = await moment(world, "opens_at")
    await world.ticks(move_matters)
    await world.ticks(move_matters)


async def ends_of_notice(world: World):
    async with world.storage.begin() as uow:
        kept = await uow.matters.get(1)
    assert kept and kept.matter.question.notice_ends_at
    return kept.matter.question.notice_ends_at + timedelta(hours=9)


async def moment(world: World, name: str):
    async with world.storage.begin() as uow:
        kept = await uow.matters.get(1)
    assert kept
    return getattr(kept.matter, name)


async def test_from_the_first_tap_to_the_published_result(stair: World):
    await put_to_the_vote(stair)
    notice = stair.card(BUILDING_3, "公示")
    assert "3号楼2单元" in notice.text and "题目指纹" in notice.text
    assert "只供参考" in notice.text

    stair.clock.now = await ends_of_notice(stair)
    await stair.presses(SUN, "冻结名册")
    assert "4 位业主，358.00 ㎡" in stair.last(SUN) and "1 票还没有人能用手机投" in stair.last(SUN)
    await stair.presses(SUN, "确认，冻结名册")
    assert "名册已冻结" in stair.last(BUILDING_3)

    stair.clock.now = await moment(stair, "opens_at")
    await stair.ticks(move_matters)
    await stair.ticks(move_matters)
    assert stair.card(BUILDING_3, "投票　1号事项").buttons
    assert "投票开始" in stair.last(ANA) and "投票开始" in stair.last(LI)

    await votes(stair, ANA, "同意")
    assert "已记录" in stair.last(ANA) and "同意" not in stair.last(ANA)
    await votes(stair, LI, "同意")
    assert "已记录" in stair.last(LI) and "同意" not in stair.last(LI)
    await votes(stair, MEI, "不同意")
    await stair.presses(MEI, "修改我的票")
    stair.clock.advance(seconds=3)
    await stair.presses(MEI, "同意")
    assert "回执 4:" in stair.last(MEI)

    stair.clock.now = await moment(stair, "closes_at")
    await stair.ticks(move_matters)
    result = stair.card(BUILDING_3, "结果　1号事项")
    assert "通过" in result.text and "参与面积 268.50/358.00 ㎡，75.00%" in result.text
    assert "同意 3 / 268.50㎡" in result.text
    assert "请在" in stair.card(SUN, "已计票").text
    for resident in (ANA, LI, MEI):
        assert not any("业主5" in text for text in stair.all(resident))

    await stair.writes(SUN, "事项 1")
    await stair.presses(SUN, "公布决定")
    await stair.writes(SUN, "同意在3号楼2单元加装电梯。")
    assert "决定\n同意在3号楼2单元加装电梯" in stair.last(BUILDING_3)
    assert "看全过程" in stair.card(SUN, "1号事项").buttons
    await stair.presses(SUN, "看全过程")
    assert "党员大会审议：不适用：" in stair.last(SUN)


async def votes(world: World, who: Address, answer: str) -> None:
    await world.presses(who, "投票（私聊）")
    await world.presses(who, answer)


async def test_a_ballot_in_the_last_second_counts_and_one_at_the_close_does_not(stair: World):
    await opened(stair)
    closes = await moment(stair, "closes_at")
    stair.clock.now = closes - timedelta(milliseconds=1)
    await votes(stair, ANA, "同意")
    await stair.presses(LI, "投票（私聊）")
    stair.clock.now = closes
    await stair.presses(LI, "同意")

    assert "已记录" in stair.last(ANA)
    assert "已经截止" in stair.last(LI)
    async with stair.storage.begin() as uow:
        late = [e for e in await uow.matters.events(1) if e.event == "late"]
    assert len(await lines_of(stair.storage, 1)) == 1 and [e.person_id for e in late] == [None]


async def test_the_same_button_twice_is_one_ballot_with_one_receipt(stair: World):
    await opened(stair)
    await votes(stair, ANA, "同意")
    await stair.does(ANA, CastBallot(1, "o501", "yes"))

    assert "已经记录过了" in stair.last(ANA)
    assert len(await lines_of(stair.storage, 1)) == 1


async def test_a_neighbour_without_a_flat_there_may_read_and_not_vote(stair: World):
    await opened(stair)
    await stair.does(ZHOU, ShowBallot(1))
    assert "不在1号事项（加装电梯）的名册上" in stair.last(ZHOU)
    await stair.does(ZHOU, CastBallot(1, "o501", "no"))
    assert "不在1号事项（加装电梯）的名册上" in stair.last(ZHOU)


async def test_my_ballot_is_shown_when_asked_and_gone_with_the_next_tap(stair: World):
    await opened(stair)
    await votes(stair, ANA, "不同意")
    await stair.presses(ANA, "查看我的票")
    assert "您选的是：不同意" in stair.last(ANA)
    await stair.presses(ANA, "收起")
    assert not any("您选的是" in text for text in stair.all(ANA))


async def test_words_are_no_ballot_and_reach_who_answers_for_the_matter(stair: World):
    await opened(stair)
    await stair.presses(ANA, "投票（私聊）")
    await stair.writes(ANA, "同意，但是要先修屋顶")

    assert any("文字不算选票" in text for text in stair.all(ANA))
    assert "同意" in stair.card(ANA, "请选").buttons
    async with stair.storage.begin() as uow:
        assert [n.text for n in await uow.matters.notes(1, "comment")] == ["同意，但是要先修屋顶"]


async def test_only_those_who_have_not_voted_are_reminded_and_all_alike(stair: World):
    await opened(stair)
    await votes(stair, ANA, "同意")
    stair.forget_what_was_said()
    stair.clock.now = await moment(stair, "closes_at") - timedelta(hours=71)
    for _ in range(3):
        await stair.ticks(move_matters)

    assert stair.all(ANA) == []
    assert len(stair.all(LI)) == len(stair.all(MEI)) == 1
    assert stair.last(MEI) == stair.last(LI).split("\n回复数字")[0]
