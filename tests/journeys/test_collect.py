"""Story 1: a resident says what is wrong, in the group or privately, and a neighbour joins in."""

import pytest

from casework.actions import SubmitDraft, Undo
from domain.conversation import Address, Inbound
from handlers.residents import ForgetMe
from tests.world import ANA, BUILDING_3, HE, LI, MEI, WANG, ZHOU, World

LI_IN_GROUP = Address("buttons", "102")  # never wrote to the bot alone


async def test_a_suggestion_in_the_group_becomes_one_card_and_a_task_for_the_officer(world: World):
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)

    (card,) = world.buttons.chat(BUILDING_3.chat)
    assert card.text == (
        "1号　公共设施\n3号楼门口路灯坏了\n周警官负责，3月2日周一 17:30前签收\n👍 0 人附议"
    )
    assert list(card.buttons) == ["👍 附议", "进度"]
    assert "反映人：Ana，3-1-101" in world.last(ZHOU)
    assert world.last(ANA).startswith("收到了，1号（公共设施）。")


async def test_the_group_never_reads_a_name_or_a_door(world: World):
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.presses(ZHOU, "签收")

    assert not any(w in text for text in world.all(BUILDING_3) for w in ("Ana", "101", "反映人：A"))


async def test_li_reports_the_same_lamp_and_joins_ana(world: World):
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)

    await world.writes(LI, "3号楼门口的路灯不亮")
    await world.presses(LI, "提交")
    assert "1号　3号楼门口路灯坏了　👍0" in world.last(LI)
    await world.presses(LI, "附议 1号")

    assert world.last(LI) == "已附议1号，现在共1人。有消息一起通知您。"
    assert "👍 1 人附议" in world.last(BUILDING_3)
    assert len(world.buttons.chat(BUILDING_3.chat)) == 1  # the card was edited, nothing was added


async def test_supporters_hear_what_the_author_hears(world: World):
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(LI, "附议 1")
    world.forget_what_was_said()

    await world.writes(ZHOU, "签收 1")
    await world.writes(ZHOU, "办结 1 换了灯泡")

    assert "周警官已签收" in world.all(LI)[0]
    assert "换了灯泡" in world.all(LI)[1]


async def test_step_by_step_on_one_card_that_changes_in_place(world: World):
    await world.writes(ANA, "电梯有怪声")
    (draft,) = world.buttons.chat(ANA.chat)
    await world.presses(ANA, "改类别")
    await world.presses(ANA, "噪音")
    await world.presses(ANA, "公开方式")
    await world.presses(ANA, "不署名")
    assert "类别：噪音" in draft.text and "谁能看到：不署名" in draft.text

    await world.presses(ANA, "加照片或地点")
    await world.writes(ANA, "2单元", photo="photo-1")
    assert "地点：2单元" in world.last(ANA) and "照片或语音：有" in world.last(ANA)
    await world.presses(ANA, "提交")

    task = world.card(ZHOU, "电梯有怪声")
    assert "反映人：匿名" in task.text and "地点：2单元" in task.text
    assert task.picture and task.picture.ref == "photo-1"


async def test_an_album_is_answered_with_one_card(world: World):
    """Each of its pictures comes by itself, and each brought the same card anew."""
    await world.writes(ANA, "电梯有怪声", photo="photo-1")
    for photo in ("photo-2", "photo-3"):
        world.clock.advance(seconds=1)
        await world.writes(ANA, "", photo=photo)
    assert len(world.all(ANA)) == 1

    world.clock.advance(minutes=1)
    await world.writes(ANA, "", photo="photo-4")
    assert len(world.all(ANA)) == 2


async def test_what_only_the_committee_may_see_has_no_card_and_no_reader(world: World):
    await world.writes(ANA, "楼上太吵")
    await world.presses(ANA, "公开方式")
    await world.presses(ANA, "只给居委会看")
    await world.presses(ANA, "提交")

    assert world.all(BUILDING_3) == []
    await world.writes(LI, "进度 1")
    assert world.last(LI) == "没有找到1号，或您看不了这一件。"
    await world.writes(LI, "附议 1")
    assert world.last(LI) == "没有找到1号，或您看不了这一件。"


async def test_a_visitor_without_a_code_is_heard_and_the_secretary_gets_it(world: World):
    await world.writes(MEI, "路口积水")
    await world.presses(MEI, "提交")

    assert "反映人：未留称呼，未登记住处" in world.last(HE)


async def test_replying_suggest_registers_the_neighbours_words(world: World):
    await world.writes(LI_IN_GROUP, "/suggest", group=BUILDING_3, quoted="电梯又停了", to_bot=True)

    assert "电梯又停了" in world.last(BUILDING_3)


async def test_somebody_who_never_wrote_to_us_is_served_in_the_group_alone(world: World):
    await world.writes(LI_IN_GROUP, "#投诉 楼上太吵", group=BUILDING_3)
    await world.presses(LI_IN_GROUP, "进度", group=BUILDING_3)

    assert world.all(LI_IN_GROUP) == []
    assert world.last(BUILDING_3).startswith("请先点我的头像")


async def test_undo_works_for_two_minutes(world: World):
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    world.clock.advance(minutes=2)
    await world.presses(ANA, "撤回（2分钟内）")

    assert world.last(ANA) == "1号已撤回。"
    assert world.last(BUILDING_3) == "1号　公共设施\n反映人已撤回"
    assert world.card(ZHOU, "1号").buttons == {}


