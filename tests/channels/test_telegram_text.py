"""Cutting and marking up: whatever people type, it fits and it is well-formed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.base import Button
from bot.channels.telegram_text import html, pieces, rows, shortened, units
from tests import bot_api
from texts import Rich, Span, plain

# Markup, both widths of character, line ends: what a cut or an escape can get wrong.
WORDS = st.text(st.sampled_from("ab &<>\"'/;\n路灯😡") | st.characters(exclude_categories=["Cs"]))
RICH = st.lists(st.builds(Span, WORDS, st.booleans())).map(tuple)
LIMIT = st.integers(4, 40)


@given(RICH)
def test_people_read_exactly_what_was_written_and_never_break_the_markup(rich: Rich) -> None:
    seen, wrong = bot_api.visible(html(rich))

    assert (seen, wrong) == (plain(rich), [])


@given(RICH, LIMIT)
@settings(max_examples=300)
def test_a_split_text_survives_whole_in_pieces_that_fit(rich: Rich, limit: int) -> None:
    parts = pieces(rich, limit)

    assert _letters("".join(map(plain, parts))) == _letters(plain(rich))
    for part in parts:
        assert bot_api.units(plain(part)) <= limit or not plain(rich).strip()
        assert bot_api.visible(html(part)) == (plain(part), [])
    assert len(parts) == 1 or all(plain(part).strip() for part in parts)


@given(RICH, LIMIT)
def test_a_shortened_text_fits_and_says_that_something_is_missing(rich: Rich, limit: int) -> None:
    short = plain(shortened(rich, limit))

    assert bot_api.units(short) <= limit
    assert short == plain(rich) or (short[-1] == "…" and plain(rich).startswith(short[:-1]))


@given(WORDS)
def test_length_is_counted_as_telegram_counts_it(text: str) -> None:
    assert units(text) == bot_api.units(text)


def test_a_text_is_parted_at_the_end_of_a_line_and_keeps_its_bold() -> None:
    rich = (Span("line one\nline "), Span("two\nline three", bold=True))

    assert [html(part) for part in pieces(rich, 20)] == [
        "line one\nline <b>two</b>",
        "<b>\nline three</b>",
    ]


def test_a_long_line_is_parted_at_a_space_and_a_longer_word_anywhere() -> None:
    assert [plain(p) for p in pieces((Span("one two threefourfive"),), 8)] == [
        "one two",
        " threefo",
        "urfive",
    ]


@pytest.mark.parametrize(
    ("labels", "laid"),
    [
        (["签收", "退回", "求助"], [["签收", "退回", "求助"]]),
        (["提问", "签收", "退回", "求助"], [["提问", "签收", "退回"], ["求助"]]),
        (["👍 附议", "进度"], [["👍 附议", "进度"]]),
        (["非常满意", "满意", "基本满意", "不满意", "非常不满意"],
         [["非常满意", "满意", "基本满意"], ["不满意", "非常不满意"]]),
        (["3号楼门口的路灯坏了三天了", "是"], [["3号楼门口的路灯坏了三天了"], ["是"]]),
        ([], []),
    ],
)  # fmt: skip
def test_short_buttons_share_a_row_that_a_narrow_phone_can_show(
    labels: list[str], laid: list[list[str]]
) -> None:
    shown = rows([Button(label, "no") for label in labels])

    assert [[button["text"] for button in row] for row in shown] == laid


def test_a_button_that_leads_to_the_bot_carries_no_deed() -> None:
    buttons = [Button("投票", "v:7", link="v7"), Button("进度", "v.p:7")]

    assert rows(buttons, "linli_bot") == [
        [
            {"text": "投票", "url": "https://t.me/linli_bot?start=v7"},
            {"text": "进度", "callback_data": "v.p:7"},
        ]
    ]
    assert [b["callback_data"] for b in rows(buttons)[0]] == ["v:7", "v.p:7"]


def _letters(text: str) -> str:
    return "".join(text.split())
