"""The sender at work: who waits for whom, and what becomes of it when the database fails."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from bot.channels.base import Moved, Outgoing, TooFast
from bot.pacer import Pacer
from bot.post import LONGEST, UNCLEAR_WAIT, Post
from bot.roles import Roles
from bot.sender import WAVE, Sender
from domain.budget import Topic
from domain.conversation import Address, Say
from storage.claims import LEASE, Room
from storage.uow import Ready, Storage, UnitOfWork
from tests.databases import NOON
from tests.world import ANA, SHANGHAI, FakeChannel, FakeClock
from texts import Texts

SOON = 60.0  # seconds, on a machine that is busy with other tests


class SlowChannel(FakeChannel):
    """Tells what has arrived; answers of some chats wait until they may come."""

    def __init__(self, name: str) -> None:
        super().__init__(name, has_buttons=True)
        self.slow: set[str] = set()
        self.may_answer = asyncio.Event()
        self.arrived: list[str] = []
        self.news = asyncio.Event()

    async def send(self, message: Outgoing) -> str:
        self.arrived.append(message.chat)
        self.news.set()
        if message.chat in self.slow:
            await self.may_answer.wait()
        return await super().send(message)

    async def is_written_to(self, chats: list[str]) -> None:
        async with asyncio.timeout(SOON):
            while sorted(self.arrived) != sorted(chats):
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def sending(sender: Sender) -> AsyncIterator[None]:
    task = asyncio.create_task(sender.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def sender_of(
    storage: Storage, *channels: FakeChannel, clock: FakeClock | None = None, pace: float = 1e6,
    roles: Roles | None = None,
) -> Sender:  # fmt: skip
    clock = clock or FakeClock()
    by_name = {channel.name: channel for channel in channels}
    pacers = {name: Pacer(pace) for name in by_name}
    texts = Texts.load("zh", SHANGHAI)
    return Sender(storage, by_name, texts, pacers, clock, lambda: clock().timestamp(), roles)


async def promise(storage: Storage, *places: Address, topic: Topic | None = None) -> None:
    async with storage.begin() as uow:
        says = [Say(place, "home.cancelled", topic=topic) for place in places]
        await uow.delivery.promise(says, NOON)


async def states(storage: Storage) -> dict[str, int]:
    async with storage.begin() as uow:
        return await uow.delivery.counts()


async def test_one_that_is_slow_to_answer_keeps_nobody_else_waiting(storage: Storage) -> None:
    """A wave waited for the slowest of its messages, on whichever channel."""
    slow, other = SlowChannel("buttons"), SlowChannel("plain")
    slow.slow = {ANA.chat}
    sender = sender_of(storage, slow, other)
    async with sending(sender):
        await promise(storage, ANA)
        sender.wake()
        await slow.is_written_to([ANA.chat])
        await promise(storage, Address("buttons", "7"), Address("plain", "8"))
        sender.wake()
        await slow.is_written_to([ANA.chat, "7"])
        await other.is_written_to(["8"])
        slow.may_answer.set()
        await sender.send_due()

    assert await states(storage) == {"sent": 3}


async def test_no_more_are_on_their_way_than_may_be_of_unknown_fate(storage: Storage) -> None:
    channel = SlowChannel("buttons")
    chats = [str(n) for n in range(WAVE + 5)]
    channel.slow = set(chats)
    sender = sender_of(storage, channel)
    async with sending(sender):
        await promise(storage, *(Address("buttons", chat) for chat in chats))
        sender.wake()
        assert sender.at_work == 1  # it does not know yet how many
        await channel.is_written_to(chats[:WAVE])
        assert await states(storage) == {"sending": WAVE, "pending": 5}
        assert sender.at_work == WAVE
        channel.may_answer.set()
        await channel.is_written_to(chats)
        await sender.send_due()
        assert sender.at_work == 0


async def test_what_leaves_elsewhere_is_not_at_work_here(storage: Storage) -> None:
    sender = sender_of(storage)
    await promise(storage, ANA)
    sender.wake()

    assert await sender.send_due() == 0
    assert sender.at_work == 0


async def test_an_answer_leaves_while_a_notice_fills_all_that_others_may(storage: Storage) -> None:
    channel = SlowChannel("buttons")
    chats = [str(n) for n in range(WAVE + 5)]
    channel.slow = set(chats)
    sender = sender_of(storage, channel)
    async with sending(sender):
        places = [Address("buttons", chat) for chat in chats]
        await promise(storage, *places, topic=Topic.OUTCOME)
        sender.wake()
        await channel.is_written_to(chats[: WAVE - 1])
        await promise(storage, ANA)
        sender.wake()
        await channel.is_written_to([*chats[: WAVE - 1], ANA.chat])


async def test_a_refusal_stops_what_had_a_place_already(
    storage: Storage,
) -> None:
    channel, clock = FakeChannel("buttons", has_buttons=True), FakeClock()
    sender = sender_of(storage, channel, clock=clock, pace=2 * WAVE)
    channel.refuse_next = TooFast(30)
    await promise(storage, ANA, *(Address("buttons", str(n)) for n in range(WAVE)))
    await sender.send_due()

    assert channel.sent == []
    assert await states(storage) == {"pending": WAVE + 1}
    clock.advance(seconds=29)
    assert await sender.send_due() == 0
    clock.advance(seconds=1)
    await sender.send_due()
    await sender.send_due()
    assert await states(storage) == {"sent": WAVE + 1}


class Failing(Storage):
    """The database of another storage, which does not answer while ``fails``."""

    fails = False

    @asynccontextmanager
    async def begin(self, ready: Ready | None = None) -> AsyncIterator[UnitOfWork]:
        if self.fails:
            raise OSError("the database does not answer")
        async with super().begin(ready) as uow:
            yield uow


async def test_what_was_sent_while_the_database_failed_is_written_down_later(
    storage: Storage,
) -> None:
    """It went again two minutes later, marked as repeated, to people who had read it."""
    failing = Failing(storage.engine, storage.community, storage.vault, storage.ids)
    channel = SlowChannel("buttons")
    channel.slow = {ANA.chat}
    sender = sender_of(failing, channel)
    await promise(storage, ANA)
    turn = asyncio.create_task(sender.send_due())
    await channel.is_written_to([ANA.chat])
    failing.fails = True
    channel.may_answer.set()
    with pytest.raises(OSError, match="does not answer"):
        await turn

    failing.fails = False
    await sender.send_due()
    assert await states(storage) == {"sent": 1}


class Busy(Storage):
    """The database of another storage, in which something happens before each commit."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    @asynccontextmanager
    async def begin(self, ready: Ready | None = None) -> AsyncIterator[UnitOfWork]:
        async with super().begin(ready) as uow:
            yield uow
            if self.meanwhile:
                await self.meanwhile()


