"""The process is killed at any moment, and nothing that it accepted is lost or done twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select, update

from bot.clock import system_clock
from bot.config import Config, load
from bot.sender import WAVE
from storage import tables as t
from storage.uow import Storage
from tests import databases
from tests.fake_telegram import FakeMessage, FakeTelegram
from tests.faults.books import account_for, every
from tests.faults.chaos import SEEDS
from tests.processes.process import Linli
from tests.processes.voters import (
    Owner,
    every_ballot_is_in_the_record_once,
    owners_with_a_vote,
)
from tests.town import Resident, Town, environment, fake_telegram, made_up, settle, written_config

pytestmark = pytest.mark.xdist_group("waits")  # for processes, so one after another

OWNERS = 25
RESIDENTS, EACH = 35, 4  # few in one group, which may hear little in a minute
FEW = 12  # whose messages are sent within the time for last words, on a busy machine too
KILLS = 5
NEXT = 1, 60  # messages from one kill to the next, those apart that the first left in doubt
GLANCE = 0.5  # seconds
PATIENCE = 60.0  # seconds without an answer, on a machine that is busy with other tests
SUBJECTS = ("电梯", "停车", "噪音", "保安", "垃圾", "路灯", "公交", "小偷", "违建", "养老")
REPEATED = "（重发，您可能已收到过）\n"
OPENED = "收到了，"


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with fake_telegram() as fake:
        yield fake


@pytest.fixture
def config(fake: FakeTelegram, database_url: str, tmp_path: Path) -> Config:
    return load(written_config(tmp_path, fake.url), environment(database_url))


@pytest.fixture
async def linli(config: Config, tmp_path: Path) -> AsyncIterator[Linli]:
    async with Linli(tmp_path, environment(config.database_url)) as linli:
        yield linli


@pytest.fixture
async def town(config: Config, fake: FakeTelegram) -> Town:
    duties = dict.fromkeys(category.who for category in config.community.categories)
    town = made_up(duties, residents=RESIDENTS, buildings=RESIDENTS)
    town.introduce(fake)
    async with databases.opened(config.database_url, system_clock) as storage:
        await settle(storage, town)
    return town


@pytest.fixture
async def owners(config: Config, fake: FakeTelegram, town: Town) -> list[Owner]:
    """Others, who vote meanwhile."""
    async with databases.opened(config.database_url, system_clock) as storage:
        return await owners_with_a_vote(storage, fake, OWNERS, PATIENCE)


@pytest.mark.parametrize("seed", SEEDS)
async def test_killed_again_and_again_it_loses_nothing_and_does_nothing_twice(
    fake: FakeTelegram, config: Config, town: Town, owners: list[Owner], linli: Linli, seed: int
) -> None:
    told = {r.user.id: list(unlike(Random(r.user.id))) for r in town.residents}
    await linli.start("run")
    async with asyncio.TaskGroup() as together:
        together.create_task(is_killed_again_and_again(linli, fake, config, seed))
        for resident in town.residents:
            together.create_task(says_all(fake, resident, told[resident.user.id]))
        for owner in owners:
            together.create_task(owner.votes(fake))
    await everybody_is_told(fake, town, told)
    assert await linli.stop() == 0, linli.err

    async with databases.opened(config.database_url, system_clock) as storage:
        await each_is_one_case(storage, told)
        await every_ballot_is_in_the_record_once(storage, owners)
        await nothing_is_left_over(storage)
        books = await account_for(
            storage, fake, [words for each in told.values() for words in each]
        )
    assert books.waiting == 0
    nobody_is_told_twice(fake, town, told)
    assert fake.violations == []


Told = dict[int, list[str]]  # what each resident says


def unlike(random: Random) -> Iterator[str]:
    """Suggestions that nobody takes for one another."""
    return (one(n, random) for n in range(EACH))


def one(subject: int, random: Random) -> str:
    signs = "".join(chr(random.randrange(0x4E00, 0x9FA5)) for _ in range(14))
    return SUBJECTS[subject % len(SUBJECTS)] + signs


async def says_all(fake: FakeTelegram, resident: Resident, told: list[str]) -> None:
    """In the group and privately in turn; the next one once the bot has answered."""
    for n, words in enumerate(told):
        if n % 2:
            fake.says(resident.user, f"#建议 {words}", resident.group)
        else:
            fake.says(resident.user, words)
            draft = await fake.hears(resident.user, words, PATIENCE)
            fake.presses(resident.user, draft, "提交")
        await fake.until(lambda: confirmations(fake, resident, words), PATIENCE)  # noqa: B023


def confirmations(fake: FakeTelegram, resident: Resident, words: str) -> list[FakeMessage]:
    said = (m for m in fake.messages(resident.user) if words in m.text)
    return [m for m in said if m.text.removeprefix(REPEATED).startswith(OPENED)]


async def is_killed_again_and_again(
    linli: Linli, fake: FakeTelegram, config: Config, seed: int
) -> None:
    """Never while it repeats, since what is twice in doubt is listed and sent no more."""
    random = Random(seed)
    async with databases.opened(config.database_url, system_clock) as storage:
        for _ in range(KILLS):
            moment = arrived(fake) + random.randint(*NEXT)
            await fake.until(lambda: arrived(fake) >= moment, PATIENCE)  # noqa: B023
            await linli.kill()
            await two_minutes_pass(storage)
            await linli.start("run")
            await what_was_in_doubt_is_settled(fake, storage)


def arrived(fake: FakeTelegram) -> int:
    return fake.calls["sendMessage"] + fake.calls["editMessageText"]


async def two_minutes_pass(storage: Storage) -> None:
    """What was being sent is given up for dead after this long, and treated by the next tick."""
    o = t.outbox
    long_ago = system_clock() - timedelta(minutes=1)
    dead = update(o).where(o.c.state == "sending").values(not_before=long_ago)
    async with storage.engine.begin() as connection:
        await connection.execute(dead)
    async with storage.begin() as uow:
        await uow.delivery.recover(system_clock())


async def what_was_in_doubt_is_settled(fake: FakeTelegram, storage: Storage) -> None:
    """Messages go side by side, so counting what arrives does not tell which ones did.

    Looked up when something has arrived, or now and then: a look keeps SQLite's writer out, and
    after the last message of all nothing arrives any more.
    """
    o = t.outbox
    unsettled = select(o.c.id).where(o.c.repeated == 1, o.c.settled_at.is_(None)).limit(1)
    while True:
        seen = arrived(fake)
        async with storage.engine.connect() as connection:
            if not (await connection.execute(unsettled)).all():
                return
        with suppress(TimeoutError):
            await fake.until(lambda: arrived(fake) > seen, GLANCE)  # noqa: B023


async def everybody_is_told(fake: FakeTelegram, town: Town, told: Told) -> None:
    """The group has its card and the officer the task; the author has been answered already."""
    for resident in town.residents:
        for words in told[resident.user.id]:
            await fake.hears(resident.group, words, PATIENCE)
            await fake.until(lambda: tasks(fake, town, words), PATIENCE)  # noqa: B023


def tasks(fake: FakeTelegram, town: Town, words: str) -> list[FakeMessage]:
    officers = (*town.staff.values(), town.secretary)
    return [m for officer in officers for m in fake.messages(officer) if words in m.text]


async def each_is_one_case(storage: Storage, told: Told) -> None:
    said = Counter(words for each in told.values() for words in each)

    assert Counter(row.summary for row in await every(storage, t.tickets)) == said


async def nothing_is_left_over(storage: Storage) -> None:
    inbox, outbox = await every(storage, t.inbox), await every(storage, t.outbox)

    assert [row.update_id for row in inbox if row.error or not row.done_at] == []
    assert {row.state for row in outbox} == {"sent"}
    assert len([row for row in outbox if row.repeated]) <= WAVE * KILLS


def nobody_is_told_twice(fake: FakeTelegram, town: Town, told: Told) -> None:
    """Or if they are, the second time says so."""
    for resident in town.residents:
        for words in told[resident.user.id]:
            in_group = [m for m in fake.messages(resident.group) if words in m.text]
            for found in (confirmations(fake, resident, words), in_group, tasks(fake, town, words)):
                assert len([m for m in found if not m.text.startswith(REPEATED)]) <= 1


async def test_asked_to_stop_it_first_answers_what_it_accepted(
    fake: FakeTelegram, config: Config, town: Town, linli: Linli
) -> None:
    some = town.residents[:FEW]
    told = {r.user.id: one(n, Random(r.user.id)) for n, r in enumerate(some)}
    await linli.start("run")
    for resident in some:
        fake.says(resident.user, f"#建议 {told[resident.user.id]}", resident.group)
    await fake.until(lambda: fake.calls["getUpdates"] and not fake.unconfirmed, PATIENCE)
    answered = fake.calls["sendMessage"]

    assert await linli.stop() == 0, linli.err
    assert answered < 3 * FEW  # or it was asked too late for this to say anything
    for resident in some:
        words = told[resident.user.id]
        assert len(confirmations(fake, resident, words)) == 1
        assert len(tasks(fake, town, words)) == 1
