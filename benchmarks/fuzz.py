"""``python -m benchmarks.fuzz``: 100,000 callbacks that nobody means well, at both gates.

Good letters with junk in them, junk that somebody signed, good letters cut short, doubled,
nested and with pieces changed for others. Says what came of them, how long the slowest took,
and how the memory stood on the way. Anything but one refusal ends it.
"""

import gc
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Annotated

import typer

from benchmarks import machine
from bot.channels.wechat_gate import BadCallback, Gate, Keys
from bot.channels.wecom_gate import WeComGate
from tests import fake_wechat, fake_wecom
from tests.world import FakeClock

WECHAT = Keys(fake_wechat.APP_ID, fake_wechat.TOKEN, fake_wechat.AES_KEY)
WECOM = Keys(fake_wecom.CORP_ID, fake_wecom.TOKEN, fake_wecom.AES_KEY)
PLAIN = Keys(fake_wechat.APP_ID, fake_wechat.TOKEN)
PIECES = (
    "<xml>", "</xml>", "<a>", "</a>", "<a/>", "<![CDATA[", "]]>", "<!DOCTYPE x [",
    "<!ENTITY a 'b'>", "&a;", "&#0;", "<MsgId>1</MsgId>", "<FromUserName>x</FromUserName>",
    "<MsgType>event</MsgType>",
    "<Event>template_card_event</Event>", "<SelectedItems><SelectedItem><OptionIds><OptionId>d",
    "<Encrypt>", "</Encrypt>", "路灯", "\x00", "\ud800", "<?xml version='1.0'?>", "<!--", "'",
)  # fmt: skip
SHOWN = 10  # times on the way

Query, Request = dict[str, str], tuple[dict[str, str], bytes]


def main(many: Annotated[int, typer.Option(help="Callbacks.", min=10)] = 100_000) -> None:
    print(machine.described(), f"before: {machine.load()}", sep="\n")
    chance, clock = Random(6), FakeClock()
    makers = [_wechat(clock, WECHAT), _wechat(clock, PLAIN), _wecom(clock)]
    came, slowest = Counter[str](), 0.0
    for n in range(many):
        gate, made = makers[n % len(makers)]
        query, body = made(chance)
        began = perf_counter()
        try:
            gate.open(query, body)
            came["understood"] += 1
        except BadCallback as why:
            came[str(why)] += 1
        slowest = max(slowest, perf_counter() - began)
        if (n + 1) % (many // SHOWN) == 0:
            gc.collect()
            clock.advance(minutes=11)
            print(f"{n + 1:>7}  slowest {slowest * 1000:.1f} ms  memory {_memory():.1f} MB")
    print(*(f"{number:>7}  {what}" for what, number in came.most_common()), sep="\n")
    print(f"after: {machine.load()}")


def _wechat(clock: FakeClock, keys: Keys) -> tuple[Gate, Callable[[Random], Request]]:
    fake = fake_wechat.FakeWeChat(clock, aes=bool(keys.aes))
    envelope = fake_wechat.Envelope()

    def made(chance: Random) -> Request:
        query, body = fake.letter(_elements(chance))
        if not keys.aes or chance.random() < 0.5:
            return _spoilt(query, body, chance)
        sealed = envelope.seal(_junk(chance))
        stamp, nonce = query["timestamp"], query["nonce"]
        return query | {"msg_signature": envelope.sign(stamp, nonce, sealed)}, _sealed(sealed)

    return Gate(keys, clock), made


def _wecom(clock: FakeClock) -> tuple[Gate, Callable[[Random], Request]]:
    fake = fake_wecom.FakeWeCom(clock)
    envelope = fake_wechat.Envelope(WECOM.app_id, WECOM.token, WECOM.aes)

    def made(chance: Random) -> Request:
        if chance.random() < 0.5:
            nested = _junk(chance) if chance.random() < 0.5 else ""
            return _spoilt(*fake.letter(_elements(chance), nested), chance)
        sealed = envelope.seal(_junk(chance))
        return fake.signed(sealed), _sealed(sealed)

    return WeComGate(WECOM, clock), made


def _elements(chance: Random) -> dict[str, str]:
    elements = {
        "ToUserName": "gh_1", "FromUserName": "anna", "CreateTime": "1772424000",
        "MsgId": "23456789012345678",
        "MsgType": chance.choice(("text", "event")), "Event": "template_card_event",
        "Content": "路灯坏了", "TaskId": "7", "ResponseCode": "c",
    }  # fmt: skip
    if chance.random() < 0.5:
        elements[chance.choice(list(elements))] = _junk(chance).replace("]]>", "")[:60]
    return elements


def _junk(chance: Random) -> str:
    """Pieces of what XML is made of; now and then a great many of one of them."""
    one, some = chance.choices(PIECES, k=1), chance.choices(PIECES, k=chance.randrange(12))
    pieces = one * chance.randrange(8000) if chance.random() < 0.02 else some
    return "".join(pieces).encode("utf-8", "replace").decode()


def _spoilt(query: Query, body: bytes, chance: Random) -> Request:
    at, more = chance.randrange(len(body)), chance.randbytes(chance.randrange(40))
    ways = (
        lambda: (query, body),
        lambda: (query, body[:at]),
        lambda: (query, body[:at] + more + body[at:]),
        lambda: (query, body + body),
        lambda: (query | {chance.choice(list(query)): _junk(chance)}, body),
        lambda: ({}, more),
    )
    return chance.choice(ways)()


def _sealed(sealed: str) -> bytes:
    return f"<xml><Encrypt>{sealed}</Encrypt></xml>".encode()


def _memory() -> float:
    """Megabytes that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    typer.run(main)
