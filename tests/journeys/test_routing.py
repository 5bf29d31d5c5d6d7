"""A message that does not arrive goes to the person's next account, once; else somebody goes there.

Ana has buttons, and a second account that types numbers.
"""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import select

from bot.channels.base import NextVisit, TooFast, TryLater, Unclear, Unreachable
from domain.budget import Topic
from domain.conversation import Address, Say
from domain.routing import PATIENCE
from scheduler.notices import send_notices
from scheduler.routing import send_elsewhere
from scheduler.upkeep import forget_handled, recover_sending
from storage.claims import LEASE, Room
from storage.delivery import Settled
from storage.subjects import By
from storage.tables import outbox
from storage.webchat import CHANNEL, WebPerson
from tests.world import ANA, COMMUNITY, LI, SUN, ZHOU, FakeChannel, World

PHONE = Address("wechat", "ana-on-another-phone")
NEWS = "home.cancelled"


async def person(world: World, who: Address) -> int:
    async with world.storage.begin() as uow:
        found = await uow.linking.person_at(who)
    assert found
    return found


async def has_another_phone(world: World) -> None:
    """Ana, who wrote with it last."""
    hers = await person(world, ANA)
    async with world.storage.begin() as uow:
        other = await uow.residents.meet(PHONE, "zh", world.clock())
        await uow.accounts.same_person(other.id, hers, world.clock(), By(hers, "test"))
        later = world.clock() + timedelta(hours=1)
        await uow.residents.wrote_privately(PHONE, None, later)


@pytest.fixture
async def ana(world: World) -> World:
    await has_another_phone(world)
    return world


def news(topic: Topic = Topic.OWN, **more: object) -> Say:
    return Say(PHONE, NEWS, topic=topic, **more)  # type: ignore[arg-type]


async def states(world: World) -> dict[str, int]:
    async with world.storage.begin() as uow:
        return await uow.delivery.counts()


async def test_who_blocked_us_reads_it_elsewhere_and_only_there(ana: World):
    ana.plain.refuse_next = Unreachable("blocked")
    await ana.promises(news())

    assert ana.all(PHONE) == [] and len(ana.all(ANA)) == 1
    assert await states(ana) == {"sent": 1}
    await ana.promises(Say(ANA, NEWS))
    assert len(ana.all(ANA)) == 2  # and nothing is left behind


async def test_nobody_is_left_who_could_read_it(ana: World):
    ana.plain.refuse_next = Unreachable("blocked")
    ana.buttons.refuse_next = Unreachable("blocked")
    await ana.promises(news())
    await ana.writes(ZHOU, "/visits")

    assert await states(ana) == {"blocked": 1, "sent": 1}
    assert "哪个平台都发不到" in ana.last(ZHOU) and "3-1-101" in ana.last(ZHOU)
    await ana.writes(PHONE, "/help")
    await ana.writes(ZHOU, "/visits")
    assert "没有等着送达" in ana.last(ZHOU)


async def test_an_answer_is_said_where_it_was_asked_for(ana: World):
    ana.plain.refuse_next = Unreachable("blocked")
    await ana.writes(PHONE, "/help")

    assert ana.all(ANA) == [] and await states(ana) == {"blocked": 1}


async def waits(world: World, channel: FakeChannel, say: Say) -> None:
    channel.refuse_next = NextVisit("no message left")
    await world.promises(say)


@pytest.mark.parametrize("topic", [Topic.EMERGENCY, Topic.OWN, Topic.LEGAL, Topic.DIGEST])
async def test_what_waits_for_a_visit_goes_elsewhere_in_its_time(ana: World, topic: Topic):
    await waits(ana, ana.plain, news(topic))
    if PATIENCE[topic]:
        ana.clock.advance(seconds=PATIENCE[topic].total_seconds() - 1)
        await ana.ticks(send_elsewhere)
        assert ana.all(ANA) == []
    ana.clock.advance(days=1)  # noon again
    for _ in range(2):
        await ana.ticks(send_elsewhere)

    assert len(ana.all(ANA)) == 1 and ana.all(PHONE) == []