async def test_undo_is_refused_a_second_later(world: World):
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    world.clock.advance(minutes=2, seconds=1)
    await world.does(ANA, Undo(1))

    assert world.last(ANA).startswith("两分钟已过")


async def test_a_strangers_client_cannot_undo_or_submit_for_ana(world: World):
    await world.writes(ANA, "路灯坏了")
    draft = next(iter(world.buttons.chat(ANA.chat)[-1].buttons.values()))
    await world.does(MEI, SubmitDraft(int(draft.split(":")[1])))
    assert world.last(MEI).startswith("这份草稿已经处理过了")

    await world.presses(ANA, "提交")
    await world.does(MEI, Undo(1))
    assert world.last(MEI) == "1号不由您办理，不能这样做。"


async def test_the_same_update_twice_opens_one_case(world: World):
    said = Inbound("same", ANA, BUILDING_3, "#建议 路灯坏了")
    await world.receives(said)
    await world.receives(said)

    assert len(world.all(BUILDING_3)) == 1
    async with world.storage.begin() as uow:
        assert await uow.tickets.count_open() == 1


async def test_neighbours_who_chat_are_left_alone(world: World):
    await world.writes(ANA, "今晚谁打麻将", group=BUILDING_3)

    assert world.all(BUILDING_3) == world.all(ANA) == []


async def test_thanks_in_reply_to_a_card_is_no_new_case(world: World):
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    await world.writes(ANA, "谢谢", group=BUILDING_3, answers=True)

    assert len(world.all(BUILDING_3)) == 1


async def test_naming_the_bot_in_the_group_is_a_suggestion(world: World):
    await world.writes(ANA, "路灯坏了", group=BUILDING_3, to_bot=True)

    assert "周警官负责" in world.last(BUILDING_3)


async def test_a_photo_without_words_is_shown_as_one_and_never_as_deleted(world: World):
    """A card of a photo alone used to say that its author had it deleted."""
    await world.writes(ANA, "#建议", group=BUILDING_3, photo="photo-1")

    assert "（有照片或语音）" in world.last(BUILDING_3)
    assert (
        "（有照片或语音）"
        in world.card(ZHOU if "其他" not in world.last(BUILDING_3) else HE, "1号").text
    )
    await world.writes(ANA, "/mine")
    assert "（有照片或语音）" in world.last(ANA)
    assert not any("删除" in text for text in world.all(ANA) + world.all(BUILDING_3))


async def test_what_is_forgotten_reads_as_deleted_in_lists_too(world: World):
    """A list showed an empty line where the words had been."""
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(LI, "附议 1")
    await world.does(ANA, ForgetMe(1))

    await world.writes(LI, "我的")
    assert "（内容已按本人要求删除）" in world.last(LI)


async def test_a_photo_alone_is_offered_to_nobody_as_the_same_thing(world: World):
    """Two photos without words were as alike as can be: empty equals empty."""
    await world.writes(ANA, "#建议", group=BUILDING_3, photo="photo-1")
    await world.writes(MEI, "#建议", group=BUILDING_3, photo="photo-2")
    await world.writes(MEI, "#建议 灯", group=BUILDING_3)

    assert [text.split("\u3000")[0] for text in world.all(BUILDING_3)] == ["1号", "2号", "3号"]


async def test_who_joins_a_case_that_has_ended_meanwhile_loses_no_words(world: World):
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(ZHOU, "签收 1")
    await world.writes(LI, "门口的路灯坏了，晚上看不见台阶，差点摔倒")
    await world.presses(LI, "提交")
    offered = world.last(LI)
    await world.writes(ZHOU, "办结 1 换了灯泡")
    await world.presses(ANA, "已解决")
    await world.presses(LI, "附议 1号")

    assert "附议 1号" in offered and "1号已经结束了" in world.all(LI)[-2]
    await world.presses(LI, "提交")
    assert "差点摔倒" in world.card(ZHOU, "2号").text


async def test_the_category_her_author_chose_stays_when_she_writes_on(world: World):
    await world.writes(ANA, "楼下路灯嗡嗡响个不停")
    await world.presses(ANA, "改类别")
    await world.presses(ANA, "噪音")
    await world.writes(ANA, "晚上十点以后特别响")
    assert "类别：噪音" in world.last(ANA) and "特别响" in world.last(ANA)


async def test_until_she_chooses_the_category_follows_her_words(world: World):
    await world.writes(ANA, "又坏了")
    assert "类别：其他" in world.last(ANA)
    await world.writes(ANA, "就是门口的路灯")
    assert "类别：公共设施" in world.last(ANA)


@pytest.mark.parametrize("who", [ANA, LI])
async def test_who_writes_cancel_begins_anew_the_next_day(world: World, who: Address):
    """The draft stayed, and what was written the next day was added to it."""
    await world.writes(who, "路灯坏了，算了")
    await world.writes(who, "取消")
    assert world.last(who) == "好的，没有登记。"

    world.clock.advance(hours=20)
    await world.writes(who, "电梯又停了")
    assert "电梯又停了" in world.last(who) and "路灯" not in world.last(who)


async def test_to_leave_a_question_about_the_draft_keeps_the_draft(world: World):
    await world.writes(ANA, "电梯有怪声")
    await world.presses(ANA, "加照片或地点")
    await world.writes(ANA, "取消")
    assert world.last(ANA) == "好的，不用管它了。"

    await world.presses(ANA, "提交")
    assert "电梯有怪声" in world.last(WANG)
