"""Buttons nobody was shown: whoever has no part changes nothing, and nobody breaks the bot.

Every action of deciding together is tried, in the stages where most of them would do something.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy import select

from casework import matter_actions
from domain.conversation import Action, Address
from domain.matters import Event
from storage import voting_tables as v
from tests import deciding
from tests.world import SUN, ZHOU, World
from texts import read_languages

STRANGER = Address("buttons", "666")
SORRY = read_languages()["zh"]["error.ours"]
ACTIONS = [
    kind
    for kind in vars(matter_actions).values()
    if isinstance(kind, type) and issubclass(kind, Action) and kind is not Action
]
WORDS = {
    "kind": ("lift", "gone"),
    "picked": ("0", ""),
    "part": ("title", "effect", "land", "gone"),
    "value": ("rehearsal", "yes", "gone"),
    "unit": ("o501", "x"),
    "choice": ("yes", "9"),
    "category": ("lift", "gone"),
}
TABLES = (v.matters, v.matter_events, v.matter_notes, v.matter_tickets, v.objections, v.ballots)

Stage = Callable[[World], Awaitable[None]]


async def published(world: World) -> None:
    await deciding.published(world, "同意")


STAGES: dict[str, Stage] = {
    "draft": deciding.drafted,
    "noticed": deciding.noticed,
    "open": deciding.opened,
    "published": published,
}


def forged(events: tuple[str, ...]) -> Iterator[Action]:
    """Every action, each of its fields with what a client might put there."""
    for kind in ACTIONS:
        rows: list[list[Any]] = [[]]
        for field in fields(kind):  # type: ignore[arg-type]
            values = _values(field.name, events)
            rows = [[*row, value] for row in rows for value in values]
        yield from (kind(*row) for row in rows)


def _values(name: str, events: tuple[str, ...]) -> tuple[Any, ...]:
    if name == "event":
        return events
    return WORDS.get(name, (1,))


TRIED = [(stage, ZHOU) for stage in STAGES] + [("noticed", STRANGER)]  # staff without a part


@pytest.mark.parametrize(("stage", "who"), TRIED)
async def test_who_has_no_part_changes_nothing(world: World, stage: str, who: Address):
    await STAGES[stage](world)
    before = await _everything(world)
    for action in forged(("propose", "publish", "withdraw", "void")):
        await world.does(who, action)
        assert SORRY not in world.last(who), action

    assert await _everything(world) == before
    assert not await _undelivered(world)


async def test_who_has_every_part_breaks_nothing_either(world: World):
    """Without words nothing that needs some is done; whatever is said can be put into words."""
    await deciding.noticed(world)
    for action in forged(tuple(Event)):
        await world.does(SUN, action)
        assert SORRY not in world.last(SUN), action

    assert not await _undelivered(world)


async def _everything(world: World) -> list[Any]:
    """Every row of what a matter is, as it stands in the database."""
    found: list[Any] = []
    async with world.storage.engine.connect() as connection:
        for table in TABLES:
            rows = await connection.execute(select(table).order_by(*table.primary_key.columns))
            found.append([tuple(row) for row in rows])
    return found


async def _undelivered(world: World) -> dict[str, int]:
    async with world.storage.begin() as uow:
        counts = await uow.delivery.counts()
    return {state: many for state, many in counts.items() if state != "sent" and many}
