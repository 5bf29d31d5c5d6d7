"""Killed every second or two, also while it starts and while it stops: the books hold all along.

One process on SQLite, several behind a load balancer on PostgreSQL, and a town that goes on
speaking and voting. A round of ``make chaos`` kills fifty times on each, and then balances the
books; ten rounds are a thousand kills.
"""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import update

from bot.clock import system_clock
from bot.config import WEBHOOK_SECRET, Config
from storage import tables as t
from storage.claims import LEASE
from storage.uow import Storage
from tests.fake_telegram import FakeTelegram
from tests.faults.books import account_for, each_promise_was_kept_or_is_listed, every
from tests.faults.chaos import LONG, SEEDS
from tests.faults.people import COPIES, PATIENCE, People
from tests.faults.test_platform import all_is_settled
from tests.processes.balancer import Balancer
from tests.processes.nursery import Nursery
from tests.processes.process import Linli, free_port, without_ours
from tests.processes.test_kill import REPEATED, arrived
from tests.processes.voters import Owner, owners_with_a_vote, receipts_that_nobody_read
from tests.town import environment, written_config

pytestmark = pytest.mark.xdist_group("waits")  # for processes, so one after another

PROCESSES = 3  # on PostgreSQL
KILLS = 50 if LONG else 4
DOING = {"running": 6, "starting": 2, "stopping": 2}  # what they are killed at, out of ten times
SECONDS = 0.3  # since it was started, at most
NEXT = 0, 30  # messages from one kill to the next of one that is up
WAIT = 3.0  # seconds for them, at most: there may be nothing more to say
LAST_WORDS = 0.1  # seconds since it was asked to stop, at most
GLANCE = 0.1  # seconds between looks at whether one is up
OWNERS = 25 if LONG else 5  # who vote meanwhile, one every few seconds
BALLOTS = 2.0  # seconds from one to the next, at most
SILENCE = 0.8  # seconds from one suggestion to the next, at most
AT_ONCE = 3
LONG_GONE = timedelta(seconds=5)  # after this long we say that two minutes are over
SETTLED = 3 * PATIENCE
SECRETS = {WEBHOOK_SECRET: "only-for-tests"}


@pytest.fixture
async def linlis(
    fake: FakeTelegram, config: Config, people: People, tmp_path: Path
) -> AsyncIterator[list[Linli]]:
    """One that asks Telegram for updates, or several to which they are brought."""
    secrets = environment(config.database_url) | SECRETS
    async with AsyncExitStack() as stack:
        nursery = Nursery(tmp_path / "config.yaml", without_ours(secrets))
        await stack.enter_async_context(nursery)
        folders = [tmp_path]
        if config.database_url.startswith("postgresql"):
            balancer = await stack.enter_async_context(Balancer())
            folders = [brought_to(balancer, fake, tmp_path) for _ in range(PROCESSES)]
        linlis = [Linli(folder, secrets, nursery) for folder in folders]
        yield [await stack.enter_async_context(linli) for linli in linlis]


def brought_to(balancer: Balancer, fake: FakeTelegram, folder: Path) -> Path:
    """A folder for one more of them, with its configuration."""
    balancer.ports.append(port := free_port())
    folder /= str(port)
    folder.mkdir()
    web = {"host": "127.0.0.1", "port": port}
    written_config(folder, fake.url, {"url": balancer.url}, web=web)
    return folder


@pytest.fixture
async def owners(storage: Storage, fake: FakeTelegram) -> list[Owner]:
    return await owners_with_a_vote(storage, fake, OWNERS, PATIENCE)


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
async def test_killed_whatever_it_does_it_loses_nothing_and_says_what_is_in_doubt(
    fake: FakeTelegram,
    people: People,
    owners: list[Owner],
    storage: Storage,
    linlis: list[Linli],
    seed: int,
) -> None:
    random, engine = Random(seed), storage.engine.dialect.name
    for linli in linlis:
        await linli.start("run")
    enough = asyncio.Event()
    async with asyncio.TaskGroup() as together:
        together.create_task(people_go_on(people, random, enough))
        votes = together.create_task(owners_vote(fake, owners, Random(seed)))
        time = together.create_task(two_minutes_pass_quickly(storage))
        kills = await are_killed(fake, linlis, random)
        enough.set()
        await fake.until(lambda: all(linli.is_up for linli in linlis), PATIENCE)
        async with asyncio.timeout(SETTLED):
            await votes
            await all_is_settled(storage, fake)
        time.cancel()
    for linli in linlis:
        assert await linli.stop() == 0, linli.err

    books = await account_for(storage, fake, people.said)
    print(f"{engine} seed={seed}: {dict(kills)}, {books}")
    assert books.waiting == 0 and books.promises.keys() <= {"sent", "unknown"}
    each_promise_was_kept_or_is_listed(fake, books, people.said, COPIES)
    unread = await receipts_that_nobody_read(storage, fake, owners)
    assert unread <= books.promises["unknown"]
    nothing_is_twice_without_saying_so(fake, people)
    await each_spoke_in_order(storage, people)
    assert fake.violations == []


