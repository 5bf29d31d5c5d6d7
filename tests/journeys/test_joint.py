"""A flat with several owners has one voice: all agree on whose, or have signed; also mid-vote."""

import json
from datetime import datetime, timedelta

import pytest

from casework.actions import Support
from casework.matter_actions import ShowBallot
from domain.conversation import Address
from domain.matters import Event, Matter, State
from domain.owners import DelegateRow, OwnerRow
from domain.question import Question, RulePart, Scope
from domain.roll import DOES_NOT_COUNT, Fault, Kind
from domain.voting import Unit
from handlers.identity import SamePerson
from handlers.joint import Agree, Propose, Signed
from handlers.owners import Tie
from handlers.representatives import Register
from storage.delegates import DelegateLists
from storage.imports import Imports
from storage.matters import Happened
from storage.owners import OwnerLists
from storage.roll import OnRoll
from tests.databases import NOON
from tests.electorate import households, owns, speaks_for, verified
from tests.world import ANA, BUILDING_3, HE, LI, MEI, SUN, ZHOU, World

DOOR = "3-1-101"
TOWN = Scope("community")
LATER = NOON + timedelta(hours=2)


async def person(world: World, who: Address) -> int:
    async with world.storage.begin() as uow:
        visitor = await uow.residents.visitor(who, who)
    assert visitor
    return visitor.person.id


@pytest.fixture
async def couple(world: World) -> World:
    """Ana has buttons, Li types; they own 3-1-101 together, and both titles were seen."""
    for who, name in ((ANA, "张三"), (LI, "李四")):
        id = await person(world, who)
        await verified(world, id)
        await owns(world, name, DOOR, person=id)
    return world


async def the_voter(world: World) -> OnRoll:
    async with world.storage.begin() as uow:
        [voter] = [voter async for voter in uow.roll.entries(1)]
    return voter


async def vote_is_on(world: World, unit: Unit, state: State = State.OPEN) -> None:
    """A matter whose roll is frozen now."""
    async with world.storage.begin() as uow:
        staff = next(s for s in await uow.staff.all() if s.name == "孙管理员")
        question = Question("换路灯", "", (RulePart("OWNER_ORDINARY", TOWN),))
        window = {"opens_at": NOON, "closes_at": NOON + timedelta(days=7)}
        number = await uow.matters.next_number()
        matter = Matter(number, "lamp", question, state, staff.id, **window)
        await uow.matters.open(matter, Happened(Event.FREEZE, world.clock()))
        scopes = (Scope("unit", "3-1"),)
        drawn = await uow.roll.draw_up(unit, scopes, parking=DOES_NOT_COUNT)
        await uow.roll.write(matter.number, drawn.voters)


@pytest.mark.parametrize(
    ("one", "other", "name"), [(ANA, LI, "张三"), (LI, ANA, "李四")], ids=["Ana", "Li"]
)
async def test_one_proposes_and_the_other_agrees(
    couple: World, one: Address, other: Address, name: str
):
    await couple.writes(one, "我的票权")
    assert f"· 共有 {DOOR}，89.50 ㎡，一票：还没有推选代表" in couple.last(one)
    await couple.presses(one, "由我代表共有人")
    assert f"{name}希望代表{DOOR}" in couple.last(other)
    await couple.presses(other, f"同意由{name}代表")

    assert f"由{name}代表共有人投票" in couple.last(one)
    assert f"由{name}代表共有人投票" in couple.last(other)
    await couple.writes(one, "/roll")
    assert "一票：由您代表" in couple.last(one)
    await couple.writes(other, "/roll")
    assert f"一票：由{name}代表" in couple.last(other)


async def test_who_disagrees_stops_it(couple: World):
    await couple.writes(ANA, "/roll")
    await couple.presses(ANA, "由我代表共有人")
    await couple.presses(LI, "不同意")
    assert "李四不同意" in couple.last(ANA)

    await couple.writes(ANA, "/roll")
    assert "还没有推选代表" in couple.last(ANA)


