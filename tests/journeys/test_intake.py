"""Every intake rule of the handbook (voting 1.8): I1 to I18, each with the sentence people read.

Ana and Mei have buttons, Li types numbers. Stair 2 of building 3 has their flats.
"""

from datetime import timedelta

import pytest
from sqlalchemy import update

from casework.entry_actions import EndMandate
from casework.matter_actions import CastBallot, ShowBallot, ShowMyBallot
from domain.conversation import Address, Inbound
from domain.residents import Role
from handlers.joint import Propose
from handlers.owners import Tie
from handlers.representatives import Register
from storage import tables as t
from storage import voting_tables as v
from storage.mandates import State
from tests import deciding
from tests.deciding import closed, moment
from tests.electorate import adults, households, owns, person, speaks_for, verified
from tests.handed_in import ballots, freeze, opened, opens, put_to_the_vote, standing
from tests.records import lines_of
from tests.world import ANA, BUILDING_3, HE, LI, MEI, SUN, ZHOU, World, _household

BOTH = pytest.mark.parametrize(("who", "unit"), [(ANA, "o501"), (LI, "o502")], ids=["Ana", "Li"])
EITHER = pytest.mark.parametrize("who", [ANA, LI], ids=["Ana", "Li"])
ROOM = ("公共空间利用", "只安排公共场地的使用时间", "全体 排一排活动室的时间")
SECOND = Address("wechat", "second")  # somebody else, or somebody's other account
CODE = "受托 "


@pytest.fixture
async def stair(world: World) -> World:
    await deciding.opened(world)
    return world


async def flats(world: World, *doors: str) -> None:
    """The homes of the stair; Li's lies in the next one."""
    async with world.storage.engine.begin() as connection:
        moved = update(t.households).where(t.households.c.room == "202")
        await connection.execute(moved.values(unit="3"))
    await world._insert(t.households, [_household(n, d, 8_950) for n, d in enumerate(doors, 701)])


async def answers(world: World, who: Address, answer: str) -> None:
    await world.writes(who, "投票 1")
    await world.presses(who, answer)


async def changes(world: World, who: Address, answer: str) -> None:
    world.clock.advance(seconds=5)
    await world.writes(who, "投票 1")
    await world.presses(who, "修改我的票")
    await world.presses(who, answer)


async def hands_in(world: World, door: str, answer: str) -> None:
    """A paper ballot, written down by Zhou and confirmed by He."""
    await world.writes(ZHOU, f"纸票 1 {door}")
    await world.presses(ZHOU, answer)
    await world.writes(ZHOU, "", photo="scan")
    await world.presses(HE, "和纸上一致")


# --- I1, I2: one owner is one vote


@EITHER
async def test_i1_an_owner_of_three_flats_has_one_ballot_that_names_all_three(
    world: World, who: Address
):
    doors = ("3-2-501", "3-2-502", "3-2-503")
    await flats(world, *doors)
    await owns(world, "三套房", *doors, person=await person(world, who))
    await opened(world)
    await answers(world, who, "同意")

    assert "（3-2-501、3-2-502、3-2-503）" in world.last(who)
    async with world.storage.begin() as uow:
        [voter] = [voter async for voter in uow.roll.entries(1)]
    [line] = await lines_of(world.storage, 1)
    assert line.areas == list(voter.areas) == [3 * 8_950]


@EITHER
async def test_i2_a_second_account_of_a_person_changes_the_same_ballot(stair: World, who: Address):
    await stair.writes(SECOND, "你好")
    old, new = await person(stair, who), await person(stair, SECOND)
    async with stair.storage.engine.begin() as connection:
        joined = update(t.accounts).where(t.accounts.c.person_id == new).values(person_id=old)
        await connection.execute(joined)
    await answers(stair, who, "不同意")
    await changes(stair, SECOND, "同意")

    assert await ballots(stair) == [("no", "chat", False), ("yes", "chat", True)]


async def test_i2_the_same_owner_twice_in_the_list_is_one_voter(world: World):
    await flats(world, "3-2-501", "3-2-502")
    ana = await person(world, ANA)
    for name, door in (("张三", "3-2-501"), ("张 三", "3-2-502")):
        await owns(world, name, door, person=ana)
    await opened(world)
    await answers(world, ANA, "同意")

    assert "3-2-501、3-2-502" in world.last(ANA) and await standing(world) == ["yes"]


