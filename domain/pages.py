"""Signed passes to the pages, and the number that proves who opens them. The key is given.

A pass is as short as it can be, since it stands in an address that people see: who, what, until
when, and 96 bits of HMAC-SHA256 (RFC 2104, section 5: half of the hash at least would be 128;
what is guessed here ends with the pass, and each guess is one request). In letters that no chat
takes for the end of a link, and that survive a state of WeChat's, which holds nothing else.
"""

import base64
import binascii
import hashlib
import hmac
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

MAC = 12  # bytes
HEAD = struct.Struct(">IQ")  # until when, in seconds; whose
PLACE = re.compile(r"[a-z]{1,12}\d{0,12}")  # m7, t12, votes
NUMBER_LASTS = timedelta(minutes=10)
DIGITS = 6


class Kind(StrEnum):
    """What a pass is good for; one is never good for another."""

    LINK = "link"  # to read the one thing that it names
    SESSION = "session"  # to read and do what this person may, in this browser
    LOGIN = "login"  # to come back from the platform that says who it is


LASTS = {
    Kind.LINK: timedelta(days=7),
    Kind.SESSION: timedelta(days=7),
    Kind.LOGIN: timedelta(minutes=10),
}


@dataclass(frozen=True)
class Pass:
    person: int  # at a login a random number, which the browser has to know
    place: str
    until: datetime


def issued(key: bytes, kind: Kind, person: int, place: str, now: datetime) -> str:
    until = int((now + LASTS[kind]).timestamp())
    body = HEAD.pack(until, person) + place.encode()
    return base64.b32encode(body + _mac(key, kind, body)).decode().rstrip("=").lower()


def opened(key: bytes, kind: Kind, written: str, now: datetime) -> Pass | None:
    """None for what we have not written, for another kind and for what has had its day."""
    try:
        padded = written.upper() + "=" * (-len(written) % 8)
        raw = base64.b32decode(padded)
    except (binascii.Error, ValueError):
        return None
    body, mac = raw[:-MAC], raw[-MAC:]
    if len(body) < HEAD.size or not hmac.compare_digest(mac, _mac(key, kind, body)):
        return None
    seconds, person = HEAD.unpack(body[: HEAD.size])
    until = datetime.fromtimestamp(seconds, UTC)
    return Pass(person, body[HEAD.size :].decode(), until) if now < until else None


def number(key: bytes, person: int, now: datetime) -> str:
    """Six digits for this person, the same for ten minutes."""
    return _number(key, person, slot(now))


def is_number(key: bytes, person: int, said: str, now: datetime) -> bool:
    """Whether these are the digits of now or of the ten minutes before."""
    good = (_number(key, person, n) for n in (slot(now), slot(now) - 1))
    return any([hmac.compare_digest(each.encode(), said.encode()) for each in good])


def slot(now: datetime) -> int:
    """Which ten minutes these are."""
    return int(now.timestamp()) // int(NUMBER_LASTS.total_seconds())


def _number(key: bytes, person: int, slot: int) -> str:
    digest = hmac.new(key, b"number:%d:%d" % (person, slot), hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8]) % 10**DIGITS:0{DIGITS}}"


def _mac(key: bytes, kind: Kind, body: bytes) -> bytes:
    return hmac.new(key, kind.encode() + b"\0" + body, hashlib.sha256).digest()[:MAC]
