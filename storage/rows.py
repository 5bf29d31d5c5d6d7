"""What every repository shares: the connection, the community, and statements of both engines."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence, Set
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Integer,
    Row,
    String,
    Table,
    TypeDecorator,
    and_,
    any_,
    bindparam,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from domain.conversation import Address
from storage.ids import Ids
from storage.tables import counters
from storage.vault import Vault

LOT = 1000  # values asked for in one statement


class Rows:
    """A part of a unit of work. It sees one community's rows and nothing else."""

    def __init__(self, connection: AsyncConnection, community: int, vault: Vault, ids: Ids) -> None:
        self._connection = connection
        self._community = community
        self._vault = vault
        self._ids = ids

    @property
    def _parts(self) -> tuple[AsyncConnection, int, Vault, Ids]:
        """For another part of the same unit of work."""
        return self._connection, self._community, self._vault, self._ids

    def _ours(self, table: Table, **values: Any) -> ColumnElement[bool]:
        """The rows of our community with these values."""
        return and_(
            table.c.community_id == self._community,
            *(table.c[name] == value for name, value in values.items()),
        )

    async def _run(self, statement: Executable, **of: Any) -> int:
        """Execute; returns how many rows matched."""
        done = await self._connection.execute(statement, self._given(of))
        return int(done.rowcount)

    async def _run_all(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for each of these, with the values of a statement put together before."""
        await self._connection.execute(statement, [self._given(row) or {} for row in rows])

    async def _first(self, statement: Executable, **of: Any) -> Row[Any] | None:
        """``of``: the values of a statement that was put together before (:func:`ours`)."""
        return (await self._connection.execute(statement, self._given(of))).first()

    async def _all(self, statement: Executable, **of: Any) -> list[Row[Any]]:
        return list((await self._connection.execute(statement, self._given(of))).all())

    def _given(self, of: Mapping[str, Any]) -> dict[str, Any] | None:
        if not of:
            return None
        return {"ours": self._community} | {f"of_{name}": value for name, value in of.items()}

    async def _in_lots(self, statement: Executable, size: int = LOT) -> AsyncIterator[Row[Any]]:
        """Row by row, fetched lot by lot: whoever reads a hundred thousand lets others go on."""
        found = await self._connection.stream(statement, execution_options={"yield_per": size})
        async for lot in found.partitions():
            for row in lot:
                yield row

    async def _among(
        self, table: Table, columns: list[Any], column: Any, among: set[Any],
        *where: ColumnElement[bool],
    ) -> list[Row[Any]]:  # fmt: skip
        """Rows whose column has one of these values, asked for in lots."""
        values, found = sorted(among), list[Row[Any]]()
        for at in range(0, len(values), LOT):
            some = self._ours(table), column.in_(values[at : at + LOT]), *where
            found += await self._all(select(*columns).where(*some))
        return found

    async def _add(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        values = [{"community_id": self._community, **row} for row in rows]
        if values:
            await self._connection.execute(_inserting(table), values)

    async def _add_new(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> int:
        """Insert, passing over rows that are there already; returns how many were new."""
        values = [{"community_id": self._community, **row} for row in rows]
        if not values:
            return 0
        return await self._run(self._insert(table).values(values).on_conflict_do_nothing())

    async def _add_missing(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        """The same for many rows at once, and nobody asks how many of them were new."""
        values = [{"community_id": self._community, **row} for row in rows]
        if values:
            await self._connection.execute(_missing(table, self._on_postgresql), values)

    async def _put(self, table: Table, key: str, **row: Any) -> None:
        """Insert, or replace the row with the same key (column names, space-separated)."""
        await self._put_all(table, key, [row])

    async def _put_all(self, table: Table, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """The same for many rows of the same columns."""
        if not rows:
            return
        put = _putting(table, key, tuple(rows[0]), self._on_postgresql)
        await self._connection.execute(put, [{"community_id": self._community, **r} for r in rows])

    async def _next(self, name: str) -> int:
        """The next number people read, without gaps: drawn in the transaction of the deed."""
        first = {"community_id": self._community, "name": name, "value": 1}
        row = (await self._connection.execute(_counting(self._on_postgresql), first)).one()
        return int(row.value)

    def _insert(self, table: Table) -> Any:
        """The engine's own INSERT, which knows ON CONFLICT; both spell it alike."""
        return insert_of(table, self._on_postgresql)

    @property
    def _on_postgresql(self) -> bool:
        return self._connection.dialect.name == "postgresql"


@cache
def ours(table: Table, *names: str) -> ColumnElement[bool]:
    """The rows of our community with the values that are given when it is executed.

    For statements that are put together once: to do so each time costs more than to run them.
    """
    given = (table.c[name] == bindparam(f"of_{name}", type_=table.c[name].type) for name in names)
    return and_(table.c.community_id == bindparam("ours", type_=Integer), *given)


def insert_of(table: Table, on_postgresql: bool) -> Any:
    """The engine's own INSERT, which knows ON CONFLICT; both spell it alike."""
    return (postgresql if on_postgresql else sqlite).insert(table)


@cache
def _inserting(table: Table) -> Executable:
    return table.insert()


@cache
def _missing(table: Table, on_postgresql: bool) -> Executable:
    statement: Executable = insert_of(table, on_postgresql).on_conflict_do_nothing()
    return statement


@cache
def _putting(table: Table, key: str, names: tuple[str, ...], on_postgresql: bool) -> Executable:
    columns, statement = ["community_id", *key.split()], insert_of(table, on_postgresql)
    changed = {name: statement.excluded[name] for name in names if name not in columns}
    put: Executable = statement.on_conflict_do_update(index_elements=columns, set_=changed)
    return put


@cache
def _counting(on_postgresql: bool) -> Executable:
    """On PostgreSQL those who draw stand in line, and one of them is woken when a number is free.

    Who waits for a row itself is woken with all others each time, to wait again but for one.
    """
    row = [bindparam(c.name, type_=c.type) for c in counters.c]
    first = select(*row)
    if on_postgresql:
        turn = func.pg_advisory_xact_lock(func.hashtext(row[1]), row[0])
        first = first.select_from(turn.table_valued("turn"))
    statement: Executable = (
        insert_of(counters, on_postgresql)
        .from_select([c.name for c in counters.c], first)
        .on_conflict_do_update(
            index_elements=["community_id", "name"], set_={"value": counters.c.value + 1}
        )
        .returning(counters.c.value)
    )
    return statement


class _Among(FunctionElement[bool]):
    """Columns, and the name under which their values are given."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "_Among":
        return self  # a condition on either engine, not a value to be compared with 1


def among(given: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """A column has one of the values that are given when it is executed; or several, together.

    PostgreSQL is given them as one. With each by itself as many statements would be put together,
    and planned by each connection, as there are lengths of a list.
    """
    return _Among(bindparam(f"of_{given}"), *columns)


@compiles(_Among)
def _one_by_one(element: _Among, compiler: SQLCompiler, **of: Any) -> str:
    given, *columns = element.clauses
    found = tuple_(*columns) if len(columns) > 1 else columns[0]
    return compiler.process(found.in_(bindparam(given.key, expanding=True)), **of)


@compiles(_Among, "postgresql")
def _as_one(element: _Among, compiler: SQLCompiler, **of: Any) -> str:
    given, *columns = element.clauses
    found = func.concat_ws(_Joined.SIGN, *columns) if len(columns) > 1 else columns[0]
    kind = _Joined() if len(columns) > 1 else ARRAY(_unbounded(columns[0].type))
    return compiler.process(found == any_(bindparam(given.key, type_=kind)), **of)


def _unbounded(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Or what is longer than a column were cut, and found."""
    return String() if isinstance(kind, String) else kind


class _Joined(TypeDecorator[list[str]]):
    """Several values as one, with a sign between that is in none of them."""

    SIGN = "\x1f"
    impl = ARRAY(String)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return [self.SIGN.join(each) for each in value]


@cache
def paired(table: Table, key: str, alone: bool) -> ColumnElement[bool]:
    """The rows of our community with pairs of values that :func:`pairs` gives when it is executed.

    SQLite finds no pairs by an index, so each column is named by itself, too. ``alone``: there is
    one, which is most selective in SQLite's eyes, so that it looks there first.
    """
    columns = [table.c[name] for name in key.split()]
    if alone:
        return ours(table, *key.split())
    each = (among(column.name, column) for column in columns)
    return and_(ours(table), *each, among("pairs", *columns))


def pairs(key: str, found: Set[tuple[str, str]]) -> dict[str, Any]:
    """The values of :func:`paired`."""
    names = key.split()
    if len(found) == 1:
        return dict(zip(names, *found, strict=True))
    each = {name: sorted({pair[n] for pair in found}) for n, name in enumerate(names)}
    return each | {"pairs": sorted(found)}


PLACE = "channel chat"


def places(addresses: Iterable[Address]) -> dict[str, Any]:
    """The values of :func:`paired` for the key of a place."""
    return pairs(PLACE, {(address.channel, address.chat) for address in addresses})


def same(one: Any, other: Any) -> ColumnElement[bool]:
    """Two columns of one community that name the same thing."""
    return and_(one.table.c.community_id == other.table.c.community_id, one == other)
