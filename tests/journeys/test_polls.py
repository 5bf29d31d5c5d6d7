"""An opinion poll: the platform's own where it has one, words and buttons elsewhere."""

from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from casework.actions import Support
from domain.conversation import Address, Choice, Inbound, Say
from domain.polls import Poll, Standing
from handlers.polls import PollChanged
from storage import tables as t
from storage import voting_tables as v
from tests.databases import NOON
from tests.world import ANA, BUILDING_3, LI, World

TREES = Poll(3, "门口的树修剪成什么样？", ("矮一些", "不动"), "groups.hello")
CARD = Say(
    BUILDING_3, "groups.hello", choices=(Choice("矮一些", Support(1)),), card="poll:3", poll=TREES
)
ITSELF = Address("buttons", "")


async def asked(world: World) -> None:
    """Ana asked the building about the trees."""
    async with world.storage.begin() as uow:
        visitor = await uow.residents.visitor(ANA, ANA)
    assert visitor
    await world._insert(
        v.polls,
        [{"id": 3, "channel": "buttons", "chat": BUILDING_3.chat, "question": TREES.question,
          "person_id": visitor.person.id, "options": list(TREES.options), "multiple": 0,
          "closes_at": NOON, "voters": 0, "at": NOON}],
    )  # fmt: skip


async def stands(world: World) -> Any:
    async with world.storage.engine.connect() as connection:
        return (await connection.execute(select(v.polls))).one()


async def news(world: World, id: str, native: str, *counts: int, closed: bool = False) -> None:
    standing = Standing(native, counts, sum(counts), closed)
    await world.receives(Inbound(id, ITSELF, action=PollChanged(), poll=standing))


async def test_elsewhere_words_and_buttons_stand_in(world: World):
    await world.promises(CARD, replace(CARD, to=LI))

    [group], [li] = world.buttons.chat(BUILDING_3.chat), world.plain.chat(LI.chat)
    assert group.poll is None and list(group.buttons) == ["矮一些"]
    assert "1. 矮一些" in li.text


async def test_the_numbers_of_the_platforms_own_poll_are_kept(world: World):
    await asked(world)
    world.buttons.holds_polls = True
    await world.promises(CARD)
    [card] = world.buttons.chat(BUILDING_3.chat)

    await news(world, "a", card.id, 4, 1)
    assert ((await stands(world)).counts, (await stands(world)).closed_at) == ([4, 1], None)

    await news(world, "b", card.id, 5, 1, closed=True)
    world.clock.advance(hours=1)
    await news(world, "c", card.id, 5, 1, closed=True)
    row = await stands(world)
    assert (row.counts, row.voters, row.closed_at) == ([5, 1], 6, NOON)


async def test_a_poll_that_is_not_ours_changes_nothing(world: World):
    await asked(world)
    await news(world, "a", "somebody else's", 4, 1)

    assert (await stands(world)).counts is None


async def test_nobody_is_made_up_to_stand_behind_the_numbers(world: World):
    async with world.storage.engine.connect() as connection:
        before = await connection.scalar(select(func.count()).select_from(t.people))
    world.forget_what_was_said()

    await news(world, "a", "1", 4, 1)

    async with world.storage.engine.connect() as connection:
        after = await connection.scalar(select(func.count()).select_from(t.people))
    assert after == before
    assert world.buttons.sent == world.plain.sent == []
