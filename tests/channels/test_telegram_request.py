"""Requests over real HTTP: what arrives, and what is said when something does not."""

import asyncio
from collections.abc import AsyncIterator
from typing import Self

import pytest
from telegram import Bot, InputFile
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.channels.telegram_request import AiohttpRequest, NotSent, SlowDown, build_bot, call
from tests.fake_telegram import FakeTelegram, FakeUser

ANA = FakeUser(101)


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        fake.knows(ANA)
        yield fake
        assert fake.violations == []


@pytest.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[Bot]:
    async with build_bot(fake.token, fake.url) as bot:
        yield bot


async def test_words_and_files_arrive_as_they_were(fake: FakeTelegram, bot: Bot) -> None:
    photo = InputFile(b"\xff\xd8 lamp \r\n--", filename="photo.jpg")

    await call(bot, "sendMessage", chat_id=101, text="a&b=c+d%20 路灯😡")
    await call(bot, "sendPhoto", chat_id=101, photo=photo, caption="路灯")

    words, picture = fake.messages(ANA)
    assert words.text == "a&b=c+d%20 路灯😡"
    assert picture.text == "路灯"
    assert fake.chats.files[picture.photo or ""] == b"\xff\xd8 lamp \r\n--"


async def test_the_librarys_own_methods_go_the_same_way(fake: FakeTelegram, bot: Bot) -> None:
    sent = await bot.send_message(101, "hello")

    assert sent.text == "hello"
    assert bot.bot.username == fake.me.username


async def test_a_refusal_comes_with_telegrams_words(fake: FakeTelegram, bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await call(bot, "sendMessage", chat_id=404, text="hello")


async def test_being_told_to_slow_down_says_for_how_long(fake: FakeTelegram, bot: Bot) -> None:
    fake.fail_next("sendMessage", retry_after=17)

    with pytest.raises(SlowDown) as told:
        await call(bot, "sendMessage", chat_id=101, text="hello")

    assert told.value.seconds == 17
    assert fake.messages(ANA) == []


async def test_a_server_that_is_not_there_was_never_asked() -> None:
    async with FakeTelegram() as fake:
        url = fake.url
    bot = build_bot("1000:TEST", url)

    with pytest.raises(NotSent):
        await bot.initialize()
    await bot.shutdown()


async def test_a_request_that_finds_no_free_connection_never_left() -> None:
    async with SilentServer() as server, AiohttpRequest(connections=1) as request:
        first = asyncio.create_task(request.do_request(server.url, "POST", read_timeout=5))
        await server.connected.wait()

        with pytest.raises(NotSent):
            await request.do_request(server.url, "POST", pool_timeout=0.02, connect_timeout=0.02)

        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


async def test_an_answer_that_does_not_come_in_time_leaves_it_open() -> None:
    async with SilentServer() as server, AiohttpRequest() as request:
        with pytest.raises(TimedOut) as unclear:
            await request.do_request(server.url, "POST", read_timeout=0.02)

    assert not isinstance(unclear.value, NotSent)


async def test_an_upload_that_gets_stuck_is_given_up() -> None:
    photo = RequestData([RequestParameter.from_input("photo", InputFile(bytes(20_000_000)))])
    soon = dict.fromkeys(("read_timeout", "connect_timeout", "pool_timeout"), 0.05)

    async with SilentServer() as server, AiohttpRequest() as request:
        with pytest.raises(TimedOut):
            await request.do_request(server.url, "POST", photo, write_timeout=0.05, **soon)


@pytest.mark.parametrize(("drop", "arrived"), [("before", 0), ("after", 1)])
async def test_a_cut_line_leaves_it_open(
    drop: str, arrived: int, fake: FakeTelegram, bot: Bot
) -> None:
    fake.fail_next("sendMessage", drop=drop)

    with pytest.raises(NetworkError) as unclear:
        await call(bot, "sendMessage", chat_id=101, text="hello")

    assert not isinstance(unclear.value, NotSent)
    assert len(fake.messages(ANA)) == arrived


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'"ok"', b"\xff"])
def test_an_answer_that_is_not_telegrams_is_a_failure_and_not_logged(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(TelegramError, match="Invalid server response"):
        AiohttpRequest.parse_json_payload(body)

    assert caplog.text == ""


async def test_no_error_holds_the_token(fake: FakeTelegram, bot: Bot) -> None:
    """The token is part of every address, and addresses are part of many an error's words."""
    fake.fail_next("sendMessage", drop="before")
    broken = build_bot("1000:SECRET", "http://127.0.0.1:1")

    for attempt in (call(bot, "sendMessage", chat_id=101, text="hello"), broken.initialize()):
        with pytest.raises(NetworkError) as failed:
            await attempt
        assert failed.value.__cause__ is None
        assert failed.value.__suppress_context__
        assert "1000:" not in str(failed.value)
    await broken.shutdown()


async def test_a_proxy_carries_the_requests_where_there_is_one(fake: FakeTelegram) -> None:
    url = f"http://telegram.invalid/bot{fake.token}/getMe"

    async with AiohttpRequest(proxy=fake.url) as request:
        status, _ = await request.do_request(url, "POST")

    assert status == 200


async def test_a_message_that_is_faster_than_the_start_is_sent_and_not_lost(
    fake: FakeTelegram,
) -> None:
    """After a restart the sender was at work before the bot was initialized: each of its first
    messages failed twice with an unclear error, and was given up as of unknown fate."""
    request = AiohttpRequest()
    url = f"{fake.url}/bot{fake.token}/getMe"
    status, _ = await request.do_request(url, "POST")
    assert status == 200

    await request.shutdown()
    with pytest.raises(NotSent):
        await request.do_request(url, "POST")


async def test_a_request_can_be_shut_down_twice_and_used_again(fake: FakeTelegram) -> None:
    request = AiohttpRequest()
    url = f"{fake.url}/bot{fake.token}/getMe"
    for _ in range(2):
        await request.initialize()
        await request.initialize()
        assert (await request.do_request(url, "POST"))[0] == 200
        await request.shutdown()
        await request.shutdown()


class SilentServer:
    """Takes everything and answers nothing."""

    async def __aenter__(self) -> Self:
        self.connected = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []
        self._server = await asyncio.start_server(self._take, "127.0.0.1")
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/"
        return self

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self.connected.set()

    async def __aexit__(self, *failure: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()
