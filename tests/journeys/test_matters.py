"""The stages of a matter as people live them: with buttons (Sun) and without (Wang, who typed all).

What voters do stands in test_decide.py, objections and what follows the count in files of their
own.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from casework.matter_actions import (
    Advance,
    ConfirmRule,
    EditMatter,
    EndMatter,
    GiveNotice,
    PickKind,
    PickWay,
    SetMatter,
    ShowMatter,
    Skip,
    TakeEdit,
    TakeTitle,
)
from domain.conversation import Address
from domain.matters import State
from domain.residents import Role
from storage import voting_tables as v
from tests import deciding
from tests.checking import check
from tests.world import ANA, BUILDING_3, HE, LI, SHANGHAI, SUN, WANG, ZHOU, World

TYPING = Address("wechat", "qian")  # an admin without buttons
STREET = Address("buttons", "301")


async def state(world: World) -> State:
    return (await deciding.matter(world)).matter.state


# --- put together


async def test_an_admin_without_buttons_puts_a_matter_by_numbers(world: World):
    await world.has_owners(deciding.DOORS)
    await world.has_staff(TYPING, "钱管理员", Role.ADMIN, ["*"], ["*"])
    await world.writes(TYPING, "重大事项")
    for label in ("发起一项", "加装电梯", "只用本单元", "就按这个"):
        await world.presses(TYPING, label)
    await world.writes(TYPING, "3号楼2单元加装电梯")
    assert "草稿" in world.last(TYPING) and "3号楼2单元" in world.last(TYPING)
    for stage in ("提议：附会议记录", "商议：附会议记录", "审议：附会议记录"):
        await world.presses(TYPING, stage)
        await world.writes(TYPING, "3月2日，全体同意")
    await world.presses(TYPING, "开始公示")
    await world.presses(TYPING, "确认，开始公示")
    assert "公示中" in world.last(TYPING)
    assert "公示　1号事项　加装电梯" in world.last(BUILDING_3)


async def test_the_choices_change_in_place_and_can_be_taken_back(world: World):
    await world.writes(SUN, "/matters")
    await world.presses(SUN, "发起一项")
    await world.presses(SUN, "老旧小区改造")
    before = len(world.all(SUN))
    await world.presses(SUN, "要动用维修资金")
    assert "过半数同意" in world.last(SUN)
    await world.presses(SUN, "要改建")
    assert "四分之三以上同意" in world.last(SUN)  # the stricter of the two
    await world.presses(SUN, "要改建")
    await world.presses(SUN, "要动用维修资金")
    assert "属于哪些情况" in world.last(SUN)
    assert len(world.all(SUN)) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("加装电梯", "没看懂范围"),
        ("9-9 加装电梯", "没看懂范围"),
        ("3-2", "没看懂范围"),
        ("全体 加装电梯", "按单元或者整栋楼"),
        ("3-2 " + "长" * 61, "不超过60个字"),
    ],
)
async def test_a_scope_that_is_none_is_asked_for_again(world: World, words: str, said: str):
    await deciding.drafted(world, words)
    assert said in world.last(SUN)
    await world.writes(SUN, "3-2 加装电梯")
    assert "草稿" in world.last(SUN)


async def test_a_kind_or_rule_that_is_gone_is_chosen_again(world: World):
    for gone in (PickKind("gone"), PickWay("gone", "0"), ConfirmRule("lift", "", 0),
                 ConfirmRule("lift", "0", 9), TakeTitle("lift", "9", 0)):  # fmt: skip
        await world.does(SUN, gone)
        assert "要决定哪一类事" in world.last(SUN)
        await world.does(ANA, gone)
        assert "由管理员发起" in world.last(ANA)


# --- elections


ELECTION = "不能在这里投。法律要求无记名投票，并设秘密写票处"


async def test_the_residents_committee_is_not_elected_here_whatever_it_is_called(world: World):
    await deciding.drafted(world, "3-2 选举居民委员会主任")
    assert ELECTION in world.last(SUN)
    async with world.storage.begin() as uow:
        assert await uow.matters.get(1) is None


async def test_nor_by_an_edit_of_title_or_text(world: World):
    await deciding.drafted(world)
    for part in ("title", "text"):
        await world.does(SUN, EditMatter(1, part))
        await world.writes(SUN, "是否同意罢免居委会主任？")
        assert ELECTION in world.last(SUN)
    question = (await deciding.matter(world)).matter.question
    assert question.title == "加装电梯" and "罢免" not in question.text


# --- before the notice


async def test_a_resident_sees_no_draft_and_hears_nothing_of_one_that_is_withdrawn(world: World):
    await deciding.drafted(world)
    for who in (ANA, LI):
        await world.writes(who, "事项 1")
        assert "没有找到1号事项" in world.last(who)
        await world.writes(who, "重大事项")
        assert "现在没有正在决定的事项" in world.last(who)
    await world.writes(ZHOU, "事项 1")
    assert "草稿" in world.last(ZHOU)

    await world.writes(SUN, "事项 1")
    await world.presses(SUN, "撤回")
    assert "这份草稿为什么撤回" in world.last(SUN)
    await world.writes(SUN, "方案要改")
    assert await state(world) is State.WITHDRAWN
    assert world.all(BUILDING_3) == []
    await world.writes(ANA, "/start m1")
    assert "没有找到1号事项" in world.last(ANA)


async def test_minutes_as_words_or_as_a_picture_and_a_stage_that_does_not_apply(world: World):
    await deciding.drafted(world)
    await world.presses(SUN, "提议：附会议记录")
    await world.writes(SUN, "3月2日，党支部提议")
    await world.presses(SUN, "商议：附会议记录")
    await world.writes(SUN, "", photo="minutes")
    await world.presses(SUN, "这一步不适用")
    await world.writes(SUN, "   ", photo="nothing")
    assert "为什么不适用" in world.last(SUN)  # a reason is words
    await world.writes(SUN, "没有党员大会")
    assert await state(world) is State.REVIEWED

    await world.presses(SUN, "开始公示")
    await world.presses(SUN, "确认，开始公示")
    await world.presses(SUN, "看全过程")
    story = world.last(SUN)
    assert "组织提议：3月2日，党支部提议" in story
    assert "党员大会审议：不适用：" in story and "没有党员大会" in story
    async with world.storage.begin() as uow:
        notes = await uow.matters.notes(1, "record")
    assert [note.photo is not None for note in notes] == [False, True, False]


async def test_a_record_that_is_empty_is_asked_for_again(world: World):
    await deciding.drafted(world)
    await world.presses(SUN, "提议：附会议记录")
    await world.writes(SUN, "  ", place="31,121")
    assert "请写提议的组织" in world.last(SUN)
    await world.writes(SUN, "党支部提议")
    assert await state(world) is State.PROPOSED


async def test_publishing_cannot_be_skipped_and_nothing_ends_in_another_way(world: World):
    await deciding.counted(world, "同意")
    await world.does(SUN, Skip(1, "publish"))
    assert "现在还不到" in world.last(SUN)
    await world.does(SUN, EndMatter(1, "publish"))
    assert "现在还不到" in world.last(SUN)


# --- details


async def edits(world: World, part: str, words: str) -> None:
    await world.does(SUN, EditMatter(1, part))
    await world.writes(SUN, words)


@pytest.mark.parametrize(
    ("part", "wrong", "said", "right", "value"),
    [
        ("title", "", "不能空着", "换电梯", ("title", "换电梯")),
        ("text", "长" * 1501, "最多1500个字", "同意吗？", ("text", "同意吗？")),
        ("window", "100", "投票要1到60天", "10天", ("window_days", 10)),
        ("window", "一周", "投票要1到60天", "10 days", ("window_days", 10)),
        ("notice", "7", "公示要15到90天", "20", ("notice_days", 20)),
        ("consents", "3-2-999", "不在名单里", "3-2-101、3-2-201", ("consents", 2)),
        ("consents", "全部", "不在名单里", "0", ("consents", 0)),
    ],
)
async def test_details_have_their_limits_and_are_asked_for_again(
    world: World, part: str, wrong: str, said: str, right: str, value: tuple[str, object]
):
    await deciding.drafted(world)
    await edits(world, part, wrong or " ")
    assert said in world.last(SUN)
    await world.writes(SUN, right)
    found = getattr((await deciding.matter(world)).matter.question, value[0])
    assert (len(found) if isinstance(found, tuple) else found) == value[1]
    assert await state(world) is State.DRAFT


async def test_only_wishes_have_options(world: World):
    await deciding.drafted(world)
    await world.does(SUN, EditMatter(1, "options"))
    assert "只能回答同意、不同意、弃权" in world.last(SUN)


async def test_wishes_are_asked_with_options_of_their_own(world: World):
    await world.writes(SUN, "/matters")
    for label in ("发起一项", "老旧小区改造", "只听听大家的意愿", "就按这个"):
        await world.presses(SUN, label)
    await world.writes(SUN, "3号楼 先改哪里")
    await world.presses(SUN, "修改")
    assert "选项" in world.card(SUN, "要改哪里").buttons
    await world.presses(SUN, "选项")
    await world.writes(SUN, "只有一个")
    assert "选项要2到10个" in world.last(SUN)
    await world.writes(SUN, "1. 楼道\n2. 屋顶\n3. 楼道")
    assert "1. 楼道\n2. 屋顶\n" in world.last(SUN)
    await world.does(SUN, SetMatter(1, "effect", "binding"))
    assert "征集意见没有法律效力" in world.last(SUN)
    await edits(world, "options", "0")
    assert "1. 楼道" not in world.last(SUN)


async def test_common_land_is_a_question_of_lifts_alone(world: World):
    await deciding.drafted(world)
    await world.presses(SUN, "修改")
    await world.presses(SUN, "还要占用小区场地")
    assert "邻里花园：业主共同决定" in world.last(SUN)
    await world.does(SUN, SetMatter(1, "land", "no"))
    assert len((await deciding.matter(world)).matter.question.parts) == 1

    await world.writes(SUN, "/matters")
    for label in ("发起一项", "停车管理", "只定管理办法", "就按这个"):
        await world.presses(SUN, label)
    await world.writes(SUN, "停车怎么管")  # concerns everybody: no scope is needed
    assert "邻里花园：业主共同决定" in world.last(SUN)
    await world.does(SUN, SetMatter(2, "land", "yes"))
    assert "现在还不到" in world.last(SUN)


async def test_what_the_law_leaves_open_can_be_set_and_nothing_else(world: World):
    await deciding.drafted(world)
    await world.presses(SUN, "修改")
    assert "不记名" not in "".join(world.card(SUN, "要改哪里").buttons)
    await world.does(SUN, SetMatter(1, "mode", "pseudonymous"))
    assert "业主的表决要实名" in world.last(SUN)
    await world.does(SUN, SetMatter(1, "effect", "binding"))
    assert "先写明依据" in world.last(SUN)
    await world.presses(SUN, "演练")
    assert "演练" in world.last(SUN)
    for part, value in (("mode", "open"), ("effect", "always"), ("gone", "yes")):
        await world.does(SUN, SetMatter(1, part, value))
        assert "现在还不到" in world.last(SUN)
    await world.does(SUN, TakeEdit(1, "gone"))
    assert "现在还不到" in world.last(SUN)


# --- on notice


async def test_the_notice_runs_for_all_its_days(world: World):
    await deciding.noticed(world)
    await world.presses(SUN, "冻结名册")
    assert "1号事项公示到" in world.last(SUN) and "之后才能冻结" in world.last(SUN)
    await world.does(SUN, GiveNotice(1, 1))
    assert "现在还不到" in world.last(SUN)


async def test_an_edit_after_the_notice_begins_its_days_anew(world: World):
    await deciding.noticed(world)
    first = (await deciding.matter(world)).matter
    await deciding.frozen(world)
    assert await state(world) is State.ROLL_FROZEN

    world.forget_what_was_said()
    await world.writes(SUN, "事项 1")
    await world.presses(SUN, "修改")
    assert "从今天起重新公示15天，已冻结的名册作废" in world.last(SUN)
    await edits(world, "text", "是否同意在3号楼2单元加装一部八人电梯？")
    again = await deciding.matter(world)
    assert again.matter.state is State.NOTICED
    assert again.matter.text_hash != first.text_hash and again.matter.roll_hash == ""
    assert again.matter.question.notice_ends_at and first.question.notice_ends_at
    assert again.matter.question.notice_ends_at > first.question.notice_ends_at
    assert again.units == 0
    told = world.last(BUILDING_3)
    assert "已修改，重新公示　1号事项" in told and "八人电梯" in told
    assert again.matter.text_hash[:16] in told

    await deciding.frozen(world)
    assert await state(world) is State.ROLL_FROZEN


async def test_withdrawn_on_notice_everybody_reads_why(world: World):
    await deciding.noticed(world)
    await world.presses(SUN, "撤回")
    await world.writes(SUN, "设计要重做")
    assert "撤回\n设计要重做" in world.last(BUILDING_3)
    await world.writes(ANA, "事项 1")
    assert "已撤回" in world.last(ANA)
    await world.does(SUN, Advance(1, "archive"))
    assert "现在还不到" in world.last(SUN)


# --- the roll


async def test_a_roll_with_a_missing_area_or_without_a_word_on_bays_is_not_frozen(world: World):
    await deciding.noticed(world)
    await deciding.asked(world, parking="")
    nobody_knows = update(v.holdings).where(v.holdings.c.property == "3-2-302").values(area=None)
    async with world.storage.engine.begin() as connection:
        await connection.execute(nobody_knows)
    await deciding.after_the_notice(world)
    await world.presses(SUN, "冻结名册")
    blocked = world.last(SUN)
    assert "名册还不能冻结" in blocked and "车位算不算" in blocked and "3-2-302" in blocked
    assert await state(world) is State.NOTICED


@pytest.mark.parametrize("state_before", [State.REVIEWED, State.NOTICED])
async def test_what_is_said_of_bays_after_the_draft_reaches_the_question(
    world: World, state_before: State
):
    """The rules of procedure were filled in meanwhile; after the notice an edit takes them up."""
    await deciding.reviewed(world)
    if state_before is State.REVIEWED:
        await deciding.asked(world, parking="")
    await world.presses(SUN, "开始公示")
    await world.presses(SUN, "确认，开始公示")
    if state_before is State.NOTICED:
        await deciding.asked(world, parking="")
        await world.writes(SUN, "事项 1")
        await world.presses(SUN, "修改")
        await world.presses(SUN, "题目")
        await world.writes(SUN, "加装电梯（二次公示）")
    await deciding.frozen(world)

    assert "名册已冻结" in world.last(BUILDING_3)
    assert (await deciding.matter(world)).matter.question.parking == "does_not_count"


async def test_a_roll_frozen_late_moves_the_window_by_whole_days(world: World):
    await deciding.noticed(world)
    before = (await deciding.matter(world)).matter
    assert before.opens_at and before.closes_at
    world.clock.now = before.opens_at + timedelta(days=2, hours=1)
    await world.presses(SUN, "冻结名册")
    await world.presses(SUN, "确认，冻结名册")
    after = (await deciding.matter(world)).matter
    assert after.opens_at == before.opens_at + timedelta(days=3)
    assert after.closes_at == before.closes_at + timedelta(days=3)
    assert "名册已冻结" in world.last(BUILDING_3)
    opens = after.opens_at.astimezone(SHANGHAI)
    assert f"投票：{opens.month}月{opens.day}日" in world.last(SUN)
    world.clock.now = after.opens_at
    await deciding.ticks(world)
    assert await state(world) is State.OPEN


async def test_a_vote_is_put_off_when_we_were_away_for_its_whole_window(
    world: World, tmp_path: Path
):
    """It does not end as one in which too few took part: nobody could."""
    await deciding.noticed(world)
    await deciding.frozen(world)
    before = (await deciding.matter(world)).matter
    assert before.opens_at and before.closes_at
    world.clock.now = before.closes_at
    await deciding.ticks(world, 2)
    after = (await deciding.matter(world)).matter
    assert after.state is State.ROLL_FROZEN
    assert after.opens_at == before.opens_at + timedelta(days=8)
    assert after.closes_at == before.closes_at + timedelta(days=8)
    for where in (BUILDING_3, SUN):
        assert "没有人能投。投票改到" in world.last(where)

    world.clock.now = after.opens_at
    await deciding.ticks(world, 2)
    await deciding.votes(world, ANA, "同意")
    await deciding.closed(world)
    assert (await deciding.happened(world))[-4:] == ["postpone", "open", "close", "count"]
    assert check(await deciding.bundled(world, tmp_path)).code == 0


# --- while people vote


async def test_a_vote_is_extended_once_for_a_reason_and_reminds_anew(world: World):
    await deciding.opened(world)
    closes = await deciding.moment(world, "closes_at")
    world.clock.now = closes - timedelta(hours=23)
    await deciding.ticks(world, 2)
    world.forget_what_was_said()
    await world.writes(SUN, "事项 1")
    await world.presses(SUN, "延长投票")
    await world.writes(SUN, "3天")
    assert "请写天数" in world.last(SUN)
    await world.writes(SUN, "99天 下雨")
    assert "请写天数" in world.last(SUN)
    await world.writes(SUN, "3天 暴雨，很多人没收到")
    assert await deciding.moment(world, "closes_at") == closes + timedelta(days=3)
    assert "原因：暴雨，很多人没收到" in world.card(BUILDING_3, "投票延长到").text

    await deciding.ticks(world, 2)
    assert not any("截止。" in text and "由您自己定" in text for text in world.all(LI))
    world.clock.now = closes + timedelta(days=3) - timedelta(hours=24)
    await deciding.ticks(world, 2)
    assert sum("由您自己定" in text for text in world.all(LI)) == 1

    await world.writes(SUN, "事项 1")
    assert "延长投票" not in world.card(SUN, "　负责：").buttons
    await world.does(SUN, Advance(1, "extend"))
    assert "现在还不到" in world.last(SUN)


async def test_a_vote_is_declared_void_and_counts_no_more(world: World):
    await deciding.opened(world)
    await deciding.votes(world, ANA, "同意")
    await world.writes(SUN, "事项 1")
    await world.presses(SUN, "宣布无效")
    assert "群里会看到原因" in world.last(SUN)
    await world.writes(SUN, "题目写错了楼号")
    assert "无效\n题目写错了楼号" in world.last(BUILDING_3)
    await world.writes(LI, "投票 1")
    assert "没有1号投票，或者已经撤回、无效" in world.last(LI)
    world.clock.advance(days=30)
    world.forget_what_was_said()
    await deciding.ticks(world, 2)
    assert world.all(SUN) == world.all(LI) == world.all(BUILDING_3) == []
    assert await state(world) is State.VOID


# --- who answers for it


async def test_whoever_takes_a_matter_over_may_move_it_and_the_former_may_not(world: World):
    await deciding.drafted(world)
    due = await deciding.moment(world, "due_at")
    world.clock.advance(days=1)
    await world.presses(SUN, "交给别人负责")
    await world.presses(SUN, "周警官")
    assert "现在由您负责" in world.last(ZHOU)
    assert await deciding.moment(world, "due_at") == due
    await world.presses(ZHOU, "看详情")
    await world.presses(ZHOU, "提议：附会议记录")
    await world.writes(ZHOU, "党支部提议")
    assert await state(world) is State.PROPOSED
    await world.does(ZHOU, GiveNotice(1, 1))
    assert "现在还不到" in world.last(ZHOU)
    await world.does(WANG, Advance(1, "consult"))
    assert "不由您办" in world.last(WANG)


# --- standing still


async def test_a_stage_that_stands_still_climbs_each_level_once(world: World):
    await world.has_staff(STREET, "赵主任", Role.MEMBER, ["*"], ["*"], level=2,
                          organisation="街道")  # fmt: skip
    await deciding.drafted(world)
    world.forget_what_was_said()
    world.clock.now = await deciding.moment(world, "due_at")
    await deciding.ticks(world, 2)
    assert [t for t in world.all(SUN) if "该提议了" in t] == world.all(SUN) != []
    assert len(world.all(SUN)) == 1 and world.all(HE) == []

    world.clock.advance(days=30)  # the bot was off for a month: the next level, not all of them
    await deciding.ticks(world, 2)
    assert len(world.all(HE)) == 1 and world.all(STREET) == []
    world.clock.advance(days=30)
    await deciding.ticks(world, 2)
    assert len(world.all(STREET)) == 1 and len(world.all(HE)) == 1
    world.clock.advance(days=90)
    await deciding.ticks(world, 2)
    assert (len(world.all(SUN)), len(world.all(HE)), len(world.all(STREET))) == (3, 1, 1)
    assert "由孙管理员负责" in world.last(STREET)


async def test_the_end_of_a_notice_is_said_and_then_has_its_own_time(world: World):
    await deciding.noticed(world)
    world.forget_what_was_said()
    await deciding.after_the_notice(world)
    await deciding.ticks(world, 2)
    assert len(world.all(SUN)) == 1 and "公示期满了" in world.last(SUN)
    world.clock.advance(days=1)
    await deciding.ticks(world)
    assert world.all(HE) == []
    world.clock.advance(days=5)
    await deciding.ticks(world)
    assert "公示期满了" in world.last(HE)


async def test_whoever_took_over_is_reminded_too(world: World):
    await deciding.drafted(world)
    world.clock.now = await deciding.moment(world, "due_at")
    for _ in range(4):
        await deciding.ticks(world)
        world.clock.advance(days=10)
    await world.writes(SUN, "事项 1")
    await world.presses(SUN, "交给别人负责")
    await world.presses(SUN, "周警官")
    world.forget_what_was_said()
    world.clock.advance(days=10)
    await deciding.ticks(world, 2)
    assert len(world.all(ZHOU)) == 1 and "该提议了" in world.last(ZHOU)
    assert world.all(HE) == []


async def test_the_history_is_for_everybody_once_it_is_public(world: World):
    await deciding.noticed(world)
    await world.does(ANA, ShowMatter(1))
    assert "公示中" in world.last(ANA)
    assert "修改" not in world.card(ANA, "公示中").buttons
    await world.presses(ANA, "看全过程")
    assert "开始公示" in world.last(ANA) and "业主自己发起" in world.last(ANA)
