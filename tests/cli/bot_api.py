"""A Bot API server that only says who it is, how its webhook is and what time it believes it is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from bot.clock import system_clock

TOKEN = "201:a-token-that-nobody-has"


@dataclass
class BotApi:
    """What a Bot API server says of itself, and what time it believes it is."""

    ahead: timedelta = timedelta()
    reads_all: bool = True  # privacy mode is off
    webhook: dict[str, Any] = field(default_factory=dict)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_get("/bot{token}/{method}", self._answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        date = {"Date": format_datetime(system_clock() + self.ahead, usegmt=True)}
        if request.match_info["token"] != TOKEN:
            refusal = {"ok": False, "error_code": 401, "description": "Unauthorized"}
            return web.json_response(refusal, status=401, headers=date)
        answers = {
            "getMe": {
                "id": 201,
                "username": "LinliGardenBot",
                "can_read_all_group_messages": self.reads_all,
            },
            "getWebhookInfo": self.webhook,
        }
        return web.json_response(
            {"ok": True, "result": answers[request.match_info["method"]]}, headers=date
        )
