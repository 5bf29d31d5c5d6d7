"""Story 5: how alive each group is, counted every night, told to admins and to nobody else."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from bot.hearing import Hearing
from domain.conversation import Address
from domain.health import Look, State
from domain.residents import Role
from tests.deciding import published
from tests.neighbours import NEIGHBOURS, nights, today, wrote
from tests.world import ANA, BUILDING_3, LI, SUN, ZHOU, World

QIAN = Address("wechat", "qian")  # an admin on the platform without buttons
ADMINS = pytest.mark.parametrize("admin", [SUN, QIAN])


@pytest.fixture
async def world(world: World) -> World:
    await world.has_staff(QIAN, "钱管理员", Role.ADMIN, ["*"], ["*"])
    return world


async def looks(world: World) -> list[Look]:
    async with world.storage.begin() as uow:
        return await uow.health.looks(BUILDING_3, 99)


async def state(world: World) -> State:
    return (await looks(world))[0].standing.state


@ADMINS
async def test_an_admin_reads_how_the_group_fares_and_what_to_do(world: World, admin: Address):
    await wrote(world, *NEIGHBOURS, days_ago=9)
    await world.writes(LI, "#建议 3号楼门口路灯坏了")  # privately: that is no life of the group
    await nights(world, 1)
    world.clock.advance(days=-1)
    await world.writes(admin, "群健康")

    card = world.card(admin, "下一步")
    assert "3号楼群" in card.text and "安静：一周没动静" in card.text
    assert "近28天参与过的20人；9天前" in card.text and "住户20人" in card.text
    assert "依据 35/100" in card.text and "参与的居民 100%" in card.text
    assert "问群里一个关于这栋楼的小问题，按一下就能答。（已请周警官）" in card.text
    assert card.image and Image.open(BytesIO(card.image)).format == "PNG"
    assert world.all(BUILDING_3) == []  # and the group hears nothing of it


async def test_several_groups_stand_in_the_order_of_their_places(world: World):
    await world.has_group(Address("buttons", "-12"), "building", "12")
    await world.has_group(Address("buttons", "-1"), "community")
    await world.has_group(Address("buttons", "-2"), "grid", "2")
    await wrote(world, *NEIGHBOURS)
    await nights(world, 1)
    await world.writes(SUN, "/health")
    told = world.last(SUN)

    places = [told.index(name) for name in ("邻里花园群", "二网格群", "3号楼群", "12号楼群")]
    assert places == sorted(places)
    await world.presses(SUN, "12号楼群")
    assert "12号楼群" in world.last(SUN) and "健康分" in world.last(SUN)


@pytest.mark.parametrize("who", [ANA, LI, ZHOU])
async def test_nobody_but_an_admin_is_told(world: World, who: Address):
    await nights(world, 1)
    await world.writes(who, "/health")

    assert "只给管理员看" in world.last(who)


async def test_a_night_is_counted_once_and_a_day_switched_off_is_made_up_for(world: World):
    await wrote(world, ANA)
    await nights(world, 1)
    world.clock.advance(days=20)
    await nights(world, 2)

    found = await looks(world)
    assert [look.days_since for look in found] == [22, 0]
    assert found[0].looked_on == today(world) - timedelta(days=1)


async def test_worse_is_seen_at_once_and_better_after_two_weeks(world: World):
    await wrote(world, *NEIGHBOURS)
    await nights(world, 1)
    assert await state(world) is State.ACTIVE
    world.clock.advance(days=15)
    await nights(world, 1)
    assert await state(world) is State.DORMANT

    await wrote(world, *NEIGHBOURS[:4])
    await nights(world, 7)
    assert await state(world) is State.DORMANT  # one week is no proof
    await wrote(world, *NEIGHBOURS[:4])
    await nights(world, 7)
    assert await state(world) is State.ACTIVE


async def test_who_does_several_things_is_one_resident_and_staff_are_none(world: World):
    await wrote(world, ANA, *NEIGHBOURS[:2])
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(LI, "附议 1")
    await world.writes(ZHOU, "附议 1")
    await nights(world, 1)

    [look] = await looks(world)
    assert (look.active, look.members) == (4, 3)  # Ana, two neighbours, Li


async def test_who_only_presses_a_button_takes_part_and_says_no_word(world: World):
    await world.writes(ZHOU, "#民意 周末大扫除定在哪天？\n周六\n周日", group=BUILDING_3)
    await world.presses(ANA, "周六", group=BUILDING_3)
    await world.presses(ZHOU, "周六", group=BUILDING_3)
    await nights(world, 1)

    [look] = await looks(world)
    days = next(part.reached for part in look.score.parts if part.name == "days")
    assert (look.active, look.days_since, days) == (1, 0, 0)


async def test_a_platform_that_counts_the_people_of_a_group_is_believed(world: World):
    world.buttons.holds = 200
    await Hearing(world.storage, world.channels).look()
    await wrote(world, *NEIGHBOURS)
    await nights(world, 1)

    [look] = await looks(world)
    assert (look.active, look.members) == (20, 200)


async def test_a_silent_group_whose_people_vote_is_a_notice_board(world: World):
    await published(world, "同意")
    await nights(world, 1)
    [look] = await looks(world)
    assert (look.active, look.standing.state) == (3, State.ACTIVE)
    parts = {part.name: part.reached for part in look.score.parts}
    assert parts["turnout"] == 1 and parts["loops"] == 1

    world.clock.advance(days=70)
    await nights(world, 1)
    assert await state(world) is State.BROADCAST
    await world.writes(SUN, "/health")
    assert "不用管它" in world.last(SUN)
