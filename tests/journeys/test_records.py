"""The record in the chat: what everybody reads, one's own receipt, the list, the bundle."""

from pathlib import Path

import pytest

from bot.bundle import Given, give
from casework.record_actions import ShowTookPart
from domain.conversation import Address
from domain.residents import Role
from tests.deciding import begun, closed, hands_in, matter, noticed, opened, votes
from tests.electorate import has_many_owners
from tests.world import ANA, BUILDING_3, COMMUNITY, LI, MEI, SUN, ZHOU, World

QIN = Address("wechat", "qin")  # of the supervising committee
MANY = 41  # owners who have voted: more than a page of the list


@pytest.fixture
async def vote(world: World) -> World:
    """Story 4, open; Ana, Li and Mei have voted."""
    await world.has_staff(QIN, "秦监督", Role.AUDITOR, [], ["*"])
    await opened(world)
    await votes(world, ANA, "同意")
    await votes(world, LI, "同意")
    await votes(world, MEI, "不同意")
    return world


def receipt(world: World, who: Address) -> str:
    text = world.card(who, "已记录").text
    return next(line for line in text.splitlines() if line.startswith("回执")).split()[1]


async def test_everybody_reads_the_whole_hashes_and_no_totals_before_the_close(vote: World):
    await vote.writes(ZHOU, "存证 1")
    kept = await matter(vote)
    said = vote.last(ZHOU)

    assert kept.matter.text_hash in said and kept.matter.roll_hash in said
    assert vote.storage.vault.public_key in said
    assert "4 位业主，358.00 ㎡" in said and "开始\n0:" in said
    assert "截止前不公布票数" in said and "同意 " not in said.replace("以上同意", "")


async def test_after_the_close_the_totals_stand_beside_the_last_head(vote: World):
    await closed(vote)
    await vote.presses(SUN, "看详情", group=BUILDING_3)
    await vote.presses(SUN, "存证和核对")

    said = vote.last(SUN)
    assert "同意 2 / 179.00㎡" in said and "截止\n3:" in said
    for words in ("3-2-", "业主50"):
        assert words not in said


@pytest.mark.parametrize("who", [ANA, LI])
async def test_a_voter_finds_the_own_receipt_under_the_head_that_was_posted(
    vote: World, who: Address
):
    code = receipt(vote, who)
    await vote.writes(who, f"回执 1 {code}")
    assert "还没有公布过包含它的存证" in vote.last(who)

    await closed(vote)
    await vote.writes(who, f"/receipt 1 {code}")
    said = vote.last(who)
    head = vote.card(BUILDING_3, "最后的存证").text.split("最后的存证 ")[1].split()[0]
    assert "在记录里" in said and head in said
    assert "同意" not in said


async def test_a_receipt_that_was_never_given_is_not_found(vote: World):
    await closed(vote)
    await vote.writes(ANA, "事项 1")
    await vote.presses(ANA, "存证和核对")
    await vote.presses(ANA, "核对我的回执")
    await vote.writes(ANA, "2:0123456789abcdef")
    assert "不在1号事项的记录里" in vote.last(ANA)
    for nonsense in ("你好", "0:0123456789abcdef", "2:01"):
        await vote.writes(ANA, f"回执 1 {nonsense}")
        assert "不在1号事项的记录里" in vote.last(ANA)


async def test_a_record_that_was_changed_is_said_to_be(vote: World):
    code = receipt(vote, ANA)
    await closed(vote)
    async with vote.storage.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE ballots SET vid = 'x' WHERE seq = 2")
    await vote.writes(ANA, f"回执 1 {code}")

    assert "记录可能被改过" in vote.last(ANA)


async def test_owners_on_the_roll_read_which_flats_took_part_and_each_look_counts(vote: World):
    await vote.does(ANA, ShowTookPart(1, 0))
    assert "只在计票后" in vote.last(ANA)
    await closed(vote)
    await vote.writes(ANA, "存证 1")
    await vote.presses(ANA, "哪些户参加了")

    said = vote.last(ANA)
    assert "3-2-101　3-2-201　3-2-301" in said and "3-2-302" not in said
    assert "业主50" not in said and "不同意" not in said
    await vote.does(ZHOU, ShowTookPart(1, 0))
    assert "只给核对过产权" in vote.last(ZHOU)
    await vote.does(QIN, ShowTookPart(1, 0))
    assert "3-2-101" in vote.last(QIN)

    await vote.writes(SUN, "事项 1")
    await vote.presses(SUN, "看全过程")
    assert "参与名单 2 次" in vote.last(SUN)


async def test_the_list_goes_on_where_its_page_ended_and_a_look_begins_anywhere(
    world: World,
):
    await noticed(world)
    await has_many_owners(world, MANY, "3-2")
    await begun(world)
    for n in range(10_000, 10_000 + MANY):
        await hands_in(world, f"o:{n}", "yes")
    await closed(world)
    await world.does(ANA, ShowTookPart(1, 1))
    assert "参与名单 1 次" in await history(world)
    second, _ = doors(world.last(ANA)), await world.does(ANA, ShowTookPart(1, 0))
    first = doors(world.last(ANA))
    assert "参与名单 2 次" in await history(world)

    assert len(first) == 30 and len(second) == MANY - 30 and not first & second


async def history(world: World) -> str:
    """How often somebody looked, as everybody may read it."""
    await world.writes(SUN, "事项 1")
    await world.presses(SUN, "看全过程")
    return world.last(SUN)


def doors(text: str) -> set[str]:
    return {word for word in text.replace("\n", "　").split("　") if word.startswith("3-2-1")}


async def test_the_list_closes_when_the_decision_was_shown_for_its_days(vote: World):
    await closed(vote)
    await vote.writes(SUN, "事项 1")
    await vote.presses(SUN, "公布决定")
    await vote.writes(SUN, "未通过。")
    await vote.does(ANA, ShowTookPart(1, 0))
    assert "3-2-101" in vote.last(ANA)
    vote.clock.advance(days=20)
    await vote.does(ANA, ShowTookPart(1, 0))
    assert "只在计票后" in vote.last(ANA)


async def test_an_auditor_is_told_how_to_get_the_bundle_and_its_fingerprint(
    vote: World, tmp_path: Path
):
    await vote.writes(ANA, "核对 1")
    assert "只给监督委员和管理员" in vote.last(ANA)
    await vote.writes(QIN, "核对 1")
    assert "还没有截止" in vote.last(QIN)
    await closed(vote)
    await vote.writes(QIN, "核对 1")
    assert "linli bundle 1" in vote.last(QIN) and "还没有生成过" in vote.last(QIN)

    given = await give(vote.storage, COMMUNITY, 1, tmp_path / "b", vote.clock(), lambda n: None)
    assert isinstance(given, Given)
    await vote.writes(QIN, "核对 1")
    assert given.fingerprint in vote.last(QIN)
