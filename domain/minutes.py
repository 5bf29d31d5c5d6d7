"""Minutes: a line of what was said, or an action item with somebody who owns it, and a day.

"检查3号楼消防通道 @王师傅 周五前" is one; "大家同意先修路灯" is a line.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from domain.calendar import Calendar
from domain.days import WRITTEN, day_in

LONGEST_LINE = 300  # characters
MOST_LINES = 100  # of one sitting
FURTHEST = timedelta(days=366)
EVENING = time(18)  # local, of a day without working time

DAY = timedelta(days=1)


class Unclear(StrEnum):
    """Why a line was not taken; its value is the key of what the chair reads."""

    NOBODY = "minutes.nobody"
    NO_WORDS = "minutes.no_words"
    PASSED = "minutes.passed"
    TOO_LONG = "minutes.too_long"


@dataclass(frozen=True)
class Item:
    """An action item: what, who (staff), and by the end of which day; None: as cases usually."""

    what: str
    who: int
    day: date | None


AT = re.compile(r"(?<![A-Za-z0-9._])[@＠]\s*")  # and not in the middle of a mail address
LABEL = re.compile(r"^(?:事项|交办|待办|action|todo)\s*\d*\s*[:：]\s*", re.IGNORECASE)
EDGES = " \t,，;；。.、:："
ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
UNTIL = r"(?:\s*(?:之?前|以前|内|完成|办好))*"
NAMED = {"今天": 0, "今日": 0, "today": 0, "明天": 1, "tomorrow": 1, "后天": 2, "大后天": 3}

Read = Callable[[re.Match[str], date], date]


def _weekday(found: re.Match[str], today: date) -> date:
    """The next such day, today included; of next week where that was said."""
    zh = found["zh"]
    number = min("一二三四五六日天".index(zh), 6) if zh else ENGLISH.index(found["en"].lower())
    if found["next"]:
        return today + timedelta(days=7 - today.weekday() + number)
    return today + timedelta(days=(number - today.weekday()) % 7)


def _month_end(found: re.Match[str], today: date) -> date:
    following = today.replace(day=1) + timedelta(days=32)
    return following.replace(day=1) - DAY


WAYS: tuple[tuple[re.Pattern[str], Read], ...] = (
    (re.compile(rf"(?:by\s+)?(?P<name>{'|'.join(sorted(NAMED, key=len, reverse=True))}){UNTIL}",
                re.IGNORECASE),
     lambda found, today: today + timedelta(days=NAMED[found["name"].lower()])),
    (re.compile(rf"(?:by\s+)?(?P<next>下个?|next\s+)?(?:[本这]个?)?(?:(?:周|星期|礼拜)"
                rf"(?P<zh>[一二三四五六日天])|(?P<en>{'|'.join(ENGLISH)})){UNTIL}",
                re.IGNORECASE),
     _weekday),
    (re.compile(rf"(?:本月|这个?月)?月?底{UNTIL}|(?:by\s+)?(?:the\s+)?end of the month",
                re.IGNORECASE),
     _month_end),
    (re.compile(rf"(?P<days>\d{{1,3}})\s*[天日]{UNTIL}|(?:with)?in\s+(?P<within>\d{{1,3}})\s+days?",
                re.IGNORECASE),
     lambda found, today: today + timedelta(days=int(found["days"] or found["within"]))),
)  # fmt: skip
BY_DATE = re.compile(rf"(?:by\s+)?(?P<written>{WRITTEN}){UNTIL}", re.IGNORECASE)


def item_in(line: str, names: Mapping[str, int], today: date) -> Item | Unclear | None:
    """The action item in a line; None where it is a line and no more.

    ``names``: everybody who can hold a case, by each name they go by.
    """
    if len(line) > LONGEST_LINE:
        return Unclear.TOO_LONG
    at = AT.search(line)
    if at is None:
        return None
    after = line[at.end() :]
    fitting = [name for name in names if after.lower().startswith(name.lower())]
    if not fitting:
        return Unclear.NOBODY
    name = max(fitting, key=len)
    day, rest = _day(after[len(name) :].strip(EDGES), today)
    before = LABEL.sub("", line[: at.start()].lstrip()).strip(EDGES)
    what = f"{before} {rest}".strip()
    if not what:
        return Unclear.NO_WORDS
    if day is not None and not today <= day <= today + FURTHEST:
        return Unclear.PASSED
    return Item(what, names[name], day)


def _day(words: str, today: date) -> tuple[date | None, str]:
    """The day that the words begin with, and what follows it."""
    if found := BY_DATE.match(words):
        return day_in(found["written"], today)[0], words[found.end() :].strip(EDGES)
    for way, read in WAYS:
        if found := way.match(words):
            return read(found, today), words[found.end() :].strip(EDGES)
    return None, words


WITHOUT = ("contact", "level_1", "level_2")  # no resident waits, and the meeting looks after it
LONGEST_IN_MINUTES = 99_999  # what a budget can say; a longer one is told in hours


def budgets_for(usual: Mapping[str, str], due: datetime | None, now: datetime) -> dict[str, str]:
    """The allowances of an action item: to the minute by its day, where it has one."""
    kept = {name: said for name, said in usual.items() if name not in WITHOUT}
    if due is None:
        return kept
    minutes = max(1, int((due - now).total_seconds()) // 60)
    long = minutes > LONGEST_IN_MINUTES
    return kept | {"resolve": f"{minutes // 60} hours" if long else f"{minutes} minutes"}


def due_by(day: date, calendar: Calendar, now: datetime) -> datetime:
    """The end of work on this day; of the day itself where work is over already."""
    ends = end_of(day, calendar)
    if ends > now:
        return ends
    return datetime.combine(day + DAY, time.min, calendar.zone).astimezone(UTC)


def end_of(day: date, calendar: Calendar) -> datetime:
    """The moment by which something is to be done that is due on this day: when work ends."""
    frames = calendar.frames(day)
    closes = max((ends for _, ends in frames), default=EVENING)
    if closes == time.max:
        day, closes = day + DAY, time.min
    return datetime.combine(day, closes, calendar.zone).astimezone(UTC)
