"""Telegram's own polls: how one is posted and stopped. No requests here."""

from datetime import datetime, timedelta
from typing import Any

from bot.channels.base import Outgoing
from bot.channels.telegram_text import shortened
from texts import Span, plain

# core.telegram.org/bots/api#sendpoll
QUESTION, OPTION, NOTE = 300, 100, 1024  # characters
SOONEST, LATEST = timedelta(seconds=5), timedelta(seconds=2_628_000)  # until a poll may close

MARK = "q"  # before the id of a message that is a poll; behind it, after a colon, the poll's id

Call = tuple[str, dict[str, Any]]


def is_poll(message: str) -> bool:
    return message.startswith(MARK)


def posting(message: Outgoing, now: datetime) -> Call | None:
    """The call that posts it; None where the message is no poll, or one that is over."""
    poll = message.poll
    if poll is None or poll.closed:
        return None
    params = {
        "chat_id": message.chat,
        "question": _fit(poll.question, QUESTION),
        "options": [{"text": _fit(option, OPTION)} for option in poll.options],
        "description": _fit(plain(message.note), NOTE),
        "is_anonymous": True,
        "allows_multiple_answers": poll.multiple,
        "allows_revoting": True,
        "hide_results_until_closes": poll.hidden,
    }
    if poll.closes_at and SOONEST < poll.closes_at - now < LATEST:
        params["close_date"] = int(poll.closes_at.timestamp())
    return "sendPoll", params


def stopping(chat: str, message: str) -> Call:
    number = message.removeprefix(MARK).partition(":")[0]
    return "stopPoll", {"chat_id": chat, "message_id": int(number)}


def named(result: dict[str, Any]) -> str:
    return f"{MARK}{result['message_id']}:{result['poll']['id']}"


def _fit(text: str, limit: int) -> str:
    return plain(shortened((Span(text),), limit))