async def test_a_company_and_who_represents_it_are_two_owners_and_she_votes_for_each(world: World):
    """Before: one voter for both, with one answer."""
    await flats(world, "3-2-501", "3-2-502")
    ana = await person(world, ANA)
    for name, door, kind in (("张三", "3-2-501", "person"), ("宏达", "3-2-502", "company")):
        await owns(world, name, door, person=ana, kind=kind)
    await opened(world)
    assert (await deciding.matter(world)).units == 2
    await world.writes(ANA, "投票 1")
    await world.presses(ANA, "3-2-502")
    await world.presses(ANA, "不同意")
    await world.writes(ANA, "投票 1")
    await world.presses(ANA, "3-2-501")
    await world.presses(ANA, "同意")

    assert await standing(world) == ["no", "yes"]


# --- I3, I4, I5: joint owners and households have one voice


async def test_i3_joint_owners_without_a_representative_are_both_told_and_neither_counts(
    world: World,
):
    await flats(world, "3-2-501")
    for who, name in ((ANA, "张三"), (LI, "李四")):
        await owns(world, name, "3-2-501", person=await person(world, who))
    await opened(world)
    await world.writes(ANA, "投票 1")
    for who in (ANA, LI):  # Li did not try, and hears of it all the same
        assert "要先定一位代表来投" in world.last(who) and "定下之前谁投都不计" in world.last(who)
    world.forget_what_was_said()
    await world.writes(LI, "投票 1")
    assert "要先定一位代表来投" in world.last(LI) and world.all(ANA) == []
    await world.writes(ZHOU, "纸票 1 3-2-501")
    assert "还没有推选代表，纸票也不能收" in world.last(ZHOU)
    assert await ballots(world) == []


@pytest.mark.parametrize(("author", "other"), [(ANA, LI), (LI, ANA)], ids=["Ana", "Li"])
async def test_i3_a_stored_answer_is_shown_to_its_author_alone(
    world: World, author: Address, other: Address
):
    await flats(world, "3-2-501")
    await owns(world, "张三", "3-2-501", person=await person(world, author), represents=True)
    await owns(world, "李四", "3-2-501", person=await person(world, other))
    await opened(world)
    await answers(world, author, "不同意")
    async with world.storage.begin() as uow:
        [voter] = [voter async for voter in uow.roll.entries(1)]
    unit = voter.unit.replace(":", "", 1)
    await world.does(other, ShowMyBallot(1, unit, 1))
    assert "您家已经投过了" in world.last(other) and "不同意" not in world.last(other)

    await world.presses(author, "查看我的票")
    assert "您选的是：不同意" in world.last(author)


async def home_votes(world: World, representative: Address, door: str, other: Address) -> None:
    """A vote by households in which ``other`` lives with the representative; both are known."""
    await world.has_resident(other, door)
    for who in (representative, other):
        await verified(world, await person(world, who))
    await speaks_for(world, await person(world, representative), door)
    await opened(world, *ROOM, rule="一户一票")


FAMILIES = pytest.mark.parametrize(
    ("first", "door", "second"),
    [(ANA, "3-1-101", SECOND), (LI, "3-2-202", MEI)],
    ids=["Ana", "Li"],
)


@FAMILIES
async def test_i4_a_new_representative_may_replace_the_ballot_and_the_history_is_kept(
    world: World, first: Address, door: str, second: Address
):
    await home_votes(world, first, door, second)
    await answers(world, first, "同意")
    await world.does(ZHOU, Register(await person(world, second)))
    await changes(world, second, "不同意")

    assert await ballots(world) == [("yes", "chat", False), ("no", "chat", True)]
    world.clock.advance(seconds=5)
    await world.writes(first, "投票 1")
    assert "请投票的那一位来改" in world.last(first)
    assert await standing(world) == ["no"]


@FAMILIES
async def test_i4_changes_of_the_one_before_do_not_use_up_those_of_the_next(
    world: World, first: Address, door: str, second: Address
):
    await home_votes(world, first, door, second)
    await deciding.asked(world, change_limit=1)
    await answers(world, first, "同意")
    await changes(world, first, "不同意")
    await world.does(ZHOU, Register(await person(world, second)))
    await changes(world, second, "弃权")
    await changes(world, second, "同意")
    assert await standing(world) == ["yes"]
    await changes(world, second, "不同意")
    assert "修改次数用完了" in world.last(second) and await standing(world) == ["yes"]


