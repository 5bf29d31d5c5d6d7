"""Several people, one case: the lead asks, everybody does their share, and only then it is done."""

import pytest

from casework.joint_actions import (
    CannotHelp,
    Cooperate,
    Helped,
    RateHelp,
    SeeShares,
    TakeHelped,
    TakeShare,
    Waive,
)
from domain.conversation import Address
from domain.residents import Role
from domain.subtasks import Subtask
from scheduler.tickets import hear_clocks
from tests.world import ANA, BUILDING_3, HE, LI, STAFF_ROOM, SUN, WANG, ZHOU, World

STREET = Address("wechat", "street")


@pytest.fixture
async def lamp(world: World) -> World:
    """Ana's lamp is case 1 and Zhou is on it; Wang, who has no buttons, could lend a ladder."""
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(ZHOU, "签收 1")
    return world


async def asked(world: World, words: str = "借一架梯子") -> None:
    await world.presses(ZHOU, "请配合")
    await world.presses(ZHOU, "王师傅")
    await world.writes(ZHOU, words)


async def shares(world: World, number: int = 1) -> list[Subtask]:
    async with world.storage.begin() as uow:
        return await uow.subtasks.of(number)


async def state_of(world: World, number: int = 1) -> str:
    async with world.storage.begin() as uow:
        case = await uow.tickets.get(number)
    assert case
    return case.ticket.state


async def test_zhou_asks_wang_who_has_it_privately_and_does_it_with_a_photo(lamp: World):
    await asked(lamp)
    assert lamp.last(ZHOU).startswith("已请王师傅配合1号")
    card = lamp.last(WANG)
    assert "请配合" in card and "周警官：借一架梯子" in card and "反映人：Ana" in card

    await lamp.presses(WANG, "完成")
    await lamp.writes(WANG, "已借到", photo="ladder")
    told = lamp.card(ZHOU, "王师傅已完成配合")
    assert "已借到" in told.text and told.picture and told.picture.ref == "ladder"
    assert "谢谢" in lamp.last(WANG) and lamp.card(WANG, "1号的配合：已完成 ✓")


async def test_wang_asks_zhou_by_a_command_and_zhou_answers_with_buttons(world: World):
    await world.writes(ANA, "#建议 电梯停了", group=BUILDING_3)
    await world.writes(WANG, "签收 1")
    await world.writes(WANG, "/cooperate 1")
    await world.presses(WANG, "周警官")
    await world.writes(WANG, "维持秩序")

    card = world.card(ZHOU, "王师傅：维持秩序")
    assert list(card.buttons) == ["完成", "做不了", "进度"]
    await world.presses(ZHOU, "完成")
    await world.writes(ZHOU, "人都散了")
    assert "周警官已完成配合：\n人都散了" in world.last(WANG)
    assert card.buttons == {} and "已完成" in card.text


async def test_zhou_cannot_finish_while_wang_is_at_it_and_is_told_how_many_are(lamp: World):
    await asked(lamp)
    await lamp.presses(ZHOU, "办结")
    refused = lamp.card(ZHOU, "1号还有1项配合没有完成")
    assert list(refused.buttons) == ["看配合情况"]
    await lamp.writes(ZHOU, "办结 1 换了灯泡")
    assert "还有1项" in lamp.last(ZHOU) and await state_of(lamp) == "in_progress"

    await lamp.presses(ZHOU, "看配合情况")
    assert "王师傅：借一架梯子（进行中）" in lamp.last(ZHOU)
    await lamp.does(WANG, TakeHelped((await shares(lamp))[0].id))  # without a word or a photo
    assert await state_of(lamp) == "in_progress" and (await shares(lamp))[0].is_open
    await lamp.writes(WANG, "我的")
    await lamp.presses(WANG, "打开 1号")
    await lamp.presses(WANG, "完成")
    await lamp.writes(WANG, "借到了")
    await lamp.writes(ZHOU, "办结 1 换了灯泡")
    assert await state_of(lamp) == "handled"


async def test_what_cannot_be_done_goes_to_the_lead_and_the_secretary_who_waives_it(lamp: World):
    await asked(lamp)
    await lamp.presses(WANG, "做不了")
    await lamp.writes(WANG, "梯子坏了")
    for place in (ZHOU, HE):
        assert "王师傅说配合做不了：\n梯子坏了" in lamp.last(place)
    await lamp.writes(ZHOU, "办结 1 换了灯泡")
    assert "还有1项" in lamp.last(ZHOU), "a reason alone changes nothing"

    await lamp.presses(HE, "免除王师傅")
    assert lamp.last(ZHOU) == lamp.last(WANG) == "1号不再需要王师傅配合。"
    assert lamp.card(WANG, "已免除")
    await lamp.writes(ZHOU, "办结 1 换了灯泡")
    assert await state_of(lamp) == "handled"


async def test_a_share_is_never_waived_without_a_reason(lamp: World):
    await asked(lamp)
    await lamp.does(ZHOU, SeeShares(1))
    await lamp.presses(ZHOU, "免除王师傅")
    assert "为什么不再需要王师傅配合" in lamp.last(ZHOU)
    assert (await shares(lamp))[0].is_open

    await lamp.writes(ZHOU, "物业来了")
    assert (await shares(lamp))[0].state == "waived"


