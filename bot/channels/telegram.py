"""Telegram: its updates in, Bot API calls out. Nothing else in the bot knows its words.

Answers of Telegram stay raw JSON, for speed; only updates become the library's objects.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import structlog
from telegram import Bot, ChatMember, InputFile, InputMediaPhoto
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    TelegramError,
)

from bot.channels import telegram_polls as polls
from bot.channels.base import (
    Moved,
    Outgoing,
    Picture,
    Refused,
    TooFast,
    TryLater,
    Unclear,
    Unreachable,
)
from bot.channels.telegram_request import NotSent, SlowDown, call
from bot.channels.telegram_text import (
    CAPTION_UNITS,
    TEXT_UNITS,
    html,
    pieces,
    rows,
    shortened,
    units,
)
from bot.clock import system_clock
from bot.files import File
from storage.ids import Clock
from texts import Rich, plain

log = structlog.get_logger()

AGAIN = 5.0  # seconds, when Telegram cannot be reached or a group is being moved
NO_TOKEN = 60.0  # seconds, while the token is not accepted: a person has to act
LONGEST_PAUSE = 30.0  # seconds that the next part of a message waits; well below bot.post.LONGEST
PICTURE_TRIES = 6  # of a message whose picture another channel cannot bring now: three minutes
PICTURE_WAIT = 60.0  # seconds; where that channel asks for more the words go alone at once
PHOTO_BYTES = 10_000_000  # core.telegram.org/bots/api#sendphoto
VOICE = "voice.amr"  # as WeChat records; nobody else brings us any
FILE_BYTES = 20_000_000  # core.telegram.org/bots/api#getfile

UNCHANGED = ("message is not modified", "poll has already been closed")
GONE = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "there is no text in the message",
    "there is no caption in the message",
    "message with poll to stop not found",
    "poll can't be stopped",
)
NOT_THERE = "replied not found"
CLOSED = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "chat was deleted",
    "chat was deactivated",
    "chat_write_forbidden",
    "rights to send",
)

Call = tuple[str, dict[str, Any]]  # a method of the Bot API and its parameters
Photo = str | InputFile


class TelegramChannel:
    """Sends through one bot. ``pictures`` brings those that another channel holds.

    ``username`` is what the configuration calls the bot, for the time before Telegram has
    said so. A message's id is Telegram's own, with a ``p`` before it when it is a photo,
    whose words are edited by another method, and a ``q`` when it is a poll.
    """

    name = "telegram"
    has_buttons = True
    takes_files = True

    def __init__(
        self,
        bot: Bot,
        pictures: Callable[[Picture], Awaitable[bytes]],
        username: str | None = None,
        clock: Clock = system_clock,
        slowed: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        """``slowed`` hears of each refusal to go on at once that ends here, with its seconds."""
        self._bot = bot
        self._pictures = pictures
        self._username = username
        self._clock = clock
        self._slowed = slowed

    async def send(self, message: Outgoing) -> str:
        """Edit or send. Raises TryLater, Unreachable, Refused or Unclear, nothing else expected."""
        try:
            edited = await self._edit(message, message.edits) if message.edits else None
            return edited or await self._send(message)
        except TelegramError as error:
            raise _meaning(error) from error

    async def reads(self, chat: str) -> bool | None:
        """With privacy mode off, or as an admin there (core.telegram.org/bots/features).

        Where privacy mode was switched off after the bot had joined, Telegram goes on as before
        until the bot is added anew, and does not say so: then this is too good to be true.
        """
        try:
            me = await call(self._bot, "getMe")
            if me.get("can_read_all_group_messages"):
                return True
            member = await call(self._bot, "getChatMember", chat_id=chat, user_id=me["id"])
        except TelegramError:
            return None
        return bool(member["status"] == ChatMember.ADMINISTRATOR)

    async def members(self, chat: str) -> int | None:
        try:
            return int(await call(self._bot, "getChatMemberCount", chat_id=chat)) - 1
        except TelegramError:
            return None

    async def fetch(self, ref: str) -> bytes:
        """The bytes of a picture. Raises TryLater or Unreachable."""
        try:
            file = await call(self._bot, "getFile", file_id=ref)
            if file.get("file_size", 0) > FILE_BYTES or "file_path" not in file:
                raise Unreachable("the file is too big")
            return await self._download(file["file_path"])
        except TelegramError as error:
            raise _harmless(error) from error

    async def _download(self, path: str) -> bytes:
        """The library takes any 404 for a token that was refused; here the file is gone."""
        try:
            return await self._bot.request.retrieve(f"{self._bot.base_file_url}/{path}")
        except InvalidToken:
            raise Unreachable("the file is gone") from None

    async def _edit(self, message: Outgoing, edits: str) -> str | None:
        """Replace a message's words and buttons; None when it can be edited no longer."""
        if polls.is_poll(edits) and not (message.poll and message.poll.closed):
            return edits if message.poll else None
        number, each = _editing(message, edits, self._leads_to(message))
        try:
            await self._call(each)
        except BadRequest as error:
            why = error.message.lower()
            if any(gone in why for gone in GONE):
                return None
            if not any(same in why for same in UNCHANGED):
                raise
        except TelegramError as error:
            raise _harmless(error) from error
        return number

    async def _send(self, message: Outgoing) -> str:
        if poll := polls.posting(message, self._clock()):
            try:
                return await self._run([poll])
            except BadRequest as error:
                log.warning("telegram refused a poll", why=str(_refusal(error)))
        message = replace(message, file=message.file or await self._spoken(message))
        photo = await self._photo(message)
        leads_to = self._leads_to(message)
        if photo is not None:
            try:
                return await self._run(_sending(message, photo, leads_to))
            except BadRequest as error:
                log.warning("telegram refused a picture", why=str(_refusal(error)))
        return await self._run(_sending(message, None, leads_to))

    async def _run(self, calls: list[Call]) -> str:
        """All parts of one message in order; the last one's id stands for the whole."""
        sent = ""
        for each in calls:
            try:
                result = await (self._go_on(each) if sent else self._call(each))
            except TelegramError as error:
                if sent:
                    raise Unclear("only a part of the message arrived") from error
                raise
            sent = _named(result)
        return sent

    async def _go_on(self, part: Call) -> Any:
        """A further part, which waits as it is told, so that those before it come but once."""
        try:
            return await self._call(part)
        except SlowDown as error:
            self._slowed(error.seconds)
            if error.seconds > LONGEST_PAUSE:
                raise
            await asyncio.sleep(error.seconds)
        return await self._call(part)

    def _leads_to(self, message: Outgoing) -> str | None:
        """The bot's name for links; None where its private chat is open already, or unknown."""
        if not message.chat.startswith("-"):
            return None
        try:
            return self._bot.username
        except RuntimeError:
            return self._username

    async def _call(self, each: Call) -> Any:
        """What is said in a topic of a forum is said there, too, where what it answers is gone.

        Only elsewhere Telegram does so by itself (core.telegram.org/bots/api#replyparameters).
        """
        method, params = each
        try:
            return await call(self._bot, method, **params)
        except BadRequest as error:
            if "reply_parameters" not in params or NOT_THERE not in error.message.lower():
                raise
        alone = {name: value for name, value in params.items() if name != "reply_parameters"}
        return await call(self._bot, method, **alone)

    async def _spoken(self, message: Outgoing) -> File | None:
        """A voice as a file, whatever its form; never in a group, where it would be known."""
        if message.voice is None or _is_group(message.chat):
            return None
        content = await self._held(message, message.voice)
        return File(VOICE, content) if content is not None else None

    async def _photo(self, message: Outgoing) -> Photo | None:
        """A picture in the form sendPhoto takes; None when there is none or it is gone."""
        if message.image is not None:
            return InputFile(message.image, filename="result.png")
        picture = message.picture
        if picture is None:
            return None
        if picture.channel == self.name:
            return picture.ref
        content = await self._held(message, picture)
        if content is None or len(content) > PHOTO_BYTES:
            return None
        return InputFile(content, filename="photo.jpg")

    async def _held(self, message: Outgoing, held: Picture) -> bytes | None:
        """What another channel holds. That one's trouble holds up nothing else, and this not long.

        None where it cannot be had: the words matter more.
        """
        try:
            return await self._pictures(held)
        except TryLater as why:
            if message.attempts < PICTURE_TRIES and why.seconds <= PICTURE_WAIT:
                raise TryLater(why.seconds, str(why)) from why
        except Unreachable:
            pass
        log.warning("picture or voice not available", channel=held.channel)
        return None


