"""WeCom's gate and what comes through it: each shape of the documentation, and nothing else."""

from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.wechat_gate import BODY_BYTES, BadCallback, Keys
from bot.channels.wecom_gate import WeComGate
from bot.channels.wecom_read import read, received
from domain.conversation import Action, Inbound
from handlers.home import Help
from handlers.residents import Blocked
from tests.fake_wechat import Envelope
from tests.fake_wecom import AES_KEY, CORP_ID, TOKEN, FakeWeCom
from tests.world import FakeClock

KEYS = Keys(CORP_ID, TOKEN, AES_KEY)
ENVELOPE = Envelope(CORP_ID, TOKEN, AES_KEY)
HEAD = {"FromUserName": "WangAna", "CreateTime": "1772424000"}
ID = {"MsgId": "1234567890123456"}
CARD = {"TaskId": "77", "CardType": "button_interaction", "ResponseCode": "code-1"}


def chosen(*options: str) -> str:
    """path/90240: what was chosen on a card, as it is brought."""
    ids = "".join(f"<OptionId><![CDATA[{option}]]></OptionId>" for option in options)
    return (
        "<SelectedItems><SelectedItem><QuestionKey><![CDATA[choice]]></QuestionKey>"
        f"<OptionIds>{ids}</OptionIds></SelectedItem></SelectedItems>"
    )


def message(kind: str, **more: str) -> dict[str, str]:
    return HEAD | {"MsgType": kind} | more | ID


def event(name: str, key: str = "", **more: str) -> dict[str, str]:
    return HEAD | {"MsgType": "event", "Event": name, "EventKey": key} | more


Meant = tuple[str, Action | None, str | None, str | None]  # words, action, photo, place
SHAPES: dict[str, tuple[dict[str, str], str, Meant | None]] = {
    "words": (message("text", Content=" 路灯坏了 "), "", ("路灯坏了", None, None, None)),
    "a picture": (message("image", PicUrl="http://p", MediaId="md"), "", ("", None, "md", None)),
    "a voice": (message("voice", MediaId="md", Format="amr"), "", ("", None, None, None)),
    "a place": (
        message("location", Location_X="23.13", Location_Y="113.36", Scale="20", Label="3号楼"),
        "", ("3号楼", None, None, "23.13,113.36")),
    "a video": (message("video", MediaId="md", ThumbMediaId="t"), "", ("", None, None, None)),
    "being let in": (event("subscribe"), "", ("/start", None, None, None)),
    "looking in": (event("enter_agent"), "", ("/start", None, None, None)),
    "being put out": (event("unsubscribe"), "", ("", Blocked(), None, None)),
    "the menu": (event("click", "help"), "", ("", Help(), None, None)),
    "a forged menu": (event("click", "me.block"), "", ("", None, None, None)),
    "a link of the menu": (event("view", "https://linli.example"), "", None),
    "where somebody is": (event("LOCATION", Latitude="23.1"), "", None),
    "a button": (event("template_card_event", "help", **CARD), "", ("", Help(), None, None)),
    "an option": (
        event("template_card_event", "submit", **CARD), chosen("help"), ("", Help(), None, None)),
    "two options": (
        event("template_card_event", "submit", **CARD), chosen("a", "b"), ("", None, None, None)),
    "no option": (
        event("template_card_event", "submit", **CARD), "<SelectedItems></SelectedItems>",
        ("", None, None, None)),
    "a forged button": (
        event("template_card_event", "no:such:thing", **CARD), "", ("", None, None, None)),
}  # fmt: skip


@pytest.mark.parametrize(("elements", "nested", "meant"), SHAPES.values(), ids=SHAPES.keys())
def test_each_shape_means_one_thing(
    elements: dict[str, str], nested: str, meant: Meant | None
) -> None:
    found = read(received(opened(elements, nested)).payload)

    assert (_meaning(found) if found else None) == meant


