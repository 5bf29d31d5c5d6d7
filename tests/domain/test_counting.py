"""Which ballot stands: the window to the second, the last one of each voter, and who was silent."""

from datetime import timedelta, timezone

import pytest

from domain.counting import Ballot, Reason, add_up, count, standing
from domain.voting import Answer, Sum, Tally
from tests.domain.votes import CLOSES, FLAT, OPENS, minute

YES, NO, SPOILED = Answer.YES, Answer.NO, None
ROLL = {"ana": FLAT, "li": FLAT, "mei": FLAT + 1}
TICK = timedelta(microseconds=1)
HERE = timezone(timedelta(hours=8))


def counted(*ballots: Ballot, delivered: tuple[str, ...] = ()) -> Tally:
    return count(ROLL, ballots, OPENS, CLOSES, delivered)[0]


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        (OPENS - TICK, False),
        (OPENS, True),
        (CLOSES - TICK, True),
        (CLOSES, False),
        (CLOSES.astimezone(HERE), False),
        ((CLOSES - TICK).astimezone(HERE), True),
    ],
)
def test_a_ballot_counts_from_the_opening_up_to_but_not_at_the_close(at, counts: bool):
    tally, refused = count(ROLL, [Ballot("ana", YES, at)], OPENS, CLOSES)

    assert tally.yes.number == counts
    assert [each.reason for each in refused] == ([] if counts else [Reason.OUTSIDE_WINDOW])


@pytest.mark.parametrize(
    ("ballots", "stands"),
    [
        ([("ana", YES, minute(10)), ("ana", NO, minute(99))], NO),
        ([("ana", NO, minute(99)), ("ana", YES, minute(10))], NO),
        ([("ana", YES, minute(10)), ("ana", NO, minute(10))], NO),  # the later in the list
        ([("ana", YES, minute(10)), ("ana", NO, minute(10).astimezone(HERE))], NO),
        ([("ana", YES, minute(10)), ("ana", NO, CLOSES)], YES),
        ([("ana", YES, minute(10)), ("ana", SPOILED, minute(11))], SPOILED),
        ([("ana", SPOILED, minute(10)), ("ana", YES, minute(11))], YES),
    ],
)
def test_the_last_ballot_in_the_window_stands_valid_or_not(ballots, stands):
    last, _ = standing(ROLL, [Ballot(*each) for each in ballots], OPENS, CLOSES)

    assert last["ana"].choice == stands


def test_refused_ballots_are_told_in_the_order_of_their_time():
    ballots = [
        Ballot("li", YES, CLOSES + TICK),
        Ballot("tenant", YES, CLOSES),  # not on the roll is said first
        Ballot("ana", YES, CLOSES),
        Ballot("tenant", NO, minute(3).astimezone(HERE)),
    ]

    _, refused = count(ROLL, ballots, OPENS, CLOSES)

    assert [(each.ballot.voter, each.reason) for each in refused] == [
        ("tenant", "not_on_roll"),
        ("tenant", "not_on_roll"),
        ("ana", "outside_window"),
        ("li", "outside_window"),
    ]


def test_silent_are_those_who_were_reached_and_have_no_standing_ballot():
    tally = counted(
        Ballot("ana", SPOILED, minute(1)),
        Ballot("li", YES, CLOSES),  # late: no ballot at all
        delivered=("ana", "li", "li", "tenant"),
    )

    assert tally == Tally(Sum(3, 3 * FLAT + 1), spoiled=Sum(1, FLAT), silent=Sum(1, FLAT))


def test_one_ballot_counts_in_every_part_its_voter_is_in():
    """A lift: Ana lives on the stair, Li only in the estate."""
    ballots = [Ballot("ana", YES, minute(1)), Ballot("li", NO, minute(2))]
    last, refused = standing(ROLL, ballots, OPENS, CLOSES)

    stair, estate = add_up({"ana": FLAT}, last), add_up(ROLL, last)

    assert refused == []
    assert stair == Tally(Sum(1, FLAT), yes=Sum(1, FLAT))
    assert estate == Tally(Sum(3, 3 * FLAT + 1), yes=Sum(1, FLAT), no=Sum(1, FLAT))


def test_nobody_and_nothing_count_as_nothing():
    assert count({}, [], OPENS, CLOSES) == (Tally(), [])
