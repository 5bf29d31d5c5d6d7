"""What the settings mean: the category that words fall into, the language somebody reads."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Budget
from domain.community import Category, understand
from domain.conversation import Names
from tests.world import COMMUNITY


def a_category(code: str, *keywords: str) -> Category:
    return Category(code, Names({}), keywords, code)


LIFT = a_category("lift", "电梯", "lift")
NOISE = a_category("noise", "噪音", "电梯噪音", "太吵")
ROADS = a_category("roads", "路灯", "电梯")
OTHER = a_category("other")
ALL = (LIFT, NOISE, ROADS, OTHER)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        pytest.param("3号楼电梯坏了", LIFT, id="a-keyword"),
        pytest.param("电梯噪音", NOISE, id="the-longest-keyword"),
        pytest.param("太吵了，路灯也坏了", NOISE, id="the-one-said-first"),
        pytest.param("路灯坏了，太吵了", ROADS, id="the-one-said-first-in-the-other-order"),
        pytest.param("电梯", LIFT, id="the-first-listed-of-two-with-one-keyword"),
        pytest.param("The LIFT is stuck", LIFT, id="any-case"),
        pytest.param("你好", OTHER, id="nothing-fits"),
        pytest.param("", OTHER, id="no-words"),
    ],
)
def test_words_are_put_into_the_category_they_name(text: str, category: Category) -> None:
    assert understand(text, ALL) is category


@given(st.text())
def test_any_words_have_a_category(text: str) -> None:
    assert understand(text, ALL) in ALL


def test_an_old_case_outlives_its_category() -> None:
    assert COMMUNITY.category("lift").code == "lift"
    assert COMMUNITY.category("no longer configured").code == "other"


@pytest.mark.parametrize(
    ("resolve", "rework"),
    [
        ("3 working days", "2 working days"),
        ("1 working day", "1 working day"),
        ("24 hours", "24 hours"),
        ("5 days", "2 working days"),
    ],
)
def test_done_again_a_case_never_takes_longer_than_at_first(resolve: str, rework: str) -> None:
    ordinary = replace(COMMUNITY.deadlines.ordinary, resolve=Budget.parse(resolve))
    community = replace(COMMUNITY, deadlines=replace(COMMUNITY.deadlines, ordinary=ordinary))

    assert community.budgets("utilities")["rework"] == rework


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("zh-hans", "zh"),
        ("zh_CN", "zh"),
        ("en-GB", "en"),
        ("EN", "en"),
        ("fr", "zh"),
        ("english", "zh"),
        ("", "zh"),
        (None, "zh"),
    ],
)
def test_a_person_is_answered_in_the_language_nearest_to_their_own(
    said: str | None, language: str
) -> None:
    assert COMMUNITY.language_for(said) == language
