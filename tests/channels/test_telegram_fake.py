"""The stand-in for Telegram is as strict and as patient as Telegram is."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from telegram import Bot, BotCommand, User
from telegram.error import BadRequest, Conflict

from bot.channels.telegram_request import build_bot, call
from tests import bot_api
from tests.fake_telegram import FakeGroup, FakeTelegram, FakeUser

ANA = FakeUser(101)
NO_DESCRIPTION = "Telegram's published description is not beside the repository"


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[Bot]:
    async with build_bot(fake.token, fake.url) as bot:
        yield bot


def markup(*rows: list[dict[str, object]]) -> str:
    return json.dumps({"inline_keyboard": rows})


def button(data: str = "no", **more: object) -> dict[str, object]:
    return {"text": "取消", "callback_data": data} | more


SAY = {"chat_id": "101", "text": "hello"}
HTML = SAY | {"parse_mode": "HTML"}
ANSWER = {"callback_query_id": "1"}

POLL = {"chat_id": "101", "question": "树？", "options": '[{"text": "矮"}, {"text": "不动"}]'}


def options(*texts: str) -> dict[str, str]:
    return {"options": json.dumps([{"text": text} for text in texts])}


FINE = [
    ("sendMessage", SAY),
    ("sendMessage", SAY | {"text": "😡" * 2048}),
    ("sendMessage", HTML | {"text": "<b>" + "&amp;" * 4096 + "</b>"}),
    ("sendMessage", HTML | {"text": '<b>a <i>b</i></b> &lt;c&gt; <a href="https://a.b">d</a>'}),
    ("sendMessage", SAY | {"reply_markup": markup([button("x" * 64)] * 8)}),
    ("sendMessage", SAY | {"reply_markup": '{"force_reply": true, "selective": true}'}),
    ("answerCallbackQuery", ANSWER | {"text": "x" * 200}),
    ("getUpdates", {"offset": "7", "timeout": "25", "allowed_updates": '["message"]'}),
    ("setMyCommands", {"commands": '[{"command": "help", "description": "帮助"}]'}),
    ("sendPoll", POLL | {"close_date": "1795000000", "allows_revoting": "true"}),
    ("sendPoll", POLL | {"question": "问" * 300} | options(*["选" * 100] * 12)),
    ("stopPoll", {"chat_id": "101", "message_id": "7"}),
]

FAULTS = [
    ("sendMessage", SAY | {"text": "x" * 4097}),
    ("sendMessage", SAY | {"text": "😡" * 2049}),
    ("sendMessage", SAY | {"text": ""}),
    ("sendMessage", {"text": "hello"}),
    ("sendMessage", SAY | {"chat_id": "nope"}),
    ("sendMessage", SAY | {"colour": "red"}),
    ("sendMessage", HTML | {"text": "<b>a"}),
    ("sendMessage", HTML | {"text": "a</b>"}),
    ("sendMessage", HTML | {"text": "<b><i>a</b></i>"}),
    ("sendMessage", HTML | {"text": "<p>a</p>"}),
    ("sendMessage", HTML | {"text": "a < b"}),
    ("sendMessage", HTML | {"text": "a & b"}),
    ("sendMessage", HTML | {"text": "a &eacute; b"}),
    ("sendMessage", HTML | {"text": "<b> </b>"}),
    ("sendMessage", SAY | {"reply_markup": markup([button("路" * 22)])}),
    ("sendMessage", SAY | {"reply_markup": markup([button("")])}),
    ("sendMessage", SAY | {"reply_markup": markup([button(text="")])}),
    ("sendMessage", SAY | {"reply_markup": markup([button(color="red")])}),
    ("sendMessage", SAY | {"reply_markup": markup([button()] * 9)}),
    ("sendMessage", SAY | {"reply_markup": markup(*[[button()]] * 101)}),
    ("sendPhoto", {"chat_id": "101"}),
    ("sendPhoto", {"chat_id": "101", "photo": "a", "caption": "x" * 1025}),
    ("editMessageText", SAY | {"message_id": "1", "text": ""}),
    ("answerCallbackQuery", ANSWER | {"text": "x" * 201}),
    ("setMyCommands", {"commands": '[{"command": "Help", "description": "a"}]'}),
    ("setMyCommands", {"commands": '[{"command": "help", "description": ""}]'}),
    ("sendPoll", POLL | {"question": "问" * 301}),
    ("sendPoll", POLL | {"description": "x" * 1025}),
    ("sendPoll", POLL | options()),
    ("sendPoll", POLL | options(*"abcdefghijklm")),
    ("sendPoll", POLL | options("选" * 101)),
    ("sendPoll", POLL | {"options": '[{"words": "矮"}]'}),
    ("sendPoll", POLL | {"hides_results": "true"}),
    ("stopPoll", {"chat_id": "101"}),
    ("sendNothing", {}),
]

# What only the published description tells.
TYPES = [
    ("sendMessage", SAY | {"disable_notification": "often"}),
    ("sendMessage", SAY | {"reply_markup": "[]"}),
    ("sendMessage", SAY | {"reply_parameters": '{"message_id": "seven"}'}),
    ("sendMessage", SAY | {"reply_parameters": "{}"}),
    ("getUpdates", {"timeout": "long"}),
    ("getUpdates", {"allowed_updates": "message"}),
    ("setMyCommands", {"commands": '[{"command": "help", "description": 7}]'}),
]


@pytest.mark.parametrize(("method", "params"), FINE)
def test_a_request_within_the_rules_is_let_through(method: str, params: dict[str, str]) -> None:
    assert bot_api.problems(method, params) == []


@pytest.mark.parametrize(("method", "params"), FAULTS)
def test_a_request_against_the_rules_is_noticed(method: str, params: dict[str, str]) -> None:
    assert bot_api.unwritten(method, params)


@pytest.mark.skipif(bot_api.description() is None, reason=NO_DESCRIPTION)
@pytest.mark.parametrize(("method", "params"), TYPES)
def test_a_value_of_the_wrong_type_is_noticed(method: str, params: dict[str, str]) -> None:
    assert bot_api.published(method, params)


async def test_what_is_against_the_rules_is_refused_and_remembered(
    fake: FakeTelegram, bot: Bot
) -> None:
    fake.knows(ANA)

    with pytest.raises(BadRequest, match="Text is too long"):
        await call(bot, "sendMessage", chat_id=101, text="x" * 4097)

    assert fake.violations[0] == "sendMessage: text is too long"
    assert fake.messages(ANA) == []


async def test_a_poll_stays_open_until_something_happens(fake: FakeTelegram, bot: Bot) -> None:
    poll = asyncio.create_task(call(bot, "getUpdates", timeout=20, read_timeout=30))
    await fake.until(lambda: fake.calls["getUpdates"])
    assert not poll.done()

    fake.says(ANA, "hello")

    assert [update["message"]["text"] for update in await poll] == ["hello"]


async def test_updates_come_again_until_a_higher_offset_is_asked_for(
    fake: FakeTelegram, bot: Bot
) -> None:
    fake.says(ANA, "one")
    fake.says(ANA, "two")

    first = await call(bot, "getUpdates", limit=1)
    assert await call(bot, "getUpdates", limit=1) == first
    [second] = await call(bot, "getUpdates", offset=first[0]["update_id"] + 1)

    assert second["message"]["text"] == "two"
    assert fake.unconfirmed == 1


async def test_of_two_pollers_the_first_is_ended(fake: FakeTelegram, bot: Bot) -> None:
    async with build_bot(fake.token, fake.url) as other:
        first = asyncio.create_task(call(bot, "getUpdates", timeout=20, read_timeout=30))
        await fake.until(lambda: fake.calls["getUpdates"])
        second = asyncio.create_task(call(other, "getUpdates", timeout=20, read_timeout=30))

        with pytest.raises(Conflict, match="terminated by other"):
            await first
        fake.says(ANA, "hello")
        assert len(await second) == 1


async def test_polling_beside_a_webhook_is_a_conflict(fake: FakeTelegram, bot: Bot) -> None:
    await call(bot, "setWebhook", url="http://127.0.0.1:1/")

    with pytest.raises(Conflict, match="webhook is active"):
        await call(bot, "getUpdates")

    assert (await bot.get_webhook_info()).url == "http://127.0.0.1:1/"


async def test_the_library_understands_everything_it_is_answered(
    fake: FakeTelegram, bot: Bot
) -> None:
    group = FakeGroup(-1001)
    fake.knows(ANA)
    fake.adds_bot(ANA, group)
    photo = fake.says(ANA, "", group, photo=b"lamp")
    fake.says(ANA, "@linli_bot here", group, place=(31.2, 121.4), reply_to=photo)
    sent = await bot.send_photo(101, b"lamp", "caption")
    fake.blocks(ANA)

    assert (await bot.get_chat(-1001)).title == "3号楼"
    assert (await bot.get_chat_member(-1001, 101)).user == User(101, "Ana", False)
    assert (await bot.get_file(sent.photo[-1].file_id)).file_path
    assert await bot.set_my_commands([BotCommand("help", "帮助")])
    assert fake.chats.commands == [{"command": "help", "description": "帮助"}]
    assert len(await bot.get_updates()) == 4
    assert fake.violations == []
