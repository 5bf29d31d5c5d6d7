"""Requests to WeChat and WeCom over aiohttp: one token for all processes, bounded tries.

Never wechatpy's own client, which blocks, waits without end and livelocks on the token
(handbook: platforms 2.1). No token and no words of ours in a log.
"""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ClassVar

import structlog
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    FormData,
)

from bot.channels.base import (
    NextVisit,
    Outgoing,
    Picture,
    Refused,
    TryLater,
    Unclear,
    Unreachable,
)
from storage.ids import Clock
from storage.platforms import Token
from storage.uow import Storage

log = structlog.get_logger()

LIMITS = ClientTimeout(total=15, connect=5, sock_read=10)  # seconds
LEASE = timedelta(seconds=30)  # for one process to fetch a token; longer than LIMITS
LOOK_AGAIN = 0.2  # seconds, while another process fetches it
LOOKS = 50
EARLY = timedelta(minutes=5)  # before the token ends: the old and the new are good together then
SHORTEST = timedelta(seconds=30)
AGAIN, A_MINUTE, AN_HOUR = 5.0, 60.0, 3600.0  # seconds
MEDIA_BYTES = 10_000_000  # developers.weixin.qq.com: temporary material, image; both platforms
MEDIA_UPLOAD = "/cgi-bin/media/upload?type="
FILES = ("image/", "audio/", "video/", "application/octet-stream")

Pictures = Callable[[Picture], Awaitable[bytes]]


