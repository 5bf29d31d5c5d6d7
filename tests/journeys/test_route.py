"""Story 2: the right person has it, takes it, asks, gets help, hands it back, finishes."""

import pytest

from casework.actions import Assign, Finish, Sign
from domain.conversation import Address
from domain.residents import Role
from scheduler.tickets import hear_clocks
from tests.world import (
    ANA,
    BUILDING_3,
    HE,
    LI,
    MEI,
    STAFF_ROOM,
    SUN,
    WANG,
    ZHOU,
    World,
)


@pytest.fixture
async def lamp(world: World) -> World:
    """Ana's lamp is case 1, Zhou has it, and what was said so far is forgotten."""
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    return world


async def test_zhou_accepts_and_everybody_sees_by_when(lamp: World):
    await lamp.presses(ZHOU, "签收")

    assert lamp.last(ZHOU) == "1号已签收，3月5日周四 12:00前办结。"
    assert list(lamp.card(ZHOU, "反映人").buttons) == [
        *("办结", "提问", "退回", "请配合", "求助", "挂账", "延期"),
    ]
    assert "周警官正在办理，3月5日周四 12:00前办结" in lamp.last(BUILDING_3)
    assert "周警官已签收" in lamp.last(ANA)


async def test_wang_has_lifts_in_every_grid_and_types_numbers(world: World):
    await world.writes(ANA, "#建议 电梯停了", group=BUILDING_3)
    assert "4. " not in world.last(WANG)  # three steps: sign, hand back, get help

    await world.presses(WANG, "签收")
    assert "王师傅正在办理" in world.last(BUILDING_3)
    await world.writes(WANG, "/done 1 修好了")
    assert "修好了" in world.last(ANA)


async def test_zhou_asks_ana_and_the_answer_comes_back_to_the_case(lamp: World):
    await lamp.presses(ZHOU, "签收")
    await lamp.presses(ZHOU, "提问")
    await lamp.writes(ZHOU, "是哪一盏？")
    assert "是哪一盏？" in lamp.last(ANA)
    assert "等反映人补充" in lamp.last(BUILDING_3)

    await lamp.presses(ANA, "回答")
    await lamp.writes(ANA, "左边那盏", photo="p7")

    answer = lamp.card(ZHOU, "左边那盏")
    assert answer.picture and answer.picture.ref == "p7"
    assert "周警官正在办理" in lamp.last(BUILDING_3)


async def test_a_return_goes_to_the_secretary_who_names_somebody(lamp: World):
    await lamp.presses(ZHOU, "退回")
    await lamp.presses(ZHOU, "不是我的职责")
    assert "周警官：不是我的职责" in lamp.last(HE)
    assert lamp.card(ZHOU, "反映人").buttons == {}

    await lamp.presses(HE, "转办")
    await lamp.presses(HE, "王师傅")

    assert "王师傅负责" in lamp.last(BUILDING_3)
    assert "反映人：Ana" in lamp.last(WANG)
    assert lamp.card(ZHOU, "1号已转给王师傅")
    assert lamp.last(ANA) == "1号（3号楼门口路灯坏了）已转给王师傅办理。"


async def test_a_refused_return_is_final(lamp: World):
    await lamp.presses(ZHOU, "退回")
    await lamp.presses(ZHOU, "不在我的片区")
    await lamp.presses(HE, "不同意退回")
    assert "退回没有批准" in lamp.card(ZHOU, "退回没有批准").text

    await lamp.presses(ZHOU, "退回")
    await lamp.presses(ZHOU, "重复")
    assert "不能再退" in lamp.last(ZHOU)


async def test_help_reaches_the_secretary_and_advice_comes_back(lamp: World):
    await lamp.presses(ZHOU, "求助")
    await lamp.writes(ZHOU, "没有登高车")
    assert "周警官：没有登高车" in lamp.last(HE)

    await lamp.presses(HE, "给意见")
    await lamp.writes(HE, "向物业借")
    assert lamp.last(ZHOU) == "1号书记的意见：\n向物业借"


async def test_mine_lists_the_nearest_deadline_first(world: World):
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    await world.presses(ZHOU, "签收")  # due in three days; the next in four hours
    await world.writes(ANA, "#投诉 楼上太吵", group=BUILDING_3)
    await world.writes(ZHOU, "/mine")

    text = world.last(ZHOU)
    assert text.startswith("您手上有 2 件") and text.index("2号") < text.index("1号　")
    await world.presses(ZHOU, "打开 2号")
    assert "楼上太吵" in world.last(ZHOU)


async def test_the_whole_of_it_works_from_the_staff_group(world: World):
    await world.has_group(STAFF_ROOM, "staff")
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    assert "Ana" not in world.last(STAFF_ROOM)

    await world.presses(ZHOU, "签收", group=STAFF_ROOM)
    assert world.last(STAFF_ROOM) == "1号已签收，3月5日周四 12:00前办结。"
    await world.presses(ZHOU, "办结", group=STAFF_ROOM)
    await world.writes(ZHOU, "中午吃什么", group=STAFF_ROOM)  # not a reply: only talk
    await world.writes(ZHOU, "换了灯泡", group=STAFF_ROOM, answers=True)

    assert world.last(STAFF_ROOM) == "1号已办结，正在请反映人确认。"
    assert "换了灯泡" in world.last(ANA)


async def test_who_does_not_hold_it_cannot_move_it(lamp: World):
    for stranger in (ANA, MEI, HE):
        await lamp.does(stranger, Sign(1))
        assert lamp.last(stranger) == "1号不由您办理，不能这样做。"
    await lamp.does(MEI, Assign(1, 1))
    assert lamp.last(MEI) == "1号不由您办理，不能这样做。"
    assert "等待" in lamp.last(BUILDING_3) or "签收" in lamp.last(BUILDING_3)


