"""What is published beside a decision: the other readings, and what doubted ballots could do."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.readings import Reading, readings, sensitivity
from domain.voting import RULES, Result, Tally, Terms, decide
from tests.domain.votes import AGREED, equal

ORDINARY = RULES["OWNER_ORDINARY"]
COUNTED = Terms(invalid_counts=True)
PASSED, REJECTED, NO_QUORUM = Result.PASSED, Result.REJECTED, Result.NO_QUORUM


@pytest.mark.parametrize(
    ("terms", "tally", "found"),
    [
        (Terms(), equal(9, yes=6), {}),
        (AGREED, equal(100, yes=45, no=5, silent=30), {Reading.SILENT_LEFT_OUT: NO_QUORUM}),
        (AGREED, equal(9, yes=6, silent=1), {Reading.SILENT_LEFT_OUT: PASSED}),  # always
        (replace(AGREED, silence_agreed=False), equal(9, yes=6, silent=1), {}),
        (Terms(), equal(9, yes=5, spoiled=2), {Reading.SPOILED_COUNTED: PASSED}),
        (COUNTED, equal(9, yes=5, spoiled=2), {Reading.SPOILED_LEFT_OUT: NO_QUORUM}),
        (COUNTED, equal(9, yes=4, no=3, spoiled=1), {Reading.SPOILED_LEFT_OUT: PASSED}),
        (COUNTED, equal(9, yes=7, spoiled=1), {}),  # the same either way
    ],
)
def test_both_readings_are_told_where_a_setting_makes_the_difference(
    terms: Terms, tally: Tally, found: dict[Reading, Result]
):
    told = readings([(ORDINARY, tally)], terms)

    assert {reading: decision.result for reading, (decision,) in told.items()} == found


def test_a_matter_of_two_parts_is_read_as_a_whole():
    parts = [(RULES["OWNER_SPECIAL"], equal(12, yes=8)), (ORDINARY, equal(9, yes=5, spoiled=2))]

    (building, estate) = readings(parts, Terms())[Reading.SPOILED_COUNTED]

    assert (building.result, estate.result) == (PASSED, PASSED)


@pytest.mark.parametrize(
    ("tally", "doubtful", "other"),
    [
        (equal(9, yes=6), equal(0), set()),
        (equal(9, yes=8), equal(0, yes=2), set()),
        (equal(9, yes=6, no=1), equal(0, yes=2), {NO_QUORUM}),
        (equal(9, yes=5, no=4), equal(0, yes=1), {REJECTED}),
        (equal(9, yes=5, no=4), equal(0, yes=1, no=1), {REJECTED}),  # the same without both
        (equal(9, yes=4, no=4), equal(0, no=1), {PASSED}),
        (equal(9, yes=4, no=4), equal(0, yes=1, no=1), {PASSED}),
        (equal(9, yes=5, no=2), equal(0, yes=1, no=1), {NO_QUORUM}),
        (equal(9, yes=5), equal(0, yes=5), set()),  # fewer ballots never make a quorum
    ],
)
def test_doubted_ballots_are_told_by_what_they_could_change(
    tally: Tally, doubtful: Tally, other: set[Result]
):
    assert sensitivity([(ORDINARY, tally)], [doubtful], Terms()) == other


few = st.integers(0, 4)


@given(st.tuples(few, few, few), st.tuples(few, few, few), few, st.sampled_from(sorted(RULES)))
def test_a_matter_that_stays_passed_stays_so_whichever_ballots_fall_away(
    sure: tuple[int, ...], doubted: tuple[int, ...], absent: int, rule: str
):
    def tally(left: tuple[int, ...]) -> Tally:
        yes, no, abstain = (a + b for a, b in zip(sure, left, strict=True))
        return equal(sum(sure) + sum(doubted) + absent, yes=yes, no=no, abstain=abstain)

    doubtful = equal(0, **dict(zip(("yes", "no", "abstain"), doubted, strict=True)))
    mixtures = product(*(range(n + 1) for n in doubted))
    possible = {decide(RULES[rule], tally(left)).result for left in mixtures}

    if decide(RULES[rule], tally(doubted)).result is PASSED:
        stays = sensitivity([(RULES[rule], tally(doubted))], [doubtful], Terms()) == set()
        assert stays == (possible == {PASSED})
