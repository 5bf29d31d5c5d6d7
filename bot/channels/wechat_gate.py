"""The one gate that everything WeChat brings goes through, and the envelope of what we answer.

What comes out is signed, fresh, small and flat, but for the lists of consents; whatever else
comes in is one BadCallback, whose words never hold anything that was sent. wechatpy parses and
deciphers; what it does not look at (platforms 2.1: size, nesting, duplicates, age, replays,
time of comparing) is looked at here.
"""

import hashlib
import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from storage.ids import Clock

BODY_BYTES = 32 * 1024  # ample: 350 KB of opened elements cost a second (platforms 2.1)
DEEPEST = 6  # xml, SendPicsInfo, PicList, item, PicMd5Sum are five
FRESH = timedelta(minutes=5)  # between WeChat's clock and ours
REPEATS = timedelta(seconds=20)  # WeChat asks three times within 15 seconds (platforms 3.2)
FORGET_ABOVE = 10_000  # nonces; more than can be fresh unless somebody holds our token

PART = re.compile(r"<!\[CDATA\[.*?\]\]>|(?P<tag></?[\w.-]+\s*/?>)|<", re.DOTALL)
ENCRYPTED = re.compile(rb"<Encrypt>(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?</Encrypt>")
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NEEDED = {
    "FromUserName": re.compile(r"[A-Za-z0-9_.@-]{1,64}"),  # an OpenID, or a UserID of WeCom
    "ToUserName": re.compile(r"[A-Za-z0-9_-]{1,64}"),
    "CreateTime": re.compile(r"[0-9]{1,12}"),
    "MsgType": re.compile(r"[A-Za-z_]{1,32}"),
}
OF_MESSAGE = {"MsgId": re.compile(r"[0-9]{1,20}")}
OF_EVENT = {"Event": re.compile(r"[A-Za-z_]{1,40}")}

# The only lists that are let in: what was agreed to, refused or sent, template by template
# (developers.weixin.qq.com: Subscribe to the event push for notifications).
LISTED = "Listed"  # under this name, as JSON
LISTS = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
}
MOST_LISTED = 20  # a person is shown three at once
OF_LIST = {
    "TemplateId": re.compile(r"[A-Za-z0-9_-]{1,64}"),
    "SubscribeStatusString": re.compile(r"[A-Za-z_]{1,32}"),
    "ErrorCode": re.compile(r"-?[0-9]{1,12}"),
}

Query = Mapping[str, str]
Letter = dict[str, str]  # what WeChat brought: names of elements and their words


class BadCallback(Exception):
    """Not from WeChat, or not in any form that WeChat has; a few fixed words say why."""


@contextmanager
def _one_refusal() -> Iterator[None]:
    try:
        yield
    except BadCallback:
        raise
    except Exception as error:  # the parser and the cipher raise what they like
        raise BadCallback(type(error).__name__) from None


@dataclass(frozen=True)
class Keys:
    """What the console of the account and we both know."""

    app_id: str  # of WeCom: the CorpID
    token: str = field(repr=False)
    aes: str = field(default="", repr=False)  # EncodingAESKey, 43 characters; empty: plain mode


