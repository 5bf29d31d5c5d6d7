"""Who asked not to be named is named to nobody, whatever happens to the case."""

import pytest

from domain.conversation import Address
from domain.residents import Role
from scheduler.tickets import hear_clocks
from tests.world import ANA, BUILDING_3, HE, LI, MEI, STAFF_ROOM, WANG, ZHOU, World

STREET = Address("wechat", "street")
NAMED = ("Ana", "3-1-101")


async def test_an_anonymous_author_appears_in_no_message_but_her_own(world: World):
    await world.has_group(STAFF_ROOM, "staff")
    street = {"level": 2, "organisation": "花园街道"}
    await world.has_staff(STREET, "李科长", Role.MEMBER, ["*"], ["*"], **street)
    await world.writes(ANA, "3号楼门口路灯坏了")
    await world.presses(ANA, "公开方式")
    await world.presses(ANA, "不署名")
    await world.presses(ANA, "提交")
    await world.writes(LI, "附议 1")
    for who, words in (
        (ZHOU, "签收 1"),
        (ZHOU, "提问 1 是哪一盏？"),
        (ANA, "回答 1 左边那盏"),
        (ZHOU, "求助 1 没有登高车"),
        (ZHOU, "退回 1"),
        (HE, "/work 1"),
        (HE, "进度 1"),
        (HE, "督办"),
        (ZHOU, "办结 1 换了灯泡"),
    ):
        await world.writes(who, words)
    await world.presses(ANA, "没有解决")
    await world.presses(ANA, "又坏了")
    world.clock.advance(days=10)
    await world.ticks(hear_clocks)

    others = [
        sent.text
        for channel in world.channels.values()
        for sent in channel.sent
        if sent.chat != ANA.chat
    ]
    assert len(others) > 15
    assert [text for text in others if any(name in text for name in NAMED)] == []


@pytest.fixture
async def answered(world: World) -> World:
    """Ana's case names nobody; Zhou asks her something, and she tells him who she is.

    Li supports the case, Wang is asked to help with it.
    """
    await world.writes(ANA, "3号楼门口路灯坏了")
    await world.presses(ANA, "公开方式")
    await world.presses(ANA, "不署名")
    await world.presses(ANA, "提交")
    await world.writes(LI, "附议 1")
    await world.writes(ZHOU, "签收 1")
    await world.writes(ZHOU, "请配合 1")
    await world.presses(ZHOU, "王师傅")
    await world.writes(ZHOU, "借一架梯子")
    await world.writes(ZHOU, "提问 1 您住几号？")
    await world.writes(ANA, "回答 1 我是3-1-101的Ana")
    return world


@pytest.mark.parametrize("reader", [ANA, ZHOU, HE, WANG])
async def test_who_has_a_part_in_the_case_reads_what_was_answered(answered: World, reader: Address):
    await answered.writes(reader, "进度 1")

    assert "您住几号？" in answered.last(reader)
    assert "我是3-1-101的Ana" in answered.last(reader)


@pytest.mark.parametrize("reader", [LI, MEI])
async def test_others_read_that_it_was_answered_and_no_more(answered: World, reader: Address):
    await answered.writes(reader, "进度 1")

    told = answered.last(reader)
    assert "询问反映人" in told and "反映人补充" in told
    assert "几号" not in told and "Ana" not in told


async def test_who_asks_to_answer_in_the_group_answers_alone(answered: World):
    await answered.writes(ZHOU, "提问 1 白天在家吗？")
    answered.forget_what_was_said()
    await answered.writes(ANA, "/answer 1", group=BUILDING_3)
    assert "请写下1号的回答" in answered.last(ANA)
    assert answered.all(BUILDING_3) == []

    await answered.writes(ANA, "在家，找Ana")
    assert "在家，找Ana" in "".join(answered.all(ZHOU))
