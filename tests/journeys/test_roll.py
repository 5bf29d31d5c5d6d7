"""Who one is and what one may vote for: confirmed by two, tied to a flat, chosen to speak for it.

Every story is played with buttons and with numbers: Ana has buttons, Li types.
"""

import json
from dataclasses import dataclass

import pytest

from domain.conversation import Address
from domain.question import Scope
from domain.residents import Role
from domain.roll import DOES_NOT_COUNT
from domain.voting import Unit
from handlers.identity import ConfirmIdentity, OfAge, RefuseIdentity, TakeNumber
from handlers.owners import SeenTitle, Tie, Untie
from handlers.representatives import Register
from tests.electorate import households, owns, speaks_for, verified
from tests.world import ANA, BUILDING_3, HE, LI, MEI, SUN, ZHOU, World

NUMBER = "13800000000"
TOWN = Scope("community")


@dataclass
class Neighbour:
    """Somebody who plays a story, and the flat they live in."""

    who: Address
    door: str
    name: str


BOTH = pytest.mark.parametrize(
    "me", [Neighbour(ANA, "3-1-101", "Ana"), Neighbour(LI, "3-2-202", "Li")], ids=["Ana", "Li"]
)


async def person(world: World, who: Address) -> int:
    async with world.storage.begin() as uow:
        visitor = await uow.residents.visitor(who, who)
    assert visitor
    return visitor.person.id


async def asks_to_be_confirmed(world: World, who: Address, *, number: str = "") -> None:
    await world.writes(who, "核对身份")
    await world.presses(who, "满18岁")
    if number:
        await world.writes(who, number)
    else:
        await world.presses(who, "请工作人员核对")


async def level(world: World, who: Address) -> int:
    id = await person(world, who)
    async with world.storage.begin() as uow:
        identity = await uow.identity.of(id)
    return identity.level if identity else 0


# --- confirmed by two


@BOTH
async def test_two_members_of_staff_confirm_who_has_no_number(world: World, me: Neighbour):
    await asks_to_be_confirmed(world, me.who)
    assert "两位" in world.last(me.who)
    assert f"{me.door}　{me.name}" in world.last(ZHOU) and "当面或电话" in world.last(ZHOU)

    await world.presses(ZHOU, "核对无误")
    assert "另一位" in world.last(ZHOU) and await level(world, me.who) == 0
    assert "已有一位" in world.last(HE)
    await world.presses(HE, "核对无误")

    assert "核对好了" in world.last(me.who) and await level(world, me.who) == 2


@BOTH
async def test_with_the_number_of_the_list_one_is_enough(world: World, me: Neighbour):
    await owns(world, "张三", me.door, phone=NUMBER)
    await asks_to_be_confirmed(world, me.who, number="+86 138-0000-0000")
    assert "对上了" in world.last(me.who) and "与名册一致" in world.last(ZHOU)

    await world.presses(ZHOU, "核对无误")

    assert await level(world, me.who) == 2


async def test_the_number_is_kept_nowhere(world: World):
    await owns(world, "张三", "3-1-101", phone=NUMBER)
    await asks_to_be_confirmed(world, ANA, number=NUMBER)

    id = await person(world, ANA)
    async with world.storage.begin() as uow:
        kept = await uow.privacy.everything(id)
        events = [event.data for event in await uow.identity.events(f"person:{id}")]
    assert NUMBER not in json.dumps(kept) + json.dumps(events)
    assert NUMBER not in "".join(world.all(ZHOU) + world.all(ANA))


async def test_guessing_numbers_stops_after_five_tries_an_hour(world: World):
    await owns(world, "张三", "3-1-101", phone=NUMBER)
    await world.writes(ANA, "/verify")
    await world.presses(ANA, "满18岁")
    for n in range(5):
        await world.writes(ANA, f"1390000000{n}")
        assert "对不上" in world.last(ANA)
    await world.writes(ANA, NUMBER)
    assert "试的次数太多" in world.last(ANA) and await level(world, ANA) == 0

    world.clock.advance(hours=1)
    await world.does(ANA, OfAge(1))
    await world.writes(ANA, "my number")
    assert "不像电话号码" in world.last(ANA)
    await world.writes(ANA, NUMBER)
    assert "对上了" in world.last(ANA)


async def test_who_confirmed_already_cannot_be_the_second_one(world: World):
    await asks_to_be_confirmed(world, ANA)
    ana = await person(world, ANA)
    await world.does(ZHOU, ConfirmIdentity(ana))
    await world.does(ZHOU, ConfirmIdentity(ana))

    assert "要另一位工作人员" in world.last(ZHOU) and await level(world, ANA) == 0


