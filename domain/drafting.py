"""Puts a question together from what was picked and what the place's law says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.kinds import LIFT, Kind, Proposal, mode_of, parts_of, roll_of
from domain.places import LegalEffect, Place, effects
from domain.procedure import Voting
from domain.question import Mode, Question, Scope
from domain.voting import Unit

WINDOW_DAYS = 7  # how long a vote is open where nobody says otherwise ([D])
LONGEST_WINDOW = 60  # days, where the law names none (杭州 2021)
LONGEST_TITLE, LONGEST_TEXT = 60, 1500  # characters
LEAST_OPTIONS, MOST_OPTIONS, LONGEST_OPTION = 2, 10, 60

SIGN = r"[0-9A-Za-z]{1,6}"  # of a building or a stair: 3, 12, A
END = r"(?![0-9A-Za-z-])"
BETWEEN = " \t\n,，:：、。."
UNIT = re.compile(
    rf"(?:(?P<b1>{SIGN})-(?P<u1>{SIGN})(?:单元|梯)?"
    rf"|(?P<b2>{SIGN})号?[楼栋幢座]\s*(?P<u2>{SIGN})(?:单元|梯)"
    rf"|building(?:\s+|(?=\d))(?P<b3>{SIGN})[\s,，]+(?:unit|stair)\s*(?P<u3>{SIGN})){END}",
    re.IGNORECASE,
)
WHOLE = re.compile(
    rf"(?P<b1>{SIGN})(?:号[楼栋幢座]|[栋幢座])"
    rf"|(?P<b2>{SIGN})楼(?=[{BETWEEN}]|$)"  # "3楼换灯" may be a floor
    rf"|building(?:\s+|(?=\d))(?P<b3>{SIGN}){END}",
    re.IGNORECASE,
)
EVERYBODY = re.compile(
    rf"(?:全体业主|全体居民|全体|全小区|小区|全社区|社区|everybody|(?:the )?(?:whole )?community)"
    rf"(?=[{BETWEEN}]|$)",
    re.IGNORECASE,
)
NUMBER = re.compile(r"^\s*\d{1,2}\s*[.、．)）]\s*")
DAYS = re.compile(r"(?P<days>\d{1,3})\s*(?:天|日|days?)?", re.IGNORECASE)


class ScopeRefusal(StrEnum):
    """Why a rule has no such scope. Each value is the key of the text the person reads."""

    LIFT = "matters.scope_of_lift"
    DELEGATES = "matters.scope_of_delegates"


class EditRefusal(StrEnum):
    """Why a detail is not changed at all. Each value is the key of the text the person reads."""

    OPTIONS = "matters.options_not_here"
    MODE = "matters.mode_not_here"


@dataclass(frozen=True)
class Picked:
    """What a person picked: a kind, what is so of it, and the rule they confirmed."""

    kind: Kind
    proposal: Proposal
    rule: str


def scope_in(words: str, grids: Mapping[str, str]) -> tuple[Scope | None, str]:
    """The scope that words begin with, and the rest of them. ``grids``: names to codes."""
    text = words.strip()
    for name, code in sorted(grids.items(), key=lambda g: -len(g[0])):
        if name and text.casefold().startswith(name.casefold()):
            return Scope("grid", code), text[len(name) :].strip(BETWEEN)
    if found := UNIT.match(text):
        building, unit = (sign for sign in found.groups() if sign)
        return Scope("unit", f"{building}-{unit}"), text[found.end() :].strip(BETWEEN)
    if found := WHOLE.match(text):
        building = next(sign for sign in found.groups() if sign)
        return Scope("building", building), text[found.end() :].strip(BETWEEN)
    if found := EVERYBODY.match(text):
        return Scope("community"), text[found.end() :].strip(BETWEEN)
    return None, text


def scoped(words: str, picked: Picked, grids: Mapping[str, str]) -> tuple[Scope | None, str]:
    """The same; a kind that concerns everybody needs no scope, unless a number begins the words."""
    scope, title = scope_in(words, grids)
    if scope is None and picked.kind.scope == "community" and not title[:1].isdigit():
        return Scope("community"), title
    return scope, title


def unfit(rule: str, scope: Scope) -> ScopeRefusal | None:
    """Why this rule has no such scope.

    A lift is decided by its stair or building, and beside it by the estate where common land is
    used (handbook: voting 1.4); delegates are those of the whole community (居委会法 Art. 28).
    """
    if rule == LIFT and scope.kind not in ("unit", "building"):
        return ScopeRefusal.LIFT
    if roll_of(rule) is Unit.DELEGATE and scope.kind != "community":
        return ScopeRefusal.DELEGATES
    return None


def drafted(picked: Picked, scope: Scope, title: str, text: str, voting: Voting,
            today: date, language: str) -> Question:  # fmt: skip
    """The question as the law of the place has it; a person may change what that leaves open.

    ``language``: in which a round's answers stand on its ballots.
    """
    rule = picked.rule
    place = voting.rules_for(rule, today)
    silence, agreed = voting.silence(rule, place)
    owners = roll_of(rule) is Unit.OWNER
    basis = voting.basis(place)
    return Question(
        title=title,
        text=text,
        parts=parts_of(rule, scope, common_land=picked.proposal.common_land),
        options=tuple(name.by_language[language] for name in picked.kind.answers),
        mode=Mode.DETACHED if picked.kind.answers else mode_of(rule),
        place=place.code,
        effect=LegalEffect.ADVISORY,
        basis=basis if LegalEffect.BINDING in effects(rule, place, basis) else "",
        silence=silence,
        silence_agreed=agreed,
        invalid_counts=voting.procedure.invalid_counts and owners,
        parking=parking(rule, voting),
        paper=place.paper,
        change_limit=place.change_limit,
        proxy_cap=voting.proxy_cap(place),
        notice_days=voting.notice_days(picked.kind, rule, place),
        window_days=min(max(WINDOW_DAYS, shortest_window(place)), longest_window(place)),
        shown_days=place.shown_days,
        outcome=picked.proposal.outcome,
    )


def parking(rule: str, voting: Voting) -> str:
    """Whether bays count, as the rules of procedure say by now; nothing where areas do not."""
    return (voting.procedure.parking or "") if roll_of(rule) is Unit.OWNER else ""


def shortest_window(place: Place) -> int:
    return place.window_min_days or 1


def longest_window(place: Place) -> int:
    return place.window_max_days or LONGEST_WINDOW


def days_in(words: str) -> int | None:
    """ "15", "15天", "15 days"; None for anything else."""
    found = DAYS.fullmatch(words.strip())
    return int(found["days"]) if found else None


def options_in(words: str) -> tuple[str, ...]:
    """One option a line, each once; their own numbers are taken off."""
    lines = (NUMBER.sub("", line).strip() for line in words.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def are_options(options: Sequence[str]) -> bool:
    """None at all, or as many and as short as buttons can show."""
    if not options:
        return True
    fit = all(len(option) <= LONGEST_OPTION for option in options)
    return fit and LEAST_OPTIONS <= len(options) <= MOST_OPTIONS
