"""What a message with choices looks like on WeCom: which cards, and the words before them.

Up to six choices are buttons, up to twenty are options of which one is sent off, more are
several such cards. A card shows few words (handbook: platforms 3.3, path/90236): longer ones
go before it as a message of their own, and the card repeats their first line. No requests here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels.base import Button
from bot.channels.wechat_text import CUT_OFF

Card = dict[str, Any]

TITLE, BELOW = 36, 160  # characters
BESIDE = 44  # characters below the title of a card with options
BUTTONS, OPTIONS = 6, 20
ON_BUTTON, ON_OPTION = 10, 17  # characters
PAUSES = "：，。；！？,;!?"  # after which a long first line may go on below
LEADS_TO = "https://work.weixin.qq.com"  # a card without buttons must lead somewhere


@dataclass(frozen=True)
class Shown:
    """The words before the cards, empty where the first card says it all, and the cards."""

    words: str
    cards: tuple[Card, ...]


def shown(words: str, buttons: tuple[Button, ...], submit: str) -> Shown:
    """``submit``: what stands on the button that sends the option off."""
    if len(buttons) <= BUTTONS:
        labels = _labels(buttons, ON_BUTTON)
        words = _with_long_ones(words, buttons, labels)
        title, below, whole = _parted(words, BELOW)
        card = _with_buttons(title, below, buttons, labels) if buttons else _plain(title, below)
        return Shown("" if whole else words, (card,))
    labels = _labels(buttons, ON_OPTION)
    words = _with_long_ones(words, buttons, labels)
    title, below, whole = _parted(words, BESIDE)
    lots = [slice(at, at + OPTIONS) for at in range(0, len(buttons), OPTIONS)]
    cards = tuple(_with_options(title, below, buttons[lot], labels[lot], submit) for lot in lots)
    return Shown("" if whole else words, cards)


def short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - len(CUT_OFF)] + CUT_OFF


def _parted(words: str, most: int) -> tuple[str, str, bool]:
    """The title, what is below it, and whether that is all of the words."""
    words = words.strip() or CUT_OFF
    title, mark, rest = words.partition("\n")
    if len(title) > TITLE:
        pause = max(title[:TITLE].rfind(one) for one in PAUSES)
        at = pause + 1 or title[:TITLE].rfind(" ") + 1 or TITLE
        title, rest = title[:at], f"{title[at:]}{mark}{rest}"
    if len(rest.strip()) <= most:
        return title, rest.strip(), True
    return short(words.partition("\n")[0], TITLE), "", False


def _labels(buttons: Sequence[Button], most: int) -> list[str]:
    """What does not fit begins with a number, by which it is found among the words."""
    return [
        b.label if len(b.label) <= most else short(f"{n}. {b.label}", most)
        for n, b in enumerate(buttons, 1)
    ]


def _with_long_ones(words: str, buttons: Sequence[Button], labels: Sequence[str]) -> str:
    pairs = enumerate(zip(buttons, labels, strict=True), 1)
    return words + "".join(f"\n{n}. {b.label}" for n, (b, label) in pairs if b.label != label)


def _plain(title: str, below: str) -> Card:
    return _card("text_notice", title) | {
        "sub_title_text": below,
        "card_action": {"type": 1, "url": LEADS_TO},
    }


def _with_buttons(title: str, below: str, buttons: Sequence[Button], labels: Sequence[str]) -> Card:
    pairs = zip(buttons, labels, strict=True)
    return _card("button_interaction", title) | {
        "sub_title_text": below,
        "button_list": [{"text": label, "key": b.data} for b, label in pairs],
    }


def _with_options(
    title: str, below: str, buttons: Sequence[Button], labels: Sequence[str], submit: str
) -> Card:
    pairs = zip(buttons, labels, strict=True)
    options = [{"id": b.data, "text": label, "is_checked": False} for b, label in pairs]
    card = _card("vote_interaction", title)
    card["main_title"]["desc"] = below
    return card | {
        "checkbox": {"question_key": "choice", "mode": 0, "option_list": options},
        "submit_button": {"text": submit, "key": "submit"},
    }


def _card(kind: str, title: str) -> Card:
    return {"card_type": kind, "main_title": {"title": title}}
