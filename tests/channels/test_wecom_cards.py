"""How messages with choices become cards of WeCom: every size keeps to what a card can show."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.base import Button
from bot.channels.wecom_cards import shown
from tests.fake_wecom import FakeWeCom
from tests.world import FakeClock


def buttons(many: int, label: str = "好") -> tuple[Button, ...]:
    return tuple(Button(f"{label}{n}", f"call:{n}") for n in range(many))


KINDS = {
    0: ["text_notice"], 1: ["button_interaction"], 6: ["button_interaction"],
    7: ["vote_interaction"], 20: ["vote_interaction"], 21: ["vote_interaction"] * 2,
}  # fmt: skip


@pytest.mark.parametrize(("many", "kinds"), KINDS.items())
def test_so_many_choices_make_such_cards(many: int, kinds: list[str]) -> None:
    assert [card["card_type"] for card in shown("请选", buttons(many), "确定").cards] == kinds


def test_a_long_first_line_goes_on_below_where_one_may_pause() -> None:
    words = "1号（3号楼门口路灯坏了）有进展：周警官已签收，3月5日周四 12:00前办结。"
    drawn = shown(words, buttons(2), "确定")
    (card,) = drawn.cards

    assert card["main_title"]["title"] == "1号（3号楼门口路灯坏了）有进展：周警官已签收，"
    assert (card["sub_title_text"], drawn.words) == ("3月5日周四 12:00前办结。", "")


def test_a_label_without_room_is_numbered_and_stands_whole_among_the_words() -> None:
    (card,) = shown(
        "请选", (Button("12号事项还没表态的人", "d"), Button("好", "mine")), "确定"
    ).cards

    assert [b["text"] for b in card["button_list"]] == ["1. 12号事项还…", "好"]
    assert card["sub_title_text"] == "1. 12号事项还没表态的人"


@settings(max_examples=150, deadline=None)
@given(
    words=st.text("路灯坏了，。\n a1", max_size=400), many=st.integers(0, 45),
    label=st.text("附议提交第一", max_size=20),
)  # fmt: skip
def test_no_card_breaks_a_rule_and_no_word_is_lost(words: str, many: int, label: str) -> None:
    fake = FakeWeCom(FakeClock())
    drawn = shown(words, buttons(many, label), "确定")
    seen = [fake._card(card | {"task_id": str(n)}) for n, card in enumerate(drawn.cards)]

    assert fake.violations == []
    assert sum(len(card.choices) for card in seen) == many
    whole = drawn.words or "".join(seen[0].words.split("\n[")[0])
    assert "".join(words.split()) in "".join(whole.split())
