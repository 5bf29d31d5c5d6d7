"""Real words of real boards and chats, said by 300 residents: all answered, none broken or lost.

The words are not ours to keep, so they lie beside the repository or where LINLI_DATA says.
A sample of them is said each time, and all of them with LINLI_ALL_WORDS=1.
"""

import asyncio
import csv
import json
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import cycle
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import Row, Table, select

from bot.app import App
from bot.config import Config, load
from bot.opening import open_community
from domain.community import understand
from storage import tables as t
from storage.uow import Storage
from tests.fake_telegram import FakeGroup, FakeMessage, FakeTelegram, FakeUser
from tests.town import (
    FastClock,
    Resident,
    Town,
    environment,
    fake_telegram,
    made_up,
    settle,
    settled,
    written_config,
)

DATA = Path(os.environ.get("LINLI_DATA", Path(__file__).parents[3] / "shared" / "data"))
ALL = bool(os.environ.get("LINLI_ALL_WORDS"))
BOARD, CHAT, LABELS = "teddy2020_msgs_a3.csv", "chat_zh.jsonl", "community14_train450.csv"
SAMPLE = 300  # of each
IN_A_ROW = 4  # lines of small talk before somebody notices the bot's question

RESIDENTS, BUILDINGS = 300, 60  # the first half of the buildings have groups and talk there
AT_ONCE = 24  # residents who write at the same moment
CLOCK = 20  # times as fast as the wall's
PATIENCE = 60.0  # seconds for one answer
SHORTENED = 1000  # characters, once the bot has found it too long
BEGINNING = 12  # characters by which a card is known
NEWS = re.compile(r"🚨|收到了，|已附议|您已经附议|\d+号就是您提的|\d+号已经结束")
ASKED = TOO_LONG, ALIKE, DRAFT = "太长了，请控制在", "是不是同一件事", "要登记这件事吗"

LETTERS = {  # of the labelled subjects, and our category for each
    "B": "market", "C": "welfare", "E": "environment", "H": "housing", "L": "lift",
    "M": "health", "N": "noise", "O": "other", "P": "parking", "R": "utilities",
    "S": "safety", "T": "transport", "U": "education", "W": "property",
}  # fmt: skip

pytestmark = pytest.mark.skipif(
    not (DATA / BOARD).exists(), reason="the real words are not beside the repository"
)


@dataclass
class Talk:
    """Who says what, and what came of it."""

    fake: FakeTelegram
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    floors: dict[int, asyncio.Lock] = field(default_factory=dict)
    said: int = 0  # suggestions
    came: Counter[str] = field(default_factory=Counter)

    async def in_group(self, who: Resident, words: str) -> None:
        """One after another in each group, or nobody knows whose the cases are that are shown."""
        async with self.floors.setdefault(who.group.id, asyncio.Lock()), self.gate:
            answer = await self.answered(who.user, f"#建议 {words}", who.group, words[:BEGINNING])
            if answer.text.startswith(TOO_LONG):
                self.came["too long"] += 1
                shorter = f"#建议 {words[:SHORTENED]}"
                answer = await self.answered(who.user, shorter, who.group, words[:BEGINNING])
            await self.decides(who.user, answer)

    async def privately(self, who: Resident, words: str) -> None:
        async with self.gate:
            draft = await self.answered(who.user, words)
            if draft.text.startswith(TOO_LONG):
                self.came["too long"] += 1
                draft = await self.answered(who.user, words[:SHORTENED])
            await self.pressed(who.user, draft, "提交")
            await self.decides(who.user, draft)

    async def decides(self, who: FakeUser, answer: FakeMessage) -> None:
        """Every second one who is shown cases joins one, the others insist on their own."""
        self.said += 1
        if not answer.text.startswith(ALIKE):
            self.came["opened"] += 1
            return
        self.came["offered"] += 1
        joins = self.came["offered"] % 2 == 0
        self.came["joined" if joins else "insisted"] += 1
        await self.pressed(who, answer, "附议" if joins else "都不是")

    async def chats(self, who: Resident, lines: list[str]) -> None:
        """Small talk, which the bot offers to register; nobody wants that."""
        async with self.gate:
            for words in lines:
                answer = await self.answered(who.user, words)
                drafted = answer.text.startswith(DRAFT)
                self.came["small talk: " + ("drafted" if drafted else answer.text[:8])] += 1
            if answer.labels[-1:] == ["不登记"]:
                await self.pressed(who.user, answer, "不登记")

    async def answered(
        self, who: FakeUser, words: str, group: FakeGroup | None = None, part: str = ""
    ) -> FakeMessage:
        """What the bot says to this: news of earlier cases may come in between."""
        where = group or who
        before = len(self.fake.messages(where))
        self.fake.says(who, words, group)
        found: list[FakeMessage] = []

        def there() -> bool:
            new = self.fake.messages(where)[before:]
            found[:] = [m for m in new if m.text.startswith(ASKED) or _answers(m.text, part)]
            return bool(found)

        await self.fake.until(there, PATIENCE)
        return found[0]

    async def pressed(self, who: FakeUser, message: FakeMessage, label: str) -> None:
        edits = message.edits
        self.fake.presses(who, message, label)
        await self.fake.until(lambda: message.edits > edits, PATIENCE)


