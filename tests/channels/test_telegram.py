"""Sending to Telegram, over real HTTP: what people see, and what the sender is told."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from bot.channels.base import Button, Outgoing, Picture, Refused, TryLater, Unclear, Unreachable
from bot.channels.telegram import PICTURE_TRIES, TelegramChannel
from bot.channels.telegram_request import build_bot
from tests import telegram_lies
from tests.bot_api import units
from tests.fake_telegram import FakeGroup, FakeTelegram, FakeUser
from texts import Rich, Span

ANA, GROUP = FakeUser(101), FakeGroup(-1001)
LAMP = b"\xff\xd8 a lamp"
SIGN = (Button("签收", "w.sign:7"), Button("退回", "w.back:7"))


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        fake.knows(ANA, GROUP)
        yield fake
        assert fake.violations == []


@pytest.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[Bot]:
    async with build_bot(fake.token, fake.url) as bot:
        yield bot


@pytest.fixture
def channel(bot: Bot) -> TelegramChannel:
    return TelegramChannel(bot, pictures)


async def pictures(picture: Picture) -> bytes:
    """The web chat's pictures, as far as there are any."""
    match picture.ref:
        case "lamp":
            return LAMP
        case "huge":
            return bytes(10_000_001)
        case "busy":
            raise TryLater(3, everywhere=True)
        case "used up":
            raise TryLater(3600, everywhere=True)
        case _:
            raise Unreachable("no such picture")


def say(text: str | Rich, chat: FakeUser | FakeGroup = ANA, **more: object) -> Outgoing:
    rich = (Span(text),) if isinstance(text, str) else text
    return Outgoing(1, str(chat.id), rich, **more)  # type: ignore[arg-type]


