"""Owners on Telegram who vote, wait for their receipt, and change their mind."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from bot.clock import system_clock
from domain.ballots import TOO_FAST
from domain.conversation import Address
from domain.record import SHOWN
from storage.uow import Storage
from tests.fake_telegram import FakeMessage, FakeTelegram, FakeUser
from tests.records import lines_of, record_holds
from tests.votes import has_vote, unit

CODE = re.compile(r"回执 (\d+:[0-9a-f]+)")
FIRST, SECOND = "同意", "不同意"
ACCOUNTS = 900_000  # and their numbers
ASKS_AGAIN = 5.0  # seconds without a ballot


@dataclass
class Owner:
    number: int
    patience: float  # seconds without an answer
    codes: list[str] = field(default_factory=list)  # of the receipts that reached them

    @property
    def user(self) -> FakeUser:
        return FakeUser(ACCOUNTS + self.number, "Ana")

    async def votes(self, fake: FakeTelegram) -> None:
        """The second answer once the receipt of the first has come, and no sooner than one may."""
        fake.says(self.user, "/start v1")
        await self._marks(fake, FIRST)
        ready = system_clock() + TOO_FAST + timedelta(milliseconds=10)
        receipt = next(m for m in fake.messages(self.user) if self.codes[0] in m.text)
        fake.presses(self.user, receipt, "修改我的票")
        await fake.until(lambda: system_clock() >= ready, self.patience)
        await self._marks(fake, SECOND)

    async def votes_once(self, fake: FakeTelegram) -> None:
        """Asks for the ballot until it is there, marks it, and waits for no receipt."""
        while not self._ballots(fake):
            fake.says(self.user, "/start v1")
            with suppress(TimeoutError):
                await fake.until(lambda: self._ballots(fake), ASKS_AGAIN)
        fake.presses(self.user, self._ballots(fake)[-1], FIRST)

    def has_read(self, fake: FakeTelegram, code: str) -> bool:
        return any(code in m.text for m in fake.messages(self.user))

    async def _marks(self, fake: FakeTelegram, answer: str) -> None:
        await fake.until(lambda: self._ballots(fake), self.patience)
        fake.presses(self.user, self._ballots(fake)[-1], answer)
        await fake.until(lambda: self._new_receipts(fake), self.patience)
        self.codes += self._new_receipts(fake)

    def _ballots(self, fake: FakeTelegram) -> list[FakeMessage]:
        return [m for m in fake.messages(self.user) if "请选" in m.text]

    def _new_receipts(self, fake: FakeTelegram) -> list[str]:
        found = {code for m in fake.messages(self.user) for code in CODE.findall(m.text)}
        return sorted(found - set(self.codes))


async def owners_with_a_vote(
    storage: Storage, fake: FakeTelegram, many: int, patience: float
) -> list[Owner]:
    owners = [Owner(n, patience) for n in range(1, many + 1)]
    fake.knows(*(owner.user for owner in owners))
    yesterday = system_clock() - timedelta(days=1)
    await has_vote(
        storage, many, opens=yesterday, accounts=lambda n: [Address("telegram", f"{ACCOUNTS + n}")]
    )
    return owners


async def every_ballot_is_in_the_record_once(storage: Storage, owners: list[Owner]) -> None:
    for owner, theirs in await _by_owner(storage, owners):
        assert [line.choice for line in theirs] == ["yes", "no"]
        assert [_code(line) for line in theirs] == owner.codes


async def receipts_that_nobody_read(
    storage: Storage, fake: FakeTelegram, owners: list[Owner]
) -> int:
    """Of owners who each marked their ballot once; it is in the record once."""
    unread = 0
    for owner, theirs in await _by_owner(storage, owners):
        assert [line.choice for line in theirs] == ["yes"]
        unread += not owner.has_read(fake, _code(theirs[0]))
    return unread


async def _by_owner(storage: Storage, owners: list[Owner]) -> list[tuple[Owner, list[Row[Any]]]]:
    await record_holds(storage, 1)
    lines = await lines_of(storage, 1)
    async with storage.begin() as uow:
        kept = await uow.matters.get(1)
        assert kept
        vids = {owner.number: uow.ballots.vid(kept, unit(owner.number)) for owner in owners}
    return [(o, [line for line in lines if line.vid == vids[o.number]]) for o in owners]


def _code(line: Row[Any]) -> str:
    return f"{line.seq}:{line.commit[:SHOWN]}"