async def test_i4_nobody_is_sent_any_more_by_the_representative_before(world: World):
    """Before: Li still voted for Ana and Mei on Ana's word, when both had chosen Mei."""
    await flats(world, "3-2-501")
    for who, name in ((ANA, "张三"), (MEI, "李四")):
        id = await world.has_resident(who, "3-2-501", name=name)
        await verified(world, id)
        await owns(world, name, "3-2-501", person=id, represents=who == ANA)
    await opened(world)
    await named(world, LI)
    await entrusts(world, ANA, LI)
    await world.does(MEI, Propose((await households(world))["3-2-501"][0]))
    await world.presses(ANA, "同意由李四代表")
    assert "3-2-501" in world.last(LI) and "委托结束了" in world.last(LI)

    async with world.storage.begin() as uow:
        [voter] = [voter async for voter in uow.roll.entries(1)]
    unit = voter.unit.replace(":", "", 1)
    await world.does(LI, CastBallot(1, unit, "yes"))
    assert await ballots(world) == []
    await entrusts(world, MEI, LI)
    await world.does(LI, CastBallot(1, unit, "yes"))
    assert await standing(world) == ["yes"]


@FAMILIES
async def test_i5_who_votes_after_the_representative_is_told_who_may_change_it_and_not_what(
    world: World, first: Address, door: str, second: Address
):
    await home_votes(world, first, door, second)
    await answers(world, first, "不同意")
    await world.writes(second, "投票 1")

    assert "您家已经投过了。要改，请投票的那一位来改" in world.last(second)
    assert "不同意" not in world.last(second)
    async with world.storage.begin() as uow:
        [unit] = [x.unit async for x in uow.roll.entries(1) if x.took_part]
    await world.does(second, CastBallot(1, unit.replace(":", ""), "yes"))
    assert await standing(world) == ["no"]


# --- I6, I7, I8: when, how often


@EITHER
async def test_who_comes_at_the_opening_does_not_wait_for_a_timer(world: World, who: Address):
    """[opens, close): the vote begins with whoever is there first, once."""
    await deciding.noticed(world)
    await deciding.frozen(world)
    world.clock.now = await moment(world, "opens_at") - timedelta(milliseconds=1)
    await world.writes(who, "投票 1")
    assert "还没开始投票" in world.last(who)

    world.clock.now = await moment(world, "opens_at")
    await answers(world, who, "同意")
    assert await ballots(world) == [("yes", "chat", True)]
    assert "存证 0:" in world.card(BUILDING_3, "投票开始").text  # before the first ballot
    await deciding.ticks(world, 2)
    assert sum("投票开始" in text for text in world.all(BUILDING_3)) == 1


@BOTH
async def test_i6_a_ballot_at_the_close_is_late_logged_and_never_counted(
    stair: World, who: Address, unit: str
):
    await stair.writes(who, "投票 1")
    stair.clock.now = await moment(stair, "closes_at")
    await stair.presses(who, "同意")
    await stair.does(who, CastBallot(1, unit, "no"))

    assert "投票已经截止，这一票不能计" in stair.last(who)
    async with stair.storage.begin() as uow:
        late = [e for e in await uow.matters.events(1) if e.event == "late"]
    assert await ballots(stair) == []
    assert [(e.person_id, e.data) for e in late] == [(None, {})]  # once, and not whose it was


@BOTH
async def test_i7_pressed_twice_and_delivered_twice_is_one_ballot_with_one_receipt(
    stair: World, who: Address, unit: str
):
    press = Inbound("900", who, action=CastBallot(1, unit, "yes"))
    await stair.receives(press)
    said = stair.last(who)
    await stair.receives(press)
    assert [text for text in stair.all(who) if "回执" in text] == [said]

    await stair.does(who, CastBallot(1, unit, "yes"))
    assert "已经记录过了" in stair.last(who) and "回执 1:" in stair.last(who)
    assert await ballots(stair) == [("yes", "chat", True)]


