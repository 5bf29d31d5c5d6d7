"""One unit of work per update or timer tick: it commits as a whole or not at all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage import tables as t
from storage.accounts import Accounts
from storage.ballots import Ballots
from storage.budget import Budget
from storage.consents import Consents
from storage.delivery import Delivery
from storage.digest import Digests
from storage.doubts import Doubts
from storage.drafts import Drafts
from storage.entries import Entries
from storage.groups import Groups
from storage.identity import Identities
from storage.ids import Ids
from storage.invites import Invites
from storage.mandates import Mandates
from storage.matters import Matters
from storage.merging import Merging
from storage.notices import Notices
from storage.objections import Objections
from storage.ownership import Ownership
from storage.polls import Polls
from storage.privacy import Privacy
from storage.questions import Questions
from storage.rates import Rates
from storage.ratings import Ratings
from storage.records import Records
from storage.representatives import Representatives
from storage.residents import Residents
from storage.roll import Roll
from storage.staff import Appointments
from storage.subtasks import Subtasks
from storage.tickets import Tickets
from storage.vault import Vault
from storage.webchat import WebChat


class UnitOfWork:
    """What a handler may read and change. Belongs to one task; never shared."""

    def __init__(self, connection: AsyncConnection, community: int, vault: Vault, ids: Ids) -> None:
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
        self.identity = Identities(*parts)
        self.invites = Invites(*parts)
        self.mandates = Mandates(*parts)
        self.matters = Matters(*parts)
        self.merging = Merging(*parts)
        self.objections = Objections(*parts)
        self.notices = Notices(*parts)
        self.owners = Ownership(*parts)
        self.polls = Polls(*parts)
        self.privacy = Privacy(*parts)
        self.questions = Questions(*parts)
        self.rates = Rates(*parts)
        self.ratings = Ratings(*parts)
        self.records = Records(*parts)
        self.representatives = Representatives(*parts)
        self.residents = Residents(*parts)
        self.roll = Roll(*parts)
        self.staff = Appointments(*parts)
        self.subtasks = Subtasks(*parts)
        self.tickets = Tickets(*parts)
        self.webchat = WebChat(*parts)
        self._connection = connection

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
        self._ids = ids

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        """Leaving normally commits; leaving by an exception rolls everything back."""
        async with self.engine.begin() as connection:
            yield UnitOfWork(connection, self.community, self.vault, self._ids)


async def open_storage(engine: AsyncEngine, code: str, vault: Vault, ids: Ids) -> Storage:
    """The community with this code, made on first use. The tables must exist."""
    async with engine.begin() as connection:
        query = select(t.communities.c.id).where(t.communities.c.code == code)
        community = await connection.scalar(query)
        if community is None:
            made = await connection.execute(insert(t.communities).values(code=code))
            community = made.inserted_primary_key[0]  # type: ignore[index]
    return Storage(engine, int(community), vault, ids)