async def test_finished_before_accepted_is_refused_in_words(lamp: World):
    await lamp.does(ZHOU, Finish(1))

    assert lamp.last(ZHOU).startswith("1号现在不能这样做")


async def test_where_nobody_has_joined_it_waits_and_goes_to_the_first_who_does(world: World):
    async with world.storage.begin() as uow:
        for staff in await uow.staff.all():
            await uow.staff.join(staff.id, None)
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    assert "正在安排承办人" in world.last(BUILDING_3)

    newcomer = Address("wechat", "newcomer")
    await world.has_staff(newcomer, "李主任", Role.SECRETARY, ["*"], ["*"])
    await world.writes(newcomer, "我的")

    assert "李主任负责" in world.last(BUILDING_3)


async def test_the_admin_dispatches_while_no_secretary_has_joined(lamp: World):
    async with lamp.storage.begin() as uow:
        secretary = next(s for s in await uow.staff.all() if s.role is Role.SECRETARY)
        await uow.staff.join(secretary.id, None)
    await lamp.presses(ZHOU, "退回")
    await lamp.presses(ZHOU, "权属不清")

    assert "周警官：权属不清" in lamp.last(SUN)


async def test_a_question_and_an_answer_may_be_a_photo_alone(lamp: World):
    """Ana was asked an empty line, and the story of the case left out what was shown."""
    await lamp.presses(ZHOU, "签收")
    await lamp.presses(ZHOU, "提问")
    await lamp.writes(ZHOU, "", photo="which-one")
    assert lamp.last(ANA).endswith("承办人想问：\n（有照片或语音）")

    await lamp.writes(ANA, "进度 1")
    assert "（有照片或语音）" in lamp.last(ANA)


async def test_the_secretary_is_not_offered_members_while_ana_is_being_asked(lamp: World):
    """She was shown all members, and whomever she chose was refused."""
    await lamp.presses(ZHOU, "签收")
    await lamp.writes(ZHOU, "提问 1 是哪一盏？")

    await lamp.writes(ZHOU, "求助 1 找不到")
    assert list(lamp.card(HE, "找不到").buttons) == ["给意见"]
    await lamp.writes(HE, "/work 1")
    assert lamp.card(HE, "反映人").buttons == {}
    await lamp.writes(HE, "转办 1")
    assert "1号现在不能这样做" in lamp.last(HE)


async def test_a_question_that_reaches_nobody_is_not_asked(lamp: World):
    """Ana has blocked the bot; it counted as first contact, and the deadline waited for her."""
    async with lamp.storage.begin() as uow:
        await uow.residents.blocked(ANA, lamp.clock())
    await lamp.writes(ZHOU, "签收 1")
    for asked in ("提问 1", "提问 1 是哪一盏？"):
        await lamp.writes(ZHOU, asked)
        assert lamp.last(ZHOU).startswith("1号的反映人现在收不到我的消息，所以没有问。")

    async with lamp.storage.begin() as uow:
        case = await uow.tickets.get(1)
        events = [e.event for e in await uow.tickets.events(1)]
    assert case and case.ticket.state == "in_progress"
    assert events == ["submit", "accept", "sign"]


async def test_an_answer_that_comes_late_still_reaches_the_holder(lamp: World):
    """Ana was asked for her words when nobody waited for them any more, and they were lost."""
    await lamp.writes(ZHOU, "签收 1")
    await lamp.writes(ZHOU, "提问 1 是哪一盏？")
    for _ in range(4):
        lamp.clock.advance(days=1)
        await lamp.ticks(hear_clocks)
    await lamp.presses(ANA, "回答")
    await lamp.writes(ANA, "三单元门口左边那盏")

    assert lamp.last(ANA) == "您的回答已转给1号的承办人。"
    assert lamp.card(ZHOU, "三单元门口左边那盏")
    async with lamp.storage.begin() as uow:
        notes = [(n.kind, n.text) for n in await uow.tickets.notes(1)]
    assert ("answer", "三单元门口左边那盏") in notes


async def test_whose_case_has_ended_is_asked_for_no_words(lamp: World):
    await lamp.writes(ZHOU, "签收 1")
    await lamp.writes(ZHOU, "提问 1 是哪一盏？")
    await lamp.writes(ANA, "撤回 1")
    await lamp.presses(ANA, "回答")

    assert lamp.last(ANA).startswith("1号现在不能这样做")


async def test_without_buttons_a_number_can_be_the_answer(world: World):
    """It pressed 取消, the one choice under the question for words."""
    await world.writes(LI, "路灯坏了，黑漆漆的")
    await world.presses(LI, "提交")
    await world.writes(ZHOU, "签收 1")
    await world.writes(ZHOU, "提问 1 第几盏灯？")
    await world.presses(LI, "回答")
    assert "发“取消”" in world.last(LI) and "1. " not in world.last(LI)

    await world.writes(LI, "1")
    assert world.last(LI) == "您的回答已转给1号的承办人。"

    await world.writes(ZHOU, "提问 1 亮几次？")
    await world.presses(LI, "回答")
    await world.writes(LI, "取消")
    assert world.last(LI) == "好的，不用管它了。"


async def test_the_secretary_hears_at_once_of_a_case_whose_holder_cannot_be_told(world: World):
    """Zhou has blocked the bot: nobody heard of the case until it was a day late."""
    async with world.storage.begin() as uow:
        await uow.residents.blocked(ZHOU, world.clock())
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    assert world.last(HE).startswith("1号派给了周警官，但现在收不到我的消息")

    await world.presses(HE, "转办")
    await world.presses(HE, "王师傅")
    await world.presses(HE, "不在岗")
    assert "3号楼门口路灯坏了" in world.last(WANG)
