"""A group's state by rule and its score by parts: the handbook's examples and the edges."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.health import (
    FEW,
    HARDLY_ANY,
    WEEK,
    Counts,
    Look,
    Score,
    Standing,
    State,
    is_below,
    median,
    next_state,
    score,
    state,
    weeks_below,
)

MONDAY = date(2026, 3, 2)

LIVELY = Counts(
    members=120, active=31, days_since=0, days_alive=22, questions=14, unanswered=1,
    median_hours=Fraction(3, 2), turnout=Fraction(46, 100), finished=1, closed_loops=1,
)  # fmt: skip
ONE_LOUD = Counts(
    members=120, active=4, days_since=1, days_alive=20, questions=6, unanswered=4,
    median_hours=Fraction(9), turnout=Fraction(12, 100), finished=1, closed_loops=0,
    weeks_below_5=2,
)  # fmt: skip
NOTICES = Counts(
    members=200, active=3, days_since=41, days_alive=2, turnout=Fraction(38, 100),
    finished=1, closed_loops=1,
)  # fmt: skip
SLEEPS = Counts(members=90, active=1, days_since=36, days_alive=1, turnout=Fraction(3, 100))
SMALL = Counts(
    members=9, active=4, days_since=9, days_alive=3, turnout=Fraction(77, 100),
    finished=1, closed_loops=1,
)  # fmt: skip
DEAD = Counts(members=60, active=0, days_since=75, days_alive=0)


@pytest.mark.parametrize(
    ("counts", "tenths", "found"),
    [
        (LIVELY, 974, State.ACTIVE),
        (ONE_LOUD, 381, State.DORMANT),  # one loud member does not hide it
        (SMALL, 875, State.ACTIVE),  # nine days are not long for nine people
        (DEAD, 0, State.ARCHIVE_CANDIDATE),
        (NOTICES, 416, State.BROADCAST),
        (SLEEPS, 62, State.ZOMBIE),
    ],
)
def test_the_worked_examples(counts: Counts, tenths: int, found: State):
    """Where the handbook tells no days alive, they are those that lead to its score."""
    assert state(counts) is found
    assert score(counts).tenths == tenths


def test_a_notice_board_stays_one_however_long_it_is_silent():
    assert state(replace(NOTICES, days_since=200)) is State.BROADCAST
    assert state(replace(NOTICES, days_since=200, turnout=None)) is State.ARCHIVE_CANDIDATE
    assert state(replace(NOTICES, days_since=41, turnout=Fraction(19, 100))) is State.ZOMBIE


@pytest.mark.parametrize(
    ("active", "members", "limit", "below"),
    [
        (3, 60, FEW, False), (2, 60, FEW, True), (5, 100, FEW, False), (4, 100, FEW, True),
        (2, 100, HARDLY_ANY, False), (1, 100, HARDLY_ANY, True), (3, 150, HARDLY_ANY, False),
        (2, 2, FEW, False), (1, 2, FEW, True),  # more than everybody is asked of nobody
    ],
)  # fmt: skip
def test_hardly_anybody(active: int, members: int, limit: tuple[int, int], below: bool):
    assert is_below(active, members, limit) is below


def a_look(weeks_ago: int, active: int) -> Look:
    week = MONDAY - WEEK * weeks_ago
    return Look(week, week, Standing(State.QUIET), Score(()), 100, active, 1)


def test_weeks_count_in_a_row_and_only_while_it_goes_on():
    now = Counts(members=100, active=4, days_since=1, days_alive=1)
    earlier = [a_look(1, 4), a_look(2, 0), a_look(3, 7), a_look(4, 0)]

    assert weeks_below(now, MONDAY, earlier, FEW) == 2
    assert weeks_below(replace(now, active=5), MONDAY, earlier, FEW) == 0
    assert weeks_below(now, MONDAY, [a_look(2, 0)], FEW) == 0  # nobody looked last week


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (7, State.ACTIVE), (8, State.QUIET), (14, State.QUIET), (15, State.DORMANT),
        (30, State.DORMANT), (31, State.ZOMBIE), (60, State.ZOMBIE),
        (61, State.ARCHIVE_CANDIDATE),
    ],
)  # fmt: skip
def test_silence_by_its_length(days: int, found: State):
    counts = Counts(members=100, active=20, days_since=days, days_alive=3)

    assert state(counts) is found
    assert state(replace(counts, members=14, days_since=days * 2)) is found


def test_before_the_window_is_full_few_are_no_sign_and_silence_is():
    new = Counts(members=120, active=1, days_since=0, days_alive=1, watched=27)

    assert state(new) is State.ACTIVE
    assert state(replace(new, watched=28)) is State.QUIET
    assert state(replace(new, days_since=15)) is State.DORMANT
    earlier = [a_look(1, 0), a_look(2, 0), a_look(3, 0)]
    assert weeks_below(new, MONDAY, earlier, FEW) == 0
    assert weeks_below(replace(new, watched=28), MONDAY, earlier, FEW) == 3


def test_a_temporary_group_is_over_two_weeks_after_its_task():
    counts = Counts(members=30, active=20, days_since=0, days_alive=9, days_since_task=13)

    assert state(counts) is State.ACTIVE
    assert state(replace(counts, days_since_task=14)) is State.ARCHIVE_CANDIDATE


def test_what_cannot_be_known_is_left_out_and_said():
    told = score(Counts(members=100, active=10, days_since=1, days_alive=6, questions=4))

    assert [part.name for part in told.parts] == ["active", "days"]
    assert told.weight == 35 and told.tenths == 500


def test_between_the_weekly_looks_only_what_is_worse_is_seen():
    standing = Standing(State.DORMANT, 1)

    assert next_state(standing, State.ACTIVE, weekly=False) == standing
    assert next_state(standing, State.ZOMBIE, weekly=False) == Standing(State.ZOMBIE)
    assert next_state(standing, State.DORMANT, weekly=False) == Standing(State.DORMANT)


def test_a_notice_board_is_known_at_once_and_left_at_once():
    assert next_state(Standing(State.ZOMBIE), State.BROADCAST) == Standing(State.BROADCAST)
    assert next_state(Standing(State.BROADCAST), State.ACTIVE) == Standing(State.ACTIVE)


def test_the_median_is_in_the_middle():
    assert median([]) is None
    assert (median([5, 1, 9]), median([1, 2])) == (5, Fraction(3, 2))


def test_better_holds_only_after_two_looks_worse_at_once():
    standing = Standing(State.DORMANT)
    once = next_state(standing, State.ACTIVE)
    assert once == Standing(State.DORMANT, 1)
    assert next_state(once, State.ACTIVE) == Standing(State.ACTIVE)
    assert next_state(once, State.DORMANT) == Standing(State.DORMANT)
    assert next_state(standing, State.ZOMBIE) == Standing(State.ZOMBIE)


@given(some.integers(0, 300), some.integers(0, 300), some.integers(0, 90), some.integers(0, 28))
def test_the_score_stays_between_nothing_and_all(members: int, active: int, days: int, alive: int):
    told = score(Counts(members, min(active, members), days, alive))

    assert 0 <= told.tenths <= 1000
