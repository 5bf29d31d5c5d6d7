"""Telegram's two doors: nothing is taken from Telegram before it is kept, and nothing is lost."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from socket import socket
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from structlog.testing import capture_logs
from telegram import Bot

from bot.channels.telegram_intake import (
    COMPANY,
    FEW,
    LOOKS,
    Acknowledgements,
    Polling,
    bring_to_webhook,
    inbound,
    webhook_route,
)
from bot.channels.telegram_request import build_bot, call
from domain.conversation import Address
from storage.delivery import Received
from tests.fake_telegram import FakeGroup, FakeTelegram, FakeUser

ANA, LI, GROUP = FakeUser(101), FakeUser(102, "李"), FakeGroup(-1001)
SECRET = "a-secret_of-32-characters-or-so"
BUTTON = {"inline_keyboard": [[{"text": "取消", "callback_data": "no"}]]}


class Inbox:
    """What stands behind the door: keeps updates, and can be out of order."""

    def __init__(self) -> None:
        self.kept: list[Received] = []
        self.broken = 0  # how many times more it refuses
        self.refuses = ""  # the words that it cannot keep

    async def accept(self, updates: Sequence[Received]) -> None:
        if self.broken:
            self.broken -= 1
            raise OSError("disk full")
        if self.refuses and any(self.refuses in str(json.loads(u.payload)) for u in updates):
            raise ValueError("what cannot be stored")
        self.kept += updates

    @property
    def ids(self) -> list[int]:
        return [int(update.update_id) for update in self.kept]

    def texts(self) -> list[str]:
        return [json.loads(update.payload)["message"]["text"] for update in self.kept]


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[Bot]:
    """Not initialised: that is polling's first step."""
    bot = build_bot(fake.token, fake.url)
    yield bot
    await bot.shutdown()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@asynccontextmanager
