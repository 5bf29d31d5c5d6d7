"""Notices: what was written, for whom, and what became of each message of each run.

People are looked at in lots along their numbers (``people_after``), and get a row each; a row
is promised once, in the transaction that writes its message, so that a crash repeats nobody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, exists, func, select, text, tuple_
from sqlalchemy import update as change

from domain.conversation import Address
from domain.notices import Audience, Notice, Place, Reach, State, Urgency, Who
from storage import alive_tables as v
from storage import tables as t
from storage import voting_tables as votes
from storage.delivery import SETTLED
from storage.rows import Rows, same

REACHED = ("waiting", "promised", "sent", "unknown")  # or may have been; the rest gets a visit


@dataclass(frozen=True)
class Recipient:
    """One row of a run: a person where they read us, or a group."""

    id: int
    to: Address


@dataclass(frozen=True)
class Door:
    door: str
    grid: str


class Notices(Rows):
    async def next_number(self) -> int:
        return await self._next("notices")

    async def save(self, notice: Notice, now: datetime) -> None:
        await self._put(v.notices, "number", **_row(notice), at=now)

    async def get(self, number: int, *, to_change: bool = False) -> Notice | None:
        query = select(v.notices).where(self._ours(v.notices, number=number))
        row = await self._first(query.with_for_update() if to_change else query)
        return _notice(row) if row else None

    async def newest(self, limit: int) -> list[Notice]:
        query = select(v.notices).where(self._ours(v.notices))
        rows = await self._all(query.order_by(v.notices.c.number.desc()).limit(limit))
        return [_notice(row) for row in rows]

    async def at_work(self, now: datetime) -> list[Notice]:
        """Those whose time has come and that are not over, locked for whoever sends."""
        n = v.notices
        query = select(n).where(self._ours(n), text(v.AT_WORK), n.c.next_at <= now)
        rows = await self._all(query.order_by(n.c.next_at).with_for_update(skip_locked=True))
        return [_notice(row) for row in rows]

    # --- for whom

    async def reach(self, audience: Audience, groups: int) -> Reach:
        """How many on which channel, each person once, and how many cannot be written to."""
        a, other = t.accounts, t.accounts.alias("read_later")
        people = self._people(audience).subquery("people_meant")
        order = ("chosen", "private_at", "channel", "chat")  # as Residents.reach has it
        later = tuple_(*(other.c[n] for n in order)) > tuple_(*(a.c[n] for n in order))
        read_elsewhere = exists().where(
            same(other.c.person_id, a.c.person_id), *_open(other), later
        )
        by_channel = (
            select(a.c.channel, func.count().label("many"))
            .join(people, people.c.person == a.c.person_id)
            .where(self._ours(a), *_open(a), ~read_elsewhere)
            .group_by(a.c.channel)
        )
        channels = {r.channel: int(r.many) for r in await self._all(by_channel)}
        row = await self._first(select(func.count().label("many")).select_from(people))
        everybody = int(row.many) if row else 0
        return Reach(channels, everybody - sum(channels.values()), groups)

    async def people_after(self, audience: Audience, after: int, limit: int) -> list[int]:
        """The next people it is meant for, along their numbers."""
        people = self._people(audience, after)
        rows = await self._all(people.order_by(people.selected_columns.person).limit(limit))
        return [row.person for row in rows]

    def _people(self, audience: Audience, after: int = 0) -> Select[Any]:
        p, h, o, x = t.people, t.households, votes.owners, votes.holdings
        if audience.who is Who.SILENT:
            w = votes.voters
            unheard = (
                self._ours(w, matter=int(audience.value)),
                text(votes.NOT_YET),
                w.c.fault == "",
            )
            return select(w.c.person_id.label("person")).distinct().where(
                *unheard, w.c.person_id > after)  # fmt: skip
        if audience.who is Who.OWNERS:
            owners = select(o.c.person_id.label("person")).distinct()
            owners = owners.where(self._ours(o), o.c.person_id > after)
            if audience.place is Place.ALL:
                return owners
            held = owners.join(x, same(x.c.owner_id, o.c.id))
            return held.join(h, same(h.c.id, x.c.household_id)).where(*self._within(audience))
        people = select(p.c.id.label("person")).where(
            self._ours(p), p.c.id > after, p.c.household_id.is_not(None)
        )
        if audience.place is Place.ALL:
            return people
        return people.join(h, same(h.c.id, p.c.household_id)).where(*self._within(audience))

    def _within(self, audience: Audience) -> list[ColumnElement[bool]]:
        h = t.households
        match audience.place:
            case Place.GRID:
                return [self._ours(h, grid=audience.value)]
            case Place.BUILDING:
                return [self._ours(h), h.c.building.in_(audience.buildings)]
            case Place.UNIT:
                building, _, unit = audience.value.partition("-")
                return [self._ours(h, building=building, unit=unit)]
            case _:
                return [self._ours(h)]

    # --- one run

    async def add_people(
        self, notice: Notice, places: Iterable[tuple[int, Address | None]], now: datetime
    ) -> None:
        """A row for each person of a lot; without an address they cannot be reached."""
        await self._add_rows(notice, ((f"p:{p}", p, place) for p, place in places), now)

    async def add_groups(self, notice: Notice, groups: Iterable[Address], now: datetime) -> None:
        await self._add_rows(notice, ((f"g:{g.channel}:{g.chat}", None, g) for g in groups), now)

    async def _add_rows(
        self, notice: Notice, rows: Iterable[tuple[str, int | None, Address | None]], now: datetime
    ) -> None:
        made = [
            {
                "id": self._ids(),
                "notice": notice.number,
                "run": notice.run,
                "reader": reader,
                "person_id": person,
                "channel": place.channel if place else "",
                "chat": place.chat if place else "",
                "state": "waiting" if place else "unreachable",
                "at": now,
            }
            for reader, person, place in rows
        ]
        for at in range(0, len(made), LOT):
            await self._add_new(v.notice_recipients, made[at : at + LOT])

    async def take(
        self, notice: Notice, channel: str, limit: int, now: datetime
    ) -> list[Recipient]:
        """The next on a channel, from now on promised: whoever asks writes their message."""
        r = v.notice_recipients
        next_ = (
            select(r.c.id)
            .where(self._run_of(notice), r.c.state == "waiting", r.c.channel == channel)
            .order_by(r.c.id)
            .limit(limit)
        )
        taken = (
            change(r)
            .where(self._ours(r), r.c.id.in_(next_))
            .values(state="promised", at=now)
            .returning(r.c.id, r.c.channel, r.c.chat)
        )
        rows = await self._all(taken)
        return sorted((Recipient(x.id, Address(x.channel, x.chat)) for x in rows), key=_id)

    async def channels(self, notice: Notice) -> list[str]:
        """The channels on which somebody still waits: from one to the next along the index."""
        r, found = v.notice_recipients, list[str]()
        waits = select(r.c.channel).where(self._run_of(notice), r.c.state == "waiting")
        first = waits.order_by(r.c.channel).limit(1)
        row = await self._first(first)
        while row:
            found.append(row.channel)
            row = await self._first(first.where(r.c.channel > row.channel))
        return found

    async def settle(self, now: datetime) -> None:
        """Take over from the outbox what became of messages on their way."""
        r, o, h = v.notice_recipients, t.outbox, v.held
        promised = select(r.c.id).where(self._ours(r), text(v.ON_ITS_WAY))
        waiting = {row.id for row in await self._all(promised)}
        fates: dict[str, list[int]] = {}
        for row in await self._among(o, [o.c.recipient, o.c.state], o.c.recipient, waiting):
            if row.state in SETTLED:
                fates.setdefault(row.state, []).append(row.recipient)
            elif row.state == "held":  # they read it when they come; until then, one goes to them
                fates.setdefault("unreachable", []).append(row.recipient)
        for row in await self._among(h, [h.c.recipient, h.c.state], h.c.recipient, waiting):
            if row.state == "dropped":
                fates.setdefault("refused", []).append(row.recipient)
        for state, ids in fates.items():
            for at in range(0, len(ids), LOT):
                which = self._ours(r), r.c.id.in_(ids[at : at + LOT])
                await self._run(change(r).where(*which).values(state=state, at=now))

    async def counts(self, notice: Notice) -> dict[str, int]:
        """How many rows of this run are in which state."""
        r = v.notice_recipients
        query = select(r.c.state, func.count().label("many")).where(self._run_of(notice))
        return {row.state: int(row.many) for row in await self._all(query.group_by(r.c.state))}

    async def on_its_way(self, notice: Notice) -> bool:
        """Whether a message of this run is still to be sent by the outbox."""
        r, o = v.notice_recipients, t.outbox
        query = select(r.c.id).join(o, same(o.c.recipient, r.c.id))
        unsent = text(f"outbox.{t.UNSENT}")
        row = await self._first(
            query.where(self._run_of(notice), r.c.state == "promised", unsent).limit(1)
        )
        return row is not None

    async def take_back(self, notice: Notice) -> None:
        """What has not begun to be sent is not sent; its people wait again."""
        r = v.notice_recipients
        promised = select(r.c.id).where(self._run_of(notice), r.c.state == "promised")
        mine = select(r.c.id).where(self._run_of(notice))
        await self._run(
            delete(t.outbox).where(self._ours(t.outbox, state="held"),
                                   t.outbox.c.recipient.in_(mine))
        )  # fmt: skip
        back: list[int] = []
        for table, state in ((t.outbox, "pending"), (v.held, "waiting")):
            which = self._ours(table, state=state), table.c.recipient.in_(promised)
            gone = delete(table).where(*which).returning(table.c.recipient)
            back += [row.recipient for row in await self._all(gone)]
        for at in range(0, len(back), LOT):
            which = self._ours(r), r.c.id.in_(back[at : at + LOT])
            await self._run(change(r).where(*which).values(state="waiting"))

    def _run_of(self, notice: Notice) -> ColumnElement[bool]:
        return self._ours(v.notice_recipients, notice=notice.number, run=notice.run)

    # --- whom nobody reached

    async def doors(
        self, notice: Notice, grids: Sequence[str], skip: int, limit: int
    ) -> list[Door]:
        """Doors where nobody was reached, in order; of these grids, or of all where none is given.

        Of owners every one of whom counts; the doors of those who have not voted are no list.
        """
        h = t.households
        query = self._unreached(notice, grids).order_by(h.c.building, h.c.unit, h.c.room)
        rows = await self._all(query.offset(skip).limit(limit))
        return [Door(f"{r.building}-{r.unit}-{r.room}", r.grid) for r in rows]

    async def doors_by_grid(self, notice: Notice) -> dict[str, int]:
        missed = self._unreached(notice, ()).subquery("missed")
        query = select(missed.c.grid, func.count().label("many")).group_by(missed.c.grid)
        return {row.grid: int(row.many) for row in await self._all(query)}

    def _unreached(self, notice: Notice, grids: Sequence[str]) -> Select[Any]:
        h, p, r, o, x = t.households, t.people, v.notice_recipients, votes.owners, votes.holdings
        assert notice.audience is not None and notice.audience.names_doors
        got = self._run_of(notice), r.c.state.in_(REACHED)
        query = select(h.c.building, h.c.unit, h.c.room, h.c.grid).distinct()
        if notice.audience.who is Who.OWNERS:
            query = query.join(x, same(x.c.household_id, h.c.id))
            query = query.join(o, same(o.c.id, x.c.owner_id))
            reached = exists().where(*got, r.c.person_id == o.c.person_id)
        else:
            lives = and_(self._ours(p), p.c.household_id == h.c.id, r.c.person_id == p.c.id)
            reached = exists().where(*got, lives)
        within = [*self._within(notice.audience), ~reached]
        return query.where(*within, h.c.grid.in_(grids)) if grids else query.where(*within)


LOT = 500  # rows of one statement: SQLite takes 32,766 values


def _id(recipient: Recipient) -> int:
    return recipient.id


def _open(account: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return account.c.private_at.is_not(None), account.c.blocked_at.is_(None)


OTHER_NAMES = {
    "author": "author_id", "photo": "photo_id", "officer": "officer_id", "second": "second_id",
}  # fmt: skip


def _row(notice: Notice) -> dict[str, Any]:
    row = asdict(notice)
    audience = row.pop("audience") or {"who": "", "place": "", "value": ""}
    row["in_groups"] = int(notice.in_groups)
    return {str(OTHER_NAMES.get(name, name)): value for name, value in (row | audience).items()}


def _notice(row: Row[Any]) -> Notice:
    audience = Audience(Who(row.who), Place(row.place), row.value) if row.who else None
    return Notice(
        row.number, row.author_id, row.text, row.photo_id, audience, Urgency(row.urgency),
        row.officer_id, bool(row.in_groups), row.rule, State(row.state), row.next_at, row.run,
        row.people, row.cursor, row.shown, row.second_id, row.confirmed_at,
    )  # fmt: skip
