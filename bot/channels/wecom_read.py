"""What WeCom brought as an Inbound. Asks nobody.

UserIDs are kept in small letters: WeCom does not tell them from capitals.
"""

import json
from contextlib import suppress
from hashlib import sha256

from bot.channels.wechat_gate import Letter
from bot.channels.wechat_read import event, masked, media, place, pressed, words
from bot.channels.wecom_gate import CHOSEN
from domain.conversation import Action, Address, Inbound
from handlers.residents import Blocked
from storage.delivery import Received

CHANNEL = "wecom"


def person(letter: Letter) -> Address:
    return Address(CHANNEL, letter["FromUserName"].lower())


def received(letter: Letter) -> Received:
    """By what tells a repeated one: MsgId, or who, when and what."""
    chat = person(letter).chat
    update = letter.get("MsgId") or f"{masked(chat)}:{letter['CreateTime']}:{_which(letter)}"
    return Received(CHANNEL, update, f"{CHANNEL}:{chat}", json.dumps(letter))


def _which(letter: Letter) -> str:
    """Two buttons may be pressed within a second, and two menus."""
    parts = (letter.get(name, "") for name in ("Event", "EventKey", "TaskId", CHOSEN))
    return sha256("\0".join(parts).encode()).hexdigest()[:16]


def read(payload: str) -> Inbound | None:
    """Translate what was kept; None for what nobody has to answer."""
    letter: Letter = json.loads(payload)
    update, sender = received(letter).update_id, person(letter)
    if event(letter):
        return _event(letter, update, sender)
    return Inbound(
        update, sender, text=words(letter), photo=media(letter, "image"),
        voice=media(letter, "voice"), place=place(letter), language="zh",
    )  # fmt: skip


def _event(letter: Letter, update: str, sender: Address) -> Inbound | None:
    match event(letter):
        case "subscribe" | "enter_agent":
            return Inbound(update, sender, text="/start", language="zh")
        case "click":
            return Inbound(update, sender, action=pressed(letter), language="zh")
        case "template_card_event":
            return Inbound(update, sender, action=_chosen(letter), language="zh")
        case "unsubscribe":
            return Inbound(update, sender, action=Blocked(), language="zh")
    return None


def _chosen(letter: Letter) -> Action | None:
    """A button carries its action as its key, an option as its id."""
    with suppress(ValueError):
        return Action.unpack(letter.get(CHOSEN) or letter.get("EventKey", ""))
    return None
