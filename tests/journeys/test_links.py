"""From a card in the group to the private chat, where nobody else reads along."""

import pytest

from casework.actions import Progress
from domain.conversation import Address, Choice, Say
from tests.world import ANA, BUILDING_3, LI, World

BUTTONS = (Choice("进度", Progress(1)), Choice("看看", Progress(1), "t1"))
CARD = Say(BUILDING_3, "groups.hello", choices=BUTTONS)


async def test_a_button_may_say_where_it_leads(world: World):
    await world.promises(CARD)

    [card] = world.buttons.chat(BUILDING_3.chat)
    assert list(card.buttons) == ["进度", "看看"]
    assert card.links == {"看看": "t1"}


async def test_where_a_platform_has_no_links_the_deed_is_done_and_answered_alone(world: World):
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.promises(CARD)
    world.forget_what_was_said()
    await world.promises(CARD)

    await world.presses(ANA, "看看", group=BUILDING_3)

    assert world.last(ANA).startswith("1号")
    assert len(world.all(BUILDING_3)) == 1


async def test_where_there_are_no_buttons_a_number_does_the_same(world: World):
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.promises(Say(LI, "groups.hello", choices=BUTTONS))

    await world.writes(LI, "2")

    assert world.last(LI).startswith("1号")


@pytest.mark.parametrize("who", [ANA, LI], ids=str)
async def test_the_link_opens_the_same_as_the_button(who: Address, world: World):
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(who, "/start t1")

    assert world.last(who).startswith("1号")


async def test_what_is_no_link_may_still_be_a_code(world: World):
    await world.writes(ANA, "/start x1")

    assert "码" in world.last(ANA)
