"""Which open cases look like the one somebody is about to raise."""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from math import sqrt
from typing import Protocol, TypeVar

from textdistance import Cosine

from handlers.turn import Turn
from storage.tickets import Case

PAIR = 2  # characters; words without one look like nothing, and so does a picture alone

# Cosine of character pairs: of the signals measured on pairs of real messages it needs no
# model and no memory. With the grid and the category as filters it only has to rank a few.
PAIRS = Cosine(qval=PAIR)
ALIKE = 0.2
COMPARED_CHARACTERS = 80
MOST_SHOWN = 3


class Told(Protocol):
    """A case as far as it is compared."""

    @property
    def number(self) -> int: ...
    @property
    def summary(self) -> str: ...


ToldT = TypeVar("ToldT", bound=Told)


async def told_before(turn: Turn, text: str, category: str, grid: str | None) -> list[Case]:
    """The open cases of this grid and category that look like it, best first.

    Danger looks like none: it may not wait until somebody has read and chosen.
    """
    if turn.community.is_emergency(text):
        return []
    compared = await turn.uow.tickets.to_compare(grid, category)
    numbers = [told.number for told in look_alikes(text, compared)]
    cases = await turn.uow.tickets.among(numbers) if numbers else {}
    return [cases[number] for number in numbers]


def look_alikes(text: str, cases: Iterable[ToldT]) -> list[ToldT]:
    """The cases most like ``text``, best first, at most three; none below the threshold."""
    short = text.strip()[:COMPARED_CHARACTERS]
    if len(short) < PAIR:
        return []
    pairs = Counter(map("".join, pairwise(short)))
    told = (case for case in cases if _may_be(pairs, len(short), case.summary))
    scored = ((PAIRS.normalized_similarity(short, case.summary), case) for case in told)
    best = sorted((s for s in scored if s[0] >= ALIKE), key=lambda s: (-s[0], s[1].number))
    return [case for _, case in best[:MOST_SHOWN]]


def _may_be(pairs: Counter[str], length: int, summary: str) -> bool:
    """Whether the threshold can be reached, at a tenth of what it costs to know how far."""
    if len(summary) < PAIR:
        return False
    shared = sum(many for pair, many in pairs.items() if pair in summary)
    return shared >= 0.99 * ALIKE * sqrt((length - 1) * (len(summary) - 1))
