"""What WeChat brought as an Inbound, and what kind of visit it was. Asks nobody."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from bot.channels.wechat_gate import LISTED, LISTS, Letter
from domain.conversation import LINK, Action, Address, Inbound
from handlers.residents import Blocked
from storage.delivery import Received

CHANNEL = "wechat"
PRESSED = re.compile(r"(?P<n>[0-9]{1,2})(?P<mark>[0-9]{6})")  # as ``wechat_text`` makes them


@dataclass(frozen=True)
class Visit:
    """How long and how often we may write to a person of ourselves (handbook: platforms 3.2)."""

    kind: str
    lasts: timedelta
    messages: int


WROTE = Visit("wrote", timedelta(hours=48), 5)
CAME = Visit("came", timedelta(minutes=1), 3)  # by the menu, by following, by a QR code
VISITS = {"subscribe": CAME, "subscribe_scan": CAME, "scan": CAME, "click": CAME}


def received(letter: Letter) -> Received:
    """As it is kept, in plain ASCII, by what tells a repeated one: MsgId, or who, when and what."""
    person = letter["FromUserName"]
    update = letter.get("MsgId") or f"{masked(person)}:{letter['CreateTime']}:{event(letter)}"
    return Received(CHANNEL, update, f"{CHANNEL}:{person}", json.dumps(letter))


def masked(person: str) -> str:
    """What stands for a person in the id of an update, which is written into logs."""
    return sha256(person.encode()).hexdigest()[:16]


def event(letter: Letter) -> str:
    """Which event it is, in small letters; empty for what a person wrote."""
    return letter["Event"].lower() if letter["MsgType"].lower() == "event" else ""


def visit(letter: Letter) -> Visit | None:
    """None for what is no visit, and is not answered either."""
    return VISITS.get(event(letter)) if event(letter) else WROTE


class Said(StrEnum):
    """Of a template: what it says about the messages that may still be sent by it."""

    AGREED = "agreed"  # one more, or as many as we like where it is for long
    WITHDRAWN = "withdrawn"  # none any more
    FAILED = "failed"  # the last one did not arrive


def consents(letter: Letter) -> Iterator[tuple[str, Said]]:
    """What was said of which templates; a look at the question without a yes says nothing."""
    for entry in json.loads(letter[LISTED]) if event(letter) in LISTS else ():
        match event(letter), entry.get("SubscribeStatusString"), entry.get("ErrorCode", "0"):
            case "subscribe_msg_popup_event", "accept", _:
                yield entry["TemplateId"], Said.AGREED
            case "subscribe_msg_change_event", "reject", _:
                yield entry["TemplateId"], Said.WITHDRAWN
            case "subscribe_msg_sent_event", _, code if code != "0":
                yield entry["TemplateId"], Said.FAILED


def at(letter: Letter, now: datetime) -> datetime:
    """When it happened by WeChat's clock, which is never after ours."""
    return min(datetime.fromtimestamp(int(letter["CreateTime"]), UTC), now)


def read(payload: str) -> Inbound | None:
    """Translate what was kept; None for what nobody has to answer.

    What we cannot read (a video, say) comes through without words, to be answered politely.
    """
    letter: Letter = json.loads(payload)
    update = received(letter).update_id
    sender = Address(CHANNEL, letter["FromUserName"])
    if event(letter):
        return _event(letter, update, sender)
    if pressed := PRESSED.fullmatch(letter.get("bizmsgmenuid", "")):
        return Inbound(update, sender, text=pressed["n"], among=pressed["mark"], language="zh")
    return Inbound(
        update, sender, text=words(letter), photo=media(letter, "image"),
        voice=media(letter, "voice"), place=place(letter), language="zh",
    )  # fmt: skip


def _event(letter: Letter, update: str, sender: Address) -> Inbound | None:
    match event(letter):
        case "subscribe" | "subscribe_scan" | "scan":
            text = f"/start {_scene(letter)}".strip()
            return Inbound(update, sender, text=text, language="zh")
        case "click":
            return Inbound(update, sender, action=pressed(letter), language="zh")
        case "unsubscribe":
            return Inbound(update, sender, action=Blocked(), language="zh")
    return None


def _scene(letter: Letter) -> str:
    """What our QR code says: a household's code, or what a link to a case would bring."""
    scene = letter.get("EventKey", "").removeprefix("qrscene_")
    return scene if LINK.fullmatch(scene) and not scene.startswith("last_trade_no") else ""


def pressed(letter: Letter) -> Action | None:
    """What the menu carries is what we put there, and what anybody who forges it may press."""
    action: Action | None = None
    with suppress(ValueError):
        action = Action.unpack(letter.get("EventKey", ""))
    return None if isinstance(action, Blocked) else action


def words(letter: Letter) -> str:
    """A voice in WeChat's own words for it, where the account has speech recognition on."""
    match letter["MsgType"].lower():
        case "text":
            return letter.get("Content", "").strip()
        case "voice":
            return letter.get("Recognition", "").strip()
        case "location":
            return letter.get("Label", "").strip()
    return ""


def media(letter: Letter, kind: str) -> str | None:
    return letter.get("MediaId") if letter["MsgType"].lower() == kind else None


def place(letter: Letter) -> str | None:
    if letter["MsgType"].lower() != "location":
        return None
    return f"{letter.get('Location_X', '')},{letter.get('Location_Y', '')}"
