"""One update, one unit of work: understand it, answer it, promise the answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.exc import IntegrityError

from bot import metrics
from bot.ballots import Ballots, is_ballot
from bot.channels.base import NotYet
from casework import pages, questions, reminding
from casework.scene import System
from domain.community import Community
from domain.conversation import Address, Inbound, Say
from domain.residents import Person
from handlers import intent
from handlers.turn import Routes, Turn
from storage.chain import ChangedMeanwhile
from storage.engine import unavailable
from storage.groups import Group
from storage.ids import Clock
from storage.inbox import OutOfTurn, Received
from storage.residents import Prompt, Visitor
from storage.uow import Storage, UnitOfWork

log = structlog.get_logger()

Read = Callable[[str], Inbound | None]  # a channel's reading of its own payload
Timer = Callable[[UnitOfWork, datetime, Community], Awaitable[list[Say]]]

TRIES = 3  # of an update that met another one on the same case


class Dispatcher:
    def __init__(
        self,
        storage: Storage,
        routes: Routes,
        readers: Mapping[str, Read],
        community: Community,
        clock: Clock,
        promised: Callable[[], None],
    ) -> None:
        """``promised`` is called after each commit that may have left something to send."""
        self._storage = storage
        self._routes = routes
        self._readers = readers
        self._community = community
        self._clock = clock
        self._promised = promised
        self._ballots = Ballots(storage, community, clock, promised)

    async def handle(self, update: Received) -> None:
        """Answer one update. A repeated update changes nothing and says nothing.

        A fault of ours is answered with an apology and noted; only a database that does
        not answer is raised, so that the update waits, and OutOfTurn and NotYet.
        """
        for tries_left in reversed(range(TRIES)):
            try:
                await self._handle(update)
            except (ChangedMeanwhile, IntegrityError) as clash:
                if not tries_left:
                    await self._give_up(update, clash)
                continue
            except Exception as error:
                if isinstance(error, (OutOfTurn, NotYet)) or unavailable(error):
                    raise
                await self._give_up(update, error)
            break

    async def run(self, timer: Timer) -> None:
        """Run one timer now, in its own unit of work."""

        async def tick(uow: UnitOfWork) -> None:
            now = self._clock()
            says = await timer(uow, now, self._community)
            await reminding.promise(System(self._community, now, uow), says)

        await self._storage.run(tick)
        self._promised()

    async def _handle(self, update: Received) -> None:
        inbound = self._read(update)
        if inbound and is_ballot(inbound):
            async with self._ballots.taken(update, inbound) as taken:
                if not taken:
                    await self._alone(update, inbound)
        else:
            await self._alone(update, inbound)

    async def _alone(self, update: Received, inbound: Inbound | None) -> None:
        await self._storage.run(partial(self._handled, update, inbound))
        self._promised()

    async def _handled(self, update: Received, inbound: Inbound | None, uow: UnitOfWork) -> None:
        now = self._clock()
        received = await uow.delivery.done(update, now)
        if received is None:
            log.info("update repeated", channel=update.channel, update=update.update_id)
            return
        if inbound:
            says = await self._answer(uow, inbound, now, received)
            if inbound.page:
                says = await pages.kept(uow, update, inbound.sender, says, now)
            asked = {inbound.sender, inbound.group or inbound.sender}
            await reminding.promise(System(self._community, now, uow), says, asked)

    def _read(self, update: Received) -> Inbound | None:
        inbound = self._readers[update.channel](update.payload)
        return inbound and replace(
            inbound,
            text=_storable(inbound.text),
            quoted=_storable(inbound.quoted),
            name=_storable(inbound.name),
        )

    async def _answer(
        self, uow: UnitOfWork, inbound: Inbound, now: datetime, received: datetime
    ) -> list[Say]:
        where = inbound.group or inbound.sender
        visitor = await uow.residents.visitor(inbound.sender, where)
        group = await uow.groups.get(inbound.group) if inbound.group else None
        meant = self._meant(inbound, visitor)
        heard: list[Say] = []
        if group:
            person = visitor.person if visitor else None
            asked = meant.action if meant else None
            danger = self._community.is_emergency(inbound.text)
            said = questions.Heard(inbound, group, person, asked, danger)
            heard = await questions.hear(System(self._community, now, uow), said)
        if meant is None:
            return heard if inbound.group else [Say(inbound.sender, "error.stale")]
        visitor = visitor or await self._meet(uow, inbound, now)
        turn = await self._turn(uow, inbound, visitor, group, meant.words, now, received)
        if visitor.prompt.expects:
            await uow.residents.expect(inbound.sender, where, None, now)
        return [*heard, *await self._routes[type(meant.action)](turn, meant.action)]

    def _meant(self, inbound: Inbound, visitor: Visitor | None) -> intent.Intent | None:
        """None when it was not said to us; what was said to us is done once, not at an edit."""
        if inbound.edited:
            return None
        prompt = visitor.prompt if visitor else Prompt()
        person = visitor.person if visitor else Person(0, self._community.language)
        return intent.read(inbound, prompt, person)

    async def _meet(self, uow: UnitOfWork, inbound: Inbound, now: datetime) -> Visitor:
        language = self._community.language_for(inbound.language)
        if not inbound.sender.chat:
            return Visitor(Person(0, language))  # the platform itself: nobody to remember
        return Visitor(await uow.residents.meet(inbound.sender, language, now))

    async def _turn(
        self, uow: UnitOfWork, inbound: Inbound, visitor: Visitor, group: Group | None, words: str,
        now: datetime, received: datetime,
    ) -> Turn:  # fmt: skip
        private = inbound.group is None or inbound.reachable
        if private and not inbound.page:
            await uow.residents.wrote_privately(inbound.sender, visitor.private_at, now)
        return Turn(
            inbound=inbound,
            words=words,
            person=visitor.person,
            group=group,
            reachable=private or visitor.private_at is not None,
            community=self._community,
            now=now,
            received=received,
            uow=uow,
        )

    async def _give_up(self, update: Received, error: Exception) -> None:
        """Nothing was saved; say so to the person, and keep only the kind of fault."""
        log.error(
            "update failed",
            channel=update.channel,
            update=update.update_id,
            fault=type(error).__name__,
            where=_where(error),
        )
        metrics.FAILED.labels(update.channel).inc()
        now = self._clock()
        async with self._storage.begin() as uow:
            await uow.delivery.done(update, now, error=type(error).__name__)
            if sender := self._sender(update):
                sorry = [Say(sender, "error.ours")]
                await reminding.promise(System(self._community, now, uow), sorry, {sender})
        self._promised()

    def _sender(self, update: Received) -> Address | None:
        """Who to apologise to: alone, and only where the update can be read at all."""
        try:
            inbound = self._read(update)
        except Exception:
            return None
        alone = inbound is not None and inbound.group is None and inbound.sender.chat
        return inbound.sender if inbound and alone else None


def _storable(text: str) -> str:
    """Without what no database keeps: the NUL sign, and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def _where(error: Exception) -> str:
    """File and line of the fault: a message of the error could quote what a person typed."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return (
        f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
        if trace
        else "?"
    )
