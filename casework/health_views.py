"""How a group's health is told to an admin: in plain words, with what it rests on, never a rank."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from casework.health import WEEKS, place_of
from casework.matter_views import scope_name
from domain.community import Community
from domain.conversation import Action, Address, Blank, Choice, Phrase, Say
from domain.health import Look, Part, Score
from domain.ladder import Step
from domain.trend import trend
from storage.groups import Group

MARK = 12  # characters that tell one group from the others of a community


@dataclass(frozen=True)
class ShowHealth(Action, code="hl"):
    """How are the groups?"""


@dataclass(frozen=True)
class ShowGroup(Action, code="hl.g"):
    group: str


def mark_of(group: Group) -> str:
    """Stands for a group in a button, where its address may not fit."""
    told = f"{group.address.channel}:{group.address.chat}"
    return hashlib.sha256(told.encode()).hexdigest()[:MARK]


def in_place(groups: Iterable[Group], community: Community) -> list[Group]:
    """The community's groups, then those of grids, then of buildings by number: never by score."""
    grids = list(community.grids)

    def where(group: Group) -> tuple[int, int, str, Address]:
        kind = ("community", "grid", "building").index(group.scope)
        digits = "".join(c for c in group.value if c.isdecimal())
        number = grids.index(group.value) if group.value in grids else int(digits or 0)
        return kind, number, group.value, group.address

    return sorted((g for g in groups if g.scope != "staff"), key=where)


def name_of(group: Group, community: Community) -> Phrase:
    place = scope_name(place_of(group), community)
    return Phrase("health.name", {"place": place, "channel": group.address.channel})


def state_phrase(group: Group, look: Look | None) -> Phrase:
    """Where we are not given what is written, silence is not for us to judge."""
    if group.reads is False:
        return Phrase("health.unheard")
    return Phrase(f"health.state.{look.standing.state}" if look else "health.not_yet")


def line(group: Group, look: Look | None, community: Community) -> Phrase:
    name, state = name_of(group, community), state_phrase(group, look)
    return Phrase("health.line", {"name": name, "state": state})


def archived_line(group: Group, community: Community) -> Phrase:
    return Phrase("health.archived", {"name": name_of(group, community)})


def card(
    group: Group, looks: list[Look], next_: Phrase, community: Community, to: Address,
    choices: tuple[Choice, ...] = (),
) -> Say:  # fmt: skip
    """One group: its state, why, the score with its parts and basis, the trend, the next step."""
    look = looks[0]
    blanks: dict[str, Blank] = {
        "name": name_of(group, community),
        "state": state_phrase(group, look),
        "weeks": weeks_so(looks),
        "members": look.members,
        "active": look.active,
        "days": look.days_since,
        "score": tenths(look.score),
        "weight": look.score.weight,
        "parts": tuple(_part(part) for part in look.score.parts),
        "next": next_,
    }
    drawing = trend(place_of(group), looks, WEEKS) if group.reads is not False else None
    return Say(to, "health.card", blanks, choices, drawing=drawing)


def weeks_so(looks: list[Look]) -> int:
    """For how many weeks in a row it has been as it is."""
    state = looks[0].standing.state
    return next((n for n, x in enumerate(looks) if x.standing.state is not state), len(looks))


def tenths(score: Score) -> str:
    return f"{score.tenths // 10}.{score.tenths % 10}"


def _part(part: Part) -> Phrase:
    percent = int(part.reached * 100 + 1 / 2)
    name = Phrase(f"trend.part.{part.name}")
    return Phrase("health.part", {"name": name, "percent": percent, "weight": part.weight})


def next_phrase(step: Step | None, look: Look) -> Phrase:
    """What to do now; where there is nothing, why not."""
    if step is None:
        return Phrase(f"health.nothing.{look.standing.state}")
    return Phrase(f"ladder.next.{step}")
