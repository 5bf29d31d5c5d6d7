"""Says what is wrong with a request to the Bot API, as strictly as Telegram would at least.

Always checked: the library's own signatures and limits, and the HTML. Where Telegram's
published description lies beside the repository (or where LINLI_BOT_API_JSON says), also
every parameter, type and length in it.
"""

import inspect
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from telegram import (
    Bot,
    BotCommand,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputPollOption,
)
from telegram.constants import (
    BotCommandLimit,
    CallbackQueryLimit,
    InlineKeyboardButtonLimit,
    InlineKeyboardMarkupLimit,
    MessageLimit,
    PollLimit,
)

Params = Mapping[str, str]  # form fields, as they travel

BESIDE = Path(__file__).parents[2] / "shared" / "data" / "telegram-bot-api-10.1.json"
LENGTH = re.compile(r"(\d+)-(\d+) (characters|bytes)")
MAX_TEXT, MAX_CAPTION = MessageLimit.MAX_TEXT_LENGTH, MessageLimit.CAPTION_LENGTH
TAGS = {"b", "i", "u", "s", "a", "code", "pre"}
TOKEN = re.compile(
    r"<(?P<end>/?)(?P<tag>[a-z]+)(?: [^<>]*)?>"
    r"|&(?P<entity>lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});"
    r"|(?P<bare>[<>&])|(?P<text>[^<>&]+)"
)
ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
LINK = re.compile(r"https?://[^\s?]+(?:\?start=[A-Za-z0-9_-]{1,64})?")
PYTHON_ONLY = {"self", "api_kwargs", "allow_sending_without_reply", "reply_to_message_id"}


def problems(method: str, params: Params, files: Collection[str] = ()) -> list[str]:
    """Everything wrong with one request; ``files`` names the fields that carry a file.

    A file that another field speaks of (attach://) has a name of its own.
    """
    files = [f for f in files if not any(f"attach://{f}" in value for value in params.values())]
    found = [*unwritten(method, params, files), *published(method, params, files)]
    return [f"{method}: {problem}" for problem in found]


def unwritten(method: str, params: Params, files: Collection[str] = ()) -> list[str]:
    """What the library and the known limits object to, description or not."""
    return [*_by_library(method, params, files), *_by_limits(method, params)]


def published(method: str, params: Params, files: Collection[str] = ()) -> list[str]:
    """What Telegram's description objects to; nothing where it is not at hand."""
    return list(_by_description(method, params, files)) if description() else []


