"""Rounds of secret ballots about how something was: 群众评议 and satisfaction (handbook 6).

Nothing passes or fails in a round. Few answers are not published: they would tell who gave them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

APPRAISAL, SATISFACTION = "appraisal", "satisfaction"
FEWEST_SHOWN = 3  # voters below whom nothing is shown (handbook: voting 2.1, Loomio)
FEWEST_RATED = 10  # answers below which no rate is published (handbook: voting 6)
SATISFIED = 2  # of the five levels, the best ones (满意率 = 很满意 + 满意)
Z = 1.96  # of a 95 percent interval


def counts_everybody(kind: str) -> bool:
    """Whether it matters how many could have answered: an appraisal takes the quorum of its
    meeting, satisfaction is that of those who answer (handbook: voting 6)."""
    return kind != SATISFACTION


@dataclass(frozen=True)
class Rate:
    """A share with what it is a part of, and its 95 % Wilson interval in tenths of a percent."""

    part: int
    whole: int
    low: int
    high: int


def rate(part: int, whole: int) -> Rate:
    """For display only. 9 of 10 is 59.6 to 98.2 percent: few answers say little."""
    share = part / whole
    middle = share + Z * Z / (2 * whole)
    spread = Z * sqrt(share * (1 - share) / whole + Z * Z / (4 * whole * whole))
    scale = 1 + Z * Z / whole
    low, high = ((middle + sign * spread) / scale for sign in (-1, 1))
    return Rate(part, whole, round(low * 1000), round(high * 1000))


def satisfied(chosen: Mapping[str, int]) -> Rate | None:
    """满意率 of the answers by their position, the best first; None where they are too few."""
    whole = sum(many for answer, many in chosen.items() if answer.isdigit())
    if whole < FEWEST_RATED:
        return None
    best = [str(n) for n in range(1, SATISFIED + 1)]
    return rate(sum(chosen.get(n, 0) for n in best), whole)


def found_incompetent(chosen: Mapping[str, int], answers: Sequence[str], taking_part: int) -> bool:
    """Whether more than half of those taking part say 不称职, the last of the four words.

    A finding for people to act on: twice in a row ends an office by law (居委会法 Art. 37), and
    people declare it, never a program.
    """
    return 2 * chosen.get(str(len(answers)), 0) > taking_part