@EITHER
async def test_i8_of_three_changes_the_last_counts_and_the_log_keeps_all(
    stair: World, who: Address
):
    await answers(stair, who, "同意")
    for answer in ("不同意", "弃权", "不同意"):
        await changes(stair, who, answer)

    assert [choice for choice, _, _ in await ballots(stair)] == ["yes", "no", "abstain", "no"]
    assert await standing(stair) == ["no"]


@EITHER
async def test_i8_where_the_place_allows_one_change_the_second_is_refused(
    world: World, who: Address
):
    await deciding.opened(world, change_limit=1)
    await answers(world, who, "同意")
    await changes(world, who, "不同意")
    await changes(world, who, "弃权")

    assert "修改次数用完了" in world.last(who)
    assert await standing(world) == ["no"]


async def test_two_answers_of_one_ballot_within_three_seconds_are_too_fast(stair: World):
    await answers(stair, ANA, "同意")
    await stair.presses(ANA, "修改我的票")
    await stair.presses(ANA, "不同意")
    assert "点得太快了" in stair.last(ANA) and await standing(stair) == ["yes"]


# --- I9, I10, I11: proxies


async def named(world: World, who: Address) -> None:
    """A proxy has a name to be recognised by."""
    id = await person(world, who)
    async with world.storage.begin() as uow:
        await uow.residents.call(id, "Li")


async def entrusts(world: World, owner: Address, proxy: Address) -> None:
    await world.writes(owner, "委托 1")
    await world.presses(owner, "给我委托码")
    line = next(x for x in world.last(owner).splitlines() if x.startswith(CODE))
    await world.writes(proxy, line)
    if "告诉委托人" in world.last(proxy):
        await world.presses(owner, "同意委托")


async def test_i9_a_fourth_mandate_is_refused_and_the_first_three_stand(world: World):
    owners = [Address("buttons", f"owner{n}") for n in range(4)]
    doors = [f"3-2-50{n}" for n in range(4)]
    await flats(world, *doors)
    for who, door in zip(owners, doors, strict=True):
        await owns(world, door, door, person=await world.has_resident(who, door, name=door))
    await deciding.opened(world, proxy_cap=3)
    await named(world, LI)
    for owner in owners:
        await entrusts(world, owner, LI)

    assert "受托的户数满了" in world.last(LI)
    li = await person(world, LI)
    async with world.storage.begin() as uow:
        held = await uow.mandates.given_to(1, li)
    assert [mandate.state for mandate in held] == [State.STANDING] * 3


@pytest.mark.parametrize("who", [LI, ANA], ids=["the proxy", "the owner"])
async def test_i9_a_mandate_that_was_used_counts_after_its_end_while_its_ballot_does(
    world: World, who: Address
):
    """Before: cast, end it, take the next one; a cap of one let a proxy vote for everybody."""
    await deciding.opened(world, proxy_cap=1)
    await named(world, LI)
    await entrusts(world, ANA, LI)
    await world.does(LI, CastBallot(1, "o501", "yes"))
    await world.does(who, EndMandate(1, "o501"))
    await entrusts(world, MEI, LI)
    assert "受托的户数满了" in world.last(LI)

    await changes(world, ANA, "不同意")
    await entrusts(world, MEI, LI)
    world.clock.advance(minutes=1)
    await world.does(LI, CastBallot(1, "o503", "yes"))
    assert await ballots(world) == [
        ("yes", "proxy", False), ("no", "chat", True), ("yes", "proxy", True)
    ]  # fmt: skip


async def test_i9_a_mandate_that_was_given_up_unused_does_not_count(world: World):
    await deciding.opened(world, proxy_cap=1)
    await named(world, LI)
    await entrusts(world, ANA, LI)
    await world.presses(LI, "我不代了")
    await entrusts(world, MEI, LI)
    assert "您受托替 3-2-301" in world.last(LI)


async def test_i10_staff_of_the_property_company_are_no_proxies_by_word_or_on_paper(stair: World):
    await named(stair, LI)
    await stair.has_staff(LI, "李保安", Role.MEMBER, ["*"], ["*"], organisation="安心物业")
    await entrusts(stair, ANA, LI)
    assert "物业公司的人不能受托" in stair.last(LI)

    await stair.writes(ZHOU, "书面委托 1 3-2-302")
    await stair.writes(ZHOU, "", photo="signed")
    await stair.writes(ZHOU, "3-2-201")
    await stair.presses(ZHOU, "Li")
    assert "物业公司的人不能受托" in stair.last(ZHOU)


