"""Objections to a matter: who may make one and when; each is answered by itself (一户一议)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.matters import Matter
from domain.matters import State as Stage

LONGEST = 1000  # characters of an objection, or of the answer to one
# During the notice, and once the decision is published (handbook: voting 1.3, 1.6).
MAY_BE_MADE = frozenset({Stage.NOTICED, Stage.ROLL_FROZEN, Stage.DECISION_PUBLISHED})


class State(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class Refusal(StrEnum):
    """Why an objection is not taken. Each value is the key of the text the person reads."""

    NOT_NOW = "objections.not_now"
    NOT_CONCERNED = "objections.not_concerned"
    OPEN_ALREADY = "objections.open_already"


@dataclass(frozen=True)
class Objection:
    """One objection; ``number`` counts those of its matter from 1, withdrawn ones included."""

    matter: int
    number: int
    person: int
    note: int  # the words, or the picture of them
    state: State
    level: int  # how far it has climbed without an answer
    at: datetime
    due_at: datetime


@dataclass(frozen=True)
class Counts:
    """What the public sees of the objections to a matter."""

    received: int = 0
    answered: int = 0
    withdrawn: int = 0

    @property
    def open(self) -> int:
        return self.received - self.answered - self.withdrawn


def may_be_made(matter: Matter, now: datetime) -> bool:
    """Until the roll is voted on, and while the decision is shown; its last moment is out."""
    if matter.state is Stage.DECISION_PUBLISHED:
        return matter.due_at is None or now < matter.due_at
    return matter.state in MAY_BE_MADE


def why_not(matter: Matter, now: datetime, *, concerned: bool, has_one: bool) -> Refusal | None:
    """``concerned``: lives or owns in the scope, or is on the roll. ``has_one``: unanswered."""
    if not may_be_made(matter, now):
        return Refusal.NOT_NOW
    if not concerned:
        return Refusal.NOT_CONCERNED
    return Refusal.OPEN_ALREADY if has_one else None