async def polling(
    bot: Bot, inbox: Inbox, pauses: list[float] | None = None, at_work: Sequence[int] = ()
) -> AsyncIterator[None]:
    """Polls while the block lasts. Pauses are noted instead of being waited out.

    ``at_work``: what it is told at each look, and none after that.
    """
    looks = iter(at_work)

    async def pause(seconds: float) -> None:
        if pauses is not None:
            pauses.append(seconds)

    door = Polling(bot, inbox.accept, pause=pause, at_work=lambda: next(looks, 0))
    task = asyncio.create_task(door.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


# --- polling


async def test_what_people_say_is_kept_in_order_and_confirmed(
    fake: FakeTelegram, bot: Bot, inbox: Inbox
) -> None:
    for n in range(150):  # more than Telegram hands out at once
        fake.says(ANA, f"message {n}")

    async with polling(bot, inbox):
        await fake.until(lambda: fake.unconfirmed == 0)

    assert inbox.texts() == [f"message {n}" for n in range(150)]


async def test_an_update_that_could_not_be_kept_comes_again(
    fake: FakeTelegram, bot: Bot, inbox: Inbox
) -> None:
    inbox.broken = 2
    fake.says(ANA, "路灯坏了")
    pauses: list[float] = []

    with capture_logs() as logs:
        async with polling(bot, inbox, pauses):
            await fake.until(lambda: fake.unconfirmed == 0)

    assert inbox.texts() == ["路灯坏了"]
    assert pauses == [1, 2]
    assert [log["event"] for log in logs] == ["updates could not be kept"] * 2
    assert "路灯" not in str(logs)


@pytest.mark.parametrize(
    ("at_work", "looks"),
    [
        pytest.param([], 0, id="nobody waits where little is to be done"),
        pytest.param([FEW + 9, FEW + 1, FEW], 2, id="until little is left to be done"),
        pytest.param([FEW + 1] * (LOOKS + 1), LOOKS, id="and not for long"),
    ],
)
async def test_who_writes_while_much_is_at_work_is_fetched_together_with_others(
    at_work: list[int], looks: int, fake: FakeTelegram, bot: Bot, inbox: Inbox
) -> None:
    fake.says(ANA, "路灯坏了")
    pauses: list[float] = []

    async with polling(bot, inbox, pauses, at_work):
        await fake.until(lambda: fake.unconfirmed == 0)

    assert pauses == [COMPANY] * looks


async def test_what_was_kept_but_not_confirmed_comes_again_after_a_crash(
    fake: FakeTelegram, bot: Bot, inbox: Inbox
) -> None:
    """The inbox tells a repetition by its id; the same id has to come."""
    fake.says(ANA, "hello")
    fake.fail_next("getUpdates", drop="after")  # the answer never reaches us

    async with polling(bot, inbox):
        await fake.until(lambda: inbox.kept)
    first = inbox.ids
    async with polling(bot, inbox):
        await fake.until(lambda: fake.unconfirmed == 0)

    assert set(inbox.ids) == set(first)


async def test_a_press_is_acknowledged_once_it_is_kept(
    fake: FakeTelegram, bot: Bot, inbox: Inbox
) -> None:
    inbox.broken = 1
    async with bot:
        query = await _press(fake, bot)

        async with polling(bot, inbox):
            await fake.until(lambda: fake.acknowledged(query))

        assert [update.lane for update in inbox.kept] == ["telegram:101"]
        assert fake.calls["answerCallbackQuery"] == 1


async def test_a_press_too_old_to_be_acknowledged_is_handled_all_the_same(
    fake: FakeTelegram, bot: Bot, inbox: Inbox
) -> None:
    async with bot:
        fake.expires(await _press(fake, bot))

        async with polling(bot, inbox):
            await fake.until(lambda: fake.calls["answerCallbackQuery"])
            fake.says(ANA, "hello")
            await fake.until(lambda: len(inbox.kept) == 2 and fake.unconfirmed == 0)


async def test_polling_goes_on_when_telegram_cannot_be_reached_at_the_start(
    fake: FakeTelegram, bot: Bot, inbox: Inbox
) -> None:
    fake.fail_next("getMe", drop="before", times=2)
    fake.fail_next("deleteWebhook", 502, "Bad Gateway")
    fake.says(ANA, "hello")
    pauses: list[float] = []

    async with polling(bot, inbox, pauses):
        await fake.until(lambda: fake.unconfirmed == 0)

    assert inbox.texts() == ["hello"]
    assert pauses == [1, 2, 1]


async def test_pauses_grow_to_a_minute_and_no_further(
    fake: FakeTelegram, bot: Bot, inbox: Inbox
) -> None:
    fake.fail_next("getUpdates", 500, times=8)
    fake.says(ANA, "hello")
    pauses: list[float] = []

    async with polling(bot, inbox, pauses):
        await fake.until(lambda: fake.unconfirmed == 0)

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_polling_waits_as_long_as_telegram_says(
    fake: FakeTelegram, bot: Bot, inbox: Inbox
) -> None:
    fake.fail_next("getUpdates", retry_after=37)
    fake.says(ANA, "hello")
    pauses: list[float] = []

    async with polling(bot, inbox, pauses):
        await fake.until(lambda: fake.unconfirmed == 0)

    assert pauses == [37]


@pytest.mark.parametrize(
    ("status", "words", "event"),
    [
        (409, "Conflict", "another process polls Telegram with the same token"),
        (401, "Unauthorized", "Telegram refuses the token"),
    ],
)
async def test_a_second_poller_or_a_refused_token_is_named_loudly_and_polling_goes_on(
    status: int, words: str, event: str, fake: FakeTelegram, bot: Bot, inbox: Inbox
) -> None:
    fake.fail_next("getUpdates", status, words)
    fake.says(ANA, "hello")

    with capture_logs() as logs:
        async with polling(bot, inbox):
            await fake.until(lambda: fake.unconfirmed == 0)

    assert [(log["log_level"], log["event"]) for log in logs] == [("error", event)]


async def test_the_token_is_not_logged_when_it_is_refused(fake: FakeTelegram) -> None:
    bot = build_bot("1000:SECRET", fake.url)
    pauses: list[float] = []

    with capture_logs() as logs:
        async with polling(bot, Inbox(), pauses):
            await fake.until(lambda: pauses)
    await bot.shutdown()

    assert logs[0]["event"] == "Telegram refuses the token"
    assert "SECRET" not in str(logs)


async def test_polling_takes_over_from_a_webhook(
    fake: FakeTelegram, bot: Bot, inbox: Inbox
) -> None:
    async with bot:
        await call(bot, "setWebhook", url="http://127.0.0.1:1/", secret_token=SECRET)
        fake.says(ANA, "hello")

        async with polling(bot, inbox):
            await fake.until(lambda: fake.unconfirmed == 0)

    assert inbox.texts() == ["hello"]


async def test_a_kept_update_can_be_read_back(fake: FakeTelegram, bot: Bot, inbox: Inbox) -> None:
    fake.says(LI, "/suggest@linli_bot 😡 路灯坏了", GROUP)

    async with polling(bot, inbox):
        await fake.until(lambda: fake.unconfirmed == 0)
        heard = inbound(inbox.kept[0].payload, bot)

    assert heard is not None
    assert (heard.text, heard.to_bot) == ("/suggest 😡 路灯坏了", True)
    assert (heard.sender.chat, heard.group) == ("102", Address("telegram", "-1001"))


# --- webhook


class Pressed:
    """Stands for the acknowledgements: which updates were handed to them."""

    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []

    def __call__(self, updates: Iterable[dict[str, Any]]) -> None:
        self.updates += updates


UPDATE = {
    "update_id": 7,
    "message": {"chat": {"id": 101, "type": "private"}, "text": "路灯坏了"},
}


async def post(
    inbox: Inbox, body: bytes, secret: str | None = SECRET, pressed: Pressed | None = None
) -> httpx.Response:
    return await posted(
        webhook_route("/hook", SECRET, inbox.accept, pressed or Pressed()), body, secret
    )


async def posted(
    route: Route, body: bytes | dict[str, Any], secret: str | None = SECRET
) -> httpx.Response:
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    transport = httpx.ASGITransport(Starlette(routes=[route]))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        return await client.post("/hook", content=body, headers=headers)


async def test_a_webhook_update_is_kept_before_telegram_is_told_so(inbox: Inbox) -> None:
    pressed = Pressed()

    answer = await post(inbox, json.dumps(UPDATE).encode(), pressed=pressed)

    assert answer.status_code == 200
    assert inbox.kept == [Received("telegram", "7", "telegram:101", json.dumps(UPDATE))]
    assert pressed.updates == [UPDATE]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET.upper()])
