"""The composition root: the only place that knows every part. Read it top to bottom.

Built once per process; nothing here is imported by anything but the command line.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from time import monotonic

import structlog
import uvicorn
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from structlog.contextvars import bound_contextvars

from bot import hearing, keeping, logs, metrics
from bot.channels.base import Channel
from bot.clock import system_clock
from bot.config import Config
from bot.dispatch import Dispatcher, Read, Timer
from bot.hearing import Hearing
from bot.intake import Intake
from bot.jumps import Jumps
from bot.keeping import Keeping
from bot.opening import alone, open_community, sqlite_file
from bot.pacer import Pacer
from bot.platforms import Around, Door, Platform, enabled
from bot.pulse import Pulse
from bot.roles import Roles, timers_role
from bot.sender import Sender
from bot.settings import Web
from bot.ticks import Every, timetable
from bot.vitals import Vitals
from casework import pages
from handlers.routes import ROUTES
from scheduler import upkeep
from scheduler.timers import TIMERS
from storage.ids import Clock
from storage.uow import Storage
from texts import Texts
from web import app as web
from web import pressed
from web.elsewhere import Elsewhere
from web.entrance import Login
from web.pages import DemoPane
from web.streams import Notifier

log = structlog.get_logger()

LAST_WORDS = 9.0  # seconds for what was accepted to be answered before we stop
LAST_MESSAGES = 4.0  # of these at least for what is on its way to arrive


class App:
    """Every part of one running bot, joined up and not yet started."""

    def __init__(
        self,
        config: Config,
        storage: Storage,
        *,
        clock: Clock = system_clock,
        steady: Callable[[], float] = monotonic,
        demo: tuple[DemoPane, ...] = (),
    ) -> None:
        self._storage = storage
        community = config.community
        texts = Texts.load(community.language, community.calendar.zone)
        self._channels: dict[str, Channel] = {}
        self._readers: dict[str, Read] = {pages.CHANNEL: pressed.read}
        self._pacers: dict[str, Pacer] = {}
        self._pulse = Pulse()
        self._jumps = Jumps(clock)
        vitals = Vitals(storage, self._pulse, clock, config.secrets.metrics)
        self._login: Login | None = None
        self._routes: list[BaseRoute] = vitals.routes()
        self._doors: list[tuple[str, Door]] = []
        self._closers: list[Door] = []
        self.roles = Roles(storage)
        self._timers_role = timers_role(storage.community)
        self.roles.want(self._timers_role)
        metrics.RUNS_TIMERS.set_function(lambda: self.roles.mine(self._timers_role))
        self.sender = Sender(
            storage, self._channels, texts, self._pacers, clock, steady, self.roles
        )
        self.dispatcher = Dispatcher(
            storage, ROUTES, self._readers, community, clock, self.sender.wake
        )
        self.intake = Intake(storage, self.dispatcher.handle, clock)
        metrics.LANES.set_function(lambda: self.intake.lanes)
        self._hearing = Hearing(storage, self._channels)
        self._kept_for: dict[str, timedelta] = {}
        self.keeping = Keeping(storage, self._channels, self._kept_for, clock)
        self.notifier = Notifier()
        around = Around(
            config, storage, clock, texts, self.intake, self.sender.wake, self._at_work,
            self.keeping.bytes_of, self.notifier, self._pulse, self.roles,
        )  # fmt: skip
        if storage.shared:
            elsewhere = Elsewhere(storage, self.notifier, clock)
            self._doors += [("inbox", self.intake.watch), ("rooms", elsewhere.run)]
        for joined in enabled(config):
            self._add(joined(around))
        self.web: Starlette = web.create(
            storage,
            self.intake.accept,
            texts,
            community,
            clock,
            notifier=self.notifier,
            demo=demo,
            extra_routes=self._routes,
            login=self._login,
            secure=(config.web.public_url or "").startswith("https"),
        )

    def _at_work(self) -> int:
        return self.intake.lanes + self.sender.at_work

    def _add(self, platform: Platform) -> None:
        name = platform.channel.name
        self._channels[name] = platform.channel
        self._readers[name] = platform.read
        self._pacers[name] = platform.pacer
        self._routes += platform.routes
        self._doors += ((name, door) for door in platform.doors)
        self._closers += platform.closers
        if platform.sole:
            self.roles.only_one_sends(name, platform.sole)
        if platform.media_kept_for:
            self._kept_for[name] = platform.media_kept_for
        self._login = platform.login or self._login

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything but the web server: doors, workers, sender and timers.

        Stopping goes against the stream: first the doors close, then what was accepted is
        handled, then what was promised is sent, as far as ten seconds reach.
        """
        roles = await self._keeps_roles()
        sender = asyncio.create_task(self.sender.run())
        timers = self._timers()
        timers.start()
        doors = [self._opened(name, door) for name, door in self._doors]
        try:
            yield
        finally:
            await _cancelled(doors)
            timers.shutdown(wait=False)
            ends = asyncio.get_running_loop().time() + LAST_WORDS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS - LAST_MESSAGES):
                    await self.intake.drain()
            await self.sender.finish(ends - asyncio.get_running_loop().time())
            await _cancelled([sender, *roles])
            for close in self._closers:
                await close()

    async def _keeps_roles(self) -> list[asyncio.Task[None]]:
        """Among several processes; one on its own takes up what it left the last time."""
        if not self._storage.shared:
            if found := await self.intake.resume():
                log.info("taking up what was left", updates=found)
            await self.dispatcher.run(upkeep.recover_left)
            return []
        keeping_them = asyncio.create_task(self.roles.run())
        await self.roles.looked()
        return [keeping_them]

    def _opened(self, name: str, door: Door) -> asyncio.Task[None]:
        def ended(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (fault := task.exception()):
                log.error("door ended", door=name, exc_info=fault)
                self._pulse.ended[f"door {name}"] = type(fault).__name__

        task = asyncio.create_task(door())
        task.add_done_callback(ended)
        return task

    def _timers(self) -> AsyncIOScheduler:
        """A few fixed ticks and no job of ours: what is due stands in the database."""
        timers = timetable()
        add = timers.add_job
        add(self._if_ours, Every(timedelta(seconds=hearing.EVERY)), [self._hearing.tick])
        if self._kept_for:
            add(self._if_ours, Every(timedelta(seconds=keeping.EVERY)), [self.keeping.tick])
        for timer, every in TIMERS.items():
            self._pulse.expect(f"timer {timer.__name__}", every.total_seconds())
            add(self.tick, Every(every), [timer])
        return timers

    async def _if_ours(self, tick: Callable[[], Awaitable[None]]) -> None:
        """Of several processes one ticks; another one takes over within the next interval."""
        if self.roles.mine(self._timers_role):
            await tick()

    async def tick(self, timer: Timer) -> None:
        """Run one timer; its failure is noted, and its next tick finds the same work."""
        if timer is upkeep.recover_sending and self._jumps.lately():
            return  # a lease that has run out says nothing now: who took it may be at work
        name = timer.__name__
        if not self.roles.mine(self._timers_role):
            self._pulse.beat(f"timer {name}")  # we stand by, and are well
            return
        try:
            with metrics.TIMERS.labels(name).time(), bound_contextvars(timer=name):
                await self.dispatcher.run(timer)
        except Exception:
            log.exception("timer failed; its next tick finds the same work", timer=name)
        else:
            metrics.TICKED.labels(name).set_to_current_time()
            self._pulse.beat(f"timer {name}")


def run(config: Config, *, demo: tuple[DemoPane, ...] = ()) -> None:
    """Run until Ctrl-C or SIGTERM. Raises AlreadyRunning, CannotOpen or CannotListen."""
    logs.configure()
    locked = alone(sqlite_file(config.database_url))
    with locked, asyncio.Runner(loop_factory=_loop()) as runner:
        runner.run(serve(config, demo))


def _loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """A twelfth less processor time (benchmarks/README.md), where there is one for the system."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def serve(config: Config, demo: tuple[DemoPane, ...] = ()) -> None:
    with _listening(config.web) as listening:
        async with open_community(config, system_clock) as storage:
            app = App(config, storage, demo=demo)
            async with app.running():
                await _serve_pages(app, listening)


def _listening(web: Web) -> socket.socket:
    try:
        return socket.create_server((web.host, web.port))
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise CannotListen(
            f"{web.host}:{web.port}: {why}. Choose another port: web.port in config.yaml,"
            " or --port of linli demo."
        ) from None


class CannotListen(Exception):
    """The address for the pages cannot be had; usually another program has it."""


async def _serve_pages(app: App, listening: socket.socket) -> None:
    """Answer HTTP until a signal. Open pages are told first, or they would keep us waiting."""
    server = _Server(
        uvicorn.Config(
            app.web,
            log_config=None,
            access_log=False,  # addresses of pages may say who looks at what
            timeout_graceful_shutdown=3,
        )
    )

    def stop() -> None:
        app.notifier.close()
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    host, port = listening.getsockname()[:2]
    log.info("linli starts", pages=f"http://{host}:{port}")
    await server.serve(sockets=[listening])
    log.info("linli stops")


class _Server(uvicorn.Server):
    """uvicorn without its own hand on the signals: stopping is ours to order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
