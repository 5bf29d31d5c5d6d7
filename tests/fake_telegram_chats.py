"""The chats of the fake Telegram: who is there, what was written, what a bot may do to it.

Every method of the Bot API that changes or shows a chat is here, with Telegram's refusals in
Telegram's words. No HTTP and no updates.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.bot_api import units, visible

Json = dict[str, Any]
Params = dict[str, str]
Files = dict[str, bytes]

MEMBERS = 120  # people in every group, besides the bot

NOON = 1_795_000_000  # every message's date; nothing of ours reads it
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup "
    "are exactly the same as a current content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
ENTITY = re.compile(
    r"(?<![\w/])(?:(?P<bot_command>/[a-zA-Z0-9_]{1,64}(?:@\w{3,32})?)"
    r"|(?P<mention>@[a-zA-Z0-9_]{3,32})|(?P<hashtag>#\w+))(?!\w)"
)


@dataclass(frozen=True)
class FakeUser:
    id: int
    first_name: str = "Ana"
    language_code: str = "zh-hans"
    username: str | None = None
    is_bot: bool = False

    def as_json(self) -> Json:
        shown = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        shown |= {"username": self.username} if self.username else {}
        return shown if self.is_bot else shown | {"language_code": self.language_code}


@dataclass(frozen=True)
class FakeGroup:
    id: int  # negative
    title: str = "3号楼"
    type: str = "supergroup"


FakeChat = FakeUser | FakeGroup


@dataclass
class FakePoll:
    id: str
    question: str
    options: list[str]
    description: str
    multiple: bool
    hidden: bool
    close_date: int | None
    counts: list[int]
    voters: int = 0
    closed: bool = False

    def as_json(self) -> Json:
        """As the bot is told; while the results are hidden, the counts are not known."""
        told = self.closed or not self.hidden
        counts = self.counts if told else [0] * len(self.options)
        options = [
            {"persistent_id": f"o{n}", "text": text, "voter_count": count}
            for n, (text, count) in enumerate(zip(self.options, counts, strict=True))
        ]
        about = {"id": self.id, "question": self.question, "options": options, "type": "regular"}
        about |= {"total_voter_count": self.voters, "is_closed": self.closed, "is_anonymous": True}
        about |= {"allows_multiple_answers": self.multiple, "allows_revoting": True}
        return about | {"members_only": False}


@dataclass
class FakeMessage:
    id: int
    chat: int
    sender: FakeUser
    text: str = ""  # as a reader sees it, also under a photo
    html: str = ""  # as the bot sent it
    photo: str | None = None  # a file id
    place: tuple[float, float] | None = None
    poll: FakePoll | None = None
    markup: Json = field(default_factory=dict)
    edits: int = 0
    reply_to: "FakeMessage | None" = None

    @property
    def edited(self) -> bool:
        return self.edits > 0

    @property
    def asks_reply(self) -> bool:
        return "force_reply" in self.markup

    @property
    def rows(self) -> list[list[str]]:
        """The labels of its buttons, row by row."""
        return [[b["text"] for b in row] for row in self.markup.get("inline_keyboard", [])]

    @property
    def labels(self) -> list[str]:
        return [label for row in self.rows for label in row]

    def data(self, label_part: str) -> str:
        """What the first button with this in its label carries."""
        return str(self._button(label_part)["callback_data"])

    def link(self, label_part: str) -> str:
        """Where the first button with this in its label leads."""
        return str(self._button(label_part)["url"])

    def _button(self, label_part: str) -> Json:
        buttons = (b for row in self.markup.get("inline_keyboard", []) for b in row)
        found: Json | None = next((b for b in buttons if label_part in b["text"]), None)
        assert found, f"no button with {label_part!r} among {self.labels}"
        return found


class Refused(Exception):
    """What Telegram answers instead of a result."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


class Chats:
    def __init__(self, me: FakeUser) -> None:
        self.me = me
        self.blocked: set[int] = set()  # chats that refuse the bot
        self.reads_all = True  # privacy mode is off
        self.admin_in: set[int] = set()  # groups that made the bot an admin
        self.moved: dict[int, int] = {}  # old id of a group to its new one
        self.files: dict[str, bytes] = {}
        self.documents: list[bytes] = []
        self.open_queries: set[str] = set()
        self.commands: list[Json] = []
        self._about: dict[int, FakeChat] = {}
        self._messages: dict[int, dict[int, FakeMessage]] = {}
        self._numbers: Counter[int] = Counter()  # each chat counts its messages for itself

    def know(self, chat: FakeChat) -> None:
        self._about[chat.id] = chat
        self._messages.setdefault(chat.id, {})

    def written(self, chat: int) -> list[FakeMessage]:
        return list(self._messages.get(chat, {}).values())

    def all(self) -> Iterator[FakeMessage]:
        return (message for chat in self._messages.values() for message in chat.values())

    def add(self, chat: int, sender: FakeUser, **content: Any) -> FakeMessage:
        self._numbers[chat] += 1
        message = FakeMessage(self._numbers[chat], chat, sender, **content)
        self._messages[chat][message.id] = message
        return message

    def remove(self, message: FakeMessage) -> None:
        del self._messages[message.chat][message.id]

    def keep_file(self, content: bytes) -> str:
        name = f"photo{len(self.files) + 1}"
        self.files[name] = content
        return name

    # --- as JSON

    def about(self, chat: int) -> Json:
        found = self._about[chat]
        if isinstance(found, FakeGroup):
            return {"id": chat, "type": found.type, "title": found.title}
        return {"id": chat, "type": "private", "first_name": found.first_name}

    def shown(self, message: FakeMessage) -> Json:
        about = {
            "message_id": message.id,
            "from": message.sender.as_json(),
            "chat": self.about(message.chat),
            "date": NOON,
        }
        if message.reply_to:
            about["reply_to_message"] = self.shown(message.reply_to)
        if "inline_keyboard" in message.markup:
            about["reply_markup"] = message.markup
        return about | _content(message)

    # --- the Bot API; each takes the form fields and files of one request

    def get_me(self, params: Params, files: Files) -> Json:
        groups = {"can_join_groups": True, "can_read_all_group_messages": self.reads_all}
        return self.me.as_json() | groups | {"supports_inline_queries": False}

    def send_message(self, params: Params, files: Files) -> Json:
        chat, content = self._writable(params), _words(params, "text")
        reply_to = self._replied(chat, params)
        sent = self.add(chat, self.me, markup=_markup(params), reply_to=reply_to, **content)
        return self.shown(sent)

    def _replied(self, chat: int, params: Params) -> FakeMessage | None:
        """Nothing where that message is gone and Telegram was asked to send all the same."""
        asked = json.loads(params.get("reply_parameters", "{}"))
        found = self._messages[chat].get(asked.get("message_id", 0))
        if asked and found is None and not asked.get("allow_sending_without_reply"):
            raise Refused(400, "Bad Request: message to be replied not found")
        return found

    def send_photo(self, params: Params, files: Files) -> Json:
        chat, content = self._writable(params), _words(params, "caption")
        photo = self.keep_file(files["photo"]) if "photo" in files else params["photo"]
        if photo not in self.files:
            raise Refused(400, "Bad Request: wrong file identifier/HTTP URL specified")
        return self.shown(self.add(chat, self.me, photo=photo, markup=_markup(params), **content))

    def send_document(self, params: Params, files: Files) -> Json:
        chat, content = self._writable(params), _words(params, "caption")
        self.documents.append(files["document"])
        return self.shown(self.add(chat, self.me, markup=_markup(params), **content))

    def send_poll(self, params: Params, files: Files) -> Json:
        chat, options = self._writable(params), json.loads(params["options"])
        poll = FakePoll(
            id=f"58{chat % 1000}{self._numbers[chat]}",
            question=params["question"],
            options=[option["text"] for option in options],
            description=params.get("description", ""),
            multiple=json.loads(params.get("allows_multiple_answers", "false")),
            hidden=json.loads(params.get("hide_results_until_closes", "false")),
            close_date=int(params["close_date"]) if "close_date" in params else None,
            counts=[0] * len(options),
        )
        return self.shown(self.add(chat, self.me, poll=poll, markup=_markup(params)))

    def stop_poll(self, params: Params, files: Files) -> Json:
        message = self._messages[self._writable(params)].get(int(params["message_id"]))
        if message is None or message.poll is None:
            raise Refused(400, "Bad Request: message with poll to stop not found")
        if message.poll.closed:
            raise Refused(400, "Bad Request: poll has already been closed")
        message.poll.closed = True
        return message.poll.as_json()

    def edit_text(self, params: Params, files: Files) -> Json:
        message = self._editable(params)
        if message.photo or message.poll:
            raise Refused(400, "Bad Request: there is no text in the message to edit")
        return self._edit(message, _words(params, "text"), _markup(params))

    def edit_caption(self, params: Params, files: Files) -> Json:
        message = self._editable(params)
        if not message.photo:
            raise Refused(400, "Bad Request: there is no caption in the message to edit")
        return self._edit(message, _words(params, "caption"), _markup(params))

    def edit_media(self, params: Params, files: Files) -> Json:
        message, media = self._editable(params), json.loads(params["media"])
        words = _words(media, "caption")
        message.photo = self.keep_file(files[media["media"].removeprefix("attach://")])
        return self._edit(message, words, _markup(params), new=True)

    def edit_markup(self, params: Params, files: Files) -> Json:
        message = self._editable(params)
        return self._edit(message, {"text": message.text, "html": message.html}, _markup(params))

    def answer_query(self, params: Params, files: Files) -> bool:
        if params["callback_query_id"] not in self.open_queries:
            raise Refused(400, f"Bad Request: {TOO_OLD}")
        self.open_queries.discard(params["callback_query_id"])
        return True

    def get_file(self, params: Params, files: Files) -> Json:
        name = params["file_id"]
        if name not in self.files:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        about = {"file_id": name, "file_unique_id": f"u{name}", "file_size": len(self.files[name])}
        return about | {"file_path": f"photos/{name}.jpg"}

    def get_chat(self, params: Params, files: Files) -> Json:
        limits = {"accent_color_id": 0, "max_reaction_count": 11}
        gifts = dict.fromkeys(("unlimited_gifts", "limited_gifts", "unique_gifts"), True)
        gifts |= {"premium_subscription": True, "gifts_from_channels": True}
        return self.about(self._known(params)) | limits | {"accepted_gift_types": gifts}

    def get_member(self, params: Params, files: Files) -> Json:
        user = self._about.get(int(params["user_id"]))
        if int(params["user_id"]) == self.me.id:
            status = "administrator" if self._known(params) in self.admin_in else "member"
            return {"status": status, "user": self.me.as_json()}
        if not isinstance(user, FakeUser) or self._known(params) not in self._about:
            raise Refused(400, "Bad Request: PARTICIPANT_ID_INVALID")
        return {"status": "member", "user": user.as_json()}

    def count_members(self, params: Params, files: Files) -> int:
        self._known(params)
        return MEMBERS + 1

    def set_commands(self, params: Params, files: Files) -> bool:
        self.commands = json.loads(params["commands"])
        return True

    def _known(self, params: Params) -> int:
        chat = int(params["chat_id"])
        if chat in self.moved:
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refused(400, words, migrate_to_chat_id=self.moved[chat])
        if chat not in self._about:
            raise Refused(400, "Bad Request: chat not found")
        return chat

    def _writable(self, params: Params) -> int:
        chat = self._known(params)
        if chat in self.blocked:
            group = "bot was kicked from the supergroup chat"
            raise Refused(403, f"Forbidden: {group if chat < 0 else 'bot was blocked by the user'}")
        return chat

    def _editable(self, params: Params) -> FakeMessage:
        message = self._messages[self._writable(params)].get(int(params["message_id"]))
        if message is None:
            raise Refused(400, "Bad Request: message to edit not found")
        if message.sender is not self.me:
            raise Refused(400, "Bad Request: message can't be edited")
        return message

    def _edit(
        self, message: FakeMessage, content: dict[str, str], markup: Json, *, new: bool = False
    ) -> Json:
        if not new and (message.html, message.markup) == (content["html"], markup):
            raise Refused(400, f"Bad Request: {NOT_MODIFIED}")
        message.text, message.html = content["text"], content["html"]
        message.markup = markup
        message.edits += 1
        return self.shown(message)


Deed = Callable[[Chats, Params, Files], Any]

DEEDS: dict[str, Deed] = {
    "getMe": Chats.get_me,
    "sendMessage": Chats.send_message,
    "sendPhoto": Chats.send_photo,
    "sendDocument": Chats.send_document,
    "sendPoll": Chats.send_poll,
    "stopPoll": Chats.stop_poll,
    "editMessageText": Chats.edit_text,
    "editMessageCaption": Chats.edit_caption,
    "editMessageMedia": Chats.edit_media,
    "editMessageReplyMarkup": Chats.edit_markup,
    "answerCallbackQuery": Chats.answer_query,
    "getFile": Chats.get_file,
    "getChat": Chats.get_chat,
    "getChatMember": Chats.get_member,
    "getChatMemberCount": Chats.count_members,
    "setMyCommands": Chats.set_commands,
}


def _words(params: Params, name: str) -> dict[str, str]:
    html = params.get(name, "")
    text = visible(html)[0] if params.get("parse_mode") == "HTML" else html
    return {"text": text.strip(), "html": html}


def _markup(params: Params) -> Json:
    return dict(json.loads(params.get("reply_markup", "{}")))


def _content(message: FakeMessage) -> Json:
    content: Json = {}
    if message.place:
        content["location"] = dict(zip(("latitude", "longitude"), message.place, strict=True))
    if message.poll:
        content["poll"] = message.poll.as_json()
    if message.photo:
        content["photo"] = [_size(message.photo + "s", 90, 67), _size(message.photo, 1280, 960)]
    if message.text:
        field_ = "caption" if message.photo else "text"
        content[field_] = message.text
        entities = "caption_entities" if message.photo else "entities"
        content |= {entities: found} if (found := _entities(message.text)) else {}
    return content


def _size(file: str, width: int, height: int) -> Json:
    return {"file_id": file, "file_unique_id": f"u{file}", "width": width, "height": height}


def _entities(text: str) -> list[Json]:
    """Commands, mentions and hashtags, counted in UTF-16 code units."""
    return [
        {"type": m.lastgroup, "offset": units(text[: m.start()]), "length": units(m[0])}
        for m in ENTITY.finditer(text)
    ]
