"""Counts a roll and its ballots: which ballot of each voter stands, and what they add up to."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from domain.voting import Answer, Sum, Tally


class Ballot(NamedTuple):
    voter: str
    choice: Answer | None  # None: a spoiled paper ballot, which is no answer
    at: datetime  # aware, in any zone


class Reason(StrEnum):
    NOT_ON_ROLL = "not_on_roll"
    OUTSIDE_WINDOW = "outside_window"


class Refused(NamedTuple):
    ballot: Ballot
    reason: Reason


def count(
    roll: Mapping[str, int],
    ballots: Iterable[Ballot],
    opens_at: datetime,
    closes_at: datetime,
    delivered: Iterable[str] = (),
) -> tuple[Tally, list[Refused]]:
    """Count a roll (voter to area, 0 where heads are counted), and what was not counted and why.

    ``delivered`` are those who were reached; whoever of them is not on the roll changes nothing.
    """
    last, refused = standing(roll, ballots, opens_at, closes_at)
    return add_up(roll, last, delivered), refused


def standing(
    voters: Mapping[str, object], ballots: Iterable[Ballot], opens_at: datetime, closes_at: datetime
) -> tuple[dict[str, Ballot], list[Refused]]:
    """Each voter's last ballot with ``opens_at <= at < closes_at``; the refused in order of time.

    Of two at the same moment the later in the list stands. Spoiled ones stand like any other.
    """
    last: dict[str, Ballot] = {}
    refused: list[Refused] = []
    for ballot in ballots:
        voter, _, at = ballot
        if voter not in voters:
            refused.append(Refused(ballot, Reason.NOT_ON_ROLL))
        elif not opens_at <= at < closes_at:
            refused.append(Refused(ballot, Reason.OUTSIDE_WINDOW))
        elif voter not in last or last[voter].at <= at:
            last[voter] = ballot
    refused.sort(key=lambda each: each.ballot.at)
    return last, refused


def add_up(
    roll: Mapping[str, int], last: Mapping[str, Ballot], delivered: Iterable[str] = ()
) -> Tally:
    """The tally of one part, from the standing ballots of the whole matter."""
    reached = frozenset(delivered)
    areas: dict[str, list[int]] = {name: [] for name in (*Answer, "spoiled", "silent")}
    for voter, area in roll.items():
        ballot = last.get(voter)
        if ballot is None:
            if voter in reached:
                areas["silent"].append(area)
        else:
            areas[ballot.choice or "spoiled"].append(area)
    sums = {name: Sum(len(found), sum(found)) for name, found in areas.items()}
    return Tally(Sum(len(roll), sum(roll.values())), **sums)
