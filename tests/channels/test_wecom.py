"""WeCom as a channel: cards that change, paces that drop nothing, groups, robots, one token."""

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

from bot.channels.base import (
    Button,
    Outgoing,
    Picture,
    Refused,
    TryLater,
    Unclear,
    Unreachable,
)
from bot.channels.wechat_gate import Keys
from bot.channels.wecom import WeComChannel
from bot.channels.wecom_gate import WeComGate
from bot.channels.wecom_intake import Webhook
from bot.channels.wecom_read import read
from bot.channels.wecom_request import Corp, WeComApi
from bot.dispatch import Dispatcher
from bot.files import File
from bot.intake import Intake
from bot.pacer import Pacer
from bot.sender import Sender
from domain.budget import Topic
from domain.conversation import Address, Say
from handlers.routes import ROUTES
from storage.platforms import Pace
from storage.uow import Storage
from tests.databases import NOON, opened
from tests.fake_wechat import served
from tests.fake_wecom import (
    AES_KEY,
    AGENT_ID,
    CORP_ID,
    ROBOT_KEY,
    SECRET,
    TOKEN,
    FakeWeCom,
    Group,
    Member,
)
from tests.world import COMMUNITY, SHANGHAI, FakeClock
from texts import Span, Texts

ANA = Address("wecom", "wangana")
SUBMIT, PRIVATELY = "确定", "请到应用里回答"
YES_NO = (Button("好", "d"), Button("不好", "mine"))


class Rig:
    """One bot on WeCom whose sender works when it is told to."""

    def __init__(self, storage: Storage, fake: FakeWeCom, clock: FakeClock) -> None:
        self.storage, self.fake, self.clock = storage, fake, clock
        corp = Corp(CORP_ID, AGENT_ID, SECRET, fake.url, {"board": ROBOT_KEY})
        self.corp, self.api = corp, WeComApi(corp, storage, clock)
        self.channel = self.another(self.api)
        texts = Texts.load("zh", SHANGHAI)
        channels = {"wecom": self.channel}
        self.sender = Sender(storage, channels, texts, {"wecom": Pacer(1e6)}, clock, self._steady)
        self.dispatcher = Dispatcher(
            storage, ROUTES, {"wecom": read}, COMMUNITY, clock, self.sender.wake
        )
        self.intake = Intake(storage, self.dispatcher.handle, clock)
        self._promises = iter(range(10_000, 20_000))

    def another(self, api: WeComApi) -> WeComChannel:
        """As it is in another process, or after a restart."""
        return WeComChannel(
            api, self.storage, self.clock, self._picture, submit=SUBMIT, privately=PRIVATELY
        )

    def _steady(self) -> float:
        return self.clock().timestamp()

    async def _picture(self, picture: Picture) -> bytes:
        return b"\xff\xd8of another channel"

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        gate = WeComGate(Keys(CORP_ID, TOKEN, AES_KEY), self.clock)
        door = Webhook(gate, self.storage, self.intake.accept, self.clock)
        async with served(Starlette(routes=door.routes("/hook"))) as url:
            self.fake.hook = url + "/hook"
            yield

    async def gives(self, text: str = "好的", chat: str = ANA.chat, **more: Any) -> str:
        """One message to the channel itself; returns what it called it."""
        return await self.channel.send(Outgoing(next(self._promises), chat, (Span(text),), **more))

    async def does(self, event: str, key: str = "") -> None:
        self.clock.advance(seconds=10)
        await self.fake.does("WangAna", event, key)
        await self.settles()

    async def presses(self, label: str) -> None:
        self.clock.advance(seconds=10)
        await self.fake.presses(ANA.chat, label)
        await self.settles()

    async def settles(self) -> None:
        await self.intake.drain()
        while await self.sender.send_due():
            pass

    async def promises(self, *says: Say) -> None:
        async with self.storage.begin() as uow:
            await uow.delivery.promise(says, self.clock())
        await self.settles()

    async def counts(self) -> dict[str, int]:
        async with self.storage.begin() as uow:
            return await uow.delivery.counts()

    @property
    def ana(self) -> Member:
        return self.fake.person(ANA.chat)


@pytest.fixture
async def rig(storage: Storage) -> AsyncIterator[Rig]:
    clock = FakeClock()
    async with FakeWeCom(clock) as fake:
        rig = Rig(storage, fake, clock)
        async with rig.listening():
            yield rig
        await rig.api.close()
        assert (fake.violations, fake.dropped) == ([], 0)


def news(text: str = "home.cancelled", topic: Topic | None = None, **more: Any) -> Say:
    return Say(ANA, text, topic=topic, **more)


