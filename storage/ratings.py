"""What residents said of handled cases: one answer per case, round and person."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from storage import tables as t
from storage.rows import Rows


@dataclass(frozen=True)
class Rating:
    ticket: int
    round: int
    person: int
    solved: str  # yes, partly, no


class Ratings(Rows):
    async def answer(self, rating: Rating, now: datetime) -> None:
        await self._put(
            t.ratings,
            "ticket round person_id",
            ticket=rating.ticket,
            round=rating.round,
            person_id=rating.person,
            solved=rating.solved,
            at=now,
        )

    async def answered_at(self, ticket: int, round: int, person: int) -> datetime | None:
        """When they said whether it is solved; None where they did not."""
        mine = self._ours(t.ratings, ticket=ticket, round=round, person_id=person)
        row = await self._first(select(t.ratings.c.at).where(mine))
        return row.at if row else None

    async def satisfied(self, ticket: int, round: int, person: int, level: int) -> None:
        """Add the level to an answer given before: 5, very satisfied, to 1, very dissatisfied."""
        mine = self._ours(t.ratings, ticket=ticket, round=round, person_id=person)
        await self._run(update(t.ratings).where(mine).values(satisfaction=level))
