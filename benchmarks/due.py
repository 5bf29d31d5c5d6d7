"""What a look for the due costs among a million that are not: ``python -m benchmarks.due``.

The two tables that hold what is to be said: the outbox, and what the budget has held back.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import typer
from rich.console import Console
from rich.table import Table as Shown
from sqlalchemy import String, Table, cast, delete, event, insert, literal, select, text

from benchmarks import machine
from domain.budget import Topic
from domain.conversation import Address, Say
from storage import alive_tables as v
from storage import tables as t
from storage.claims import Room
from storage.ids import Ids
from storage.uow import Storage, UnitOfWork, open_storage
from storage.vault import Vault
from tests import databases
from tests.databases import NOON

console = Console(width=150)

FEW, MANY = 1_000, 1_000_000
DUE = 50
TIMES = 15
PLACES = count()  # whoever has a message on its way gets no other
TOMORROW = NOON + timedelta(days=1)

Look = Callable[[UnitOfWork], Awaitable[object]]


async def held(uow: UnitOfWork, many: int) -> None:
    for _ in range(many):
        say = Say(Address("telegram", f"due{next(PLACES)}"), "home.cancelled")
        await uow.budget.hold(say, Topic.REMINDER, "quiet", NOON, TOMORROW, NOON)


async def promised(uow: UnitOfWork, many: int) -> None:
    places = [Address("telegram", f"due{next(PLACES)}") for _ in range(many)]
    await uow.delivery.promise([Say(place, "home.cancelled") for place in places], NOON)


KINDS: dict[str, tuple[Table, str, Callable[[UnitOfWork, int], Awaitable[None]], Look]] = {
    "held back": (v.held, "try_at", held, lambda uow: uow.budget.due(NOON, DUE)),
    "outbox": (t.outbox, "not_before", promised,
               lambda uow: uow.delivery.claim({"telegram": Room(DUE, DUE)}, NOON)),
}  # fmt: skip


def main() -> None:
    """Milliseconds of each look, and the plan that the database has for it."""
    console.print(machine.described())
    console.print(f"before: {machine.load()}")
    shown = Shown("what", "database", "pending", "none due, ms", f"{DUE} due, ms", "found by")
    with databases.postgresql_server() as server, TemporaryDirectory() as folder:
        asyncio.run(_measure(server, Path(folder), shown))
    console.print(shown)
    console.print(f"after: {machine.load()}")


async def _measure(server: Any, folder: Path, shown: Shown) -> None:
    async with databases.created(server) as postgresql:
        for name, url in (("SQLite", f"sqlite+aiosqlite:///{folder / 'due.db'}"),
                          ("PostgreSQL", postgresql)):  # fmt: skip
            await databases.migrate(url)
            async with databases.engine_for(url) as engine:
                vault, ids = Vault(databases.SECRET), Ids(lambda: NOON)
                storage = await open_storage(engine, "due", vault, ids)
                for kind in KINDS:
                    for pending in (FEW, MANY):
                        shown.add_row(kind, name, f"{pending:,}", *await _looked(storage, kind))


async def _looked(storage: Storage, kind: str) -> list[str]:
    table, due_at, make, look = KINDS[kind]
    pending = MANY if await _is_filled(storage, table) else FEW
    await _fill(storage, table, due_at, make, pending)
    none = await _median(storage, look, lambda uow: make(uow, 0))
    some = await _median(storage, look, lambda uow: make(uow, DUE))
    plan = await _plan(storage, table, look)
    return [f"{none:.2f}", f"{some:.2f}", plan]


async def _is_filled(storage: Storage, table: Table) -> bool:
    async with storage.engine.connect() as connection:
        return (await connection.execute(select(table).limit(1))).first() is not None


async def _fill(storage: Storage, table: Table, due_at: str, make: Any, pending: int) -> None:
    """So many copies of one that is due tomorrow, each of a place of its own."""
    async with storage.engine.begin() as connection:
        await connection.execute(delete(table))
    async with storage.begin() as uow:
        await make(uow, 1)
    number = select(literal(1).label("n")).cte("number", recursive=True)
    number = number.union_all(select(number.c.n + 1).where(number.c.n < pending))
    own = {"id": table.c.id - number.c.n, due_at: literal(TOMORROW, table.c[due_at].type),
           "chat": literal("c") + cast(number.c.n, String)}  # fmt: skip
    columns = [own.get(column.name, column).label(column.name) for column in table.columns]
    due = table.c[due_at] == NOON
    copies = select(*columns).select_from(table.join(number, literal(value=True))).where(due)
    async with storage.engine.begin() as connection:
        await connection.execute(insert(table).from_select([c.name for c in table.columns], copies))
        await connection.execute(delete(table).where(due))
    async with storage.engine.connect() as connection:
        connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("ANALYZE"))


async def _median(storage: Storage, look: Look, prepare: Look) -> float:
    """Milliseconds of one look, its transaction included; what it took is gone afterwards."""
    took = []
    for _ in range(TIMES):
        async with storage.begin() as uow:
            await prepare(uow)
        began = perf_counter()
        async with storage.begin() as uow:
            await look(uow)
        took.append((perf_counter() - began) * 1000)
    return median(took)


async def _plan(storage: Storage, table: Table, look: Look) -> str:
    """The lines of the plan that name an index of this table."""
    seen: list[tuple[str, Any]] = []
    engine = storage.engine.sync_engine

    def note(_c: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        seen.append((sql, values))

    event.listen(engine, "before_cursor_execute", note)
    async with storage.begin() as uow:
        await look(uow)
    event.remove(engine, "before_cursor_execute", note)
    sql, values = next(one for one in seen if table.name in one[0])
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    async with storage.engine.connect() as connection:
        rows = await connection.run_sync(
            lambda c: c.exec_driver_sql(f"{explain} {sql}", values).all()
        )
    lines = [str(row[-1]).strip(" ->") for row in rows]
    found = {line.split("  (")[0] for line in lines if f"ix_{table.name}" in line}
    return "; ".join(sorted(found))


if __name__ == "__main__":
    typer.run(main)
