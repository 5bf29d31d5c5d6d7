"""A picture that was drawn for a message, as Telegram gets it: uploaded, under its words."""

from collections.abc import AsyncIterator

import pytest

from bot.channels.base import Button, Outgoing, Picture, Unreachable
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_request import build_bot
from bot.files import File
from tests.fake_telegram import FakeGroup, FakeMessage, FakeTelegram
from texts import Span

GROUP = FakeGroup(-1001)
DRAWN, DRAWN_AGAIN = b"\x89PNG\r\n\x1a\n passed", b"\x89PNG\r\n\x1a\n recounted"
PROGRESS = (Button("进度", "v.p:7"),)


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        fake.knows(GROUP)
        yield fake
        assert fake.violations == []


@pytest.fixture
async def channel(fake: FakeTelegram) -> AsyncIterator[TelegramChannel]:
    async with build_bot(fake.token, fake.url) as bot:
        yield TelegramChannel(bot, no_pictures)


async def no_pictures(picture: Picture) -> bytes:
    raise Unreachable("none here")


def card(words: str, image: bytes | None = DRAWN, edits: str | None = None) -> Outgoing:
    return Outgoing(1, str(GROUP.id), (Span(words),), PROGRESS, image=image, edits=edits)


def shown(fake: FakeTelegram, message: FakeMessage) -> bytes | None:
    return fake.chats.files[message.photo] if message.photo else None


async def test_a_drawing_is_uploaded_with_the_words_under_it(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    sent = await channel.send(card("7号：通过"))

    [message] = fake.messages(GROUP)
    assert (shown(fake, message), message.text, message.labels) == (DRAWN, "7号：通过", ["进度"])
    assert sent == f"p{message.id}"


async def test_words_too_long_for_a_caption_follow_the_drawing(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    await channel.send(card("长" * 1025))

    picture, words = fake.messages(GROUP)
    assert (shown(fake, picture), picture.text) == (DRAWN, "")
    assert (words.text, words.labels) == ("长" * 1025, ["进度"])


async def test_the_words_arrive_when_telegram_will_not_have_the_drawing(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.fail_next("sendPhoto", 400, "Bad Request: IMAGE_PROCESS_FAILED")

    await channel.send(card("7号：通过"))

    assert [(m.text, m.photo) for m in fake.messages(GROUP)] == [("7号：通过", None)]


async def test_the_card_of_a_vote_becomes_its_result_where_it_stands(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    number = await channel.send(card("7号：表决中", image=None))

    again = await channel.send(card("7号：通过", edits=number))

    [message] = fake.messages(GROUP)
    assert (shown(fake, message), message.text, message.labels) == (DRAWN, "7号：通过", ["进度"])
    assert again == f"p{number}"


async def test_a_card_with_a_drawing_keeps_it_until_it_gets_another(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    number = await channel.send(card("7号：通过"))
    [message] = fake.messages(GROUP)

    assert await channel.send(card("7号：通过，已公示", image=None, edits=number)) == number
    assert (shown(fake, message), message.text) == (DRAWN, "7号：通过，已公示")
    assert await channel.send(card("7号：重新计票", DRAWN_AGAIN, edits=number)) == number
    assert (shown(fake, message), message.text) == (DRAWN_AGAIN, "7号：重新计票")


@pytest.mark.parametrize("before", [None, DRAWN], ids=["words", "picture"])
async def test_a_long_result_on_a_card_keeps_one_message(
    before: bytes | None, fake: FakeTelegram, channel: TelegramChannel
) -> None:
    """Words that no caption holds go before the picture, unless the card is one already."""
    number = await channel.send(card("7号：表决中", before))

    await channel.send(card("长" * 1025, DRAWN_AGAIN, edits=number))

    [message] = fake.messages(GROUP)
    seen = (shown(fake, message), message.text)
    assert seen == ((DRAWN_AGAIN, "长" * 1023 + "…") if before else (None, "长" * 1025))


async def test_a_card_that_is_gone_is_sent_anew_with_its_drawing(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    number = await channel.send(card("7号：表决中", image=None))
    fake.chats.remove(fake.messages(GROUP)[0])

    await channel.send(card("7号：通过", edits=number))

    [message] = fake.messages(GROUP)
    assert (shown(fake, message), message.text) == (DRAWN, "7号：通过")


async def test_a_list_goes_as_a_file_before_its_words(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    file = File("building-3.csv", "编号\r\n1\r\n".encode("utf-8-sig"))
    message = Outgoing(1, str(GROUP.id), (Span("清单在这里"),), PROGRESS, file=file)
    sent = await channel.send(message)

    _, words = fake.messages(GROUP)
    assert (words.text, words.labels, sent) == ("清单在这里", ["进度"], str(words.id))
    assert fake.chats.documents == [file.content]
