"""The composition root: the only place that knows every part. Read it top to bottom.

Built once per process; nothing here is imported by anything but the command line.
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import partial
from time import monotonic
from typing import Any

import structlog
import uvicorn
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from telegram import Bot

from bot import logs
from bot.channels import telegram_intake, webchat, wechat_intake, wechat_read
from bot.channels.base import Channel, Picture, Unreachable
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_menu import offer_commands
from bot.channels.telegram_request import build_bot
from bot.channels.wechat import WeChatChannel
from bot.channels.wechat_gate import Gate, Keys
from bot.channels.wechat_request import Account, WeChatApi
from bot.clock import system_clock
from bot.config import Config
from bot.dispatch import Dispatcher, Read, Timer
from bot.hearing import EVERY, Hearing
from bot.intake import Intake
from bot.opening import alone, open_community, sqlite_file
from bot.pacer import Pacer
from bot.sender import Sender
from bot.settings import Web
from handlers.routes import ROUTES
from scheduler.timers import TIMERS
from storage.ids import Clock
from storage.uow import Storage
from texts import Texts
from web import app as web
from web.pages import DemoPane
from web.streams import Notifier

log = structlog.get_logger()

Door = Callable[[], Coroutine[Any, Any, None]]

OUR_OWN_PACE = 1e6  # messages a second: the web chat has no platform that limits us
WECHAT_PACE = 50.0  # messages a second; WeChat counts by person and by day, not by second
PRIVATE_SPACING = 1.0  # seconds; Telegram Bots FAQ: one message a second to one chat
GROUP_SPACING = 3.6  # seconds: 20 a minute to one group, a burst of three included
LAST_WORDS = 10.0  # seconds for what was accepted to be answered before we stop


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
        self._config = config
        community = config.community
        texts = Texts.load(community.language, community.calendar.zone)
        self._channels: dict[str, Channel] = {}
        self._readers: dict[str, Read] = {}
        self._pacers: dict[str, Pacer] = {}
        self._routes: list[BaseRoute] = []
        self._doors: list[Door] = []
        self._closers: list[Door] = []
        self.sender = Sender(storage, self._channels, texts, self._pacers, clock, steady)
        self.dispatcher = Dispatcher(
            storage, ROUTES, self._readers, community, clock, self.sender.wake
        )
        self.intake = Intake(storage, self.dispatcher.handle, clock)
        self._hearing = Hearing(storage, self._channels)
        self.notifier = Notifier()
        if config.webchat.enabled:
            self._add_webchat(storage, clock)
        if config.telegram.enabled:
            self._add_telegram(texts, clock)
        if config.wechat.enabled:
            self._add_wechat(storage, clock)
        self.web: Starlette = web.create(
            storage,
            self.intake.accept,
            texts,
            community,
            clock,
            notifier=self.notifier,
            demo=demo,
            extra_routes=self._routes,
            secure=(config.web.public_url or "").startswith("https"),
        )

    def _add_webchat(self, storage: Storage, clock: Clock) -> None:
        channel = webchat.WebChatChannel(storage, self.notifier, clock, self._picture)
        self._add(channel, webchat.read, Pacer(OUR_OWN_PACE))

    def _add_telegram(self, texts: Texts, clock: Clock) -> None:
        settings, secrets = self._config.telegram, self._config.secrets
        bot = build_bot(secrets.telegram_token, settings.base_url)
        self._closers.append(bot.shutdown)
        self._add(
            TelegramChannel(bot, self._picture, settings.username, clock),
            partial(telegram_intake.inbound, bot=bot),
            Pacer(settings.per_second, telegram_spacing),
        )
        menu = partial(offer_commands, bot, texts, self._config.community.languages)
        self._doors.append(partial(telegram_intake.opened, bot, menu, self._telegram_door(bot)))

    def _add_wechat(self, storage: Storage, clock: Clock) -> None:
        settings, secrets = self._config.wechat, self._config.secrets
        app_id = settings.app_id or ""
        api = WeChatApi(Account(app_id, secrets.wechat, settings.base_url), storage, clock)
        self._closers.append(api.close)
        doors = wechat_intake.Doors()
        channel = WeChatChannel(api, doors, storage, clock, self._picture)
        self._add(channel, wechat_read.read, Pacer(WECHAT_PACE))
        gate = Gate(Keys(app_id, secrets.wechat_token, secrets.wechat_aes), clock)
        accept, wake = self.intake.accept, self.sender.wake
        door = wechat_intake.Webhook(gate, doors, storage, accept, clock, wake)
        self._routes += door.routes(settings.path)

    def _telegram_door(self, bot: Bot) -> Door:
        """Polling, or a webhook beside our pages, as the configuration says."""
        settings, secret = self._config.telegram, self._config.secrets.telegram_webhook
        if settings.webhook is None or not settings.calls_us:
            return telegram_intake.Polling(bot, self.intake.accept).run
        acknowledge = telegram_intake.Acknowledgements(bot)
        self._closers.insert(0, acknowledge.close)
        path, address = settings.webhook.path, settings.webhook.address
        accept = self.intake.accept
        self._routes.append(telegram_intake.webhook_route(path, secret, accept, acknowledge))
        return partial(telegram_intake.bring_to_webhook, bot, address, secret)

    def _add(self, channel: Channel, read: Read, pacer: Pacer) -> None:
        self._channels[channel.name] = channel
        self._readers[channel.name] = read
        self._pacers[channel.name] = pacer

    async def _picture(self, picture: Picture) -> bytes:
        holder = self._channels.get(picture.channel)
        if holder is None:
            raise Unreachable(f"{picture.channel} is not enabled")
        return await holder.fetch(picture.ref)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything but the web server: doors, workers, sender and timers.

        Stopping goes against the stream: first the doors close, then what was accepted is
        handled, then what was promised is sent, as far as ten seconds reach.
        """
        sender = asyncio.create_task(self.sender.run())
        if found := await self.intake.resume():
            log.info("taking up what was left", updates=found)
        timers = self._timers()
        timers.start()
        doors = [asyncio.create_task(door()) for door in self._doors]
        try:
            yield
        finally:
            await _cancelled(doors)
            timers.shutdown(wait=False)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS):
                    await self.intake.drain()
                    while await self.sender.send_due():
                        pass
            await _cancelled([sender])
            for close in self._closers:
                await close()

    def _timers(self) -> AsyncIOScheduler:
        """A few fixed ticks and no job of ours: what is due stands in the database."""
        timers = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        for timer, every in TIMERS.items():
            timers.add_job(self._tick, "interval", [timer], seconds=every.total_seconds())
        timers.add_job(self._hearing.tick, "interval", seconds=EVERY)
        return timers

    async def _tick(self, timer: Timer) -> None:
        try:
            await self.dispatcher.run(timer)
        except Exception:
            log.exception("timer failed; its next tick finds the same work", timer=timer.__name__)


def run(config: Config, *, demo: tuple[DemoPane, ...] = ()) -> None:
    """Run until Ctrl-C or SIGTERM. Raises AlreadyRunning, CannotOpen or CannotListen."""
    logs.configure()
    with alone(sqlite_file(config.database_url)):
        asyncio.run(serve(config, demo))


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
        raise CannotListen(f"{web.host}:{web.port}: {error.strerror}") from None


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


def telegram_spacing(chat: str) -> float:
    """Seconds between two messages to one chat, when a burst has left."""
    return GROUP_SPACING if chat.startswith("-") else PRIVATE_SPACING
