"""Duplicates are one case: joined, heard of once, due when the first of them was, and taken out."""

from datetime import timedelta

import pytest

from casework.joint_actions import Merge, MergeNow, Split
from domain.conversation import Address
from domain.residents import Role
from scheduler.tickets import hear_clocks
from tests.world import ANA, BUILDING_3, HE, LI, SHANGHAI, SUN, WANG, ZHOU, World

LIU = Address("wechat", "liu")  # a secretary who types numbers
WEI = Address("buttons", "104")


@pytest.fixture
async def lamps(world: World) -> World:
    """Ana's lamp is case 1; an hour later Li raises it again as case 2, which Wei supports."""
    await world.has_resident(WEI, "3-1-101", name="Wei")
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(ZHOU, "签收 1")
    world.clock.advance(hours=3)
    await world.writes(LI, "门口的路灯不亮")
    await world.presses(LI, "提交")
    await world.presses(LI, "都不是")
    await world.writes(WEI, "附议 2")
    await world.writes(ZHOU, "签收 2")
    world.forget_what_was_said()
    return world


async def joined(world: World, child: int = 1, parent: int = 2) -> None:
    await world.writes(HE, f"并案 {child} {parent}")
    await world.presses(HE, "确定并案")


async def state_of(world: World, number: int) -> tuple[str, int | None, int]:
    async with world.storage.begin() as uow:
        case = await uow.tickets.get(number)
    assert case
    return case.ticket.state, case.ticket.parent, case.ticket.supporters


async def due(world: World, number: int) -> str:
    async with world.storage.begin() as uow:
        case = await uow.tickets.get(number)
    assert case and case.ticket.resolve_by
    return f"{case.ticket.resolve_by.astimezone(SHANGHAI):%m-%d %H:%M}"


async def test_the_secretary_finds_the_duplicate_sees_both_and_joins_them(lamps: World):
    await lamps.writes(HE, "/work 2")
    await lamps.presses(HE, "并案")
    assert "3号楼门口路灯坏了" in lamps.last(HE)
    await lamps.presses(HE, "并入1号")
    assert "把2号并入1号？" in lamps.last(HE) and "门口的路灯不亮" in lamps.last(HE)
    assert await state_of(lamps, 2) == ("in_progress", None, 1), "nothing is done before that"

    await lamps.presses(HE, "确定并案")
    assert any("2号已并入1号" in text for text in lamps.all(HE))
    assert await state_of(lamps, 2) == ("merged", 1, 1)
    assert await state_of(lamps, 1) == ("in_progress", None, 2)


async def test_what_is_for_the_committee_alone_is_shown_in_no_group(lamps: World):
    """The cases to be joined were shown where the secretary asked, in the residents' group."""
    await lamps.writes(ANA, "门口路灯下有人打架")
    await lamps.presses(ANA, "公开方式")
    await lamps.presses(ANA, "只给居委会看")
    await lamps.presses(ANA, "提交")
    await lamps.presses(ANA, "都不是")
    lamps.forget_what_was_said()

    await lamps.writes(HE, "/merge 3", group=BUILDING_3)
    await lamps.writes(HE, "/merge 3 1", group=BUILDING_3)

    assert "有人打架" in lamps.last(HE)
    assert lamps.all(BUILDING_3) == []


async def test_a_secretary_without_buttons_joins_them_by_numbers(lamps: World):
    await lamps.has_staff(LIU, "刘书记", Role.SECRETARY, ["*"], ["*"])
    await lamps.writes(LIU, "/merge 2")
    await lamps.presses(LIU, "并入1号")
    await lamps.presses(LIU, "确定并案")

    assert await state_of(lamps, 2) == ("merged", 1, 1)
    await lamps.writes(LIU, "/split 2")
    assert lamps.last(LIU) == "2号已从1号拆出，接着办。"


