"""The secrets that settings need, from the environment alone, and what is wrong with them.

No value is ever part of what is said.
"""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

from bot.settings import Settings
from storage.vault import SHORTEST_SECRET

SECRET_KEY = "LINLI_SECRET_KEY"
DATABASE_URL = "LINLI_DATABASE_URL"
TELEGRAM_TOKEN = "LINLI_TELEGRAM_TOKEN"
WEBHOOK_SECRET = "LINLI_TELEGRAM_WEBHOOK_SECRET"
WECHAT_SECRET = "LINLI_WECHAT_SECRET"
WECHAT_TOKEN = "LINLI_WECHAT_TOKEN"
WECHAT_KEY = "LINLI_WECHAT_AES_KEY"
WECOM_SECRET = "LINLI_WECOM_SECRET"
WECOM_TOKEN = "LINLI_WECOM_TOKEN"
WECOM_KEY = "LINLI_WECOM_AES_KEY"
WECOM_ROBOTS = "LINLI_WECOM_ROBOTS"
METRICS_TOKEN = "LINLI_METRICS_TOKEN"

TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{8,}")
WEBHOOK_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,256}")  # handbook: platforms 3.1
OF_WECHAT = {  # what the console of the account calls each, and its form
    WECHAT_SECRET: ("AppSecret, 32 letters and digits", re.compile(r"[0-9a-zA-Z]{32}")),
    WECHAT_TOKEN: ("令牌 (Token), 3 to 32 letters and digits", re.compile(r"[0-9a-zA-Z]{3,32}")),
    WECHAT_KEY: (
        "消息加解密密钥 (EncodingAESKey), 43 letters and digits", re.compile(r"[0-9a-zA-Z]{43}")
    ),
}  # fmt: skip
OF_WECOM = {
    WECOM_SECRET: ("Secret of the app, 43 characters", re.compile(r"[0-9a-zA-Z_-]{43}")),
    WECOM_TOKEN: ("Token of 接收消息, 1 to 32 letters, digits", re.compile(r"[0-9a-zA-Z]{1,32}")),
    WECOM_KEY: (
        "EncodingAESKey of 接收消息, 43 letters and digits", re.compile(r"[0-9a-zA-Z]{43}")
    ),
}  # fmt: skip
ROBOT = re.compile(r"([0-9a-z_-]{1,32})=([0-9a-zA-Z-]{8,64})")  # a name of ours, and its key
HOW_TO_MAKE_A_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"


@dataclass(frozen=True)
class Secrets:
    """From the environment alone. ``repr`` shows none of them."""

    key: str = field(repr=False)
    telegram_token: str = field(default="", repr=False)  # empty where Telegram is not enabled
    telegram_webhook: str = field(default="", repr=False)  # empty unless the mode is webhook
    wechat: str = field(default="", repr=False)  # AppSecret; empty where WeChat is not enabled
    wechat_token: str = field(default="", repr=False)
    wechat_aes: str = field(default="", repr=False)  # empty unless the mode is aes
    wecom: str = field(default="", repr=False)  # empty where WeCom is not enabled, as what follows
    wecom_token: str = field(default="", repr=False)
    wecom_aes: str = field(default="", repr=False)
    wecom_robots: Mapping[str, str] = field(default_factory=dict, repr=False)  # keys by name
    metrics: str = field(default="", repr=False)  # empty: only this machine may read them


def given(settings: Settings, environ: Mapping[str, str]) -> Secrets:
    """Once :func:`missing` has found nothing."""
    channels = settings.channels
    telegram, wechat, wecom = channels.telegram, channels.wechat, channels.wecom
    return Secrets(
        key=environ[SECRET_KEY],
        telegram_token=environ[TELEGRAM_TOKEN] if telegram.enabled else "",
        telegram_webhook=environ[WEBHOOK_SECRET] if telegram.calls_us else "",
        wechat=environ[WECHAT_SECRET] if wechat.enabled else "",
        wechat_token=environ[WECHAT_TOKEN] if wechat.enabled else "",
        wechat_aes=environ[WECHAT_KEY] if wechat.encrypts else "",
        wecom=environ[WECOM_SECRET] if wecom.enabled else "",
        wecom_token=environ[WECOM_TOKEN] if wecom.enabled else "",
        wecom_aes=environ[WECOM_KEY] if wecom.enabled else "",
        wecom_robots=dict(_robots(environ)) if wecom.enabled else {},
        metrics=environ.get(METRICS_TOKEN, ""),
    )


def missing(settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    telegram = settings.channels.telegram
    if len(environ.get(SECRET_KEY, "")) < SHORTEST_SECRET:
        found = "is too short" if environ.get(SECRET_KEY) else "is not in the environment"
        yield (
            f"{SECRET_KEY}: {found}; it needs at least {SHORTEST_SECRET} characters,"
            f" made for example by {HOW_TO_MAKE_A_KEY}"
        )
    if telegram.enabled and not TOKEN.fullmatch(environ.get(TELEGRAM_TOKEN, "")):
        found = "is not a token" if environ.get(TELEGRAM_TOKEN) else "is not in the environment"
        yield f"{TELEGRAM_TOKEN}: {found}; it needs what BotFather gave: digits, a colon, letters"
    if telegram.calls_us and not WEBHOOK_TOKEN.fullmatch(environ.get(WEBHOOK_SECRET, "")):
        yield f"{WEBHOOK_SECRET}: mode webhook needs 1 to 256 of A-Z, a-z, 0-9, _ and -"
    wechat, wecom = settings.channels.wechat, settings.channels.wecom
    plain = set() if wechat.encrypts else {WECHAT_KEY}
    if wechat.enabled:
        yield from _missing(OF_WECHAT, environ, plain)
    if wecom.enabled:
        yield from _missing(OF_WECOM, environ)
        if len(list(_robots(environ))) < len(_robots_named(environ)):
            yield f"{WECOM_ROBOTS}: is not name=key;name=key with the keys of webhooks' URLs"


def _missing(
    forms: Mapping[str, tuple[str, re.Pattern[str]]],
    environ: Mapping[str, str],
    without: Set[str] = frozenset(),
) -> Iterator[str]:
    for name, (what, form) in forms.items():
        if name not in without and not form.fullmatch(environ.get(name, "")):
            found = "is not what it should be" if environ.get(name) else "is not in the environment"
            yield f"{name}: {found}; it needs the account's {what}"


def _robots_named(environ: Mapping[str, str]) -> list[str]:
    return [part.strip() for part in environ.get(WECOM_ROBOTS, "").split(";") if part.strip()]


def _robots(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for part in _robots_named(environ):
        if found := ROBOT.fullmatch(part):
            yield found[1], found[2]