async def test_the_lead_rates_each_co_operation_after_finishing(lamp: World):
    await asked(lamp)
    share = (await shares(lamp))[0]
    await lamp.presses(WANG, "完成")
    await lamp.writes(WANG, "借到了")
    await lamp.does(ZHOU, RateHelp(share.id, 5))
    assert (await shares(lamp))[0].rating is None, "not before the end"

    await lamp.writes(ZHOU, "办结 1 换了灯泡")
    assert "王师傅的配合，您满意吗？" in lamp.last(ZHOU)
    await lamp.presses(ZHOU, "基本满意")
    assert (await shares(lamp))[0].rating == 3
    for level in (0, 6):
        await lamp.does(ZHOU, RateHelp(share.id, level))
    await lamp.does(WANG, RateHelp(share.id, 5))
    assert (await shares(lamp))[0].rating == 3


async def test_an_anonymous_author_stays_so_for_those_who_co_operate(world: World):
    await world.writes(ANA, "3号楼门口路灯坏了")
    await world.presses(ANA, "公开方式")
    await world.presses(ANA, "不署名")
    await world.presses(ANA, "提交")
    await world.writes(ZHOU, "签收 1")
    await asked(world)

    assert "反映人：匿名" in world.last(WANG)
    await world.presses(WANG, "进度")
    assert not any("Ana" in text or "3-1-101" in text for text in world.all(WANG))


async def test_who_co_operates_may_read_a_case_for_the_committee_alone(world: World):
    await world.writes(ANA, "楼上太吵")
    await world.presses(ANA, "公开方式")
    await world.presses(ANA, "只给居委会看")
    await world.presses(ANA, "提交")
    await world.writes(ZHOU, "签收 1")
    await world.writes(WANG, "进度 1")
    assert "没有找到1号" in world.last(WANG)

    await asked(world, "一起去看看")
    await world.presses(WANG, "进度")
    assert "楼上太吵" in world.last(WANG) and "请王师傅配合" in world.last(WANG)


async def test_nobody_but_those_it_concerns_can_do_anything_with_a_share(lamp: World):
    for stranger in (ANA, LI, WANG, HE):
        await lamp.does(stranger, Cooperate(1))
        await lamp.does(stranger, TakeShare(1, 1))
    assert await shares(lamp) == []

    await asked(lamp)
    share = (await shares(lamp))[0].id
    for stranger in (ANA, LI, ZHOU, HE, SUN):
        await lamp.does(stranger, Helped(share))
        await lamp.does(stranger, CannotHelp(share))
        assert lamp.last(stranger) == "1号不由您办理，不能这样做。"
    for stranger in (ANA, LI, WANG):
        await lamp.does(stranger, Waive(share))
        assert lamp.last(stranger) == "1号不由您办理，不能这样做。"
        await lamp.does(stranger, SeeShares(1))
        assert "没有找到1号" in lamp.last(stranger)
    await lamp.does(ANA, Helped(99))
    assert "没有这项配合" in lamp.last(ANA)
    assert [s.state for s in await shares(lamp)] == ["open"]


async def test_nobody_is_asked_twice_at_a_time_nor_the_lead_himself(lamp: World):
    await asked(lamp)
    await lamp.writes(ZHOU, "请配合 1")
    assert not {"王师傅", "周警官"} & set(lamp.card(ZHOU, "1号请谁配合").buttons)

    share = (await shares(lamp))[0]
    await lamp.does(ZHOU, TakeShare(1, share.staff))
    assert len(await shares(lamp)) == 1


async def test_my_list_names_what_others_asked_of_me(lamp: World):
    await asked(lamp)
    await lamp.writes(WANG, "我的")
    assert "请您配合的有 1 项" in lamp.last(WANG)

    await lamp.presses(WANG, "打开 1号")
    assert "周警官：借一架梯子" in lamp.last(WANG)


async def test_my_list_has_nothing_of_a_case_that_has_ended(lamp: World):
    """It stood there for ever, and could not be opened."""
    await asked(lamp)
    await lamp.writes(ANA, "撤回 1")
    await lamp.writes(WANG, "我的")

    assert "请您配合" not in lamp.last(WANG)


async def test_it_works_from_the_staff_group_as_well(world: World):
    await world.has_group(STAFF_ROOM, "staff")
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    await world.presses(ZHOU, "签收", group=STAFF_ROOM)
    await world.presses(ZHOU, "请配合", group=STAFF_ROOM)
    await world.presses(ZHOU, "王师傅", group=STAFF_ROOM)
    await world.writes(ZHOU, "借一架梯子", group=STAFF_ROOM, answers=True)

    assert "借一架梯子" in world.last(WANG)


async def test_whose_case_climbed_stays_on_it_and_holds_nobody_up(lamp: World):
    office = {"level": 2, "organisation": "花园街道"}
    await lamp.has_staff(STREET, "李科长", Role.MEMBER, ["*"], ["*"], **office)
    card = lamp.card(ZHOU, "反映人")
    lamp.clock.advance(days=3)
    await lamp.ticks(hear_clocks)
    await lamp.ticks(hear_clocks)

    assert [(s.kind, s.state) for s in await shares(lamp)] == [("stays", "open")]
    assert list(card.buttons) == ["完成", "做不了", "进度"] and "您仍要配合" in card.text
    await lamp.writes(STREET, "签收 1")
    await lamp.writes(STREET, "办结 1 换了灯泡")
    assert await state_of(lamp) == "handled"