# --- cards


async def test_a_card_changes_in_its_place_once_and_again_after_each_press(rig: Rig) -> None:
    first = await rig.gives("要登记吗？", buttons=YES_NO)
    second = await rig.gives("已登记 ✓", buttons=YES_NO, edits=first)
    assert [card.words for card in rig.ana.cards] == ["已登记 ✓\n\n[好]\n[不好]"]

    await rig.presses("好")
    await rig.gives("办结了", edits=second)

    assert rig.ana.cards[0].kind == "text_notice" and rig.ana.cards[0].words == "办结了\n"
    assert rig.fake.calls["/cgi-bin/message/update_template_card"] == 2


async def test_where_no_code_is_left_the_card_is_sent_anew(rig: Rig) -> None:
    first = await rig.gives("一", buttons=YES_NO)
    second = await rig.gives("二", buttons=YES_NO, edits=first)
    third = await rig.gives("三", buttons=YES_NO, edits=second)
    await rig.gives("四", edits=third)
    await rig.gives("五", edits="sent")

    assert [card.words[0] for card in rig.ana.cards] == ["二", "四"]
    assert rig.ana.read[-1] == "五"


async def test_after_three_days_the_code_is_not_tried(rig: Rig) -> None:
    first = await rig.gives("一", buttons=YES_NO)
    rig.clock.advance(hours=72)

    await rig.gives("二", buttons=YES_NO, edits=first)

    assert len(rig.ana.cards) == 2
    assert rig.fake.calls["/cgi-bin/message/update_template_card"] == 0


async def test_a_press_that_comes_three_times_brings_one_code(rig: Rig) -> None:
    rig.fake.repeats = 3
    first = await rig.gives("要登记吗？", buttons=YES_NO)
    await rig.presses("不好")
    second = await rig.gives("已登记 ✓", buttons=YES_NO, edits=first)
    await rig.gives("已登记，2人附议", buttons=YES_NO, edits=second)

    assert len([card for card in rig.ana.cards if "已登记" in card.words]) == 2


async def test_a_card_of_which_the_answer_was_lost_does_not_arrive_twice(rig: Rig) -> None:
    message = Outgoing(77, ANA.chat, (Span("要登记吗？"),), YES_NO)
    rig.fake.lose_next = 1
    with pytest.raises(Unclear):
        await rig.channel.send(message)

    assert await rig.channel.send(message) == "77"
    assert len(rig.ana.cards) == 1


async def test_a_change_of_which_the_answer_was_lost_is_made_again_later(rig: Rig) -> None:
    """Taken for a message of unknown fate, it was listed for people to look into, or went twice."""
    first = await rig.gives("一", buttons=YES_NO)
    changed = Outgoing(77, ANA.chat, (Span("二"),), YES_NO, edits=first)
    rig.fake.lose_next = 1
    with pytest.raises(TryLater):
        await rig.channel.send(changed)

    assert await rig.channel.send(changed) == "77"
    assert [card.words[0] for card in rig.ana.cards] == ["二"]
    assert rig.fake.violations.pop() == "a response_code that is spent"  # and it says so


async def test_a_card_that_could_not_be_changed_now_keeps_its_code(rig: Rig) -> None:
    first = await rig.gives("一", buttons=YES_NO)
    away = WeComApi(replace(rig.corp, base_url="http://127.0.0.1:9"), rig.storage, rig.clock)
    with pytest.raises(TryLater):
        await rig.another(away).send(Outgoing(5, ANA.chat, (Span("二"),), YES_NO, edits=first))
    await away.close()

    await rig.gives("二", buttons=YES_NO, edits=first)

    assert len(rig.ana.cards) == 1


async def test_seven_choices_are_options_of_which_one_is_sent_off(rig: Rig) -> None:
    many = tuple(Button(f"{n}号候选人", f"call:{n}") for n in range(1, 25))
    await rig.gives("请选一位", buttons=many)

    assert [card.kind for card in rig.ana.cards] == ["vote_interaction"] * 2
    assert [len(card.choices) for card in rig.ana.cards] == [20, 4]
    await rig.presses("7号候选人")
    assert rig.fake.calls["/cgi-bin/message/send"] == 3  # the bot has understood and answered


async def test_long_words_go_before_the_card(rig: Rig) -> None:
    await rig.gives("路灯坏了\n" + "又黑又长。" * 60, buttons=YES_NO)

    words, card = rig.ana.read
    assert words.startswith("路灯坏了\n又黑") and card == "路灯坏了\n\n[好]\n[不好]"