async def test_an_agreement_holds_for_whom_it_was_given(couple: World):
    """Ana proposes herself, then Li himself: an old button of Ana's is no agreement to Li."""
    await couple.writes(ANA, "/roll")
    await couple.presses(ANA, "由我代表共有人")
    home = (await households(couple))[DOOR][0]
    await couple.does(LI, Propose(home))
    async with couple.storage.begin() as uow:
        party = await uow.owners.party(DOOR)
    assert party and party.representative is None

    await couple.presses(ANA, "同意由李四代表")
    assert "由李四代表共有人投票" in couple.last(LI)


async def test_with_an_owner_who_has_not_joined_it_takes_a_signed_paper(couple: World):
    await owns(couple, "王五", DOOR)
    await couple.writes(ANA, "/roll")
    await couple.presses(ANA, "由我代表共有人")
    assert "签一份推选书" in couple.last(ANA)

    await couple.writes(ZHOU, f"业主 {DOOR}")
    await couple.presses(ZHOU, "张三做代表：已看签名")
    assert "由张三代表共有人投票" in couple.last(ANA)
    assert "由张三代表共有人投票" in couple.last(LI)


async def test_strangers_choose_nobody(couple: World):
    home = (await households(couple))[DOOR][0]
    async with couple.storage.begin() as uow:
        owner = (await uow.owners.of_household(home))[0].owner
    await couple.does(MEI, Propose(home))
    assert "这不是您能办的" in couple.last(MEI)
    await couple.does(MEI, Agree(home, owner))
    assert "这不是您能办的" in couple.last(MEI)
    await couple.does(MEI, Signed(home, owner))
    assert "不在您负责的网格" in couple.last(MEI)


async def test_a_choice_during_the_vote_moves_the_voice(couple: World):
    """I3 and I4: nobody could answer, then Ana can; when they choose Li, he can."""
    await vote_is_on(couple, Unit.OWNER)
    before = await the_voter(couple)
    assert (before.person, before.fault) == (None, Fault.NEED_REPRESENTATIVE)

    home = (await households(couple))[DOOR][0]
    await couple.does(ANA, Propose(home))
    await couple.presses(LI, "同意由张三代表")
    after = await the_voter(couple)
    assert (after.unit, after.person, after.fault) == (before.unit, await person(couple, ANA), "")

    await couple.does(LI, Propose(home))
    await couple.presses(ANA, "同意由李四代表")
    assert (await the_voter(couple)).person == await person(couple, LI)


@pytest.mark.parametrize(
    ("state", "verified_at", "moves"),
    [
        (State.OPEN, NOON, True),
        (State.ROLL_FROZEN, NOON, True),
        (State.OPEN, LATER, False),  # I15: verified after the freeze, may read, may not vote
        (State.CLOSED, NOON, False),
    ],
)
async def test_a_household_changes_its_voice_while_the_vote_is_on(
    world: World, state: State, verified_at: datetime, moves: bool
):
    ana = await person(world, ANA)
    mei = await world.has_resident(MEI, DOOR, name="梅姨")
    await verified(world, ana)
    await speaks_for(world, ana, DOOR)
    await vote_is_on(world, Unit.HOUSEHOLD, state)
    await verified(world, mei, at=verified_at)
    await world.does(ZHOU, Register(mei))

    assert (await the_voter(world)).person == (mei if moves else ana)


async def test_a_flat_sold_after_the_freeze_leaves_the_roll_as_it_was(world: World):
    """I14: the recorded owner votes; the next roll has the new one."""
    ana = await person(world, ANA)
    await verified(world, ana)
    await owns(world, "张三", DOOR, person=ana, phone="13800000000")
    await vote_is_on(world, Unit.OWNER)
    home = (await households(world))[DOOR][0]
    async with world.storage.begin() as uow:
        lists = OwnerLists.within(uow)
        row = OwnerRow(2, DOOR, "赵六", "13900000000", 8_950, Kind.PERSON, False, "register")
        plan = lists.plan([row], {DOOR: home}, await lists.stored())
        await lists.write(plan, NOON, lambda _: None)

    assert (await the_voter(world)).person == ana
    async with world.storage.begin() as uow:
        drawn = await uow.roll.draw_up(Unit.OWNER, (TOWN,), parking=DOES_NOT_COUNT)
    assert [v.fault for v in drawn.voters] == [Fault.NO_ACCOUNT]


