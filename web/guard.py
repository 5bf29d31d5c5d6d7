"""What every request has to pass: from our own page, small enough, not too fast."""

from collections import deque
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.ids import Clock

JSON_BYTES = 64 * 1024  # 4,000 characters, each escaped to six bytes or two times six
SAYINGS = 20  # messages, presses and photos of one person ...
WINDOW = timedelta(minutes=1)  # ... within this time
REMEMBERED = 10_000  # people, before those who fell silent are forgotten

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(self)",
    "cache-control": "no-store",
}


class Refused(Exception):
    """A request we do not take. ``error`` names the sentence ``web.error.<error>``."""

    def __init__(self, status: int, error: str, *, wait: int | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.wait = wait  # seconds until it is worth trying again


def from_our_page(request: Request) -> None:
    """Refuse what another site's page sends with our visitor's cookie.

    Browsers say where a request comes from in Sec-Fetch-Site; older ones, and all of them
    without TLS, in Origin.
    """
    headers = request.headers
    site = headers.get("sec-fetch-site")
    origin = urlsplit(headers.get("origin", "")).netloc
    ours = site == "same-origin" if site else bool(origin) and origin == headers.get("host")
    if not ours:
        raise Refused(403, "elsewhere")


def address_of(request: Request) -> str:
    return request.client.host if request.client else "?"


async def capped(
    request: Request, limit: int, error: str = "too_big"
) -> AsyncGenerator[bytes, None]:
    """The body in pieces; refused as soon as it is known to be over ``limit`` bytes."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise Refused(413, error)
    seen = 0
    async for piece in request.stream():
        seen += len(piece)
        if seen > limit:
            raise Refused(413, error)
        yield piece


async def json_body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "malformed")
    return b"".join([piece async for piece in capped(request, JSON_BYTES, "too_long")])


class Pace:
    """How much one person may say in a minute. Kept in memory: a restart forgives."""

    def __init__(self, clock: Clock, most: int = SAYINGS) -> None:
        self._clock = clock
        self._most = most
        self._said: dict[str, deque[datetime]] = {}

    def check(self, who: str) -> None:
        now = self._clock()
        said = self._said.setdefault(who, deque())
        while said and abs(now - said[0]) >= WINDOW:  # ahead of us where the clock was set back
            said.popleft()
        if len(said) >= self._most:
            raise Refused(429, "too_fast", wait=int((said[0] + WINDOW - now).total_seconds()) + 1)
        said.append(now)
        if len(self._said) > REMEMBERED:
            self._forget_silent(now)

    def _forget_silent(self, now: datetime) -> None:
        self._said = {who: s for who, s in self._said.items() if now - s[-1] < WINDOW}


class SafeHeaders:
    """Adds to every answer the headers it does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)