async def people_go_on(people: People, random: Random, enough: asyncio.Event) -> None:
    while not enough.is_set():
        people.say(random.randint(1, AT_ONCE))
        with suppress(TimeoutError):
            await asyncio.wait_for(enough.wait(), random.uniform(0, SILENCE))


async def owners_vote(fake: FakeTelegram, owners: list[Owner], random: Random) -> None:
    never = asyncio.Event()
    for owner in owners:
        await owner.votes_once(fake)
        with suppress(TimeoutError):
            await asyncio.wait_for(never.wait(), random.uniform(0, BALLOTS))


async def two_minutes_pass_quickly(storage: Storage) -> None:
    """What is being sent for longer than any answer of our Telegram takes was left by the dead."""
    o, never = t.outbox, asyncio.Event()
    while True:
        now = system_clock()
        left = o.c.state == "sending", o.c.not_before <= now + LEASE - LONG_GONE
        async with storage.engine.begin() as connection:
            dead = update(o).where(*left).values(not_before=now - timedelta(minutes=1))
            found = (await connection.execute(dead)).rowcount
        if found:
            async with storage.begin() as uow:
                await uow.delivery.recover(system_clock())
        with suppress(TimeoutError):
            await asyncio.wait_for(never.wait(), 1)


async def are_killed(fake: FakeTelegram, linlis: list[Linli], random: Random) -> Counter[str]:
    """What those that were killed were doing: the one that starts, or any that is up."""
    kills: Counter[str] = Counter()
    last = linlis[0]
    while kills.total() < KILLS:
        doing = random.choices(list(DOING), DOING.values())[0]
        victim = last if doing == "starting" else await any_that_is_up(linlis, random)
        await some_time_passes(fake, victim, doing, random)
        if doing == "stopping":
            with suppress(TimeoutError):
                ended = await victim.stop(signal.SIGTERM, random.uniform(0, LAST_WORDS))
                assert ended in (0, -signal.SIGTERM), victim.err
        elif doing == "starting" and victim.is_up:
            doing = "running"
        killed = await victim.kill()
        assert killed or doing == "stopping", f"it ended by itself: {victim.err}"
        kills[doing] += killed
        await victim.start("run")
        last = victim
    return kills


async def any_that_is_up(linlis: list[Linli], random: Random) -> Linli:
    while not (up := [linli for linli in linlis if linli.is_up]):
        await goes_on(linlis[0], GLANCE)
    return random.choice(up)


async def goes_on(linli: Linli, seconds: float) -> None:
    """It does not end by itself within so long."""
    with suppress(TimeoutError):
        ended = await linli.ends(seconds)
        raise AssertionError(f"ended by itself with {ended}: {linli.err}")


async def some_time_passes(fake: FakeTelegram, victim: Linli, doing: str, random: Random) -> None:
    """Messages are counted where there are any: on a busy machine they say more than seconds."""
    if doing == "starting":
        await goes_on(victim, random.uniform(0, SECONDS))
    else:
        moment = arrived(fake) + random.randint(*NEXT)
        with suppress(TimeoutError):
            await fake.until(lambda: arrived(fake) >= moment, WAIT)


def nothing_is_twice_without_saying_so(fake: FakeTelegram, people: People) -> None:
    """Author, group and officer read of a suggestion once, or are told that there is a doubt."""
    read: Counter[tuple[int, str]] = Counter()
    for message in fake.chats.all():
        if message.sender is fake.me and not message.text.startswith(REPEATED):
            read.update((message.chat, words) for words in people.said if words in message.text)
    assert [found for found, times in read.items() if times > 1] == []


async def each_spoke_in_order(storage: Storage, people: People) -> None:
    """Cases are numbered as they are made."""
    numbers = {row.summary: row.number for row in await every(storage, t.tickets)}
    many = len(people.town.residents)
    for n in range(many):
        theirs = [numbers[words] for words in people.said[n::many]]
        assert theirs == sorted(theirs)