async def test_at_night_only_what_may_be_said_at_any_hour_goes_elsewhere(ana: World):
    by_night = replace(COMMUNITY, quiet=((time(12), time(15)),))  # it is noon
    await waits(ana, ana.plain, news(Topic.LEGAL))
    await waits(ana, ana.plain, news(Topic.OWN))
    ana.clock.advance(hours=2)
    async with ana.storage.begin() as uow:
        await send_elsewhere(uow, ana.clock(), by_night)
    await ana.settle()
    assert len(ana.all(ANA)) == 1

    await ana.ticks(send_elsewhere)  # where no hour is quiet
    assert len(ana.all(ANA)) == 2


async def test_what_she_came_by_for_does_not_go_elsewhere(ana: World):
    await waits(ana, ana.plain, news())
    async with ana.storage.begin() as uow:
        await uow.delivery.release(PHONE, 5, ana.clock())
    await ana.settle()
    ana.clock.advance(days=1)
    await ana.ticks(send_elsewhere)

    assert len(ana.all(PHONE)) == 1 and ana.all(ANA) == []


async def test_it_tries_each_account_once(ana: World):
    await waits(ana, ana.plain, news())
    ana.buttons.refuse_next = NextVisit("no message left")
    for _ in range(3):
        ana.clock.advance(days=1)
        await ana.ticks(send_elsewhere)

    assert ana.all(ANA) == ana.all(PHONE) == [] and await states(ana) == {"held": 1}
    await ana.writes(ZHOU, "/visits")
    assert "3-1-101　1条" in ana.last(ZHOU)


async def test_a_sender_that_dies_with_it_in_hand_moves_it_once(ana: World):
    async with ana.storage.begin() as uow:
        await uow.delivery.promise([news()], ana.clock())
    async with ana.storage.begin() as uow:
        assert len(await uow.delivery.claim({"wechat": Room(9, 9)}, ana.clock())) == 1
    ana.clock.advance(seconds=LEASE.total_seconds() + 1)  # it was refused, and nobody wrote it down
    ana.plain.refuse_next = Unreachable("blocked")
    for _ in range(2):
        await ana.ticks(recover_sending)

    assert len(ana.all(ANA)) == 1 and ana.all(PHONE) == []


@pytest.mark.parametrize(
    ("fate", "copies"),
    [(TryLater(600, "connection refused"), 1), (Unclear("no answer"), 0)],
    ids=["not sent", "may have arrived"],
)
async def test_a_platform_that_takes_nothing_for_an_hour_is_passed_by(
    ana: World, fate: Exception, copies: int
):
    ana.plain.refuse_next = fate
    await ana.promises(news())
    ana.plain.refuse_next = TryLater(600, "connection refused")
    ana.clock.advance(minutes=59)
    await ana.settle()
    assert ana.all(ANA) == ana.all(PHONE) == []

    ana.plain.refuse_next = TryLater(600, "connection refused")
    ana.clock.advance(minutes=11)
    await ana.settle()
    ana.clock.advance(hours=1)
    await ana.settle()
    assert (len(ana.all(ANA)), len(ana.all(PHONE))) == (copies, 1 - copies)


async def test_one_refusal_of_what_had_waited_for_long_moves_nothing(ana: World):
    """An hour behind a notice to everybody was taken for an hour in which nothing was taken."""
    async with ana.storage.begin() as uow:
        await uow.delivery.promise([news()], ana.clock())
    ana.clock.advance(minutes=61)
    ana.plain.refuse_next = TooFast(1, "too many requests")
    await ana.settle()
    assert ana.all(ANA) == ana.all(PHONE) == []

    ana.clock.advance(seconds=2)
    await ana.settle()
    assert (len(ana.all(ANA)), len(ana.all(PHONE))) == (0, 1)


async def test_it_counts_as_the_one_message_it_is(ana: World):
    ana.plain.refuse_next = Unreachable("blocked")
    await ana.dispatcher.run(_digest)
    await ana.settle()
    assert len(ana.all(ANA)) == 1
    async with ana.storage.begin() as uow:
        readers = await uow.budget.readers([ANA], ana.clock())
    assert readers[ANA].past.day == 1


