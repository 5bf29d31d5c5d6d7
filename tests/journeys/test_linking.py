"""One person on two platforms: Ana has buttons, and a second account that types numbers."""

import json
import re
from dataclasses import replace

import pytest

from casework.actions import Unsupport
from casework.matter_actions import CastBallot
from domain.conversation import Address
from domain.linking import CODE_MINUTES, UNDO
from domain.matters import Event
from domain.question import Mode
from domain.residents import TRIES_PER_ACCOUNT, Role
from handlers.linking import ConfirmLink, PartAccount, UndoLink
from handlers.residents import ExportMe, ForgetMe
from scheduler.doubts import look_for_doubts
from storage.matters import Happened
from storage.uow import UnitOfWork
from tests.deciding import closed, opened
from tests.deciding import votes as pressed
from tests.votes import account, has_vote
from tests.world import ANA, BUILDING_3, COMMUNITY, HE, LI, MEI, SUN, ZHOU, World

PHONE = Address("wechat", "ana-on-another-phone")  # hers, and not known yet
CODE = re.compile(r"[0-9A-Z]{5}-[0-9A-Z]{5}")
VOTER, VOTER_TOO = account(1), account(2, "wechat")  # two people on one roll


async def asks_for_a_code(world: World, who: Address) -> str:
    await world.writes(who, "绑定")
    found = CODE.search(world.last(who))
    assert found
    return found[0]


async def links(world: World, first: Address, second: Address) -> None:
    """``first`` asks for the code, ``second`` says it."""
    await world.writes(second, f"绑定 {await asks_for_a_code(world, first)}")
    await world.presses(second, "是我自己的，绑定")


async def person(world: World, who: Address) -> int:
    async with world.storage.begin() as uow:
        visitor = await uow.residents.visitor(who, who)
    assert visitor
    return visitor.person.id


@pytest.mark.parametrize(("first", "second"), [(ANA, PHONE), (PHONE, ANA)], ids=["known", "new"])
async def test_a_code_from_either_side_makes_them_one_person(
    world: World, first: Address, second: Address
):
    ana = await person(world, ANA)
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    await links(world, first, second)

    assert await person(world, PHONE) == await person(world, ANA) == ana
    assert "已绑定" in world.last(ANA) and "已绑定" in world.last(PHONE)
    await world.writes(PHONE, "我的")
    assert "路灯坏了" in world.last(PHONE)
    await world.writes(ANA, "我的平台")
    assert "buttons\n· 微信　通知发到这里" in world.last(ANA)


@pytest.mark.parametrize("said", ["{}", "/link {}", "/start {}", "绑定{}", " 绑定码：{} "])
async def test_the_code_is_understood_however_it_is_said(world: World, said: str):
    code = await asks_for_a_code(world, PHONE)
    await world.writes(ANA, said.format(code))

    assert "自己在微信上要来的吗" in world.last(ANA)


async def test_a_number_behind_link_still_ties_a_case_to_a_matter(world: World):
    await world.writes(HE, "/link 7 12")

    assert "绑定" not in world.last(HE)


async def test_nothing_happens_before_the_word_of_who_said_the_code(world: World):
    code = await asks_for_a_code(world, MEI)
    await world.writes(ANA, f"绑定 {code}")
    await world.presses(ANA, "不是，不绑定")

    assert await person(world, MEI) != await person(world, ANA)


async def test_a_code_lasts_minutes_and_serves_once(world: World):
    old = await asks_for_a_code(world, PHONE)
    new = await asks_for_a_code(world, PHONE)
    await world.writes(ANA, f"绑定 {old}")
    assert "绑定码不对" in world.last(ANA)

    await world.writes(ANA, f"绑定 {new}")
    world.clock.advance(minutes=CODE_MINUTES)
    await world.presses(ANA, "是我自己的")
    assert "绑定码不对" in world.last(ANA)

    await links(world, PHONE, ANA)
    await world.does(MEI, ConfirmLink(new.replace("-", "")))
    assert "绑定码不对" in world.last(MEI)


async def test_who_guesses_codes_is_locked_out(world: World):
    for n in range(TRIES_PER_ACCOUNT):
        await world.writes(MEI, f"绑定 ABCD{n}-ABCDE")
    code = await asks_for_a_code(world, ANA)
    await world.writes(MEI, f"绑定 {code}")
    await world.does(MEI, ConfirmLink(code.replace("-", "")))

    assert await person(world, MEI) != await person(world, ANA)


async def test_a_group_reads_no_code(world: World):
    await world.writes(ANA, "/link", group=BUILDING_3)
    assert CODE.search(world.last(ANA)) and not world.all(BUILDING_3)
    await world.writes(ANA, "/link ABCDE-12345", group=BUILDING_3)
    assert "绑定要在私聊里办" in world.last(ANA)


