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

from bot.channels import telegram_press
from bot.channels.base import NotYet
from bot.channels.telegram_read import read
from bot.channels.telegram_request import SlowDown, call
from domain.conversation import Inbound
from storage.delivery import Received
from storage.engine import unavailable

log = structlog.get_logger()

KINDS = ["message", "edited_message", "callback_query", "my_chat_member", "poll"]
POLL = 25  # seconds Telegram holds a request for updates open; at most 50
GRACE = 10.0  # seconds more before we take the line for dead
FEW = 10  # updates and messages at work, with which nobody is waited for; 0 to 24 do as well
COMPANY, LOOKS = 0.001, 50  # seconds from one look at those to the next, and how often
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between attempts, doubling
BODY_BYTES = 1_000_000  # far above any update
POLL_CHARACTERS = 64  # of a poll's id, which is text
REPEAT_AFTER = "5"  # seconds; Telegram honours it

Raw = dict[str, Any]
Accept = Callable[[Sequence[Received]], Awaitable[None]]
Pause = Callable[[float], Awaitable[None]]
Heard = Callable[[], None]


def received(raw: object) -> Received:
    """One update as it is kept. Raises ValueError for what is none.

    The payload is plain ASCII, so that no character in it can be refused by a database.
    """
    if not isinstance(raw, dict) or (update_id := _number(raw, "update_id")) is None:
        raise ValueError("no update_id")
    return Received("telegram", str(update_id), f"telegram:{_chat(raw)}", json.dumps(raw))


def inbound(payload: str, bot: Bot) -> Inbound | None:
    """Read a kept update. Raises NotYet while the bot does not know its own name."""
    raw = json.loads(payload)
    if pressed := telegram_press.read(raw):
        return pressed
    try:
        me = bot.bot
    except RuntimeError:
        raise NotYet("Telegram has not told the bot its name yet") from None
    return read(Update.de_json(raw, bot), me)


class Acknowledgements:
    """Answers button presses beside everything else, or the buttons keep spinning."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._open: set[asyncio.Task[None]] = set()

    def __call__(self, updates: Iterable[Raw]) -> None:
        for press in (u.get("callback_query") for u in updates):
            if not isinstance(press, dict) or not press.get("id"):
                continue
            task = asyncio.create_task(self._answer(press["id"]))
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

    def __init__(
        self, bot: Bot, accept: Accept, heard: Heard = lambda: None, pause: Pause = asyncio.sleep,
        at_work: Callable[[], int] = lambda: 0,
    ) -> None:  # fmt: skip
        """``heard`` is called each time Telegram has answered, whether or not there was news.

        ``at_work`` tells how many updates are being handled, and messages promised or being sent.
        """
        self._bot = bot
        self._accept = accept
        self._heard = heard
        self._pause = pause
        self._at_work = at_work
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
        self._heard()
        if updates:
            found = [update for raw in updates if (update := _understood(raw))]
            await _keep_all(found, self._accept)
            if found:
                self._offset = max(int(update.update_id) for update in found) + 1
            self._acknowledge(raw for raw in updates if isinstance(raw, dict))
            await self._gather()

    async def _gather(self) -> None:
        """Let those who write while we are at work come together: they cost far less so.

        They would wait here for their turn otherwise; nobody waits where little is to be done.
        """
        for _ in range(LOOKS):
            if self._at_work() <= FEW:
                return
            await self._pause(COMPANY)


def _understood(raw: object) -> Received | None:
    """None for what is no update; it would be none when it came again."""
    try:
        return received(raw)
    except (ValueError, RecursionError):
        log.error("update given up: it is none")
        return None


async def _keep_all(updates: Sequence[Received], accept: Accept) -> None:
    """One that the database refuses for itself would come again for a day: it is given up."""
    try:
        await accept(updates)
    except Exception as error:
        if unavailable(error):
            raise
        if len(updates) > 1:
            for update in updates:
                await _keep_all([update], accept)
        else:
            log.error("update given up: the database refuses it", why=type(error).__name__)


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


async def _body(request: Request) -> bytes:
    """The whole body; nothing as soon as it is longer than any update."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            return b""
    return bytes(body)


async def _keep(
    body: bytes, accept: Accept, acknowledge: Callable[[Iterable[Raw]], None]
) -> Response:
    """Who knows the secret is Telegram: what makes no sense now makes none when it comes again."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        raw = None
    if (update := _understood(raw)) is None:
        return Response()
    try:
        await _keep_all([update], accept)
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
            if kind == "poll":
                return str(body.get("id", "-"))[:POLL_CHARACTERS]
            places = (body.get("chat"), _inside(body, "message", "chat"), body.get("from"))
            numbers = (_number(place, "id") for place in places if isinstance(place, dict))
            return str(next((n for n in numbers if n is not None), "-"))
    return "-"


def _inside(raw: Raw, outer: str, inner: str) -> Any:
    found = raw.get(outer)
    return found.get(inner) if isinstance(found, dict) else None


def _number(raw: Raw, name: str) -> int | None:
    """A whole number that a database can hold; Telegram's have 52 bits at most."""
    found = raw.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or abs(found) >= 1 << 63:
        return None
    return found


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