async def test_a_webhook_takes_nothing_from_strangers(inbox: Inbox, secret: str | None) -> None:
    assert (await post(inbox, json.dumps(UPDATE).encode(), secret)).status_code == 403
    assert inbox.kept == []


def test_a_webhook_without_a_secret_is_not_opened() -> None:
    with pytest.raises(ValueError, match="secret"):
        webhook_route("/hook", "", Inbox().accept, Pressed())


ABSURD = {
    "empty": b"",
    "junk": b"junk",
    "list": b"[]",
    "number": b"7",
    "no id": b"{}",
    "id of text": b'{"update_id":"7"}',
    "id without end": b'{"update_id":' + b"9" * 5_000 + b"}",
    "id too long": b'{"update_id":' + b"9" * 4_000 + b"}",
    "no text": b"\xff\xfe",
    "deep": b"[" * 100_000,
    "huge": b'{"update_id":7,"x":"' + b"x" * 1_000_001 + b'"}',
}


@pytest.mark.parametrize("body", ABSURD.values(), ids=ABSURD)
async def test_what_is_no_update_does_not_come_again_for_a_day(inbox: Inbox, body: bytes) -> None:
    with capture_logs() as logs:
        assert (await post(inbox, body)).status_code == 200

    assert inbox.kept == []
    assert [log["event"] for log in logs] == ["update given up: it is none"]
    assert not set(logs[0]) - {"event", "log_level"}


