"""What to do next for a group that falls silent: one small step, for the one person who can do it.

The ladder is the handbook's (voting 4.4): answers before questions, a few people who agreed to
be asked before everybody, and the group's own word before an archive, which is a person's act.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.health import State

MOST_OFFERED = 3  # steps to one person in a day, however many groups there are
MOST_ASKED = 5  # residents who agreed to be asked, at most at once
KEEP = timedelta(days=7)  # how long a group may say whether it wants to stay
OFFERED = timedelta(days=7)  # how long an offer waits for its person
ANSWERED_BY = timedelta(days=3)  # how long a small question is open
DECIDED_BY = timedelta(days=14)  # how long the admin may take; then the group stays
ASKED_AGAIN = timedelta(days=28)  # before a resident who agreed to it is asked once more
SMALL_QUESTIONS = ("lights", "door", "stairs")  # of any building, in turn
BETWEEN = timedelta(days=7)  # from the end of one step to the next, in one group
AGAIN = {"question": timedelta(days=28), "ask": timedelta(days=28), "keep": timedelta(days=90)}


class Step(StrEnum):
    TASKS = "tasks"  # somebody answers what was asked, the oldest first
    OUTCOME = "outcome"  # the group reads what was mended, with the picture
    QUESTION = "question"  # one question about the building, two buttons
    ASK = "ask"  # a few residents who agreed to it are asked for one small thing
    KEEP = "keep"  # 保留 / 并入 / 归档, asked for a week


STEPS: dict[State, tuple[Step, ...]] = {
    State.QUIET: (Step.TASKS, Step.OUTCOME, Step.QUESTION),
    State.DORMANT: (Step.TASKS, Step.ASK, Step.OUTCOME, Step.QUESTION),
    State.ZOMBIE: (Step.KEEP,),
    State.ARCHIVE_CANDIDATE: (Step.KEEP,),
}


@dataclass(frozen=True)
class Means:
    """What there is to work with in a group now."""

    unanswered: int = 0  # questions nobody has answered
    mended: bool = False  # a case with a picture that the group has not read of
    willing: int = 0  # residents who agreed to be asked


@dataclass(frozen=True)
class Taken:
    """A step that was begun; ``ended`` is None while it goes on."""

    step: Step
    ended: datetime | None


def next_step(state: State, means: Means, taken: Iterable[Taken], *, now: datetime) -> Step | None:
    """The one step a group needs now; None while one goes on, or while there is none to take."""
    past = list(taken)
    if any(one.ended is None or now - one.ended < BETWEEN for one in past):
        return None
    tired = {one.step for one in past if one.ended and now - one.ended < _pause(one.step)}
    able = (step for step in STEPS.get(state, ()) if _can(step, means) and step not in tired)
    return next(able, None)


def _pause(step: Step) -> timedelta:
    return AGAIN.get(step, BETWEEN)


def _can(step: Step, means: Means) -> bool:
    match step:
        case Step.TASKS:
            return means.unanswered > 0
        case Step.OUTCOME:
            return means.mended
        case Step.ASK:
            return means.willing > 0
        case _:
            return True


def small_question(asked_before: int) -> str:
    """Another one each time."""
    return SMALL_QUESTIONS[asked_before % len(SMALL_QUESTIONS)]


class Answer(StrEnum):
    """To a small question: two buttons, and what is wrong becomes a case."""

    FINE = "fine"
    WRONG = "wrong"


class Wish(StrEnum):
    """What somebody wants to become of the group."""

    KEEP = "keep"
    MERGE = "merge"
    ARCHIVE = "archive"


def needs_to_stay(members: int) -> int:
    """How many have to say 保留: max(3, 5 %), rounded up, and never more than everybody."""
    return min(max(3, -(-members * 5 // 100)), max(members, 1))


def stays(keep: int, members: int) -> bool:
    return keep >= needs_to_stay(members)
