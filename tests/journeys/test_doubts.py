"""Doubted ballots: found after the count, asked about in person, struck out only by two."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from casework.doubt_actions import ShowDoubt, ShowDoubts
from casework.entry_actions import ConfirmEntry
from casework.matter_actions import HandOver, HandOverTo, NotMe
from domain.conversation import Address
from domain.residents import Role
from scheduler.doubts import look_for_doubts
from storage import voting_tables as v
from tests.checking import check
from tests.deciding import DOORS, begun, bundled, closed, matter, moment, noticed, opened, votes
from tests.electorate import owns, verified
from tests.journeys.test_paper import entry, writes_down
from tests.journeys.test_proxies import entrusts
from tests.world import ANA, BUILDING_3, LI, MEI, SUN, ZHOU, World

QIN = Address("wechat", "qin")  # of the supervising committee
NEWCOMERS = [Address("buttons", f"60{n}") for n in range(1, 6)]


@pytest.fixture
async def audited(world: World) -> World:
    await world.has_staff(QIN, "秦监督", Role.AUDITOR, [], ["*"])
    return world


async def burst(world: World) -> None:
    """Five who never did anything here say yes within a minute; Ana, long active, says no."""
    await noticed(world)
    doors = {who: f"3-2-{n}01" for n, who in enumerate(NEWCOMERS, 4)}
    await world.has_owners(doors, first=601)  # type: ignore[arg-type]
    await world.writes(ANA, "#建议 路灯坏了")
    await begun(world)
    await votes(world, ANA, "不同意")
    for who in NEWCOMERS:
        world.clock.advance(seconds=10)
        await world.writes(who, "投票 1")
        await world.presses(who, "同意")


async def test_a_burst_is_told_to_reviewers_and_in_public_only_by_its_number(audited: World):
    await burst(audited)
    await closed(audited)
    await audited.ticks(look_for_doubts)

    assert "从没用过的账号：5" in audited.card(QIN, "有票要核实").text
    assert "从没用过的账号：5" in audited.card(SUN, "有票要核实").text
    public = audited.card(BUILDING_3, "有票正在核实").text
    assert "若剔除存疑票 5 张，结果可能改变" in public and "3-2-" not in public

    audited.forget_what_was_said()
    await audited.ticks(look_for_doubts)
    assert audited.all(QIN) == [] and audited.all(BUILDING_3) == []
    await audited.does(ANA, ShowDoubts(1))
    assert "由监督委员、管理员和负责人核实" in audited.last(ANA)


async def test_nobody_is_doubted_for_voting_in_their_own_time(audited: World):
    await opened(audited)
    for who in (ANA, LI, MEI):
        await votes(audited, who, "同意")
    await closed(audited)
    await audited.ticks(look_for_doubts)

    assert not any("核实" in text for text in audited.all(QIN) + audited.all(BUILDING_3))


async def test_i14_a_flat_that_was_sold_meanwhile_is_noted_for_the_reviewers(audited: World):
    """By a list of owners; nobody is asked about it, and its ballot counts."""
    await opened(audited)
    for who in (ANA, LI):
        await votes(audited, who, "同意")
    async with audited.storage.engine.begin() as connection:
        sold = v.holdings.c.property == DOORS[ANA]
        await connection.execute(v.holdings.delete().where(sold))
    await owns(audited, "买主", DOORS[ANA])
    await closed(audited)
    await audited.ticks(look_for_doubts)

    assert "名册冻结后房子的登记有变动：1" in audited.card(QIN, "有票要核实").text
    assert not any("核实" in text for text in audited.all(BUILDING_3))


async def test_those_confirmed_long_before_are_no_strangers_in_their_first_vote(audited: World):
    """Only accounts that nobody knew make a burst: in a first vote all are new to Linli."""
    await noticed(audited)
    doors = {who: f"3-2-{n}01" for n, who in enumerate(NEWCOMERS, 4)}
    await audited.has_owners(doors, first=601)  # type: ignore[arg-type]
    for who, door in doors.items():
        person = await audited.has_resident(who, door)
        await verified(audited, person, at=audited.clock() - timedelta(days=30))
    await begun(audited)
    for who in NEWCOMERS:
        audited.clock.advance(seconds=10)
        await audited.writes(who, "投票 1")
        await audited.presses(who, "同意")
    await closed(audited)
    await audited.ticks(look_for_doubts)

    assert not any("核实" in text for text in audited.all(QIN) + audited.all(BUILDING_3))


async def test_late_changes_and_the_newly_confirmed_are_listed_to_reviewers_alone(audited: World):
    await opened(audited)
    people = [await audited.has_resident(LI, "3-2-201")]
    await verified(audited, people[0], at=audited.clock() - timedelta(days=3))
    await votes(audited, ANA, "同意")
    await votes(audited, LI, "同意")
    audited.clock.now = await moment(audited, "closes_at") - timedelta(minutes=30)
    await votes(audited, ANA, "不同意")
    await closed(audited)
    await audited.ticks(look_for_doubts)
    await audited.writes(QIN, "存疑 1")

    said = audited.last(QIN)
    assert "第 2 条　身份刚核对不到7天" in said and "第 3 条　最后一小时改过" in said
    assert not any("核实" in text for text in audited.all(BUILDING_3))
    assert (await matter(audited)).outcome["doubted"] == 0  # type: ignore[index]


async def reported(world: World) -> None:
    """Three have voted; Li says that line 2 was not hers."""
    await opened(world)
    for who in (ANA, LI, MEI):
        await votes(world, who, "同意")
    await world.does(LI, NotMe(1, 2))
    await closed(world)
    await world.ticks(look_for_doubts)


async def test_a_reported_ballot_is_struck_out_by_two_and_counted_anew(
    audited: World, tmp_path: Path
):
    await reported(audited)
    assert "若剔除存疑票 1 张，结果可能改变" in audited.card(BUILDING_3, "结果　1号").text

    await audited.writes(QIN, "存疑 1")
    await audited.presses(QIN, "核实第 2 条")
    assert "业主502　3-2-201" in audited.last(QIN) and "本人在聊天里投" in audited.last(QIN)
    await audited.presses(QIN, "剔除")
    await audited.writes(QIN, "李阿姨说手机借给了别人")
    assert "要另一位工作人员同意" in audited.last(QIN)
    await audited.does(QIN, ShowDoubt(1, 2))
    await audited.presses(QIN, "同意剔除")
    assert "不能是同一个人" in audited.last(QIN)
    assert (await matter(audited)).outcome["result"] == "passed"  # type: ignore[index]

    await audited.presses(SUN, "核实第 2 条")
    await audited.presses(SUN, "同意剔除")
    await audited.writes(SUN, "我也去问了，属实")

    assert "共剔除 1 张票" in audited.card(BUILDING_3, "经两名工作人员").text
    result = audited.card(BUILDING_3, "结果　1号").text
    assert "经复核剔除 1 张" in result and "不剔除存疑票时：通过" in result
    assert "参与面积 179.00/358.00" in result
    assert "您的一票" in audited.card(LI, "剔除").text
    assert "结果变了" in audited.card(SUN, "结果变了").text
    for words in ("李阿姨", "3-2-201", "业主502"):
        assert not any(words in text for text in audited.all(BUILDING_3))

    files = await bundled(audited, tmp_path)
    outcome = check(files)
    assert (outcome.code, outcome.wrong) == (0, [])
    assert json.loads(files["result.json"])["struck"] == [2]
    await audited.writes(ZHOU, "事项 1")
    await audited.presses(ZHOU, "看全过程")
    assert "剔除存疑票" in audited.last(ZHOU) and "李阿姨" not in audited.last(ZHOU)
    assert "核实存疑票 3 次" in audited.last(ZHOU)


async def test_nobody_of_the_property_company_is_given_the_matter_or_sees_whose_ballot_it_is(
    audited: World,
):
    guard = Address("buttons", "guard")
    await audited.has_staff(guard, "李保安", Role.MEMBER, ["*"], ["*"], organisation="安心物业")
    async with audited.storage.begin() as uow:
        company = next(s.id for s in await uow.staff.all() if s.organisation)
    await reported(audited)
    await audited.does(SUN, HandOver(1))
    assert not any("李保安" in label for label in audited.buttons.chat(SUN.chat)[-1].buttons)
    await audited.does(SUN, HandOverTo(1, company))
    assert (await matter(audited)).matter.owner != company

    await audited.writes(guard, "存疑 1")
    assert "由监督委员、管理员和负责人核实" in audited.last(guard)


async def strike(world: World, seq: int) -> None:
    """Qin wants it, Sun agrees."""
    await world.does(QIN, ShowDoubt(1, seq))
    await world.presses(QIN, "剔除")
    await world.writes(QIN, "不是本人投的")
    await world.does(SUN, ShowDoubt(1, seq))
    await world.presses(SUN, "同意剔除")
    await world.writes(SUN, "属实")


async def test_what_was_struck_out_cannot_be_doubted_again(audited: World):
    """It was subtracted once more from what the result could be, and no one could settle it."""
    await burst(audited)
    await closed(audited)
    await audited.ticks(look_for_doubts)
    await strike(audited, 2)
    before = (await matter(audited)).outcome
    audited.forget_what_was_said()
    await audited.does(NEWCOMERS[0], NotMe(1, 2))

    assert "已经核实并剔除" in audited.last(NEWCOMERS[0])
    assert audited.all(QIN) == audited.all(SUN) == []
    after = (await matter(audited)).outcome
    assert after == before and after is not None
    assert (after["struck"], after["doubted"]) == (1, 4)


async def test_one_officer_keeps_a_ballot_and_nothing_changes(audited: World):
    await reported(audited)
    await audited.does(SUN, ShowDoubt(1, 2))
    await audited.presses(SUN, "保留")
    await audited.writes(SUN, "问过了，是本人投的，记错了")

    outcome = (await matter(audited)).outcome
    assert outcome is not None and (outcome["result"], outcome["doubted"]) == ("passed", 0)
    await audited.does(SUN, ShowDoubt(1, 2))
    assert "保留" in audited.last(SUN)


async def test_no_reviewer_decides_about_the_own_ballot_nor_before_the_count(audited: World):
    await noticed(audited)
    await audited.has_owners({QIN: "3-2-501"}, first=601)
    await begun(audited)
    await votes(audited, ANA, "同意")
    await votes(audited, QIN, "同意")
    await audited.does(QIN, NotMe(1, 2))
    await audited.does(SUN, ShowDoubt(1, 2))
    assert "保留" not in audited.card(SUN, "第 2 条").buttons
    await closed(audited)
    await audited.does(QIN, ShowDoubt(1, 2))
    await audited.presses(QIN, "保留")
    assert "这是您自己的票" in audited.last(QIN)


async def test_who_had_a_hand_in_a_ballot_does_not_decide_about_it(audited: World):
    """Sun wrote the paper down, Meng confirmed it; Meng cast another one as a proxy."""
    meng = Address("buttons", "701")
    await audited.has_staff(meng, "孟主任", Role.ADMIN, ["*"], ["*"])
    await opened(audited)
    await verified(audited, await audited.has_resident(meng, "3-2-302", name="孟主任"))
    await writes_down(audited, "3-2-101", "同意", SUN)
    await audited.does(meng, ConfirmEntry(await entry(audited)))
    await entrusts(audited, LI, meng)
    await votes(audited, meng, "同意")
    await audited.presses(ANA, "不是我投的")
    await audited.does(LI, NotMe(1, 2))
    await closed(audited)
    for officer, seq, word in ((SUN, 1, "保留"), (meng, 1, "剔除"), (meng, 2, "保留")):
        await audited.does(officer, ShowDoubt(1, seq))
        await audited.presses(officer, word)
        assert "这一票是您经手的" in audited.last(officer)

    await audited.does(QIN, ShowDoubt(1, 1))
    await audited.presses(QIN, "剔除")
    assert "为什么剔除" in audited.last(QIN)
