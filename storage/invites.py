"""One-time codes, kept only as keyed hashes, and the tries that guard them against guessing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from domain.conversation import Address
from domain.residents import CODE_ADULTS, CODE_DAYS
from storage import tables as t
from storage.rows import Rows


@dataclass(frozen=True)
class Invite:
    code_hash: str
    household: int | None
    staff: int | None
    expires_at: datetime
    uses_left: int


class Invites(Rows):
    async def issue(
        self, code: str, *, household: int | None = None, staff: int | None = None, now: datetime
    ) -> None:
        """Keep a new code; a new one cancels the old one of the same household or appointment."""
        whose = {"household_id": household} if household else {"staff_id": staff}
        await self._run(delete(t.invites).where(self._ours(t.invites, **whose)))
        await self._add(
            t.invites,
            [
                {
                    "code_hash": self._vault.keyed_hash("code", code),
                    "household_id": household,
                    "staff_id": staff,
                    "expires_at": now + timedelta(days=CODE_DAYS),
                    "uses_left": CODE_ADULTS if household else 1,
                }
            ],
        )

    async def find(self, code: str) -> Invite | None:
        hashed = self._vault.keyed_hash("code", code)
        row = await self._first(select(t.invites).where(self._ours(t.invites, code_hash=hashed)))
        if row is None:
            return None
        return Invite(hashed, row.household_id, row.staff_id, row.expires_at, row.uses_left)

    async def use(self, invite: Invite) -> bool:
        """Take one use; False when somebody else just took the last."""
        mine = self._ours(t.invites, code_hash=invite.code_hash)
        left = t.invites.c.uses_left
        return bool(
            await self._run(update(t.invites).where(mine, left > 0).values(uses_left=left - 1))
        )

    async def cancel(self, code: str) -> None:
        """From now on it opens nothing."""
        hashed = self._vault.keyed_hash("code", code)
        await self._run(delete(t.invites).where(self._ours(t.invites, code_hash=hashed)))

    async def cancel_appointment(self, staff: int) -> None:
        await self._run(delete(t.invites).where(self._ours(t.invites, staff_id=staff)))

    async def tried(self, who: Address, household: int | None, now: datetime) -> None:
        """Note a try that did not open a door."""
        row = {"channel": who.channel, "chat": who.chat, "household_id": household, "at": now}
        await self._add(t.code_tries, [{"id": self._ids(), **row}])

    async def tries_of_account(self, who: Address, since: datetime) -> int:
        return await self._tries(since, channel=who.channel, chat=who.chat)

    async def tries_at_household(self, household: int, since: datetime) -> int:
        return await self._tries(since, household_id=household)

    async def _tries(self, since: datetime, **which: object) -> int:
        mine = self._ours(t.code_tries, **which)
        query = select(func.count()).where(mine, t.code_tries.c.at > since)
        row = await self._first(query)
        return int(row[0]) if row else 0
