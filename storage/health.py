"""What a group's health rests on: counts of who acted there, by day and by person, and its looks.

People are counted and never told: in a group's own counts a person is a keyed hash, and those
who reported or voted are looked up by number only to be counted once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select

from domain.conversation import Address
from domain.health import Look, Part, Score, Standing, State
from domain.matters import Event
from domain.question import Question, Scope
from domain.questions import State as Answering
from storage import alive_tables as alive
from storage import tables as t
from storage import voting_tables as votes
from storage.groups import Group, hashed
from storage.rows import Rows, same

PER_MILLE = 1000
MOST_MATTERS = 50  # of one community in a year
YEAR = timedelta(days=365)  # an older case may be supported, and is no sign of life


@dataclass(frozen=True)
class Vote:
    """One matter that was or is voted on, as far as groups are concerned."""

    number: int
    scopes: tuple[Scope, ...]
    opens_at: datetime
    closes_at: datetime
    units: int
    voted: int


@dataclass(frozen=True)
class Asked:
    """One question of a resident, and when a person first answered it."""

    asked_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True)
class Present:
    """Somebody took part in a group on one day. ``wrote``: not only by a button."""

    day: date
    person: str
    wrote: bool


class Health(Rows):
    # --- looks

    async def looked_on(self, week: date) -> dict[Address, date]:
        """When each group was last counted in this week."""
        h = alive.group_health
        query = select(h.c.channel, h.c.chat, h.c.looked_on).where(self._ours(h, week=week))
        return {Address(r.channel, r.chat): r.looked_on for r in await self._all(query)}

    async def looks(self, group: Address, limit: int) -> list[Look]:
        """The newest weeks first."""
        h = alive.group_health
        query = select(h).where(self._ours(h, channel=group.channel, chat=group.chat))
        return [_look(row) for row in await self._all(query.order_by(h.c.week.desc()).limit(limit))]

    async def known_since(self, group: Address) -> date | None:
        h = alive.group_health
        query = select(func.min(h.c.week).label("week"))
        row = await self._first(query.where(self._ours(h, channel=group.channel, chat=group.chat)))
        return row.week if row else None

    async def note(self, group: Address, look: Look) -> None:
        """The last night of a week stands for it."""
        parts = [[p.name, p.weight, int(p.reached * PER_MILLE)] for p in look.score.parts]
        await self._put(
            alive.group_health, "channel chat week", channel=group.channel, chat=group.chat,
            week=look.week, looked_on=look.looked_on, state=look.standing.state,
            better=look.standing.better, parts=parts, members=look.members, active=look.active,
            days_since=look.days_since,
        )  # fmt: skip

    # --- who wrote, reported, voted

    async def present(self, group: Address, since: date) -> list[Present]:
        """Who wrote there or pressed a button on each day: keyed hashes."""
        d = alive.group_days
        query = select(d.c.day, d.c.person, d.c.posts).where(
            self._ours(d, channel=group.channel, chat=group.chat), d.c.day >= since
        )
        return [Present(row.day, row.person, row.posts > 0) for row in await self._all(query)]

    async def reports(self, group: Address, since: datetime) -> dict[int, datetime]:
        """When each person last reported or supported something in this group; never staff.

        Whom a merger brought to a case has done nothing by it.
        """
        k, s = t.tickets, t.supporters
        here = self._ours(k, group_channel=group.channel, group_chat=group.chat)
        query = select(k.c.number, k.c.author_id, k.c.opened_at).where(
            here, k.c.opened_at >= since - YEAR
        )
        cases = await self._all(query)
        columns = [s.c.person_id, s.c.at, s.c.came_from]
        backed = await self._among(s, columns, s.c.ticket, {row.number for row in cases})
        acts = [(row.author_id, row.opened_at) for row in cases]
        acts += [(row.person_id, row.at) for row in backed if row.came_from is None]
        found: dict[int, datetime] = {}
        for person, at in acts:
            if at >= since:
                found[person] = max(at, found.get(person, at))
        return {person: found[person] for person in await self._laymen(found)}

    async def _laymen(self, people: Collection[int]) -> set[int]:
        s = t.staff
        rows = await self._among(s, [s.c.person_id], s.c.person_id, set(people))
        return set(people) - {row.person_id for row in rows}

    async def voters(self, matters: Collection[int], place: Scope) -> dict[int, set[int]]:
        """The residents of a place who took part in each of these matters, never what they said."""
        v, p, h = votes.voters, t.people, t.households
        query = (
            select(v.c.matter, v.c.person_id)
            .join(p, same(p.c.id, v.c.person_id))
            .join(h, same(h.c.id, p.c.household_id))
            .where(self._ours(v, took_part=1), v.c.matter.in_(matters), *within(h, place))
        )
        found: dict[int, set[int]] = {}
        for row in await self._all(query) if matters else []:
            found.setdefault(row.matter, set()).add(row.person_id)
        laymen = await self._laymen(set().union(*found.values())) if found else set()
        return {matter: people & laymen for matter, people in found.items()}

    async def hashes(self, group: Group, people: Collection[int]) -> dict[int, set[str]]:
        """What stands for each of these people in the counts of this group."""
        a = t.accounts
        rows = await self._among(a, [a.c.person_id, a.c.channel, a.c.chat], a.c.person_id,
                                 set(people))  # fmt: skip
        found: dict[int, set[str]] = {person: set() for person in people}
        for row in rows:
            found[row.person_id].add(hashed(self._vault, group, Address(row.channel, row.chat)))
        return found

    async def residents(self, place: Scope) -> int:
        """How many people have joined with a home in this place; staff are none of them."""
        p, h, s = t.people, t.households, t.staff
        homes = select(h.c.id).where(self._ours(h), *within(h, place))
        staff = select(s.c.person_id).where(self._ours(s), s.c.person_id.is_not(None))
        query = select(func.count().label("many")).where(
            self._ours(p), p.c.household_id.in_(homes), p.c.id.not_in(staff)
        )
        row = await self._first(query)
        return int(row.many) if row else 0

    # --- what was asked and decided

    async def asked(self, group: Address, since: datetime) -> list[Asked]:
        """Questions of residents; what a member found to be none does not count."""
        q = alive.questions
        query = select(q.c.asked_at, q.c.answered_at, q.c.handled_at, q.c.state).where(
            self._ours(q, channel=group.channel, chat=group.chat),
            q.c.asked_at >= since,
            q.c.state.not_in((Answering.NOTHING, Answering.GONE)),
        )
        return [_asked(row) for row in await self._all(query)]

    async def votes(self, since: datetime) -> list[Vote]:
        """Matters with a ballot that closed since then or is open, the last to close first."""
        m = votes.matters
        query = (
            select(m.c.number, m.c.question, m.c.opens_at, m.c.closes_at, m.c.units, m.c.voted)
            .where(self._ours(m), m.c.closes_at >= since, m.c.units > 0)
            .where(m.c.state.not_in(("withdrawn", "void")))
            .order_by(m.c.closes_at.desc(), m.c.number.desc())
            .limit(MOST_MATTERS)
        )
        return [_vote(row) for row in await self._all(query)]

    async def published(self, matters: Collection[int]) -> dict[int, datetime]:
        """When the result of each was published, which is when its groups read it."""
        e = votes.matter_events
        query = select(e.c.matter, func.min(e.c.at).label("at")).where(
            self._ours(e, event=Event.PUBLISH), e.c.matter.in_(matters)
        )
        rows = await self._all(query.group_by(e.c.matter)) if matters else []
        return {row.matter: row.at for row in rows}


def within(households: Any, place: Scope) -> list[ColumnElement[bool]]:
    match place.kind:
        case "building":
            return [households.c.building == place.value]
        case "grid":
            return [households.c.grid == place.value]
        case _:
            return []


def _look(row: Row[Any]) -> Look:
    parts = (Part(name, weight, Fraction(part, PER_MILLE)) for name, weight, part in row.parts)
    return Look(
        week=row.week, looked_on=row.looked_on, standing=Standing(State(row.state), row.better),
        score=Score(tuple(parts)), members=row.members, active=row.active,
        days_since=row.days_since,
    )  # fmt: skip


def _asked(row: Row[Any]) -> Asked:
    """A member who answers through the bot, or takes it as a case, has answered."""
    by_member = row.handled_at if row.state in (Answering.HERE, Answering.CASE) else None
    return Asked(row.asked_at, row.answered_at or by_member)


def _vote(row: Row[Any]) -> Vote:
    question = Question.from_json(row.question)
    scopes = tuple(part.scope for part in question.parts)
    return Vote(row.number, scopes, row.opens_at, row.closes_at, row.units, row.voted)
