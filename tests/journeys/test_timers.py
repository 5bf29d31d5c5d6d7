"""Every timer at work: a day switched off, two processes at once, a clock set back and forth.

Whatever falls due meanwhile is said once, or dropped with its reason; never twice.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.dispatch import Dispatcher, Timer
from bot.hearing import Hearing
from domain.budget import Topic
from domain.community import Community
from domain.conversation import Say
from scheduler import (
    budget,
    calendar,
    digest,
    doubts,
    health,
    matters,
    meetings,
    notices,
    objections,
    polls,
    questions,
    retention,
    routing,
    tickets,
    upkeep,
)
from scheduler.timers import TIMERS
from storage import alive_tables as alive
from storage.chain import ChangedMeanwhile
from storage.claims import Room
from storage.ids import Ids
from storage.uow import open_storage
from tests import deciding
from tests.databases import engine_for
from tests.journeys.test_calendar import KNOWS_2026
from tests.journeys.test_digest import asked as asked_something
from tests.journeys.test_doubts import burst
from tests.journeys.test_ladder import quiet
from tests.journeys.test_meetings import set_up
from tests.journeys.test_notices import issues
from tests.journeys.test_objections import objects
from tests.journeys.test_polls import asked as asked_the_building
from tests.journeys.test_questions import asks
from tests.journeys.test_reminders import saying
from tests.journeys.test_routing import has_another_phone, news, waits
from tests.neighbours import NEIGHBOURS, wrote
from tests.votes import has_vote
from tests.world import ANA, BUILDING_3, COMMUNITY, ZHOU, World

A_DAY = timedelta(days=1, hours=6)  # switched off; Tuesday, 18:00
TIMES = 4  # ticks, where one lot is not all


@dataclass(frozen=True)
class Scene:
    """What makes something due, how late it is looked at, and whether anything is to be said."""

    begins: Callable[[World], Awaitable[object]]
    late: timedelta = A_DAY
    speaks: bool = True
    community: Community = COMMUNITY


async def a_case(world: World) -> None:
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)


async def a_vote(world: World) -> None:
    await has_vote(world.storage, 3, days=1)


async def a_doubtful_vote(world: World) -> None:
    await burst(world)
    await deciding.closed(world)


async def an_objection(world: World) -> None:
    await deciding.noticed(world)
    await objects(world, ANA)


async def not_heard(world: World) -> None:
    world.buttons.hears = False
    await Hearing(world.storage, world.channels).look()


async def a_digest(world: World) -> None:
    await asked_something(world)
    await world.ticks(digest.write_digests)


async def a_silent_group(world: World) -> None:
    await wrote(world, *NEIGHBOURS, days_ago=9)


async def a_step(world: World) -> None:
    await quiet(world)
    await world.presses(ZHOU, "问群里")
    await world.presses(ANA, "都好", group=BUILDING_3)


async def two_reminders(world: World) -> None:
    """One a day: the other waits for the morning."""
    await world.ticks(saying(Topic.OUTCOME, Topic.DIGEST))


async def a_dead_sender(world: World) -> None:
    async with world.storage.begin() as uow:
        await uow.delivery.promise([Say(ANA, "home.cancelled")], world.clock())
    async with world.storage.begin() as uow:
        await uow.delivery.claim({"buttons": Room(1, 1)}, world.clock())


async def put_off_by_a_clock(world: World) -> None:
    """Promised tomorrow, as it seemed."""
    async with world.storage.begin() as uow:
        await uow.delivery.promise([Say(ANA, "home.cancelled")], world.clock())


async def news_that_waits(world: World) -> None:
    await has_another_phone(world)
    await waits(world, world.plain, news())


async def a_word(world: World) -> None:
    await world.writes(ANA, "楼道灯坏了")


SCENES: dict[Timer, Scene] = {
    tickets.hear_clocks: Scene(a_case),
    matters.move_matters: Scene(a_vote),
    doubts.look_for_doubts: Scene(a_doubtful_vote),
    polls.close_polls: Scene(asked_the_building),
    objections.hear_objections: Scene(an_objection, late=timedelta(days=8)),
    questions.raise_questions: Scene(asks),
    questions.tell_unheard: Scene(not_heard),
    notices.send_notices: Scene(issues),
    digest.write_digests: Scene(a_digest, late=timedelta(days=5, hours=6)),
    health.look_at_groups: Scene(a_silent_group),
    health.end_steps: Scene(a_step, late=timedelta(days=5)),
    meetings.hold_meetings: Scene(set_up),
    routing.send_elsewhere: Scene(news_that_waits),
    budget.release_held: Scene(two_reminders),
    budget.forget_counts: Scene(a_word, speaks=False),
    upkeep.recover_sending: Scene(a_dead_sender),
    upkeep.follow_clock: Scene(put_off_by_a_clock, late=timedelta(hours=-6)),
    upkeep.drop_drafts: Scene(a_word, speaks=False),
    retention.destroy_details: Scene(a_vote, late=timedelta(days=4 * 366), speaks=False),
    upkeep.forget_handled: Scene(a_word, late=timedelta(days=40), speaks=False),
    calendar.warn_of_unknown_year: Scene(a_word, timedelta(days=280), community=KNOWS_2026),
}


class Processes:
    """Two of them, with one database and clocks of their own that agree."""

    def __init__(self, world: World, *dispatchers: Dispatcher) -> None:
        self._world = world
        self._dispatchers = dispatchers

    async def tick(self, timer: Timer) -> None:
        """At once. Whoever meets the other on one row is undone, and ticks again."""
        for _ in range(TIMES):
            ticks = (dispatcher.run(timer) for dispatcher in self._dispatchers)
            for failed in await asyncio.gather(*ticks, return_exceptions=True):
                if failed and not isinstance(failed, ChangedMeanwhile | IntegrityError):
                    raise failed
            await self._world.settle()


@asynccontextmanager
async def two_processes(world: World, community: Community) -> AsyncIterator[Processes]:
    """On PostgreSQL side by side; SQLite lets one write after the other."""
    url = world.storage.engine.url.render_as_string(hide_password=False)
    async with engine_for(url) as engine:
        other = await open_storage(engine, "test", world.storage.vault, Ids(world.clock))
        yield Processes(
            world,
            *(Dispatcher(storage, {}, {}, community, world.clock, world.sender.wake)
              for storage in (world.storage, other))
        )  # fmt: skip


def said(world: World) -> Counter[tuple[str, str, str]]:
    """By channel, chat and words."""
    return Counter(
        (name, sent.chat, sent.text) for name, c in world.channels.items() for sent in c.sent
    )


async def dropped(world: World) -> set[str]:
    """Why, of what was never said."""
    query = select(alive.held.c.why).where(alive.held.c.state == "dropped")
    async with world.storage.engine.connect() as connection:
        return set(await connection.scalars(query))


def test_every_timer_is_put_to_this_test() -> None:
    assert SCENES.keys() == TIMERS.keys()


@pytest.mark.parametrize("timer", TIMERS, ids=lambda timer: timer.__name__)
async def test_what_is_due_is_said_once_or_dropped_with_its_reason(
    world: World, timer: Timer
) -> None:
    scene = SCENES[timer]
    await scene.begins(world)
    world.forget_what_was_said()
    async with two_processes(world, scene.community) as processes:
        world.clock.now += scene.late
        await processes.tick(timer)
        once = said(world)
        for jump in (timedelta(hours=-3), timedelta(hours=3), timedelta(minutes=1)):
            world.clock.now += jump
            await processes.tick(timer)

    assert bool(once) == scene.speaks or await dropped(world)
    assert [what for what, times in once.items() if times > 1] == []
    assert said(world) == once


NEW_YORK = ZoneInfo("America/New_York")
WOKEN_AT_EIGHT = replace(
    COMMUNITY,
    calendar=replace(COMMUNITY.calendar, zone=NEW_YORK),
    quiet=((time(21), time(8)),),
)


@pytest.mark.parametrize(
    ("said_at", "quiet_ends"),
    [
        ((3, 7, 22), datetime(2026, 3, 8, 12, tzinfo=UTC)),  # the clocks go forward in the night
        ((10, 31, 22), datetime(2026, 11, 1, 13, tzinfo=UTC)),  # and back
        ((6, 6, 22), datetime(2026, 6, 7, 12, tzinfo=UTC)),
    ],
)
async def test_the_morning_is_the_communitys_whatever_the_night_did_to_its_clock(
    world: World, said_at: tuple[int, int, int], quiet_ends: datetime
) -> None:
    world.clock.now = datetime(2026, *said_at, tzinfo=NEW_YORK).astimezone(UTC)
    wake = world.sender.wake
    bot = Dispatcher(world.storage, {}, {}, WOKEN_AT_EIGHT, world.clock, wake)
    await bot.run(saying(Topic.OUTCOME))
    for minutes, heard in ((-1, 0), (31, 1)):  # spread over half an hour
        world.clock.now = quiet_ends + timedelta(minutes=minutes)
        await bot.run(budget.release_held)
        await world.settle()
        assert len(world.all(ANA)) == heard
