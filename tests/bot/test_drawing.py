"""The picture of a result: readable on a phone, the same each time, and nothing cut off."""

import json
from datetime import date, timedelta
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.drawer import Drawer
from bot.drawing import ABSTAIN, NO, SPOILED, VERDICTS, YES, draw
from bot.pen import INNER, MARGIN, WIDTH, Page, Pattern
from bot.trend import draw_trend
from domain.drawing import Drawing, Part
from domain.health import State
from domain.question import Scope
from domain.trend import Reached, Trend, Week
from tests.domain.test_drawing import drawings
from tests.drawings import ESTATE, NO_QUORUM, PASSED, REJECTED, a_drawing, a_part
from tests.world import SHANGHAI
from texts import Texts

TEXTS = Texts.load("zh", SHANGHAI)
WHITE = 250  # of 255: having few colours costs the paper a shade that nobody sees
FILL = Pattern("solid", "#0000ff")
FLAG = 20  # pixels that the triangle of a line at the very end of a bar stands out


def picture(drawing: Drawing, language: str = "zh") -> Image.Image:
    image = Image.open(BytesIO(draw(TEXTS, drawing, language)))
    assert image.format == "PNG"
    return image.convert("RGB")


WEEKS = tuple(
    Week(date(2026, 3, 2) + timedelta(days=7 * n), state, n * 90)
    for n, state in enumerate([*State, *State])
)
PARTS = tuple(
    Reached(name, 20, n * 200)
    for n, name in enumerate(("active", "answered", "speed", "turnout", "days", "loops"))
)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("weeks", [WEEKS[:1], WEEKS])
def test_how_a_group_fared_fits_a_phone(weeks: tuple[Week, ...], language: str) -> None:
    trend = Trend(Scope("building", "3"), weeks, PARTS)
    image = Image.open(BytesIO(draw_trend(TEXTS, trend, language))).convert("RGB")

    assert_fits(image)
    assert Trend.from_json(json.loads(json.dumps(trend.as_json()))) == trend


def is_blank(image: Image.Image, box: tuple[int, int, int, int]) -> bool:
    return image.crop(box).convert("L").getextrema()[0] >= WHITE


def assert_fits(image: Image.Image) -> None:
    """Telegram's bounds (core.telegram.org/bots/api#sendphoto), and a clean edge all around."""
    width, height = image.size
    assert width == WIDTH and width + height <= 10_000 and height <= 20 * width
    assert is_blank(image, (0, 0, MARGIN - FLAG, height))
    assert is_blank(image, (width - MARGIN + FLAG, 0, width, height))
    assert is_blank(image, (0, 0, width, 20)) and is_blank(image, (0, height - 20, width, height))
    assert not is_blank(image, (MARGIN, MARGIN, width - MARGIN, height - MARGIN))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("part", [PASSED, REJECTED, NO_QUORUM], ids=lambda part: part.counted)
def test_every_result_fits_a_phone_in_every_language(part: Part, language: str) -> None:
    image = picture(a_drawing(part), language)

    assert_fits(image)
    assert image.height > image.width


@given(drawings, st.sampled_from(["zh", "en"]))
@settings(max_examples=25, deadline=None)
def test_nothing_is_cut_off_whatever_the_numbers_and_words(drawing: Drawing, language: str) -> None:
    assert_fits(picture(drawing, language))


@pytest.mark.parametrize(
    "title",
    [
        "",
        "🎉🎉",
        "加装电梯\n\n第二行",
        "装" * 500,
        "W" * 500,
        "a " * 500,
        "𠮷野家（旧址）",
        "\u202e",
    ],
)
def test_any_title_can_be_drawn(title: str) -> None:
    assert_fits(picture(a_drawing(title=title)))


def test_the_same_result_is_the_same_picture_and_another_is_another() -> None:
    drawings = [
        a_drawing(),
        a_drawing(REJECTED),
        a_drawing(title="加装电梯"),
        a_drawing(effect="rehearsal"),
        a_drawing(PASSED, a_part((900, 800, 90, 9, 0), (900, 800, 90, 9, 0), scope=ESTATE)),
    ]
    seen = [draw(TEXTS, d, language) for d in drawings for language in ("zh", "en")]

    assert draw(TEXTS, a_drawing(), "zh") == seen[0]
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize(("one", "other"), [("囍", "龘"), ("垚", "犇"), ("é", "ü")])
def test_rare_characters_are_drawn_and_not_replaced_by_a_box(one: str, other: str) -> None:
    assert draw(TEXTS, a_drawing(title=one), "zh") != draw(TEXTS, a_drawing(title=other), "zh")


def test_no_answer_and_no_result_is_told_by_colour_alone() -> None:
    assert len({pattern.kind for pattern in (YES, NO, ABSTAIN, SPOILED)}) == 4
    assert len({mark for mark, _ in VERDICTS.values()}) == len(VERDICTS)


@pytest.mark.parametrize(("value", "reached"), [(666_666, False), (666_667, True)])
def test_the_eye_sees_which_side_of_the_line_a_count_is_on(value: int, reached: bool) -> None:
    page = Page(300)
    page.bar([(FILL, value)], 1_000_000, (2, 3), ("", ""), met=reached)
    image = Image.open(BytesIO(page.png()))
    line, middle = MARGIN + INNER * 2 // 3, page.y - 50

    beside = [is_blank(image, (x, middle, x + 1, middle + 1)) for x in (line - 8, line + 8)]

    assert beside == [not reached, not reached]


async def test_many_groups_are_shown_one_picture_that_was_drawn_once() -> None:
    drawer = Drawer(TEXTS)
    first, again = await drawer.image(a_drawing(), "zh"), await drawer.image(a_drawing(), "zh")

    assert first is not None and first is again
    assert await drawer.image(a_drawing(), "en") != first


async def test_what_cannot_be_drawn_is_no_picture_and_no_fault() -> None:
    assert await Drawer(TEXTS).image(a_drawing(effect="unheard of"), "zh") is None
