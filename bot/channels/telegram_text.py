"""Words as Telegram takes them: its HTML, its limits, its rows of buttons. No requests here.

Telegram counts UTF-16 code units after the markup is taken away.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any
from unicodedata import east_asian_width

from bot.channels.base import Button
from texts import Rich, Span, plain

TEXT_UNITS = 4096  # core.telegram.org/bots/api#sendmessage
CAPTION_UNITS = 1024  # core.telegram.org/bots/api#sendphoto
ROW_BUTTONS = 3  # side by side on a phone
ROW_COLUMNS = 24  # a Chinese character takes two; more are cut off on a narrow phone


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def html(rich: Rich) -> str:
    """Everything a person typed is escaped; bold is the only markup."""
    return "".join(_tagged(escape(s.text, quote=False), s.bold) for s in rich if s.text)


def _tagged(escaped: str, bold: bool) -> str:
    return f"<b>{escaped}</b>" if bold else escaped


def shortened(rich: Rich, limit: int) -> Rich:
    """The beginning that fits, with an ellipsis where something is missing."""
    text = plain(rich)
    if units(text) <= limit:
        return rich
    return (*_cut(rich, 0, _reach(text, 0, limit - 1)), Span("…"))


def pieces(rich: Rich, limit: int) -> list[Rich]:
    """The whole text in messages that fit, parted at line ends where there are any.

    Nothing but white space at the cuts is left out. A text of white space alone comes back
    as it is, for Telegram to refuse.
    """
    text = plain(rich)
    cuts = [_cut(rich, start, end) for start, end in _ranges(text, limit)]
    return [piece for piece in cuts if plain(piece).strip()] or [rich]


def _ranges(text: str, limit: int) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = _reach(text, start, limit)
        if end < len(text):
            end = _seam(text, start, end)
        yield start, end
        start = end


def _reach(text: str, start: int, limit: int) -> int:
    """The furthest end so that ``text[start:end]`` is within the limit."""
    end = min(len(text), start + limit)
    while (over := units(text[start:end]) - limit) > 0:
        end -= (over + 1) // 2  # a character is two units at most
    return end


def _seam(text: str, start: int, end: int) -> int:
    """The last line end before ``end``, or the last space, or ``end`` itself."""
    for mark in "\n ":
        found = text.rfind(mark, start + 1, end + 1)
        if found > start and text[start:found].strip():
            return found
    return end


def _cut(rich: Rich, start: int, end: int) -> Rich:
    """The spans of ``plain(rich)[start:end]``."""
    kept: list[Span] = []
    at = 0
    for span in rich:
        part = span.text[max(start - at, 0) : max(end - at, 0)]
        if part:
            kept.append(Span(part, span.bold))
        at += len(span.text)
    return tuple(kept)


def rows(buttons: Sequence[Button], leads_to: str | None = None) -> list[list[dict[str, Any]]]:
    """One button to a row; short ones share it. Telegram gives those in a row equal widths.

    ``leads_to`` is the username of the bot whose private chat links lead to.
    """
    laid: list[list[Button]] = []
    for button in buttons:
        if laid and _fit([*laid[-1], button]):
            laid[-1].append(button)
        else:
            laid.append([button])
    return [[_button(button, leads_to) for button in row] for row in laid]


def _button(button: Button, leads_to: str | None) -> dict[str, Any]:
    if button.link and leads_to:
        return {"text": button.label, "url": f"https://t.me/{leads_to}?start={button.link}"}
    return {"text": button.label, "callback_data": button.data}


def _fit(row: list[Button]) -> bool:
    return len(row) <= ROW_BUTTONS and len(row) * max(map(_columns, row)) <= ROW_COLUMNS


def _columns(button: Button) -> int:
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in button.label)