async def test_nobody_confirms_themselves(world: World):
    """Zhou lives in his own grid."""
    async with world.storage.begin() as uow:
        home = await uow.residents.household_at("3", "1", "101")
        await uow.residents.change(await _id(uow, ZHOU), household_id=home)
    await asks_to_be_confirmed(world, ZHOU)
    assert "核对住户身份" in world.last(HE)
    await world.does(ZHOU, ConfirmIdentity(await person(world, ZHOU)))

    assert "不能给自己办" in world.last(ZHOU) and await level(world, ZHOU) == 0


async def _id(uow, who: Address) -> int:
    visitor = await uow.residents.visitor(who, who)
    return visitor.person.id


@pytest.mark.parametrize("who", [ANA, LI])
async def test_a_resident_has_no_say_in_it(world: World, who: Address):
    await asks_to_be_confirmed(world, ANA)
    await world.does(who, ConfirmIdentity(await person(world, ANA)))

    assert "给工作人员用" in world.last(who) and await level(world, ANA) == 0


async def test_an_officer_of_another_grid_has_no_say_in_it(world: World):
    elsewhere = Address("buttons", "250")
    await world.has_staff(elsewhere, "林网格员", Role.MEMBER, ["*"], ["1"])
    await asks_to_be_confirmed(world, ANA)
    for deed in (ConfirmIdentity, RefuseIdentity):
        await world.does(elsewhere, deed(await person(world, ANA)))
        assert "不在您负责的网格" in world.last(elsewhere)


async def test_who_is_not_who_they_say_is_told_and_may_ask_again(world: World):
    await asks_to_be_confirmed(world, LI)
    await world.presses(ZHOU, "不符")
    assert "没能核对上" in world.last(LI)

    await asks_to_be_confirmed(world, LI)
    assert "两位" in world.last(LI)


async def test_under_eighteen_only_that_is_kept(world: World):
    await world.writes(LI, "我是业主")
    await world.presses(LI, "未满18岁")

    assert "未满18岁不能投票" in world.last(LI)
    async with world.storage.begin() as uow:
        identity = await uow.identity.of(await _id(uow, LI))
    assert identity and not identity.adult and not identity.waits


async def test_a_visitor_joins_first(world: World):
    await world.writes(MEI, "核对身份")
    assert "先用邀请信" in world.last(MEI)
    await world.does(MEI, TakeNumber())
    assert "先用邀请信" in world.last(MEI)


async def test_staff_find_those_who_wait_in_their_grids(world: World):
    await asks_to_be_confirmed(world, ANA)
    await asks_to_be_confirmed(world, LI)
    world.forget_what_was_said()
    await world.writes(ZHOU, "待核对")
    await world.presses(ZHOU, "3-2-202 Li")
    await world.presses(ZHOU, "核对无误")
    await world.writes(SUN, "/checks")

    assert set(world.card(SUN, "等着核对").buttons) == {"3-1-101 Ana", "3-2-202 Li"}
    await world.writes(ANA, "/checks")
    assert "给工作人员用" in world.last(ANA)


async def test_in_the_group_nothing_is_asked_and_nobody_named(world: World):
    await world.writes(ANA, "/verify", group=BUILDING_3)

    assert world.all(BUILDING_3) == [] and "满18岁" in world.last(ANA)


# --- tied to a flat


@BOTH
async def test_a_title_document_makes_a_resident_an_owner(world: World, me: Neighbour):
    await owns(world, "张三", me.door, "B1-07")
    await verified(world, await person(world, me.who))
    await world.writes(ZHOU, f"业主 {me.door}")
    assert "张三（个人）　89.50 ㎡　还没有人能投票" in world.last(ZHOU)
    await world.presses(ZHOU, "张三：已看产权证明")
    await world.presses(ZHOU, me.name)

    assert f"由{me.name}投" in world.last(ZHOU) and "已看过产权证明" in world.last(me.who)
    async with world.storage.begin() as uow:
        drawn = await uow.roll.draw_up(Unit.OWNER, (TOWN,), parking=DOES_NOT_COUNT)
    assert [v.person for v in drawn.voters] == [await person(world, me.who)]
    await world.writes(me.who, "我的票权")
    assert f"· 业主：{me.door}、B1-07，共 102.00 ㎡，一票" in world.last(me.who)


