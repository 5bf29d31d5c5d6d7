"""One unit of work per update or timer tick: it commits as a whole or not at all.

What takes long is prepared outside of it (``UnitOfWork.prepared``), so that it stays short.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage import tables as t
from storage.accounts import Accounts
from storage.ballots import Ballots
from storage.budget import Budget
from storage.chain import ChangedMeanwhile
from storage.collector import collector
from storage.consents import Consents
from storage.delivery import Delivery
from storage.digest import Digests
from storage.doubts import Doubts
from storage.drafts import Drafts
from storage.engine import open_reader
from storage.entries import Entries
from storage.groups import Groups
from storage.health import Health
from storage.identity import Identities
from storage.ids import Ids
from storage.invites import Invites
from storage.ladder import Ladder
from storage.linking import Linking
from storage.mandates import Mandates
from storage.matters import Matters
from storage.media import Media
from storage.meetings import Meetings
from storage.merging import Merging
from storage.notices import Notices
from storage.objections import Objections
from storage.ownership import Ownership
from storage.pages import Pages
from storage.platforms import Platforms
from storage.polls import Polls
from storage.privacy import Privacy
from storage.questions import Questions
from storage.rates import Rates
from storage.ratings import Ratings
from storage.records import Records
from storage.representatives import Representatives
from storage.residents import Residents
from storage.retention import Retention
from storage.roll import Roll
from storage.routing import Routing
from storage.staff import Appointments
from storage.subtasks import Subtasks
from storage.tickets import Tickets
from storage.vault import Vault
from storage.watch import Watch
from storage.webchat import WebChat

T = TypeVar("T")
Work = Callable[["Storage"], Awaitable[Any]]
Ready = dict[Hashable, "asyncio.Future[Any]"]  # what was prepared, or how that failed

MOST_PREPARED = 100  # times that one unit of work begins anew


class Unprepared(Exception):
    """Nothing has failed: this unit of work begins anew once ``work`` is done."""

    def __init__(self, key: Hashable, work: Work) -> None:
        super().__init__(key)
        self.key, self.work = key, work


class UnitOfWork:
    """What a handler may read and change. Belongs to one task; never shared."""

    def __init__(
        self, connection: AsyncConnection, community: int, vault: Vault, ids: Ids,
        ready: Ready | None = None,
    ) -> None:  # fmt: skip
        parts = (connection, community, vault, ids)
        self.accounts = Accounts(*parts)
        self.ballots = Ballots(*parts)
        self.budget = Budget(*parts)
        self.consents = Consents(*parts)
        self.delivery = Delivery(*parts)
        self.digest = Digests(*parts)
        self.doubts = Doubts(*parts)
        self.drafts = Drafts(*parts)
        self.entries = Entries(*parts)
        self.groups = Groups(*parts)
        self.health = Health(*parts)
        self.identity = Identities(*parts)
        self.invites = Invites(*parts)
        self.ladder = Ladder(*parts)
        self.linking = Linking(*parts)
        self.mandates = Mandates(*parts)
        self.media = Media(*parts)
        self.matters = Matters(*parts)
        self.meetings = Meetings(*parts)
        self.merging = Merging(*parts)
        self.objections = Objections(*parts)
        self.notices = Notices(*parts)
        self.owners = Ownership(*parts)
        self.pages = Pages(*parts)
        self.platforms = Platforms(*parts)
        self.polls = Polls(*parts)
        self.privacy = Privacy(*parts)
        self.questions = Questions(*parts)
        self.rates = Rates(*parts)
        self.ratings = Ratings(*parts)
        self.records = Records(*parts)
        self.representatives = Representatives(*parts)
        self.residents = Residents(*parts)
        self.retention = Retention(*parts)
        self.roll = Roll(*parts)
        self.routing = Routing(*parts)
        self.staff = Appointments(*parts)
        self.subtasks = Subtasks(*parts)
        self.tickets = Tickets(*parts)
        self.watch = Watch(*parts)
        self.webchat = WebChat(*parts)
        self._connection = connection
        self._ready = ready or {}

    def prepared(self, key: Hashable, work: Callable[["Storage"], Awaitable[T]]) -> T:
        """What ``work`` comes to, which takes too long for a unit of work that others wait for.

        The first time this one is undone, the work is done in units of its own, and this one
        begins anew. ``key`` names everything the work depends on: whatever changes meanwhile
        asks for another key, and the work is done again. Raises what the work raised.
        """
        if key not in self._ready:
            raise Unprepared(key, work)
        found: T = self._ready[key].result()
        return found

    @asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        """Work of which a failure undoes only itself, and the rest goes on."""
        async with self._connection.begin_nested():
            yield


class Storage:
    """One community's part of one database."""

    def __init__(self, engine: AsyncEngine, community: int, vault: Vault, ids: Ids) -> None:
        self.engine = engine
        self.vault = vault
        self.community = community
        self.ids = ids
        self._reader = open_reader(engine)

    @property
    def shared(self) -> bool:
        """Whether several processes may run on this database side by side."""
        return self.engine.dialect.name == "postgresql"

    @asynccontextmanager
    async def begin(self, ready: Ready | None = None) -> AsyncIterator[UnitOfWork]:
        """Leaving normally commits; leaving by an exception rolls everything back."""
        async with self.engine.begin() as connection:
            yield UnitOfWork(connection, self.community, self.vault, self.ids, ready)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[UnitOfWork]:
        """To read at length, and only to read: one moment of everything, and nobody waits."""
        async with self._reader.connect() as connection, connection.begin():
            yield UnitOfWork(connection, self.community, self.vault, self.ids)

    async def run(self, do: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Do it in one unit of work, with all that it finds it needs prepared before."""
        ready: Ready = {}
        for _ in range(MOST_PREPARED):
            try:
                async with self.begin(ready) as uow:
                    return await do(uow)
            except Unprepared as wanted:
                ready[wanted.key] = await _tried(wanted.work(self))
        raise ChangedMeanwhile("what was prepared had changed each time")


async def _tried(work: Awaitable[T]) -> "asyncio.Future[T]":
    """Done, with what came of it or what it raised. It may hold a whole roll in memory."""
    done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    with collector.rests():
        try:
            done.set_result(await work)
        except Exception as fault:
            done.set_exception(fault)
    return done


async def open_storage(engine: AsyncEngine, code: str, vault: Vault, ids: Ids) -> Storage:
    """The community with this code, made on first use. The tables must exist."""
    async with engine.begin() as connection:
        query = select(t.communities.c.id).where(t.communities.c.code == code)
        community = await connection.scalar(query)
        if community is None:
            made = await connection.execute(insert(t.communities).values(code=code))
            community = made.inserted_primary_key[0]  # type: ignore[index]
    return Storage(engine, int(community), vault, ids)
