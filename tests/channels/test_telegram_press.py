"""A press read from the JSON alone says what the library's reading of it says."""

import json
from typing import Any

import pytest
from telegram import Bot, Update, User

from bot.channels import telegram_press, telegram_read
from casework.matter_actions import CastBallot
from handlers.groups import BotAdded
from tests.channels.test_telegram_read import PAYLOADS

ME = User(1000, "邻里", True, username="linli_bot")
ANA = {"id": 101, "is_bot": False, "first_name": "Ana"}
PRIVATE = {"message_id": 7, "date": 1, "chat": {"id": 101, "type": "private", "first_name": "Ana"}}
GROUP = PRIVATE | {"chat": {"id": -1, "type": "supergroup", "title": "3"}}
OLD = PRIVATE | {"date": 0}
BALLOT = CastBallot(7, "o12", "yes").pack()


def pressed(**more: Any) -> dict[str, Any]:
    query = {"id": "9", "from": ANA, "chat_instance": "1", "message": PRIVATE, "data": BALLOT}
    return {"update_id": 5, "callback_query": {k: v for k, v in (query | more).items() if v}}


PRESSES = {
    "alone": pressed(),
    "in a group": pressed(message=GROUP),
    "on a message that is gone": pressed(message=OLD),
    "without a message": pressed(message=None, inline_message_id="1"),
    "without data": pressed(data=None, game_short_name="chess"),
    "with two names and a language": pressed(
        **{"from": ANA | {"last_name": "Lima", "language_code": "zh-hans"}}
    ),
    "of what we never wrote": pressed(data="no such button"),
    "of what only Telegram says": pressed(data=BotAdded().pack()),
    **{
        path.stem: json.loads(path.read_text("utf-8"))
        for path in PAYLOADS.glob("telegram_press_*.json")
    },
}


@pytest.mark.parametrize("raw", PRESSES.values(), ids=PRESSES.keys())
def test_a_press_is_read_as_the_library_reads_it(raw: dict[str, Any]) -> None:
    update = Update.de_json(raw, Bot("1000:TEST"))

    assert telegram_press.read(raw) == telegram_read.read(update, ME) is not None


NONE = {
    "a message": {"update_id": 5, "message": PRIVATE},
    "from nobody": pressed(**{"from": None}),
    "from somebody without a number": pressed(**{"from": {"first_name": "Ana"}}),
    "a list": {"update_id": 5, "callback_query": [ANA]},
    "data that are a number": pressed(data=5),
    "a message that is a word": pressed(message="hello"),
}


@pytest.mark.parametrize("raw", NONE.values(), ids=NONE.keys())
def test_what_is_not_as_telegram_writes_it_is_left_to_the_library(raw: dict[str, Any]) -> None:
    assert telegram_press.read(raw) is None
