"""Notices: for whom, how urgent, when and how often, and what one costs before it is sent.

A rule is kept in words of our own, in the community's local time: ``once 2026-12-05T08:30``,
``daily 08:00``, ``weekly 5 18:00`` (Monday is 1), ``monthly 15 09:00``; empty: at once. A
moment that the clocks leave out comes that much later, one that they repeat comes the first
time; the 31st of a shorter month is its last day.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.budget import Topic
from domain.days import day_in

LONGEST = 1500  # characters: with its frame well below the 2,048 of the tightest platform
LONGEST_WITH_PICTURE = 800  # a caption takes 1,024 in Telegram
MOST_BUILDINGS = 40
MOST_CHARACTERS = 128  # of buildings, as the column holds them


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


# --- when

CLOCK = re.compile(
    r"(?P<half>上午|早上|下午|晚上|中午)?\s*(?P<hour>\d{1,2})\s*"
    r"(?:[:：]\s*(?P<minute>\d{2})|点\s*(?:(?P<of>\d{1,2})\s*分?|(?P<thirty>半))?)\s*"
    r"(?P<pm>am|pm)?$",
    re.IGNORECASE,
)
NOW = frozenset({"now", "现在", "马上", "立即", "立刻"})
DAYS_ON = {"今天": 0, "今晚": 0, "today": 0, "明天": 1, "tomorrow": 1, "后天": 2}
ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY = re.compile(
    rf"(?P<every>每个?|every\s+|weekly\s+)?(?:(?:周|星期|礼拜)(?P<zh>[一二三四五六日天])"
    rf"|(?P<en>{'|'.join(ENGLISH)}))",
    re.IGNORECASE,
)
MONTHLY = re.compile(r"(?:每个?月|monthly\s|every\s+month\s)\s*(?P<day>\d{1,2})\s*[日号]?", re.I)
DAILY = re.compile(r"每[天日]|daily|every\s+day", re.IGNORECASE)


def rule_in(text: str, now: datetime, zone: ZoneInfo) -> str | None:
    """The rule that somebody means; None where it cannot be read or has passed."""
    said = text.strip().lower()
    if said in NOW:
        return ""
    found = CLOCK.search(said)
    clock = _clock(found) if found else None
    if found is None or clock is None:
        return None
    rule = _rule(said[: found.start()].strip(" ,，的"), clock, now.astimezone(zone))
    return rule if rule and next_time(rule, now, zone) else None


def _clock(found: re.Match[str]) -> time | None:
    hour = int(found["hour"])
    minute = 30 if found["thirty"] else int(found["minute"] or found["of"] or 0)
    if hour < 12 and (found["half"] in ("下午", "晚上") or found["pm"] == "pm"):
        hour += 12
    if hour < 6 and found["half"] == "中午":
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _rule(day: str, clock: time, local: datetime) -> str | None:
    at = clock.isoformat("minutes")
    if DAILY.fullmatch(day):
        return f"daily {at}"
    if found := MONTHLY.fullmatch(day):
        return f"monthly {int(found['day'])} {at}" if 1 <= int(found["day"]) <= 31 else None
    if found := WEEKDAY.fullmatch(day):
        return _on_weekday(found, clock, local)
    when = _date(day, clock, local)
    return f"once {datetime.combine(when, clock).isoformat(timespec='minutes')}" if when else None


def _on_weekday(found: re.Match[str], clock: time, local: datetime) -> str:
    """Every week, or only the next such day."""
    zh, en = found["zh"], found["en"]
    weekday = min("一二三四五六日天".index(zh) + 1, 7) if zh else ENGLISH.index(en.lower()) + 1
    if found["every"]:
        return f"weekly {weekday} {clock.isoformat('minutes')}"
    days = (weekday - local.isoweekday()) % 7
    if days == 0 and local.time() >= clock:
        days = 7
    when = local.date() + timedelta(days=days)
    return f"once {datetime.combine(when, clock).isoformat(timespec='minutes')}"


def _date(day: str, clock: time, local: datetime) -> date | None:
    """A day said; where none was, the next time the clock shows this."""
    today = local.date()
    if not day:
        return today if local.time() < clock else today + timedelta(days=1)
    if day in DAYS_ON:
        return today + timedelta(days=DAYS_ON[day])
    return day_in(day, today)[0]


def next_time(rule: str, after: datetime, zone: ZoneInfo) -> datetime | None:
    """The first moment by this rule later than ``after``, in UTC; None where there is none."""
    moments = (_moment(day, zone) for day in _days(rule, after.astimezone(zone).date()))
    return next((moment for moment in moments if moment > after), None)


def _days(rule: str, today: date) -> Iterator[datetime]:
    """Local moments by the rule around today, in order: enough for one to lie ahead."""
    kind, *rest = rule.split()
    if kind == "once":
        yield datetime.fromisoformat(rest[0])
        return
    clock = time.fromisoformat(rest[-1])
    if kind == "monthly":
        for n in (0, 1, 2):
            year, month = today.year + (today.month - 1 + n) // 12, (today.month - 1 + n) % 12 + 1
            day = min(int(rest[0]), monthrange(year, month)[1])
            yield datetime.combine(date(year, month, day), clock)
        return
    for n in range(9):
        day_ = today + timedelta(days=n)
        if kind == "daily" or day_.isoweekday() == int(rest[0]):
            yield datetime.combine(day_, clock)


def _moment(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)


def repeats(rule: str) -> bool:
    return rule.split(" ")[0] in ("daily", "weekly", "monthly")


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


def percent(done: int, of: int) -> int:
    return 100 if not of else min(100, 100 * done // of)
