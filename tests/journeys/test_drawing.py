"""A result is promised as numbers and arrives as a picture, whatever the platform."""

from dataclasses import replace
from io import BytesIO

from PIL import Image

from bot.channels.base import TryLater
from domain.conversation import Say
from handlers.home import SetLanguage
from tests.drawings import a_drawing
from tests.world import ANA, BUILDING_3, LI, World

RESULT = Say(BUILDING_3, "groups.hello", drawing=a_drawing(), card="matter:7", fresh=True)


def is_picture(image: bytes | None) -> bool:
    return image is not None and Image.open(BytesIO(image)).format == "PNG"


async def test_a_group_and_a_resident_without_buttons_see_the_same_picture(world: World):
    await world.promises(RESULT, replace(RESULT, to=LI))

    [group], [li] = world.buttons.chat(BUILDING_3.chat), world.plain.chat(LI.chat)
    assert is_picture(group.image) and group.image is li.image
    assert group.text == li.text != ""


async def test_each_reads_the_picture_in_their_own_language(world: World):
    await world.does(ANA, SetLanguage("en"))
    world.forget_what_was_said()
    await world.promises(RESULT, replace(RESULT, to=ANA))

    [group], [ana] = world.buttons.chat(BUILDING_3.chat), world.buttons.chat(ANA.chat)
    assert is_picture(group.image) and is_picture(ana.image) and group.image != ana.image


async def test_the_words_arrive_though_the_picture_cannot_be_drawn(world: World):
    await world.promises(replace(RESULT, drawing=a_drawing(effect="unheard of")))

    [group] = world.buttons.chat(BUILDING_3.chat)
    assert group.text and group.image is None


async def test_a_card_keeps_its_picture_when_its_words_change(world: World):
    await world.promises(RESULT)
    await world.promises(Say(BUILDING_3, "groups.hello_unbound", card="matter:7"))

    [card] = world.buttons.chat(BUILDING_3.chat)
    assert card.edited and is_picture(card.image)


async def test_a_picture_that_waited_goes_with_the_words_that_overtook_it(world: World):
    world.buttons.refuse_next = TryLater(30)
    await world.promises(RESULT)
    await world.promises(Say(BUILDING_3, "groups.hello_unbound", card="matter:7"))
    world.clock.advance(seconds=30)
    await world.settle()

    [card] = world.buttons.chat(BUILDING_3.chat)
    assert not card.edited and is_picture(card.image)