async def test_words_arrive_as_typed_with_our_bold_and_buttons(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    rich = (Span("7", bold=True), Span(' <b>灯</b> & "co" &amp; \''))

    sent = await channel.send(say(rich, buttons=SIGN))

    [message] = fake.messages(ANA)
    assert sent == str(message.id)
    assert message.text == '7 <b>灯</b> & "co" &amp; \''
    assert message.html.startswith("<b>7</b> &lt;b&gt;")
    assert message.rows == [["签收", "退回"]]
    assert message.data("退回") == "w.back:7"


async def test_an_answer_stands_below_what_it_answers_or_alone_where_that_is_gone(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    await channel.send(say("Until when?", GROUP))
    [asked] = fake.messages(GROUP)
    await channel.send(say("Until four.", GROUP, replies_to=str(asked.id)))
    await channel.send(say("Until five.", GROUP, replies_to="999"))

    _, answer, alone = fake.messages(GROUP)
    assert answer.reply_to is asked and alone.reply_to is None


async def test_an_answer_in_a_topic_arrives_though_what_it_answers_is_gone(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    """In the topics of a forum Telegram refuses what elsewhere it lets stand alone."""
    fake.fail_next("sendMessage", 400, "Bad Request: message to be replied not found")
    await channel.send(say("Until four.", GROUP, replies_to="71"))

    [answer] = fake.messages(GROUP)
    assert (answer.text, answer.reply_to) == ("Until four.", None)


@pytest.mark.parametrize(("off", "admin", "reads"), [(1, 0, True), (0, 1, True), (0, 0, False)])
async def test_what_is_written_in_a_group_is_given_us_without_privacy_mode_or_as_an_admin(
    fake: FakeTelegram, channel: TelegramChannel, off: int, admin: int, reads: bool
) -> None:
    fake.chats.reads_all = bool(off)
    fake.chats.admin_in = {GROUP.id} if admin else set()

    assert await channel.reads(str(GROUP.id)) is reads


async def test_of_a_group_that_telegram_says_nothing_about_nobody_knows(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.chats.reads_all = False

    assert await channel.reads("-999") is None


async def test_in_a_group_the_person_is_asked_to_reply(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    await channel.send(say("Where?", GROUP, asks_reply=True))
    await channel.send(say("Where?", GROUP, asks_reply=True, buttons=SIGN))

    asked, pressed = fake.messages(GROUP)
    assert asked.markup == {"force_reply": True, "selective": True}
    assert pressed.labels == ["签收", "退回"]


# --- length


async def test_a_long_message_arrives_whole_in_several_with_its_end_last(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    lines = [f"第{n}行 😡&<" for n in range(1000)]

    sent = await channel.send(say("\n".join(lines), asks_reply=True))

    parts = fake.messages(ANA)
    assert [line for part in parts for line in part.text.split("\n")] == lines
    assert [part.asks_reply for part in parts] == [False] * (len(parts) - 1) + [True]
    assert sent == str(parts[-1].id)


async def test_a_message_of_exactly_the_limit_is_not_touched(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    await channel.send(say("😡" * 2048))

    assert [m.text for m in fake.messages(ANA)] == ["😡" * 2048]


async def test_what_has_buttons_stays_one_message_however_long(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    await channel.send(say("&😡" * 3000, buttons=SIGN))

    [message] = fake.messages(ANA)
    assert message.labels == ["签收", "退回"]
    assert message.text.endswith("…")
    assert units(message.text) <= 4096


# --- pictures


async def test_a_picture_telegram_holds_goes_by_reference_with_its_words(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    file = fake.says(ANA, photo=LAMP).photo
    assert file

    sent = await channel.send(say("灯", buttons=SIGN, picture=Picture("telegram", file)))

    [message] = fake.messages(ANA)
    assert (message.photo, message.text, message.labels) == (file, "灯", ["签收", "退回"])
    assert sent == f"p{message.id}"


async def test_a_picture_of_another_channel_is_uploaded(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    await channel.send(say("灯", picture=Picture("web", "lamp")))

    [message] = fake.messages(ANA)
    assert fake.chats.files[message.photo or ""] == LAMP


async def test_words_too_long_for_a_caption_follow_the_picture(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    sent = await channel.send(say("灯" * 1025, buttons=SIGN, picture=Picture("web", "lamp")))

    picture, words = fake.messages(ANA)
    assert (picture.text, picture.labels) == ("", [])
    assert (words.text, words.labels) == ("灯" * 1025, ["签收", "退回"])
    assert sent == str(words.id)


@pytest.mark.parametrize(
    "picture", [Picture("web", "gone"), Picture("web", "huge"), Picture("telegram", "unknown")]
)
async def test_words_arrive_without_a_picture_that_cannot_be_shown(
    picture: Picture, fake: FakeTelegram, channel: TelegramChannel
) -> None:
    await channel.send(say("灯", picture=picture))

    assert [(m.text, m.photo) for m in fake.messages(ANA)] == [("灯", None)]


async def test_a_message_waits_for_a_picture_that_can_be_had_later(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    """That channel's pause is its own: all of Telegram stood still with it."""
    with pytest.raises(TryLater) as told:
        await channel.send(say("灯", picture=Picture("web", "busy")))

    assert fake.messages(ANA) == [] and not told.value.everywhere


@pytest.mark.parametrize(("ref", "attempts"), [("busy", PICTURE_TRIES), ("used up", 1)])
@pytest.mark.parametrize("kind", ["picture", "voice"])
async def test_a_message_does_not_wait_long_for_what_another_channel_holds(
    kind: str, ref: str, attempts: int, fake: FakeTelegram, channel: TelegramChannel
) -> None:
    await channel.send(say("灯", attempts=attempts, **{kind: Picture("web", ref)}))

    assert [(m.text, m.photo) for m in fake.messages(ANA)] == [("灯", None)]


async def test_a_picture_that_a_resident_sent_can_be_fetched(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    file = fake.says(ANA, photo=LAMP).photo
    assert file
    assert await channel.fetch(file) == LAMP


async def test_a_picture_that_is_gone_is_unreachable_and_not_a_refused_token(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    file = fake.says(ANA, photo=LAMP).photo
    assert file
    with pytest.raises(Unreachable):
        await channel.fetch("unknown")
    fake.fail_next("download", 404, "Not Found")
    with pytest.raises(Unreachable, match="gone"):
        await channel.fetch(file)


async def test_a_picture_can_be_fetched_later_when_telegram_does_not_answer(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.fail_next("getFile", drop="before")

    with pytest.raises(TryLater):
        await channel.fetch("any")


# --- cards


@pytest.mark.parametrize("picture", [None, Picture("web", "lamp")])
async def test_a_card_is_edited_in_place(
    picture: Picture | None, fake: FakeTelegram, channel: TelegramChannel
) -> None:
    card = await channel.send(say("待签收", GROUP, buttons=SIGN, picture=picture))

    again = await channel.send(say("已签收", GROUP, picture=picture, edits=card))

    [message] = fake.messages(GROUP)
    assert again == card
    assert (message.text, message.labels, message.edits) == ("已签收", [], 1)
    assert bool(message.photo) == bool(picture)


@pytest.mark.parametrize("picture", [None, Picture("web", "lamp")])
async def test_a_card_grown_too_long_is_shortened_in_place(
    picture: Picture | None, fake: FakeTelegram, channel: TelegramChannel
) -> None:
    card = await channel.send(say("短", picture=picture))

    await channel.send(say("长" * 5000, picture=picture, edits=card))

    [message] = fake.messages(ANA)
    assert message.text == "长" * (1023 if picture else 4095) + "…"


async def test_a_card_that_has_not_changed_is_fine(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    card = await channel.send(say("待签收", buttons=SIGN))

    assert await channel.send(say("待签收", buttons=SIGN, edits=card)) == card
    assert fake.messages(ANA)[0].edits == 0


async def test_a_card_that_was_deleted_is_sent_anew(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    card = await channel.send(say("待签收"))
    fake.chats.remove(fake.messages(ANA)[0])

    again = await channel.send(say("已签收", edits=card))

    [message] = fake.messages(ANA)
    assert (message.text, str(message.id)) == ("已签收", again)
    assert again != card


async def test_a_card_that_is_not_ours_to_edit_is_sent_anew(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    theirs = fake.says(ANA, "hello")

    await channel.send(say("已签收", edits=str(theirs.id)))

    assert [m.text for m in fake.messages(ANA)] == ["已签收"]


async def test_a_card_kept_as_words_is_sent_anew_where_it_is_a_picture(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    card = await channel.send(say("灯", picture=Picture("web", "lamp")))

    again = await channel.send(say("修好了", edits=card.removeprefix("p")))

    assert [m.text for m in fake.messages(ANA)] == ["灯", "修好了"]
    assert again == str(fake.messages(ANA)[1].id)


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_an_edit_of_unknown_fate_is_tried_again_since_twice_is_the_same(
    drop: str, fake: FakeTelegram, channel: TelegramChannel
) -> None:
    card = await channel.send(say("待签收"))
    fake.fail_next("editMessageText", drop=drop)

    with pytest.raises(TryLater) as told:
        await channel.send(say("已签收", edits=card))
    assert not told.value.everywhere

    assert await channel.send(say("已签收", edits=card)) == card
    assert [m.text for m in fake.messages(ANA)] == ["已签收"]


# --- refusals and failures


async def test_the_whole_channel_waits_when_telegram_says_so(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.fail_next("sendMessage", retry_after=31)

    with pytest.raises(TryLater) as told:
        await channel.send(say("hello"))

    assert (told.value.seconds, told.value.everywhere) == (31, True)


async def test_nothing_is_sent_while_telegram_cannot_be_reached() -> None:
    async with FakeTelegram() as fake:
        bot = build_bot(fake.token, fake.url)

    async with bot.request:
        with pytest.raises(TryLater) as told:
            await TelegramChannel(bot, pictures).send(say("hello"))

    assert (told.value.seconds, told.value.everywhere) == (5, True)


@pytest.mark.parametrize(
    ("status", "words"), [(401, "Unauthorized"), (404, "Not Found"), (409, "Conflict")]
)
async def test_a_refused_token_stops_the_channel_and_loses_no_message(
    status: int, words: str, fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.fail_next("sendMessage", status, words)

    with pytest.raises(TryLater) as told:
        await channel.send(say("hello"))

    assert (told.value.seconds, told.value.everywhere) == (60, True)


@pytest.mark.parametrize("lie", telegram_lies.ALL.values(), ids=telegram_lies.ALL)
async def test_an_answer_that_says_nothing_is_reported_as_unclear(
    fake: FakeTelegram, channel: TelegramChannel, lie: bytes
) -> None:
    """Some were taken for a fault of ours, and the message for one that was never sent."""
    fake.fail_next("sendMessage", lie=lie)

    with pytest.raises(Unclear):
        await channel.send(say("hello"))


@pytest.mark.parametrize(
    "failure",
    [{"drop": "before"}, {"drop": "after"}, {"status": 500}, {"status": 502}],
    ids=str,
)
async def test_an_answer_that_never_came_is_reported_as_unclear(
    failure: dict[str, object], fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.fail_next("sendMessage", **failure)  # type: ignore[arg-type]

    with pytest.raises(Unclear):
        await channel.send(say("hello"))


async def test_a_message_of_which_a_part_arrived_is_not_simply_sent_again(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    """The second part being refused used to say "nothing was sent": the first came twice."""
    fake.fail_next("sendMessage", 503)

    with pytest.raises(Unclear):
        await channel.send(say("灯" * 2000, picture=Picture("web", "lamp")))


async def test_the_next_part_of_a_message_waits_as_it_is_told_and_no_part_comes_twice(
    fake: FakeTelegram, bot: Bot
) -> None:
    """It was taken for one of unknown fate: all parts came again, and nobody had waited."""
    told: list[float] = []
    channel = TelegramChannel(bot, pictures, slowed=told.append)
    fake.fail_next("sendMessage", retry_after=0.01)
    sent = await channel.send(say("灯" * 2000, picture=Picture("web", "lamp")))

    picture, words = fake.messages(ANA)
    assert picture.photo and sent == str(words.id) and told == [0.01]
    fake.fail_next("sendMessage", retry_after=31)  # longer than a message may take
    with pytest.raises(Unclear):
        await channel.send(say("灯" * 2000, picture=Picture("web", "lamp")))
    assert told == [0.01, 31]


async def test_a_resident_who_blocked_the_bot_is_out_of_reach(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.blocks(ANA)

    with pytest.raises(Unreachable, match=r"^bot was blocked by the user$") as why:
        await channel.send(say("hello"))

    assert not isinstance(why.value, Refused)


async def test_a_resident_who_never_wrote_is_out_of_reach(channel: TelegramChannel) -> None:
    with pytest.raises(Unreachable, match=r"^Chat not found$") as why:
        await channel.send(say("hello", FakeUser(404)))

    assert not isinstance(why.value, Refused)


async def test_a_message_telegram_will_never_take_is_refused_without_quoting_it(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    fake.fail_next(
        "sendMessage", 400, 'Bad Request: can\'t parse entities: unsupported tag "路灯" at byte 5'
    )

    with pytest.raises(Refused, match=r"^Can't parse entities$"):
        await channel.send(say("hello"))


async def test_a_group_that_has_moved_is_tried_again_once_we_know_where(
    fake: FakeTelegram, channel: TelegramChannel
) -> None:
    old = FakeGroup(-55, type="group")
    fake.moves(ANA, old, -100555)

    with pytest.raises(TryLater) as told:
        await channel.send(say("hello", old))

    assert not told.value.everywhere


async def test_people_of_a_group_are_counted_without_the_bot(channel: TelegramChannel) -> None:
    assert await channel.members(str(GROUP.id)) == 120
    assert await channel.members("-404") is None
