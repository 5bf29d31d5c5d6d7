"""What staff may write down for a voter, and whose word it needs before it counts.

Nobody's ballot is written by one pair of hands: paper takes two officers (handbook: voting 2.4),
help at the door the voter's own press.
"""

from enum import StrEnum

from domain.identity import officer_of
from domain.residents import Staff


class Kind(StrEnum):
    """Of what was handed in or said at the door."""

    PAPER = "paper"  # a signed paper ballot
    CONSENT = "consent"  # the signed consent of an owner whose own part is used
    MANDATE = "mandate"  # a signed mandate for a proxy
    HELPER = "helper"  # the officer's taps, for somebody who has an account of their own


class Refusal(StrEnum):
    """Why something was not written down. Each value is the key of the text the officer reads."""

    NOT_YOURS = "entries.not_yours"
    OWN = "entries.own"
    SECOND_PERSON = "entries.second_person"
    SETTLED = "entries.settled"
    WAITS_ALREADY = "entries.waits_already"
    DETACHED = "entries.detached"
    NO_ACCOUNT = "entries.no_account"
    NEED_REPRESENTATIVE = "entries.need_representative"
    SAME_PERSON = "entries.same_person"


def may_enter(staff: Staff | None, grid: str | None, *, own: bool) -> Refusal | None:
    """Whether this person may write down, or confirm, something for a voter of this grid.

    ``grid``: None of a voter who lives in none, such as the owner of a bay. ``own``: they have a
    say in this vote of this voter themselves.
    """
    if staff is None or not officer_of(staff, grid or ""):
        return Refusal.NOT_YOURS
    return Refusal.OWN if own else None


def may_confirm(staff: Staff, entered_by: int) -> Refusal | None:
    """The second pair of hands is never the first."""
    return Refusal.SECOND_PERSON if staff.id == entered_by else None