async def test_the_document_of_who_is_not_confirmed_ties_nobody(world: World):
    owner = await owns(world, "张三", "3-1-101")
    await world.writes(ZHOU, "/owners 3-1-101")
    await world.presses(ZHOU, "已看产权证明")
    assert "还没有核对过身份" in world.last(ZHOU)
    await world.does(ZHOU, Tie(owner, await person(world, ANA)))
    assert "现在办不了" in world.last(ZHOU)


async def test_an_owner_who_lives_elsewhere_is_found_by_their_own_door(world: World):
    owner = await owns(world, "张三", "3-1-101")
    await verified(world, await person(world, LI))
    await world.writes(ZHOU, "业主 3-1-101 3-2-202")
    await world.presses(ZHOU, "已看产权证明")
    await world.presses(ZHOU, "Li")

    async with world.storage.begin() as uow:
        assert [o.owner for o in await uow.owners.of_person(await _id(uow, LI))] == [owner]


async def test_an_officer_ties_neither_themselves_nor_a_flat_of_another_grid(world: World):
    elsewhere = Address("buttons", "250")
    await world.has_staff(elsewhere, "林网格员", Role.MEMBER, ["*"], ["1"])
    owner = await owns(world, "张三", "3-1-101")
    await verified(world, await person(world, ZHOU))
    await verified(world, await person(world, ANA))
    await world.does(ZHOU, Tie(owner, await person(world, ZHOU)))
    assert "不能给自己办" in world.last(ZHOU)

    home = (await households(world))["3-1-101"][0]
    for deed in (SeenTitle(owner, home), Tie(owner, await person(world, ANA)), Untie(owner)):
        await world.does(elsewhere, deed)
        assert "不在您负责的网格" in world.last(elsewhere)
    await world.writes(elsewhere, "/owners 3-1-101")
    assert "不在您负责的网格" in world.last(elsewhere)
    await world.writes(ANA, "/owners 3-1-101")
    assert "给工作人员用" in world.last(ANA)


async def test_a_mistake_is_undone_and_the_resident_told(world: World):
    ana = await person(world, ANA)
    owner = await owns(world, "张三", "3-1-101", person=ana)
    await world.writes(ZHOU, "业主 3-1-101")
    assert "由Ana投票" in world.last(ZHOU)
    await world.presses(ZHOU, "张三：解除")

    assert "不再作为张三" in world.last(ANA)
    async with world.storage.begin() as uow:
        assert await uow.owners.of_person(ana) == []
        events = [event.event for event in await uow.owners.events(f"owner:{owner}")]
    assert events == ["untie"]


# --- who speaks for a household


@BOTH
async def test_the_staff_register_who_votes_for_a_household(world: World, me: Neighbour):
    await world.has_resident(MEI, me.door, name="梅姨")
    await verified(world, await person(world, me.who))
    await world.writes(me.who, "我的票权")
    await world.presses(me.who, "由我代表本户")
    assert f"{me.name}申请做{me.door}的户代表" in world.last(MEI)
    await world.presses(ZHOU, "登记为户代表")

    assert f"户代表是{me.name}" in world.last(MEI) and f"户代表是{me.name}" in world.last(me.who)
    async with world.storage.begin() as uow:
        drawn = await uow.roll.draw_up(Unit.HOUSEHOLD, (TOWN,))
    mine = await person(world, me.who)
    assert {v.person for v in drawn.voters if not v.fault} == {mine}


async def test_another_one_takes_over_the_same_way(world: World):
    ana = await person(world, ANA)
    mei = await world.has_resident(MEI, "3-1-101", name="梅姨")
    await verified(world, ana)
    await verified(world, mei)
    await speaks_for(world, ana, "3-1-101")
    await world.writes(MEI, "我的票权")
    assert "户代表是Ana" in world.last(MEI)
    await world.presses(MEI, "由我代表本户")
    assert "梅姨申请做" in world.last(ANA)
    await world.presses(ZHOU, "不登记")
    assert "没有登记成您" in world.last(MEI)
    await world.does(ZHOU, Register(mei))

    await world.writes(ANA, "/roll")
    assert "户代表是梅姨" in world.last(ANA)


async def test_who_is_not_confirmed_speaks_for_nobody(world: World):
    await world.does(ZHOU, Register(await person(world, ANA)))
    assert "现在办不了" in world.last(ZHOU)
    await world.does(LI, Register(await person(world, ANA)))
    assert "不在您负责的网格" in world.last(LI)
