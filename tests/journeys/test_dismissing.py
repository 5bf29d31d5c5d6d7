"""An appointment ends: the cases go on to others, and the person is staff no more."""

import pytest

from casework import dismissing, reminding
from casework.scene import System
from domain.conversation import Address
from domain.residents import Role
from tests import deciding
from tests.world import ANA, BUILDING_3, COMMUNITY, HE, SUN, ZHOU, World

QIAN = Address("buttons", "qian")


async def dismissed(world: World, name: str) -> None:
    async with world.storage.begin() as uow:
        gone = next(s for s in await uow.staff.all() if s.name == name)
        scene = System(COMMUNITY, world.clock(), uow)
        await reminding.promise(scene, await dismissing.dismiss(scene, gone))
    await world.settle()


@pytest.fixture
async def lamp(world: World) -> World:
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    assert "周警官负责" in world.last(BUILDING_3)
    return world


async def test_what_they_held_goes_to_whoever_gets_such_cases_now(lamp: World):
    await lamp.has_staff(QIAN, "钱电工", Role.MEMBER, ["*"], ["*"])
    await dismissed(lamp, "周警官")

    assert "钱电工负责" in lamp.last(BUILDING_3) and "已转给钱电工" in lamp.last(ANA)
    assert "名下的 1 件已转给别人，还有 0 件" in lamp.last(HE)
    await lamp.writes(QIAN, "我的")
    assert "1号" in lamp.last(QIAN)


async def test_what_cannot_be_sent_on_now_is_told_with_a_button(lamp: World):
    await lamp.writes(ZHOU, "签收 1")
    await lamp.writes(ZHOU, "提问 1 哪一盏？")
    await dismissed(lamp, "周警官")

    assert "还有 1 件没转出去" in lamp.last(HE)
    await lamp.writes(ANA, "回答 1 左边那盏")
    await lamp.presses(HE, "看1号")
    await lamp.presses(HE, "转办")
    assert "1号转给谁" in lamp.last(HE)


async def test_the_matters_they_answered_for_are_handed_on_by_an_admin(world: World):
    await deciding.drafted(world)
    await world.presses(SUN, "交给别人负责")
    await world.presses(SUN, "何书记")
    await dismissed(world, "何书记")

    assert "由其负责的重大事项有 1 件" in world.last(SUN)
    await world.presses(SUN, "看1号事项")
    await world.presses(SUN, "交给别人负责")
    assert "1号事项交给谁负责" in world.last(SUN)
    assert not any("何书记" in label for label in world.buttons.chat(SUN.chat)[-1].buttons)


async def test_who_was_dismissed_gets_nothing_reads_nothing_and_does_nothing(lamp: World):
    await dismissed(lamp, "周警官")
    lamp.forget_what_was_said()

    await lamp.writes(ANA, "#投诉 楼上太吵", group=BUILDING_3)
    assert lamp.all(ZHOU) == []
    await lamp.writes(ZHOU, "签收 1")
    assert "已签收" not in "".join(lamp.all(ZHOU))
    await lamp.writes(ZHOU, "进度 1")
    assert "Ana" not in lamp.last(ZHOU) and "3-1-101" not in lamp.last(ZHOU)