def _is_group(chat: str) -> bool:
    return chat.startswith("-")


def _editing(message: Outgoing, edits: str, leads_to: str | None) -> tuple[str, Call]:
    """The call that changes a message, and the message's id from then on."""
    if polls.is_poll(edits):
        return edits, polls.stopping(message.chat, edits)
    number, is_photo = edits.removeprefix("p"), edits.startswith("p")
    params = {
        "chat_id": message.chat,
        "message_id": int(number),
        "reply_markup": _keyboard(message, leads_to),
    }
    if message.image is not None and (is_photo or _captioned(message)):
        caption = _caption(shortened(message.text, CAPTION_UNITS))
        media = InputMediaPhoto(message.image, filename="result.png", **caption)
        return f"p{number}", ("editMessageMedia", params | {"media": media})
    if is_photo:
        caption = _caption(shortened(message.text, CAPTION_UNITS))
        return edits, ("editMessageCaption", params | caption)
    return edits, ("editMessageText", params | _text(shortened(message.text, TEXT_UNITS)))


def _sending(message: Outgoing, photo: Photo | None, leads_to: str | None) -> list[Call]:
    """The calls that send one message; buttons belong to the last of them."""
    calls: list[Call] = []
    captioned = _captioned(message)
    if photo is not None:
        calls.append(("sendPhoto", {"photo": photo} | _caption(message.text if captioned else ())))
    if photo is None or not captioned:
        calls += [("sendMessage", _text(part)) for part in _parts(message)]
    if message.file:
        document = InputFile(message.file.content, filename=message.file.name)
        calls.insert(0, ("sendDocument", {"document": document}))
    calls[-1][1]["reply_markup"] = _keyboard(message, leads_to) or _reply(message)
    below = message.replies_to or message.follows
    if below.isdecimal():
        calls[0][1]["reply_parameters"] = _replying(below)
    return [(method, {"chat_id": message.chat} | params) for method, params in calls]


