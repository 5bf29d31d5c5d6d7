"""Accounts of one person: the codes that join them, which one they want, and one that leaves."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select, text, update

from domain.conversation import Address
from domain.linking import CODE_MINUTES, Account, OnOneRoll
from domain.matters import State
from domain.question import Mode
from domain.residents import write_code
from storage import alive_tables as alive
from storage import platform_tables as f
from storage import tables as t
from storage import voting_tables as v
from storage.rows import Rows

VOTING = (State.ROLL_FROZEN, State.OPEN)
UNSAID = ("pending", "held")


class Linking(Rows):
    @staticmethod
    def new_code() -> str:
        return write_code(secrets.token_bytes(7))

    async def issue(self, code: str, whose: Address, now: datetime) -> None:
        """A new code of an account cancels its old one. Kept as a keyed hash only."""
        await self._forget_codes([whose])
        row = {
            "code_hash": self._vault.keyed_hash("link", code),
            "channel": whose.channel,
            "chat": whose.chat,
            "expires_at": now + timedelta(minutes=CODE_MINUTES),
        }
        await self._add(f.link_codes, [row])

    async def find(self, code: str, now: datetime) -> Address | None:
        """Whose account a code is of, while it holds."""
        k, hashed = f.link_codes, self._vault.keyed_hash("link", code)
        holds = self._ours(k, code_hash=hashed), k.c.expires_at > now
        row = await self._first(select(k.c.channel, k.c.chat).where(*holds))
        return Address(row.channel, row.chat) if row else None

    async def use(self, code: str) -> bool:
        """Once; False when somebody else just did."""
        k, hashed = f.link_codes, self._vault.keyed_hash("link", code)
        return bool(await self._run(delete(k).where(self._ours(k, code_hash=hashed))))

    async def person_at(self, address: Address) -> int | None:
        a = t.accounts
        mine = self._ours(a, channel=address.channel, chat=address.chat)
        row = await self._first(select(a.c.person_id).where(mine))
        return row.person_id if row else None

    async def accounts(self, person: int) -> list[Account]:
        a = t.accounts
        rows = await self._all(select(a).where(self._ours(a, person_id=person)))
        found = (
            Account(Address(r.channel, r.chat), r.private_at, r.linked_at, bool(r.chosen))
            for r in rows
        )
        return sorted(found, key=lambda account: account.address)

    async def choose(self, person: int, which: Address | None) -> None:
        """Where this person wants to be written to; None: where they wrote last."""
        a = t.accounts
        await self._run(update(a).where(self._ours(a, person_id=person)).values(chosen=0))
        if which is not None:
            mine = self._ours(a, person_id=person, channel=which.channel, chat=which.chat)
            await self._run(update(a).where(mine).values(chosen=1))

    async def come_along(self, gone: int, now: datetime) -> None:
        """The accounts of somebody who becomes part of another person; their codes are void."""
        a = t.accounts
        await self._forget_codes(account.address for account in await self.accounts(gone))
        came = {"linked_at": now, "chosen": 0}
        await self._run(update(a).where(self._ours(a, person_id=gone)).values(**came))

    async def part(self, which: Address, language: str, now: datetime) -> None:
        """From now on somebody of whom nothing is known; what waits for them there is not said."""
        id = self._ids()
        await self._add(t.people, [{"id": id, "language": language, "created_at": now}])
        at = {"channel": which.channel, "chat": which.chat}
        left = select(t.accounts.c.person_id).where(self._ours(t.accounts, **at))
        whose = self._ours(t.people), t.people.c.id == left.scalar_subquery()
        await self._run(update(t.people).where(*whose).values(parted_at=now))
        values = {"person_id": id, "linked_at": None, "chosen": 0}
        await self._run(update(t.accounts).where(self._ours(t.accounts, **at)).values(**values))
        o = t.outbox
        unsaid = self._ours(o, **at), o.c.state.in_(UNSAID)
        await self._run(delete(o).where(*unsaid))
        waits = self._ours(alive.held, **at), text(alive.WAITING)
        await self._run(delete(alive.held).where(*waits))
        await self._run(delete(t.prompts).where(self._ours(t.prompts, **at)))
        await self._forget_codes([which])

    async def _forget_codes(self, whose: Iterable[Address]) -> None:
        k = f.link_codes
        for each in whose:
            old = self._ours(k, channel=each.channel, chat=each.chat)
            await self._run(delete(k).where(old))

    # --- one ballot

    async def on_one_roll(self, kept: int, gone: int) -> list[OnOneRoll]:
        """The votes that are not over in which both have a say, locked until this unit ends."""
        m, x = v.matters, v.voters
        on = self._ours(m), text(v.OPEN_MATTER), m.c.state.in_(VOTING)
        query = select(m.c.number, m.c.question).where(*on).order_by(m.c.opened_at, m.c.number)
        locked = await self._all(query.with_for_update())
        numbers = {row.number: row.question["mode"] == Mode.DETACHED for row in locked}
        mine = self._ours(x), x.c.person_id.in_((kept, gone)), x.c.matter.in_(numbers)
        rows = await self._all(select(x).where(*mine).order_by(x.c.matter)) if numbers else []
        found: dict[int, tuple[list[Row[Any]], list[Row[Any]]]] = {}
        for row in rows:
            found.setdefault(row.matter, ([], []))[row.person_id == gone].append(row)
        return [
            OnOneRoll(
                matter,
                tuple(r.unit for r in ours), tuple(r.unit for r in theirs),
                any(r.took_part for r in ours), any(r.took_part for r in theirs),
                numbers[matter],
            )
            for matter, (ours, theirs) in found.items() if ours and theirs
        ]  # fmt: skip
