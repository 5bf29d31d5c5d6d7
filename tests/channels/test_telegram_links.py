"""Buttons in a group that lead to the private chat, as Telegram shows and follows them."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from bot.channels.base import Button, Outgoing, Picture, Unreachable
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_request import build_bot
from tests.fake_telegram import FakeGroup, FakeTelegram, FakeUser
from texts import Span

ANA, GROUP = FakeUser(101), FakeGroup(-1001)
VOTE = (Button("去投票", "v:7", link="v7"),)


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        fake.knows(ANA, GROUP)
        yield fake
        assert fake.violations == []


@pytest.fixture
async def stranger(fake: FakeTelegram) -> AsyncIterator[Bot]:
    """A bot that Telegram has not told its name yet."""
    bot = build_bot(fake.token, fake.url)
    yield bot
    await bot.request.shutdown()


@pytest.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[Bot]:
    async with build_bot(fake.token, fake.url) as bot:
        yield bot


async def no_pictures(picture: Picture) -> bytes:
    raise Unreachable("none here")


def card(chat: FakeUser | FakeGroup, words: str, edits: str | None = None) -> Outgoing:
    return Outgoing(1, str(chat.id), (Span(words),), VOTE, edits=edits)


async def test_a_neighbour_gets_from_the_group_to_the_private_chat_in_one_step(
    fake: FakeTelegram, bot: Bot
) -> None:
    await TelegramChannel(bot, no_pictures).send(card(GROUP, "7号表决"))

    [shown] = fake.messages(GROUP)
    assert shown.link("去投票") == "https://t.me/linli_bot?start=v7"
    assert fake.follows(ANA, shown, "去投票").text == "/start v7"


async def test_the_button_still_leads_there_when_the_card_has_changed(
    fake: FakeTelegram, bot: Bot
) -> None:
    channel = TelegramChannel(bot, no_pictures)
    number = await channel.send(card(GROUP, "7号表决"))

    await channel.send(card(GROUP, "7号表决，12户已投", edits=number))

    [shown] = fake.messages(GROUP)
    assert shown.edited and shown.link("去投票").endswith("?start=v7")


async def test_who_is_in_the_private_chat_already_is_led_nowhere(
    fake: FakeTelegram, bot: Bot
) -> None:
    await TelegramChannel(bot, no_pictures).send(card(ANA, "7号表决"))

    assert fake.messages(ANA)[0].data("去投票") == "v:7"


@pytest.mark.parametrize(
    ("configured", "carries"),
    [("LinliGardenBot", {"url": "https://t.me/LinliGardenBot?start=v7"}),
     (None, {"callback_data": "v:7"})],
)  # fmt: skip
async def test_before_telegram_has_told_the_name_the_configured_one_serves_or_the_deed_itself(
    configured: str | None, carries: dict[str, str], fake: FakeTelegram, stranger: Bot
) -> None:
    await TelegramChannel(stranger, no_pictures, configured).send(card(GROUP, "7号表决"))

    [shown] = fake.messages(GROUP)
    assert shown.markup["inline_keyboard"] == [[{"text": "去投票", **carries}]]
