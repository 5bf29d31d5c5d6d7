"""Whether a database is whole: how many rows each table has, and that no chain is broken.

Reads everything once, lot by lot, of all communities. Knows no key: what is sealed stays so.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from sqlalchemy import Row, Select, Table, func, inspect, select
from sqlalchemy import table as named
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.record import Line, Log, rounded
from storage import subjects
from storage import tables as t
from storage import voting_tables as v
from storage.chain import GENESIS, link_event

LOT = 1_000  # rows fetched at once
EVENT = ("seq", "event", "state", "person_id", "account", "at", "data", "note_id", "hash")
ROLL_EVENT = ("seq", "event", "person_id", "account", "at", "data", "hash")
LINE = ("seq", "vid", "commit", "at", "hash")

Begin = Callable[[Any], str]
Follow = Callable[[str, Any], str]


async def rows(connection: AsyncConnection) -> dict[str, int]:
    """How many each table has, whichever tables there are."""
    names = await connection.run_sync(lambda c: inspect(c).get_table_names())
    found = {}
    for name in sorted(names):
        query: Select[Any] = select(func.count()).select_from(named(name))
        found[name] = int(await connection.scalar(query) or 0)
    return found


async def broken(connection: AsyncConnection) -> list[str]:
    """The logs whose hashes do not follow from one another, such as ``ticket_events 1 12``.

    Up to the end, as the case, the matter or the record itself remembers it.
    """
    there = set(await connection.run_sync(lambda c: inspect(c).get_table_names()))
    found: list[str] = []
    for table, chains in CHAINS.items():
        if table.name in there:
            found += [f"{table.name} {name}" async for name in chains(connection)]
    return found


async def _of_cases(connection: AsyncConnection) -> AsyncIterator[str]:
    last = select(t.tickets.c.community_id, t.tickets.c.number, t.tickets.c.head)
    async for name in _events(connection, t.ticket_events, "ticket", last):
        yield name


async def _of_matters(connection: AsyncConnection) -> AsyncIterator[str]:
    last = select(v.matters.c.community_id, v.matters.c.number, v.matters.c.head)
    async for name in _events(connection, v.matter_events, "matter", last):
        yield name


async def _of_rolls(connection: AsyncConnection) -> AsyncIterator[str]:
    e = v.roll_events

    def follows(previous: str, row: Row[Any]) -> str:
        return subjects.link_event(previous, row._mapping)

    query = _in_order(e, "subject", ROLL_EVENT)
    async for name, _ in _walked(connection, query, "subject", lambda _: GENESIS, follows):
        if name:
            yield name


async def _of_records(connection: AsyncConnection) -> AsyncIterator[str]:
    """The lines of each vote, from its frozen question and roll to the last one."""
    m = v.matters
    columns = m.c.community_id, m.c.number, m.c.text_hash, m.c.roll_hash, m.c.last
    kept = {(r.community_id, r.number): r for r in await connection.execute(select(*columns))}

    def begins(row: Row[Any]) -> str:
        matter = kept[row.community_id, row.matter]
        return Log.begin(matter.number, matter.text_hash or "", matter.roll_hash or "").last

    def follows(previous: str, row: Row[Any]) -> str:
        return Line(row.seq, row.matter, row.vid, row.commit, rounded(row.at), previous).hash

    query = _in_order(v.ballots, "matter", LINE)
    ends: dict[tuple[int, int], str] = {}
    async for name, row in _walked(connection, query, "matter", begins, follows):
        ends[row.community_id, row.matter] = row.hash
        if name:
            yield name
    for key, end in ends.items():
        if kept[key].last != end:
            yield f"{key[0]} {key[1]} (its end)"


async def _events(
    connection: AsyncConnection, table: Table, subject: str, last: Select[Any]
) -> AsyncIterator[str]:
    def follows(previous: str, row: Row[Any]) -> str:
        return link_event(previous, subject, dict(row._mapping))

    ends: dict[tuple[int, int], str] = {}
    query = _in_order(table, subject, EVENT)
    async for name, row in _walked(connection, query, subject, lambda _: GENESIS, follows):
        ends[row.community_id, row._mapping[subject]] = row.hash
        if name:
            yield name
    async for row in _in_lots(connection, last):
        if ends.get((row.community_id, row.number), GENESIS) != row.head:
            yield f"{row.community_id} {row.number} (its end)"


async def _walked(
    connection: AsyncConnection, query: Select[Any], subject: str, begins: Begin, follows: Follow
) -> AsyncIterator[tuple[str, Row[Any]]]:
    """Each row with the name of its log where that breaks at this row, else with nothing."""
    log, previous = None, ""
    async for row in _in_lots(connection, query):
        name = row.community_id, row._mapping[subject]
        if name != log:
            log, previous = name, begins(row)
        sound = follows(previous, row) == row.hash
        previous = row.hash
        yield "" if sound else f"{name[0]} {name[1]}", row


def _in_order(table: Table, subject: str, columns: tuple[str, ...]) -> Select[Any]:
    chosen: list[Any] = [table.c[name] for name in ("community_id", subject, *columns)]
    return select(*chosen).order_by(*table.primary_key.columns)


async def _in_lots(connection: AsyncConnection, query: Select[Any]) -> AsyncIterator[Row[Any]]:
    found = await connection.stream(query, execution_options={"yield_per": LOT})
    async for lot in found.partitions():
        for row in lot:
            yield row


CHAINS: Mapping[Table, Callable[[AsyncConnection], AsyncIterator[str]]] = {
    t.ticket_events: _of_cases,
    v.matter_events: _of_matters,
    v.roll_events: _of_rolls,
    v.ballots: _of_records,
}
