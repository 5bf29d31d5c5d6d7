"""What happens when a platform is slow, silent, or will not have us."""

from dataclasses import dataclass

import pytest

from bot.channels.base import Refused, TryLater, Unclear, Unreachable
from domain.conversation import Action, Address, Inbound, OnUnknown, Say
from handlers.groups import GroupMoved
from scheduler.upkeep import recover_sending
from storage import tables as t
from storage.claims import LEASE, Room
from tests.world import ANA, BUILDING_3, SUN, ZHOU, World


async def test_a_slow_platform_gets_the_message_later(world: World):
    world.buttons.refuse_next = TryLater(30, everywhere=True)
    await world.writes(ANA, "/help")
    assert world.all(ANA) == []

    world.clock.advance(seconds=29)
    await world.settle()
    assert world.all(ANA) == []
    world.clock.advance(seconds=1)
    await world.settle()
    assert len(world.all(ANA)) == 1


async def test_one_bad_chat_does_not_hold_up_the_others(world: World):
    world.buttons.refuse_next = TryLater(30)
    await world.writes(ANA, "/help")
    await world.writes(ZHOU, "/help")

    assert world.all(ANA) == [] and world.all(ZHOU)


async def test_messages_to_one_chat_keep_their_order(world: World):
    world.buttons.refuse_next = TryLater(30)
    await world.writes(ANA, "/help")
    await world.writes(ANA, "/language")
    assert world.all(ANA) == []

    world.clock.advance(seconds=30)
    await world.settle()
    assert [t[:6] for t in world.all(ANA)] == ["我能帮您做什", "请选择语言。"]


async def test_who_blocked_us_is_not_tried_again_and_the_admin_sees_why(world: World):
    world.buttons.refuse_next = Unreachable("bot was blocked by the user")
    await world.writes(ANA, "/help")
    await world.writes(SUN, "/delivery")

    assert "对方拒收 1" in world.last(SUN) and "bot was blocked by the user" in world.last(SUN)
    await world.writes(ZHOU, "附议 1")
    async with world.storage.begin() as uow:
        visitor = await uow.residents.visitor(ANA, ANA)
        assert visitor and await uow.residents.reach({visitor.person.id}) == {}


async def test_a_message_the_platform_refuses_does_not_cut_off_the_person(world: World):
    world.buttons.refuse_next = Refused("can't parse entities")
    await world.writes(ANA, "/help")
    await world.writes(ANA, "/help")

    assert len(world.all(ANA)) == 1


async def test_a_promise_of_unknown_fate_goes_once_more_and_says_so(world: World):
    world.buttons.refuse_next = Unclear("no answer")
    await world.writes(ANA, "/help")
    world.clock.advance(seconds=5)
    await world.settle()

    assert world.last(ANA).startswith("（重发，您可能已收到过）")


async def test_a_second_silence_is_listed_as_unknown(world: World):
    world.buttons.refuse_next = Unclear("no answer")
    await world.writes(ANA, "/help")
    world.buttons.refuse_next = Unclear("no answer")
    world.clock.advance(seconds=5)
    await world.settle()

    async with world.storage.begin() as uow:
        assert await uow.delivery.counts() == {"unknown": 1}


@pytest.mark.parametrize(("policy", "tries"), [(OnUnknown.REPEAT, 2), (OnUnknown.LIST, 1)])
async def test_a_card_that_went_anew_into_silence_goes_as_often_as_it_may(
    world: World, policy: OnUnknown, tries: int
):
    """What could not be changed and was sent was taken for a change still, and sent for ever."""
    card = Say(BUILDING_3, "home.cancelled", card="case:1", on_unknown=policy)
    await world.promises(card)
    world.buttons.refuse_next = Unclear("no answer")
    await world.promises(card)
    for _ in range(tries - 1):
        world.buttons.refuse_next = Unclear("no answer")
        world.clock.advance(seconds=5)
        await world.settle()

    async with world.storage.begin() as uow:
        assert await uow.delivery.counts() == {"sent": 1, "unknown": 1}


async def test_what_a_dead_sender_had_in_hand_goes_once_more(world: World):
    async with world.storage.begin() as uow:
        await uow.delivery.promise([Say(ANA, "home.cancelled")], world.clock())
    async with world.storage.begin() as uow:
        assert len(await uow.delivery.claim({"buttons": Room(10, 10)}, world.clock())) == 1

    await world.dispatcher.run(recover_sending)
    await world.settle()
    assert world.all(ANA) == []  # the lease still runs: the sender may be alive

    world.clock.advance(seconds=LEASE.total_seconds() + 1)
    await world.dispatcher.run(recover_sending)
    await world.settle()
    assert world.last(ANA).startswith("（重发")


