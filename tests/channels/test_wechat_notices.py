"""Subscription notices: sent where nothing else may be, as often as somebody agreed to."""

from collections.abc import AsyncIterator

import pytest

from bot.channels.base import Outgoing
from bot.channels.wechat_templates import MOST, Template, Templates, fitting, kind_of
from domain.conversation import Say
from domain.residents import Role
from storage.uow import Storage
from tests.channels.test_wechat import ANA, NEWS, ZHOU, Rig
from tests.databases import NOON
from tests.fake_wechat import FakeWeChat
from tests.world import COMMUNITY, SHANGHAI, FakeClock, World
from texts import Span, Texts

SIGNED = Say(ANA, "tickets.signed", {"number": 12, "due": NOON})


@pytest.fixture
async def rig(storage: Storage) -> AsyncIterator[Rig]:
    """Ana lives in building 3, has written nothing for days, and may be sent nothing."""
    clock = FakeClock()
    async with FakeWeChat(clock) as fake:
        rig = Rig(storage, fake, clock)
        world = World(storage, clock)
        await world.has_households("3-1-101", grid="2")
        await world.has_resident(ANA, "3-1-101")
        await world.has_staff(ZHOU, "周警官", Role.MEMBER, ["utilities"], ["2"])
        async with rig.listening(in_time=0):
            yield rig
        await rig.api.close()
        assert fake.violations == []


async def agrees(rig: Rig, *templates: str) -> None:
    rig.clock.advance(seconds=1)
    await rig.fake.agrees(ANA.chat, *templates or (NEWS.id,))
    await rig.settles()


async def visits(rig: Rig) -> str:
    """What the member of the grid reads about doors where messages wait."""
    await rig.says(ZHOU, "待送达")
    await rig.sends()
    return rig.read_by(ZHOU)[-1]


async def test_a_consent_lets_one_notice_through_and_the_message_waits(rig: Rig) -> None:
    """Three callbacks are one consent; two messages are one notice."""
    rig.fake.repeats = 3
    await agrees(rig)

    await rig.promises(SIGNED, SIGNED)

    (notice,) = rig.fake.person(ANA.chat).notices
    assert notice["thing1"] == "您反映的事有新进展"
    assert notice["thing2"].startswith("12号已签收")
    assert (await rig.counts()) == {"held": 2}
    assert rig.fake.calls["/cgi-bin/message/subscribe/bizsend"] == 1

    rig.fake.repeats = 1
    await rig.says(ANA, "/start")
    await rig.sends()
    assert sum("12号已签收" in text for text in rig.read_by(ANA)) == 2


async def test_who_was_told_by_a_notice_is_not_on_the_list_of_visits(rig: Rig) -> None:
    await agrees(rig)
    await rig.promises(SIGNED)
    assert "3-1-101" not in await visits(rig)

    await rig.promises(SIGNED)
    assert "3-1-101　1条" in await visits(rig)


async def test_a_notice_that_did_not_arrive_gives_its_consent_back(rig: Rig) -> None:
    """WeChat says so later; who was not reached is on the list again."""
    await agrees(rig)
    await rig.promises(SIGNED)
    rig.clock.advance(seconds=2)
    rig.fake.person(ANA.chat).agreed[NEWS.id] += 1
    await rig.fake.tells_of_notice(ANA.chat, NEWS.id, -1, "failed:system failed")
    assert "3-1-101　1条" in await visits(rig)

    await rig.promises(SIGNED)
    assert len(rig.fake.person(ANA.chat).notices) == 2


async def test_what_wechat_says_has_no_consent_is_not_tried_again(rig: Rig) -> None:
    await agrees(rig)
    del rig.fake.person(ANA.chat).agreed[NEWS.id]

    await rig.promises(SIGNED, SIGNED)

    assert rig.fake.person(ANA.chat).notices == []
    assert rig.fake.calls["/cgi-bin/message/subscribe/bizsend"] == 1
    assert "3-1-101　2条" in await visits(rig)


async def test_who_withdraws_gets_none_and_who_looks_without_a_yes_neither(rig: Rig) -> None:
    await agrees(rig)
    rig.clock.advance(seconds=1)
    await rig.fake.withdraws(ANA.chat, NEWS.id)
    rig.clock.advance(seconds=1)
    said = [{"TemplateId": NEWS.id, "SubscribeStatusString": "reject", "PopupScene": "2"}]
    await rig.fake.lists(ANA.chat, "subscribe_msg_popup_event", "SubscribeMsgPopupEvent", said)

    await rig.promises(SIGNED)

    assert rig.fake.calls["/cgi-bin/message/subscribe/bizsend"] == 0


async def test_what_is_no_case_and_what_may_be_sent_uses_up_no_consent(rig: Rig) -> None:
    await agrees(rig)
    await rig.promises(Say(ANA, "home.cancelled"))
    await rig.says(ANA, "/start")
    await rig.sends()
    await rig.promises(SIGNED)

    assert rig.fake.calls["/cgi-bin/message/subscribe/bizsend"] == 0


async def test_a_busy_wechat_is_tried_again_with_the_same_consent(rig: Rig) -> None:
    await agrees(rig)
    rig.fake.fail_next_notice = [-1]
    await rig.promises(SIGNED)
    assert rig.fake.person(ANA.chat).notices == []

    rig.clock.advance(minutes=1)
    await rig.sends()

    assert len(rig.fake.person(ANA.chat).notices) == 1


async def test_a_consent_for_long_stays(storage: Storage) -> None:
    async with storage.begin() as uow:
        await uow.platforms.agreed(ANA, "vote", NOON)
        assert [await uow.platforms.take(ANA, "vote", keeps=True) for _ in range(3)] == [True] * 3
        assert await uow.platforms.take(ANA, "vote", keeps=False)
        assert not await uow.platforms.take(ANA, "vote", keeps=True)


@pytest.mark.parametrize("about", ["tickets", "voting", "notices"])
def test_every_keyword_holds_what_wechat_takes(about: str) -> None:
    fields = {"thing1": "community", "thing2": "about", "thing3": "words", "thing4": "how",
              "phrase5": "about", "time6": "at", "date7": "at"}  # fmt: skip
    template = Template("T", fields)
    known = dict.fromkeys(("case_news", "vote", "notice"), template)
    templates = Templates(known, Texts.load("zh", SHANGHAI), COMMUNITY.name, SHANGHAI)
    message = Outgoing(
        1, "oAna", (Span("第一行\n" + "字" * 40),), about=about, page="https://linli.example/p/x"
    )

    assert templates.of(message) is template
    body = templates.filled(template, message, NOON)
    filled = body["data"]
    assert body["page"] == "https://linli.example/p/x"

    assert filled["time6"]["value"].startswith("20") and len(filled) == len(fields)
    assert filled["thing3"]["value"] == "第一行 " + "字" * 15 + "…"
    assert "…" not in "".join(filled[k]["value"] for k in ("thing1", "thing2", "thing4"))
    for keyword, most in ((k, MOST[kind_of(k)]) for k in fields if kind_of(k) in MOST):
        assert 0 < len(filled[keyword]["value"]) <= most


def test_no_words_are_a_sign_that_there_is_something() -> None:
    assert fitting("thing1", " \n") == "…"
