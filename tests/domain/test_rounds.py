"""Rates of few answers, and when a round has found somebody incompetent."""

import pytest

from domain.rounds import found_incompetent, rate, satisfied

WORDS = ("优秀", "称职", "基本称职", "不称职")


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(75, 100, 657, 825), (9, 10, 596, 982), (3, 3, 438, 1000)],
)
def test_the_intervals_of_the_handbook(part: int, whole: int, low: int, high: int):
    found = rate(part, whole)

    assert (found.low, found.high) == (low, high)


def test_below_ten_answers_there_is_no_rate():
    assert satisfied({"1": 5, "2": 4}) is None
    found = satisfied({"1": 5, "2": 4, "5": 1, "abstain": 7})
    assert found and (found.part, found.whole) == (9, 10)


@pytest.mark.parametrize(("incompetent", "finding"), [(2, False), (3, True)])
def test_a_finding_needs_more_than_half_of_those_taking_part(incompetent: int, finding: bool):
    chosen = {"1": 4 - incompetent, "4": incompetent}

    assert found_incompetent(chosen, WORDS, 4) is finding
