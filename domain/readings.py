"""What belongs beside a decision: other readings of its ballots, and what doubted ones could do."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum

from domain.voting import Decisions, Part, Result, Silence, Tally, Terms, combine, decide_all


class Reading(StrEnum):
    """Another way to read the same ballots."""

    SILENT_LEFT_OUT = "silent_left_out"
    SPOILED_COUNTED = "spoiled_counted"
    SPOILED_LEFT_OUT = "spoiled_left_out"
    STRUCK_COUNTED = "struck_counted"


def readings(
    parts: Sequence[Part], terms: Terms, consents: Sequence[bool] = ()
) -> dict[Reading, Decisions]:
    """What has to be published beside the decisions of a matter.

    Where the silent follow the majority, always the decisions without them (handbook: voting
    1.2); the other treatment of spoiled ballots where it changes the result (1.8, I13).
    """
    found: dict[Reading, Decisions] = {}
    if terms.silence is Silence.FOLLOW_MAJORITY and terms.silence_agreed:
        alone = replace(terms, silence=Silence.NONE)
        found[Reading.SILENT_LEFT_OUT] = decide_all(parts, alone, consents)
    other = decide_all(parts, replace(terms, invalid_counts=not terms.invalid_counts), consents)
    if combine(other) is not combine(decide_all(parts, terms, consents)):
        counted = terms.invalid_counts
        found[Reading.SPOILED_LEFT_OUT if counted else Reading.SPOILED_COUNTED] = other
    return found


IN_FAVOUR = ("yes",)
OTHERWISE = ("no", "abstain", "spoiled")


def sensitivity(
    parts: Sequence[Part],
    doubtful: Sequence[Tally],
    terms: Terms,
    consents: Sequence[bool] = (),
) -> frozenset[Result]:
    """What else the result could be without doubtful ballots; empty where it stays as it is.

    ``doubtful``: the doubted ballots of each part; who handed them in then takes no part at
    all. Left out are the yes alone, the others alone, and all. Where no rule of silence adds
    anybody this settles every mixture for a matter that passed: approval is smallest without
    the yes alone, the quorum without all of them.
    """
    possible = set()
    for names in (IN_FAVOUR, OTHERWISE, IN_FAVOUR + OTHERWISE):
        left = [
            (rule, _without(tally, doubted, names))
            for (rule, tally), doubted in zip(parts, doubtful, strict=True)
        ]
        possible.add(combine(decide_all(left, terms, consents)))
    return frozenset(possible - {combine(decide_all(parts, terms, consents))})


def _without(tally: Tally, doubted: Tally, names: Iterable[str]) -> Tally:
    left = {name: getattr(tally, name) - getattr(doubted, name) for name in names}
    return replace(tally, **left)
