"""What a platform is to the rest, and which of them the configuration enables.

To add one: a function that returns its Platform, and its line in ``enabled``.
"""

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.routing import BaseRoute

from bot.channels import webchat
from bot.channels.base import Channel, Picture
from bot.config import Config
from bot.dispatch import Read
from bot.intake import Intake
from bot.pacer import Pacer
from bot.pulse import Pulse
from bot.roles import Roles
from storage.ids import Clock
from storage.uow import Storage
from texts import Texts
from web.entrance import Login
from web.streams import Notifier

Door = Callable[[], Coroutine[Any, Any, None]]

OUR_OWN_PACE = 1e6  # messages a second: the web chat has no platform that limits us


@dataclass(frozen=True)
class Around:
    """What every platform is joined to."""

    config: Config
    storage: Storage
    clock: Clock
    texts: Texts
    intake: Intake
    wake: Callable[[], None]  # something may be sent
    at_work: Callable[[], int]  # updates being handled, messages promised or being sent
    picture: Callable[[Picture], Awaitable[bytes]]  # from the channel that holds it
    notifier: Notifier
    pulse: Pulse
    roles: Roles


@dataclass(frozen=True)
class Platform:
    """One platform, joined up and not yet started."""

    channel: Channel
    read: Read
    pacer: Pacer
    routes: tuple[BaseRoute, ...] = ()
    doors: tuple[Door, ...] = ()  # each runs until it is cancelled
    closers: tuple[Door, ...] = ()  # once what was promised is sent, in this order
    media_kept_for: timedelta | None = None  # pictures and voices; None: for ever
    login: Login | None = None  # where its own browser says who is at our pages
    sole: str = ""  # the role of the one process that writes to it; empty: every one may


def enabled(config: Config) -> Iterator[Callable[[Around], Platform]]:
    """What joins up each of them, with its libraries, which nobody else loads."""
    if config.webchat.enabled:
        yield of_webchat
    if config.telegram.enabled:
        from bot.platforms_telegram import of_telegram

        yield of_telegram
    if config.wechat.enabled:
        from bot.platforms_tencent import of_wechat

        yield of_wechat
    if config.wecom.enabled:
        from bot.platforms_tencent import of_wecom

        yield of_wecom


def of_webchat(around: Around) -> Platform:
    channel = webchat.WebChatChannel(around.storage, around.notifier, around.clock, around.picture)
    return Platform(channel, webchat.read, Pacer(OUR_OWN_PACE))
