"""The bot comes into a group, leaves it, or learns what the group stands for."""

import re
from dataclasses import dataclass, replace

from casework.groups import name_of
from casework.questions import gone
from domain.conversation import Action, Address, Phrase, Say
from domain.drafting import scope_in
from handlers.turn import Routes, Turn
from storage.groups import Group

SCOPE = re.compile(r"(building|grid):(?P<value>[^\s:]{1,16})|community|staff")
OF_STAFF = ("工作群", "staff group")


@dataclass(frozen=True)
class BotAdded(Action, code="g.in"):
    """The bot was added to this group."""


@dataclass(frozen=True)
class BotLeft(Action, code="g.out"):
    """The bot was removed from this group."""


@dataclass(frozen=True)
class GroupMoved(Action, code="g.to"):
    """The platform gave this group a new id."""

    to: str


@dataclass(frozen=True)
class Bind(Action, code="g.bind"):
    """An admin says what this group stands for: 3号楼, a grid, everybody, or the staff.

    Or as the list of groups has it: building:3, grid:1, community, staff.
    """


@dataclass(frozen=True)
class ListGroups(Action, code="g.list"):
    """For an admin: what each group stands for, and whether the bot is given all of it."""


async def bot_added(turn: Turn, action: BotAdded) -> list[Say]:
    return [turn.answer("groups.hello" if turn.group else "groups.hello_unbound")]


async def bot_left(turn: Turn, action: BotLeft) -> list[Say]:
    says = await gone(turn, await turn.uow.questions.unanswered_in(turn.where))
    await turn.uow.groups.leave(turn.where)
    return says


async def group_moved(turn: Turn, action: GroupMoved) -> list[Say]:
    await turn.uow.groups.moved(turn.where, Address(turn.where.channel, action.to))
    return []


async def bind(turn: Turn, action: Bind) -> list[Say]:
    if turn.inbound.group is None:
        return [turn.say("groups.bind_in_group")]
    if not turn.person.is_admin:
        return [turn.answer("groups.only_admin")]
    found = _said(turn)
    if found is None or not await _exists(turn, *found):
        return [turn.answer("groups.bad_scope")]
    scope, value = found
    group = Group(turn.inbound.group, scope, value, turn.community.language)
    if turn.group and (turn.group.scope, turn.group.value) != (scope, value):
        await turn.uow.groups.begin_anew(turn.inbound.group)
    bound = replace(turn.group, scope=scope, value=value) if turn.group else group
    await turn.uow.groups.bind(bound)
    return [turn.answer("groups.bound", scope=name_of(turn, bound))]


def _said(turn: Turn) -> tuple[str, str] | None:
    """The kind and the value of a scope, such as ``("building", "3")``."""
    words = turn.words.strip()
    if SCOPE.fullmatch(words):
        scope, _, value = words.partition(":")
        return scope, value
    if words.lower() in OF_STAFF:
        return "staff", ""
    found, rest = scope_in(words, turn.community.grids_said)
    return (found.kind, found.value) if found and not rest else None


async def list_groups(turn: Turn, action: ListGroups) -> list[Say]:
    if not turn.person.is_admin:
        return [turn.say("groups.only_admin")]
    groups = await turn.uow.groups.all()
    if not groups:
        return [turn.say("groups.list_none")]
    lines = tuple(
        Phrase(
            "groups.line", {"where": name_of(turn, g), "heard": Phrase(f"groups.heard.{_heard(g)}")}
        )
        for g in groups
    )
    how = [turn.say("groups.how_to_hear")] if any(g.reads is False for g in groups) else []
    return [turn.say("groups.list", choices=(), groups=lines), *how]


def _heard(group: Group) -> str:
    if group.reads is None:
        return "unknown"
    return "yes" if group.reads else "no"


async def _exists(turn: Turn, scope: str, value: str) -> bool:
    if scope == "building":
        return await turn.uow.residents.grid_of(value) is not None
    return scope in ("community", "staff") or value in turn.community.grids


ROUTES: Routes = {
    BotAdded: bot_added,
    BotLeft: bot_left,
    GroupMoved: group_moved,
    Bind: bind,
    ListGroups: list_groups,
}
