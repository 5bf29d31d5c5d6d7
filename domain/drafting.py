"""Puts a question together from what was picked and what the place's law says."""

import re
from dataclasses import dataclass
from datetime import date

from domain.kinds import Kind, Proposal, mode_of, parts_of, roll_of
from domain.places import LegalEffect, Place, effects
from domain.procedure import Voting
from domain.question import Mode, Question, Scope
from domain.voting import Unit

WINDOW_DAYS = 7  # how long a vote is open where nobody says otherwise ([D])
LONGEST_WINDOW = 60  # days, where the law names none (杭州 2021)
LONGEST_TITLE, LONGEST_TEXT = 60, 1500  # characters
MOST_OPTIONS, LONGEST_OPTION = 10, 60

BUILDING = r"(?P<building>[0-9A-Za-z]{1,6})"
UNIT = re.compile(
    rf"{BUILDING}(?:-|号?[楼栋]\s*)(?P<unit>[0-9A-Za-z]{{1,6}})(?:单元|梯)?(?=\s|[,，:：、。]|$)"
)
WHOLE = re.compile(
    rf"{BUILDING}(?:号?[楼栋])(?=\s|[,，:：、。]|$)|(?:building)\s*(?P<other>\w{{1,6}})"
)
EVERYBODY = re.compile(r"(?:全体|小区|全小区|社区|全社区|community|everybody)(?=\s|[,，:：、。]|$)")
NUMBER = re.compile(r"^\s*\d{1,2}\s*[.、．)）]\s*")
BETWEEN = " \t\n,，:：、。"


@dataclass(frozen=True)
class Picked:
    """What a person picked: a kind, what is so of it, and the rule they confirmed."""

    kind: Kind
    proposal: Proposal
    rule: str


def scope_in(words: str, grids: dict[str, str]) -> tuple[Scope | None, str]:
    """The scope that words begin with, and the rest of them. ``grids``: names to codes."""
    text = words.strip()
    for name, code in sorted(grids.items(), key=lambda g: -len(g[0])):
        if text.startswith(name):
            return Scope("grid", code), text[len(name) :].strip(BETWEEN)
    if found := UNIT.match(text):
        return Scope("unit", f"{found['building']}-{found['unit']}"), text[found.end() :].strip(
            BETWEEN
        )
    if found := WHOLE.match(text):
        building = found["building"] or found["other"]
        return Scope("building", building), text[found.end() :].strip(BETWEEN)
    if found := EVERYBODY.match(text):
        return Scope("community"), text[found.end() :].strip(BETWEEN)
    return None, text


def drafted(picked: Picked, scope: Scope, title: str, text: str, voting: Voting,
            today: date, language: str) -> Question:  # fmt: skip
    """The question as the law of the place has it; a person may change what that leaves open.

    ``language``: in which a round's answers stand on its ballots.
    """
    place, rule = voting.rules_on(today), picked.rule
    silence, agreed = voting.silence(rule, place)
    owners = roll_of(rule) is Unit.OWNER
    basis = voting.basis(place)
    parking = voting.procedure.parking
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
        parking=(parking or "") if owners else "",
        paper=place.paper,
        change_limit=place.change_limit,
        proxy_cap=voting.proxy_cap(place),
        notice_days=voting.notice_days(picked.kind, rule, place),
        window_days=max(WINDOW_DAYS, place.window_min_days or 1),
        shown_days=place.shown_days,
        outcome=picked.proposal.outcome,
    )


def longest_window(place: Place) -> int:
    return place.window_max_days or LONGEST_WINDOW


def options_in(words: str) -> tuple[str, ...]:
    """One option a line; their own numbers are taken off."""
    lines = (
        re.sub(r"^\s*\d{1,2}\s*[.、．)）]\s*", "", line).strip() for line in words.splitlines()
    )
    return tuple(line[:LONGEST_OPTION] for line in lines if line)[:MOST_OPTIONS]
