"""Counts the statements that each kind of update costs, from its arrival to its last message.

Shared by a test and by the benchmarks; asserts nothing.
"""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from random import Random
from typing import Any

from sqlalchemy import event, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.actions import Rate, SaySolved
from casework.matter_actions import (
    CastBallot,
    ChangeBallot,
    ShowBallot,
    ShowMyBallot,
    ShowReceipt,
)
from domain.tickets import Level, State, Visibility
from storage import tables as t
from storage.chain import GENESIS
from storage.uow import Storage
from tests.databases import NOON
from tests.votes import account
from tests.world import ANA, BUILDING_3, LI, ZHOU, World

BATCH = 5_000  # rows in one statement
STRANGERS = 1_000_000_000  # the ids of residents who are only there

Row = dict[str, Any]

Step = tuple[str, Callable[[], Awaitable[None]]]


@contextmanager
def counted(engine: AsyncEngine) -> Iterator[list[str]]:
    """The statements of a while, without the beginnings and ends of transactions."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if sql != "BEGIN IMMEDIATE":
            seen.append(sql)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


@asynccontextmanager
async def compiled_anew(engine: AsyncEngine) -> AsyncIterator[set[str]]:
    """The statements that SQLite compiles from now on: it asks the authorizer as it does so.

    All that it had compiled before are over.
    """
    asked, found = [0], set[str]()

    def authorize(*_: Any) -> int:
        asked[0] += 1
        return sqlite3.SQLITE_OK

    def begins(*_: Any) -> None:
        asked[0] = 0

    def ends(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if asked[0] and not sql.startswith("BEGIN"):
            found.add(sql)

    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver
        await driver.set_authorizer(authorize)
    event.listen(engine.sync_engine, "before_cursor_execute", begins)
    event.listen(engine.sync_engine, "after_cursor_execute", ends)
    yield found


async def of_each_kind(world: World) -> dict[str, int]:
    """Statements for each kind of update in the life of one case."""
    return await _of(world, _life(world))


async def of_a_ballot(world: World, matter: int, voter: int) -> dict[str, int]:
    """Statements for each kind of update of one voter in an open vote."""
    return await _of(world, _ballot(world, matter, voter))


async def _of(world: World, steps: AsyncIterator[Step]) -> dict[str, int]:
    counts: dict[str, int] = {}
    async for kind, step in steps:
        with counted(world.storage.engine) as seen:
            await step()
        counts[kind] = len(seen)
    return counts


async def _life(world: World) -> AsyncIterator[Step]:
    writes, does = world.writes, world.does
    number = await newest(world.storage) + 1
    said = f"路灯{signs(Random(number))}"
    yield "suggest in a group", lambda: writes(ANA, f"#建议 {said}", group=BUILDING_3)
    assert await newest(world.storage) == number
    yield "support", lambda: writes(LI, f"附议 {number}")
    yield "sign", lambda: writes(ZHOU, f"签收 {number}")
    yield "ask", lambda: writes(ZHOU, f"提问 {number} 哪一盏")
    yield "answer", lambda: writes(ANA, f"回答 {number} 左边")
    yield "done", lambda: writes(ZHOU, f"办结 {number} 换了灯泡")
    yield "solved", lambda: does(ANA, SaySolved(number, 1, "yes"))
    yield "rate", lambda: does(ANA, Rate(number, 1, 5))
    yield "progress", lambda: writes(ANA, f"进度 {number}")
    yield "mine, of the officer", lambda: writes(ZHOU, "/mine")
    yield "mine, of the resident", lambda: writes(ANA, "/mine")
    yield "write privately", lambda: writes(ANA, f"水管{signs(Random(-number))}")
    yield "submit", lambda: world.presses(ANA, "提交")


async def _ballot(world: World, matter: int, voter: int) -> AsyncIterator[Step]:
    who, packed = account(voter), f"o{voter}"
    yield "show the ballot", lambda: world.does(who, ShowBallot(matter))
    yield "cast it", lambda: world.does(who, CastBallot(matter, packed, "yes"))
    yield "cast it twice", lambda: world.does(who, CastBallot(matter, packed, "yes"))
    yield "ask to change it", lambda: world.does(who, ChangeBallot(matter, packed))
    world.clock.advance(seconds=3)
    yield "change it", lambda: world.does(who, CastBallot(matter, packed, "no"))
    yield "look at mine", lambda: world.does(who, ShowMyBallot(matter, packed, 1))
    yield "the whole receipt", lambda: world.does(who, ShowReceipt(matter, packed))
    yield "show it once more", lambda: world.does(who, ShowBallot(matter))


def signs(random: Random) -> str:
    """Words that are like no others."""
    return "".join(chr(random.randrange(0x4E00, 0x9FA5)) for _ in range(14))


async def newest(storage: Storage) -> int:
    async with storage.engine.connect() as connection:
        number, ours = t.tickets.c.number, t.tickets.c.community_id == storage.community
        return int(await connection.scalar(select(func.max(number)).where(ours)) or 0)


async def has_cases(world: World, many: int) -> None:
    """Open cases until there are so many, all of one grid, category and officer.

    Each was raised by a resident of its own, and the group has a card of it.
    """
    known = await newest(world.storage)
    async with world.storage.engine.begin() as connection:
        officer = await connection.scalar(select(func.min(t.staff.c.id)))
        for begin in range(known + 1, many + 1, BATCH):
            numbers = range(begin, min(begin + BATCH, many + 1))
            for table, row in ((t.people, _person), (t.accounts, _account), (t.cards, _card)):
                await connection.execute(insert(table), [_ours(world, row(n)) for n in numbers])
            cases = [_ours(world, open_case(n) | {"holder_id": officer}) for n in numbers]
            await connection.execute(insert(t.tickets), cases)
        await connection.execute(t.counters.delete())
        await connection.execute(
            insert(t.counters), _ours(world, {"name": "tickets", "value": many})
        )


def _ours(world: World, row: Row) -> Row:
    return {"community_id": world.storage.community} | row


def _person(number: int) -> Row:
    return {"id": STRANGERS + number, "language": "zh", "created_at": NOON}


def _account(number: int) -> Row:
    return {"channel": "buttons", "chat": f"r{number}", "person_id": STRANGERS + number}


def _card(number: int) -> Row:
    return {"channel": "buttons", "chat": "-3", "card": f"case:{number}", "message": "0"}


def open_case(number: int) -> Row:
    """A case as it stands in its table, but for its community and its holder."""
    where = {"author_id": STRANGERS + number, "category": "utilities", "grid": "2"}
    nothing = ("questions", "return_refused", "appealed", "supporters", "hop", "seq")
    stands = {"state": State.IN_PROGRESS, "level": Level.COMMUNITY, "round": 1, "head": GENESIS}
    times = {"opened_at": NOON, "due_at": NOON, "resolve_by": NOON}
    about = {"summary": signs(Random(number)), "place": "", "visibility": Visibility.PUBLIC}
    return dict.fromkeys(nothing, 0) | {"number": number} | where | stands | times | about
