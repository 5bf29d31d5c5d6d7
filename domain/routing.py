"""Where a message goes that did not arrive: to the person's next account, else to who visits them.

One message is one promise. It stands in one chat at a time, and never in one it has tried.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.budget import AT_ANY_HOUR, Topic
from domain.conversation import Address, Say
from domain.linking import Account, reads

# How long a message may wait for somebody's next visit to a platform before it goes elsewhere.
PATIENCE: Mapping[Topic, timedelta] = {
    Topic.EMERGENCY: timedelta(0),
    Topic.OWN: timedelta(minutes=15),
    Topic.DUTY: timedelta(minutes=15),
    Topic.LEGAL: timedelta(hours=2),
    Topic.OUTCOME: timedelta(hours=12),
    Topic.REMINDER: timedelta(hours=12),
    Topic.DIGEST: timedelta(hours=12),
    Topic.QUESTION: timedelta(hours=12),
}

# The same where a platform can tell that nobody has looked at it. What nobody asked for may wait.
UNREAD: Mapping[Topic, timedelta] = {
    Topic.EMERGENCY: timedelta(minutes=5),
    Topic.OWN: timedelta(hours=2),
    Topic.DUTY: timedelta(hours=2),
    Topic.LEGAL: timedelta(hours=12),
}
DOWN = timedelta(hours=1)  # a platform that takes nothing for so long may be away for a day
NEWS = timedelta(days=2)  # what is older has been read elsewhere, or says nothing any more


class Why(StrEnum):
    """What became of it; each is the state of its row."""

    BLOCKED = "blocked"
    HELD = "held"
    DOWN = "pending"
    UNREAD = "sent"


@dataclass(frozen=True)
class Stuck:
    """A message that could not be said where it was to be said, or that nobody read there."""

    id: int
    say: Say
    topic: Topic | None  # None: an answer
    tried: tuple[Address, ...] = ()
    why: Why = Why.BLOCKED

    @property
    def can_move(self) -> bool:
        """An answer belongs where it was asked for, a changed card where the card stands."""
        return self.topic is not None and (self.say.card is None or self.say.fresh)


def next_chat(stuck: Stuck, accounts: Iterable[Account]) -> Address | None:
    """Where it goes now; None where no account is left that it has not tried."""
    tried = {*stuck.tried, stuck.say.to}
    found = reads(account for account in accounts if account.address not in tried)
    return found.address if found else None


def may_move(quiet: bool) -> Set[Topic]:
    """What may be sent elsewhere now: in quiet hours what may be said at any hour."""
    return AT_ANY_HOUR if quiet else frozenset(Topic)
