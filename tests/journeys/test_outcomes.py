"""After the count: published, shown for its days, carried out by cases, reported, archived."""

from datetime import timedelta

from casework.matter_actions import Advance, LinkCase, NewCaseFor, TakeNewCase, UnlinkCase
from domain.matters import State
from tests import deciding
from tests.world import ANA, BUILDING_3, HE, LI, MEI, SUN, WANG, ZHOU, World


async def carried_out(world: World) -> None:
    """Shown for its days, then begun."""
    world.clock.now = await deciding.moment(world, "due_at") + timedelta(hours=9)
    await world.writes(SUN, "事项 1")
    await world.presses(SUN, "开始实施")


async def test_from_the_decision_to_the_archive_with_a_case_of_its_own(world: World):
    await deciding.published(world, "同意")
    assert "决定\n3号楼2单元加装电梯的表决结果" in world.card(BUILDING_3, "　决定").text
    await world.presses(SUN, "开始实施")
    assert "还在公布期里" in world.last(SUN)
    await carried_out(world)
    assert world.card(BUILDING_3, "正在实施").edited

    await world.presses(SUN, "建工单")
    await world.presses(SUN, "电梯")
    await world.writes(SUN, "和电梯公司签合同，开工")
    assert any("和电梯公司签合同，开工" in text for text in world.all(WANG))
    assert "1号工单：王师傅负责" in world.card(SUN, "　负责：").text
    group = world.card(BUILDING_3, "由 1 号工单落实")
    assert group.links["1号进度"] == "t1"

    await world.writes(LI, "进度 1")
    assert "落实1号事项（加装电梯）" in world.last(LI)
    await world.presses(LI, "看1号")
    assert "加装电梯" in world.last(LI)

    await world.writes(SUN, "事项 1")
    await world.presses(SUN, "公布实施结果")
    await world.writes(SUN, "电梯已经验收，花了六十万。", photo="lift")
    report = world.card(BUILDING_3, "实施结果")
    assert report.picture is not None and "验收" in report.text
    world.clock.now = await deciding.moment(world, "due_at")
    await deciding.ticks(world)
    assert (await deciding.matter(world)).matter.state is State.ARCHIVED
    assert "已归档" in world.card(BUILDING_3, "由 1 号工单落实").text
    await world.writes(SUN, "事项 1")
    await world.presses(SUN, "看全过程")
    assert "关联1号工单" in world.last(SUN)


async def test_a_case_that_is_there_already_is_tied_by_a_command(world: World):
    await world.writes(ANA, "#建议 电梯什么时候装", group=BUILDING_3)
    await deciding.published(world, "同意")
    await world.writes(SUN, "关联 1 1")
    assert "现在还不到" in world.last(SUN)
    await carried_out(world)
    await world.writes(SUN, "关联 1 1")
    assert "1号工单（电梯什么时候装）现在落实1号事项" in world.last(SUN)
    assert any("您办的1号工单落实1号事项" in text for text in world.all(WANG))
    await world.writes(SUN, "/link 1 1")
    assert "已经关联1号工单" in world.last(SUN)
    await world.presses(SUN, "关联错了")
    assert "工单" not in world.last(SUN).split("　负责：")[1]
    await world.does(SUN, UnlinkCase(1, 1))
    assert "没有关联1号工单" in world.last(SUN)
    await world.presses(SUN, "关联工单")
    await world.writes(SUN, "12")
    assert "没有找到这张工单" in world.last(SUN)
    await world.writes(SUN, "1号")
    assert "现在落实1号事项" in world.last(SUN)
    assert [e for e in await deciding.happened(world) if "link" in e] == ["link", "unlink", "link"]


async def test_what_only_the_committee_may_see_carries_out_nothing_in_public(world: World):
    await world.writes(ANA, "楼上装修太吵")
    await world.presses(ANA, "公开方式")
    await world.presses(ANA, "只给居委会")
    await world.presses(ANA, "提交")
    await deciding.published(world, "同意")
    await carried_out(world)
    await world.writes(SUN, "关联 1 1")
    assert "或者它不公开" in world.last(SUN)


async def test_nobody_else_ties_cases_or_opens_them_from_a_matter(world: World):
    await deciding.published(world, "同意")
    await carried_out(world)
    for action in (LinkCase(1), NewCaseFor(1, "lift"), TakeNewCase(1, "lift"), UnlinkCase(1, 1)):
        for who in (ANA, ZHOU, HE):
            await world.does(who, action)
            assert "不由您办" in world.last(who)
    async with world.storage.begin() as uow:
        assert await uow.tickets.get(1) is None


async def test_a_category_that_is_gone_is_asked_for_again(world: World):
    await deciding.published(world, "同意")
    await carried_out(world)
    await world.does(SUN, TakeNewCase(1, "gone"))
    assert "工单归哪一类" in world.last(SUN)


async def test_what_was_rejected_is_archived_by_the_clock_once_it_was_shown(world: World):
    await deciding.published(world, "不同意")
    await world.does(SUN, Advance(1, "execute"))
    assert "没有要实施的" in world.last(SUN)
    due = await deciding.moment(world, "due_at")
    world.clock.now = due - timedelta(minutes=1)
    await deciding.ticks(world)
    assert (await deciding.matter(world)).matter.state is State.DECISION_PUBLISHED
    world.clock.now = due
    await deciding.ticks(world, 2)
    assert (await deciding.matter(world)).matter.state is State.ARCHIVED
    assert (await deciding.happened(world)).count("archive") == 1


async def test_whoever_owes_the_decision_is_told_by_when(world: World):
    await deciding.counted(world, "同意")
    due = await deciding.moment(world, "due_at")
    assert "请在" in world.card(SUN, "已计票").text
    world.clock.now = due + timedelta(minutes=1)
    await deciding.ticks(world, 2)
    late = [text for text in world.all(SUN) if "该公布决定了" in text]
    assert len(late) == 1 and "3-2-101" not in late[0]
    assert MEI and world.all(HE) == []