def _answers(text: str, part: str) -> bool:
    return part in text if part else not NEWS.match(text)


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    async with fake_telegram() as fake:
        yield Talk(fake)


@pytest.fixture
def config(talk: Talk, sqlite_url: str, tmp_path: Path) -> Config:
    return load(written_config(tmp_path, talk.fake.url), environment(sqlite_url))


@pytest.fixture
def town(talk: Talk, config: Config) -> Town:
    duties = dict.fromkeys(category.who for category in config.community.categories)
    town = made_up(duties, residents=RESIDENTS, buildings=BUILDINGS)
    town = replace(town, groups=town.groups[: BUILDINGS // 2])
    town.introduce(talk.fake)
    return town


async def test_real_words_are_all_answered_none_broken_none_lost(
    talk: Talk, config: Config, town: Town
) -> None:
    clock = FastClock(CLOCK)
    async with open_community(config, clock) as storage:
        await settle(storage, town)
        async with App(config, storage, clock=clock, steady=clock.seconds).running():
            began = monotonic()
            async with asyncio.TaskGroup() as together:
                for lines in shared_out(talk, town):
                    together.create_task(each_in_turn(lines))
            states = await settled(storage, PATIENCE)
            took = monotonic() - began
        await tell(talk, town, config, storage, took)
        await none_is_lost(talk, storage)
        await none_is_broken(talk, town, storage)
    assert states.keys() == {"sent"}
    assert talk.fake.violations == []
    assert talk.fake.chats.open_queries == set()


Line = Callable[[], Coroutine[Any, Any, None]]


def shared_out(talk: Talk, town: Town) -> list[list[Line]]:
    """What each resident will say: some in their group, some to the bot alone, small talk too."""
    outside = cycle(r for r in town.residents if r.group in town.groups)
    at_home = cycle(r for r in town.residents if r.group not in town.groups)
    turns: dict[int, list[Line]] = {r.user.id: [] for r in town.residents}
    for n, words in enumerate(board()):
        who = next(at_home if n % 2 else outside)
        turns[who.user.id].append(partial(talk.privately if n % 2 else talk.in_group, who, words))
    lines, residents = small_talk(), cycle(town.residents)
    for begin in range(0, len(lines), IN_A_ROW):
        who = next(residents)
        turns[who.user.id].append(partial(talk.chats, who, lines[begin : begin + IN_A_ROW]))
    return list(turns.values())


async def each_in_turn(lines: list[Line]) -> None:
    for line in lines:
        await line()


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def board() -> list[str]:
    """Subject and body as one message; Telegram lets nobody write more than 4096 characters."""
    found = [f"{row['subject'].strip()}\n{row['body'].strip()}"[:4000] for row in rows(BOARD)]
    return found if ALL else found[:: len(found) // SAMPLE]


def small_talk() -> list[str]:
    lines = (DATA / CHAT).read_text("utf-8").splitlines()
    said = [str(json.loads(line)["text"]).strip() for line in lines]
    return said if ALL else said[:: len(said) // SAMPLE]


async def none_is_lost(talk: Talk, storage: Storage) -> None:
    """Each is a case of its own, or was shown the cases that look alike and joined one."""
    assert talk.said == talk.came["opened"] + talk.came["offered"]
    assert len(await every(storage, t.tickets)) == talk.came["opened"] + talk.came["insisted"]
    assert await every(storage, t.drafts) == []


async def none_is_broken(talk: Talk, town: Town, storage: Storage) -> None:
    assert [r.error for r in await every(storage, t.inbox) if r.error or not r.done_at] == []
    assert [text for text in heard(talk, town) if "我们这边出了点问题" in text] == []


def heard(talk: Talk, town: Town) -> list[str]:
    chats: list[FakeUser | FakeGroup] = [*town.everybody(), *town.groups]
    return [m.text for chat in chats for m in talk.fake.messages(chat)]


async def every(storage: Storage, table: Table) -> list[Row[Any]]:
    async with storage.engine.connect() as connection:
        return list((await connection.execute(select(table))).all())


async def tell(talk: Talk, town: Town, config: Config, storage: Storage, took: float) -> None:
    """What was understood, who got it, what was found alike; seen with ``pytest -s``."""
    cases, staff = await every(storage, t.tickets), await every(storage, t.staff)
    duties = {row.id: row.duties[0] for row in staff}
    handled = len(await every(storage, t.inbox))
    print(f"\n{handled} updates in {took:.0f} s, {sum(talk.fake.calls.values())} requests")
    print("what came of it:", dict(talk.came.most_common()))
    print("told whom to call in danger:", sum("🚨" in text for text in heard(talk, town)))
    print("understood:", dict(Counter(case.category for case in cases).most_common()))
    print("holders:", dict(Counter(duties[case.holder_id] for case in cases).most_common()))
    print("most for one of them:", Counter(case.holder_id for case in cases).most_common(3))
    print("right, of the subjects with a label: {}/{}".format(*agreement(config)))


def agreement(config: Config) -> tuple[int, int]:
    """How often the words of a labelled subject are understood as its label says."""
    categories = config.community.categories
    pairs = [(row["subject"], LETTERS[row["code"]]) for row in rows(LABELS)]
    right = sum(understand(subject, categories).code == label for subject, label in pairs)
    return right, len(pairs)