async def test_two_households_and_two_appointments_stay_two(world: World):
    await world.writes(LI, f"绑定 {await asks_for_a_code(world, ANA)}")
    assert "登记在两户" in world.last(LI)
    await world.writes(HE, f"绑定 {await asks_for_a_code(world, ZHOU)}")
    assert "各有一个工作身份" in world.last(HE)


async def test_two_entries_of_one_household_become_one(world: World):
    ana = await person(world, ANA)
    second = await world.has_resident(PHONE, "3-1-101", name="Ana")
    await links(world, ANA, PHONE)

    assert await person(world, PHONE) == ana != second


async def test_an_appointment_comes_along(world: World):
    officer = Address("wechat", "chen")
    await world.has_staff(officer, "陈警官", Role.MEMBER, ["noise"], ["2"])
    await links(world, ANA, officer)
    await world.writes(ANA, "/visits")

    assert "您的网格里" in world.last(ANA)


# --- it was not me, and leaving


@pytest.mark.parametrize("who", [ANA, PHONE], ids=["her account", "the one that came along"])
async def test_either_side_undoes_it_and_what_came_along_leaves(world: World, who: Address):
    ana = await person(world, ANA)
    await links(world, PHONE, ANA)
    await world.presses(who, "不是我")

    assert await person(world, ANA) == ana != await person(world, PHONE)
    assert "已经解绑" in world.last(PHONE) and "已解绑：\n微信" in world.last(ANA)
    await world.writes(PHONE, "/me")
    assert "身份：访客" in world.last(PHONE)


async def test_a_stranger_who_came_along_cannot_turn_her_out(world: World):
    ana = await person(world, ANA)
    await links(world, ANA, PHONE)
    async with world.storage.begin() as uow:
        [hers] = [a for a in await uow.linking.accounts(ana) if a.address == ANA]
    await world.does(PHONE, PartAccount(hers.key, 1))

    assert "还不到 24 小时" in world.last(PHONE) and await person(world, ANA) == ana
    await world.does(MEI, PartAccount(hers.key, 1))  # of somebody else
    assert await person(world, ANA) == ana


async def test_what_came_along_brings_nobody_else_along_for_a_day(world: World):
    await links(world, ANA, PHONE)
    await world.writes(PHONE, "绑定")
    assert "还不到 24 小时" in world.last(PHONE)
    await world.writes(PHONE, f"绑定 {await asks_for_a_code(world, MEI)}")
    assert "还不到 24 小时" in world.last(PHONE)

    await links(world, ANA, MEI)
    assert "已绑定：buttons和buttons" in world.last(PHONE)


async def test_after_a_day_it_is_undone_by_unlinking(world: World):
    await links(world, ANA, PHONE)
    linked = int(world.clock().timestamp())
    world.clock.advance(hours=UNDO.total_seconds() / 3600)
    await world.does(ANA, UndoLink(linked))
    assert "已经过了 24 小时" in world.last(ANA)

    await world.writes(ANA, "/channels")
    await world.presses(ANA, "解绑微信")
    assert "已经投出的票不变" in world.last(ANA)
    await world.presses(ANA, "解绑微信")
    assert await person(world, PHONE) != await person(world, ANA)
    await world.writes(ANA, "/channels")
    assert world.last(ANA).count("·") == 1


async def test_the_last_account_stays(world: World):
    ana = await person(world, ANA)
    async with world.storage.begin() as uow:
        [mine] = await uow.linking.accounts(ana)
    await world.does(ANA, PartAccount(mine.key, 1))

    assert "唯一的账号" in world.last(ANA)


# --- where messages go


async def news(world: World) -> None:
    """Something of Ana's own to be told of, not said where somebody just spoke."""
    number = 1
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    world.forget_what_was_said()
    await world.writes(ZHOU, f"签收 {number}")


async def test_one_copy_goes_where_she_wants_it(world: World):
    await links(world, ANA, PHONE)
    await world.writes(PHONE, "我的平台")
    await world.presses(PHONE, "通知发到buttons")
    assert "buttons　通知发到这里" in world.last(PHONE)
    await news(world)
    assert len(world.all(ANA)) == 1 and world.all(PHONE) == []

    world.clock.advance(hours=2)
    await world.writes(PHONE, "我的平台")
    await world.presses(PHONE, "我最后用的平台")
    assert "微信　通知发到这里" in world.last(PHONE)


async def test_her_data_name_every_account_and_none_is_left(world: World):
    await links(world, ANA, PHONE)
    await world.does(ANA, ExportMe())
    said = world.last(ANA)
    kept = json.loads(said[said.index("{") : said.rindex("}") + 1])
    assert {a["chat"] for a in kept["accounts"]} == {ANA.chat, PHONE.chat}

    await world.does(PHONE, ForgetMe(1))  # it may still turn out to be a stranger's
    assert "还不到 24 小时" in world.last(PHONE)
    await world.does(ANA, ForgetMe(1))
    async with world.storage.begin() as uow:
        assert await uow.residents.visitor(PHONE, PHONE) is None


