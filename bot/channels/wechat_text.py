"""Words and choices as WeChat takes them: plain, and so many bytes at once. No requests here.

A choice is a numbered line. In one message it can be pressed, too: as a menu (msgmenu,
developers.weixin.qq.com: customer service messages), or in a reply as a link, which sends
what such a menu sends. Pressed or typed, it is the number that comes back.
"""

import re
from typing import Any

from bot.channels.base import Outgoing
from bot.channels.choices import as_lines
from domain.conversation import mark_of
from texts import Rich, Span, plain

TEXT_BYTES = 2048  # of one message, by test (handbook: platforms 3.2)
MOST_PIECES = 3  # of what a person may be sent five times
MOST_PRESSED = 8  # choices; of more the whole message would be links
CUT_OFF = "…"
MARKUP = re.compile(r"<(?=[A-Za-z/!])")  # WeChat makes links of what looks like them


def pieces(message: Outgoing) -> list[str]:
    """The words and their choices in messages that fit."""
    return parted(harmless(as_lines(message.text, message.buttons)))


def parted(text: str) -> list[str]:
    """Messages that fit, parted at line ends; what is more than three is cut off."""
    left = text.strip() or CUT_OFF
    found: list[str] = []
    while left and len(found) < MOST_PIECES:
        piece = _fitting(left)
        left = left[len(piece) :].strip()
        found.append(piece.strip())
    if left:
        found[-1] = shortened(found[-1])
    return found


def harmless(rich: Rich) -> str:
    """What somebody typed must not become a link under the account's own name."""
    return MARKUP.sub("＜", plain(rich))


def shortened(piece: str) -> str:
    """The same with a sign at its end that there was more."""
    room = TEXT_BYTES - len(CUT_OFF.encode())
    return piece.encode()[:room].decode("utf-8", "ignore") + CUT_OFF


def with_links(message: Outgoing) -> str | None:
    """One message whose choices can be pressed; None where they cannot, or it does not fit."""
    lines = _pressed(message)
    links = (
        f'\n<a href="weixin://bizmsgmenu?msgmenucontent={n}&msgmenuid={id}">{_label(line)}</a>'
        for n, (id, line) in enumerate(lines, start=1)
    )
    text = harmless(message.text).strip() + "".join(links)
    return text if lines and len(text.encode()) <= TEXT_BYTES else None


def _label(line: str) -> str:
    return line.replace("<", "＜").replace(">", "＞")


def as_menu(message: Outgoing) -> dict[str, Any] | None:
    """The same as a menu."""
    lines, words = _pressed(message), harmless(message.text).strip()
    if not lines or not words or len(pieces(message)) > 1:
        return None
    entries = [{"id": id, "content": line} for id, line in lines]
    menu = {"head_content": words, "list": entries, "tail_content": ""}
    return {"msgtype": "msgmenu", "msgmenu": menu}


def _pressed(message: Outgoing) -> list[tuple[str, str]]:
    """The id and the line of each choice; the id says which choice of which row of them."""
    if not 0 < len(message.buttons) <= MOST_PRESSED:
        return []
    mark = mark_of([button.data for button in message.buttons])
    return [
        (f"{n}{mark}", harmless((Span(f"{n}. {button.label}"),)))
        for n, button in enumerate(message.buttons, start=1)
    ]


def _fitting(text: str) -> str:
    if len(text.encode()) <= TEXT_BYTES:
        return text
    most = text.encode()[:TEXT_BYTES].decode("utf-8", "ignore")
    for mark in "\n ":
        if (at := most.rfind(mark)) > 0 and most[:at].strip():
            return most[:at]
    return most
