"""How doubted ballots look to those who review them: never how a ballot was marked."""

from collections.abc import Sequence
from dataclasses import dataclass

from casework.doubt_actions import Decide, ShowDoubt
from domain.conversation import Blank, Choice, Phrase
from domain.doubts import TO_BE_ASKED, UNDECIDED, Reason, State, Verdict
from storage.doubts import Doubted
from storage.matters import Kept

MOST_LISTED = 12


@dataclass(frozen=True)
class Sorted:
    """Those to be asked about first, then the undecided, then the others; each by its line."""

    shown: Sequence[Doubted]
    more: int


def in_order(doubted: Sequence[Doubted], many: int) -> Sorted:
    """``many``: how many there are in all."""
    return Sorted(sorted(doubted, key=lambda d: (_rank(d), d.seq)), many - len(doubted))


def _rank(doubted: Doubted) -> int:
    if doubted.state not in UNDECIDED:
        return 2
    return 0 if doubted.reasons & TO_BE_ASKED else 1


def line(doubted: Doubted) -> Phrase:
    blanks: dict[str, Blank] = {"seq": doubted.seq, "why": why(doubted.reasons)}
    return Phrase("doubts.line", blanks | {"state": Phrase(f"doubts.state.{doubted.state}")})


def why(reasons: frozenset[Reason]) -> Phrase:
    """In one phrase: the first of them, and a second one behind it where there is one."""
    named = [Phrase(f"doubts.reason.{reason}") for reason in Reason if reason in reasons]
    found, *others = named
    for other in others:
        found = Phrase("doubts.and", {"one": found, "other": other})
    return found


def buttons(kept: Kept, sorted: Sorted) -> tuple[Choice, ...]:
    return tuple(
        Choice(Phrase("doubts.button.show", {"seq": d.seq}), ShowDoubt(kept.number, d.seq))
        for d in sorted.shown
        if d.state in UNDECIDED
    )


def verdicts(kept: Kept, doubted: Doubted) -> tuple[Choice, ...]:
    if doubted.state not in UNDECIDED:
        return ()
    strike = "strike" if doubted.state is State.OPEN else "agree"
    asked = ((Verdict.KEEP, "keep"), (Verdict.STRIKE, strike))
    return tuple(
        Choice(Phrase(f"doubts.button.{label}"), Decide(kept.number, doubted.seq, verdict))
        for verdict, label in asked
    )