# --- one ballot


async def votes(world: World, who: Address, number: int, answer: str) -> None:
    await world.does(who, CastBallot(1, f"o{number}", answer))


async def standing(uow: UnitOfWork) -> int:
    sums = await uow.ballots.sums(1, 0)
    return sum(each.number for each in sums.values())


@pytest.mark.parametrize("voted", [(), (1,), (2,)], ids=["nobody", "the first", "the second"])
async def test_linked_they_have_one_vote_together(world: World, voted: tuple[int, ...]):
    await has_vote(world.storage, 2, accounts=lambda n: [(VOTER, VOTER_TOO)[n - 1]])
    accounts = {1: VOTER, 2: VOTER_TOO}
    for n in voted:
        await votes(world, accounts[n], n, "yes")
    await links(world, VOTER, VOTER_TOO)
    world.clock.advance(minutes=1)
    for who in accounts.values():
        for n in accounts:
            await votes(world, who, n, "no")

    async with world.storage.begin() as uow:
        assert await standing(uow) == 1
        assert len(await uow.roll.may_answer(1, await person_in(uow))) == 1


async def person_in(uow: UnitOfWork) -> int:
    visitor = await uow.residents.visitor(VOTER, VOTER)
    assert visitor
    return visitor.person.id


async def test_of_one_who_voted_twice_the_officers_are_asked_about_one_ballot(world: World):
    """Both stand in the record, one can be changed no more, and people decide about it."""
    await opened(world)
    for who in (ANA, LI):
        await pressed(world, who, "同意")
    li = await person(world, LI)
    async with world.storage.begin() as uow:
        await uow.residents.change(li, household_id=None)  # she had moved in with Ana
    await links(world, ANA, LI)
    assert await person(world, LI) == await person(world, ANA) != li
    await closed(world)
    await world.ticks(look_for_doubts)

    assert "同一个人的另一张票：1" in world.card(SUN, "有票要核实").text
    assert "剔除存疑票 1 张" in world.card(BUILDING_3, "有票正在核实").text


async def test_of_a_secret_vote_nobody_could_tell_so_they_stay_two_until_it_is_over(world: World):
    kept = await has_vote(world.storage, 2, accounts=lambda n: [(VOTER, VOTER_TOO)[n - 1]])
    async with world.storage.begin() as uow:
        secret = replace(kept.matter.question, mode=Mode.DETACHED)
        secretly = replace(kept.matter, question=secret)
        await uow.matters.save(kept, secretly, Happened(Event.OPEN, world.clock()))
    await votes(world, VOTER, 1, "yes")
    await votes(world, VOTER_TOO, 2, "no")
    await links(world, VOTER, VOTER_TOO)

    assert "都投了票" in world.last(VOTER_TOO)
    assert await person(world, VOTER) != await person(world, VOTER_TOO)


async def test_who_leaves_takes_no_vote_along(world: World):
    await has_vote(world.storage, 1, accounts=lambda n: [VOTER])
    await links(world, VOTER, PHONE)
    await votes(world, PHONE, 1, "yes")
    await world.presses(VOTER, "不是我")
    world.clock.advance(minutes=1)
    await votes(world, PHONE, 1, "no")
    async with world.storage.begin() as uow:
        assert [r.choice for r in [await uow.ballots.line(1, 1)] if r] == ["yes"]
        assert await standing(uow) == 1

    await votes(world, VOTER, 1, "no")  # hers to change
    async with world.storage.begin() as uow:
        assert set(await uow.ballots.sums(1, 0)) == {"no"}


async def test_where_a_link_can_say_the_code_it_stands_below_it(world: World):
    ways = {"buttons": "https://chat.example/bot?start="}
    world = World(world.storage, world.clock, replace(COMMUNITY, ways=ways))
    code = await asks_for_a_code(world, PHONE)
    assert f"点开就行：\nbuttons：{ways['buttons']}{code.replace('-', '')}" in world.last(PHONE)

    await asks_for_a_code(world, ANA)
    assert "点开就行" not in world.last(ANA)


@pytest.mark.parametrize(("first", "second"), [(ANA, PHONE), (PHONE, ANA)], ids=["known", "new"])
async def test_who_supported_her_own_case_from_another_platform_may_withdraw_it(
    world: World, first: Address, second: Address
):
    """Once both were one person, she was told that her neighbours still needed it."""
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    await world.writes(PHONE, "附议 1")
    await world.writes(LI, "附议 1")
    await links(world, first, second)
    async with world.storage.begin() as uow:
        case = await uow.tickets.get(1)
        assert case and case.ticket.supporters == len(await uow.tickets.supporters(1)) == 1

    await world.does(LI, Unsupport(1))
    await world.writes(ANA, "撤回 1")
    assert "已撤回" in world.last(ANA)
