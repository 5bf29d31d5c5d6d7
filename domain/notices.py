"""Notices: for whom, how urgent, and what one costs before it is sent.

When and how often stands in its rule (``domain.recurrence``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.budget import Topic
from domain.recurrence import next_time, repeats

LONGEST = 1500  # characters: with its frame well below the 2,048 of the tightest platform
LONGEST_WITH_PICTURE = 800  # a caption takes 1,024 in Telegram
MOST_BUILDINGS = 40
MOST_CHARACTERS = 128  # of buildings, as the column holds them
COUNTED = 20_000  # people, whose rows are counted in a millisecond or two


class State(StrEnum):
    DRAFT = "draft"
    SECOND = "second"  # a second person has to agree
    WAITING = "waiting"  # until next_at
    SENDING = "sending"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class Urgency(StrEnum):
    EMERGENCY = "emergency"
    LEGAL = "legal"  # everybody has to be told: water, power, what the law asks for
    ORDINARY = "ordinary"  # within each reader's budget, and not to who has unsubscribed


TOPICS = {
    Urgency.EMERGENCY: Topic.EMERGENCY,
    Urgency.LEGAL: Topic.LEGAL,
    Urgency.ORDINARY: Topic.OUTCOME,
}


class Who(StrEnum):
    RESIDENTS = "residents"
    OWNERS = "owners"
    SILENT = "silent"  # of a matter: those without an answer


class Place(StrEnum):
    ALL = "all"
    GRID = "grid"
    BUILDING = "building"  # several, between commas
    UNIT = "unit"  # 3-2
    MATTER = "matter"


@dataclass(frozen=True)
class Audience:
    who: Who = Who.RESIDENTS
    place: Place = Place.ALL
    value: str = ""

    @property
    def needs_second(self) -> bool:
        """What everybody will read is not one person's decision."""
        return self.place is Place.ALL

    @property
    def has_groups(self) -> bool:
        """Whether groups stand for it; a post there would tell who has not voted."""
        return self.who is Who.RESIDENTS and self.place is not Place.UNIT

    @property
    def names_doors(self) -> bool:
        """Whether doors that were not reached may be listed: who has not voted is no list."""
        return self.who is not Who.SILENT

    @property
    def buildings(self) -> tuple[str, ...]:
        return tuple(self.value.split(",")) if self.place is Place.BUILDING else ()


BETWEEN = re.compile(r"[\s,，、;；和及与&]+|and\s")
RANGE = re.compile(r"(\d{1,3})\s*(?:-|—|–|~|～|到|至|to)\s*(\d{1,3})")
DOOR_WORDS = re.compile(r"(?:号?[楼栋幢院]|buildings?|bldgs?\.?)", re.IGNORECASE)
UNIT = re.compile(
    r"(\w{1,16}?)\s*(?:号?[楼栋幢]|-)\s*(\w{1,16}?)\s*(?:号?单元|unit)?", re.IGNORECASE
)


def buildings_in(text: str) -> tuple[str, ...]:
    """ "1-4号楼、7号楼" are 1, 2, 3, 4 and 7; at most 40, in their order, each once."""
    bare = DOOR_WORDS.sub(" ", text)
    found: list[str] = []
    for part in BETWEEN.split(RANGE.sub(lambda m: f"{m[1]}-{m[2]}", bare).strip()):
        span = RANGE.fullmatch(part)
        if span and int(span[1]) <= int(span[2]) < int(span[1]) + MOST_BUILDINGS:
            found += map(str, range(int(span[1]), int(span[2]) + 1))
        elif part:
            found.append(part)
    return tuple(dict.fromkeys(found))[:MOST_BUILDINGS]


def unit_in(text: str) -> str | None:
    """ "3-2" or "3号楼2单元" is unit 2 of building 3."""
    found = UNIT.fullmatch(text.strip())
    return f"{found[1]}-{found[2]}" if found else None


@dataclass(frozen=True)
class Notice:
    """One notice and how far it has come. ``run`` counts its repetitions from 1."""

    number: int
    author: int
    text: str
    photo: int | None = None
    audience: Audience | None = None
    urgency: Urgency = Urgency.LEGAL
    officer: int | None = None
    in_groups: bool = False
    rule: str = ""
    state: State = State.DRAFT
    next_at: datetime | None = None
    run: int = 1
    people: int = 0
    cursor: int | None = 0  # None: everybody has been looked at
    shown: int = 0
    second: int | None = None
    confirmed_at: datetime | None = None

    @property
    def topic(self) -> Topic:
        return TOPICS[self.urgency]

    @property
    def can_be_stopped(self) -> bool:
        """Until the last message has left it can be taken back, whole or the rest of it."""
        return self.state in (State.SECOND, State.WAITING, State.SENDING, State.PAUSED)

    @property
    def last_run(self) -> int:
        """The run that has begun last; 0 where none has."""
        if self.state in (State.DRAFT, State.SECOND):
            return 0
        return self.run - 1 if self.state is State.WAITING else self.run

    def starts(self, now: datetime, undo: timedelta, zone: ZoneInfo) -> datetime | None:
        """When it begins if it is confirmed now; None where its moment has passed."""
        if self.rule:
            return next_time(self.rule, now, zone)
        return now if self.urgency is Urgency.EMERGENCY else now + undo

    def over(self, zone: ZoneInfo, now: datetime) -> "Notice":
        """After its last message: done, or waiting for the next time its rule names."""
        again = next_time(self.rule, now, zone) if repeats(self.rule) else None
        if again is None:
            return replace(self, state=State.DONE)
        return replace(self, state=State.WAITING, next_at=again, run=self.run + 1, cursor=0)


# --- reach and cost


@dataclass(frozen=True)
class Reach:
    """Whom a notice would reach: people by channel, those without one, group posts."""

    channels: Mapping[str, int]
    unreachable: int
    groups: int

    @property
    def people(self) -> int:
        return sum(self.channels.values()) + self.unreachable


def lasts(many: int, per_second: float | None) -> timedelta:
    """How long so many messages take at a channel's pace; None: as fast as one can write."""
    return timedelta(seconds=-(-many // per_second)) if per_second else timedelta()


def is_counted(people: int, lot: int) -> bool:
    """Whether it is counted in this lot how far it has come: always of few, rarely of very many."""
    return lot % (1 + people // COUNTED) == 0


def percent(done: int, of: int) -> int:
    return 100 if not of else min(100, 100 * done // of)