NOT_ON_ROLL, TOO_YOUNG = "名册冻结后才核对身份", "未满18岁，不能投"


@pytest.mark.parametrize(
    ("unit", "adult", "why"),
    [
        (Unit.RESIDENT, 1, NOT_ON_ROLL),  # I15
        (Unit.HOUSEHOLD, 1, "要先定一位代表来投"),
        (Unit.OWNER, 1, NOT_ON_ROLL),
        (Unit.RESIDENT, 0, TOO_YOUNG),  # I17
        (Unit.OWNER, 0, TOO_YOUNG),
    ],
)
async def test_who_may_not_vote_is_told_why(world: World, unit: Unit, adult: int, why: str):
    """Mei lives with Ana, and is confirmed after the roll was frozen, or not of age."""
    ana = await person(world, ANA)
    await verified(world, ana)
    await owns(world, "张三", DOOR, person=ana)
    await vote_is_on(world, unit)
    mei = await world.has_resident(MEI, DOOR, name="梅姨")
    await verified(world, mei, adult=adult, at=LATER)
    await world.does(MEI, ShowBallot(1))

    assert why in world.last(MEI)


async def test_an_owner_confirmed_after_the_freeze_reads_and_does_not_vote(world: World):
    """I15: the flat is on the roll, its owner joined too late to vote in the chat."""
    owner = await owns(world, "张三", DOOR)
    await vote_is_on(world, Unit.OWNER)
    await verified(world, await person(world, ANA), at=LATER)
    await world.does(ZHOU, Tie(owner, await person(world, ANA)))
    await world.does(ANA, ShowBallot(1))

    assert NOT_ON_ROLL in world.last(ANA)


async def test_a_joint_owner_whose_title_was_seen_after_the_freeze_does_not_vote(world: World):
    """I15: confirmed as a resident before it, as an owner only after."""
    ana = await person(world, ANA)
    await verified(world, ana)
    one, _ = await owns(world, "张三", DOOR), await owns(world, "李四", DOOR)
    await vote_is_on(world, Unit.OWNER)
    world.clock.now = LATER
    await world.does(ZHOU, Tie(one, ana))
    home = (await households(world))[DOOR][0]
    await world.does(ZHOU, Signed(home, one))

    assert "由张三代表共有人投票" in world.last(ZHOU)
    assert (await the_voter(world)).person is None


PHONE = Address("wechat", "ana-on-another-phone")


async def test_two_accounts_of_one_person_have_one_vote(world: World):
    """I2: Ana joins a second time, with numbers instead of buttons; Zhou and He know her."""
    ana = await person(world, ANA)
    await verified(world, ana)
    await owns(world, "张三", DOOR, person=ana)
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    await world.writes(LI, "#建议 花坛没人管", group=BUILDING_3)
    second = await world.has_resident(PHONE, DOOR, name="Ana")
    for who in (ANA, PHONE):
        await world.does(who, Support(2))
    await world.writes(PHONE, "核对身份")
    await world.presses(PHONE, "满18岁")
    await world.presses(PHONE, "请工作人员核对")
    await world.presses(ZHOU, "和Ana是同一人")
    await world.presses(HE, "和Ana是同一人")

    assert "合在一起" in world.last(PHONE) and "合在一起" in world.last(ANA)
    assert await person(world, PHONE) == ana != second
    async with world.storage.begin() as uow:
        case = await uow.tickets.get(2)
        assert case and case.ticket.supporters == 1
        [voter] = (await uow.roll.draw_up(Unit.OWNER, (TOWN,), parking=DOES_NOT_COUNT)).voters
    assert voter.person == ana
    await world.writes(PHONE, "我的票权")
    assert f"业主：{DOOR}" in world.last(PHONE)


