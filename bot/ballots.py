"""The short path of ballots: those of one matter that came together share a unit of work.

They would wait for each other anyway, since a matter's record grows line by line. A ballot that
is alone goes the general way, and so does whatever is not plainly one ballot of one voter; where
the short path fails, all of them do. Nobody is kept waiting for company.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from casework import reminding
from casework.matter_actions import CastBallot
from casework.scene import System
from domain.community import Community
from domain.conversation import Inbound
from handlers.ballots import cast_together
from handlers.turn import Turn
from storage.delivery import Received
from storage.ids import Clock
from storage.uow import Storage, UnitOfWork

log = structlog.get_logger()

MOST = 100  # ballots in one unit of work: some 50 ms in which others wait


def is_ballot(inbound: Inbound) -> bool:
    """In a private chat; of a group, and of a page that waits for its answer, more is asked."""
    alone = not inbound.group and not inbound.page
    return alone and isinstance(inbound.action, CastBallot)


def _future() -> "asyncio.Future[bool]":
    return asyncio.get_running_loop().create_future()


@dataclass(eq=False)
class Waiting:
    """One ballot; ``taken`` tells whether it was taken, ``over`` that nothing is left to do."""

    update: Received
    inbound: Inbound
    action: CastBallot
    taken: "asyncio.Future[bool]" = field(default_factory=_future)
    over: "asyncio.Future[bool]" = field(default_factory=_future)


class Ballots:
    def __init__(
        self, storage: Storage, community: Community, clock: Clock, promised: Callable[[], None]
    ) -> None:
        """``promised`` is called for each ballot that was taken: its receipt waits to be sent."""
        self._storage = storage
        self._community = community
        self._clock = clock
        self._promised = promised
        self._waiting: dict[int, deque[Waiting]] = {}  # by matter
        self._takers: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def taken(self, update: Received, inbound: Inbound) -> AsyncIterator[bool]:
        """Whether it was taken with others; inside, one that was not has to be taken alone."""
        assert isinstance(inbound.action, CastBallot)
        ballot = Waiting(update, inbound, inbound.action)
        self._wait(ballot)
        try:
            yield await ballot.taken
        finally:
            ballot.over.set_result(True)

    def _wait(self, ballot: Waiting) -> None:
        number = ballot.action.number
        if number in self._waiting:
            self._waiting[number].append(ballot)
            return
        self._waiting[number] = deque([ballot])
        taker = asyncio.create_task(self._take_all(number))
        self._takers.add(taker)
        taker.add_done_callback(self._takers.discard)

    async def _take_all(self, number: int) -> None:
        """Lot by lot, until none waits; of each, those that were not taken one after another."""
        waiting = self._waiting[number]
        while waiting:
            lot, taken = await self._next(number, waiting)
            for ballot in sorted(lot, key=lambda ballot: ballot not in taken):
                if not ballot.taken.done():
                    ballot.taken.set_result(ballot in taken)
                await ballot.over
        del self._waiting[number]

    async def _next(
        self, number: int, waiting: deque[Waiting]
    ) -> tuple[Sequence[Waiting], set[Waiting]]:
        """A lot, and which of it were taken. More may come while the database is not free."""
        lot: Sequence[Waiting] = ()
        try:
            if len(waiting) > 1:
                async with self._storage.begin() as uow:
                    lot = _some(waiting)
                    taken = await self._take(uow, number, lot)
                for _ in taken:
                    self._promised()
                return lot, taken
        except Exception as fault:
            log.warning("ballots are taken one by one", fault=type(fault).__name__)
        return lot or _some(waiting), set()

    async def _take(self, uow: UnitOfWork, number: int, lot: Sequence[Waiting]) -> set[Waiting]:
        now = self._clock()
        came = await uow.delivery.taken_up([ballot.update for ballot in lot])
        free = {ballot: at for ballot in lot if (at := came.pop(ballot.update, None))}
        turns = await self._turns(uow, free, now)
        asked = [(turn, ballot.action) for ballot, turn in turns.items()]
        says = zip(turns, await cast_together(asked, number), strict=True)
        told = {ballot: say for ballot, say in says if say}
        system = System(self._community, now, uow)
        await reminding.promise(system, told.values(), {b.inbound.sender for b in told})
        await uow.delivery.handled([ballot.update for ballot in told], now)
        return set(told)

    async def _turns(
        self, uow: UnitOfWork, received: Mapping[Waiting, datetime], now: datetime
    ) -> dict[Waiting, Turn]:
        """Of those whom we have met; as everywhere, they are noted as reachable from now on."""
        visitors = await uow.residents.visitors({ballot.inbound.sender for ballot in received})
        last = {sender: visitor.private_at for sender, visitor in visitors.items()}
        await uow.residents.all_wrote_privately(last, now)
        expecting = {sender for sender, visitor in visitors.items() if visitor.prompt.expects}
        await uow.residents.expect_nothing(expecting, now)
        return {
            ballot: Turn(
                inbound=ballot.inbound,
                words="",
                person=visitor.person,
                group=None,
                reachable=True,
                community=self._community,
                now=now,
                received=at,
                uow=uow,
            )
            for ballot, at in received.items()
            if (visitor := visitors.get(ballot.inbound.sender))
        }


def _some(waiting: deque[Waiting]) -> list[Waiting]:
    return [waiting.popleft() for _ in range(min(MOST, len(waiting)))]
