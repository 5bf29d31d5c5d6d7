"""Ballots that a person should look at: the signs to look for, what was found, what was decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, and_, case, func, select, update

from domain.ballots import Via
from domain.doubts import TO_BE_ASKED, UNDECIDED, Reason, Seen, State, of_line
from domain.roll import Fault
from storage import tables as t
from storage import voting_tables as v
from storage.rows import Rows


@dataclass(frozen=True)
class Doubted:
    """A line of the record with every reason to ask about it; they are decided together."""

    seq: int
    reasons: frozenset[Reason]
    state: State
    asked_by: int | None  # staff who wants it struck out


class Doubts(Rows):
    async def add(self, matter: int, lines: Iterable[int], reason: Reason, now: datetime) -> None:
        """A person shall look at these ballots; nothing is taken away by that."""
        state = {"reason": reason, "state": State.OPEN, "at": now}
        ours = {"community_id": self._community, "matter": matter} | state
        insert = self._insert(v.doubts).on_conflict_do_nothing()
        await self._connection.execute(insert, [ours | {"seq": seq} for seq in lines])

    async def add_one(self, matter: int, seq: int, reason: Reason, now: datetime) -> bool:
        """Whether nobody had doubted it for this reason before."""
        row = {"matter": matter, "seq": seq, "reason": reason, "state": State.OPEN, "at": now}
        return bool(await self._add_new(v.doubts, [row]))

    async def counts(self, matter: int) -> dict[str, int]:
        """How many lines are doubted for each reason."""
        d = v.doubts
        query = select(d.c.reason, func.count().label("many")).where(self._ours(d, matter=matter))
        found = {row.reason: row.many for row in await self._all(query.group_by(d.c.reason))}
        return {reason.value: found.get(reason, 0) for reason in Reason}

    async def first(self, matter: int, limit: int) -> tuple[list[Doubted], int]:
        """Those to be asked about first, then the undecided, then the others; how many in all."""
        d = v.doubts
        mine = self._ours(d, matter=matter)
        undecided = d.c.state.in_(UNDECIDED)
        rank = case((and_(undecided, d.c.reason.in_(TO_BE_ASKED)), 0), (undecided, 1), else_=2)
        lines = select(d.c.seq).where(mine).group_by(d.c.seq)
        lot = await self._all(lines.order_by(func.min(rank), d.c.seq).limit(limit))
        if not lot:
            return [], 0
        query = select(d).where(mine, d.c.seq.in_([row.seq for row in lot])).order_by(d.c.seq)
        all = await self._first(select(func.count(d.c.seq.distinct())).where(mine))
        return _doubted(await self._all(query)), int(all[0]) if all else 0

    async def of_line(self, matter: int, seq: int) -> Doubted | None:
        mine = self._ours(v.doubts, matter=matter, seq=seq)
        found = await self._all(select(v.doubts).where(mine))
        return _doubted(found)[0] if found else None

    async def settle(self, matter: int, seq: int, **values: object) -> None:
        """For all of its reasons at once."""
        mine = self._ours(v.doubts, matter=matter, seq=seq)
        await self._run(update(v.doubts).where(mine).values(**values))

    # --- what the signs are looked for in

    async def standing(self, matter: int) -> dict[str, Seen]:
        """Every standing ballot by its pseudonym, fetched in lots."""
        b = v.ballots
        mine = self._ours(b, matter=matter)
        query = select(b.c.seq, b.c.vid, b.c.choice, b.c.at, b.c.via)
        gone = select(b.c.vid).where(mine, b.c.stands == 0)
        changed = {row.vid async for row in self._in_lots(gone)}
        return {
            r.vid: Seen(r.seq, r.choice, r.at, r.via == Via.CHAT, r.vid in changed)
            async for r in self._in_lots(query.where(mine, b.c.stands == 1))
        }

    async def voters(self, matter: int) -> list[tuple[str, int | None]]:
        """The units of which there is a ballot, and who may answer for each; fetched in lots."""
        x = v.voters
        query = select(x.c.unit, x.c.person_id).where(self._ours(x, matter=matter, took_part=1))
        return [(row.unit, row.person_id) async for row in self._in_lots(query)]

    async def twice(self, matter: int) -> list[str]:
        """Units that were set aside with a ballot: their person has another one here."""
        x = v.voters
        mine = self._ours(x, matter=matter, took_part=1, fault=Fault.SAME_PERSON)
        return [row.unit for row in await self._all(select(x.c.unit).where(mine))]

    async def sold(self, since: datetime) -> set[str]:
        """Properties of which a list of owners has said another thing since this moment."""
        h = v.holdings
        query = select(h.c.property).where(self._ours(h), h.c.since > since).distinct()
        return {row.property for row in await self._all(query)}

    async def confirmed(self, people: set[int]) -> Mapping[int, datetime]:
        """When these people's identity was confirmed, of those of whom it was."""
        i = v.identities
        rows = await self._among(i, [i.c.person_id, i.c.at, i.c.level], i.c.person_id, people)
        return {row.person_id: row.at for row in rows if row.level}

    async def active(self, people: set[int], matter: int, before: datetime) -> set[int]:
        """Those who had done anything before: spoken up, supported, rated, or voted elsewhere."""
        where: tuple[tuple[Table, str, str], ...] = (
            (t.tickets, "author_id", "opened_at"),
            (t.supporters, "person_id", "at"),
            (t.ratings, "person_id", "at"),
        )
        found: set[int] = set()
        for table, person, at in where:
            column = table.c[person]
            columns = [column.label("person"), table.c[at].label("at")]
            rows = await self._among(table, columns, column, people - found)
            found |= {row.person for row in rows if row.at < before}
        x = v.voters
        more = [x.c.person_id, x.c.matter, x.c.took_part]
        rows = await self._among(x, more, x.c.person_id, people - found)
        return found | {r.person_id for r in rows if r.took_part and r.matter != matter}


def _doubted(rows: Sequence[Row[Any]]) -> list[Doubted]:
    lines: dict[int, list[Row[Any]]] = {}
    for row in rows:
        lines.setdefault(row.seq, []).append(row)
    return [
        Doubted(
            seq,
            frozenset(Reason(r.reason) for r in found),
            of_line({State(r.state) for r in found}),
            next((r.asked_by for r in found if r.asked_by), None),
        )
        for seq, found in lines.items()
    ]