@pytest.mark.parametrize(
    "inside",
    [{"message": 7}, {"message": {"chat": [], "from": "x"}}, {"callback_query": {"message": "x"}},
     {"callback_query": {"id": {}}}, {"callback_query": "x"}, {"poll": {"id": "9" * 999}},
     {"message": {"chat": {"id": "9" * 999}}}, {"of a later year": {}}],
)  # fmt: skip
async def test_an_update_that_nobody_understands_is_kept_and_acknowledged_all_the_same(
    inbox: Inbox, inside: dict[str, Any], fake: FakeTelegram
) -> None:
    async with build_bot(fake.token, fake.url) as bot:
        acknowledge = Acknowledgements(bot)
        route = webhook_route("/hook", SECRET, inbox.accept, acknowledge)
        assert (await posted(route, UPDATE | {"message": None} | inside)).status_code == 200
        await acknowledge.close()

    (update,) = inbox.kept
    assert len(update.lane) <= 96


async def test_an_update_that_the_database_refuses_does_not_keep_the_others_waiting(
    fake: FakeTelegram, bot: Bot, inbox: Inbox
) -> None:
    inbox.refuses = "毒"
    for text in ("路灯坏了", "毒", "谢谢"):
        fake.says(ANA, text)

    with capture_logs() as logs:
        async with polling(bot, inbox):
            await fake.until(lambda: fake.unconfirmed == 0)
        assert (await post(inbox, json.dumps(UPDATE | {"text": "毒"}).encode())).status_code == 200

    assert inbox.texts() == ["路灯坏了", "谢谢"]
    assert "毒" not in str(logs)


async def test_telegram_is_asked_to_repeat_while_the_database_is_down(inbox: Inbox) -> None:
    inbox.broken = 1
    pressed = Pressed()

    answer = await post(inbox, json.dumps(UPDATE).encode(), pressed=pressed)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert pressed.updates == []


async def test_updates_come_by_webhook_over_http_and_again_until_they_are_kept(
    fake: FakeTelegram, bot: Bot, inbox: Inbox
) -> None:
    inbox.broken = 1
    acknowledge = Acknowledgements(bot)
    fake.fail_next("setWebhook", 500)

    async with bot, _served(webhook_route("/hook", SECRET, inbox.accept, acknowledge)) as url:
        await bring_to_webhook(bot, f"{url}/hook", SECRET, pause=_no_pause)
        fake.says(ANA, "路灯坏了")
        query = await _press(fake, bot)
        await fake.until(lambda: fake.unconfirmed == 0 and fake.acknowledged(query))
        await call(bot, "deleteWebhook")

    assert len(inbox.kept) == 2
    await acknowledge.close()


async def test_acknowledgements_still_open_at_the_end_are_given_up(fake: FakeTelegram) -> None:
    async with build_bot(fake.token, fake.url) as bot:
        acknowledge = Acknowledgements(bot)
        acknowledge([{"callback_query": {"id": "1"}}])
        await acknowledge.close()

    assert fake.calls["answerCallbackQuery"] == 0


async def _press(fake: FakeTelegram, bot: Bot) -> str:
    fake.knows(ANA)
    await call(bot, "sendMessage", chat_id=ANA.id, text="?", reply_markup=BUTTON)
    return fake.presses(ANA, fake.messages(ANA)[-1], "取消")


async def _no_pause(seconds: float) -> None:
    assert seconds


@asynccontextmanager
async def _served(route: Route) -> AsyncIterator[str]:
    config = uvicorn.Config(Starlette(routes=[route]), log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    with socket() as door:
        door.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve([door]))
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving
