"""The words every chat platform shares: who wrote, what they meant, what we say back.

Adapters in ``bot/channels`` translate to and from these; handlers know nothing else.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Self
from zlib import crc32

from domain.budget import Topic
from domain.drawing import Drawing
from domain.polls import Poll, Standing
from domain.trend import Trend

BUTTON_BYTES = 64  # Telegram's limit on callback_data, the tightest of our platforms
LARGEST = 2**63 - 1  # what a column of numbers holds
MOST_DIGITS = len(str(LARGEST))
SMALL = frozenset(  # fields that hold 31 bits at most
    {"round", "level", "rule", "show", "place", "given", "mark", "page"}
)
LARGEST_SMALL = 2**31 - 1
LINK = re.compile(r"[A-Za-z0-9_-]{1,64}")  # core.telegram.org/bots/features#deep-linking


@dataclass(frozen=True, order=True)
class Address:
    """Where a message can go: one person's private chat, or one group."""

    channel: str
    chat: str


class Action:
    """Something a person can ask for by pressing a button or writing a command.

    Subclasses are frozen dataclasses of ints and short strings with a unique ``code``.
    They travel as ``code:field:field`` so that an old button keeps its meaning. Words and
    pictures do not travel in an action; they are on the turn.
    """

    code: ClassVar[str]
    by_code: ClassVar[dict[str, type["Action"]]] = {}

    def __init_subclass__(cls, code: str) -> None:
        if code in cls.by_code:
            raise ValueError(f"action code {code!r} is taken by {cls.by_code[code].__name__}")
        cls.code = code
        cls.by_code[code] = cls

    def pack(self) -> str:
        packed = ":".join([self.code, *(str(getattr(self, f.name)) for f in fields(self))])  # type: ignore[arg-type]
        if len(packed.encode()) > BUTTON_BYTES:
            raise ValueError(f"{packed!r} is over {BUTTON_BYTES} bytes")
        return packed

    @classmethod
    def unpack(cls, packed: str) -> "Action":
        """Read a button back. Raises ValueError for anything we did not write ourselves."""
        code, *values = packed.split(":")
        kind = cls.by_code.get(code)
        if kind is None:
            raise ValueError(f"unknown action code {code!r}")
        return kind._read(values)

    @classmethod
    def _read(cls, values: list[str]) -> Self:
        slots = fields(cls)  # type: ignore[arg-type]
        if len(slots) != len(values):
            raise ValueError(f"{cls.__name__} takes {len(slots)} values, got {len(values)}")
        pairs = zip(slots, values, strict=True)
        return cls(*(_number(s.name, v) if s.type is int else v for s, v in pairs))


def _number(name: str, value: str) -> int:
    """A number as our buttons carry it, and as its column can hold it. Raises ValueError."""
    if not (value.isascii() and value.isdecimal()):
        raise ValueError(f"{name} takes a number")
    number = int(value) if len(value) <= MOST_DIGITS else LARGEST + 1
    if number > (LARGEST_SMALL if name in SMALL else LARGEST):
        raise ValueError(f"{name} takes a smaller number")
    return number


def mark_of(choices: Sequence[str]) -> str:
    """Six digits that tell one row of packed actions from another."""
    return f"{crc32(' '.join(choices).encode()) % 1_000_000:06}"


@dataclass(frozen=True)
class Inbound:
    """One message or button press, already free of platform detail.

    ``id`` is unique within the channel and survives the platform's redelivery. What a
    platform tells of itself, with nobody behind it, has a sender without a chat.
    """

    id: str
    sender: Address  # the person's private chat, also when they wrote in a group
    group: Address | None = None  # None when they wrote to the bot alone
    text: str = ""
    action: Action | None = None
    among: str = ""  # the mark of the choices of which the text is a number, where it was pressed
    photo: str | None = None  # the platform's own reference to a picture
    voice: str | None = None  # the same of something spoken; the text is what was understood
    place: str | None = None  # "latitude,longitude" when a location was shared
    quoted: str = ""  # the words of the message this one replies to
    to_bot: bool = False  # in a group: it names the bot, or is a command for it
    answers: bool = False  # it replies to one of the bot's messages
    language: str | None = None  # as the platform says, for example "zh-hans"
    name: str = ""  # as the platform shows it; never kept without consent
    reachable: bool = False  # we may write to this person alone although they wrote in a group
    poll: Standing | None = None  # how a poll stands that the platform holds for us
    message: str = ""  # in a group: the platform's id of it, to reply to
    replies_to: str = ""  # in a group: the id of the message this one replies to
    edited: bool = False  # in a group: said before, and now in other words
    passed_on: bool = False  # somebody else's words, forwarded
    page: bool = False  # pressed on a page of ours, which shows the answer


@dataclass(frozen=True)
class Phrase:
    """A sentence inside a sentence, put into words in the reader's language."""

    key: str
    blanks: dict[str, "Blank"] = field(default_factory=dict)


@dataclass(frozen=True)
class Names:
    """One thing's name in every language the community uses, from config.yaml."""

    by_language: Mapping[str, str]


@dataclass(frozen=True)
class Listed:
    """Several things in one line, with what the reader's language puts between them."""

    items: tuple["Blank", ...]


Blank = str | int | datetime | date | timedelta | Phrase | Names | Listed | tuple["Blank", ...]


def listed(items: Iterable[Blank]) -> Blank:
    """One of them stands by itself; none are an empty word."""
    found = tuple(items)
    return Listed(found) if len(found) > 1 else next(iter(found), "")


@dataclass(frozen=True)
class Choice:
    """A button. In a group, one with a ``link`` leads to the private chat with the bot.

    There the link is what comes after /start, such as "v7". Where a platform has no such
    links, and in private, the action is carried out. Raises ValueError for a link that is none.
    """

    label: Phrase | Names | str
    action: Action
    link: str = ""

    def __post_init__(self) -> None:
        if self.link and not LINK.fullmatch(self.link):
            raise ValueError(f"{self.link!r} is not what a link can carry")

    def as_json(self) -> list[Any]:
        return [_wrap(self.label), self.action.pack(), self.link]

    @classmethod
    def from_json(cls, label: Any, action: str, link: str = "") -> "Choice":
        return cls(_unwrap(label), Action.unpack(action), link)


@dataclass(frozen=True)
class Table:
    """A list that is handed over as a file; where a platform takes none, below the words."""

    name: str  # of the file
    heads: tuple[Blank, ...]
    rows: tuple[tuple[Blank, ...], ...]

    def as_json(self) -> dict[str, Any]:
        rows = [[_wrap(cell) for cell in row] for row in self.rows]
        return {"name": self.name, "heads": [_wrap(head) for head in self.heads], "rows": rows}

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        rows = tuple(tuple(map(_unwrap, cells)) for cells in row["rows"])
        return cls(row["name"], tuple(map(_unwrap, row["heads"])), rows)


class OnUnknown(StrEnum):
    """What to do with a message that was being sent when the process died."""

    REPEAT = "repeat"  # once more, marked as repeated: promises and answers
    LIST = "list"  # never again by itself; shown to the admin: mass notices


@dataclass(frozen=True)
class Say:
    """One message to one place, as a text key and its blanks; wording lives in ``texts/``.

    A message with a ``card`` replaces the one with the same card in the same place, where
    the channel can edit; ``fresh`` sends it anew and makes it the card from now on.
    """

    to: Address
    key: str
    blanks: dict[str, Blank] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    card: str | None = None
    fresh: bool = False
    photo: int | None = None  # an attachment of ours
    drawing: Drawing | Trend | None = None  # becomes a picture when it is sent
    table: Table | None = None  # becomes a file when it is sent
    poll: Poll | None = None  # stands in for words and choices where the platform holds polls
    reply: bool = False  # in a group: ask the person to answer by replying
    replies_to: str = ""  # in a group: the platform's id of the message that this answers
    follows: str = ""  # the same, of words that are to stand nowhere else; see Turn.answer
    on_unknown: OnUnknown = OnUnknown.REPEAT
    topic: Topic | None = None  # None: an answer, or news of one's own; see domain.budget
    until: datetime | None = None  # after this it says nothing any more and is dropped
    recipient: int | None = None  # of a notice: whose row is settled with this message
    page: str = ""  # the address of the same on a page of ours, where it does not fit here

    def as_json(self) -> dict[str, Any]:
        """Everything but the address, which has columns of its own."""
        return {
            "key": self.key,
            "blanks": {name: _wrap(blank) for name, blank in self.blanks.items()},
            "choices": [choice.as_json() for choice in self.choices],
            "card": self.card,
            "fresh": self.fresh,
            "photo": self.photo,
            "drawing": self.drawing and self.drawing.as_json(),
            "table": self.table and self.table.as_json(),
            "poll": self.poll and self.poll.as_json(),
            "reply": self.reply,
            "replies_to": self.replies_to,
            "follows": self.follows,
            "until": self.until and self.until.isoformat(),
            "page": self.page,
        }

    @classmethod
    def from_json(cls, to: Address, row: dict[str, Any]) -> "Say":
        return cls(
            to=to,
            key=row["key"],
            blanks={name: _unwrap(blank) for name, blank in row["blanks"].items()},
            choices=tuple(Choice.from_json(*choice) for choice in row["choices"]),
            card=row["card"],
            fresh=row["fresh"],
            photo=row["photo"],
            drawing=_drawing(row["drawing"]) if row.get("drawing") else None,
            table=Table.from_json(row["table"]) if row.get("table") else None,
            poll=Poll.from_json(row["poll"]) if row.get("poll") else None,
            reply=row["reply"],
            replies_to=row.get("replies_to", ""),
            follows=row.get("follows", ""),
            until=datetime.fromisoformat(row["until"]) if row.get("until") else None,
            page=row.get("page", ""),
        )


def _drawing(row: dict[str, Any]) -> Drawing | Trend:
    return Trend.from_json(row) if "trend" in row else Drawing.from_json(row)


def _wrap(blank: Blank) -> Any:
    match blank:
        case datetime():
            return {"at": blank.isoformat()}
        case date():
            return {"on": blank.isoformat()}
        case timedelta():
            return {"for": int(blank.total_seconds())}
        case Phrase():
            return {"say": blank.key, "blanks": {n: _wrap(b) for n, b in blank.blanks.items()}}
        case Names():
            return {"names": dict(blank.by_language)}
        case Listed():
            return {"listed": [_wrap(item) for item in blank.items]}
        case tuple():
            return [_wrap(part) for part in blank]
        case _:
            return blank


def _unwrap(value: Any) -> Any:
    match value:
        case {"at": moment}:
            return datetime.fromisoformat(moment)
        case {"on": day}:
            return date.fromisoformat(day)
        case {"for": seconds}:
            return timedelta(seconds=seconds)
        case {"say": key, "blanks": blanks}:
            return Phrase(key, {n: _unwrap(b) for n, b in blanks.items()})
        case {"listed": items}:
            return Listed(tuple(map(_unwrap, items)))
        case {"names": by_language}:
            return Names(by_language)
        case list():
            return tuple(_unwrap(part) for part in value)
        case _:
            return value
