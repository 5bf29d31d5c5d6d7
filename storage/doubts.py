"""Ballots that a person should look at: the signs to look for, what was found, what was decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, and_, exists, select, update

from domain.ballots import Via
from domain.doubts import Reason, Seen, State, of_line
from storage import tables as t
from storage import voting_tables as v
from storage.roll import OnRoll, on_roll
from storage.rows import Rows

LOT = 500  # rows written in one statement


@dataclass(frozen=True)
class Doubted:
    """A line of the record with every reason to ask about it; they are decided together."""

    seq: int
    reasons: frozenset[Reason]
    state: State
    asked_by: int | None  # staff who wants it struck out


class Doubts(Rows):
    async def add(self, matter: int, lines: Iterable[int], reason: Reason, now: datetime) -> int:
        """A person shall look at these ballots; nothing is taken away by that.

        Returns how many nobody had doubted for this reason before.
        """
        rows = [{"matter": matter, "seq": seq, "reason": reason, "state": State.OPEN, "at": now}
                for seq in sorted(lines)]  # fmt: skip
        lots = [rows[at : at + LOT] for at in range(0, len(rows), LOT)]
        return sum([await self._add_new(v.doubts, lot) for lot in lots])

    async def of(self, matter: int) -> list[Doubted]:
        """Every line of a record that is doubted, in its order."""
        d = v.doubts
        rows = await self._all(select(d).where(self._ours(d, matter=matter)).order_by(d.c.seq))
        return _doubted(rows)

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
        """Every standing ballot by its pseudonym. Of 100,000 it takes about a second."""
        b = v.ballots
        o = b.alias().c
        same = and_(o.community_id == b.c.community_id, o.matter == b.c.matter, o.vid == b.c.vid)
        changed = exists().where(same, o.seq < b.c.seq)
        query = select(b.c.seq, b.c.vid, b.c.choice, b.c.at, b.c.via, changed.label("changed"))
        rows = await self._all(query.where(self._ours(b, matter=matter, stands=1)))
        return {
            r.vid: Seen(r.seq, r.choice, r.at, r.via == Via.CHAT, bool(r.changed)) for r in rows
        }

    async def voters(self, matter: int) -> list[OnRoll]:
        """Everybody of whom there is a ballot."""
        x = v.voters
        query = select(x).where(self._ours(x, matter=matter, took_part=1))
        return [on_roll(row) for row in await self._all(query)]

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
