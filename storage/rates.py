"""Reads what the rates are made of: the cases of a period with their events and answers.

Comes in lots, so that a report over many years fits into little memory and no transaction
has to stay open for all of it. Decides nothing: that is ``domain.rates``.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select, text, union

from domain.clocks import Stamp, stamp_of
from domain.rates import Answer, Period, Record
from domain.tickets import Event, State
from storage import alive_tables as alive
from storage import tables as t
from storage.rows import Rows, same

LOT = 500  # cases
# A rework round may fall due before the round it follows did, but by no more than that one's
# allowance; nobody allows more.
LONGEST_PROMISE = timedelta(days=366)


class Rates(Rows):
    async def lots(self, period: Period, *, holder: int | None = None) -> list[list[int]]:
        """Numbers of the cases that were accepted or may have fallen due in the period.

        Not those that a meeting gave somebody to do: no resident asked, and none can be content.
        """
        tickets = t.tickets.c
        touched = union(self._accepted(period), *self._due(period))
        m = alive.minutes
        of_meeting = select(m.c.id).where(
            self._ours(m), text(alive.ACTION_ITEM), same(m.c.ticket, tickets.number)
        )
        query = select(tickets.number).where(
            self._ours(t.tickets), tickets.number.in_(touched), ~of_meeting.exists()
        )
        if holder is not None:
            query = query.where(tickets.holder_id == holder)
        numbers = [row.number for row in await self._all(query.order_by(tickets.number))]
        return [numbers[n : n + LOT] for n in range(0, len(numbers), LOT)]

    async def records(self, lot: Sequence[int]) -> list[Record]:
        """These cases, by number."""
        c = t.tickets.c
        query = select(c.number, c.grid, c.category, c.holder_id, c.state)
        rows = await self._all(query.where(self._ours(t.tickets), c.number.in_(lot)))
        stamps, answers = await self._stamps(lot), await self._answers(lot)
        return [
            Record(
                row.grid,
                row.category,
                row.holder_id,
                State(row.state),
                stamps[row.number],
                answers[row.number],
            )
            for row in rows
        ]

    def _accepted(self, period: Period) -> Select[Any]:
        e = t.ticket_events
        within = e.c.at >= period.begin, e.c.at < period.end
        return select(e.c.ticket).where(self._ours(e), text(t.ACCEPTED), *within)

    def _due(self, period: Period) -> Iterator[Select[Any]]:
        """Cases hold the deadline of their newest round; of reworked ones, older rounds count."""
        c = t.tickets.c
        ours = select(c.number).where(self._ours(t.tickets))
        yield ours.where(c.round == 1, c.resolve_by >= period.begin, c.resolve_by < period.end)
        earliest = period.begin - LONGEST_PROMISE
        yield ours.where(c.round > 1, c.resolve_by >= earliest, c.opened_at < period.end)

    async def _stamps(self, lot: Sequence[int]) -> dict[int, list[Stamp]]:
        e = t.ticket_events.c
        query = select(e.ticket, e.event, e.at, e.data)
        mine = query.where(self._ours(t.ticket_events), e.ticket.in_(lot))
        found = defaultdict[int, list[Stamp]](list)
        for row in await self._all(mine.order_by(e.ticket, e.seq)):
            found[row.ticket].append(stamp_of(Event(row.event), row.at, row.data))
        return found

    async def _answers(self, lot: Sequence[int]) -> dict[int, list[Answer]]:
        """The authors', who are asked: a supporter can only say no (handbook: tickets 4.1)."""
        r, c = t.ratings.c, t.tickets.c
        query = select(r.ticket, r.solved, r.satisfaction).join(
            t.tickets, same(c.number, r.ticket) & (c.author_id == r.person_id)
        )
        mine = query.where(self._ours(t.ratings), r.ticket.in_(lot))
        found = defaultdict[int, list[Answer]](list)
        for row in await self._all(mine):
            found[row.ticket].append(Answer(row.solved, row.satisfaction))
        return found
