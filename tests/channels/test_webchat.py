"""The web chat as a channel: reading what a page handed on, keeping what the bot says."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.channels.base import Button, Outgoing, Picture, TryLater, Unreachable
from bot.channels.webchat import WebChatChannel, read
from casework.actions import Support
from domain.conversation import Address
from storage.ids import Ids
from storage.uow import Storage, open_storage
from storage.vault import Vault
from storage.webchat import WebMessage
from tests.databases import SECRET, engine_for
from tests.world import FakeClock
from texts import Span
from web.said import Said
from web.streams import Notifier

PNG = b"\x89PNG\r\n\x1a\n"
ANA = Address("webchat", "p-ana")
SAID = Said("p-ana:1", "p-ana", None, "zh", "安娜")
HELLO = Outgoing(1, "p-ana", (Span("您好，"), Span("安娜", True)), (Button("附议", "up:12"),))
LAMP = Picture("telegram", "AgACAgUAAx")


class Elsewhere:
    """Another channel's pictures; ``answer`` is bytes or what it raises."""

    def __init__(self) -> None:
        self.answer: bytes | Exception = PNG
        self.asked = 0

    async def __call__(self, picture: Picture) -> bytes:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    async with engine_for(database_url) as engine:
        yield await open_storage(engine, "test", Vault(SECRET), Ids(FakeClock()))


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def channel(storage: Storage, elsewhere: Elsewhere) -> WebChatChannel:
    return WebChatChannel(storage, Notifier(), FakeClock(), elsewhere)


async def standing(storage: Storage, room: str = "p-ana") -> list[WebMessage]:
    async with storage.begin() as uow:
        return await uow.webchat.newest(room, 10)


def test_what_a_page_handed_on_is_read_back_whole() -> None:
    said = replace(
        SAID, group="building-3", text="门口", photo="lamp", place="31.2,121.4", quoted="哪里？"
    )

    inbound = read(said.received().payload)

    assert (inbound.id, inbound.sender) == ("p-ana:1", ANA)
    assert inbound.group == Address("webchat", "building-3")
    assert (inbound.text, inbound.photo, inbound.place) == ("门口", "lamp", "31.2,121.4")
    assert (inbound.quoted, inbound.language, inbound.name) == ("哪里？", "zh", "安娜")
    assert inbound.reachable and not inbound.to_bot


def test_a_pressed_button_becomes_its_action() -> None:
    assert read(replace(SAID, action="up:12").received().payload).action == Support(12)


def test_a_button_the_bot_no_longer_knows_comes_without_an_action() -> None:
    assert read(replace(SAID, action="gone:12").received().payload).action is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("@linli 路灯坏了", "路灯坏了"),
        ("路灯坏了 @邻里", "路灯坏了"),
        ("@Linli路灯坏了", "路灯坏了"),
        ("/suggest 路灯坏了", "/suggest 路灯坏了"),
    ],
)
def test_the_bot_knows_when_it_is_spoken_to(text: str, words: str) -> None:
    inbound = read(replace(SAID, group="building-3", text=text).received().payload)

    assert (inbound.text, inbound.to_bot) == (words, True)


def test_a_reply_to_the_bot_is_known_from_a_reply_to_a_neighbour() -> None:
    assert read(replace(SAID, group="building-3", answers=True).received().payload).answers
    assert not read(replace(SAID, group="building-3", quoted="路灯").received().payload).answers


def test_neighbours_talking_about_the_neighbourhood_do_not_call_the_bot() -> None:
    assert not read(replace(SAID, group="building-3", text="邻里之间").received().payload).to_bot


async def test_a_message_stands_in_its_room_once_however_often_it_is_sent(
    channel: WebChatChannel, storage: Storage
) -> None:
    first, again = await channel.send(HELLO), await channel.send(HELLO)

    [message] = await standing(storage)
    assert first == again == str(message.id)
    assert message.author is None
    assert message.body["spans"] == [["您好，", False], ["安娜", True]]
    assert message.body["buttons"] == [["附议", "up:12"]]


async def test_a_card_is_edited_in_place(channel: WebChatChannel, storage: Storage) -> None:
    number = await channel.send(HELLO)

    edited = await channel.send(replace(HELLO, promise=2, text=(Span("已签收"),), edits=number))

    [message] = await standing(storage)
    assert edited == number
    assert message.body["spans"] == [["已签收", False]]


async def test_an_edit_whose_message_is_gone_is_said_anew(
    channel: WebChatChannel, storage: Storage
) -> None:
    number = await channel.send(replace(HELLO, edits="12345"))

    assert [str(m.id) for m in await standing(storage)] == [number]


async def test_a_picture_from_another_channel_is_fetched_once(
    channel: WebChatChannel, storage: Storage, elsewhere: Elsewhere
) -> None:
    await channel.send(replace(HELLO, picture=LAMP))
    await channel.send(replace(HELLO, promise=2, picture=LAMP))

    first, second = await standing(storage)
    assert first.body["picture"] == second.body["picture"]
    assert await channel.fetch(first.body["picture"]) == PNG
    assert elsewhere.asked == 1


async def test_a_drawing_stands_in_every_room_and_is_kept_once(
    channel: WebChatChannel, storage: Storage
) -> None:
    await channel.send(replace(HELLO, image=PNG))
    await channel.send(replace(HELLO, promise=2, chat="building-3", image=PNG, picture=LAMP))

    [private], [group] = await standing(storage), await standing(storage, "building-3")
    assert private.body["picture"] == group.body["picture"]
    assert await channel.fetch(private.body["picture"]) == PNG


@pytest.mark.parametrize("answer", [Unreachable("gone"), b"%PDF-1.7"], ids=str)
async def test_without_its_picture_a_message_is_still_said(
    channel: WebChatChannel, storage: Storage, elsewhere: Elsewhere, answer: bytes | Exception
) -> None:
    elsewhere.answer = answer

    await channel.send(replace(HELLO, picture=LAMP))

    [message] = await standing(storage)
    assert message.body["picture"] is None


async def test_a_pause_of_the_other_channel_does_not_pause_the_web_chat(
    channel: WebChatChannel, elsewhere: Elsewhere
) -> None:
    elsewhere.answer = TryLater(30, everywhere=True)

    with pytest.raises(TryLater) as later:
        await channel.send(replace(HELLO, picture=LAMP))

    assert (later.value.seconds, later.value.everywhere) == (30, False)


async def test_a_picture_that_is_gone_is_said_to_be_gone(channel: WebChatChannel) -> None:
    with pytest.raises(Unreachable):
        await channel.fetch("lamp")


async def test_an_answer_in_a_room_shows_the_beginning_of_what_it_answers(
    storage: Storage, channel: WebChatChannel
) -> None:
    asked = await channel.send(replace(HELLO, chat="b3", text=(Span("几" * 100),)))
    await channel.send(replace(HELLO, promise=2, chat="b3", replies_to=asked))
    await channel.send(replace(HELLO, promise=3, chat="other", replies_to=asked))

    assert [m.body["quoted"] for m in await standing(storage, "b3")] == ["", "几" * 80]
    assert [m.body["quoted"] for m in await standing(storage, "other")] == [""]


async def test_what_is_said_in_a_room_has_a_number_to_answer_to() -> None:
    said = replace(SAID, text="几点", message="7", replies_to="5")
    heard, alone = read(replace(said, group="b3").received().payload), read(said.received().payload)

    assert (heard.message, heard.replies_to) == ("7", "5")
    assert (alone.message, alone.replies_to) == ("", "")
