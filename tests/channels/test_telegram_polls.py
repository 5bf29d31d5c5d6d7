"""Telegram's own polls: posted, voted in by nobody knows whom, stopped where they stand."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from telegram import Bot

from bot.channels.base import Button, Outgoing, Picture, Unreachable
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_intake import KINDS, inbound, received
from bot.channels.telegram_request import build_bot, call
from domain.polls import Poll, Standing
from tests.databases import NOON
from tests.fake_telegram import FakeGroup, FakeTelegram
from tests.world import FakeClock
from texts import Span

GROUP = FakeGroup(-1001)
TREES = Poll(3, "门口的树修剪成什么样？", ("矮一些", "不动"), "polls.note")
CARD = Outgoing(
    1, str(GROUP.id), (Span("门口的树…… 1. 2."),), (Button("矮一些", "poll:3:0"),),
    poll=TREES, note=(Span("听听大家的想法，"), Span("不是表决", bold=True)),
)  # fmt: skip


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        fake.knows(GROUP)
        yield fake
        assert fake.violations == []


@pytest.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[Bot]:
    async with build_bot(fake.token, fake.url) as bot:
        yield bot


@pytest.fixture
def channel(bot: Bot) -> TelegramChannel:
    return TelegramChannel(bot, no_pictures, clock=FakeClock())


async def no_pictures(picture: Picture) -> bytes:
    raise Unreachable("none here")


def with_poll(**more: object) -> Outgoing:
    return replace(CARD, poll=replace(TREES, **more))  # type: ignore[arg-type]


async def told(fake: FakeTelegram, bot: Bot) -> list[Standing | None]:
    """What the bot makes of every update that waits for it."""
    updates = await call(bot, "getUpdates", allowed_updates=KINDS)
    heard = [inbound(received(update).payload, bot) for update in updates]
    return [each.poll for each in heard if each]


async def test_a_poll_is_the_platforms_own_and_says_what_it_is_not(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    sent = await channel.send(CARD)

    [message] = fake.messages(GROUP)
    poll = message.poll
    assert poll and (poll.question, poll.options) == (TREES.question, ["矮一些", "不动"])
    assert (poll.description, poll.multiple, poll.hidden) == (
        "听听大家的想法，不是表决", False, True
    )  # fmt: skip
    assert (message.text, message.labels) == ("", [])
    assert sent == f"q{message.id}:{poll.id}"


async def test_long_words_are_cut_to_what_a_poll_can_hold(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    await channel.send(with_poll(question="问" * 400, options=("选" * 200, "😡" * 60)))

    poll = fake.messages(GROUP)[0].poll
    assert poll and poll.question == "问" * 299 + "…"
    assert [len(option.encode("utf-16-le")) // 2 for option in poll.options] == [100, 99]


@pytest.mark.parametrize(
    ("ahead", "asked"),
    [
        (timedelta(seconds=5), False),
        (timedelta(days=7), True),
        (timedelta(seconds=2_627_999), True),
        (timedelta(days=31), False),
        (None, False),
    ],
)
async def test_telegram_closes_it_by_itself_where_the_time_is_within_its_bounds(
    ahead: timedelta | None, asked: bool, fake: FakeTelegram, channel: TelegramChannel
) -> None:
    closes_at: datetime | None = NOON + ahead if ahead else None

    await channel.send(with_poll(closes_at=closes_at))

    poll = fake.messages(GROUP)[0].poll
    assert poll and (poll.close_date == (closes_at and int(closes_at.timestamp()))) == (
        asked or closes_at is None
    )


async def test_votes_are_told_as_numbers_without_anybody_behind_them(
    fake: FakeTelegram, bot: Bot, channel: TelegramChannel
) -> None:
    await channel.send(with_poll(hidden=False, multiple=True))
    [message] = fake.messages(GROUP)
    fake.votes(message, 0)
    fake.votes(message, 0, 1)

    assert message.poll
    id = message.poll.id
    assert await told(fake, bot) == [
        Standing(id, (1, 0), 1, closed=False), Standing(id, (2, 1), 2, closed=False)
    ]  # fmt: skip


@pytest.mark.parametrize("by_itself", [True, False], ids=["time is up", "stopped"])
async def test_hidden_votes_are_told_when_it_closes(
    by_itself: bool, fake: FakeTelegram, bot: Bot, channel: TelegramChannel
) -> None:
    number = await channel.send(with_poll(closes_at=NOON + timedelta(days=1)))
    [message] = fake.messages(GROUP)
    fake.votes(message, 1)
    if by_itself:
        fake.time_is_up(message)

    stopped = await channel.send(replace(with_poll(closed=True), edits=number))

    assert message.poll and message.poll.closed and stopped == number
    assert await told(fake, bot) == [
        Standing(message.poll.id, (0, 0), 1, closed=False),
        Standing(message.poll.id, (0, 1), 1, closed=True),
    ]


async def test_a_poll_that_goes_on_is_left_as_it_stands(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    number = await channel.send(CARD)

    assert await channel.send(replace(CARD, text=(Span("12人"),), edits=number)) == number
    assert len(fake.messages(GROUP)) == 1


async def test_what_follows_a_poll_on_its_card_is_a_message_of_its_own(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    number = await channel.send(CARD)

    await channel.send(replace(CARD, poll=None, text=(Span("结果"),), edits=number))

    poll, result = fake.messages(GROUP)
    assert (poll.poll is not None, result.text) == (True, "结果")


async def test_where_a_group_allows_no_polls_the_words_and_buttons_stand_in(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.fail_next("sendPoll", 400, "Bad Request: not enough rights to send polls to the chat")

    number = await channel.send(CARD)
    [message] = fake.messages(GROUP)
    assert (message.text, message.labels) == ("门口的树…… 1. 2.", ["矮一些"])

    await channel.send(replace(with_poll(closed=True), text=(Span("已截止"),), edits=number))
    assert (message.text, fake.calls["stopPoll"]) == ("已截止", 0)


async def test_the_close_of_a_poll_that_was_deleted_is_said_in_words(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    number = await channel.send(CARD)
    fake.chats.remove(fake.messages(GROUP)[0])

    await channel.send(replace(with_poll(closed=True), edits=number))

    assert [m.text for m in fake.messages(GROUP)] == ["门口的树…… 1. 2."]