async def test_pictures_voices_and_files_follow_the_words(rig: Rig) -> None:
    spoken = Picture("telegram", "v")
    await rig.gives("看图", image=b"\x89PNG", voice=spoken, file=File("名单.csv", b"a,b"))

    (picture,), (voice,), (file,) = rig.ana.pictures, rig.ana.voices, rig.ana.files
    assert rig.fake.kept[picture] == b"\x89PNG" and rig.fake.kept[file] == b"a,b"
    assert rig.fake.kept[voice].endswith(b"of another channel")


# --- paces


async def test_thirty_one_messages_in_a_minute_all_arrive(rig: Rig) -> None:
    """WeCom would drop what is too much, silently; here it waits, the urgent before it."""
    await rig.promises(*[news(topic=Topic.DIGEST) for _ in range(31)])
    assert len(rig.ana.read) == 18
    await rig.promises(news("home.choose_language", Topic.EMERGENCY))
    rig.clock.advance(seconds=6)
    await rig.settles()
    assert "请选择语言。" in rig.ana.read[18]

    for _ in range(40):
        rig.clock.advance(seconds=10)
        await rig.settles()

    assert (await rig.counts()) == {"sent": 32} and len(rig.ana.read) == 32


async def test_a_pace_outlives_a_restart_and_is_shared(rig: Rig) -> None:
    async with rig.storage.begin() as uow:
        await uow.platforms.take_turns(ANA, 18, Pace(18, timedelta(seconds=6)), NOON)
    after = rig.another(rig.api)

    with pytest.raises(TryLater) as wait:
        await after.send(Outgoing(1, ANA.chat, (Span("好的"),)))

    assert wait.value.seconds == 6 and not wait.value.everywhere


async def test_a_pace_survives_that_the_clock_is_set_back(rig: Rig) -> None:
    """A month ahead for one message, and nothing reached this person for a month."""
    rig.clock.advance(days=30)
    await rig.gives("一")
    rig.clock.advance(days=-30)
    await rig.gives("二")
    with pytest.raises(TryLater) as told:
        await rig.gives("三")
    rig.clock.advance(seconds=told.value.seconds)
    await rig.gives("三")

    assert rig.ana.read == ["一", "二", "三"] and told.value.seconds == 6


async def test_a_robot_and_the_groups_have_paces_of_their_own(rig: Rig) -> None:
    rig.fake.groups["linli1"] = Group(("a", "b"))
    for chat, most in (("robot:board", 12), ("group:linli1", 190)):
        for _ in range(most):
            await rig.gives(chat=chat)
        with pytest.raises(TryLater):
            await rig.gives(chat=chat)

    assert len(rig.fake.robots[ROBOT_KEY].read) == 12
    assert len(rig.fake.groups["linli1"].read) == 190


@pytest.mark.parametrize(("many", "seconds"), [(1, 0), (3, 0), (4, 10), (9, 60)])
async def test_turns_are_taken_all_or_none(storage: Storage, many: int, seconds: int) -> None:
    pace = Pace(3, timedelta(seconds=10))
    async with storage.begin() as uow:
        take = uow.platforms.take_turns
        waits = [(await take(ANA, 1, pace, NOON)).total_seconds() for _ in range(many)]
        assert waits == [0.0] * min(many, 3) + [10.0] * (many - 3)
        assert (await take(ANA, 7, pace, NOON)).total_seconds() == min(many, 3) * 10


async def test_processes_that_write_at_once_share_one_pace(rig: Rig) -> None:
    async def turn() -> bool:
        async with rig.storage.begin() as uow:
            pace = Pace(18, timedelta(seconds=6))
            return not await uow.platforms.take_turns(ANA, 1, pace, NOON)

    assert sum(await asyncio.gather(*(turn() for _ in range(25)))) == 18


async def test_an_hour_of_everything_that_wecom_does(rig: Rig) -> None:
    """Repeats, lost tokens, refusals, crowds: handled once, none lost, nothing beyond a limit."""
    chance, people = Random(6), [f"m{n}" for n in range(6)]
    rig.fake.repeats = 3
    said = told = 0
    for _ in range(20):
        rig.clock.advance(minutes=3)
        for who in people:
            if chance.random() < 0.15:
                await rig.fake.says(who, "/help")
                said += 1
        if chance.random() < 0.2:
            rig.fake.expire_token()
        rig.fake.fail_next = chance.choices([-1, 45009, 42001, 60020], k=chance.randrange(2))
        to = Address("wecom", chance.choice(people))
        says = [replace(news(), to=to) for _ in range(chance.choice((0, 1, 2, 20)))]
        told += len(says)
        await rig.intake.drain()
        await rig.promises(*says)
    rig.fake.fail_next = []
    for _ in range(200):
        rig.clock.advance(seconds=60)
        await rig.settles()
        if (await rig.counts()).keys() == {"sent"}:
            break

    assert (await rig.counts()) == {"sent": said + told}
    found = [text for who in people for text in rig.fake.person(who).read]
    assert sum(text == "好的，不用管它了。" for text in found) == told


