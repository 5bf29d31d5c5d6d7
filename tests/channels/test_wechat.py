"""WeChat as a channel: the open request, the few messages a person may be sent, one token."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from bot.channels.base import Outgoing, Picture, Refused, TryLater, Unreachable
from bot.channels.wechat import WeChatChannel
from bot.channels.wechat_gate import Gate, Keys
from bot.channels.wechat_intake import Doors, Webhook
from bot.channels.wechat_menu import offer_menu
from bot.channels.wechat_read import read
from bot.channels.wechat_request import Account, WeChatApi
from bot.channels.wechat_templates import Template, Templates
from bot.dispatch import Dispatcher
from bot.intake import Intake
from bot.pacer import Pacer
from bot.sender import Sender
from domain.budget import Topic
from domain.conversation import Address, Say
from domain.residents import Role
from handlers.routes import ROUTES
from scheduler.upkeep import forget_handled
from storage.uow import Storage
from tests.databases import opened
from tests.fake_wechat import AES_KEY, APP_ID, SECRET, TOKEN, FakeWeChat, served
from tests.world import COMMUNITY, SHANGHAI, FakeClock, World
from texts import Span, Texts

ANA, ZHOU = Address("wechat", "oAna"), Address("wechat", "oZhou")
HELLO = "邻里助手"
SOON = 10.0  # seconds, on a machine that is busy with other tests
NEWS = Template("NEWS-of-a-case", {"thing1": "about", "thing2": "words", "time3": "at"})


class Rig:
    """One bot on WeChat whose sender works when it is told to. ``in_time``: as for Webhook."""

    def __init__(self, storage: Storage, fake: FakeWeChat, clock: FakeClock) -> None:
        self.storage, self.fake, self.clock = storage, fake, clock
        self.api = WeChatApi(Account(APP_ID, SECRET, fake.url), storage, clock)
        self.doors = Doors()
        texts = Texts.load("zh", SHANGHAI)
        templates = Templates({"case_news": NEWS}, texts, COMMUNITY.name, SHANGHAI)
        self.channel = WeChatChannel(self.api, self.doors, storage, clock, self._picture, templates)
        channels = {"wechat": self.channel}
        self.sender = Sender(storage, channels, texts, {"wechat": Pacer(1e6)}, clock, self._steady)
        self.dispatcher = Dispatcher(
            storage, ROUTES, {"wechat": read}, COMMUNITY, clock, self.sender.wake
        )
        self.intake = Intake(storage, self.dispatcher.handle, clock)
        self._open, self._over = 0, asyncio.Event()

    def _steady(self) -> float:
        return self.clock().timestamp()

    async def _picture(self, picture: Picture) -> bytes:
        return b"\xff\xd8of another channel"

    @asynccontextmanager
    async def listening(self, in_time: float) -> AsyncIterator[None]:
        gate = Gate(Keys(APP_ID, TOKEN, AES_KEY), self.clock)
        door = Webhook(
            gate, self.doors, self.storage, self.intake.accept, self.clock,
            self.sender.wake, in_time,
        )  # fmt: skip
        app = Starlette(routes=door.routes("/hook"))

        async def counted(scope: Any, receive: Any, send: Any) -> None:
            self._open += 1
            try:
                await app(scope, receive, send)
            finally:
                self._open -= 1
                self._over.set()

        async with served(counted) as url:
            self.fake.hook = url + "/hook"
            yield

    async def says(self, who: Address, text: str) -> None:
        """Too late for the open request: the answer is still to be sent."""
        self.clock.advance(seconds=1)
        await self.fake.says(who.chat, text)
        await self.settles()

    async def does(self, event: str, key: str = "") -> None:
        self.clock.advance(seconds=1)
        await self.fake.does(ANA.chat, event, key)
        await self.settles()

    async def settles(self) -> None:
        """Until requests are over, with what they do behind their answers, and all is handled."""
        while self._open:
            self._over.clear()
            await self._over.wait()
        await self.intake.drain()

    async def sends(self) -> None:
        while await self.sender.send_due():
            pass

    async def promises(self, *says: Say) -> None:
        async with self.storage.begin() as uow:
            await uow.delivery.promise(says, self.clock())
        await self.sends()

    async def counts(self) -> dict[str, int]:
        async with self.storage.begin() as uow:
            return await uow.delivery.counts()

    def read_by(self, who: Address) -> list[str]:
        return self.fake.person(who.chat).read


@pytest.fixture
async def rig(storage: Storage) -> AsyncIterator[Rig]:
    clock = FakeClock()
    async with FakeWeChat(clock) as fake:
        rig = Rig(storage, fake, clock)
        async with rig.listening(in_time=0):
            yield rig
        await rig.api.close()
        assert fake.violations == []


def news(text: str = "home.cancelled", topic: Topic | None = None, **more: Any) -> Say:
    return Say(ANA, text, topic=topic, **more)


async def test_an_answer_that_is_late_comes_as_a_message_of_its_own(rig: Rig) -> None:
    await rig.says(ANA, "/start")
    assert rig.read_by(ANA) == []

    await rig.sends()

    assert HELLO in rig.read_by(ANA)[0]
    assert rig.fake.person("oAna").windows["wrote"].left == 4


async def test_a_callback_that_comes_three_times_is_answered_once(rig: Rig) -> None:
    rig.fake.repeats = 3
    await rig.says(ANA, "/start")
    await rig.does("CLICK", "help")
    await rig.sends()

    assert len(rig.read_by(ANA)) == 2


async def test_five_messages_and_then_the_rest_waits_for_the_next_visit(rig: Rig) -> None:
    """Nothing is lost: what was held follows the answer of the next visit."""
    await rig.says(ANA, "/start")
    await rig.sends()
    await rig.promises(*[news() for _ in range(6)])
    assert len(rig.read_by(ANA)) == 5
    assert (await rig.counts())["held"] == 2

    await rig.says(ANA, "帮助")
    await rig.sends()

    assert len(rig.read_by(ANA)) == 8
    assert "我能帮您做什么" in "".join(rig.read_by(ANA)[5:])
    assert (await rig.counts()) == {"sent": 8}


async def test_the_last_message_is_kept_for_what_is_urgent(rig: Rig) -> None:
    await rig.says(ANA, "/start")
    await rig.sends()
    await rig.promises(*[news(topic=Topic.DIGEST) for _ in range(5)])
    assert len(rig.read_by(ANA)) == 4

    await rig.promises(news("home.choose_language", Topic.EMERGENCY))

    assert rig.read_by(ANA)[-1] == "请选择语言。"
    assert (await rig.counts())["held"] == 2


async def test_a_visit_by_the_menu_allows_three_for_a_minute(rig: Rig) -> None:
    await rig.does("CLICK", "help")
    await rig.sends()
    rig.clock.advance(seconds=60)

    await rig.promises(news())

    assert len(rig.read_by(ANA)) == 1
    assert (await rig.counts())["held"] == 1


async def test_after_two_days_nothing_is_sent_until_they_come(rig: Rig) -> None:
    await rig.says(ANA, "/start")
    await rig.sends()
    rig.clock.advance(hours=48)

    await rig.promises(news())

    assert (await rig.counts())["held"] == 1


async def test_wechats_own_count_goes_before_ours(rig: Rig) -> None:
    await rig.says(ANA, "/start")
    rig.fake.fail_next = [45047]
    await rig.sends()
    assert (await rig.counts()) == {"held": 1}

    await rig.promises(news())
    assert (await rig.counts()) == {"held": 2}
    assert rig.fake.calls["/cgi-bin/message/custom/send"] == 1


async def test_a_card_that_changes_is_sent_again_in_a_conversation_or_at_the_next(
    rig: Rig,
) -> None:
    await rig.says(ANA, "/start")
    await rig.promises(news(card="case:1"))
    await rig.promises(news("home.choose_language", card="case:1"))
    rig.clock.advance(minutes=1)

    await rig.promises(news("home.cancelled", card="case:1"))

    assert rig.read_by(ANA)[1:] == ["好的，不用管它了。", "请选择语言。"]
    assert (await rig.counts())["held"] == 1
    await rig.promises(news("home.choose_language", card="case:1"))
    assert (await rig.counts())["held"] == 1  # as it is then, and not each state it had

    await rig.says(ANA, "帮助")
    await rig.sends()

    assert len(rig.read_by(ANA)) == 5 and "请选择语言。" in rig.read_by(ANA)[3:]


async def test_whose_messages_wait_is_told_to_the_member_of_the_grid(rig: Rig) -> None:
    world = World(rig.storage, rig.clock)
    await world.has_households("3-1-101", grid="2")
    await world.has_resident(ANA, "3-1-101")
    await world.has_staff(ZHOU, "周警官", Role.MEMBER, ["utilities"], ["2"])
    await rig.promises(news(), news())

    await rig.says(ZHOU, "待送达")
    await rig.sends()

    assert "3-1-101　2条" in rig.read_by(ZHOU)[-1]


async def test_what_has_nothing_to_say_any_more_is_not_told_at_the_next_visit(rig: Rig) -> None:
    await rig.promises(news(until=rig.clock() + timedelta(hours=1)), news())
    assert (await rig.counts()) == {"held": 2}
    rig.clock.advance(hours=1)

    await rig.says(ANA, "/start")
    await rig.sends()

    assert (await rig.counts()) == {"sent": 2, "failed": 1}


async def test_what_nobody_came_for_in_ninety_days_is_given_up(rig: Rig) -> None:
    await rig.promises(news())
    rig.clock.advance(days=90, seconds=1)
    await rig.dispatcher.run(forget_handled)

    assert (await rig.counts()) == {"failed": 1}


async def test_who_leaves_is_written_to_no_more_and_who_returns_is(rig: Rig) -> None:
    """Coming back within the hour used to go unnoticed: they stayed blocked."""
    await rig.says(ANA, "/start")
    await rig.does("unsubscribe")
    await rig.sends()
    assert (await rig.counts()) == {"blocked": 1}

    rig.clock.advance(minutes=5)
    await rig.does("subscribe")
    await rig.sends()

    async with rig.storage.begin() as uow:
        found = await uow.residents.visitor(ANA, ANA)
        assert found and found.person.id in await uow.residents.reach({found.person.id})


async def test_an_hour_of_everything_that_wechat_does(rig: Rig) -> None:
    """Repeats, late answers, lost tokens, refusals: handled once, none lost, no limit broken."""
    chance, people = Random(6), [Address("wechat", f"o{n}") for n in range(6)]
    rig.fake.repeats = 3
    said = told = 0
    for _ in range(60):
        rig.clock.advance(seconds=60)
        for who in people:
            if chance.random() < 0.15:
                await rig.says(who, "/help")
                said += 1
        if chance.random() < 0.2:
            rig.fake.expire_token()
        rig.fake.fail_next = chance.choices([-1, 45011, 45047, 40001], k=chance.randrange(2))
        says = [replace(news(), to=chance.choice(people)) for _ in range(chance.randrange(4))]
        told += len(says)
        await rig.promises(*says)
    rig.fake.fail_next = []
    for _ in range(told):
        rig.clock.advance(minutes=10)
        for who in people:
            await rig.says(who, "/help")
            said += 1
        await rig.sends()
        if not (await rig.counts()).get("held"):
            break
    rig.clock.advance(minutes=10)
    await rig.sends()

    assert (await rig.counts()) == {"sent": said + told}
    assert sum(len(rig.read_by(who)) for who in people) == said + told


async def test_a_choice_is_pressed_and_an_old_one_is_politely_refused(rig: Rig) -> None:
    """Menus that were sent and links in a reply alike; which numbers are good the mark says."""
    await rig.says(ANA, "语言")
    await rig.sends()
    await presses(rig, "English")
    assert "English" in rig.read_by(ANA)[-1]

    rig.fake.person(ANA.chat).menus.pop()
    await rig.says(ANA, "/suggest")
    await rig.sends()
    await presses(rig, "中文")

    assert "out of date" in rig.read_by(ANA)[-1]


async def presses(rig: Rig, label: str) -> None:
    rig.clock.advance(seconds=1)
    await rig.fake.presses(ANA.chat, label)
    await rig.settles()
    await rig.sends()


# --- the token


async def test_one_token_serves_all_processes_and_is_fetched_once(rig: Rig) -> None:
    other = WeChatApi(Account(APP_ID, SECRET, rig.fake.url), rig.storage, rig.clock)

    got = await asyncio.gather(*(api.token() for api in (rig.api, other) for _ in range(10)))
    await other.close()

    assert set(got) == {"token-0"}
    assert rig.fake.calls["stable_token"] == 1


async def test_a_token_that_wechat_forgot_is_fetched_anew_and_the_message_goes(rig: Rig) -> None:
    await rig.says(ANA, "/start")
    await rig.api.token()
    rig.fake.expire_token()
    await rig.sends()

    assert (await rig.counts()) == {"sent": 1}
    assert rig.fake.calls["stable_token"] == 2


async def test_a_picture_goes_though_wechat_forgot_the_token(rig: Rig) -> None:
    """A form had been read by then, and it was not built anew: the words came without it."""
    await rig.says(ANA, "/start")
    await rig.api.token()
    rig.fake.expire_token()
    rig.doors.open("u", ANA.chat)  # the words need no token
    lamp = Outgoing(9, ANA.chat, (Span("灯"),), picture=Picture("telegram", "lamp"))
    await rig.channel.send(lamp)

    assert len(rig.fake.person(ANA.chat).pictures) == 1


async def test_a_token_refused_for_ever_is_asked_for_a_bounded_number_of_times(rig: Rig) -> None:
    await rig.says(ANA, "/start")
    rig.fake.fail_next = [40001, 40001]
    await rig.sends()

    assert (await rig.counts()) == {"pending": 1}
    assert rig.fake.calls["stable_token"] <= 3


MEANS: dict[int, type[Exception]] = {
    -1: TryLater, 45009: TryLater, 45011: TryLater, 48001: TryLater, 40164: TryLater,
    43004: Unreachable, 40003: Unreachable, 45002: Refused, 40008: Refused,
}  # fmt: skip


@pytest.mark.parametrize(("code", "kind"), MEANS.items())
async def test_wechats_codes_mean_what_the_sender_knows(
    sqlite_url: str, code: int, kind: type[Exception]
) -> None:
    clock = FakeClock()
    async with FakeWeChat(clock) as fake, opened(sqlite_url, clock) as storage:
        rig = Rig(storage, fake, clock)
        async with rig.listening(in_time=0):
            await rig.says(ANA, "/start")
        fake.fail_next = [code]
        with pytest.raises(kind) as raised, capture_logs() as logs:
            await rig.channel.send(Outgoing(1, "oAna", (Span("只给安娜看的话"),)))
        await rig.api.close()

    assert "安娜" not in f"{raised.value}{logs}"


async def test_a_wechat_that_is_away_is_tried_later(rig: Rig) -> None:
    away = WeChatApi(Account(APP_ID, SECRET, "http://127.0.0.1:9"), rig.storage, rig.clock)

    with pytest.raises(TryLater):
        await away.call("/cgi-bin/message/custom/send", {})
    await away.close()


async def test_the_menu_leads_to_where_typing_its_words_leads(rig: Rig) -> None:
    await offer_menu(rig.api, Texts.load("zh", SHANGHAI), "zh")
    first, second, more = rig.fake.menu["button"]
    assert [first["name"], second["name"]] == ["提建议", "我的事项"]
    assert [entry["name"] for entry in more["sub_button"]] == ["投票", "帮助"]

    await rig.does("CLICK", first["key"])
    await rig.sends()

    assert "写" in rig.read_by(ANA)[-1]


# --- words and doors


async def test_an_answer_goes_to_the_request_that_waits_longest() -> None:
    doors = Doors()
    first, second = doors.open("1", "oAna"), doors.open("2", "oAna")

    assert doors.answer("oAna", "one") and doors.answer("oAna", "two")
    assert not doors.answer("oAna", "three") and not doors.waits("oAna")
    assert [await doors.answered(door, 0) for door in (first, second)] == ["one", "two"]
    assert doors.known("1") is first


async def test_what_could_not_be_kept_is_left_to_wechat_to_repeat(storage: Storage) -> None:
    clock = FakeClock()

    async def broken(updates: object) -> None:
        raise OSError("disk full")

    async with FakeWeChat(clock) as fake:
        doors, gate = Doors(), Gate(Keys(APP_ID, TOKEN, AES_KEY), clock)
        door = Webhook(gate, doors, storage, broken, clock, lambda: None)
        async with served(Starlette(routes=door.routes("/hook"))) as url:
            fake.hook = url + "/hook"
            with capture_logs() as logs:
                await fake.says("oAna", "路灯坏了")

        assert fake.violations == ["answered 503"]
    assert not doors.waits("oAna") and "路灯" not in str(logs)


async def test_an_answer_is_not_put_into_a_request_that_was_cut() -> None:
    """It was noted as sent, and read by nobody."""
    doors = Doors()
    cut = asyncio.create_task(doors.answered(doors.open("1", "oAna"), 4.5))
    await asyncio.wait({cut}, timeout=0)  # it has begun to wait
    cut.cancel()
    await asyncio.wait({cut})

    assert not doors.answer("oAna", "太晚了")


async def test_no_ask_is_told_that_an_update_is_kept_while_none_of_them_has_kept_it(
    storage: Storage,
) -> None:
    """The second was told so by the door that the first had opened, and WeChat asked no more."""
    clock, asks, gone = FakeClock(), asyncio.Semaphore(0), asyncio.Event()

    async def hanging(updates: object) -> None:
        asks.release()
        await gone.wait()
        raise OSError("the database is gone")

    async with FakeWeChat(clock) as fake:
        doors, gate = Doors(), Gate(Keys(APP_ID, TOKEN, AES_KEY), clock)
        door = Webhook(gate, doors, storage, hanging, clock, lambda: None, in_time=0)
        async with served(Starlette(routes=door.routes("/hook"))) as url:
            fake.hook = url + "/hook"
            said = {"MsgType": "text", "Content": "路灯坏了", "MsgId": "77"}
            brought = [asyncio.create_task(fake.brings("oAna", **said)) for _ in range(2)]
            async with asyncio.timeout(SOON):
                for _ in brought:
                    await asks.acquire()
            gone.set()
            await asyncio.gather(*brought)

        assert fake.violations == ["answered 503", "answered 503"]
    assert not doors.waits("oAna")