def units(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le", "replace")) // 2


def visible(html: str) -> tuple[str, list[str]]:
    """The text that a reader sees, and what is wrong with the markup."""
    seen: list[str] = []
    wrong: list[str] = []
    opened: list[str] = []
    for token in TOKEN.finditer(html):
        if token["tag"]:
            wrong += _tag(token["tag"], bool(token["end"]), opened)
        elif token["bare"]:
            wrong.append(f"can't parse entities: bare {token['bare']}")
        else:
            seen.append(token["text"] or _entity(token["entity"]))
    return "".join(seen), wrong + [f"can't parse entities: {tag} is not closed" for tag in opened]


def _tag(tag: str, ends: bool, opened: list[str]) -> Iterator[str]:
    if tag not in TAGS:
        yield f"can't parse entities: unsupported tag {tag}"
    elif not ends:
        opened.append(tag)
    elif not opened or opened.pop() != tag:
        yield f"can't parse entities: unexpected end of {tag}"


def _entity(name: str) -> str:
    if name.startswith("#x"):
        return chr(int(name[2:], 16))
    return chr(int(name[1:])) if name.startswith("#") else ENTITIES[name]


# --- python-telegram-bot's own signatures


@cache
def _signature(method: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """The parameters a method knows and those it needs, in the library's eyes."""
    function = getattr(Bot, re.sub(r"([A-Z])", lambda m: f"_{m[1].lower()}", method), None)
    return None if function is None else _parameters(function)


def _parameters(function: Any) -> tuple[frozenset[str], frozenset[str]]:
    found = {
        name: parameter.default is inspect.Parameter.empty
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in PYTHON_ONLY and not name.endswith("_timeout")
    }
    return frozenset(found), frozenset(name for name, needed in found.items() if needed)


def _by_library(method: str, params: Params, files: Collection[str]) -> Iterator[str]:
    signature = _signature(method)
    if signature is None:
        yield "the library has no such method"
        return
    known, needed = signature
    yield from (f"the library knows no parameter {p}" for p in sorted({*params} - known))
    yield from (f"{p} is missing" for p in sorted(needed - {*params, *files}))


@cache
def _fields(kind: type) -> tuple[frozenset[str], frozenset[str]]:
    return _parameters(kind)


def _object(value: Any, kind: type) -> Iterator[str]:
    known, needed = _fields(kind)
    if not isinstance(value, dict):
        yield f"{kind.__name__} is not an object"
        return
    yield from (f"{kind.__name__} has no field {f}" for f in sorted({*value} - known))
    yield from (f"{kind.__name__} needs {f}" for f in sorted(needed - {*value}))


# --- limits that hold whatever the description says


def _by_limits(method: str, params: Params) -> Iterator[str]:
    if "chat_id" in params and not re.fullmatch(r"-?\d+|@\w+", params["chat_id"]):
        yield "chat_id is neither a number nor a name"
    yield from _words(method, params)
    yield from _markup(params)
    if method == "setMyCommands":
        yield from _commands(params)
    if method == "sendPoll":
        yield from _poll(params)


def _words(method: str, params: Params) -> Iterator[str]:
    if method == "answerCallbackQuery":
        if units(params.get("text", "")) > CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH:
            yield "the answer to a button is too long"
        return
    for field, longest in (("text", MAX_TEXT), ("caption", MAX_CAPTION)):
        seen, wrong = _seen(params, field)
        yield from wrong
        if units(seen) > longest:
            yield f"{field} is too long"
        if field == "text" and "text" in params and not seen.strip():
            yield "message text is empty"


def _seen(params: Params, field: str) -> tuple[str, list[str]]:
    value = params.get(field, "")
    return visible(value) if params.get("parse_mode") == "HTML" else (value, [])


def _markup(params: Params) -> Iterator[str]:
    markup = _json(params["reply_markup"]) if "reply_markup" in params else None
    if not isinstance(markup, dict):
        return
    if "inline_keyboard" not in markup:
        yield from _object({k: v for k, v in markup.items() if k != "force_reply"}, ForceReply)
        return
    yield from _object(markup, InlineKeyboardMarkup)
    keyboard = markup["inline_keyboard"]
    buttons = [button for row in keyboard for button in row]
    if len(buttons) > InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER:
        yield "too many buttons"
    if any(len(row) > InlineKeyboardMarkupLimit.BUTTONS_PER_ROW for row in keyboard):
        yield "too many buttons in a row"
    for button in buttons:
        yield from _button(button)


def _button(button: Any) -> Iterator[str]:
    yield from _object(button, InlineKeyboardButton)
    if len(button.keys() - {"text"}) != 1:
        yield "BUTTON_TYPE_INVALID"
    if not LINK.fullmatch(button.get("url", "https://t.me/")):
        yield "BUTTON_URL_INVALID"
    size = len(str(button.get("callback_data", "x")).encode())
    if not 1 <= size <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA:
        yield "BUTTON_DATA_INVALID"
    if not str(button.get("text", "")).strip():
        yield "a button without a label"


def _commands(params: Params) -> Iterator[str]:
    for command in _json(params.get("commands", "[]")) or []:
        yield from _object(command, BotCommand)
        if not re.fullmatch(r"[a-z0-9_]{1,32}", str(command.get("command"))):
            yield "BOT_COMMAND_INVALID"
        length = len(str(command.get("description", "")))
        if not 1 <= length <= BotCommandLimit.MAX_DESCRIPTION:
            yield "BOT_COMMAND_DESCRIPTION_INVALID"


def _poll(params: Params) -> Iterator[str]:
    if not 1 <= units(params.get("question", "").strip()) <= PollLimit.MAX_QUESTION_LENGTH:
        yield "POLL_QUESTION_INVALID"
    if units(params.get("description", "")) > MAX_CAPTION:
        yield "the description of a poll is too long"
    options = _json(params.get("options", "[]")) or []
    if not 1 <= len(options) <= PollLimit.MAX_OPTION_NUMBER:
        yield "POLL_OPTIONS_INVALID"
    for option in options:
        yield from _object(option, InputPollOption)
        if not 1 <= units(str(option.get("text", "")).strip()) <= PollLimit.MAX_OPTION_LENGTH:
            yield "POLL_OPTION_INVALID"


# --- Telegram's published description


@cache
def description() -> dict[str, Any] | None:
    """Methods and types by name; None where the file is not at hand."""
    path = Path(os.environ.get("LINLI_BOT_API_JSON", BESIDE))
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


@cache
def _described(method: str) -> dict[str, Any] | None:
    found = (description() or {"methods": {}})["methods"].get(method)
    return None if found is None else {f["name"]: f for f in found.get("fields", [])}


def _by_description(method: str, params: Params, files: Collection[str]) -> Iterator[str]:
    fields = _described(method)
    if fields is None:
        yield "there is no such method"
        return
    needed = {name for name, field in fields.items() if field["required"]}
    yield from (f"there is no parameter {p}" for p in sorted({*params, *files} - {*fields}))
    yield from (f"{p} is required" for p in sorted(needed - {*params, *files}))
    for name, value in params.items():
        if name in fields:
            formatted = params.get("parse_mode") == "HTML"
            yield from _field(name, _decoded(value, fields[name]), fields[name], formatted)


def _decoded(value: str, field: dict[str, Any]) -> Any:
    """A form field as JSON, unless it is to be a string."""
    if "String" in field["types"] and not ("Integer" in field["types"] and value[1:].isdigit()):
        return value
    return _json(value)


def _field(name: str, value: Any, field: dict[str, Any], formatted: bool) -> list[str]:
    wrong = [_typed(name, value, kind, formatted) for kind in field["types"]]
    return min(wrong, key=len) or list(_length(name, value, field["description"], formatted))


def _length(name: str, value: Any, words: str, formatted: bool) -> Iterator[str]:
    limit = LENGTH.search(words)
    if limit is None or not isinstance(value, str):
        return
    text = visible(value)[0] if formatted and "entit" in words else value
    length = len(text.encode()) if limit[3] == "bytes" else units(text)
    if not int(limit[1]) <= length <= int(limit[2]):
        yield f"{name} is not of {limit[0]}"


PLAIN = {"String": (str,), "Integer": (int,), "Boolean": (bool,), "Float": (int, float)}


def _typed(name: str, value: Any, kind: str, formatted: bool) -> list[str]:
    """What keeps a value from being of one of Telegram's types."""
    if kind == "InputFile":
        return [f"{name} is not a file"]
    if kind in PLAIN:
        fits = isinstance(value, PLAIN[kind]) and (kind == "Boolean") == isinstance(value, bool)
        return [] if fits else [f"{name} is not of type {kind}"]
    if kind.startswith("Array of "):
        return _array(name, value, kind.removeprefix("Array of "), formatted)
    return _structure(name, value, kind, formatted)


def _array(name: str, value: Any, kind: str, formatted: bool) -> list[str]:
    if not isinstance(value, list):
        return [f"{name} is not an array"]
    return [wrong for each in value for wrong in _typed(name, each, kind, formatted)]


def _structure(name: str, value: Any, kind: str, formatted: bool) -> list[str]:
    described = (description() or {"types": {}})["types"][kind]
    if subtypes := described.get("subtypes"):
        return min((_typed(name, value, each, formatted) for each in subtypes), key=len)
    if not isinstance(value, dict):
        return [f"{name} is not a {kind}"]
    fields = {field["name"]: field for field in described.get("fields", [])}
    wrong = [f"{kind} has no field {each}" for each in value if each not in fields]
    wrong += [f"{kind} needs {f}" for f, d in fields.items() if d["required"] and f not in value]
    for each in value.keys() & fields.keys():
        wrong += _field(each, value[each], fields[each], formatted)
    return wrong


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return None
