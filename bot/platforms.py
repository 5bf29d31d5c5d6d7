"""Joins up each platform that the configuration enables: how it is read, written to and opened.

To add one: a function that returns its Platform, and its line in ``enabled``.
"""

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from starlette.routing import BaseRoute
from telegram import Bot

from bot.channels import (
    telegram_intake,
    webchat,
    wechat_intake,
    wechat_read,
    wecom_intake,
    wecom_read,
)
from bot.channels.base import Channel, Picture
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_menu import offer_commands
from bot.channels.telegram_request import build_bot
from bot.channels.wechat import WeChatChannel
from bot.channels.wechat_gate import Gate, Keys
from bot.channels.wechat_login import WeChatLogin
from bot.channels.wechat_request import Account, WeChatApi
from bot.channels.wechat_templates import Template, Templates
from bot.channels.wecom import WeComChannel
from bot.channels.wecom_gate import WeComGate
from bot.channels.wecom_request import Corp, WeComApi
from bot.config import Config
from bot.dispatch import Read
from bot.intake import Intake
from bot.pacer import Pacer
from bot.pulse import Pulse
from bot.roles import Roles, telegram_role
from domain.conversation import Phrase
from storage.ids import Clock
from storage.uow import Storage
from texts import Texts
from web.entrance import Login
from web.streams import Notifier

Door = Callable[[], Coroutine[Any, Any, None]]

OUR_OWN_PACE = 1e6  # messages a second: the web chat has no platform that limits us
MEDIA_KEPT_FOR = timedelta(days=3)  # developers.weixin.qq.com: temporary material
WECHAT_PACE = 50.0  # messages a second; WeChat counts by person and by day, not by second
WECOM_PACE = 50.0  # messages a second; a company may make 10,000 calls a minute of each kind
PRIVATE_SPACING = 1.0  # seconds; Telegram Bots FAQ: one message a second to one chat
GROUP_SPACING = 3.6  # seconds: 20 a minute to one group, a burst of three included


@dataclass(frozen=True)
class Around:
    """What every platform is joined to."""

    config: Config
    storage: Storage
    clock: Clock
    texts: Texts
    intake: Intake
    wake: Callable[[], None]  # something may be sent
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


def enabled(around: Around) -> Iterator[Platform]:
    config = around.config
    if config.webchat.enabled:
        yield of_webchat(around)
    if config.telegram.enabled:
        yield of_telegram(around)
    if config.wechat.enabled:
        yield of_wechat(around)
    if config.wecom.enabled:
        yield of_wecom(around)


def of_webchat(around: Around) -> Platform:
    channel = webchat.WebChatChannel(around.storage, around.notifier, around.clock, around.picture)
    return Platform(channel, webchat.read, Pacer(OUR_OWN_PACE))


def of_telegram(around: Around) -> Platform:
    settings, secrets = around.config.telegram, around.config.secrets
    dated = around.pulse.dated("telegram", around.clock)
    bot = build_bot(secrets.telegram_token, settings.base_url, dated)
    role = telegram_role(secrets.telegram_token)
    door, routes, closers = _telegram_door(around, bot, role)
    menu = partial(offer_commands, bot, around.texts, around.config.community.languages)
    return Platform(
        TelegramChannel(bot, around.picture, settings.username, around.clock),
        partial(telegram_intake.inbound, bot=bot),
        Pacer(settings.per_second, telegram_spacing),
        routes,
        (partial(telegram_intake.opened, bot, menu, door),),
        (*closers, bot.shutdown),
        sole=role,
    )


def _telegram_door(
    around: Around, bot: Bot, role: str
) -> tuple[Door, tuple[BaseRoute, ...], tuple[Door, ...]]:
    """Polling, or a webhook beside our pages, as the configuration says."""
    settings, accept = around.config.telegram, around.intake.accept
    if settings.webhook is None or not settings.calls_us:
        return partial(around.roles.whenever_mine, role, partial(_polling, around, bot)), (), ()
    secret, webhook = around.config.secrets.telegram_webhook, settings.webhook
    acknowledge = telegram_intake.Acknowledgements(bot)
    route = telegram_intake.webhook_route(webhook.path, secret, accept, acknowledge)
    door = partial(telegram_intake.bring_to_webhook, bot, webhook.address, secret)
    return door, (route,), (acknowledge.close,)


async def _polling(around: Around, bot: Bot) -> None:
    pulse, name = around.pulse, "door telegram"
    pulse.expect(name, telegram_intake.POLL)
    try:
        await telegram_intake.Polling(bot, around.intake.accept, partial(pulse.beat, name)).run()
    finally:
        pulse.rest(name)


def of_wechat(around: Around) -> Platform:
    settings, secrets = around.config.wechat, around.config.secrets
    storage, clock = around.storage, around.clock
    app_id = settings.app_id or ""
    api = WeChatApi(Account(app_id, secrets.wechat, settings.base_url), storage, clock)
    doors = wechat_intake.Doors()
    gate = Gate(Keys(app_id, secrets.wechat_token, secrets.wechat_aes), clock)
    door = wechat_intake.Webhook(gate, doors, storage, around.intake.accept, clock, around.wake)
    community = around.config.community
    known: dict[str, Template] = {
        topic: template.as_known() for topic, template in settings.templates.items()
    }
    templates = Templates(known, around.texts, community.name, community.calendar.zone)
    return Platform(
        WeChatChannel(api, doors, storage, clock, around.picture, templates),
        wechat_read.read,
        Pacer(WECHAT_PACE),
        routes=tuple(door.routes(settings.path)),
        closers=(api.close,),
        media_kept_for=MEDIA_KEPT_FOR,
        login=_wechat_login(around, api),
    )


def of_wecom(around: Around) -> Platform:
    config, storage, clock = around.config, around.storage, around.clock
    api = WeComApi(wecom_corp(config), storage, clock)
    keys = Keys(config.wecom.corp_id or "", config.secrets.wecom_token, config.secrets.wecom_aes)
    door = wecom_intake.Webhook(WeComGate(keys, clock), storage, around.intake.accept, clock)
    language, say = config.community.language, around.texts.plain
    submit = say(language, Phrase("wecom.submit"))
    privately = say(language, Phrase("wecom.privately"))
    return Platform(
        WeComChannel(api, storage, clock, around.picture, submit=submit, privately=privately),
        wecom_read.read,
        Pacer(WECOM_PACE),
        routes=tuple(door.routes(config.wecom.path)),
        closers=(api.close,),
        media_kept_for=MEDIA_KEPT_FOR,
    )


def wecom_corp(config: Config) -> Corp:
    settings, secrets = config.wecom, config.secrets
    return Corp(
        settings.corp_id or "", settings.agent_id or 0, secrets.wecom, settings.base_url,
        secrets.wecom_robots,
    )  # fmt: skip


def _wechat_login(around: Around, api: WeChatApi) -> WeChatLogin | None:
    settings, public_url = around.config.wechat, around.config.web.public_url
    if not settings.web_login or not public_url:
        return None
    return WeChatLogin(api, settings.authorize_url, public_url)


def telegram_spacing(chat: str) -> float:
    """Seconds between two messages to one chat, when a burst has left."""
    return GROUP_SPACING if chat.startswith("-") else PRIVATE_SPACING
