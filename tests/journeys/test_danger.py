"""Somebody is in danger now: whom to call is read first, and the people on duty hear at once."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from casework.actions import Undo
from domain.conversation import Address
from domain.residents import Role
from handlers.residents import ForgetMe
from scheduler.budget import release_held
from scheduler.questions import raise_questions
from scheduler.tickets import hear_clocks
from tests.world import ANA, BUILDING_3, COMMUNITY, HE, LI, WANG, ZHOU, World

STREET = Address("wechat", "street")
AS_IT_COMES = replace(COMMUNITY, quiet=((time(12), time(14)), (time(21), time(8))))


@pytest.fixture
async def night(world: World) -> World:
    """23:00, in the quiet hours of config.yaml."""
    office = {"level": 2, "organisation": "花园街道"}
    await world.has_staff(STREET, "李科长", Role.MEMBER, ["*"], ["*"], **office)
    world.clock.advance(hours=11)
    return World(world.storage, world.clock, AS_IT_COMES)


async def passes(world: World, **time: float) -> None:
    world.clock.advance(**time)
    await world.ticks(hear_clocks)
    await world.ticks(release_held)


async def test_whoever_writes_of_danger_first_reads_whom_to_call(world: World):
    await world.writes(ANA, "#建议 楼道里漏气了", group=BUILDING_3)
    first, card = world.all(BUILDING_3)
    assert "火警 119，急救 120，报警 110" in first and "12:15前签收" in card

    await world.writes(LI, "我家着火了")
    assert "119" in world.all(LI)[0] and "2号" in world.all(LI)[1]


@pytest.mark.parametrize("words", ["#建议 漏气演习什么时候", "#建议 路灯坏了"])
async def test_no_alarm_without_danger(world: World, words: str):
    await world.writes(ANA, words, group=BUILDING_3)

    assert "119" not in world.all(BUILDING_3)[0]


async def test_its_clocks_run_day_and_night(world: World):
    world.clock.advance(hours=12)  # midnight
    await world.writes(ANA, "#建议 楼道里漏气了", group=BUILDING_3)
    world.forget_what_was_said()
    await passes(world, minutes=15)

    assert "已超期" in world.last(HE)


async def test_who_sleeps_is_woken_by_every_reminder_of_it(night: World):
    """They were held back until 8:15 like those of a lamp: the case climbed, and nobody knew."""
    await night.writes(ANA, "#建议 楼道里路灯漏气了", group=BUILDING_3)
    night.forget_what_was_said()
    await passes(night, minutes=8)
    assert [text[:4] for text in night.all(ZHOU)] == ["⏳ 1号"]
    await passes(night, minutes=7)
    assert "已超期" in night.last(ZHOU)
    await passes(night, minutes=15)
    assert "已超期" in night.last(HE)

    await passes(night, hours=1, minutes=30)  # 1:00
    assert "反映人：Ana" in night.last(STREET)


@pytest.mark.parametrize("who", [ANA, LI])
async def test_said_privately_it_is_a_case_without_another_word(world: World, who: Address):
    """It was a draft like any other: nobody was told, and a day later it was gone."""
    await world.writes(who, "路灯漏电，着火了")

    assert "119" in world.all(who)[0] and "收到了，1号" in world.last(who)
    assert "路灯漏电" in world.last(ZHOU)
    assert world.all(BUILDING_3) == [], "nobody was asked whether neighbours may read it"


async def test_what_was_begun_goes_with_it(world: World):
    await world.writes(ANA, "3号楼2单元的路灯")
    await world.writes(ANA, "着火了！")

    assert world.all(ANA)[1].startswith("🚨")
    assert "3号楼2单元的路灯" in world.last(ZHOU) and "着火了" in world.last(ZHOU)
    assert world.card(ANA, "已登记").buttons == {}


async def test_what_was_begun_cannot_hide_it(world: World):
    await world.writes(ANA, "万一停电了怎么办")
    await world.writes(ANA, "路灯着火了！")
    assert "路灯着火了" in world.last(ZHOU) and "停电" not in world.last(ZHOU)

    await world.writes(ANA, "晚上看不见")
    assert "万一停电了怎么办\n晚上看不见" in world.last(ANA)


async def test_danger_is_never_asked_whether_it_is_the_same_as_a_neighbours(world: World):
    """Ana's fire ended in a question about Li's rattling lift, and nobody was told of it."""
    await world.writes(LI, "#建议 3号楼电梯有异响", group=BUILDING_3)
    world.forget_what_was_said()
    await world.writes(ANA, "#建议 3号楼电梯着火了", group=BUILDING_3)

    assert "119" in world.all(BUILDING_3)[0] and "2号" in world.all(BUILDING_3)[1]
    assert "着火" in world.last(WANG)


async def test_in_an_answer_to_the_officer_it_is_read_first_whom_to_call(world: World):
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(ZHOU, "签收 1")
    await world.writes(ZHOU, "提问 1 是哪一盏？")
    world.forget_what_was_said()
    await world.writes(ANA, "回答 1 门口那盏，现在着火了")

    assert "119" in world.all(ANA)[0] and any("着火" in text for text in world.all(ZHOU))


async def test_a_cry_in_the_group_is_answered_there_with_whom_to_call_once(world: World):
    await world.writes(ANA, "3号楼路灯着火了，快来人", group=BUILDING_3)
    await world.writes(LI, "真的着火了！！", group=BUILDING_3)
    assert [text[:1] for text in world.all(BUILDING_3)] == ["🚨"]

    await world.ticks(raise_questions)
    assert "着火" in world.last(ZHOU)


async def test_no_neighbours_word_ends_it_before_the_people_on_duty_have_heard(world: World):
    """Whoever answered first settled it like any question, and nobody was told."""
    await world.writes(ANA, "3号楼路灯着火了，快来人", group=BUILDING_3)
    await world.writes(LI, "我打119了", group=BUILDING_3)
    await world.ticks(raise_questions)
    assert "着火" in world.last(ZHOU)

    await world.writes(LI, "已经扑灭了", group=BUILDING_3)
    assert "已经有人回应" in world.last(ZHOU)


async def test_done_again_it_takes_no_longer_than_at_first(world: World):
    """It had two working days, from Friday evening until Tuesday."""
    world.clock.advance(days=4, hours=5)  # Friday, 17:00
    await world.writes(ANA, "#建议 3号楼路灯漏电着火", group=BUILDING_3)
    await world.writes(ZHOU, "签收 1")
    await world.writes(ZHOU, "办结 1 关了阀门")
    await world.presses(ANA, "没有解决")
    await world.presses(ANA, "又坏了")

    async with world.storage.begin() as uow:
        case = await uow.tickets.get(1)
    assert case and case.ticket.round == 2
    assert case.ticket.resolve_by == world.clock() + timedelta(hours=24)


async def test_somebody_has_a_look_whatever_its_author_wishes_by_then(world: World):
    await world.writes(ANA, "路灯漏电，着火了")
    world.clock.advance(minutes=3)
    await world.writes(ANA, "撤回 1")
    assert "不能撤回" in world.last(ANA)

    await world.does(ANA, ForgetMe(1))
    async with world.storage.begin() as uow:
        case = await uow.tickets.get(1)
    assert case and case.ticket.state == "dispatched"


async def test_a_slip_is_taken_back_at_once_and_the_officer_reads_it(world: World):
    await world.writes(ANA, "路灯漏电，着火了")
    world.forget_what_was_said()
    world.clock.advance(minutes=2)
    await world.does(ANA, Undo(1))

    assert world.last(ANA) == "1号已撤回。" and "反映人已撤回" in world.last(ZHOU)
