"""How alive a group is: a state by rule, and a score for display that says what it rests on.

Counts only, of the last 28 days; no text is kept. A group that has finished its task is not
sick. The numbers are the handbook's (voting 4.3), working defaults and no evidence about people:
"20 percent active" and "answered in a day" are to be replaced by the group's own medians.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

WINDOW = 28  # days
SMALL = 15  # members below whom a silence may be twice as long
POSTS_A_DAY = 3  # of one person, at most, that count
FEWEST_QUESTIONS = 5  # below which answers are no rate
BETTER_RUNS = 2  # weekly looks that have to be better before a state is left


class State(StrEnum):
    ACTIVE = "active"
    QUIET = "quiet"
    DORMANT = "dormant"
    ZOMBIE = "zombie"
    BROADCAST = "broadcast"
    ARCHIVE_CANDIDATE = "archive_candidate"

    @property
    def rank(self) -> int:
        """How far from alive; a notice channel is where it ought to be."""
        order = [State.ACTIVE, State.QUIET, State.DORMANT, State.ZOMBIE, State.ARCHIVE_CANDIDATE]
        return order.index(self) if self in order else 0


@dataclass(frozen=True)
class Counts:
    """What happened in one group in 28 days. Bots and staff never count as activity."""

    members: int
    active: int  # residents who wrote, pressed, reported or voted
    days_since: int  # since the last act of a resident
    days_alive: int  # days with a resident's message
    questions: int = 0
    unanswered: int = 0  # without a human reply in 48 hours
    median_hours: Fraction | None = None  # to the first human reply, between 8 and 21
    turnout: Fraction | None = None  # mean of the last three matters at most
    finished: int = 0  # matters that were decided
    closed_loops: int = 0  # of these, outcome posted within 14 days
    weeks_below_5: int = 0  # consecutive weekly looks with fewer than max(3, 5 %) active
    weeks_below_2: int = 0  # the same with max(2, 2 %)
    days_since_task: int | None = None  # of a temporary group, after its task ended


@dataclass(frozen=True)
class Part:
    """One part of the score: how much of its weight is reached."""

    name: str
    weight: int
    reached: Fraction  # 0 to 1


@dataclass(frozen=True)
class Score:
    parts: tuple[Part, ...]

    @property
    def weight(self) -> int:
        """What it rests on, of 100."""
        return sum(part.weight for part in self.parts)

    @property
    def tenths(self) -> int:
        """0 to 1000, half up: 974 is 97.4."""
        reached = sum((p.weight * p.reached for p in self.parts), Fraction())
        return int(reached * 1000 / self.weight + Fraction(1, 2)) if self.weight else 0


def score(counts: Counts) -> Score:
    """H: the parts that can be known, weighted (handbook: voting 4.3)."""
    found: list[tuple[str, int, Fraction | None]] = [
        ("active", 25, _share(counts.active, counts.members, Fraction(1, 5))),
        ("answered", 20, _answered(counts)),
        ("speed", 20, _speed(counts)),
        ("turnout", 15, None if counts.turnout is None else _most(counts.turnout * 2)),
        ("days", 10, _most(Fraction(counts.days_alive, 12))),
        ("loops", 10, _loops(counts)),
    ]
    return Score(tuple(Part(n, w, reached) for n, w, reached in found if reached is not None))


def _share(part: int, whole: int, enough: Fraction) -> Fraction:
    return _most(Fraction(part, whole) / enough) if whole else Fraction()


def _answered(counts: Counts) -> Fraction | None:
    if counts.questions < FEWEST_QUESTIONS:
        return None
    return 1 - Fraction(counts.unanswered, counts.questions)


def _speed(counts: Counts) -> Fraction | None:
    if counts.questions < FEWEST_QUESTIONS or counts.median_hours is None:
        return None
    return max(Fraction(), _most((24 - counts.median_hours) / 22))


def _loops(counts: Counts) -> Fraction | None:
    return Fraction(counts.closed_loops, counts.finished) if counts.finished else None


def _most(value: Fraction) -> Fraction:
    return min(Fraction(1), value)


def state(counts: Counts) -> State:
    """What the rules say of this moment, by themselves; see ``next_state`` for leaving one."""
    limit = 2 if counts.members < SMALL else 1
    quiet_for, few = counts.days_since, counts.active
    if _is_over(counts, limit):
        return State.ARCHIVE_CANDIDATE
    if quiet_for > 30 * limit or counts.weeks_below_2 >= 4:
        works = counts.turnout is not None and counts.turnout >= Fraction(1, 5)
        return State.BROADCAST if works else State.ZOMBIE
    if quiet_for > 14 * limit or counts.weeks_below_5 >= 2:
        return State.DORMANT
    if quiet_for > 7 * limit or few * 10 < counts.members:
        return State.QUIET
    return State.ACTIVE


def _is_over(counts: Counts, limit: int) -> bool:
    """Two months without an update (高台县 2025), or two weeks after a temporary group's task."""
    task = counts.days_since_task
    return counts.days_since > 60 * limit or (task is not None and task >= 14)


@dataclass(frozen=True)
class Standing:
    """The state a group is in, and how many looks in a row were better."""

    state: State
    better: int = 0


def next_state(standing: Standing, found: State) -> Standing:
    """Worse holds at once, better only after two looks in a row (hysteresis)."""
    if found is standing.state:
        return Standing(standing.state)
    if found.rank >= standing.state.rank or State.BROADCAST in (found, standing.state):
        return Standing(found)
    better = standing.better + 1
    return Standing(found) if better >= BETTER_RUNS else Standing(standing.state, better)
