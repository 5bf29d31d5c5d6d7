"""Who asked not to be named is named to nobody, whatever happens to the case."""

from domain.conversation import Address
from domain.residents import Role
from scheduler.tickets import hear_clocks
from tests.world import ANA, HE, LI, STAFF_ROOM, ZHOU, World

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