# --- groups and robots


async def test_a_group_is_told_to_answer_in_the_app_and_nothing_is_changed_there(rig: Rig) -> None:
    rig.fake.groups["linli1"] = group = Group(("zhou", "he", "li"))
    named = await rig.gives("1号　路灯坏了", "group:linli1", buttons=YES_NO, image=b"\x89PNG")

    assert await rig.gives("1号已签收", "group:linli1", edits=named) == ""
    assert group.read == [f"1号　路灯坏了\n{PRIVATELY}"] and len(group.pictures) == 1
    assert await rig.channel.members("group:linli1") == 3
    assert await rig.channel.members("group:gone") is None
    assert await rig.channel.members("robot:board") is None


async def test_a_robot_says_it_with_its_picture(rig: Rig) -> None:
    await rig.gives("停水通知", "robot:board", image=b"\x89PNG")

    assert rig.fake.robots[ROBOT_KEY].read == ["停水通知"]
    assert len(rig.fake.robots[ROBOT_KEY].pictures) == 1
    with pytest.raises(Unreachable, match="no such robot"):
        await rig.gives("停水通知", "robot:other")


# --- what members do


async def test_who_looks_in_is_greeted_once(rig: Rig) -> None:
    await rig.does("enter_agent")
    await rig.does("enter_agent")
    await rig.does("subscribe")

    assert len([words for words in rig.ana.read if "邻里助手" in words]) == 2


async def test_who_may_not_see_the_app_any_more_is_written_to_no_more(rig: Rig) -> None:
    await rig.does("enter_agent")
    await rig.does("unsubscribe")
    await rig.promises(news())

    assert (await rig.counts()) == {"sent": 1, "blocked": 1}

    await rig.does("enter_agent")
    await rig.promises(news())
    assert (await rig.counts()) == {"sent": 3, "blocked": 1}


async def test_the_console_hears_its_own_words_again(rig: Rig) -> None:
    assert await rig.fake.checks_address("1616140317555161061") == "1616140317555161061"


async def test_what_could_not_be_kept_is_left_to_wecom_to_repeat(storage: Storage) -> None:
    clock = FakeClock()

    async def broken(updates: object) -> None:
        raise OSError("disk full")

    async with FakeWeCom(clock) as fake:
        gate = WeComGate(Keys(CORP_ID, TOKEN, AES_KEY), clock)
        door = Webhook(gate, storage, broken, clock)
        async with served(Starlette(routes=door.routes("/hook"))) as url:
            fake.hook = url + "/hook"
            with capture_logs() as logs:
                await fake.says("WangAna", "路灯坏了")

    assert fake.violations == ["answered 503"] and "路灯" not in str(logs)


# --- the token and the codes


async def test_one_token_serves_all_processes_and_is_fetched_once(rig: Rig) -> None:
    other = WeComApi(rig.corp, rig.storage, rig.clock)

    got = await asyncio.gather(*(api.token() for api in (rig.api, other) for _ in range(10)))
    await other.close()

    assert set(got) == {"token-0"} and rig.fake.calls["gettoken"] == 1


async def test_a_token_that_wecom_gave_up_is_fetched_anew_and_the_message_goes(rig: Rig) -> None:
    await rig.gives()
    rig.fake.expire_token()
    await rig.gives()

    assert len(rig.ana.read) == 2 and rig.fake.calls["gettoken"] == 2


MEANS: dict[int, type[Exception]] = {
    -1: TryLater, 45009: TryLater, 45033: TryLater, 60020: TryLater, 301002: TryLater,
    81013: Unreachable, 60111: Unreachable, 40008: Refused, 42014: Refused,
}  # fmt: skip


@pytest.mark.parametrize(("code", "kind"), MEANS.items())
async def test_wecoms_codes_mean_what_the_sender_knows(
    sqlite_url: str, code: int, kind: type[Exception]
) -> None:
    clock = FakeClock()
    async with FakeWeCom(clock) as fake, opened(sqlite_url, clock) as storage:
        rig = Rig(storage, fake, clock)
        fake.fail_next = [code]
        with pytest.raises(kind) as raised, capture_logs() as logs:
            await rig.gives("只给安娜看的话")
        await rig.api.close()

    assert "安娜" not in f"{raised.value}{logs}"
