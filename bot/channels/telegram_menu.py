"""The commands that Telegram offers beside the text field, in every language we speak."""

from collections.abc import Sequence

from telegram import Bot

from bot.channels.telegram_request import call
from domain.conversation import Phrase
from texts import Texts

COMMANDS = ("suggest", "mine", "me", "join", "language", "help")


async def offer_commands(bot: Bot, texts: Texts, languages: Sequence[str]) -> None:
    """For each language, and for everybody else in the community's own, the first one."""
    for language in ("", *languages):
        spoken = language or languages[0]
        commands = [
            {"command": name, "description": texts.plain(spoken, Phrase(f"command.{name}"))}
            for name in COMMANDS
        ]
        await call(bot, "setMyCommands", commands=commands, language_code=language)
