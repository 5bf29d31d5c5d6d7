"""A database can be split by community: no key and no statement of a busy day leaves it out.

Citus, which is in no package registry, distributes tables by one column. What it asks for then
is checked here instead: that column in every key and in every reference between such tables,
no number drawn by the database, and in every statement, or it goes to all the nodes.
Source: https://docs.citusdata.com/en/stable/sharding/data_modeling.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import (
    Alias,
    BinaryExpression,
    Column,
    ColumnDefault,
    Connection,
    Delete,
    Insert,
    Table,
    UniqueConstraint,
    Update,
    event,
)
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql import visitors

from scheduler.timers import TIMERS
from storage.schema import metadata
from tests import deciding
from tests.statements import of_a_ballot, of_each_kind
from tests.votes import has_vote
from tests.world import World

COMMUNITIES = metadata.tables["communities"]  # the same on every node: a "reference table"
TABLES = [table for table in metadata.sorted_tables if table is not COMMUNITIES]
BY = "community_id"
OF_NO_TABLE = {"communities", "excluded", ""}  # "excluded": the row that was to be inserted


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_every_key_and_reference_holds_the_community(table: Table) -> None:
    unique = [index.columns for index in table.indexes if index.unique]
    unique += [c.columns for c in table.constraints if isinstance(c, UniqueConstraint)]
    for columns in (table.primary_key.columns, *unique):
        assert BY in {column.name for column in columns}
    for reference in table.foreign_key_constraints:
        pairs = {(e.parent.name, e.column.name) for e in reference.elements}
        assert (BY, BY) in pairs and reference.referred_table in TABLES


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_the_database_draws_no_numbers(table: Table) -> None:
    assert table.autoincrement_column is None
    for column in table.columns:
        assert column.identity is None
        assert column.default is None or isinstance(column.default, ColumnDefault)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the same on PostgreSQL
async def test_no_statement_of_a_busy_day_leaves_the_community_out(world: World) -> None:
    with heard(world.storage.engine) as left_out:
        await of_each_kind(world)
        await deciding.published(world, "同意")
        await has_vote(world.storage, 3)
        await of_a_ballot(world, 2, voter=1)
        for timer in TIMERS:
            await world.ticks(timer)

    assert "\n".join(sorted(left_out)) == ""


@contextmanager
def heard(engine: AsyncEngine) -> Iterator[set[str]]:
    """The statements of a while that ask a table, or an alias of one, for rows of everybody."""
    found: set[str] = set()

    def note(_c: Connection, statement: Any, several: Any, one: Any, _options: Any) -> None:
        found.update(f"{name}: {statement}" for name in left_out(statement, several or [one]))

    event.listen(engine.sync_engine, "before_execute", note)
    try:
        yield found
    finally:
        event.remove(engine.sync_engine, "before_execute", note)


def left_out(statement: Any, values: list[Any]) -> Iterator[str]:
    if not hasattr(statement, "get_children"):
        return
    parts = list(visitors.iterate(statement))
    tables = {c.table for c in parts if isinstance(c, Column)}
    tables |= {p.table for p in parts if isinstance(p, Update | Delete)}
    written = {p.table for p in parts if isinstance(p, Insert)}
    named = {
        side.table
        for part in parts
        if isinstance(part, BinaryExpression)
        for side in (part.left, part.right)
        if isinstance(side, Column) and side.name == BY
    }
    for table in tables - named - written:
        if isinstance(table, Table | Alias) and table.name not in OF_NO_TABLE:
            yield str(table)
    if isinstance(statement, Insert) and statement.table is not COMMUNITIES:
        given = {key for row in values for key in row} | set(statement.compile().params)
        if not any(BY in str(key) for key in given):
            yield f"{statement.table}, written"
