"""Requests to WeChat over aiohttp: one token for all processes, bounded tries, no token in a log.

Never wechatpy's own client, which blocks, waits without end and livelocks on the token
(handbook: platforms 2.1).
"""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    FormData,
)

from bot.channels.base import NextVisit, Refused, TooFast, TryLater, Unclear, Unreachable
from storage.ids import Clock
from storage.platforms import Token
from storage.uow import Storage

log = structlog.get_logger()

CHANNEL = "wechat"
LIMITS = ClientTimeout(total=15, connect=5, sock_read=10)  # seconds
LEASE = timedelta(seconds=30)  # for one process to fetch a token; longer than LIMITS
LOOK_AGAIN = 0.2  # seconds, while another process fetches it
LOOKS = 50
EARLY = timedelta(minutes=5)  # before the token ends: the old and the new are good together then
SHORTEST = timedelta(seconds=30)
AGAIN, A_MINUTE, AN_HOUR = 5.0, 60.0, 3600.0  # seconds
MEDIA_BYTES = 10_000_000  # developers.weixin.qq.com: temporary material, image

# developers.weixin.qq.com: global return codes
STALE_TOKEN = (40001, 40014, 42001)
BUSY = -1
NOT_US = (40002, 40013, 40125, 40164, 41004, 48001, 48004, 50001, 50002)  # a person has to act
GONE = (40003, 43004, 43019)  # no such follower, not following, on the black list
NO_MESSAGE_LEFT = (45015, 45047)  # 48 hours are over; all messages of the window are spent
DAY_SPENT, MINUTE_SPENT = 45009, 45011


@dataclass(frozen=True)
class Account:
    app_id: str
    secret: str = field(repr=False)
    base_url: str = "https://api.weixin.qq.com"


