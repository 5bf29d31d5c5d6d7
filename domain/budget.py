"""One budget for everything that is said to people who did not ask (handbook: voting 4.4).

Answers never come here. Whatever else is said has a topic; the topic decides whether quiet
hours and caps hold it back, and who goes first where a cap binds.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Topic(StrEnum):
    """What a message is about, the most important first: that is who goes when a cap binds."""

    EMERGENCY = "emergency"
    LEGAL = "legal"  # a notice the law asks for: of a vote, of its close, of its result
    DUTY = "duty"  # staff about their work: escalated instead of repeated
    OWN = "own"  # news of one's own case or ballot
    OUTCOME = "outcome"
    REMINDER = "reminder"
    DIGEST = "digest"
    QUESTION = "question"

    @property
    def rank(self) -> int:
        return list(Topic).index(self)


RANKS = (0, 1, 2, 3)  # in which the outbox is emptied
RANK = {Topic.OWN: 0, Topic.DUTY: 0, Topic.EMERGENCY: 1, Topic.LEGAL: 2}


def rank_of(topic: Topic | None) -> int:
    """Who goes first where the platform's pace binds: answers, so that nobody waits for an
    answer behind a notice to everybody; then what is urgent."""
    return 0 if topic is None else RANK.get(topic, RANKS[-1])


AT_ANY_HOUR = frozenset({Topic.EMERGENCY, Topic.OWN})  # what somebody is waiting for does not wait
OWED = frozenset({Topic.EMERGENCY, Topic.LEGAL, Topic.DUTY, Topic.OWN})  # no cap holds these
REFUSABLE = frozenset(Topic) - OWED


@dataclass(frozen=True)
class Caps:
    """How many messages that nobody asked for one person, or one group, gets at most."""

    day: int = 1
    week: int = 2
    month: int = 5  # 30 days
    group_day: int = 1
    ignored: int = 3  # in a row; after that only once a month


DAY, WEEK, MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)


@dataclass(frozen=True)
class Past:
    """What one person was sent that they did not ask for, and what they think of it."""

    day: int = 0
    week: int = 0
    month: int = 0
    ignored: int = 0
    less: bool = False  # 少发点: only what is owed, and one message a month
    muted: Set[Topic] = field(default_factory=frozenset)


NOBODY_YET = Past()


class Held(StrEnum):
    """Why a message waits, or will never be sent."""

    QUIET = "quiet"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    REFUSED = "refused"  # they do not want this topic: it is dropped
    TOO_LATE = "too_late"  # its moment has passed: it is dropped


def why_held(topic: Topic, past: Past, caps: Caps, *, quiet: bool) -> Held | None:
    """Why this message may not leave now; None where it may."""
    if topic in past.muted and topic in REFUSABLE:
        return Held.REFUSED
    if quiet and topic not in AT_ANY_HOUR:
        return Held.QUIET
    if topic in OWED:
        return None
    return _capped(past, caps)


def _capped(past: Past, caps: Caps) -> Held | None:
    if past.month >= (1 if past.less or past.ignored >= caps.ignored else caps.month):
        return Held.MONTH
    if past.week >= caps.week:
        return Held.WEEK
    return Held.DAY if past.day >= caps.day else None


def why_held_in_group(topic: Topic, today: int, caps: Caps, *, quiet: bool) -> Held | None:
    """The same for a group: one post a day that nobody asked for, legal notices besides."""
    if quiet and topic not in AT_ANY_HOUR:
        return Held.QUIET
    return Held.DAY if topic not in OWED and today >= caps.group_day else None


def in_order(topics: Mapping[int, Topic]) -> list[int]:
    """Message ids by precedence, older ones (smaller ids) first among equals."""
    return sorted(topics, key=lambda id: (topics[id].rank, id))
