"""The bot that one writes first: python-telegram-bot as it comes, one statement, one reply.

Run as ``python -m benchmarks.bare DATABASE BOT_API TOKEN``; its database is that of the rivals.
"""

import asyncio
import sys
from contextlib import AsyncExitStack

from sqlalchemy import BigInteger, Column, Table, Text, insert, text
from telegram import Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from benchmarks.rivals import THANKS, messages, metadata, opened

ballots = Table(
    "ballots", metadata,
    Column("voter", BigInteger, primary_key=True, autoincrement=False), Column("choice", Text),
)  # fmt: skip
UPSERT = """
INSERT INTO ballots (voter, choice) VALUES (:voter, :choice)
ON CONFLICT (voter) DO UPDATE SET choice = excluded.choice
"""


def main(database: str, bot_api: str, token: str) -> None:
    stack = AsyncExitStack()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    engine = loop.run_until_complete(stack.enter_async_context(opened(database)))

    async def answer(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message and update.message.text
        row = {"chat": update.message.chat_id, "text": update.message.text}
        async with engine.begin() as connection:
            await connection.execute(insert(messages).values(row))
        await update.message.reply_text(THANKS)

    async def vote(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query and update.effective_chat
        async with engine.begin() as connection:
            row = {"voter": query.from_user.id, "choice": query.data}
            await connection.execute(text(UPSERT), row)
        await query.answer()
        await update.effective_chat.send_message("您的票已记录。")

    bot = Application.builder().token(token).base_url(f"{bot_api}/bot").build()
    bot.add_handler(MessageHandler(filters.TEXT, answer))
    bot.add_handler(CallbackQueryHandler(vote))
    bot.run_polling()


if __name__ == "__main__":
    main(*sys.argv[1:])