async def test_everybody_is_told_once_and_hears_what_the_other_hears_from_then_on(lamps: World):
    await joined(lamps, 2, 1)
    assert [text for text in lamps.all(LI) if "和1号是同一件事" in text] == lamps.all(LI)
    assert len(lamps.all(WEI)) == 1 and "2号" in lamps.last(WEI)
    assert len(lamps.all(ANA)) == 1 and "邻居提的2号是同一件事" in lamps.last(ANA)
    assert not any(name in text for name in ("Li", "Wei", "Ana") for text in lamps.all(BUILDING_3))

    await lamps.writes(ZHOU, "办结 1 换了灯泡")
    for follower in (ANA, LI, WEI):
        assert "换了灯泡" in lamps.last(follower)


async def test_the_cards_of_a_joined_case_say_where_it_is_and_lose_their_buttons(lamps: World):
    await joined(lamps)

    for chat in (BUILDING_3, ZHOU):
        card = lamps.card(chat, "已并入2号")
        assert card.buttons == {} or "进度" in card.buttons
    assert lamps.card(BUILDING_3, "已并入2号").buttons == {}
    assert "由周警官一并办理" in "".join(lamps.all(ZHOU))


async def test_the_earlier_deadline_wins_and_leaves_with_the_case_that_brought_it(lamps: World):
    assert [await due(lamps, n) for n in (1, 2)] == ["03-05 12:00", "03-05 15:00"]

    await joined(lamps, 1, 2)
    assert await due(lamps, 2) == "03-05 12:00"
    await lamps.writes(HE, "拆分 1")
    assert [await due(lamps, n) for n in (1, 2)] == ["03-05 12:00", "03-05 15:00"]


async def test_taken_out_again_each_is_told_late_at_its_own_deadline(lamps: World):
    """The parent was told late at the time its child brought, and at its own not any more."""
    await joined(lamps, 1, 2)
    lamps.clock.advance(days=3, minutes=5)  # five minutes after the deadline of case 1
    for _ in range(2):
        await lamps.ticks(hear_clocks)
    await lamps.writes(HE, "拆分 1")
    lamps.forget_what_was_said()
    lamps.clock.advance(hours=3)
    await lamps.ticks(hear_clocks)

    assert any("2号" in text and "办结，应在3月5日周四 15:00前" in text for text in lamps.all(ZHOU))


async def test_danger_joins_no_case_that_can_wait_but_takes_it_in(world: World):
    """On a Saturday it took over the lamp's clocks: due on Wednesday, and nobody was reminded."""
    world.clock.advance(days=5)
    await world.writes(ANA, "#建议 3号楼楼道路灯冒烟", group=BUILDING_3)
    await world.writes(LI, "#建议 3号楼楼道路灯着火了", group=BUILDING_3)
    await world.writes(HE, "并案 2 1")
    assert "不能并入1号" in world.last(HE)
    await world.does(HE, MergeNow(2, 1))
    assert (await state_of(world, 2))[0] == "dispatched"

    await world.presses(HE, "并入2号")
    await world.presses(HE, "确定并案")
    assert (await state_of(world, 1))[:2] == ("merged", 2)
    assert await due(world, 2) == "03-08 12:00"


async def test_the_progress_of_a_joined_case_is_that_of_the_one_it_joined(lamps: World):
    await joined(lamps, 2, 1)
    await lamps.presses(LI, "进度")
    assert lamps.last(LI).startswith("2号已并入1号")
    assert "3号楼门口路灯坏了" in lamps.last(LI) and "2号并入" in lamps.last(LI)

    await lamps.writes(SUN, "附议 2")
    assert "1号" in lamps.last(SUN), "who supports it supports the one it joined"


async def test_taken_out_it_is_where_it_was_and_those_it_brought_go_back(lamps: World):
    await joined(lamps, 2, 1)
    lamps.forget_what_was_said()
    await lamps.writes(HE, "拆分 2")

    assert await state_of(lamps, 2) == ("in_progress", None, 1)
    assert await state_of(lamps, 1) == ("in_progress", None, 0)
    assert len(lamps.all(LI)) == 1 and "已单独接着办" in lamps.last(LI)
    assert lamps.all(ANA) == []
    assert "办结" in lamps.card(ZHOU, "门口的路灯不亮").buttons
    await lamps.writes(ZHOU, "办结 1 换了灯泡")
    assert "换了灯泡" not in lamps.last(LI)