def _named(result: Any) -> str:
    """Raises Unclear where Telegram says that it was sent, and not as what."""
    match result:
        case {"message_id": int(), "poll": {"id": _}}:
            return polls.named(result)
        case {"message_id": int(number)}:
            return ("p" if "photo" in result else "") + str(number)
    raise Unclear("telegram's answer does not name the message")


def _captioned(message: Outgoing) -> bool:
    return units(plain(message.text)) <= CAPTION_UNITS


def _parts(message: Outgoing) -> list[Rich]:
    """What carries buttons or is a card stays one message, however long it is."""
    if message.buttons or message.edits is not None:
        return [shortened(message.text, TEXT_UNITS)]
    return pieces(message.text, TEXT_UNITS)


def _text(rich: Rich) -> dict[str, Any]:
    return {
        "text": html(rich),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},  # a card is a card, whatever link is in it
    }


def _caption(rich: Rich) -> dict[str, Any]:
    return {"caption": html(rich), "parse_mode": "HTML"}


def _keyboard(message: Outgoing, leads_to: str | None) -> dict[str, Any] | None:
    return {"inline_keyboard": rows(message.buttons, leads_to)} if message.buttons else None


def _reply(message: Outgoing) -> dict[str, Any] | None:
    """Selective, or every member of a group would be asked: whoever wrote what this replies to."""
    return {"force_reply": True, "selective": True} if message.asks_reply else None


def _replying(number: str) -> dict[str, Any]:
    """Also where that message is gone: what is said is said to the group."""
    return {"message_id": int(number), "allow_sending_without_reply": True}


def _meaning(error: TelegramError) -> Exception:
    """What a failed request means for the message it carried."""
    match error:
        case SlowDown():
            return TooFast(error.seconds, "telegram asks to wait")
        case NotSent():
            return TryLater(AGAIN, f"telegram not reached: {error.message}", everywhere=True)
        case ChatMigrated():
            return Moved(str(error.new_chat_id))
        case InvalidToken() | EndPointNotFound() | Conflict():
            return TryLater(NO_TOKEN, "telegram refuses the token", everywhere=True)
        case BadRequest() | Forbidden():
            return _refusal(error)
        case _:
            return Unclear(type(error).__name__)


def _refusal(error: BadRequest | Forbidden) -> Unreachable:
    """In Telegram's words, up to where it may begin to quote ours."""
    reason = error.message.removeprefix("Forbidden: ").split(":")[0].split('"')[0].strip()
    closed = isinstance(error, Forbidden) or any(words in reason.lower() for words in CLOSED)
    return Unreachable(reason) if closed else Refused(reason)


def _harmless(error: TelegramError) -> Exception:
    """The same for a request that may be repeated without harm, whatever became of it."""
    meaning = _meaning(error)
    return TryLater(AGAIN, str(meaning)) if isinstance(meaning, Unclear) else meaning
