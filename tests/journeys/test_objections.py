"""一户一议: objections are made privately, counted in public, answered one by one, and climb."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from casework.matter_actions import Object, ShowObjections, WithdrawObjection
from domain.conversation import Address
from domain.residents import Role
from scheduler.objections import hear_objections
from tests import deciding
from tests.databases import NOON
from tests.world import ANA, BUILDING_3, COMMUNITY, HE, LI, MEI, SUN, WANG, ZHOU, World

STREET = Address("buttons", "301")
DARK = "电梯井正好挡住我家的窗户"


@pytest.fixture
async def stair(world: World) -> World:
    await deciding.noticed(world)
    return world


async def objects(world: World, who: Address, words: str = DARK) -> None:
    await world.writes(who, f"异议 1 {words}")


async def test_from_the_button_in_the_group_to_the_answer(stair: World):
    card = stair.card(BUILDING_3, "公示　1号事项")
    assert card.links["提异议"] == "o1" and "收到 0 条，已答复 0 条" in card.text

    await stair.writes(ANA, "/start o1")
    assert "您有什么不同意见" in stair.last(ANA)
    await stair.writes(ANA, DARK, photo="window")
    assert "收到您的异议" in stair.last(ANA) and "第1条异议" in stair.last(ANA)

    told = stair.card(SUN, DARK)
    assert told.picture is not None and told.picture.ref == "window"
    assert "3-2-101" in told.text and "答复" in told.buttons
    assert "收到 1 条，已答复 0 条" in stair.card(BUILDING_3, "公示　1号事项").text
    for elsewhere in (BUILDING_3, LI, ZHOU, HE, WANG):
        assert not any(DARK in text or "3-2-101" in text for text in stair.all(elsewhere))

    await stair.presses(SUN, "答复")
    assert DARK in stair.last(SUN) and "原样发给对方" in stair.last(SUN)
    await stair.writes(SUN, "改用玻璃井道，设计图发给您看。")
    assert "异议都答复完了" in stair.last(SUN)
    assert "有答复了：\n改用玻璃井道" in stair.last(ANA)
    assert "收到 1 条，已答复 1 条" in stair.card(BUILDING_3, "公示　1号事项").text
    await stair.writes(SUN, "事项 1")
    assert "异议：收到 1 条，已答复 1 条" in stair.card(SUN, "　负责：").text


async def test_without_buttons_by_words_and_numbers(stair: World):
    await stair.writes(LI, "异议 1")
    assert "您有什么不同意见" in stair.last(LI)
    await stair.writes(LI, "太贵了")
    assert "第1条异议" in stair.last(LI)
    await stair.writes(SUN, "/objections 1")
    await stair.presses(SUN, "答复")
    await stair.writes(SUN, "低层可以少出，方案附后。", photo="plan")
    assert any("低层可以少出" in text for text in stair.all(LI))
    await stair.writes(LI, "看异议 1")
    assert "您的第1条：已答复" in stair.last(LI)
    await stair.presses(LI, "提异议")
    await stair.writes(LI, "还是太贵")
    assert "第2条异议" in stair.last(LI)


async def test_one_at_a_time_and_ones_own_can_be_withdrawn(stair: World):
    await objects(stair, ANA)
    await objects(stair, ANA, "还有，太吵")
    assert "第1条异议还没答复" in stair.last(ANA)
    await stair.presses(ANA, "撤回我的异议")
    assert "第1条异议已撤回" in stair.last(ANA)
    assert "本人撤回了" in stair.last(SUN)
    assert "收到 1 条，已答复 0 条，本人撤回 1 条" in stair.card(BUILDING_3, "公示　1号事项").text
    await objects(stair, ANA, "太吵")
    assert "第2条异议" in stair.last(ANA)


async def test_only_who_lives_or_owns_there_may_object(stair: World):
    for outsider in (ZHOU, WANG):
        await objects(stair, outsider)
        assert "只请范围内的住户和业主" in stair.last(outsider).split("\n1.")[0]
    async with stair.storage.begin() as uow:
        assert (await uow.objections.counts(1)).received == 0


async def test_nobody_withdraws_or_answers_what_is_not_theirs(stair: World):
    await objects(stair, ANA)
    await stair.does(MEI, WithdrawObjection(1, 1))
    assert "没有找到您在1号事项的这条异议" in stair.last(MEI)
    await stair.does(ANA, WithdrawObjection(1, 9))
    assert "没有找到" in stair.last(ANA)
    await stair.does(MEI, ShowObjections(1))
    assert "收到 1 条" in stair.last(MEI) and DARK not in stair.last(MEI)


async def test_too_long_or_empty_is_asked_for_again(stair: World):
    await objects(stair, ANA, "长" * 1001)
    assert "不超过1000个字" in stair.last(ANA)
    await stair.writes(ANA, DARK)
    assert "收到您的异议" in stair.last(ANA)
    await stair.presses(SUN, "答复")
    await stair.writes(SUN, "长" * 1001)
    assert "不超过1000个字" in stair.last(SUN)
    await stair.writes(SUN, "改用玻璃井道。")
    assert "已答复" in stair.last(SUN)


async def test_the_roll_waits_for_the_last_answer(stair: World):
    await objects(stair, ANA)
    await deciding.after_the_notice(stair)
    await stair.writes(SUN, "事项 1")
    await stair.presses(SUN, "冻结名册")
    await stair.presses(SUN, "确认，冻结名册")
    assert "还有异议没答复" in stair.last(SUN)
    await stair.writes(SUN, "看异议 1")
    await stair.presses(SUN, "答复")
    await stair.writes(SUN, "改用玻璃井道。")
    await stair.writes(SUN, "事项 1")
    await stair.presses(SUN, "冻结名册")
    await stair.presses(SUN, "确认，冻结名册")
    assert (await deciding.matter(stair)).matter.state == "roll_frozen"


async def test_an_answer_that_does_not_come_climbs_each_level_once(stair: World):
    await stair.has_staff(STREET, "赵主任", Role.MEMBER, ["*"], ["*"], level=2,
                          organisation="街道")  # fmt: skip
    await objects(stair, ANA)
    await objects(stair, LI)
    async with stair.storage.begin() as uow:
        found = await uow.objections.get(1, 1)
    assert found
    stair.forget_what_was_said()
    stair.clock.now = found.due_at
    await stair.ticks(hear_objections)
    await stair.ticks(hear_objections)
    assert ["第1、2条异议到期" in text for text in stair.all(SUN)] == [True]
    assert stair.all(HE) == stair.all(STREET) == []

    stair.clock.advance(days=20)  # the bot was off for a long time
    await stair.ticks(hear_objections)
    await stair.ticks(hear_objections)
    assert len(stair.all(HE)) == 1 and stair.all(STREET) == []
    stair.clock.advance(days=7)
    await stair.ticks(hear_objections)
    assert len(stair.all(STREET)) == 1 and len(stair.all(HE)) == 1
    stair.clock.advance(days=30)
    await stair.ticks(hear_objections)
    assert len(stair.all(SUN)) == 3 and len(stair.all(STREET)) == 1
    assert not any(DARK in text for text in stair.all(HE) + stair.all(STREET))


async def test_in_quiet_hours_nobody_is_reminded(stair: World):
    quiet = replace(COMMUNITY, quiet=((time(12), time(14)), (time(21), time(8))))
    await objects(stair, ANA)
    night = NOON.replace(hour=15) + timedelta(days=30)  # 23:00 in Shanghai
    async with stair.storage.begin() as uow:
        assert await hear_objections(uow, night, quiet) == []
        assert len(await hear_objections(uow, night + timedelta(hours=10), quiet)) == 1


async def test_after_the_decision_is_published_too_and_not_after_its_days(world: World):
    await deciding.opened(world)
    await objects(world, ANA)
    assert "现在不收异议" in world.last(ANA)
    world.clock.now = await deciding.moment(world, "closes_at")
    await deciding.ticks(world)
    world.clock.advance(hours=13)
    await world.writes(SUN, "事项 1")
    await world.presses(SUN, "公布决定")
    await world.writes(SUN, "没有通过。")
    assert world.card(BUILDING_3, "决定已公布").links["提异议"] == "o1"

    await world.writes(MEI, "异议 1 票数不对")
    assert "第1条异议" in world.last(MEI)
    await world.writes(ANA, "事项 1")
    assert "提异议" in world.card(ANA, "决定已公布").buttons
    world.clock.now = await deciding.moment(world, "due_at") + timedelta(hours=9)
    await world.writes(ANA, "事项 1")
    assert "提异议" not in world.card(ANA, "决定已公布").buttons  # it could only be refused
    await world.does(ANA, Object(1))
    assert "现在不收异议" in world.last(ANA)
    await deciding.ticks(world)
    assert "异议" in world.card(SUN, "决定公布期满了").text  # not archived: one waits
    await world.presses(SUN, "答复")
    await world.writes(SUN, "已请监督委员重算，票数无误。")
    assert "提异议" not in world.card(BUILDING_3, "决定已公布").links
    await world.writes(SUN, "事项 1")
    await world.presses(SUN, "归档")
    assert "已归档" in world.last(SUN)


async def test_a_matter_that_was_withdrawn_owes_no_answers(stair: World):
    await objects(stair, ANA)
    await stair.writes(SUN, "事项 1")
    await stair.presses(SUN, "撤回")
    await stair.writes(SUN, "方案要改")
    stair.forget_what_was_said()
    stair.clock.advance(days=30)
    await stair.ticks(hear_objections)
    assert stair.all(SUN) == []


async def test_who_is_forgotten_is_owed_no_answer_and_their_words_are_gone(stair: World):
    await stair.writes(ANA, "异议 1")
    await stair.writes(ANA, DARK, photo="window")
    await stair.writes(ANA, "导出我的数据")
    assert DARK in stair.last(ANA)
    await stair.writes(ANA, "删除我的数据")
    await stair.presses(ANA, "删")
    assert "已" in stair.last(ANA)
    async with stair.storage.begin() as uow:
        counts = await uow.objections.counts(1)
        notes = await uow.matters.notes(1, "objection")
    assert (counts.received, counts.open) == (1, 0)
    assert [(note.text, note.photo) for note in notes] == [("", None)]