async def test_i10_who_goes_over_to_the_property_company_votes_for_themselves_alone(stair: World):
    """Before: Li, who manages the company by now, still voted for Ana."""
    await named(stair, LI)
    await entrusts(stair, ANA, LI)
    await stair.has_staff(LI, "李经理", Role.MEMBER, ["*"], ["*"], organisation="安心物业")
    await stair.does(LI, CastBallot(1, "o501", "yes"))
    assert "物业公司的人不能受托" in stair.last(LI) and await ballots(stair) == []

    await answers(stair, LI, "不同意")
    assert await standing(stair) == ["no"]


@pytest.mark.parametrize(("owner", "proxy"), [(ANA, LI), (LI, ANA)], ids=["Ana", "Li"])
async def test_i11_the_principals_own_ballot_replaces_the_proxys_and_ends_the_mandate(
    world: World, owner: Address, proxy: Address
):
    await deciding.opened(world, change_limit=0)  # no limit keeps an owner from taking it back
    await named(world, proxy)
    unit = {ANA: "o501", LI: "o502"}[owner]
    await entrusts(world, owner, proxy)
    await world.does(proxy, CastBallot(1, unit, "no"))
    assert "有一票为您记下了" in world.last(owner)
    await changes(world, owner, "同意")

    assert await ballots(world) == [("no", "proxy", False), ("yes", "chat", True)]
    await world.does(proxy, CastBallot(1, unit, "no"))
    assert "的委托已经结束：业主本人投了" in world.last(proxy)


async def test_i11_so_does_the_principals_paper(stair: World):
    await named(stair, LI)
    await entrusts(stair, ANA, LI)
    await stair.does(LI, CastBallot(1, "o501", "no"))
    await hands_in(stair, "3-2-101", "同意")
    await stair.does(LI, CastBallot(1, "o501", "abstain"))

    assert "的委托已经结束" in stair.last(LI) and await standing(stair) == ["yes"]


# --- I12, I13: paper


@pytest.mark.parametrize(("who", "door"), [(ANA, "3-2-101"), (LI, "3-2-201")], ids=["Ana", "Li"])
async def test_i12_paper_wins_over_the_phone_and_the_owner_is_told_at_once(
    stair: World, who: Address, door: str
):
    await answers(stair, who, "同意")
    await hands_in(stair, door, "不同意")
    assert "有一票为您记下了" in stair.last(who)
    await changes(stair, who, "同意")

    assert "以纸票为准。要改请到居委会" in stair.last(who)
    assert await standing(stair) == ["no"]


async def test_i12_where_the_last_one_wins_the_phone_may_follow_paper(world: World):
    await deciding.opened(world, paper="last_wins")
    await hands_in(world, "3-2-101", "不同意")
    await changes(world, ANA, "同意")

    assert await ballots(world) == [("no", "paper", False), ("yes", "chat", True)]


@pytest.mark.parametrize(
    ("counts", "took_part"), [(False, "0/4"), (True, "1/4")], ids=["left out", "takes part"]
)
async def test_i13_a_blank_paper_ballot_is_invalid_and_taking_part_was_settled_before(
    world: World, counts: bool, took_part: str
):
    await deciding.opened(world, invalid_counts=counts)
    await hands_in(world, "3-2-302", "废票")
    assert await ballots(world) == [(None, "paper", True)]
    await closed(world)

    result = world.card(BUILDING_3, "结果").text
    assert took_part in result and "废票 1" in result


# --- I14, I15, I16, I17: the roll


async def test_i14_of_a_flat_sold_meanwhile_the_recorded_owner_votes(stair: World):
    buyer = Address("buttons", "buyer")
    stair.clock.advance(days=3)
    await stair.has_resident(buyer, "3-2-302")
    async with stair.storage.engine.begin() as connection:
        sold = v.holdings.c.property == "3-2-101"
        await connection.execute(v.holdings.delete().where(sold))
    await owns(stair, "买主", "3-2-101", person=await person(stair, buyer))

    await stair.writes(buyer, "投票 1")
    assert "不在1号事项" in stair.last(buyer)
    await answers(stair, ANA, "同意")
    await hands_in(stair, "3-2-101", "不同意")  # the officer finds the recorded owner by the door
    assert await ballots(stair) == [("yes", "chat", False), ("no", "paper", True)]


