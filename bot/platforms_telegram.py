"""Joins up Telegram: how it is read, written to and opened."""

from functools import partial
from time import monotonic

from starlette.routing import BaseRoute
from telegram import Bot

from bot import metrics
from bot.channels import telegram_intake
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_menu import offer_commands
from bot.channels.telegram_request import build_bot
from bot.pacer import Pacer
from bot.platforms import Around, Door, Platform
from bot.roles import telegram_role

PRIVATE_SPACING = 1.0  # seconds; Telegram Bots FAQ: one message a second to one chat
GROUP_SPACING = 3.6  # seconds: 20 a minute to one group, a burst of three included


def of_telegram(around: Around) -> Platform:
    settings, secrets = around.config.telegram, around.config.secrets
    dated = around.pulse.dated("telegram", around.clock)
    bot = build_bot(secrets.telegram_token, settings.base_url, dated)
    role = telegram_role(secrets.telegram_token)
    door, routes, closers = _telegram_door(around, bot, role)
    menu = partial(offer_commands, bot, around.texts, around.config.community.languages)
    pacer = Pacer(settings.per_second, telegram_spacing)
    slowed = partial(_slowed, pacer)
    return Platform(
        TelegramChannel(bot, around.picture, settings.username, around.clock, slowed),
        partial(telegram_intake.inbound, bot=bot),
        pacer,
        routes,
        (partial(telegram_intake.opened, bot, menu, door),),
        (*closers, bot.shutdown),
        sole=role,
    )


def _slowed(pacer: Pacer, seconds: float) -> None:
    pacer.refused(monotonic(), seconds)
    metrics.REFUSALS.labels(TelegramChannel.name).inc()


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
        heard, accept = partial(pulse.beat, name), around.intake.accept
        await telegram_intake.Polling(bot, accept, heard, at_work=around.at_work).run()
    finally:
        pulse.rest(name)


def telegram_spacing(chat: str) -> float:
    """Seconds between two messages to one chat, when a burst has left."""
    return GROUP_SPACING if chat.startswith("-") else PRIVATE_SPACING
