"""When something comes, once or again and again, as people say it and as it is kept.

A rule is kept in words of our own, in the community's local time: ``once 2026-12-05T08:30``,
``daily 08:00``, ``weekly 5 18:00`` (Monday is 1), ``monthly 15 09:00``, ``nth 1 5 09:30`` (the
first Friday of a month; 5 is the last), ``quarterly 10 09:00`` (the tenth of the quarter's first
month), ``quarter_nth 5 5 09:30``; empty: at once. A moment that the clocks leave out comes that
much later, one that they repeat comes the first time; the 31st of a shorter month is its last
day.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.days import day_in

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
NTH = re.compile(
    rf"每个?(?P<zh_period>月|季)度?的?(?:第?(?P<zh_n>[一二三四1-4首])|(?P<zh_last>最后)一?)个?"
    rf"(?:周|星期|礼拜)(?P<zh>[一二三四五六日天])"
    rf"|(?:every\s+|the\s+)?(?P<en_n>first|second|third|fourth|last)\s+(?P<en>{'|'.join(ENGLISH)})"
    rf"\s+(?:of\s+)?(?:the|every|each|a)\s+(?P<en_period>month|quarter)",
    re.IGNORECASE,
)
QUARTERLY = re.compile(
    r"(?:每个?季度?\s*的?(?:首月|第一个月)?|quarterly\s|every\s+quarter\s)\s*(?P<day>\d{1,2})\s*[日号]?",
    re.IGNORECASE,
)
ORDINALS = ("first", "second", "third", "fourth", "last")
LAST = 5  # the last such weekday, where others say which
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
    if found := QUARTERLY.fullmatch(day):
        return f"quarterly {int(found['day'])} {at}" if 1 <= int(found["day"]) <= 31 else None
    if found := NTH.fullmatch(day):
        return f"{_nth(found)} {at}"
    if found := WEEKDAY.fullmatch(day):
        return _on_weekday(found, clock, local)
    when = _date(day, clock, local)
    return f"once {datetime.combine(when, clock).isoformat(timespec='minutes')}" if when else None


def _weekday(found: re.Match[str]) -> int:
    zh, en = found["zh"], found["en"]
    return min("一二三四五六日天".index(zh) + 1, 7) if zh else ENGLISH.index(en.lower()) + 1


def _nth(found: re.Match[str]) -> str:
    """Which of such weekdays, in each month or in each quarter."""
    if found["en_n"]:
        which = ORDINALS.index(found["en_n"].lower()) + 1
    else:
        which = LAST if found["zh_last"] else "一二三四".find(found["zh_n"]) + 1
        which = which or (1 if found["zh_n"] == "首" else int(found["zh_n"]))
    in_quarter = found["zh_period"] == "季" or (found["en_period"] or "").lower() == "quarter"
    return f"{'quarter_nth' if in_quarter else 'nth'} {which} {_weekday(found)}"


def _on_weekday(found: re.Match[str], clock: time, local: datetime) -> str:
    """Every week, or only the next such day."""
    weekday = _weekday(found)
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
    if kind in EVERY_MONTHS:
        for first in _months(today, EVERY_MONTHS[kind]):
            numbers = list(map(int, rest[:-1]))
            yield datetime.combine(_day_of(kind, first, numbers), clock)
        return
    for n in range(9):
        day_ = today + timedelta(days=n)
        if kind == "daily" or day_.isoweekday() == int(rest[0]):
            yield datetime.combine(day_, clock)


EVERY_MONTHS = {"monthly": 1, "nth": 1, "quarterly": 3, "quarter_nth": 3}


def _months(today: date, every: int) -> Iterator[date]:
    """The first days of this period and of the two after it, of so many months each."""
    begins = today.year * 12 + (today.month - 1) // every * every
    for n in range(3):
        year, month = divmod(begins + n * every, 12)
        yield date(year, month + 1, 1)


def _day_of(kind: str, first: date, numbers: list[int]) -> date:
    """The day that the rule names in the period that begins on ``first``."""
    last = monthrange(first.year, first.month)[1]
    if kind in ("monthly", "quarterly"):
        return first.replace(day=min(numbers[0], last))
    which, weekday = numbers
    if which < LAST:
        ahead = (weekday - first.isoweekday()) % 7 + 7 * (which - 1)
        return first + timedelta(days=ahead)
    following = next(m for n, m in enumerate(_months(first, EVERY_MONTHS[kind])) if n == 1)
    ends = following - timedelta(days=1)
    return ends - timedelta(days=(ends.isoweekday() - weekday) % 7)


def _moment(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)


def repeats(rule: str) -> bool:
    return rule.split(" ")[0] in ("daily", "weekly", *EVERY_MONTHS)
