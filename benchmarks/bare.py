"""The bot that one writes first: python-telegram-bot as it comes, one statement, one reply.

What Linli is measured against. Run as ``python -m benchmarks.bare DATABASE BOT_API``.
"""

import sys

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, insert, text
from telegram import Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from storage.engine import open_engine
from tests.town import TOKEN

metadata = MetaData()
messages = Table(
    "messages", metadata,
    Column("id", Integer, primary_key=True), Column("chat", BigInteger), Column("text", Text),
)  # fmt: skip
ballots = Table(
    "ballots", metadata,
    Column("voter", BigInteger, primary_key=True, autoincrement=False), Column("choice", Text),
)  # fmt: skip
UPSERT = """
INSERT INTO ballots (voter, choice) VALUES (:voter, :choice)
ON CONFLICT (voter) DO UPDATE SET choice = excluded.choice
"""


def main(database: str, bot_api: str) -> None:
    engine = open_engine(database)  # the same settings of the database as ours

    async def prepare(_application: object) -> None:
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)

    async def answer(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message and update.message.text
        row = {"chat": update.message.chat_id, "text": update.message.text}
        async with engine.begin() as connection:
            await connection.execute(insert(messages).values(row))
        await update.message.reply_text("收到了，有进展我会告诉您。")

    async def vote(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query and update.effective_chat
        async with engine.begin() as connection:
            row = {"voter": query.from_user.id, "choice": query.data}
            await connection.execute(text(UPSERT), row)
        await query.answer()
        await update.effective_chat.send_message("您的票已记录。")

    bot = Application.builder().token(TOKEN).base_url(f"{bot_api}/bot").post_init(prepare).build()
    bot.add_handler(MessageHandler(filters.TEXT, answer))
    bot.add_handler(CallbackQueryHandler(vote))
    bot.run_polling()


if __name__ == "__main__":
    main(*sys.argv[1:])
