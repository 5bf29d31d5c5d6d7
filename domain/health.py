"""How alive a group is: a state by rule, and a score for display that says what it rests on.

Counts only, of the last 28 days; no text is kept. A group that has finished its task is not
sick. The numbers are the handbook's (voting 4.3), working defaults and no evidence about people:
"20 percent active" and "answered in a day" are to be replaced by the group's own medians.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

WINDOW = 28  # days
SMALL = 15  # members below whom a silence may be twice as long
FEWEST_QUESTIONS = 5  # below which answers are no rate
BETTER_RUNS = 2  # weekly looks that have to be better before a state is left
FEW, HARDLY_ANY = (3, 5), (2, 2)  # active residents: at least so many, and so many percent
WEEK = timedelta(days=7)


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
    watched: int = WINDOW  # days it has been counted; before the window is full, few are no sign


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
    """What the rules say of this moment, by themselves; see ``next_state`` for leaving one.

    A group that is silent and whose people vote works as a notice channel, however long it has
    been silent: it is no candidate for the archive.
    """
    limit = 2 if counts.members < SMALL else 1
    quiet_for, task = counts.days_since, counts.days_since_task
    silent = quiet_for > 30 * limit or counts.weeks_below_2 >= 4
    if task is not None and task >= 14:  # a temporary group that has done its work
        return State.ARCHIVE_CANDIDATE
    if silent and counts.turnout is not None and counts.turnout >= Fraction(1, 5):
        return State.BROADCAST
    if quiet_for > 60 * limit:  # two months without an update (高台县 2025)
        return State.ARCHIVE_CANDIDATE
    if silent:
        return State.ZOMBIE
    if quiet_for > 14 * limit or counts.weeks_below_5 >= 2:
        return State.DORMANT
    few = counts.active * 10 < counts.members and counts.watched >= WINDOW
    if quiet_for > 7 * limit or few:
        return State.QUIET
    return State.ACTIVE


def is_below(active: int, members: int, limit: tuple[int, int]) -> bool:
    """Fewer than max(floor, percent of the members); more than everybody is asked of nobody."""
    floor, percent = limit
    return active < min(floor, members) or active * 100 < percent * members


@dataclass(frozen=True)
class Standing:
    """The state a group is in, and how many looks in a row were better."""

    state: State
    better: int = 0


def next_state(standing: Standing, found: State, *, weekly: bool = True) -> Standing:
    """Worse holds at once, better only after two weekly looks in a row (hysteresis).

    ``weekly``: the first look of a week. The nightly ones between see only what got worse.
    """
    if State.BROADCAST in (found, standing.state) or found.rank > standing.state.rank:
        return standing if found is standing.state else Standing(found)
    if found is standing.state:
        return Standing(standing.state)
    if not weekly:
        return standing
    better = standing.better + 1
    return Standing(found) if better >= BETTER_RUNS else Standing(standing.state, better)


@dataclass(frozen=True)
class Look:
    """What was found of a group in one week, the last night's counts."""

    week: date  # its Monday
    looked_on: date
    standing: Standing
    score: Score
    members: int
    active: int
    days_since: int


def weeks_below(counts: Counts, week: date, earlier: Iterable[Look], limit: tuple[int, int]) -> int:
    """How many weeks in a row were over with too few active, where they still are; else 0.

    A week in which nobody looked ends the row, and a group counted for less than 28 days is in
    none: what is not known is not held against anybody.
    """
    if counts.watched < WINDOW or not is_below(counts.active, counts.members, limit):
        return 0
    by_week = {look.week: look for look in earlier}
    weeks = 0
    while (look := by_week.get(week - WEEK * (weeks + 1))) is not None:
        if not is_below(look.active, look.members, limit):
            break
        weeks += 1
    return weeks


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def median(values: Iterable[int]) -> Fraction | None:
    """The one in the middle, or halfway between two; None of nothing."""
    found = sorted(values)
    if not found:
        return None
    return Fraction(found[(len(found) - 1) // 2] + found[len(found) // 2], 2)
