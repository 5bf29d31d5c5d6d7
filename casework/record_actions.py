"""Every button about the record of a vote. They carry numbers, never words."""

from dataclasses import dataclass

from domain.conversation import Action


@dataclass(frozen=True)
class ShowRecord(Action, code="rec"):
    """What everybody may know of a vote: its hashes, its heads and its totals."""

    number: int


@dataclass(frozen=True)
class CheckReceipt(Action, code="rec.own"):
    """Is what my receipt says in the record?"""

    number: int


@dataclass(frozen=True)
class TakeReceipt(Action, code="rec.own2"):
    """The words are the receipt, as 12:a1b2…"""

    number: int


@dataclass(frozen=True)
class ShowBundle(Action, code="rec.all"):
    """For auditors: what they are given, and how they check it."""

    number: int


@dataclass(frozen=True)
class ShowTookPart(Action, code="rec.who"):
    """Which flats took part, never how; page 0 is the first."""

    number: int
    page: int
