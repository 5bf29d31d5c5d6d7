"""What WeChat is given to show: pieces that fit, choices to press, and no links but our own."""

from urllib.parse import parse_qs, urlsplit

import pytest

from bot.channels.base import Button, Outgoing
from bot.channels.wechat_text import TEXT_BYTES, as_menu, pieces, with_links
from domain.conversation import mark_of
from tests.fake_wechat import LINK
from texts import Rich, Span

YES, NO = Button("是", "rate:1:1"), Button("没有", "rate:1:3")
MARK = mark_of([YES.data, NO.data])


def asked(text: str = "解决了吗？", *buttons: Button) -> Outgoing:
    words: Rich = (Span(text),)
    return Outgoing(1, "oAna", words, buttons or (YES, NO))


@pytest.mark.parametrize("text", ["路" * 3000, "a\n" * 2000, "字" * 10, "😀" * 2000])
def test_a_long_text_comes_in_pieces_that_fit(text: str) -> None:
    found = pieces(Outgoing(1, "oAna", (Span(text),)))

    assert 1 <= len(found) <= 3
    assert all(0 < len(piece.encode()) <= TEXT_BYTES for piece in found)
    assert found[-1].endswith("…") or "".join("".join(found).split()) == "".join(text.split())


def test_choices_are_a_menu_whose_entries_can_be_typed_too() -> None:
    assert as_menu(asked()) == {
        "msgtype": "msgmenu",
        "msgmenu": {
            "head_content": "解决了吗？",
            "list": [
                {"id": f"1{MARK}", "content": "1. 是"},
                {"id": f"2{MARK}", "content": "2. 没有"},
            ],
            "tail_content": "",
        },
    }


def test_in_a_reply_they_are_links_that_send_the_same() -> None:
    text = with_links(asked())

    assert text and LINK.sub(r"\3", text) == "解决了吗？\n1. 是\n2. 没有"
    sent = [parse_qs(urlsplit(f"weixin://x?{link}").query) for link in _links(text)]
    assert sent == [{"msgmenucontent": [str(n)], "msgmenuid": [f"{n}{MARK}"]} for n in (1, 2)]


def _links(text: str) -> list[str]:
    return [part.split('"')[0] for part in text.split("weixin://bizmsgmenu?")[1:]]


@pytest.mark.parametrize(
    "message",
    [
        asked("解决了吗？", *[Button(f"{n}", f"rate:1:{n}") for n in range(9)]),
        asked("路" * (TEXT_BYTES // 3)),
        Outgoing(1, "oAna", (Span("好的。"),)),
    ],
    ids=["more than eight", "too long for one", "no choices"],
)
def test_what_cannot_be_pressed_is_numbered_lines(message: Outgoing) -> None:
    assert as_menu(message) is None and with_links(message) is None
    assert "".join(pieces(message)).count("\n") >= bool(message.buttons)


EVIL = '<a href="http://evil.example">点这里</a>'


@pytest.mark.parametrize("text", [EVIL, EVIL.upper(), "a < b <1 <3", "</a>", "<!--"])
def test_nobody_puts_a_link_into_what_the_account_says(text: str) -> None:
    """WeChat makes links of what looks like them, also where a neighbour typed it."""
    for shown in (
        pieces(asked(text))[0],
        with_links(asked("好", Button(text, "help"))) or "",
        str(as_menu(asked(text, Button(text, "help")))),
    ):
        rest = LINK.sub("", shown).lower()
        assert "<a" not in rest and "</" not in rest and "<!" not in rest
    assert "a < b <1 <3" in pieces(asked("a < b <1 <3"))[0]
