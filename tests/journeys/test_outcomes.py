"""After the count: published, shown for its days, carried out by cases, reported, archived."""

from datetime import timedelta

import pytest

from casework.matter_actions import Advance, LinkCase, NewCaseFor, TakeNewCase, UnlinkCase
from domain.matters import State
from tests import matters
from tests.world import ANA, BUILDING_3, HE, LI, MEI, SUN, WANG, ZHOU, World


@pytest.fixture
async def stair(world: World) -> World:
    await world.has_owners(matters.DOORS)
    return world


async def carried_out(world: World) -> None:
    """Shown for its days, then begun."""
    world.clock.now = await matters.moment(world, "due_at") + timedelta(hours=9)
    await world.writes(SUN, "事项 1")
    await world.presses(SUN, "开始实施")


async def test_from_the_decision_to_the_archive_with_a_case_of_its_own(stair: World):
    await matters.published(stair, *matters.YES)
    assert "决定\n同意在3号楼2单元加装电梯" in stair.card(BUILDING_3, "　决定").text
    await stair.presses(SUN, "开始实施")
    assert "还在公布期里" in stair.last(SUN)
    await carried_out(stair)
    assert stair.card(BUILDING_3, "正在实施").edited

    await stair.presses(SUN, "建工单")
    await stair.presses(SUN, "电梯")
    await stair.writes(SUN, "和电梯公司签合同，开工")
    assert any("和电梯公司签合同，开工" in text for text in stair.all(WANG))
    assert "1号工单：王师傅负责" in stair.card(SUN, "本阶段负责").text
    group = stair.card(BUILDING_3, "由 1 号工单落实")
    assert group.links["1号进度"] == "t1"

    await stair.writes(LI, "进度 1")
    assert "落实1号事项（加装电梯）" in stair.last(LI)
    await stair.presses(LI, "看1号")
    assert "加装电梯" in stair.last(LI)

    await stair.writes(SUN, "事项 1")
    await stair.presses(SUN, "公布实施结果")
    await stair.writes(SUN, "电梯已经验收，花了六十万。", photo="lift")
    report = stair.card(BUILDING_3, "实施结果")
    assert report.picture is not None and "验收" in report.text
    stair.clock.now = await matters.moment(stair, "due_at")
    await matters.ticks(stair)
    assert (await matters.kept(stair)).matter.state is State.ARCHIVED
    assert "已归档" in stair.card(BUILDING_3, "由 1 号工单落实").text
    await stair.writes(SUN, "事项 1")
    await stair.presses(SUN, "看全过程")
    assert "关联1号工单" in stair.last(SUN)


async def test_a_case_that_is_there_already_is_tied_by_a_command(stair: World):
    await stair.writes(ANA, "#建议 电梯什么时候装", group=BUILDING_3)
    await matters.published(stair, *matters.YES)
    await stair.writes(SUN, "关联 1 1")
    assert "现在还不到" in stair.last(SUN)
    await carried_out(stair)
    await stair.writes(SUN, "关联 1 1")
    assert "1号工单（电梯什么时候装）现在落实1号事项" in stair.last(SUN)
    assert any("您办的1号工单落实1号事项" in text for text in stair.all(WANG))
    await stair.writes(SUN, "/link 1 1")
    assert "已经关联1号工单" in stair.last(SUN)
    await stair.presses(SUN, "关联错了")
    assert "工单" not in stair.last(SUN).split("本阶段负责")[1]
    await stair.does(SUN, UnlinkCase(1, 1))
    assert "没有关联1号工单" in stair.last(SUN)
    await stair.presses(SUN, "关联工单")
    await stair.writes(SUN, "12")
    assert "没有找到这张工单" in stair.last(SUN)
    await stair.writes(SUN, "1号")
    assert "现在落实1号事项" in stair.last(SUN)
    assert [e for e in await matters.happened(stair) if "link" in e] == ["link", "unlink", "link"]


async def test_what_only_the_committee_may_see_carries_out_nothing_in_public(stair: World):
    await stair.writes(ANA, "楼上装修太吵")
    await stair.presses(ANA, "公开方式")
    await stair.presses(ANA, "只给居委会")
    await stair.presses(ANA, "提交")
    await matters.published(stair, *matters.YES)
    await carried_out(stair)
    await stair.writes(SUN, "关联 1 1")
    assert "或者它不公开" in stair.last(SUN)


async def test_nobody_else_ties_cases_or_opens_them_from_a_matter(stair: World):
    await matters.published(stair, *matters.YES)
    await carried_out(stair)
    for action in (LinkCase(1), NewCaseFor(1, "lift"), TakeNewCase(1, "lift"), UnlinkCase(1, 1)):
        for who in (ANA, ZHOU, HE):
            await stair.does(who, action)
            assert "不由您办" in stair.last(who)
    async with stair.storage.begin() as uow:
        assert await uow.tickets.get(1) is None


async def test_a_category_that_is_gone_is_asked_for_again(stair: World):
    await matters.published(stair, *matters.YES)
    await carried_out(stair)
    await stair.does(SUN, TakeNewCase(1, "gone"))
    assert "工单归哪一类" in stair.last(SUN)


async def test_what_was_rejected_is_archived_by_the_clock_once_it_was_shown(stair: World):
    await matters.published(stair, *matters.NO)
    await stair.does(SUN, Advance(1, "execute"))
    assert "没有要实施的" in stair.last(SUN)
    due = await matters.moment(stair, "due_at")
    stair.clock.now = due - timedelta(minutes=1)
    await matters.ticks(stair)
    assert (await matters.kept(stair)).matter.state is State.DECISION_PUBLISHED
    stair.clock.now = due
    await matters.ticks(stair, 2)
    assert (await matters.kept(stair)).matter.state is State.ARCHIVED
    assert (await matters.happened(stair)).count("archive") == 1


async def test_whoever_owes_the_decision_is_told_by_when(stair: World):
    await matters.counted(stair, *matters.YES)
    due = await matters.moment(stair, "due_at")
    assert "请在" in stair.card(SUN, "已计票").text
    stair.clock.now = due + timedelta(minutes=1)
    await matters.ticks(stair, 2)
    late = [text for text in stair.all(SUN) if "该公布决定了" in text]
    assert len(late) == 1 and "3-2-101" not in late[0]
    assert MEI and stair.all(HE) == []
