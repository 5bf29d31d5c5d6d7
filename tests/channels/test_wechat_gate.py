"""WeChat's gate: what is signed, fresh and well formed comes through; all else is one refusal."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.wechat_gate import BODY_BYTES, BadCallback, Gate, Keys
from tests.fake_wechat import AES_KEY, APP_ID, TOKEN, Envelope, FakeWeChat, Nested
from tests.world import FakeClock

PLAIN, AES = Keys(APP_ID, TOKEN), Keys(APP_ID, TOKEN, AES_KEY)
SAID = {
    "ToUserName": "gh_1", "FromUserName": "oAna", "CreateTime": "1772424000",
    "MsgType": "text", "Content": "路灯]] > 坏了&", "MsgId": "23456789012345678",
}  # fmt: skip

# developers.weixin.qq.com, the sample code of 消息加解密: its key, its message, its signature.
SAMPLE_KEYS = Keys("wx5823bf96d3bd56c7", "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C")
SAMPLE_AT = 1409659813
SAMPLE_QUERY = {
    "msg_signature": "477715d11cdb4164915debcba66cb864d751f3e6",
    "timestamp": str(SAMPLE_AT),
    "nonce": "1372623149",
}
SAMPLE = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdC"
    "Upj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4X"
    "gpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+K"
    "qCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XX"
    "ZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHB"
    "ZZIs2pDBS8R07+qN+E7Q=="
)


def brought(keys: Keys = PLAIN, **changes: str) -> tuple[FakeClock, Gate, dict[str, str], bytes]:
    clock = FakeClock()
    fake = FakeWeChat(clock, aes=bool(keys.aes))
    elements = {name: word for name, word in (SAID | changes).items() if word}
    return clock, Gate(keys, clock), *fake.letter(elements)


@pytest.mark.parametrize("keys", [PLAIN, AES], ids=["plain", "aes"])
def test_what_people_write_comes_through_word_for_word(keys: Keys) -> None:
    _, gate, query, body = brought(keys)

    assert gate.open(query, body) == SAID


def test_the_documentations_own_message_is_read() -> None:
    gate = Gate(SAMPLE_KEYS, lambda: datetime.fromtimestamp(SAMPLE_AT, UTC))
    body = f"<xml><Encrypt><![CDATA[{SAMPLE}]]></Encrypt></xml>".encode()

    letter = gate.open(SAMPLE_QUERY, body)

    assert (letter["Content"], letter["MsgId"]) == ("hello", "4561255354251345929")


def test_an_answer_is_read_by_a_cipher_that_is_not_ours() -> None:
    _, gate, query, body = brought(AES)
    reply = gate.reply(gate.open(query, body), "好的]]><MsgType>x</MsgType>\x00", "77")

    sealed = reply.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    inside = Envelope().open(sealed)

    assert "<FromUserName><![CDATA[gh_1]]>" in inside and "<ToUserName><![CDATA[oAna]]>" in inside
    assert "好的]]]]><![CDATA[><MsgType>x</MsgType>]]></Content>" in inside


def test_a_repetition_within_seconds_is_let_in_and_told_by_its_id() -> None:
    clock, gate, query, body = brought()
    clock.advance(seconds=1)
    for _ in range(3):
        assert gate.open(query, body)["MsgId"] == SAID["MsgId"]
        clock.advance(seconds=5)


def test_the_check_of_our_address_is_answered_only_where_it_is_signed() -> None:
    _, gate, query, _ = brought(AES)

    assert gate.echo(query | {"echostr": "8321"}) == "8321"
    with pytest.raises(BadCallback, match="not signed"):
        gate.echo(query | {"echostr": "8321", "signature": "é"})


Spoil = Callable[[dict[str, str], bytes], tuple[dict[str, str], bytes]]
BAD: dict[str, tuple[Spoil, str]] = {
    "a byte too much": (lambda q, b: (q, b + b" " * BODY_BYTES), "too big"),
    "no signature": (lambda q, b: (q | {"signature": ""}, b), "not signed"),
    "another nonce": (lambda q, b: (q | {"nonce": "1"}, b), "not signed"),
    "nothing at all": (lambda q, b: ({}, b), "not signed"),
    "an element twice": (lambda q, b: (q, b.replace(b"<MsgId>", b"<MsgId>1</MsgId><MsgId>")),
                         "an element twice"),
    "a sender twice": (
        lambda q, b: (q, b.replace(b"<FromUserName>", b"<FromUserName>x</FromUserName><FromUserName>")),  # noqa: E501
        "an element twice"),
    "no id": (lambda q, b: (q, b.replace(b"MsgId", b"Other")), "no MsgId"),
    "no time of its own": (lambda q, b: (q, b.replace(b"1772424000", b"-1")), "no CreateTime"),
    "no sender": (lambda q, b: (q, b.replace(b"oAna", b"")), "no FromUserName"),
    "a sender that is none": (lambda q, b: (q, b.replace(b"oAna", b"o/../Ana")), "no FromUserName"),
    "an event without its name": (lambda q, b: (q, b.replace(b"text", b"event")), "no Event"),
    "too deep": (lambda q, b: (q, b.replace(b"</xml>", b"<a>" * 900 + b"</a>" * 900 + b"</xml>")),
                 "too deep"),
    "an entity": (lambda q, b: (q, b'<!DOCTYPE x [<!ENTITY a "aa">]>' + b), "not WeChat's XML"),
    "an attribute": (lambda q, b: (q, b.replace(b"<MsgId>", b'<MsgId a="/>">')),
                     "not WeChat's XML"),
    "no XML": (lambda q, b: (q, b"{}"), "ExpatError"),
    "no UTF-8": (lambda q, b: (q, b"<xml>\xff</xml>"), "UnicodeDecodeError"),
    "another root": (lambda q, b: (q, b.replace(b"xml>", b"yml>")), "KeyError"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "why"), BAD.values(), ids=BAD.keys())
def test_anything_else_is_refused_in_words_that_quote_nothing(spoil: Spoil, why: str) -> None:
    _, gate, query, body = brought()

    with pytest.raises(BadCallback, match=why) as refused:
        gate.open(*spoil(query, body))
    assert "路灯" not in str(refused.value)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_old_request_and_one_from_the_future_are_refused(seconds: int) -> None:
    clock, gate, query, body = brought()
    clock.advance(seconds=seconds)

    with pytest.raises(BadCallback, match="not fresh"):
        gate.open(query, body)


def test_a_nonce_serves_one_body_and_only_for_as_long_as_wechat_repeats() -> None:
    """In plain mode the signature does not cover the body: whoever saw one could send another."""
    clock, gate, query, body = brought()
    gate.open(query, body)
    with pytest.raises(BadCallback, match="replayed"):
        gate.open(query, body.replace(b"oAna", b"oLi"))

    clock.advance(seconds=21)
    with pytest.raises(BadCallback, match="replayed"):
        gate.open(query, body)


@pytest.mark.parametrize("keys", [replace(AES, token="other"), replace(AES, app_id="wxother")])
def test_a_message_for_another_account_is_refused(keys: Keys) -> None:
    clock, _, query, body = brought(AES)

    with pytest.raises(BadCallback):
        Gate(keys, clock).open(query, body)


@settings(max_examples=300, deadline=None)
@given(junk=st.binary(max_size=2000), at=st.integers(0, 400), signed=st.booleans())
def test_whatever_is_sent_is_understood_or_refused_and_soon(
    junk: bytes, at: int, signed: bool
) -> None:
    """Junk alone, junk in the middle of a good message, and junk that somebody signed."""
    listed = {"MsgType": "event", "MsgId": "", "Event": "subscribe_msg_popup_event"}
    listed["SubscribeMsgPopupEvent"] = Nested("<List><TemplateId>t</TemplateId></List>")
    for keys, what in ((PLAIN, {}), (PLAIN, listed), (AES, {})):
        _, gate, query, body = brought(keys, **what)
        if signed and keys.aes:
            sealed = Envelope().seal(junk.decode("latin-1"))
            stamp, nonce = query["timestamp"], query["nonce"]
            query = query | {"msg_signature": Envelope().sign(stamp, nonce, sealed)}
            body = f"<xml><Encrypt>{sealed}</Encrypt></xml>".encode()
        else:
            body = body[:at] + junk + body[at:]
        began = perf_counter()
        try:
            assert gate.open(query, body).keys() >= {"FromUserName", "CreateTime"}
        except BadCallback as why:
            assert len(str(why)) < 40
        assert perf_counter() - began < 5  # seconds: a hang, not a busy machine
