"""Somebody is in danger now: whom to call is read first, and the people on duty hear at once."""

from dataclasses import replace
from datetime import time

import pytest

from domain.conversation import Address
from domain.residents import Role
from scheduler.budget import release_held
from scheduler.tickets import hear_clocks
from tests.world import ANA, BUILDING_3, COMMUNITY, HE, LI, ZHOU, World

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
    assert "119" in world.all(LI)[0] and "要登记这件事吗" in world.all(LI)[1]


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
