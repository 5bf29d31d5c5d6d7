"""Messages a second to Telegram: ours against python-telegram-bot's own transport.

Each sends from a process of its own (``python -m benchmarks.sends WHO URL MESSAGES IN_FLIGHT``)
to a stand-in that only answers, in another one.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from statistics import median
from time import perf_counter, process_time

from aiohttp import web
from telegram import Bot

from bot.channels.base import Outgoing
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_request import build_bot
from texts import Span

TOKEN, CHAT = "1000:only-for-tests", 101
WORDS = "您的诉求第 12 号已由李某某签收，最晚周五 17:30 前答复。"
WHO = ("ours", "PTB")
HEADS = ("sends", "in flight", "per second", "CPU ms each", "speed / PTB", "CPU / PTB")
ANSWER = {"ok": True, "result": {
    "message_id": 7, "date": 1_700_000_000, "chat": {"id": CHAT, "type": "private"},
    "from": {"id": 1000, "is_bot": True, "first_name": "Linli"}, "text": WORDS,
}}  # fmt: skip

Figures = tuple[float, float]  # messages a second, milliseconds of processor time each


async def rows(rounds: int, messages: int = 400) -> list[list[str]]:
    """Both in turn, round by round, with 1 and with 32 in flight."""
    found = []
    async with _stand_in() as url:
        for in_flight in (1, 32):
            of = {who: list[Figures]() for who in WHO}
            for n in range(rounds):
                for who in WHO if n % 2 else reversed(WHO):
                    few = messages if in_flight > 1 else messages // 4
                    of[who].append(await _measured(who, url, few, in_flight))
            found += _rows(in_flight, of["ours"], of["PTB"])
    return found


def _rows(in_flight: int, ours: list[Figures], theirs: list[Figures]) -> list[list[str]]:
    names = ("Linli's channel", ours), ("python-telegram-bot as it comes", theirs)
    return [
        [name, str(in_flight), f"{median(f[0] for f in its):.0f}",
         f"{median(f[1] for f in its):.2f}",
         f"{median(f[0] / g[0] for f, g in zip(its, theirs, strict=True)):.2f}",
         f"{median(f[1] / g[1] for f, g in zip(its, theirs, strict=True)):.2f}"]
        for name, its in names
    ]  # fmt: skip


async def _measured(who: str, url: str, messages: int, in_flight: int) -> Figures:
    command = (sys.executable, "-m", "benchmarks.sends", who, url, str(messages), str(in_flight))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    per_second, cpu = json.loads(said)
    return per_second, cpu


@asynccontextmanager
async def _stand_in() -> AsyncIterator[str]:
    body = json.dumps(ANSWER).encode()

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=body, content_type="application/json")

    application = web.Application()
    application.router.add_post("/{anything:.*}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


Send = Callable[[], Awaitable[object]]


@asynccontextmanager
async def _ours(url: str) -> AsyncIterator[Send]:
    async def no_pictures(_picture: object) -> bytes:
        raise AssertionError

    bot = build_bot(TOKEN, url)
    channel = TelegramChannel(bot, no_pictures)
    message = Outgoing(promise=1, chat=str(CHAT), text=(Span(WORDS),))
    yield lambda: channel.send(message)
    await bot.request.shutdown()


@asynccontextmanager
async def _theirs(url: str) -> AsyncIterator[Send]:
    bot = Bot(TOKEN, base_url=f"{url}/bot")
    await bot.request.initialize()
    yield lambda: bot.send_message(CHAT, WORDS)
    await bot.request.shutdown()


async def _send(who: str, url: str, messages: int, in_flight: int) -> None:
    async with (_ours if who == "ours" else _theirs)(url) as send:
        await send()
        left = iter(range(messages))

        async def some() -> None:
            for _ in left:
                await send()

        began, used = perf_counter(), process_time()
        await asyncio.gather(*(some() for _ in range(in_flight)))
        took, cpu = perf_counter() - began, process_time() - used
    print(json.dumps([messages / took, cpu / messages * 1000]))


if __name__ == "__main__":
    asyncio.run(_send(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
