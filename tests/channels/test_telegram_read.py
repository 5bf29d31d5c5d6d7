"""What Telegram sends and what we make of it, payload by payload."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from telegram import Bot

from bot.channels.base import NotYet
from bot.channels.telegram_intake import inbound, received
from bot.channels.telegram_request import build_bot
from domain.conversation import Action, Address, Inbound
from domain.polls import Standing
from handlers.groups import BotAdded, BotLeft, GroupMoved
from handlers.polls import PollChanged
from handlers.residents import Blocked
from handlers.turn import Cancel
from tests.fake_telegram import FakeTelegram

PAYLOADS = Path(__file__).parent / "payloads"
ANA, LI = Address("telegram", "101"), Address("telegram", "102")
GROUP = Address("telegram", "-1001234567890")
PHOTO = "AgACAgUAAxkBAAIB_y"  # the largest of three, not the last


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with FakeTelegram() as fake, build_bot(fake.token, fake.url) as bot:
        yield bot


def payload(name: str) -> str:
    return (PAYLOADS / f"telegram_{name}.json").read_text("utf-8")


def ana(**heard: object) -> Inbound:
    return Inbound("", ANA, language="en", name="Ana Lima", **heard)  # type: ignore[arg-type]


def li(**heard: object) -> Inbound:
    return Inbound("", LI, GROUP, language="zh-hans", name="李", **heard)  # type: ignore[arg-type]


HEARD = {
    "private_text": ana(text="The lamp at the gate is broken"),
    "private_command": ana(text="/start 7K3M9Q2W4X", to_bot=True),
    "private_photo": ana(text="It is this lamp", photo=PHOTO),
    "private_place": ana(place="31.2304,121.4737"),
    "private_voice": ana(),
    "group_text": li(text="#建议 3号楼门口路灯坏了"),
    "group_command_for_us": li(text="/suggest 3号楼门口路灯坏了", to_bot=True),
    "group_command_bare": li(text="/help", to_bot=True),
    "group_slash_no_command": li(text="/3号楼 门口"),
    "group_mention": li(text="😡😡 路灯又坏了", to_bot=True),
    "group_mention_of_neighbour": li(text="@ana_l 你家灯亮吗"),
    "group_text_mention": li(text="路灯坏了", to_bot=True),
    "group_reply_to_neighbour": li(
        text="/suggest", quoted="The lamp at the gate is broken", to_bot=True
    ),
    "group_reply_to_bot": li(text="已经三天了", quoted="#7 3号楼门口路灯坏了", answers=True),
    "group_reply_to_picture": li(text="/suggest", quoted="Look", to_bot=True),
    "group_photo_for_us": li(text="就是这盏", photo=PHOTO, to_bot=True),
    "press_in_group": li(action=Cancel()),
    "press_in_private": ana(action=Cancel()),
    "press_on_old_message": li(action=Cancel()),
    "press_never_written": li(),
    "bot_added": li(action=BotAdded()),
    "bot_removed": li(action=BotLeft()),
    "bot_blocked": ana(action=Blocked()),
    "poll": Inbound(
        "",
        Address("telegram", ""),
        action=PollChanged(),
        poll=Standing("5321604478211063811", (4, 1, 0), voters=5, closed=False),
    ),
}

IGNORED = [
    "private_edited",
    "private_pinned",
    "group_command_for_another",
    "group_sticker",
    "group_from_bot",
    "group_anonymous_admin",
    "group_on_behalf_of_channel",
    "group_joined",
    "channel_post",
    "bot_promoted",
    "bot_unblocked",
]


@pytest.mark.parametrize("name", HEARD)
async def test_what_a_person_does_is_understood(name: str, bot: Bot) -> None:
    heard = inbound(payload(name), bot)

    assert heard is not None
    assert heard.id == str(json.loads(payload(name))["update_id"])
    assert _without_id(heard) == _without_id(HEARD[name])


@pytest.mark.parametrize("name", IGNORED)
async def test_what_is_not_for_us_is_ignored(name: str, bot: Bot) -> None:
    assert inbound(payload(name), bot) is None


async def test_words_in_a_group_say_which_message_they_are_and_which_they_answer(bot: Bot) -> None:
    raw = json.loads(payload("group_reply_to_neighbour"))["message"]
    heard = inbound(payload("group_reply_to_neighbour"), bot)

    assert heard is not None
    assert heard.message == str(raw["message_id"])
    assert heard.replies_to == str(raw["reply_to_message"]["message_id"])


async def test_in_a_topic_of_a_forum_only_a_real_reply_is_one(bot: Bot) -> None:
    raw = json.loads(payload("group_reply_to_neighbour"))
    beginning = raw["message"]["reply_to_message"]
    beginning["forum_topic_created"] = {"name": "Repairs", "icon_color": 7322096}
    heard = inbound(json.dumps(raw), bot)

    assert heard is not None
    assert heard.replies_to == ""


async def test_other_words_in_a_group_are_heard_as_such(bot: Bot) -> None:
    raw = json.loads(payload("group_text"))
    raw["edited_message"] = raw.pop("message") | {"edit_date": 1_780_000_000}
    heard = inbound(json.dumps(raw), bot)

    assert heard is not None
    assert heard.edited and heard.message and heard.text == "#建议 3号楼门口路灯坏了"


async def test_a_voice_in_a_group_counts_as_words_we_cannot_read(bot: Bot) -> None:
    raw = json.loads(payload("group_text"))
    voice = {"file_id": "v", "file_unique_id": "u", "duration": 3}
    raw["message"] = {k: v for k, v in raw["message"].items() if k not in ("text", "entities")}
    heard = inbound(json.dumps({**raw, "message": raw["message"] | {"voice": voice}}), bot)

    assert heard is not None
    assert heard.text == "" and heard.group is not None


async def test_a_group_that_moves_says_where_to_even_through_an_anonymous_admin(bot: Bot) -> None:
    heard = inbound(payload("group_moved"), bot)

    assert heard is not None
    assert heard.group == Address("telegram", "-4321")
    assert heard.action == GroupMoved(to="-1001234567890")


async def test_a_stranger_cannot_bring_telegrams_own_news_by_button(bot: Bot) -> None:
    """A client may send any data: a forged press could have taken a group's place."""
    assert isinstance(Action.unpack("g.to:-666"), GroupMoved)

    heard = inbound(payload("press_of_news"), bot)

    assert heard is not None
    assert heard.action is None