class TokenApi(ABC):
    """Calls that carry the token. Raises what a channel may raise, nothing else."""

    channel: ClassVar[str]
    stale_token: ClassVar[tuple[int, ...]]

    def __init__(self, account: str, base_url: str, storage: Storage, clock: Clock) -> None:
        """``account``: whose token it is, as the database keeps it."""
        self._account = account
        self._base_url = base_url
        self._storage = storage
        self._clock = clock
        self._session: ClientSession | None = None
        self._shared: Token | None = None  # as the database had it last
        self._one = asyncio.Lock()

    @abstractmethod
    async def _ask_token(self, *, force: bool) -> dict[str, Any]:
        """The platform's answer with a token; with another one than before where ``force``."""

    @abstractmethod
    def meaning(self, answer: dict[str, Any]) -> Exception:
        """What a refusal means for the message. Its words are left out: they may quote ours."""

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST as JSON, in the letters themselves: escaped ones are shown as they are."""
        return await self._told("POST", path, data=as_json(body))

    async def upload(self, path: str, name: str, content: bytes, mime: str) -> dict[str, Any]:
        def form() -> FormData:
            form = FormData()
            form.add_field("media", content, filename=name, content_type=mime)
            return form

        return await self._told("POST", path, data=form)

    async def picture(self, message: Outgoing, pictures: Pictures) -> str:
        """The picture of a message, handed over. A reference of its own would end in three days."""
        content = message.image or (await pictures(message.picture) if message.picture else b"")
        name, mime = ("photo.png", "image/png") if message.image else ("photo.jpg", "image/jpeg")
        return await self.held("image", name, content, mime)

    async def held(self, kind: str, name: str, content: bytes, mime: str) -> str:
        """By what name the platform holds this for three days. Raises Refused, too."""
        if len(content) > MEDIA_BYTES:
            raise Refused(f"the {kind} is too big")
        answer = await self.upload(f"{MEDIA_UPLOAD}{kind}", name, content, mime)
        return str(answer["media_id"])

    async def download(self, media: str) -> bytes:
        """What a person sent; it is kept for three days. Raises TryLater or Unreachable."""
        try:
            answer, content = await self._tried("GET", "/cgi-bin/media/get", {"media_id": media})
            if answer:
                raise self.meaning(answer)
        except (Unclear, NextVisit) as error:
            raise TryLater(AGAIN, str(error)) from None
        return content

    async def _told(
        self, method: str, path: str, params: dict[str, str] | None = None, data: Any = None
    ) -> dict[str, Any]:
        answer, _ = await self._tried(method, path, params, data)
        if answer.get("errcode"):
            raise self.meaning(answer)
        return answer

    async def _tried(
        self, method: str, path: str, params: dict[str, str] | None = None, data: Any = None
    ) -> tuple[dict[str, Any], bytes]:
        """Once more with another token where ours is not known, and never a third time.

        A form is read but once: what is called for ``data`` makes one for each time.
        """
        token = await self.token()
        answer, content = await self._sent(method, path, token, params, data)
        if answer.get("errcode") in self.stale_token:
            token = await self.token(refused=token)
            answer, content = await self._sent(method, path, token, params, data)
        return answer, content

    async def _sent(
        self, method: str, path: str, token: str, params: dict[str, str] | None, data: Any
    ) -> tuple[dict[str, Any], bytes]:
        query = {"access_token": token, **(params or {})}
        return await self._exchange(method, path, query, data() if callable(data) else data)

    async def _exchange(
        self, method: str, path: str, query: dict[str, str], data: Any = None
    ) -> tuple[dict[str, Any], bytes]:
        """The platform's JSON, or the bytes of a file. No cause is kept: addresses hold tokens."""
        self._session = self._session or ClientSession(timeout=LIMITS)
        url = self._base_url + path
        try:
            async with self._session.request(method, url, params=query, data=data) as response:
                content = await response.content.read(MEDIA_BYTES + 1)
                status, mime = response.status, response.content_type
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            why = f"{self.channel} not reached: {type(error).__name__}"
            raise TryLater(AGAIN, why, everywhere=True) from None
        except (ClientError, TimeoutError, OSError) as error:
            raise Unclear(type(error).__name__) from None
        return self._understood(status, mime, content)

    def _understood(self, status: int, mime: str, content: bytes) -> tuple[dict[str, Any], bytes]:
        """Raises TryLater, Unclear or Refused."""
        if status == 503:
            raise TryLater(AGAIN, f"{self.channel}: 503", everywhere=True)
        if status >= 500:
            raise Unclear(f"{self.channel}: {status}")
        if status >= 400:
            raise Refused(f"{self.channel}: {status}")
        if len(content) > MEDIA_BYTES:
            raise Refused("the file is too big")
        if mime.startswith(FILES):
            return {}, content
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Unclear(f"{self.channel} answers in no JSON")
        return answer, b""

    # --- the token

    async def token(self, refused: str = "") -> str:
        """The one that all processes share. ``refused``: the platform does not know this one.

        Raises TryLater.
        """
        async with self._one:
            if token := self._good(refused):
                return token
            for _ in range(LOOKS):
                async with self._storage.begin() as uow:
                    self._shared = await uow.platforms.token(self.channel, self._account)
                if token := self._good(refused):
                    return token
                if await self._is_ours_to_fetch():
                    return await self._fetched(refused)
                await asyncio.sleep(LOOK_AGAIN)
        raise TryLater(AGAIN, "another process fetches the token", everywhere=True)

    def _good(self, refused: str) -> str:
        found = self._shared
        fresh = found is not None and self._clock() < found.expires_at
        return found.value if found and fresh and found.value != refused else ""

    async def _is_ours_to_fetch(self) -> bool:
        now = self._clock()
        async with self._storage.begin() as uow:
            return await uow.platforms.begin_refresh(
                self.channel, self._account, self._shared, now, now + LEASE
            )

    async def _fetched(self, refused: str) -> str:
        token: Token | None = None
        try:
            token = await self._asked(force=False)
            if token.value == refused:
                token = await self._asked(force=True)
        finally:
            async with self._storage.begin() as uow:
                await uow.platforms.end_refresh(self.channel, self._account, token)
        self._shared = token
        return token.value

    async def _asked(self, *, force: bool) -> Token:
        try:
            answer = await self._ask_token(force=force)
            if not answer.get("access_token"):
                raise self.meaning(answer)
            lasts = timedelta(seconds=int(answer["expires_in"]))
        except (Unclear, Unreachable, NextVisit, KeyError, ValueError) as error:
            why = str(error) if isinstance(error, Unreachable) else type(error).__name__
            raise TryLater(
                A_MINUTE, f"{self.channel} gives no token: {why}", everywhere=True
            ) from None
        return Token(answer["access_token"], self._clock() + max(lasts - EARLY, SHORTEST))


def as_json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
