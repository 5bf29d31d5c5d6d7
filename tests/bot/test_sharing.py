"""Several senders on one outbox: who may write where, and what a late one can no longer spoil."""

from datetime import timedelta

from bot.roles import Roles
from bot.sender import THEIR_OWN
from domain.conversation import Address, OnUnknown, Say
from storage.claims import LEASE, Room
from storage.delivery import Settled
from storage.ids import Ids
from storage.uow import Storage
from tests.bot.test_sender import promise, sender_of, states
from tests.databases import NOON
from tests.world import ANA, FakeChannel

INSTANT = timedelta(milliseconds=1)
ALL = {"buttons": Room(10, 9)}
LEFT = {"buttons": Room(10, 9, left_to_others=THEIR_OWN)}
ROLE = "buttons 1"
OURS = Address("buttons", "2")


class Given(Roles):
    """Roles that are had or not, as the test says."""

    has = False

    def mine(self, role: str) -> bool:
        return self.has


def another_process(storage: Storage) -> Storage:
    other = Storage(storage.engine, storage.community, storage.vault, Ids(lambda: NOON))
    other.ids.sit(storage.ids.process - 1)
    return other


async def test_who_has_not_the_role_writes_to_nobody_but_where_all_may(storage: Storage) -> None:
    buttons, words = (
        FakeChannel("buttons", has_buttons=True),
        FakeChannel("words", has_buttons=False),
    )
    roles = Given(storage)
    roles.only_one_sends("buttons", ROLE)
    sender = sender_of(storage, buttons, words, roles=roles)
    await promise(storage, ANA, Address("words", "1"))
    await sender.send_due()
    assert await states(storage) == {"pending": 1, "sent": 1}
    assert [sent.chat for sent in words.sent] == ["1"]

    roles.has = True
    await sender.send_due()
    assert await states(storage) == {"sent": 2}


async def test_what_has_a_place_when_the_role_is_lost_waits_for_the_next_sender(
    storage: Storage,
) -> None:
    channel, roles = FakeChannel("buttons", has_buttons=True), Given(storage)
    roles.only_one_sends("buttons", ROLE)
    sender = sender_of(storage, channel, roles=roles)
    roles.has = True
    await promise(storage, ANA)
    rooms = sender._rooms(sender._ours())
    await sender._turn(rooms)
    roles.has = False
    await sender.send_due()

    assert channel.sent == []
    assert await states(storage) == {"pending": 1}


async def test_where_all_may_write_what_others_promised_is_left_to_them_for_a_while(
    storage: Storage,
) -> None:
    other = another_process(storage)
    await promise(other, ANA)
    await promise(storage, OURS)
    async with storage.begin() as uow:
        first = await uow.delivery.claim(LEFT, NOON + THEIR_OWN - INSTANT)
        later = await uow.delivery.claim(LEFT, NOON + THEIR_OWN)

    assert [[claimed.say.to for claimed in lot] for lot in (first, later)] == [[OURS], [ANA]]


async def test_what_a_sender_notes_when_its_claim_is_over_changes_nothing(storage: Storage) -> None:
    """It slept for two minutes, and another one has the message since."""
    async with storage.begin() as uow:
        say = Say(ANA, "home.cancelled", on_unknown=OnUnknown.REPEAT)
        await uow.delivery.promise([say], NOON)
    async with storage.begin() as uow:
        (slept,) = await uow.delivery.claim(ALL, NOON)
    async with storage.begin() as uow:
        assert await uow.delivery.recover(NOON + LEASE + INSTANT) == (1, 0)
        (held,) = await uow.delivery.claim(ALL, NOON + LEASE + INSTANT)

    for promised, after in ((slept, {"sending": 1}), (held, {"sent": 1})):
        async with storage.begin() as uow:
            await uow.delivery.settle([(promised, Settled(promised.id, "sent", "9"))], NOON)
        assert await states(storage) == after