class Gate:
    def __init__(self, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        from wechatpy.crypto import PrpCrypto  # here: eight megabytes, where nobody uses WeChat

        self._cipher = PrpCrypto(b64decode(keys.aes + "=")) if keys.aes else None
        self._seen: dict[tuple[str, str], tuple[bytes, datetime]] = {}  # by time stamp and nonce

    def echo(self, query: Query) -> str:
        """What to answer to WeChat's check of our address. Raises BadCallback."""
        with _one_refusal():
            return self._echoed(query)

    def open(self, query: Query, body: bytes) -> Letter:
        """Raises BadCallback, and nothing else whatever is sent."""
        with _one_refusal():
            return self._opened(query, body)

    def _echoed(self, query: Query) -> str:
        self._signed(query, "signature")
        self._fresh(query)
        return query.get("echostr", "")[:256]

    def _opened(self, query: Query, body: bytes) -> Letter:
        if len(body) > BODY_BYTES:
            raise BadCallback("too big")
        if self._cipher is None:
            self._signed(query, "signature")
            text = body.decode()
        else:
            encrypted = _encrypted(body)
            self._signed(query, "msg_signature", encrypted)
            text = self._deciphered(encrypted)
        self._once(self._fresh(query), query.get("nonce", ""), body)
        return self._letter(text)

    def _deciphered(self, encrypted: str) -> str:
        assert self._cipher
        return str(self._cipher.decrypt(encrypted, self._keys.app_id))

    def _letter(self, text: str) -> Letter:
        return read_letter(text)

    def _signed(self, query: Query, name: str, encrypted: str = "") -> None:
        parts = [self._keys.token, query.get("timestamp", ""), query.get("nonce", "")]
        expected = _signature(*parts, *([encrypted] if encrypted else []))
        if not compare_digest(expected.encode(), query.get(name, "").encode("utf-8", "replace")):
            raise BadCallback("not signed")

    def _fresh(self, query: Query) -> str:
        stamp, now = query.get("timestamp", ""), self._clock()
        if not re.fullmatch(r"[0-9]{1,12}", stamp):
            raise BadCallback("no time")
        if abs(now.timestamp() - int(stamp)) > FRESH.total_seconds():
            raise BadCallback("not fresh")
        return stamp

    def _once(self, stamp: str, nonce: str, body: bytes) -> None:
        """A nonce belongs to one body, for as long as WeChat may repeat it."""
        now, digest = self._clock(), hashlib.sha256(body).digest()
        self._forget(now)
        first, at = self._seen.setdefault((stamp, nonce), (digest, now))
        if first != digest or now - at > REPEATS:
            raise BadCallback("replayed")

    def _forget(self, now: datetime) -> None:
        while self._seen:
            oldest = next(iter(self._seen))
            if now - self._seen[oldest][1] <= 2 * FRESH and len(self._seen) < FORGET_ABOVE:
                return
            del self._seen[oldest]

    def reply(self, letter: Letter, text: str, nonce: str) -> str:
        """An answer in the envelope of this mode."""
        stamp = str(int(self._clock().timestamp()))
        xml = _elements(
            ToUserName=letter["FromUserName"], FromUserName=letter["ToUserName"],
            CreateTime=stamp, MsgType="text", Content=text,
        )  # fmt: skip
        if self._cipher is None:
            return xml
        encrypted = self._cipher.encrypt(xml, self._keys.app_id).decode()
        signature = _signature(self._keys.token, stamp, nonce, encrypted)
        return _elements(Encrypt=encrypted, MsgSignature=signature, TimeStamp=stamp, Nonce=nonce)


def _signature(*parts: str) -> str:
    """developers.weixin.qq.com: SHA-1 of the parts, sorted and joined."""
    joined = "".join(sorted(parts)).encode("utf-8", "replace")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def _encrypted(body: bytes) -> str:
    found = ENCRYPTED.findall(body)
    if len(found) != 1:
        raise BadCallback("no single Encrypt")
    return str(found[0].decode())


def read_letter(text: str) -> Letter:
    """Flat, and with all that its kind must have."""
    _shallow(text)
    from wechatpy.parser import parse_message

    elements = parse_message(text)._data
    if any(isinstance(value, list) for value in elements.values()):
        raise BadCallback("an element twice")
    letter = {name: value for name, value in elements.items() if isinstance(value, str)}
    is_event = letter.get("MsgType", "").lower() == "event"
    for name, form in (NEEDED | (OF_EVENT if is_event else OF_MESSAGE)).items():
        if not form.fullmatch(letter.get(name, "")):
            raise BadCallback(f"no {name}")
    if is_event and (listed := LISTS.get(letter["Event"].lower())):
        letter[LISTED] = json.dumps(_listed(elements.get(listed)))
    return letter


def _listed(element: Any) -> list[dict[str, str]]:
    """What is said of each template; one alone is not in a list."""
    found = element.get("List") if isinstance(element, dict) else None
    entries = found if isinstance(found, list) else [found]
    if len(entries) > MOST_LISTED:
        raise BadCallback("too many listed")
    return [_entry(entry) for entry in entries]


def _entry(entry: Any) -> dict[str, str]:
    """The parts that are looked at later, each once and well formed."""
    known = {name: entry[name] for name in OF_LIST if name in entry}
    if "TemplateId" not in known:
        raise BadCallback("no TemplateId")
    for name, value in known.items():
        if not OF_LIST[name].fullmatch(value):
            raise BadCallback(f"no {name}")
    return known


def _shallow(text: str) -> None:
    """No attributes, declarations, comments or entities of one's own: WeChat sends none."""
    deep = 0
    for part in PART.finditer(text):
        tag = part["tag"]
        if tag is None and part[0] == "<":
            raise BadCallback("not WeChat's XML")
        if tag and not tag.endswith("/>"):
            deep += -1 if tag.startswith("</") else 1
        if deep > DEEPEST:
            raise BadCallback("too deep")


def _elements(**words: str) -> str:
    inside = "".join(f"<{name}><![CDATA[{_safe(text)}]]></{name}>" for name, text in words.items())
    return f"<xml>{inside}</xml>"


def _safe(text: str) -> str:
    return NO_XML.sub("", text).replace("]]>", "]]]]><![CDATA[>")