async def test_one_word_joins_no_accounts_and_nobody_joins_their_own(world: World):
    ana = await person(world, ANA)
    await verified(world, ana)
    second = await world.has_resident(PHONE, DOOR, name="Ana")
    await world.writes(PHONE, "核对身份")
    await world.presses(PHONE, "满18岁")
    await world.presses(PHONE, "请工作人员核对")
    for who in (ANA, LI):
        await world.does(who, SamePerson(second, ana))
    await world.does(ZHOU, SamePerson(second, await person(world, LI)))  # of another household
    await world.does(ZHOU, SamePerson(second, second))
    await world.does(ZHOU, SamePerson(second, ana))
    await world.does(ZHOU, SamePerson(second, ana))

    assert await person(world, PHONE) == second


async def test_a_wrong_entry_goes_to_who_mends_the_list(world: World):
    for who, door in ((ANA, "3-1-101"), (LI, "3-2-202")):
        await world.writes(who, "我的票权")
        await world.presses(who, "名册有误")
        await world.writes(who, "面积应是 90.12")

        assert "已转给" in world.last(who)
        assert "名册更正" in world.last(HE) and door in world.last(HE)
        assert "面积应是 90.12" in world.last(HE)


async def test_a_delegate_by_door_is_bound_when_the_list_comes_again(world: World):
    """Wang's list names 梅姨 before she joins."""

    async def bring() -> None:
        async with world.storage.begin() as uow:
            lists, imports = DelegateLists.within(uow), Imports.within(uow)
            doors = {door: row.id for door, row in (await imports.households()).items()}
            rows = [DelegateRow(2, "梅姨", DOOR, None)]
            meant = await lists.meant(rows, doors, imports)
            await lists.write(lists.plan(rows, meant, await lists.stored()), uow, "zh", NOON)

    await bring()
    mei = await world.has_resident(MEI, DOOR, name="梅姨")
    await bring()
    await world.writes(MEI, "/roll")

    assert "您是居民代表" in world.last(MEI)
    async with world.storage.begin() as uow:
        drawn = await uow.roll.draw_up(Unit.DELEGATE, (TOWN,), await uow.staff.all())
    assert mei in {v.person for v in drawn.voters}
    await world.writes(SUN, "/roll")
    assert "作为班子成员参加" in world.last(SUN)


async def test_what_is_known_of_ana_is_taken_along_and_then_forgotten(couple: World):
    ana = await person(couple, ANA)
    await speaks_for(couple, ana, DOOR)
    await vote_is_on(couple, Unit.HOUSEHOLD)
    await couple.writes(ANA, "/me")
    await couple.presses(ANA, "导出我的数据")
    told = json.loads(couple.last(ANA).partition("\n")[2])
    assert [(i["level"], i["adult"]) for i in told["identity"]] == [(2, 1)]
    assert [(o["property"], o["area"]) for o in told["owns"]] == [(DOOR, 8_950)]
    assert len(told["represents_household"]) == len(told["on_rolls"]) == 1

    await couple.writes(ANA, "/me")
    await couple.presses(ANA, "删除我的数据")
    await couple.presses(ANA, "确定删除")
    home = (await households(couple))[DOOR][0]
    async with couple.storage.begin() as uow:
        assert await uow.identity.of(ana) is None
        assert await uow.owners.of_person(ana) == []
        assert await uow.representatives.of(home) is None
        [joint] = (await uow.roll.draw_up(Unit.OWNER, (TOWN,), parking=DOES_NOT_COUNT)).voters
    assert joint.fault == Fault.NEED_REPRESENTATIVE  # the flat keeps its owners and its vote
    frozen = await the_voter(couple)
    assert frozen.unit.startswith("h:") and frozen.person is None and frozen.label_sealed