@pytest.mark.parametrize("who", [Address("buttons", "new"), SECOND], ids=["buttons", "words"])
async def test_i15_who_is_verified_after_the_freeze_may_read_and_not_vote(
    stair: World, who: Address
):
    await stair.has_resident(who, "3-2-302")
    await verified(stair, await person(stair, who), at=stair.clock.now)
    await stair.does(ZHOU, Tie(504, await person(stair, who)))
    await stair.writes(who, "事项 1")
    assert "加装电梯" in stair.last(who)
    await stair.writes(who, "投票 1")
    assert "名册冻结后才核对身份的，这次不能投" in stair.last(who)
    await stair.does(who, CastBallot(1, "o504", "yes"))
    assert await ballots(stair) == []


async def test_i16_a_flat_without_an_area_keeps_the_roll_open_until_somebody_enters_it(
    world: World,
):
    await flats(world, "3-2-501")
    await world.has_owners({ANA: "3-2-101"})
    await owns(world, "无面积", ("3-2-501", None))
    await put_to_the_vote(world, "加装电梯", "只用本单元", "3-2 加装电梯")
    ends = (await deciding.matter(world)).matter.question.notice_ends_at
    assert ends
    world.clock.now = ends + timedelta(hours=9)
    await world.presses(SUN, "冻结名册")
    assert "没有面积：3-2-501" in world.last(SUN) and "合同面积和来源" in world.last(SUN)

    async with world.storage.engine.begin() as connection:
        entered = update(v.holdings).where(v.holdings.c.property == "3-2-501")
        await connection.execute(entered.values(area=9_000, source="contract"))
    await freeze(world)
    await opens(world)
    assert (await deciding.matter(world)).matter.roll_hash


async def test_a_flat_that_the_list_of_owners_leaves_out_keeps_the_roll_open_until_it_is_listed(
    world: World,
):
    """Before: neither total knew of it, so a vote passed that had no quorum."""
    await deciding.noticed(world)
    await flats(world, "3-2-501")
    await deciding.after_the_notice(world)
    await world.presses(SUN, "冻结名册")
    assert "业主名册里没有：3-2-501。" in world.last(SUN) and "业主一栏先空着" in world.last(SUN)

    await owns(world, "", "3-2-501")
    await deciding.frozen(world)
    assert (await deciding.matter(world)).units == 5


@EITHER
async def test_i17_a_resident_of_seventeen_is_told_why_they_cannot_vote(world: World, who: Address):
    other = LI if who == ANA else ANA
    await verified(world, await person(world, who), adult=0)
    await verified(world, await person(world, other))
    await adults(world, 1)
    await opened(world, *ROOM)
    await world.writes(who, "投票 1")

    assert "未满18岁，不能投1号事项" in world.last(who)
    await answers(world, other, "同意")
    assert await standing(world) == ["yes"]


# --- I18: words


@EITHER
async def test_i18_words_are_no_ballot_the_buttons_come_again_and_the_comment_is_passed_on(
    stair: World, who: Address
):
    await stair.writes(who, "投票 1")
    await stair.writes(who, "同意，但是要先修屋顶")

    assert any("文字不算选票，请点按钮" in text for text in stair.all(who))
    assert await ballots(stair) == []
    assert "有人投票时写了意见：同意，但是要先修屋顶" in stair.last(SUN)
    await stair.presses(who, "不同意")
    assert await standing(stair) == ["no"]


# --- what is not in the handbook's table and has to hold as well


async def test_an_old_button_of_a_vote_that_is_over_says_so(stair: World):
    await answers(stair, ANA, "同意")
    await closed(stair)
    await stair.presses(ANA, "修改我的票")
    assert "已经截止" in stair.last(ANA)
    await stair.does(ANA, ShowBallot(1))
    assert "已经截止" in stair.last(ANA)


async def test_in_a_group_somebody_we_cannot_write_to_is_asked_to_write_first(stair: World):
    shy = Address("buttons", "shy")
    await stair.does(shy, ShowBallot(1), group=BUILDING_3)
    assert "私下和我说句话" in stair.last(BUILDING_3)
