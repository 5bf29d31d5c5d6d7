"""Buttons where one case meets another, and one member another: duplicates and co-operation."""

from dataclasses import dataclass

from domain.conversation import Action

# --- duplicates


@dataclass(frozen=True)
class FindParent(Action, code="dup"):
    """Which case is this one part of?"""

    number: int


@dataclass(frozen=True)
class TakeParent(Action, code="dup2"):
    """The words hold the number of the case it joins."""

    number: int


@dataclass(frozen=True)
class Merge(Action, code="join?"):
    number: int
    parent: int


@dataclass(frozen=True)
class MergeNow(Action, code="join!"):
    number: int
    parent: int


@dataclass(frozen=True)
class Split(Action, code="split"):
    number: int


# --- co-operation


@dataclass(frozen=True)
class Cooperate(Action, code="co"):
    """The lead's button: with whom?"""

    number: int


@dataclass(frozen=True)
class CooperateWith(Action, code="co2"):
    number: int
    staff: int


@dataclass(frozen=True)
class TakeShare(Action, code="co3"):
    number: int
    staff: int


@dataclass(frozen=True)
class ShowShare(Action, code="co.it"):
    subtask: int


@dataclass(frozen=True)
class Helped(Action, code="co.ok"):
    subtask: int


@dataclass(frozen=True)
class TakeHelped(Action, code="co.ok2"):
    subtask: int


@dataclass(frozen=True)
class CannotHelp(Action, code="co.no"):
    subtask: int


@dataclass(frozen=True)
class TakeCannotHelp(Action, code="co.no2"):
    subtask: int


@dataclass(frozen=True)
class SeeShares(Action, code="co.all"):
    number: int


@dataclass(frozen=True)
class Waive(Action, code="co.un"):
    subtask: int


@dataclass(frozen=True)
class TakeWaiver(Action, code="co.un2"):
    subtask: int


@dataclass(frozen=True)
class RateHelp(Action, code="co.rate"):
    subtask: int
    level: int  # 5 very satisfied … 1 very dissatisfied
