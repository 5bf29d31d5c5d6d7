"""Pictures and voices that a platform keeps for three days only: fetched in time, kept here."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.channels.base import Picture, Refused, TryLater, Unreachable
from bot.keeping import Keeping
from domain.conversation import Address
from storage.uow import Storage
from tests.world import FakeChannel, FakeClock

ANA = Address("plain", "oAna")
DAYS = timedelta(days=3)


class Forgetful(FakeChannel):
    """Has what it has; ``refuses`` is raised instead, as often as it says."""

    def __init__(self) -> None:
        super().__init__("plain", has_buttons=False)
        self.refuses: list[Exception] = []
        self.asked = 0

    async def fetch(self, ref: str) -> bytes:
        self.asked += 1
        if self.refuses:
            raise self.refuses.pop(0)
        return ref.encode()


@dataclass
class Rig:
    storage: Storage
    clock: FakeClock = field(default_factory=FakeClock)
    channel: Forgetful = field(default_factory=Forgetful)

    @property
    def keeping(self) -> Keeping:
        """Another one each time, as after a restart."""
        return Keeping(self.storage, {"plain": self.channel}, {"plain": DAYS}, self.clock)

    async def sends(self, ref: str, channel: str = "plain") -> int:
        async with self.storage.begin() as uow:
            person = await uow.residents.meet(Address(channel, "oAna"), "zh", self.clock())
            return await uow.tickets.attach(channel, ref, person.id, self.clock())

    async def kept(self, ref: str) -> bytes | None:
        async with self.storage.begin() as uow:
            return await uow.media.content("plain", ref)


@pytest.fixture
def rig(storage: Storage) -> Rig:
    return Rig(storage)


async def test_what_was_sent_is_fetched_once_and_is_there_when_the_platform_forgot(rig: Rig):
    await rig.sends("lamp")
    await rig.keeping.look()
    await rig.keeping.look()
    assert rig.channel.asked == 1

    rig.clock.advance(days=30)
    rig.channel.refuses = [Refused("40007")]
    assert await rig.keeping.bytes_of(Picture("plain", "lamp")) == b"lamp"


async def test_what_is_not_kept_yet_comes_from_the_platform(rig: Rig):
    assert await rig.keeping.bytes_of(Picture("plain", "lamp")) == b"lamp"
    with pytest.raises(Unreachable, match="not enabled"):
        await rig.keeping.bytes_of(Picture("fax", "lamp"))


async def test_a_platform_that_is_away_is_asked_again_later_and_later(rig: Rig):
    await rig.sends("lamp")
    rig.channel.refuses = [TryLater(5)] * 3
    asked = []
    for second in range(60):
        await rig.keeping.look()
        if rig.channel.asked > len(asked):
            asked.append(second)
        rig.clock.advance(seconds=1)

    assert asked == [0, 5, 15, 35]
    assert await rig.kept("lamp") == b"lamp"


async def test_what_cannot_be_had_is_given_up_and_said_once(rig: Rig):
    await rig.sends("gone")
    rig.channel.refuses = [Refused("40007")]
    with capture_logs() as logs:
        for _ in range(3):
            await rig.keeping.look()
            rig.clock.advance(hours=2)

    assert rig.channel.asked == 1
    assert [line["log_level"] for line in logs] == ["error"]


async def test_a_platform_that_was_away_for_three_days_is_asked_no_more(rig: Rig):
    await rig.sends("lamp")
    rig.channel.refuses = [TryLater(5)] * 500
    with capture_logs() as logs:
        for _ in range(24 * 5):
            await rig.keeping.look()
            rig.clock.advance(hours=1)

    assert 72 <= rig.channel.asked <= 74
    assert [line["log_level"] for line in logs] == ["error"]


async def test_what_another_platform_keeps_for_ever_is_left_there(rig: Rig):
    await rig.sends("lamp", channel="buttons")
    await rig.keeping.look()

    assert rig.channel.asked == 0


async def test_who_is_forgotten_takes_their_pictures_along(rig: Rig):
    await rig.sends("lamp")
    await rig.keeping.look()
    async with rig.storage.begin() as uow:
        found = await uow.residents.visitor(ANA, ANA)
        assert found
        await uow.privacy.forget(found.person.id, rig.clock())

    assert await rig.kept("lamp") is None
