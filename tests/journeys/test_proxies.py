"""Proxies: an owner lets a neighbour vote for them; the neighbour says a word, the owner agrees.

Ana owns 3-2-101 and has buttons; Li owns 3-2-201 and types; Mei owns 3-2-301.
"""

import re

import pytest

from casework.entry_actions import ConfirmEntry, EndMandate, Entrust, MakeCode
from casework.matter_actions import CastBallot
from domain.conversation import Address
from domain.residents import Role
from handlers.residents import ForgetMe
from tests.electorate import adults, person, verified
from tests.handed_in import (
    LIFT,
    ballots,
    closes,
    freeze,
    opened,
    opens,
    put_to_the_vote,
    standing,
)
from tests.world import ANA, BUILDING_3, HE, LI, MEI, SUN, ZHOU, World

DOORS = {ANA: "3-2-101", LI: "3-2-201", MEI: "3-2-301", None: "3-2-302"}
CODE = re.compile(r"受托 (\w{5}-\w{5})")
BOTH = pytest.mark.parametrize(("owner", "proxy"), [(ANA, LI), (LI, ANA)], ids=["buttons", "words"])


@pytest.fixture
async def frozen(world: World) -> World:
    await world.has_owners(DOORS)
    async with world.storage.begin() as uow:
        for who, name in ((ANA, "Ana"), (LI, "Li"), (MEI, "Mei")):
            visitor = await uow.residents.visitor(who, who)
            assert visitor
            await uow.residents.call(visitor.person.id, name)
    await put_to_the_vote(world, *LIFT, "3-2 加装电梯")
    await freeze(world)
    return world


@pytest.fixture
async def stair(frozen: World) -> World:
    await opens(frozen)
    return frozen


async def code_of(world: World, owner: Address) -> str:
    await world.writes(owner, "委托 1")
    await world.presses(owner, "给我委托码")
    found = CODE.search(world.last(owner))
    assert found
    return found[1]


async def entrusts(world: World, owner: Address, proxy: Address) -> None:
    await world.writes(proxy, f"受托 {await code_of(world, owner)}")
    await world.presses(owner, "同意委托")


@BOTH
async def test_both_agree_and_the_proxy_votes_beside_their_own_vote(
    stair: World, owner: Address, proxy: Address
):
    code = await code_of(stair, owner)
    await stair.writes(proxy, f"受托 {code}")
    assert f"{'Li' if proxy == LI else 'Ana'}（{DOORS[proxy]}）说要替您投票" in stair.last(owner)
    await stair.presses(owner, "同意委托")
    assert "受托人：" in stair.last(owner) and f"替 {DOORS[owner]} 投票" in stair.last(proxy)

    await stair.writes(proxy, "投票 1")
    assert "您可以投 2 票" in stair.last(proxy)
    await stair.presses(proxy, f"{DOORS[owner]}（受托）")
    await stair.presses(proxy, "不同意")
    assert await ballots(stair) == [("no", "proxy", True)]
    assert "有一票为您记下了" in stair.last(owner) and "不同意" not in stair.last(owner)


@BOTH
async def test_who_votes_themselves_replaces_the_proxys_ballot_and_ends_it(
    stair: World, owner: Address, proxy: Address
):
    await entrusts(stair, owner, proxy)
    unit = "o501" if owner == ANA else "o502"
    await stair.does(proxy, CastBallot(1, unit, "no"))
    await stair.writes(owner, "投票 1")
    await stair.presses(owner, "修改我的票")
    stair.clock.advance(seconds=5)
    await stair.presses(owner, "同意")
    assert await ballots(stair) == [("no", "proxy", False), ("yes", "chat", True)]

    await stair.does(proxy, CastBallot(1, unit, "no"))
    assert "的委托已经结束：业主本人投了" in stair.last(proxy)
    assert await standing(stair) == ["yes"]
    await stair.writes(proxy, "投票 1")
    assert "（受托）" not in stair.last(proxy)