async def test_an_update_waits_until_the_bot_knows_its_own_name() -> None:
    """The dispatcher lets an update wait for a NotYet; anything else would end it."""
    with pytest.raises(NotYet, match="name"):
        inbound(payload("group_mention"), build_bot("1000:TEST"))


LANES = {
    "private_text": "telegram:101",
    "group_text": "telegram:-1001234567890",
    "press_in_group": "telegram:-1001234567890",
    "press_in_private": "telegram:101",
    "bot_blocked": "telegram:101",
    "group_moved": "telegram:-4321",
    "channel_post": "telegram:-",
    "poll": "telegram:5321604478211063811",
}


@pytest.mark.parametrize("name", LANES)
def test_updates_of_one_chat_share_a_lane(name: str) -> None:
    kept = received(json.loads(payload(name)))

    assert (kept.channel, kept.lane) == ("telegram", LANES[name])
    assert json.loads(kept.payload) == json.loads(payload(name))
    assert kept.payload.isascii()


@pytest.mark.parametrize("raw", [{}, {"update_id": "7"}, {"update_id": True}])
def test_what_has_no_id_is_no_update(raw: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="update_id"):
        received(raw)


def _without_id(heard: Inbound) -> Inbound:
    return replace(heard, id="", message="", replies_to="")
