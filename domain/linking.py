"""One person with several accounts: who may join whom, which ballot stands, who may leave.

The code is the household's kind (``domain.residents``), for ten minutes and for one use. Where
somebody is talked out of a code, both sides are told, and each can undo it for a day.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.conversation import Address
from domain.identity import Level
from domain.residents import Person

CODE_MINUTES = 10
UNDO = timedelta(hours=24)  # for either side to say that it was not them


class Refusal(StrEnum):
    """Why accounts were not joined or parted. Each value is the key of the text they read."""

    UNKNOWN_CODE = "linking.unknown_code"  # mistyped, used, too old, or replaced by a newer one
    ONE_ALREADY = "linking.one_already"
    TWO_HOMES = "linking.two_homes"
    TWO_POSTS = "linking.two_posts"
    BOTH_CONFIRMED = "linking.both_confirmed"  # the staff took them for two people
    BOTH_VOTED = "linking.both_voted"
    LAST = "linking.last"  # somebody without an account could not come back
    TOO_NEW = "linking.too_new"
    NOT_YOURS = "linking.not_yours"


@dataclass(frozen=True)
class Side:
    """One of the two who are to be one person."""

    person: Person
    confirmed: bool = False  # by the staff, as who they are


@dataclass(frozen=True)
class Account:
    address: Address
    private_at: datetime | None = None  # when they last wrote here alone; None: never, or blocked
    linked_at: datetime | None = None  # when it was joined to the others by a code
    chosen: bool = False

    @property
    def key(self) -> str:
        """Names it in a button, which has no room for an address."""
        words = f"{self.address.channel}:{self.address.chat}"
        return hashlib.sha256(words.encode()).hexdigest()[:12]

    def is_new(self, now: datetime) -> bool:
        """Whether it may still turn out to be a stranger's."""
        return self.linked_at is not None and now - self.linked_at < UNDO


@dataclass(frozen=True)
class OnOneRoll:
    """A vote that is not over, in which both have a say of their own."""

    matter: int
    kept: tuple[str, ...]  # voting units
    gone: tuple[str, ...]
    kept_voted: bool
    gone_voted: bool
    secret: bool = False  # nobody can tell whose answer is whose


def is_confirmed(level: int) -> bool:
    return level >= Level.ROSTER


def whom_to_keep(first: Side, second: Side) -> tuple[Side, Side] | Refusal:
    """The one who stays and the one who becomes part of them.

    The better known one stays: confirmed, else of a household, else of the staff. Between
    equals it is ``first``, who asked for the code.
    """
    if refusal := _two_people(first, second):
        return refusal
    return (second, first) if _known(second) > _known(first) else (first, second)


def _two_people(first: Side, second: Side) -> Refusal | None:
    one, other = first.person, second.person
    if one.id == other.id:
        return Refusal.ONE_ALREADY
    if one.staff and other.staff:
        return Refusal.TWO_POSTS
    if one.household and other.household and one.household.id != other.household.id:
        return Refusal.TWO_HOMES
    return Refusal.BOTH_CONFIRMED if first.confirmed and second.confirmed else None


def _known(side: Side) -> tuple[bool, bool, bool, bool]:
    person = side.person
    return side.confirmed, person.household is not None, person.staff is not None, person.consented


def one_ballot(rolls: Iterable[OnOneRoll]) -> dict[int, tuple[str, ...]] | Refusal:
    """The voting units of each vote that nobody may answer for any more (handbook: voting, I2).

    A ballot that was cast stays in the record: no program takes one away. Where both have voted,
    officers are asked about the one set aside once the vote is counted (``domain.doubts``); where
    nobody can tell the two apart, the two stay two until the vote is over.
    """
    aside: dict[int, tuple[str, ...]] = {}
    for roll in rolls:
        if roll.kept_voted and roll.gone_voted and roll.secret:
            return Refusal.BOTH_VOTED
        aside[roll.matter] = roll.gone if roll.kept_voted or not roll.gone_voted else roll.kept
    return aside


def reads(accounts: Iterable[Account]) -> Account | None:
    """Where a person is written to: where they want it, else where they wrote last."""
    open = [a for a in accounts if a.private_at is not None]
    return max(open, key=lambda a: (a.chosen, a.private_at, a.address), default=None)


def may_part(
    accounts: Sequence[Account], at: Address, which: Address, now: datetime
) -> Refusal | None:
    """Whether somebody who writes ``at`` one account may take another one, or this, away.

    Not the last that reads us; and who has just come along may only leave again, or a stranger
    with a code could turn out the person themselves.
    """
    found = {account.address: account for account in accounts}
    if which not in found or at not in found:
        return Refusal.NOT_YOURS
    if len(found) == 1:
        return Refusal.LAST
    return Refusal.TOO_NEW if which != at and found[at].is_new(now) else None


def to_undo(accounts: Iterable[Account], linked_at: int, now: datetime) -> list[Account]:
    """The accounts that came along at this moment (seconds since 1970), while it can be undone."""
    return [
        a
        for a in accounts
        if a.linked_at and a.is_new(now) and int(a.linked_at.timestamp()) == linked_at
    ]
