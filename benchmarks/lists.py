"""What a huge community costs where only a little is asked of it: a list, a look at the clocks."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from statistics import median
from time import perf_counter

from rich.table import Table
from sqlalchemy import select, update

from casework.actions import Mine
from domain.conversation import Inbound
from domain.residents import Person
from handlers.tickets import mine
from handlers.turn import Turn
from scheduler.tickets import hear_clocks
from storage import tables as t
from storage.ids import Ids
from storage.uow import UnitOfWork, open_storage
from storage.vault import Vault
from tests import databases
from tests.databases import NOON
from tests.statements import has_cases
from tests.world import BUILDING_3, COMMUNITY, ZHOU, FakeClock, World

CASES = 100_000  # open, all of one officer
OLDEST = 25
DUE = 25  # cases whose clocks have just been reached
TIMES = 30

Question = Callable[[UnitOfWork], Awaitable[object]]
Times = Mapping[str, Mapping[str, float]]  # by what was asked, then by database


async def measured(urls: Mapping[str, str]) -> Times:
    """Median milliseconds of each question, transaction included, by database."""
    found: dict[str, dict[str, float]] = {}
    for database, url in urls.items():
        await databases.migrate(url)
        async with databases.engine_for(url) as engine:
            storage = await open_storage(engine, "lists", Vault(databases.SECRET), Ids(FakeClock()))
            world = World(storage, FakeClock())
            await world.has_everybody()
            await has_cases(world, CASES)
            for what, took in (await _asked(world)).items():
                found.setdefault(what, {})[database] = took
    return found


async def _asked(world: World) -> dict[str, float]:
    async with world.storage.begin() as uow:
        visitor = await uow.residents.visitor(ZHOU, ZHOU)
    assert visitor is not None and visitor.person.staff is not None
    officer = visitor.person.staff.id
    took = {
        f"the oldest {OLDEST} open of {CASES:,}": await _median(
            world, lambda uow: uow.tickets.held_by(officer, OLDEST)
        ),
        "/mine as its handler does it": await _median(world, partial(_mine, visitor.person)),
        "clocks to be heard: none": await _median(world, _hear),
    }
    await _make_due(world)
    took[f"clocks to be heard: {DUE}"] = await _median(world, _hear, times=1)
    return took


async def _mine(person: Person, uow: UnitOfWork) -> object:
    inbound = Inbound("1", ZHOU)
    turn = Turn(inbound, "", person, None, True, COMMUNITY, NOON, NOON, uow)
    return await mine(turn, Mine())


async def _hear(uow: UnitOfWork) -> object:
    return await hear_clocks(uow, NOON + timedelta(hours=6), COMMUNITY)


async def _make_due(world: World) -> None:
    """Some new cases, said by a resident, whose sign clocks run out at 17:30."""
    for number in range(DUE):
        await world.writes(ZHOU, f"#建议 第{number}号水管坏了", group=BUILDING_3)
    async with world.storage.engine.begin() as connection:
        few = select(t.tickets.c.number).where(t.tickets.c.number > CASES)
        await connection.execute(
            update(t.tickets).where(t.tickets.c.number.in_(few)).values(next_at=NOON)
        )


async def _median(world: World, ask: Question, times: int = TIMES) -> float:
    took = []
    for _ in range(times):
        began = perf_counter()
        async with world.storage.begin() as uow:
            await ask(uow)
        took.append((perf_counter() - began) * 1000)
    return median(took)


def table(times: Times) -> Table:
    databases_ = list(next(iter(times.values())))
    shown = Table("milliseconds", *databases_)
    for what, by_database in times.items():
        shown.add_row(what, *(f"{by_database[d]:.3g}" for d in databases_))
    return shown
