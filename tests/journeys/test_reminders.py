"""Few messages, and timely: caps for everybody, wishes honoured at once, nothing passes by."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from casework import reminding
from casework.scene import System
from domain.budget import REFUSABLE, Caps, Past, Topic, why_held
from domain.community import Community
from domain.conversation import Address, Say
from scheduler.budget import release_held
from storage.uow import UnitOfWork
from tests.world import ANA, BUILDING_3, COMMUNITY, LI, ZHOU, World

Timer = Callable[[UnitOfWork, datetime, Community], Awaitable[list[Say]]]
WORDS = {
    Topic.OUTCOME: "home.cancelled",
    Topic.DIGEST: "matters.none",
    Topic.QUESTION: "reminders.all",
    Topic.LEGAL: "matters.only_admin",
}


def saying(*topics: Topic, to: Address = ANA, until: timedelta | None = None) -> Timer:
    """A timer that says something of each topic."""

    async def timer(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
        end = now + until if until else None
        return [Say(to, WORDS[topic], topic=topic, until=end) for topic in topics]

    return timer


def unasked(world: World, who: Address = ANA) -> int:
    return len(world.all(who))


@pytest.mark.parametrize("who", [ANA, LI])
async def test_one_a_day_and_the_rest_on_the_next_morning(world: World, who: Address):
    await world.ticks(saying(Topic.DIGEST, Topic.OUTCOME, to=who))
    assert unasked(world, who) == 1 and "不用管它了" in world.last(who)
    world.clock.advance(hours=19)  # 7:00
    await world.ticks(release_held)
    assert unasked(world, who) == 1
    world.clock.advance(hours=6)
    await world.ticks(release_held)
    await world.ticks(release_held)

    assert unasked(world, who) == 2


async def test_where_only_one_may_go_the_more_important_one_does(world: World):
    await world.ticks(saying(Topic.QUESTION, Topic.DIGEST, Topic.OUTCOME))

    assert unasked(world) == 1 and "不用管它了" in world.last(ANA)  # the outcome's words here


@pytest.mark.parametrize("who", [ANA, LI])
async def test_unsubscribed_is_unsubscribed_at_once(world: World, who: Address):
    await world.writes(who, "退订")
    told = unasked(world, who)
    await world.ticks(saying(Topic.DIGEST, Topic.OUTCOME, Topic.QUESTION, to=who))
    world.clock.advance(days=3)
    await world.ticks(release_held)
    assert unasked(world, who) == told

    await world.ticks(saying(Topic.LEGAL, to=who))
    assert unasked(world, who) == told + 1
    await world.writes(who, "恢复提醒")
    await world.ticks(saying(Topic.DIGEST, to=who))
    assert unasked(world, who) == told + 3


async def test_every_message_nobody_asked_for_can_be_refused(world: World):
    await world.ticks(saying(Topic.DIGEST))
    await world.presses(ANA, "少发点／退订")
    await world.presses(ANA, "退订")

    assert "已退订" in world.last(ANA)


async def test_news_of_ones_own_case_comes_whatever_one_has_refused(world: World):
    await world.writes(ANA, "退订")
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(ZHOU, "签收 1")

    assert "周警官" in world.last(ANA)


async def test_three_ignored_and_only_one_a_month_is_left(world: World):
    for _ in range(3):
        await world.ticks(saying(Topic.DIGEST))
        world.clock.advance(days=5)
    assert unasked(world) == 3
    await world.ticks(saying(Topic.DIGEST))
    assert unasked(world) == 3

    await world.writes(ANA, "/matters")  # she is there again
    await world.ticks(saying(Topic.OUTCOME))
    assert unasked(world) == 5


async def test_what_has_become_pointless_is_dropped_and_counted(world: World):
    await world.ticks(saying(Topic.DIGEST))
    await world.ticks(saying(Topic.OUTCOME, until=timedelta(hours=2)))
    world.clock.advance(days=2)
    await world.ticks(release_held)

    assert unasked(world) == 1
    async with world.storage.begin() as uow:
        counted = await uow.budget.dropped(world.clock.now - timedelta(days=3))
    assert counted == {"too_late": 1}


async def test_a_group_gets_one_post_a_day_and_no_button_to_refuse(world: World):
    await world.ticks(saying(Topic.DIGEST, Topic.OUTCOME, to=BUILDING_3))

    (post,) = world.buttons.chat(BUILDING_3.chat)
    assert post.buttons == {}


async def test_in_quiet_hours_it_waits_for_their_end(world: World):
    night = replace(COMMUNITY, quiet=((time(12), time(14)),))
    async with world.storage.begin() as uow:
        scene = System(night, world.clock(), uow)
        await reminding.promise(scene, [Say(ANA, WORDS[Topic.LEGAL], topic=Topic.LEGAL)])
    await world.settle()
    assert unasked(world) == 0
    world.clock.advance(hours=3)
    await world.ticks(release_held)

    assert unasked(world) == 1


HOURS = some.lists(
    some.tuples(some.integers(1, 40), some.sampled_from(sorted(REFUSABLE))), max_size=30
)


@given(HOURS)
@settings(max_examples=40, deadline=None)
def test_whatever_is_wished_to_be_said_no_cap_is_passed(said: list[tuple[int, Topic]]):
    """The caps by themselves, over any history: at most 1 a day, 2 in 7 days, 5 in 30."""
    now, sent = 0, list[int]()
    for hours, topic in said:
        now += hours
        counts = [sum(now - at < span * 24 for at in sent) for span in (1, 7, 30)]
        if why_held(topic, Past(*counts), Caps(), quiet=False) is None:
            sent.append(now)
    for span, most in ((1, 1), (7, 2), (30, 5)):
        assert all(sum(0 <= at - other < span * 24 for other in sent) <= most for at in sent)
