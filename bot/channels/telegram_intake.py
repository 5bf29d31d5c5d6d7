"""Telegram's two doors, polling and webhook. Both keep an update before Telegram is told so.

Neither looks inside an update beyond its id, its chat and whether a button is to be
acknowledged; what cannot be understood is kept all the same.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from hmac import compare_digest
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot, Update
from telegram.error import BadRequest, Conflict, EndPointNotFound, InvalidToken, TelegramError

from bot.channels.telegram_read import read
from bot.channels.telegram_request import SlowDown, call
from domain.conversation import Inbound
from storage.delivery import Received

log = structlog.get_logger()

KINDS = ["message", "edited_message", "callback_query", "my_chat_member", "poll"]
POLL = 25  # seconds Telegram holds a request for updates open; at most 50
GRACE = 10.0  # seconds more before we take the line for dead
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between attempts, doubling
BODY_BYTES = 1_000_000  # far above any update
REPEAT_AFTER = "5"  # seconds; Telegram honours it

Raw = dict[str, Any]
Accept = Callable[[Sequence[Received]], Awaitable[None]]
Pause = Callable[[float], Awaitable[None]]


def received(raw: Raw) -> Received:
    """One update as it is kept. Raises ValueError for what is none.

    The payload is plain ASCII, so that no character in it can be refused by a database.
    """
    update_id = raw.get("update_id")
    if not isinstance(update_id, int) or isinstance(update_id, bool):
        raise ValueError("no update_id")
    return Received("telegram", str(update_id), f"telegram:{_chat(raw)}", json.dumps(raw))


def inbound(payload: str, bot: Bot) -> Inbound | None:
    """Read a kept update. Raises ConnectionError while the bot does not know its own name."""
    try:
        me = bot.bot
    except RuntimeError:
        raise ConnectionError("Telegram has not told the bot its name yet") from None
    return read(Update.de_json(json.loads(payload), bot), me)


class Acknowledgements:
    """Answers button presses beside everything else, or the buttons keep spinning."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._open: set[asyncio.Task[None]] = set()

    def __call__(self, updates: Iterable[Raw]) -> None:
        for query in (u["callback_query"]["id"] for u in updates if "callback_query" in u):
            task = asyncio.create_task(self._answer(query))
            self._open.add(task)
            task.add_done_callback(self._open.discard)

    async def _answer(self, query: str) -> None:
        try:
            await call(self._bot, "answerCallbackQuery", callback_query_id=query)
        except BadRequest:
            log.info("button press is too old to acknowledge")
        except TelegramError as error:
            log.warning("button press not acknowledged", why=type(error).__name__)

    async def close(self) -> None:
        """Give up what is still open; a press that is not acknowledged is still handled."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


class Polling:
    """Asks Telegram for updates until cancelled, whatever happens in between."""

    def __init__(self, bot: Bot, accept: Accept, pause: Pause = asyncio.sleep) -> None:
        self._bot = bot
        self._accept = accept
        self._pause = pause
        self._acknowledge = Acknowledgements(bot)
        self._offset: int | None = None  # None: from the oldest that was never confirmed

    async def run(self) -> None:
        try:
            await insist(self._bot.initialize, self._pause)
            await insist(self._leave_webhook, self._pause)
            while True:
                await insist(self._round, self._pause)
        finally:
            await self._acknowledge.close()

    async def _leave_webhook(self) -> None:
        await call(self._bot, "deleteWebhook")

    async def _round(self) -> None:
        """One request. The offset, which confirms updates, moves once they are kept."""
        updates: list[Raw] = await call(
            self._bot,
            "getUpdates",
            offset=self._offset,
            timeout=POLL,
            allowed_updates=KINDS,
            read_timeout=POLL + GRACE,
        )
        if updates:
            await self._accept([received(update) for update in updates])
            self._offset = updates[-1]["update_id"] + 1
            self._acknowledge(updates)


def webhook_route(
    path: str, secret: str, accept: Accept, acknowledge: Callable[[Iterable[Raw]], None]
) -> Route:
    """Where Telegram brings updates to; a non-2xx answer makes it bring them again."""
    if not secret:
        raise ValueError("a webhook without a secret is open to everybody")

    async def receive(request: Request) -> Response:
        token = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not compare_digest(token.encode(), secret.encode()):
            return Response(status_code=403)
        body = await _body(request)
        if body is None:
            return Response(status_code=413)
        return await _keep(body, accept, acknowledge)

    return Route(path, receive, methods=["POST"])


async def bring_to_webhook(bot: Bot, url: str, secret: str, pause: Pause = asyncio.sleep) -> None:
    """Tell Telegram where to bring updates to, however often it takes."""

    async def tell() -> None:
        await call(bot, "setWebhook", url=url, secret_token=secret, allowed_updates=KINDS)

    await insist(bot.initialize, pause)
    await insist(tell, pause)


async def opened(bot: Bot, *steps: Callable[[], Awaitable[None]]) -> None:
    """Learn the bot's own name first, then take all steps side by side, each until it succeeds."""
    await insist(bot.initialize)
    await asyncio.gather(*(insist(step) for step in steps))


async def insist(step: Callable[[], Awaitable[None]], pause: Pause = asyncio.sleep) -> None:
    """Repeat one step until it succeeds, more and more slowly."""
    wait = FIRST_PAUSE
    while True:
        try:
            return await step()
        except Exception as error:
            _complain(error)
            await pause(error.seconds if isinstance(error, SlowDown) else wait)
            wait = min(2 * wait, LONGEST_PAUSE)


async def _body(request: Request) -> bytes | None:
    """The whole body; None as soon as it is longer than any update."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            return None
    return body


async def _keep(
    body: bytes, accept: Accept, acknowledge: Callable[[Iterable[Raw]], None]
) -> Response:
    try:
        raw = json.loads(body)
        update = received(raw)
    except (ValueError, RecursionError, AttributeError):
        return Response(status_code=400)
    try:
        await accept([update])
    except Exception as error:
        _complain(error)
        return Response(status_code=503, headers={"Retry-After": REPEAT_AFTER})
    acknowledge([raw])
    return Response()


def _chat(raw: Raw) -> str:
    """The chat an update belongs to, or the poll; "-" for the few kinds that belong to none."""
    for kind in KINDS:
        body = raw.get(kind)
        if isinstance(body, dict):
            place = body.get("chat") or (body.get("message") or {}).get("chat") or body.get("from")
            return str((place or (body if kind == "poll" else {})).get("id", "-"))
    return "-"


def _complain(error: Exception) -> None:
    """Name the kind of failure only: an error's words may hold the token or a resident's."""
    match error:
        case Conflict():
            log.error("another process polls Telegram with the same token")
        case InvalidToken() | EndPointNotFound():
            log.error("Telegram refuses the token")
        case TelegramError():
            log.warning("Telegram not reached", why=type(error).__name__)
        case _:
            log.error("updates could not be kept", why=type(error).__name__)