async def test_a_code_that_was_overheard_opens_nothing_without_the_owner(stair: World):
    code = await code_of(stair, ANA)
    await stair.writes(MEI, f"受托 {code}")
    await stair.does(MEI, CastBallot(1, "o501", "no"))
    await stair.does(MEI, Entrust(1, "o501", 1))

    assert await ballots(stair) == []
    await stair.writes(LI, f"受托 {code}")
    assert "没有这个委托码" in stair.last(LI)


async def test_the_owner_may_end_it_and_the_proxy_may_refuse_it(stair: World):
    await entrusts(stair, ANA, LI)
    await stair.presses(ANA, "收回委托")
    assert "委托结束了" in stair.last(ANA) and "委托结束了" in stair.last(LI)
    await stair.does(LI, CastBallot(1, "o501", "no"))
    assert await ballots(stair) == [] and "或者不再委托了" in stair.last(LI)

    await entrusts(stair, ANA, MEI)
    await stair.presses(MEI, "我不代了")
    assert "委托结束了" in stair.last(ANA)
    await stair.does(LI, EndMandate(1, "o501"))
    assert "不在1号事项" in stair.last(LI) or "业主本人" in stair.last(LI)


async def test_nobody_passes_a_mandate_on(stair: World):
    await entrusts(stair, ANA, LI)
    await stair.does(LI, MakeCode(1, "o501"))
    assert not CODE.search(stair.last(LI))


async def test_a_proxy_has_joined_and_is_not_oneself(stair: World):
    stranger = Address("buttons", "stranger")
    code = await code_of(stair, ANA)
    await stair.writes(ANA, f"受托 {code}")
    assert "要转给受托人" in stair.last(ANA)
    await stair.writes(stranger, f"受托 {code}")
    assert "先加入" in stair.last(stranger)


async def test_who_said_that_they_are_not_of_age_is_no_proxy(stair: World):
    """Before: Mei was told that she cannot vote, and voted for Ana."""
    await stair.writes(MEI, "核对身份")
    await stair.presses(MEI, "未满18岁")
    await stair.writes(MEI, f"受托 {await code_of(stair, ANA)}")
    assert "未满18岁，不能投1号事项" in stair.last(MEI)


async def test_codes_cannot_be_guessed_for_long(stair: World):
    for _ in range(6):
        await stair.writes(LI, "受托 AAAAA-BBBBB")
    assert "试的次数太多" in stair.last(LI)


async def test_who_has_voted_sends_nobody(stair: World):
    await stair.does(ANA, CastBallot(1, "o501", "yes"))
    await stair.writes(ANA, "委托 1")
    await stair.presses(ANA, "给我委托码")
    assert "业主本人已经投了" in stair.last(ANA)


async def test_no_second_proxy_is_sent_after_the_first_has_voted(stair: World):
    """The owner changes it themselves; else nobody would know for how many the first one voted."""
    await entrusts(stair, ANA, LI)
    await stair.does(LI, CastBallot(1, "o501", "yes"))
    await stair.does(ANA, EndMandate(1, "o501"))
    await stair.writes(ANA, "委托 1")
    await stair.presses(ANA, "给我委托码")
    assert "受托人已经代投了。要改，请业主本人投" in stair.last(ANA)

    await stair.writes(ZHOU, "书面委托 1 3-2-101")
    await stair.writes(ZHOU, "", photo="signed")
    await stair.writes(ZHOU, "3-2-301")
    await stair.presses(ZHOU, "Mei")
    assert "受托人已经代投了" in stair.last(ZHOU)


async def test_a_signed_mandate_is_registered_by_two_officers(stair: World):
    await stair.writes(ZHOU, "书面委托 1 3-2-302")
    assert "业主504" in stair.last(ZHOU) and "请拍下签过名的那张纸" in stair.last(ZHOU)
    await stair.writes(ZHOU, "", photo="signed")
    await stair.writes(ZHOU, "3-2-201")
    await stair.presses(ZHOU, "Li")
    await stair.does(LI, CastBallot(1, "o504", "yes"))
    assert await ballots(stair) == []

    assert "委托Li（3-2-201）代投" in stair.last(HE)
    await stair.presses(HE, "和纸上一致")
    assert "您受托替 3-2-302" in stair.last(LI)
    await stair.does(LI, CastBallot(1, "o504", "yes"))
    assert await ballots(stair) == [("yes", "proxy", True)]


async def test_who_is_the_proxy_of_a_signed_mandate_has_no_second_word_on_it(stair: World):
    """Before: He was asked to confirm that he himself votes for the owner of 3-2-302, and did."""
    await stair.has_resident(HE, "3-2-301", name="何书记")
    await stair.writes(ZHOU, "书面委托 1 3-2-302")
    await stair.writes(ZHOU, "", photo="signed")
    await stair.writes(ZHOU, "3-2-301")
    await stair.presses(ZHOU, "何书记")
    assert "委托何书记" in stair.last(SUN) and stair.all(HE) == []

    await stair.does(HE, ConfirmEntry(await waiting(stair)))
    assert "和您自己有关" in stair.last(HE)
    await stair.does(HE, CastBallot(1, "o504", "yes"))
    assert await ballots(stair) == []
    await stair.presses(ZHOU, "请别人确认")
    offered = list(stair.card(ZHOU, "请谁来确认").buttons)
    assert "孙管理员" in offered and "何书记" not in offered
    await stair.presses(SUN, "和纸上一致")
    await stair.does(HE, CastBallot(1, "o504", "yes"))
    assert await standing(stair) == ["yes"]


async def waiting(world: World) -> int:
    """The entry that waits for an officer's word."""
    async with world.storage.begin() as uow:
        [entered] = await uow.entries.waiting()
    return entered.id


async def test_nothing_of_it_is_said_in_a_group_and_nothing_after_the_close(stair: World):
    stair.forget_what_was_said()
    await stair.writes(ANA, "/委托 1", group=BUILDING_3)
    assert "私下" in stair.last(ANA) and stair.all(BUILDING_3) == []
    await closes(stair)
    await stair.writes(ANA, "委托 1")
    assert "没有1号投票" in stair.last(ANA) or "已经截止" in stair.last(ANA)


async def test_a_mandate_for_the_old_words_holds_for_no_others(frozen: World):
    """Before: Li voted on a pay car park for Ana, who had sent her to vote on a lift."""
    await entrusts(frozen, ANA, LI)
    code = await code_of(frozen, MEI)
    await frozen.writes(SUN, "事项 1")
    await frozen.presses(SUN, "修改")
    await frozen.presses(SUN, "问题全文")
    await frozen.writes(SUN, "是否同意把一楼大厅改成收费停车场？")
    for who in (ANA, LI, MEI):
        assert "原来的委托不算了" in frozen.last(who)

    await freeze(frozen)
    await frozen.writes(LI, f"受托 {code}")
    assert "没有这个委托码" in frozen.last(LI)
    await opens(frozen)
    await frozen.does(LI, CastBallot(1, "o501", "yes"))
    assert await ballots(frozen) == []
    await entrusts(frozen, ANA, LI)
    await frozen.does(LI, CastBallot(1, "o501", "yes"))
    assert await standing(frozen) == ["yes"]


async def test_residents_have_no_proxies(world: World):
    await verified(world, await person(world, ANA))
    await adults(world, 2)
    await opened(world, "公共空间利用", "只安排公共场地的使用时间", "全体 活动室的时间")
    await world.writes(ANA, "委托 1")
    assert "不能委托别人投" in world.last(ANA)


async def test_somebody_of_the_property_company_is_no_proxy(stair: World):
    await stair.has_staff(LI, "李保安", Role.MEMBER, ["*"], ["*"], organisation="安心物业")
    await stair.writes(LI, f"受托 {await code_of(stair, ANA)}")
    assert "物业公司的人不能受托" in stair.last(LI)


async def test_a_proxy_who_wants_to_be_forgotten_votes_for_nobody(stair: World):
    await entrusts(stair, ANA, LI)
    await stair.does(LI, ForgetMe(1))
    await stair.writes(ANA, "委托 1")

    assert "没时间投，可以请" in stair.last(ANA)
