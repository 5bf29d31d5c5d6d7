"""What a picture shows comes through the outbox as it was decided."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.drawing import Drawing, Part
from domain.question import Scope
from domain.voting import RULES, Result
from tests.drawings import (
    CLOSED,
    ESTATE,
    NO_QUORUM,
    PASSED,
    REJECTED,
    STAIR,
    a_drawing,
    a_part,
)

MOST = 10**15  # far above the area of any town in 0.01 m²

counts = st.integers(0, 9) | st.integers(0, MOST)


@st.composite
def measured(draw: st.DrawFn) -> tuple[int, ...]:
    """Whoever is on the roll, and how they answered; the first number is all of them."""
    answers = [draw(counts) for _ in range(5)]
    return (sum(answers), *answers[:4])


parts = st.builds(
    a_part,
    measured(),
    measured(),
    rule=st.sampled_from(sorted(RULES)),
    scope=st.sampled_from([STAIR, ESTATE, Scope("grid", "1"), Scope("building", "3")]),
    consents=st.lists(st.booleans(), max_size=3).map(tuple),
)
drawings = st.builds(
    Drawing,
    matter=st.integers(1, MOST),
    title=st.text(max_size=200),
    effect=st.sampled_from(["binding", "advisory", "rehearsal"]),
    closed_at=st.just(CLOSED),
    parts=st.lists(parts, min_size=1, max_size=3).map(tuple),
    asked=st.integers(3, 9),
)


@given(drawings)
def test_a_drawing_comes_out_of_the_outbox_as_it_went_in(drawing: Drawing) -> None:
    assert Drawing.from_json(json.loads(json.dumps(drawing.as_json()))) == drawing


@pytest.mark.parametrize(
    ("parts", "result"),
    [
        ([PASSED], Result.PASSED),
        ([REJECTED], Result.REJECTED),
        ([PASSED, NO_QUORUM], Result.NO_QUORUM),
        ([PASSED, REJECTED], Result.REJECTED),
    ],
)
def test_the_whole_comes_to_what_its_worst_part_comes_to(parts: list[Part], result: Result) -> None:
    assert a_drawing(*parts).result is result


def test_a_part_says_what_it_counted_although_somebody_withheld_consent() -> None:
    part = a_part((9, 9, 0, 0, 0), (9, 9, 0, 0, 0), consents=(True, False, True))
    drawing = a_drawing(part, asked=3)

    assert (part.counted, drawing.result) == (Result.PASSED, Result.REJECTED)
    assert (drawing.given, drawing.asked) == (2, 3)
