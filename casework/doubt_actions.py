"""Every button about doubted ballots. They carry numbers, never words."""

from dataclasses import dataclass

from domain.conversation import Action


@dataclass(frozen=True)
class ShowDoubts(Action, code="dbt"):
    """Which ballots of a vote should somebody ask about?"""

    number: int


@dataclass(frozen=True)
class ShowDoubt(Action, code="dbt.1"):
    """Whose it is, so that they can be asked; that is written down."""

    number: int
    seq: int


@dataclass(frozen=True)
class Decide(Action, code="dbt.do"):
    """``verdict``: keep or strike; the reason is asked for."""

    number: int
    seq: int
    verdict: str


@dataclass(frozen=True)
class TakeVerdict(Action, code="dbt.do2"):
    """The words are the reason."""

    number: int
    seq: int
    verdict: str