async def test_who_supported_both_stays_with_both(lamps: World):
    await lamps.writes(WEI, "附议 1")
    await joined(lamps, 2, 1)
    assert await state_of(lamps, 1) == ("in_progress", None, 2)

    await lamps.writes(HE, "拆分 2")
    assert await state_of(lamps, 1) == ("in_progress", None, 1)
    assert await state_of(lamps, 2) == ("in_progress", None, 1)


async def test_who_came_with_two_duplicates_leaves_only_with_the_last(lamps: World):
    await lamps.writes(WEI, "#建议 路灯坏了", group=BUILDING_3)
    await lamps.presses(WEI, "都不是", group=BUILDING_3)
    await joined(lamps, 2, 1)
    await joined(lamps, 3, 1)
    await lamps.writes(HE, "拆分 2")
    assert await state_of(lamps, 1) == ("in_progress", None, 1), "Wei, who raised case 3"

    await lamps.writes(HE, "拆分 3")
    assert await state_of(lamps, 1) == ("in_progress", None, 0)
    assert await state_of(lamps, 3) == ("dispatched", None, 0)


async def test_a_case_whose_parent_has_ended_stays_in_it(lamps: World):
    await joined(lamps, 2, 1)
    await lamps.writes(ZHOU, "办结 1 换了灯泡")
    await lamps.presses(ANA, "已解决")
    await lamps.writes(HE, "拆分 2")

    assert "1号已经结束，2号拆不出来了" in lamps.last(HE)
    assert (await state_of(lamps, 2))[0] == "merged"


async def test_no_case_joins_itself_nor_one_that_has_joined_it_nor_a_strange_one(lamps: World):
    await lamps.writes(HE, "并案 2 2")
    assert "不能并入自己" in lamps.last(HE)
    await lamps.writes(HE, "并案 2 99")
    assert "没有找到99号" in lamps.last(HE)

    await lamps.writes(ANA, "#建议 电梯停了", group=BUILDING_3)
    await lamps.writes(HE, "并案 3 1")
    assert "不是同一网格、同一类别" in lamps.last(HE)

    await joined(lamps, 2, 1)
    await lamps.writes(HE, "并案 1 2")
    assert "2号自己已经并入别的事项" in lamps.last(HE)
    await lamps.does(HE, MergeNow(1, 2))
    assert (await state_of(lamps, 1))[0] == "in_progress"


async def test_only_the_dispatcher_joins_and_splits(lamps: World):
    for stranger in (ANA, ZHOU, WANG):
        for deed in (Merge(2, 1), MergeNow(2, 1), Split(2)):
            await lamps.does(stranger, deed)
            assert lamps.last(stranger) == "2号不由您办理，不能这样做。"
    assert await state_of(lamps, 2) == ("in_progress", None, 1)


async def test_a_confirmation_pressed_twice_is_done_once(lamps: World):
    await joined(lamps, 2, 1)
    await lamps.does(HE, MergeNow(2, 1))

    assert "1号现在不能" in lamps.last(HE) or "2号现在不能" in lamps.last(HE)
    assert await state_of(lamps, 1) == ("in_progress", None, 2)


async def test_who_came_with_a_duplicate_and_supports_the_other_too_stays(lamps: World):
    """Wei was told that she had supported it already, and at the split she was gone."""
    await joined(lamps, 2, 1)
    await lamps.writes(WEI, "附议 1")
    await lamps.writes(HE, "拆分 2")

    async with lamps.storage.begin() as uow:
        wei = await uow.residents.visitor(WEI, WEI)
        assert wei and await uow.tickets.supporters(1) == {wei.person.id}
    assert (await state_of(lamps, 1))[2] == 1


async def test_a_merger_is_no_sign_of_life_of_those_it_brings(lamps: World):
    began = lamps.clock()
    lamps.clock.advance(days=40)
    await joined(lamps)
    async with lamps.storage.begin() as uow:
        assert await uow.health.reports(BUILDING_3, began + timedelta(days=30)) == {}

    await lamps.writes(ANA, "附议 2")
    async with lamps.storage.begin() as uow:
        ana = await uow.residents.visitor(ANA, ANA)
        assert ana and list(await uow.health.reports(BUILDING_3, began + timedelta(days=30))) == [
            ana.person.id
        ]
