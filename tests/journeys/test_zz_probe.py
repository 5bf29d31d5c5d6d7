from tests.world import *
from domain.conversation import *
from handlers.actions import *

async def test_one_char(world: World):
    await world.writes(ANA, "#建议 灯", group=BUILDING_3)
    print("ANA1", world.all(ANA)[-1:], world.all(BUILDING_3))
    await world.writes(LI, "我家门口很黑")
    await world.presses(LI, "提交")
    print("LI", world.all(LI))
    assert 0

async def test_photo_only(world: World):
    await world.writes(ANA, "", photo="p1"); await world.presses(ANA, "提交")
    await world.writes(LI, "", photo="p2"); await world.presses(LI, "提交")
    print("LI", world.all(LI)); assert 0

async def test_big_number(world: World):
    await world.does(ANA, Support(2**70)); print(world.all(ANA))
    await world.does(ANA, Rate(1,2**40,5)); print(world.all(ANA)[-1])
    await world.does(ANA, Support(-5)); print(world.all(ANA)[-1])
    assert 0

async def test_nul(world: World):
    await world.writes(ANA, "路灯\x00坏了"); print(world.all(ANA))
    assert 0

async def test_held_order(world: World):
    from domain.residents import Role
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    await world.writes(ZHOU, "签收 1"); await world.writes(ZHOU, "提问 1 哪一盏")
    await world.writes(ANA, "#建议 水管漏了", group=BUILDING_3)
    await world.writes(ZHOU, "/mine"); print(world.last(ZHOU)); assert 0
