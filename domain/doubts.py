"""Which ballots a person should look at. Nothing here takes a ballot away: people decide.

The signs are the handbook's (voting 3.2). They are signs, not proof: neighbours do vote within
a minute of the same message.
"""

from collections import deque
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Reason(StrEnum):
    REPORTED = "reported"  # the voter says that it is not theirs
    BURST = "burst"  # many alike within a minute, by accounts that had never done anything
    NEW = "new"  # whoever cast it was confirmed only days before
    LATE = "late"  # changed in the last hour
    UNTIED = "untied"  # whoever cast it was found not to act for the owner, while it was voted
    TWICE = "twice"  # its voter has another one here, as turned out since (I2)
    SOLD = "sold"  # the list of owners says another thing of the flat since the freeze (I14)


TO_BE_ASKED = frozenset({Reason.REPORTED, Reason.BURST, Reason.UNTIED, Reason.TWICE})
BURST, WITHIN = 5, timedelta(seconds=60)  # alike, and in this time (handbook: voting 3.2)
FRESH = timedelta(days=7)  # since somebody was confirmed
LAST_HOUR = timedelta(hours=1)  # before the close


class State(StrEnum):
    OPEN = "open"
    ASKED = "asked"  # an officer wants it struck out; another one has to agree
    KEPT = "kept"
    STRUCK = "struck"


UNDECIDED = frozenset({State.OPEN, State.ASKED})


class Verdict(StrEnum):
    KEEP = "keep"
    STRIKE = "strike"


class Refusal(StrEnum):
    """Why nothing was decided or reported. Each value is the key of the text the person reads."""

    NOT_YOURS = "doubts.not_yours"
    UNKNOWN = "doubts.unknown"
    NOT_NOW = "doubts.not_now"
    DECIDED = "doubts.decided_already"
    SECOND_PERSON = "doubts.second_person"
    OWN_BALLOT = "doubts.own_ballot"
    HAD_A_HAND = "doubts.had_a_hand"  # wrote it down, confirmed it, or cast it as a proxy
    STRUCK_ALREADY = "doubts.struck_already"
    REASON_NEEDED = "doubts.reason_needed"


@dataclass(frozen=True)
class Seen:
    """A standing ballot as the signs are looked for in it."""

    seq: int
    choice: str | None
    at: datetime
    by_chat: bool  # pressed by the voter; paper and proxies come in one after another anyway
    changed: bool  # it took the place of an earlier one


def bursts(ballots: Iterable[Seen]) -> set[int]:
    """Ballots that have enough others alike within the time.

    What is handed in are the ballots of accounts that had never done anything.
    """
    recent: dict[str | None, deque[Seen]] = {}
    found: set[int] = set()
    for ballot in sorted((b for b in ballots if b.by_chat), key=lambda b: (b.at, b.seq)):
        run = recent.setdefault(ballot.choice, deque())
        run.append(ballot)
        while ballot.at - run[0].at > WITHIN:
            run.popleft()
        if len(run) >= BURST:
            begun = run[-2].seq in found
            found.update([ballot.seq] if begun else (b.seq for b in run))
    return found


def late(ballots: Iterable[Seen], closes_at: datetime) -> set[int]:
    """Changed in the last hour before the close: it may be somebody who was pressed, or freed."""
    return {b.seq for b in ballots if b.changed and b.at >= closes_at - LAST_HOUR}


def is_new(confirmed_at: datetime | None, at: datetime) -> bool:
    """Whether whoever cast a ballot at this moment had been confirmed only days before."""
    return confirmed_at is not None and at - confirmed_at < FRESH


def decide(state: State, verdict: Verdict, officer: int, asked_by: int | None) -> State | Refusal:
    """What becomes of a doubt. To keep a ballot takes one officer, to strike it out two."""
    if state not in UNDECIDED:
        return Refusal.DECIDED
    if verdict is Verdict.KEEP:
        return State.KEPT
    if state is State.OPEN:
        return State.ASKED
    return Refusal.SECOND_PERSON if officer == asked_by else State.STRUCK


def of_line(states: Set[State]) -> State:
    """A ballot that is doubted for several reasons is decided once, for all of them."""
    order = (State.STRUCK, State.ASKED, State.OPEN, State.KEPT)
    return next(state for state in order if state in states)