class WeChatApi:
    """Calls that carry the token. Raises what a channel may raise, nothing else."""

    def __init__(self, account: Account, storage: Storage, clock: Clock) -> None:
        self._account = account
        self._storage = storage
        self._clock = clock
        self._session: ClientSession | None = None
        self._shared: Token | None = None  # as the database had it last
        self._one = asyncio.Lock()

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST as JSON, in the letters themselves: WeChat shows escaped ones as they are."""
        words = json.dumps(body, ensure_ascii=False).encode()
        return await self._told("POST", path, data=words)

    async def upload(self, path: str, name: str, content: bytes, mime: str) -> dict[str, Any]:
        form = FormData()
        form.add_field("media", content, filename=name, content_type=mime)
        return await self._told("POST", path, data=form)

    async def download(self, media: str) -> bytes:
        """What a person sent; WeChat keeps it for three days."""
        answer, content = await self._tried("GET", "/cgi-bin/media/get", params={"media_id": media})
        if answer:
            raise meaning(answer)
        return content

    async def _told(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer, _ = await self._tried(method, path, **more)
        if answer.get("errcode"):
            raise meaning(answer)
        return answer

    async def _tried(
        self, method: str, path: str, params: dict[str, str] | None = None, data: Any = None
    ) -> tuple[dict[str, Any], bytes]:
        """Once more with another token where WeChat does not know ours, and never a third time."""
        token = await self.token()
        answer, content = await self._sent(method, path, token, params, data)
        if answer.get("errcode") in STALE_TOKEN and not isinstance(data, FormData):
            token = await self.token(refused=token)
            answer, content = await self._sent(method, path, token, params, data)
        return answer, content

    async def _sent(
        self, method: str, path: str, token: str, params: dict[str, str] | None, data: Any
    ) -> tuple[dict[str, Any], bytes]:
        query = {"access_token": token, **(params or {})}
        return await self._exchange(method, path, query, data)

    async def _exchange(
        self, method: str, path: str, query: dict[str, str], data: Any
    ) -> tuple[dict[str, Any], bytes]:
        """WeChat's JSON, or the bytes of a file. No cause is kept: addresses hold the token."""
        self._session = self._session or ClientSession(timeout=LIMITS)
        url = self._account.base_url + path
        try:
            async with self._session.request(method, url, params=query, data=data) as response:
                content = await response.content.read(MEDIA_BYTES + 1)
                status, mime = response.status, response.content_type
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            why = f"wechat not reached: {type(error).__name__}"
            raise TryLater(AGAIN, why, everywhere=True) from None
        except (ClientError, TimeoutError, OSError) as error:
            raise Unclear(type(error).__name__) from None
        return _understood(status, mime, content)

    # --- the token

    async def token(self, refused: str = "") -> str:
        """The one that all processes share. ``refused``: WeChat does not know this one.

        Raises TryLater.
        """
        async with self._one:
            if token := self._good(refused):
                return token
            for _ in range(LOOKS):
                async with self._storage.begin() as uow:
                    self._shared = await uow.platforms.token(CHANNEL, self._account.app_id)
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
                CHANNEL, self._account.app_id, self._shared, now, now + LEASE
            )

    async def _fetched(self, refused: str) -> str:
        token: Token | None = None
        try:
            token = await self._asked(force=False)
            if token.value == refused:
                token = await self._asked(force=True)
        finally:
            async with self._storage.begin() as uow:
                await uow.platforms.end_refresh(CHANNEL, self._account.app_id, token)
        self._shared = token
        return token.value

    async def _asked(self, *, force: bool) -> Token:
        """``stable_token`` gives all who ask the same one, unless it is told to make another."""
        asked = {
            "grant_type": "client_credential", "appid": self._account.app_id,
            "secret": self._account.secret, "force_refresh": force,
        }  # fmt: skip
        try:
            answer, _ = await self._exchange(
                "POST", "/cgi-bin/stable_token", {}, json.dumps(asked).encode()
            )
            if "access_token" not in answer:
                raise meaning(answer)
            lasts = timedelta(seconds=int(answer["expires_in"]))
        except (Unclear, Unreachable, NextVisit, KeyError, ValueError) as error:
            why = str(error) if isinstance(error, Unreachable) else type(error).__name__
            raise TryLater(A_MINUTE, f"wechat gives no token: {why}", everywhere=True) from None
        return Token(answer["access_token"], self._clock() + max(lasts - EARLY, SHORTEST))


def meaning(answer: dict[str, Any]) -> Exception:
    """What WeChat's refusal means for the message. Its words are left out: they may quote ours."""
    code = answer.get("errcode")
    why = f"wechat: {code}"
    if code == BUSY:
        return TryLater(AGAIN, why)
    if code == MINUTE_SPENT:
        return TooFast(A_MINUTE, why)
    if code == DAY_SPENT:
        return TryLater(AN_HOUR, why, everywhere=True)
    if code in NO_MESSAGE_LEFT:
        return NextVisit(why)
    if code in GONE:
        return Unreachable(why)
    if code in NOT_US or code in STALE_TOKEN:
        log.error("wechat refuses the account", code=code)
        return TryLater(A_MINUTE, why, everywhere=True)
    return Refused(why)


def _understood(status: int, mime: str, content: bytes) -> tuple[dict[str, Any], bytes]:
    """Raises TryLater, Unclear or Refused."""
    if status == 503:
        raise TryLater(AGAIN, "wechat: 503", everywhere=True)
    if status >= 500:
        raise Unclear(f"wechat: {status}")
    if status >= 400:
        raise Refused(f"wechat: {status}")
    if len(content) > MEDIA_BYTES:
        raise Refused("the file is too big")
    if mime.startswith(("image/", "audio/", "video/", "application/octet-stream")):
        return {}, content
    try:
        answer = json.loads(content)
    except ValueError:
        raise Unclear("wechat answers in no JSON") from None
    if not isinstance(answer, dict):
        raise Unclear("wechat answers in no JSON")
    return answer, b""