class RefusingChannel(SlowChannel):
    """Finds that we were too fast with what it was given for this chat, when it is told to."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.refuses, self.has_refused = asyncio.Event(), asyncio.Event()

    async def send(self, message: Outgoing) -> str:
        if message.chat == ANA.chat and not self.has_refused.is_set():
            self.arrived.append(message.chat)
            await self.refuses.wait()
            self.has_refused.set()
            raise TooFast(2)
        return await super().send(message)


async def test_a_refusal_while_messages_are_claimed_leaves_none_of_them_lying(
    storage: Storage,
) -> None:
    """Their places were counted before it, and given out behind it, when there were fewer."""
    busy = Busy(storage.engine, storage.community, storage.vault, storage.ids)
    channel, clock = RefusingChannel("buttons"), FakeClock()
    sender = sender_of(busy, channel, clock=clock, pace=20)
    chats = [ANA.chat, *(str(n) for n in range(17))]
    channel.slow = set(chats)
    await promise(storage, *(Address("buttons", chat) for chat in chats))
    turn = asyncio.create_task(sender.send_due())
    await channel.is_written_to(chats)

    async def refused() -> None:
        channel.refuses.set()
        await channel.has_refused.wait()

    await promise(storage, Address("buttons", "18"), Address("buttons", "19"))
    busy.meanwhile = refused
    next_turn = asyncio.create_task(sender.send_due())
    async with asyncio.timeout(SOON):
        await channel.refuses.wait()
        channel.may_answer.set()
        await asyncio.gather(turn, next_turn)

    assert await states(storage) == {"sent": 17, "pending": 3}
    clock.advance(seconds=2)
    await sender.send_due()
    assert await states(storage) == {"sent": 20}


class MovedChannel(FakeChannel):
    """Refuses the group's old number, as the platform does from one moment to the next."""

    async def send(self, message: Outgoing) -> str:
        if message.chat == OLD.chat:
            raise Moved(NEW.chat)
        return await super().send(message)


OLD, NEW = Address("buttons", "-7"), Address("buttons", "-1007")


async def test_what_was_promised_to_a_groups_old_number_goes_to_the_new_one(
    storage: Storage,
) -> None:
    """Somebody may promise it just as somebody else reads that the group has moved."""
    channel = MovedChannel("buttons", has_buttons=True)
    sender = sender_of(storage, channel)
    await promise(storage, OLD)
    await sender.send_due()
    await sender.send_due()

    assert await states(storage) == {"sent": 1}
    assert [shown.text for shown in channel.chat(NEW.chat)] == ["好的，不用管它了。"]


class OddChannel(FakeChannel):
    """Names one of its messages as no database keeps it."""

    async def send(self, message: Outgoing) -> str:
        named = await super().send(message)
        return "\ud800" if message.chat == ANA.chat else named


async def test_what_came_of_one_message_holds_up_no_other(storage: Storage) -> None:
    """What the database refused was given to it again in every turn, and nothing left any more."""
    channel = OddChannel("buttons", has_buttons=True)
    sender = sender_of(storage, channel)
    await promise(storage, Address("buttons", "7"), ANA, Address("buttons", "8"))
    await sender.send_due()
    await promise(storage, Address("buttons", "9"))
    await sender.send_due()

    assert await states(storage) == {"sent": 3, "failed": 1}
    assert len(channel.chat("9")) == 1


async def test_a_message_that_takes_too_long_is_let_go_before_its_claim_runs_out(
    storage: Storage,
) -> None:
    """Another turn took it up while its last parts were still on their way."""
    assert LEASE.total_seconds() - UNCLEAR_WAIT.total_seconds() > LONGEST
    channel, clock = SlowChannel("buttons"), FakeClock()
    channel.slow = {ANA.chat}
    post = Post({"buttons": channel}, Texts.load("zh", SHANGHAI), clock, longest=0)
    await promise(storage, ANA)
    async with storage.begin() as uow:
        [claimed] = await uow.delivery.claim({"buttons": Room(1, 1)}, clock())
    settled = await post.send(claimed, {})

    assert (settled.state, settled.repeat, settled.error) == ("pending", True, "it took too long")
