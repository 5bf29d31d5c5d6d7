"""Which open cases look like the one somebody is about to raise."""

from textdistance import Cosine

from storage.tickets import Case

PAIR = 2  # characters; words without one look like nothing, and so does a picture alone

# Cosine of character pairs: of the signals measured on pairs of real messages it needs no
# model and no memory. With the grid and the category as filters it only has to rank a few.
PAIRS = Cosine(qval=PAIR)
ALIKE = 0.2
COMPARED_CHARACTERS = 80
MOST_SHOWN = 3


def look_alikes(text: str, cases: list[Case]) -> list[Case]:
    """The cases most like ``text``, best first, at most three; none below the threshold."""
    short = text.strip()[:COMPARED_CHARACTERS]
    if len(short) < PAIR:
        return []
    told = (case for case in cases if len(case.summary) >= PAIR)
    scored = ((PAIRS.normalized_similarity(short, case.summary), case) for case in told)
    best = sorted((s for s in scored if s[0] >= ALIKE), key=lambda s: (-s[0], s[1].number))
    return [case for _, case in best[:MOST_SHOWN]]