async def _digest(*_: object) -> list[Say]:
    return [news(Topic.DIGEST)]


@pytest.mark.parametrize("why", [Unreachable("blocked"), NextVisit("no message left")])
async def test_a_notice_comes_once_on_whichever_platform_takes_it(ana: World, why: Exception):
    await ana.writes(SUN, "公告")
    await ana.writes(SUN, "明天停水检修。")
    await ana.presses(SUN, "几栋楼的居民")
    await ana.writes(SUN, "3")
    await ana.presses(SUN, "确认发布")
    ana.clock.advance(minutes=3)
    ana.plain.refuse_next = why
    for hours in (0, 0, 2, 0):
        ana.clock.advance(hours=hours)
        await ana.ticks(send_notices)
        await ana.ticks(send_elsewhere)

    heard = [text for who in (ANA, PHONE, LI) for text in ana.all(who) if "停水检修" in text]
    assert len(heard) == 2  # Ana, and Li
    async with ana.storage.begin() as uow:
        notice = await uow.notices.get(1)
        assert notice and (await uow.notices.counts(notice)).get("sent") == 2


# --- a platform that can tell whether somebody has looked

ROOM = Address(CHANNEL, "p-ana")


@pytest.fixture
async def at_home(ana: World) -> World:
    """Ana used the page last; it has shown her all there was until now."""
    hers = await person(ana, ANA)
    async with ana.storage.begin() as uow:
        other = await uow.residents.meet(ROOM, "zh", ana.clock())
        await uow.webchat.enter(WebPerson(ROOM.chat, "", "zh"), ana.clock())
        await uow.webchat.shown(ROOM.chat, ana.clock())
        await uow.accounts.same_person(other.id, hers, ana.clock(), By(hers, "test"))
        await uow.residents.blocked(PHONE, ana.clock())
        await uow.residents.wrote_privately(ROOM, None, ana.clock() + timedelta(hours=2))
    return ana


async def stands_in_her_room(world: World, topic: Topic) -> None:
    world.clock.advance(minutes=10)
    async with world.storage.begin() as uow:
        await uow.delivery.promise([Say(ROOM, NEWS, topic=topic)], world.clock())
        [promise] = await uow.delivery.claim({CHANNEL: Room(9, 9)}, world.clock())
        sent = Settled(promise.id, "sent", message="1")
        await uow.delivery.settle([(promise, sent)], world.clock())


@pytest.mark.parametrize(
    ("topic", "hours", "copies"),
    [(Topic.OWN, 1, 0), (Topic.OWN, 3, 1), (Topic.DIGEST, 24, 0), (Topic.LEGAL, 24, 1)],
)
async def test_what_nobody_looked_at_is_said_elsewhere(
    at_home: World, topic: Topic, hours: int, copies: int
):
    await stands_in_her_room(at_home, topic)
    at_home.clock.advance(hours=hours)
    for _ in range(2):
        await at_home.ticks(send_elsewhere)

    assert len(at_home.all(ANA)) == copies


async def test_after_two_days_the_words_stand_in_her_room_alone(at_home: World):
    await stands_in_her_room(at_home, Topic.DIGEST)
    await stands_in_her_room(at_home, Topic.LEGAL)
    at_home.clock.advance(hours=49)
    await at_home.ticks(forget_handled)
    async with at_home.storage.engine.connect() as connection:
        said = (await connection.execute(select(outbox.c.say, outbox.c.topic))).all()

    assert [tuple(row) for row in said if row.say or row.topic] == []


async def test_what_she_has_seen_is_not(at_home: World):
    await stands_in_her_room(at_home, Topic.OWN)
    async with at_home.storage.begin() as uow:
        await uow.webchat.shown(ROOM.chat, at_home.clock())
    at_home.clock.advance(hours=3)
    await at_home.ticks(send_elsewhere)

    assert at_home.all(ANA) == []
