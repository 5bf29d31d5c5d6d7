"""The health of each group, for admins: in the order of places, never of scores."""

from casework.health import WEEKS_READ
from casework.health_views import (
    ShowGroup,
    ShowHealth,
    archived_line,
    card,
    in_place,
    line,
    mark_of,
    name_of,
)
from casework.ladder import what_next
from casework.ladder_views import restore_choice
from domain.conversation import Choice, Say
from domain.health import Look
from handlers.turn import Routes, Turn
from storage.groups import Group

MOST_BUTTONS = 50


async def show_health(turn: Turn, action: ShowHealth) -> list[Say]:
    """All groups in a line each; the only one, or the one that was asked in, at once."""
    if not turn.person.is_admin:
        return [turn.say("health.only_admin")]
    groups = in_place(await turn.uow.groups.all(), turn.community)
    here = [g for g in groups if g.address == turn.where] or groups
    archived = in_place(await turn.uow.groups.archived(), turn.community)
    if len(here) == 1 and not archived:
        return await _shown(turn, here[0])
    if not groups and not archived:
        return [turn.say("health.none")]
    looks = {g: next(iter(await _looks(turn, g, 1)), None) for g in groups}
    lines = tuple(line(g, look, turn.community) for g, look in looks.items())
    lines += tuple(archived_line(g, turn.community) for g in archived)
    opens = [Choice(name_of(g, turn.community), ShowGroup(mark_of(g))) for g in groups]
    opens += [restore_choice(g, turn.community) for g in archived]
    return [turn.say("health.list", choices=tuple(opens[:MOST_BUTTONS]), lines=lines)]


async def show_group(turn: Turn, action: ShowGroup) -> list[Say]:
    if not turn.person.is_admin:
        return [turn.say("health.only_admin")]
    groups = in_place(await turn.uow.groups.all(), turn.community)
    found = next((g for g in groups if mark_of(g) == action.group), None)
    return [turn.say("health.none")] if found is None else await _shown(turn, found)


async def _shown(turn: Turn, group: Group) -> list[Say]:
    looks = await _looks(turn, group, WEEKS_READ)
    if not looks:
        return [turn.say("health.tomorrow", name=name_of(group, turn.community))]
    next_ = await what_next(turn, group, looks[0])
    return [card(group, looks, next_, turn.community, turn.sender)]


async def _looks(turn: Turn, group: Group, limit: int) -> list[Look]:
    return await turn.uow.health.looks(group.address, limit)


ROUTES: Routes = {ShowHealth: show_health, ShowGroup: show_group}
