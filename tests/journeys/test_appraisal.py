"""Rounds of secret ballots: 群众评议 and satisfaction, in which nobody can be found out."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from casework.counting import TOO_FEW, Outcome, count
from casework.matter_actions import CastBallot, SetMatter
from casework.scene import System
from domain.conversation import Address
from domain.question import Mode
from domain.residents import Role
from scheduler.matters import move_matters
from storage import tables as t
from storage import voting_tables as v
from storage.uow import UnitOfWork
from tests.deciding import drafted
from tests.journeys.test_decide import ends_of_notice, moment
from tests.world import ANA, BUILDING_3, COMMUNITY, HE, LI, MEI, SUN, WANG, ZHOU, World

DELEGATES = (HE, SUN, WANG, ZHOU)  # the committee is on the delegates' roll by itself


async def opened(world: World, kind: str = "群众评议") -> None:
    await world.writes(SUN, "/matters")
    await world.presses(SUN, "发起一项")
    await world.presses(SUN, kind)
    await world.presses(SUN, "请居民代表评")
    await world.presses(SUN, "就按这个")
    await world.writes(SUN, "全体 居委会")
    await world.presses(SUN, "开始公示")
    await world.presses(SUN, "确认，开始公示")
    world.clock.now = await ends_of_notice(world)
    await world.presses(SUN, "冻结名册")
    await world.presses(SUN, "确认，冻结名册")
    world.clock.now = await moment(world, "opens_at")
    await world.ticks(move_matters)


async def answers(world: World, who: Address, answer: str) -> None:
    await world.writes(who, "投票 1")
    await world.presses(who, answer)


async def closed(world: World) -> str:
    world.clock.now = await moment(world, "closes_at")
    await world.ticks(move_matters)
    return world.card(BUILDING_3, "不记名，只公布总数").text


async def test_an_appraisal_by_delegates(world: World):
    await opened(world)
    for who, answer in zip(DELEGATES, ("优秀", "称职", "称职", "不称职"), strict=True):
        await answers(world, who, answer)
        assert "不记名：没有回执" in world.last(who)
    told = await closed(world)

    assert "优秀　1\n称职　2\n基本称职　0\n不称职　1" in told
    assert "过半数的人选了" not in told


async def test_more_than_half_is_a_finding_for_people(world: World):
    await opened(world)
    for who in DELEGATES[:3]:
        await answers(world, who, "不称职")

    assert "由人依法决定，不由程序决定" in await closed(world)


async def test_where_too_few_took_part_nothing_is_found(world: World):
    """Three of 24 said 不称职, and the group read that more than half had."""
    for n in range(20):
        await world.has_staff(Address("buttons", f"9{n:02}"), f"委员{n}", Role.MEMBER, ["*"], ["*"])
    await opened(world)
    for who in DELEGATES[:3]:
        await answers(world, who, "不称职")
    told = await closed(world)

    assert "参与人数不够，不作数" in told and "参与人数 3/24" in told
    assert "过半数的人选了" not in told and "未通过" not in told


async def test_nobody_is_said_to_agree_to_anything(world: World):
    await opened(world)

    card = world.card(BUILDING_3, "1号事项").text
    assert "居民代表会议：要有三分之二以上参与才算数" in card and "过半数同意" not in card
    assert any("要有三分之二以上参与才算数" in text for text in world.all(SUN))
    assert not any("过半数同意" in text for text in world.all(SUN))


async def test_below_three_nothing_is_told_before_or_after(world: World):
    await opened(world)
    await answers(world, HE, "称职")
    await answers(world, SUN, "不称职")
    await world.writes(SUN, "事项 1")
    assert "共 4 票，已投 不到3 票" in world.last(SUN)
    told = await closed(world)

    assert "不公布" in told and "不称职" not in told and "称职　" not in told


@pytest.mark.parametrize("who", [HE, WANG])
async def test_an_answer_cannot_be_changed_or_looked_up(world: World, who: Address):
    await opened(world)
    await answers(world, who, "优秀")
    person = await _person(world, who)
    await world.does(who, CastBallot(1, f"p{person}", "4"))

    assert "不记名的票投了就不能改" in world.last(who)


async def test_the_database_holds_no_link_between_a_person_and_a_choice(world: World):
    await opened(world)
    for who, answer in zip(DELEGATES, ("优秀", "称职", "称职", "不称职"), strict=True):
        await answers(world, who, answer)
    async with world.storage.engine.connect() as connection:
        slips = (await connection.execute(v.slips.select())).all()
        ballots = (await connection.execute(v.ballots.select())).all()
        inbox = (await connection.execute(t.inbox.select())).all()

    assert ballots == [] and len(slips) == 4
    assert set(slips[0]._fields) == {"community_id", "matter", "id", "choice"}
    assert {row.payload for row in inbox} == {None}


async def test_after_the_close_not_even_the_engine_knows_whose_a_slip_is(world: World):
    await opened(world)
    for who, answer in zip(DELEGATES, ("优秀", "称职", "基本称职", "不称职"), strict=True):
        await answers(world, who, answer)
    await closed(world)

    async with world.storage.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            slips = (await connection.execute(text("SELECT id FROM slips ORDER BY rowid"))).all()
            assert list(slips) == sorted(slips)
        else:
            written = (await connection.execute(text("SELECT xmin::text FROM slips"))).all()
            marked = (await connection.execute(text("SELECT xmin::text FROM voters"))).all()
            assert len(set(written)) == 1 and not set(written) & set(marked)
        assert len((await connection.execute(v.slips.select())).all()) == len(DELEGATES)


async def test_words_that_tell_an_answer_go_to_nobody(world: World):
    await opened(world)
    await world.writes(HE, "投票 1")
    await world.writes(HE, "我投不称职，他们从来不回话")

    assert "不称职" in world.card(HE, "投票").buttons
    async with world.storage.engine.connect() as connection:
        assert (await connection.execute(v.matter_notes.select())).all() == []
        assert (await connection.execute(t.drafts.select())).all() == []


async def test_two_secret_answers_are_not_told_in_a_vote_of_yes_and_no_either(world: World):
    await opened(world)
    await answers(world, HE, "优秀")

    async def of_yes_and_no(uow: UnitOfWork) -> Outcome:
        kept = await uow.matters.get(1)
        assert kept
        question = replace(kept.matter.question, options=())
        plain = replace(kept, matter=replace(kept.matter, question=question))
        return await count(System(COMMUNITY, world.clock.now, uow), plain)

    outcome = await world.storage.run(of_yes_and_no)
    assert (outcome.result, outcome.taking_part, dict(outcome.chosen)) == (TOO_FEW, 0, {})


async def test_owners_cannot_decide_in_secret(world: World):
    await drafted(world)
    await world.does(SUN, SetMatter(1, "mode", "detached"))
    async with world.storage.begin() as uow:
        kept = await uow.matters.get(1)

    assert kept and kept.matter.question.mode is Mode.NAMED


async def test_a_satisfaction_round_tells_no_rate_of_few(world: World):
    await opened(world, "满意度调查")
    for who in DELEGATES:
        await answers(world, who, "满意")

    assert "回答的不到10人，不算满意率" in await closed(world)


async def test_residents_who_are_no_delegates_do_not_answer(world: World):
    await opened(world)
    for who in (ANA, LI, MEI):
        await world.writes(who, "投票 1")
        assert "不在1号事项" in world.last(who)


async def test_the_supervising_committee_asks_by_itself(world: World):
    """居委会法 Art. 37: it is 居务监督委员会 that has the committee appraised."""
    await world.has_staff(MEI, "许监督", Role.AUDITOR, ["*"], ["*"])
    await world.writes(MEI, "评议")
    await world.presses(MEI, "请居民代表评")
    await world.presses(MEI, "就按这个")
    await world.writes(MEI, "全体 居委会")
    await world.presses(MEI, "开始公示")
    await world.presses(MEI, "确认，开始公示")

    assert "公示　1号事项　居委会" in world.last(BUILDING_3)
    await world.writes(ANA, "评议")
    assert "由管理员发起" in world.last(ANA)


async def _person(world: World, who: Address) -> int:
    async with world.storage.begin() as uow:
        visitor = await uow.residents.visitor(who, who)
    assert visitor
    return visitor.person.id
