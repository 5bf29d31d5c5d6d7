"""What our WeChat and our WeCom have in common: served on loopback, tokens, waiting for news."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web

PATIENCE = 30.0  # seconds, on a machine that is busy with other tests


class FakeTencent:
    """``async with``; the bot calls ``url``. Whatever breaks a rule is in ``violations``."""

    def __init__(self) -> None:
        self.url = ""
        self.violations: list[str] = []
        self.calls: Counter[str] = Counter()
        self.tokens: list[str] = []  # all that were given; the last one is good
        self._news = asyncio.Event()
        self._runner = self._server()

    def _server(self) -> web.AppRunner:
        raise NotImplementedError

    def person(self, who: str) -> Any:
        """Whose ``read`` is what they were sent."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._runner.cleanup()

    async def hears(self, who: str, words: str) -> str:
        """The newest message with these words, waited for."""

        def found() -> str:
            return next((t for t in reversed(self.person(who).read) if words in t), "")

        await self.until(lambda: bool(found()), lambda: f"{words!r} in {self.person(who).read}")
        return found()

    async def until(
        self, condition: Callable[[], bool], what: Callable[[], str] = lambda: "it"
    ) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"waited in vain for {what()}; {self.violations}") from None

    def _with_token(self, answer: Any) -> Any:
        async def checked(request: web.Request) -> web.Response:
            self.calls[request.path] += 1
            if not self.tokens or request.query.get("access_token") != self.tokens[-1]:
                return web.json_response({"errcode": 42001, "errmsg": "access_token expired"})
            found: web.Response = await answer(request)
            return found

        return checked
