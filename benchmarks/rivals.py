"""The bots one writes first with the other libraries: as they come, one INSERT, one reply.

They live in an environment of their own (`make bench` sets it up), so that their versions never
meet ours. Run as ``python -m benchmarks.rivals LIBRARY DATABASE BOT_API TOKEN``. The database
is what SQLAlchemy's own manual has one write, with the durability that ours has.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, event, insert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

THANKS = "收到了，有进展我会告诉您。"
metadata = MetaData()
messages = Table(
    "messages", metadata,
    Column("id", Integer, primary_key=True), Column("chat", BigInteger), Column("text", Text),
)  # fmt: skip

Keep = Callable[[int, str], Awaitable[None]]


@asynccontextmanager
async def opened(database: str) -> AsyncIterator[AsyncEngine]:
    """One connection to SQLite, which is quicker than several that wait for each other."""
    one = {"poolclass": AsyncAdaptedQueuePool, "pool_size": 1, "max_overflow": 0}
    engine = create_async_engine(
        database, **(one if database.startswith("sqlite") else {"pool_size": 16})
    )
    if database.startswith("sqlite"):
        event.listen(engine.sync_engine, "connect", _durable)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield engine
    await engine.dispose()


def _durable(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def aiogram(keep: Keep, bot_api: str, token: str) -> None:
    from aiogram import Bot, Dispatcher, F
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.types import Message

    session = AiohttpSession(api=TelegramAPIServer.from_base(bot_api))
    dispatcher = Dispatcher()

    @dispatcher.message(F.text)
    async def answer(message: Message) -> None:
        await keep(message.chat.id, message.text or "")
        await message.answer(THANKS)

    await dispatcher.start_polling(Bot(token, session=session), handle_signals=False)


async def telebot(keep: Keep, bot_api: str, token: str) -> None:
    from telebot import asyncio_helper
    from telebot.async_telebot import AsyncTeleBot
    from telebot.types import Message

    asyncio_helper.API_URL = bot_api + "/bot{0}/{1}"
    bot = AsyncTeleBot(token)

    @bot.message_handler(content_types=["text"])
    async def answer(message: Message) -> None:
        await keep(message.chat.id, message.text or "")
        await bot.reply_to(message, THANKS)

    await bot.infinity_polling()


async def main(library: str, database: str, bot_api: str, token: str) -> None:
    async with opened(database) as engine:

        async def keep(chat: int, text: str) -> None:
            async with engine.begin() as connection:
                await connection.execute(insert(messages).values(chat=chat, text=text))

        await {"aiogram": aiogram, "telebot": telebot}[library](keep, bot_api, token)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
