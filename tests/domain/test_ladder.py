"""The ladder: the one small step a silent group needs, and how many have to want it to stay."""

from datetime import timedelta

import pytest

from domain.health import State
from domain.ladder import AGAIN, BETWEEN, Means, Step, Taken, needs_to_stay, next_step, stays
from tests.databases import NOON

ALL = Means(unanswered=2, mended=True, willing=3)
NOTHING = Means()


@pytest.mark.parametrize(
    ("state", "means", "step"),
    [
        (State.QUIET, ALL, Step.TASKS),  # answers before anything else
        (State.QUIET, Means(mended=True, willing=3), Step.OUTCOME),
        (State.QUIET, Means(willing=3), Step.QUESTION),
        (State.DORMANT, ALL, Step.TASKS),
        (State.DORMANT, Means(mended=True, willing=1), Step.ASK),
        (State.DORMANT, Means(mended=True), Step.OUTCOME),
        (State.DORMANT, NOTHING, Step.QUESTION),
        (State.ZOMBIE, ALL, Step.KEEP),
        (State.ARCHIVE_CANDIDATE, NOTHING, Step.KEEP),
        (State.ACTIVE, ALL, None),
        (State.BROADCAST, ALL, None),  # it works as it is
    ],
)
def test_the_first_step_of_each_state(state: State, means: Means, step: Step | None):
    assert next_step(state, means, [], now=NOON) is step


def test_one_step_at_a_time_and_a_week_between_two():
    goes_on = [Taken(Step.TASKS, None)]
    ended = [Taken(Step.TASKS, NOON - BETWEEN)]

    assert next_step(State.QUIET, ALL, goes_on, now=NOON) is None
    assert next_step(State.ZOMBIE, ALL, goes_on, now=NOON) is None
    assert next_step(State.QUIET, ALL, ended, now=NOON - timedelta(seconds=1)) is None
    assert next_step(State.QUIET, ALL, ended, now=NOON) is Step.TASKS


@pytest.mark.parametrize(
    ("step", "state", "instead"),
    [
        (Step.QUESTION, State.QUIET, None),
        (Step.ASK, State.DORMANT, Step.QUESTION),
        (Step.KEEP, State.ZOMBIE, None),
    ],
)
def test_what_was_done_is_not_done_again_soon(step: Step, state: State, instead: Step | None):
    means, taken = Means(willing=3), [Taken(step, NOON)]

    assert next_step(state, means, taken, now=NOON + AGAIN[step] - timedelta(days=1)) is instead
    assert next_step(state, means, taken, now=NOON + AGAIN[step]) is step


@pytest.mark.parametrize(
    ("members", "needs"), [(0, 1), (1, 1), (2, 2), (9, 3), (60, 3), (61, 4), (90, 5), (200, 10)]
)
def test_so_many_keep_a_group(members: int, needs: int):
    assert needs_to_stay(members) == needs
    assert stays(needs, members) and not stays(needs - 1, members)
