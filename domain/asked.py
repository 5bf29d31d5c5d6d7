"""An opinion poll as somebody writes it down, read or refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.kinds import refused

LONGEST_QUESTION, LONGEST_OPTION = 300, 100  # characters (core.telegram.org/bots/api#sendpoll)
FEWEST, MOST = 2, 10  # options; the platform takes 12, and we add an abstention
USUAL = timedelta(days=1)
LONGEST = timedelta(days=14)


class PollRefusal(StrEnum):
    """Why a poll is not put. Each value is the key of the text the person reads."""

    NO_QUESTION = "polls.no_question"
    TOO_LONG = "polls.too_long"
    FEW_OPTIONS = "polls.few_options"
    TOO_LATE = "polls.too_late"
    ELECTION = "voting.refused_election"


@dataclass(frozen=True)
class Asked:
    """A poll as somebody wrote it down."""

    question: str
    options: tuple[str, ...]
    multiple: bool
    lasts: timedelta


LASTS = re.compile(r"(\d{1,3})\s*(天|days?|小时|hours?)[\s,，:：]*", re.IGNORECASE)
MULTIPLE = re.compile(r"(?:多选|multiple)[\s,，:：]*", re.IGNORECASE)
NUMBERED = re.compile(r"^\s*(?:\d{1,2}\s*[.、．)）]|[-·•])\s*")


def asked(words: str) -> Asked | PollRefusal:
    """ "2天 多选 周末大扫除定在哪天？", and then one option a line."""
    first, *lines = [line.strip() for line in words.strip().splitlines()] or [""]
    lasts, multiple = USUAL, False
    while found := LASTS.match(first) or MULTIPLE.match(first):
        if found.re is LASTS:
            lasts = _length(int(found[1]), found[2].lower())
        else:
            multiple = True
        first = first[found.end() :]
    options = tuple(dict.fromkeys(filter(None, (NUMBERED.sub("", line) for line in lines))))
    return _checked(Asked(first, options, multiple, lasts))


def _length(count: int, unit: str) -> timedelta:
    return timedelta(days=count) if unit.startswith(("天", "d")) else timedelta(hours=count)


def _checked(poll: Asked) -> Asked | PollRefusal:
    if not poll.question:
        return PollRefusal.NO_QUESTION
    if len(poll.question) > LONGEST_QUESTION or _longest(poll.options) > LONGEST_OPTION:
        return PollRefusal.TOO_LONG
    if not FEWEST <= len(poll.options) <= MOST:
        return PollRefusal.FEW_OPTIONS
    if not timedelta() < poll.lasts <= LONGEST:
        return PollRefusal.TOO_LATE
    if refused("。".join((poll.question, *poll.options))):
        return PollRefusal.ELECTION
    return poll


def _longest(options: Sequence[str]) -> int:
    return max(map(len, options), default=0)
