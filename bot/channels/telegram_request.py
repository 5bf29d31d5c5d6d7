"""Requests to Telegram over aiohttp: what python-telegram-bot speaks through here.

Its own transport costs some eight times the processor time once requests overlap. This one
also tells apart what never left from what may have arrived, and never puts the token, which
is part of every address, into an error.
"""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from aiohttp import (
    BytesPayload,
    ClientConnectorError,
    ClientError,
    ClientHttpProxyError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    FormData,
    TCPConnector,
)
from telegram import Bot
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

OFFICIAL = "https://api.telegram.org"
URLENCODED = "application/x-www-form-urlencoded"
CONNECTIONS = 256  # open at once, as the library's own transport has it
READ = WRITE = CONNECT = 5.0  # seconds; the library's own values
UPLOAD = 20.0  # seconds to write a request that carries a file
POOL = 1.0  # seconds to wait for a free connection
OVERLOADED = 5.0  # seconds, where the server says "not now" without saying until when

Dated = Callable[[str | None], None]  # takes the Date header of an answer

Seconds = Any  # a number, None for no bound, or the library's DEFAULT_NONE for our own value


class NotSent(NetworkError):
    """The request never left, so repeating it cannot do anything twice."""


class SlowDown(TelegramError):
    """Telegram refused the request for ``seconds``; it was not carried out.

    Stands in for the library's RetryAfter, which cannot be built without a warning.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Flood control exceeded. Retry in {seconds:g} seconds")
        self.seconds = seconds


class AiohttpRequest(BaseRequest):
    """One session; a time-out given with a call goes before the one given here."""

    def __init__(
        self,
        *,
        connections: int = CONNECTIONS,
        proxy: str | None = None,
        dated: Dated | None = None,
    ) -> None:
        self._connections = connections
        self._proxy = proxy
        self._dated = dated
        self._session: ClientSession | None = None
        self._shut = False

    @property
    def read_timeout(self) -> float:
        return READ

    async def initialize(self) -> None:
        self._shut = False
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(limit=self._connections),
                headers={"User-Agent": self.USER_AGENT},
                proxy=self._proxy,
            )

    async def shutdown(self) -> None:
        self._shut = True
        if self._session is not None:
            await self._session.close()
            self._session = None

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As the library does, but without writing what Telegram answered into the log."""
        try:
            answer = json.loads(payload)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or not ("result" in answer or "description" in answer):
            raise TelegramError("Invalid server response")
        return answer

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Seconds = BaseRequest.DEFAULT_NONE,
        write_timeout: Seconds = BaseRequest.DEFAULT_NONE,
        connect_timeout: Seconds = BaseRequest.DEFAULT_NONE,
        pool_timeout: Seconds = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Send one request. Raises NotSent, SlowDown, TimedOut or NetworkError."""
        write = UPLOAD if request_data and request_data.contains_files else WRITE
        limits = _limits(
            read=_given(read_timeout, READ),
            write=_given(write_timeout, write) if request_data else None,
            connect=_given(connect_timeout, CONNECT),
            pool=_given(pool_timeout, POOL),
        )
        status, body = await self._exchange(method, url, _form(request_data), limits)
        if status == 429:
            raise SlowDown(_seconds(body))
        if status == 503:
            raise NotSent("Service Unavailable (503)")
        return status, body

    async def _exchange(
        self, method: str, url: str, form: Any, limits: ClientTimeout
    ) -> tuple[int, bytes]:
        """The errors are raised without their causes, whose words may hold the address.

        The sender may be faster than whoever initializes the bot: the first request does too.
        """
        if self._shut:
            raise NotSent("shut down")
        await self.initialize()
        assert self._session is not None
        try:
            async with self._session.request(method, url, data=form, timeout=limits) as response:
                if self._dated:
                    self._dated(response.headers.get("Date"))
                return response.status, await response.read()
        except (ClientConnectorError, ClientHttpProxyError, ConnectionTimeoutError) as error:
            raise NotSent(type(error).__name__) from None
        except TimeoutError as error:
            raise TimedOut(type(error).__name__) from None
        except (ClientError, OSError) as error:
            raise NetworkError(type(error).__name__) from None


def build_bot(token: str, base_url: str | None = None, dated: Dated | None = None) -> Bot:
    """A bot that speaks over aiohttp, with a transport of its own for long polling.

    ``base_url`` is a Bot API server's root; Telegram's own when None. HTTPS_PROXY,
    HTTP_PROXY and NO_PROXY of the environment are respected: where Telegram cannot be
    reached directly, a proxy is the only way.
    """
    root = (base_url or OFFICIAL).rstrip("/")
    proxy = _proxy(root)
    return Bot(
        token,
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=AiohttpRequest(proxy=proxy, dated=dated),
        get_updates_request=AiohttpRequest(connections=1, proxy=proxy, dated=dated),
    )


async def call(
    bot: Bot, method: str, *, read_timeout: Seconds = BaseRequest.DEFAULT_NONE, **params: Any
) -> Any:
    """Call one method of the Bot API and return Telegram's own JSON.

    Building the library's objects from an answer costs four times the call itself. The
    underscore keeps ``do_api_request`` from recommending the slow way; it drops it again.
    """
    try:
        return await bot.do_api_request(f"{method}_", params, read_timeout=read_timeout)
    except KeyError:  # a success without a result: whatever was done, it is not said
        raise TelegramError("Invalid server response") from None


def _given(seconds: Seconds, default: float) -> float | None:
    return default if seconds is BaseRequest.DEFAULT_NONE else seconds


def _limits(
    *, read: float | None, write: float | None, connect: float | None, pool: float | None
) -> ClientTimeout:
    """aiohttp knows no time-out for writing, so the whole exchange of a request is bounded."""
    reach = None if pool is None or connect is None else pool + connect
    whole = None if reach is None or read is None or write is None else reach + read + write
    return ClientTimeout(total=whole, connect=reach, sock_connect=connect, sock_read=read)


def _form(data: RequestData | None) -> FormData | BytesPayload | None:
    """aiohttp's own form writes each request as if it had several parts, at twice the cost."""
    if data is None:
        return None
    if not data.contains_files:
        return BytesPayload(_urlencoded(data.json_parameters), content_type=URLENCODED)
    form = FormData(data.json_parameters)
    for name, (filename, content, mime) in data.multipart_data.items():
        file = BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, file, filename=filename, content_type=mime)
    return form


def _urlencoded(parameters: dict[str, str]) -> bytes:
    """Every byte of a value as %XX: longer, and thirty times as quick as looking at each."""
    pairs = ((name, value.encode().hex("%")) for name, value in parameters.items())
    return "&".join(f"{name}=%{coded}" if coded else f"{name}=" for name, coded in pairs).encode()


def _seconds(body: bytes) -> float:
    """How long Telegram asks us to wait, out of its refusal."""
    try:
        return float(json.loads(body)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return OVERLOADED


def _proxy(root: str) -> str | None:
    address = urlsplit(root)
    if proxy_bypass(address.hostname or ""):
        return None
    return getproxies().get(address.scheme)