async def test_a_message_given_up_after_a_day_is_shown_with_its_reason(world: World):
    world.buttons.refuse_next = TryLater(600, "connection refused")
    await world.writes(ANA, "/help")
    world.buttons.refuse_next = TryLater(600, "connection refused")
    world.clock.advance(hours=25)
    await world.settle()
    await world.writes(SUN, "/delivery")

    assert "放弃 1" in world.last(SUN) and "connection refused" in world.last(SUN)


async def test_what_waited_while_the_bot_was_off_is_not_given_up_at_its_first_refusal(world: World):
    """A day without a sender was taken for a day of trying."""
    async with world.storage.begin() as uow:
        await uow.delivery.promise([Say(BUILDING_3, "home.cancelled")], world.clock())
    world.clock.advance(hours=25)
    for _ in range(2):
        world.buttons.refuse_next = TryLater(5, "connection refused", everywhere=True)
        world.clock.advance(seconds=10)
        await world.settle()
    assert world.all(BUILDING_3) == []

    world.clock.advance(seconds=10)
    await world.settle()
    assert len(world.all(BUILDING_3)) == 1


async def test_a_message_that_no_version_of_ours_can_read_stops_no_other(world: World):
    """As one that a newer version had promised before it was taken back."""
    async with world.storage.begin() as uow:
        await uow.delivery.promise([Say(BUILDING_3, "home.cancelled")], world.clock())
    choices = {"key": "home.cancelled", "choices": [["x", "of.tomorrow:1", ""]]}
    async with world.storage.engine.begin() as connection:
        await connection.execute(t.outbox.update().values(say=choices))
    await world.promises(Say(ZHOU, "home.cancelled"))
    await world.writes(SUN, "/delivery")

    assert world.all(BUILDING_3) == [] and len(world.all(ZHOU)) == 1
    assert "放弃 1" in world.last(SUN) and "Error" in world.last(SUN)


@dataclass(frozen=True)
class Nonsense(Action, code="test.nonsense"):
    """A button that no handler answers."""


async def test_our_own_fault_saves_nothing_and_says_so(
    world: World, capsys: pytest.CaptureFixture[str]
):
    await world.does(ANA, Nonsense())

    assert world.last(ANA).startswith("抱歉，我们这边出了点问题")
    assert "update failed" in capsys.readouterr().out


async def test_who_wrote_in_a_group_before_we_knew_that_it_had_moved_stops_nobody(world: World):
    """What was under the new id already clashed with the same of the old one, for ever."""
    new = Address("buttons", "-1003")
    for group in (BUILDING_3, new):
        await world.writes(SUN, "/bind building:3", group=group)
        await world.writes(ANA, "请问几点停水？", group=group)
        await world.writes(ANA, "/suggest", group=group)
    await digests_for(world, BUILDING_3, new)
    await world.receives(Inbound("m1", ANA, BUILDING_3, action=GroupMoved("-1003")))
    await world.writes(ANA, "路灯坏了", group=new, answers=True)
    await world.promises(Say(BUILDING_3, "home.cancelled"), Say(ZHOU, "home.cancelled"))

    async with world.storage.begin() as uow:
        assert [group.address for group in await uow.groups.of("building", "3")] == [new]
        [digest] = await uow.digest.all()
        assert digest.group == new and len(await uow.digest.readers(digest.number)) == 2
    assert "路灯坏了" in world.last(new)
    assert world.last(ZHOU) == "好的，不用管它了。"


async def test_what_still_waits_for_a_group_that_moved_answers_no_other_message_there(world: World):
    world.buttons.refuse_next = TryLater(30)
    await world.promises(Say(BUILDING_3, "home.cancelled", replies_to="71"))
    await world.receives(Inbound("m1", ANA, BUILDING_3, action=GroupMoved("-1003")))
    world.clock.advance(seconds=30)
    await world.settle()

    [said] = world.buttons.chat("-1003")
    assert said.replies_to == ""


async def digests_for(world: World, *groups: Address) -> None:
    """Each group has one, and one person reads it alone."""
    for reader, group in zip((ANA, ZHOU), groups, strict=True):
        async with world.storage.begin() as uow:
            visitor = await uow.residents.visitor(reader, reader)
            assert visitor
            await uow.digest.begin(group, "weekly 5 10:00", world.clock())
            digest = await uow.digest.of(group)
            assert digest
            await uow.digest.subscribe(visitor.person.id, digest.number, world.clock())


async def test_a_group_that_moved_gets_the_card_anew_and_no_other_message_is_changed(world: World):
    await world.writes(ANA, "#建议 路灯坏了", group=BUILDING_3)
    await world.receives(Inbound("m1", ANA, BUILDING_3, action=GroupMoved("-1003")))
    await world.presses(ZHOU, "签收")

    (old,), (new,) = world.buttons.chat(BUILDING_3.chat), world.buttons.chat("-1003")
    assert "签收" in old.text and not old.edited
    assert "周警官正在办理" in new.text and not new.edited
