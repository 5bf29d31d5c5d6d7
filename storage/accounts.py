"""One person, one identity, any number of accounts: two entries of the same human become one."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint, delete, select, update

from storage import tables as t
from storage.schema import metadata
from storage.subjects import By, Subjects


class Accounts(Subjects):
    async def same_person(self, old: int, kept: int, now: datetime, by: By) -> None:
        """Everything of ``old`` is ``kept``'s from now on (handbook: voting 1.8, I2).

        Where both have what a person has once, such as the support of a case, it stays once.
        Neither may be staff twice; the events of the past keep the number they have.
        """
        await self._supports_once(old, kept)
        for table, column in _referring():
            for once in _once(table, column):
                await self._drop_doubles(table, column, once, old, kept)
            theirs = self._ours(table, **{column: old})
            await self._run(update(table).where(theirs).values({column: kept}))
        await self._not_their_own(kept)
        gone = {"name_sealed": "", "household_id": None, "forgotten_at": now}
        await self._run(update(t.people).where(self._ours(t.people, id=old)).values(gone))
        await self._note(f"person:{kept}", "same_person", now, by, was=old)

    async def _supports_once(self, old: int, kept: int) -> None:
        """A case both support has one supporter less."""
        s = t.supporters
        of_kept = select(s.c.ticket).where(self._ours(s, person_id=kept))
        both = select(s.c.ticket).where(self._ours(s, person_id=old), s.c.ticket.in_(of_kept))
        cases = t.tickets.c
        fewer = update(t.tickets).where(self._ours(t.tickets), cases.number.in_(both))
        await self._run(fewer.values(supporters=cases.supporters - 1))

    async def _not_their_own(self, person: int) -> None:
        """Nobody supports a case of their own: else its author could not withdraw it."""
        s, cases = t.supporters, t.tickets.c
        own = select(cases.number).where(self._ours(t.tickets, author_id=person))
        supported = self._ours(s, person_id=person) & s.c.ticket.in_(own)
        fewer = update(t.tickets).where(
            self._ours(t.tickets), cases.number.in_(select(s.c.ticket).where(supported))
        )
        await self._run(fewer.values(supporters=cases.supporters - 1))
        await self._run(delete(s).where(supported))

    async def _drop_doubles(
        self, table: Table, column: str, once: list[str], old: int, kept: int
    ) -> None:
        """Rows that would stand twice under the key of which ``column`` is a part."""
        other = table.alias()
        alike = [other.c[name] == table.c[name] for name in ["community_id", *once]]
        has = select(other.c.community_id).where(other.c[column] == kept, *alike).exists()
        await self._run(delete(table).where(self._ours(table, **{column: old}), has))


def _referring() -> Iterator[tuple[Table, str]]:
    """Every table with a column that names a person."""
    for table in metadata.sorted_tables:
        for reference in table.foreign_key_constraints:
            if reference.referred_table is t.people:
                yield table, reference.column_keys[-1]


def _once(table: Table, column: str) -> Iterator[list[str]]:
    """The other columns of each key that the column is a part of."""
    for key in table.constraints:
        if isinstance(key, PrimaryKeyConstraint | UniqueConstraint) and column in key.columns:
            yield [each.name for each in key.columns if each.name not in ("community_id", column)]