def test_repeats_are_told_by_their_id_or_by_who_when_and_what() -> None:
    said = opened(message("text", Content="a"))
    first = opened(event("template_card_event", "submit", **CARD), chosen("help"))
    again = opened(event("template_card_event", "submit", **CARD), chosen("help"))
    other = opened(event("template_card_event", "submit", **CARD), chosen("mine"))

    assert received(said).update_id == "1234567890123456"
    assert received(first).update_id == received(again).update_id != received(other).update_id
    assert "wangana" not in received(first).update_id  # which is written into logs
    assert received(said).lane == received(first).lane == "wecom:wangana"


def opened(elements: dict[str, str], nested: str = "") -> dict[str, str]:
    clock = FakeClock()
    return WeComGate(KEYS, clock).open(*FakeWeCom(clock).letter(elements, nested))


def _meaning(found: Inbound) -> Meant:
    assert (found.sender.channel, found.sender.chat) == ("wecom", "wangana")
    return found.text, found.action, found.photo, found.place


@pytest.mark.parametrize(
    "keys", [Keys("ww" + "0" * 16, TOKEN, AES_KEY), Keys(CORP_ID, "other", AES_KEY)]
)
def test_a_message_for_another_company_is_refused(keys: Keys) -> None:
    clock = FakeClock()
    query, body = FakeWeCom(clock).letter(message("text", Content="路灯"))

    with pytest.raises(BadCallback) as refused:
        WeComGate(keys, clock).open(query, body)
    assert "路灯" not in str(refused.value)


def test_what_comes_in_plain_is_refused() -> None:
    clock = FakeClock()
    query, _ = FakeWeCom(clock).letter({})

    with pytest.raises(BadCallback, match="no single Encrypt"):
        WeComGate(KEYS, clock).open(query, b"<xml><MsgType>text</MsgType></xml>")


@pytest.mark.parametrize("echostr", ["", "plain", "AAAA", "é"])
def test_the_check_is_answered_only_with_what_was_sealed_for_us(echostr: str) -> None:
    clock = FakeClock()
    query = FakeWeCom(clock).signed(echostr) | {"echostr": echostr}

    with pytest.raises(BadCallback):
        WeComGate(KEYS, clock).echo(query)


def test_the_check_is_answered_only_where_it_is_signed_and_fresh() -> None:
    clock = FakeClock()
    sealed = ENVELOPE.seal("8321")
    query = FakeWeCom(clock).signed(sealed) | {"echostr": sealed}
    gate = WeComGate(KEYS, clock)

    assert gate.echo(query) == "8321"
    with pytest.raises(BadCallback, match="not signed"):
        gate.echo(query | {"msg_signature": "0" * 40})
    clock.advance(seconds=301)
    with pytest.raises(BadCallback, match="not fresh"):
        gate.echo(query)


BRACKETS = st.text("<>/![]CDATA&;\"' \nxmlOptionIdSelectedItems", max_size=300)


@settings(max_examples=200, deadline=None)
@given(junk=st.binary(max_size=BODY_BYTES // 8), text=BRACKETS, at=st.integers(0, 900))
def test_whatever_is_sent_is_understood_or_refused_and_soon(
    junk: bytes, text: str, at: int
) -> None:
    clock = FakeClock()
    gate, fake = WeComGate(KEYS, clock), FakeWeCom(clock)
    began = perf_counter()
    for query, body in spoilt(fake, junk, text, at):
        try:
            assert gate.open(query, body).keys() >= {"FromUserName", "CreateTime"}
        except BadCallback as why:
            assert len(str(why)) < 40
    assert perf_counter() - began < 5  # seconds: a hang, not a busy machine


def spoilt(fake: FakeWeCom, junk: bytes, text: str, at: int) -> list[tuple[dict[str, str], bytes]]:
    """Junk in a good message, junk that somebody signed, and a good card with junk in it."""
    query, body = fake.letter(event("template_card_event", "submit", **CARD), chosen("help"))
    sealed = ENVELOPE.seal(junk.decode("latin-1"))
    signed = fake.signed(sealed), f"<xml><Encrypt>{sealed}</Encrypt></xml>".encode()
    nested = fake.letter(event("template_card_event", "submit", **CARD), text)
    return [(query, body[:at] + junk + body[at:]), signed, nested]
