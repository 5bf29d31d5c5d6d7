"""The shape of config.yaml: every setting, its default, and what it accepts.

Reads text into values and says what is allowed where it cannot; opens nothing, and holds
no secret.
"""

import re
from collections.abc import Iterator
from datetime import date, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, PlainValidator

from bot import settings_voting
from bot.channels.wechat_templates import MOMENT, MOMENTS, Template, kind_of
from bot.settings_voting import VotingPart
from bot.values import (
    CODE,
    Code,
    DatabaseUrl,
    Duration,
    Frames,
    Language,
    NamesText,
    Part,
    Url,
    Words,
    clock,
    day,
    frame,
    quiet_span,
    zone,
)
from domain.calendar import Budget, Frame

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEBHOOK_PORTS = (443, 80, 88, 8443)  # the only ones Telegram calls (handbook: platforms 3.1)
TELEGRAM = "https://api.telegram.org"
WECHAT = "https://api.weixin.qq.com"
WECOM = "https://qyapi.weixin.qq.com"

Warnings = list[Annotated[int, Field(ge=1, le=99)]]
HookPath = Annotated[
    str, Field(pattern=r"^/[A-Za-z0-9/_-]+$", description="a path such as '/hooks/telegram'")
]
Keyword = Annotated[
    str,
    Field(
        pattern=r"^(thing|phrase|time|date)[0-9]{1,3}$",
        description="a keyword of the template: thing, phrase, time or date and its number",
    ),
]
Username = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{4,32}$")]


class CommunityPart(Part):
    code: Annotated[
        str, Field(pattern=CODE, max_length=64, description="a short word such as linli-garden")
    ]
    name: NamesText
    time_zone: Annotated[ZoneInfo, PlainValidator(zone)] = ZoneInfo("Asia/Shanghai")
    languages: Annotated[list[Language], Field(min_length=1)] = ["zh", "en"]


class CategoryPart(Part):
    code: Code
    name: NamesText
    keywords: Words
    who: Code
    preset: Code | None = None


class PresetPart(Part):
    """The clocks of one kind of case; what is left out is as for ordinary cases."""

    sign: Duration | None = None
    contact: Duration | None = None
    resolve: Duration | None = None
    level_1: Duration | None = None
    level_2: Duration | None = None
    warn: Warnings | None = None


class DeadlinesPart(Part):
    """The ordinary clocks are the handbook's preset for simple repairs (tickets 4.2)."""

    sign: Duration = Budget(4, "hour", working=True)
    contact: Duration = Budget(1, "day", working=True)
    resolve: Duration = Budget(3, "day", working=True)
    level_1: Duration | None = Budget(3, "day", working=True)
    level_2: Duration | None = Budget(5, "day", working=True)
    warn: Warnings = [50, 80]
    rework: Duration = Budget(2, "day", working=True)
    accept: Duration = Budget(4, "hour", working=True)
    review: Duration = Budget(1, "day", working=True)
    wait: Duration = Budget(3, "day", working=True)
    confirm: Duration = Budget(7, "day")
    follow_up: Duration = Budget(28, "day")
    undo: Duration = Budget(2, "minute")
    draft: Duration = Budget(1, "day")
    presets: dict[Code, PresetPart] = {}


class WorkingTime(Part):
    """A weekday that is left out is closed."""

    monday: Frames = []
    tuesday: Frames = []
    wednesday: Frames = []
    thursday: Frames = []
    friday: Frames = []
    saturday: Frames = []
    sunday: Frames = []

    def week(self) -> dict[int, tuple[Frame, ...]]:
        return {number: tuple(getattr(self, name)) for number, name in enumerate(WEEK)}


class Webhook(Part):
    url: Annotated[
        Url, Field(description="the public address, such as 'https://linli.example.org'")
    ]
    path: HookPath = "/hooks/telegram"

    @property
    def address(self) -> str:
        """What Telegram is told to call."""
        return self.url + self.path


class Telegram(Part):
    enabled: bool = False
    username: Annotated[Username | None, Field(description="a name such as LinliGardenBot")] = None
    base_url: Url = TELEGRAM  # the Bot API server, without the "/bot" of its methods
    mode: Literal["polling", "webhook"] = "polling"
    webhook: Webhook | None = None
    per_second: Annotated[int, Field(ge=1, le=1000)] = 30

    @property
    def calls_us(self) -> bool:
        return self.enabled and self.mode == "webhook"

    @property
    def local(self) -> bool:
        """Whether a Bot API server of one's own is used, which has fewer limits."""
        return self.base_url != TELEGRAM


class TemplatePart(Part):
    """A template of subscription notices (订阅通知), as the account's console shows it."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="the template's 模板ID")]
    long_term: bool = False  # 长期订阅
    fields: Annotated[
        dict[Keyword, Literal["community", "about", "words", "how", "at"]], Field(min_length=1)
    ]

    def as_known(self) -> Template:
        return Template(self.id, self.fields, self.long_term)


class WeChat(Part):
    """An Official Account (公众号); its secrets come from the environment."""

    enabled: bool = False
    app_id: Annotated[
        str | None,
        Field(pattern=r"^wx[0-9a-zA-Z]{16}$", description="the account's AppID: wx and 16 more"),
    ] = None
    mode: Literal["plain", "aes"] = "aes"
    path: HookPath = "/hooks/wechat"
    base_url: Url = WECHAT
    templates: dict[Literal["case_news", "vote", "notice"], TemplatePart] = {}
    web_login: bool = False  # 网页授权, which verified service accounts have
    authorize_url: Url = "https://open.weixin.qq.com"

    @property
    def encrypts(self) -> bool:
        return self.enabled and self.mode == "aes"


class WeCom(Part):
    """An app of one's own in WeCom (企业微信); its secrets come from the environment."""

    enabled: bool = False
    corp_id: Annotated[
        str | None,
        Field(
            pattern=r"^w[wx][0-9a-zA-Z]{16}$", description="the company's 企业ID: ww and 16 more"
        ),
    ] = None
    agent_id: Annotated[
        int | None, Field(ge=1, description="the app's AgentId, such as 1000002")
    ] = None
    path: HookPath = "/hooks/wecom"
    base_url: Url = WECOM


class Webchat(Part):
    enabled: bool = True


class Channels(Part):
    telegram: Telegram = Telegram()
    wechat: WeChat = WeChat()
    wecom: WeCom = WeCom()
    webchat: Webchat = Webchat()


class Web(Part):
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080  # 0: any that is free
    public_url: Url | None = None


class Database(Part):
    url: DatabaseUrl = "sqlite+aiosqlite:///data/linli.db"


GridNames = dict[Annotated[str, Field(min_length=1, max_length=16)], NamesText]
QuietHours = list[Annotated[Frame, PlainValidator(quiet_span)]]


class EmergenciesPart(Part):
    words: Words = []
    not_with: Words = []


class GroupsPart(Part):
    waking: Annotated[Frame, PlainValidator(frame)] = (time(8), time(21))
    answer_within: Duration = Budget(4, "hour")
    climb_after: Duration = Budget(2, "hour")


class Holidays(Part):
    table: Literal["china", "none"] = "china"
    checked: list[Annotated[int, Field(ge=2000, le=2200)]] = []


class DigestPart(Part):
    day: Literal[
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "never"
    ] = "friday"
    at: Annotated[time, PlainValidator(clock)] = time(18)


class Settings(Part):
    community: Annotated[CommunityPart, Field(description="code, name, time_zone, languages")]
    grids: Annotated[GridNames, Field(min_length=1, description="a code and names for each grid")]
    categories: Annotated[
        list[CategoryPart], Field(min_length=1, description="a list of code, name, keywords, who")
    ]
    working_time: Annotated[WorkingTime, Field(description="frames for each weekday")]
    overrides: dict[Annotated[date, PlainValidator(day)], Frames] = {}
    holidays: Holidays = Holidays()
    deadlines: DeadlinesPart = DeadlinesPart()
    emergencies: EmergenciesPart = EmergenciesPart()
    voting: VotingPart = VotingPart()
    groups: GroupsPart = GroupsPart()
    quiet_hours: QuietHours = [(time(12), time(14)), (time(21), time(8))]
    digest: DigestPart = DigestPart()
    channels: Channels = Channels()
    web: Web = Web()
    database: Database = Database()


def contradictions(settings: Settings) -> Iterator[str]:
    """What each setting allows by itself but not beside the others."""
    yield from _names_missing(settings)
    yield from _categories_clash(settings.categories)
    yield from _presets_unknown(settings)
    yield from _channels_clash(settings.channels)
    if settings.channels.wechat.web_login and settings.web.public_url is None:
        yield "channels.wechat.web_login: needs web.public_url, to which WeChat sends people back"
    yield from settings_voting.contradictions(
        "voting", settings.voting, settings.community.languages
    )
    if not any(settings.working_time.week().values()):
        yield "working_time: has no hours; name at least one frame of one weekday"


def _names_missing(settings: Settings) -> Iterator[str]:
    named: dict[str, Any] = {"community.name": settings.community.name}
    named |= {f"grids.{code}": names for code, names in settings.grids.items()}
    named |= {f"categories.{n}.name": c.name for n, c in enumerate(settings.categories, 1)}
    for path, names in named.items():
        for wanted in settings.community.languages:
            if wanted not in names:
                yield f"{path}: has no name in {wanted!r}, one of community.languages"


def _categories_clash(categories: list[CategoryPart]) -> Iterator[str]:
    codes: dict[str, int] = {}
    words: dict[str, str] = {}
    for n, category in enumerate(categories, 1):
        path, code = f"categories.{n}", category.code
        if codes.setdefault(code, n) != n:
            yield f"{path}.code: {code!r} is the code of categories.{codes[code]} too"
        if not category.keywords and n < len(categories):
            yield f"{path}.keywords: is empty; only the last category, which takes the rest, may be"
        for word in category.keywords:
            if words.setdefault(word, code) != code:
                yield f"{path}.keywords: {word!r} is a keyword of {words[word]!r} too"


def _presets_unknown(settings: Settings) -> Iterator[str]:
    known = settings.deadlines.presets
    for n, category in enumerate(settings.categories, 1):
        if category.preset and category.preset not in known:
            allowed = ", ".join(known) or "none yet"
            path = f"categories.{n}.preset"
            yield f"{path}: {category.preset!r} is not one of deadlines.presets: {allowed}"


def _channels_clash(channels: Channels) -> Iterator[str]:
    telegram, wechat, wecom = channels.telegram, channels.wechat, channels.wecom
    if not any(channel.enabled for channel in (telegram, wechat, wecom, channels.webchat)):
        yield "channels: none is enabled; set webchat.enabled or telegram.enabled to true"
    if wechat.enabled and wechat.app_id is None:
        yield "channels.wechat.app_id: missing; the account's console shows it under 基本配置"
    yield from _templates_clash(wechat)
    if wecom.enabled and wecom.corp_id is None:
        yield "channels.wecom.corp_id: missing; the console shows it under 我的企业"
    if wecom.enabled and wecom.agent_id is None:
        yield "channels.wecom.agent_id: missing; the console shows it on the app's page"
    if not telegram.calls_us:
        return
    if telegram.webhook is None:
        yield "channels.telegram.webhook: missing; mode webhook needs its url"
    elif not telegram.local and not _telegram_calls(telegram.webhook.url):
        ports = ", ".join(map(str, WEBHOOK_PORTS))
        yield (
            f"channels.telegram.webhook.url: {telegram.webhook.url!r} is not an address that"
            f" Telegram calls; it needs https:// and one of the ports {ports}"
        )


def _templates_clash(wechat: WeChat) -> Iterator[str]:
    for topic, template in wechat.templates.items():
        for keyword, what in template.fields.items():
            if (kind_of(keyword) in MOMENTS) != (what == MOMENT):
                path = f"channels.wechat.templates.{topic}.fields.{keyword}"
                yield f"{path}: cannot hold {what!r}; a time or a date holds 'at', and only they do"


def _telegram_calls(url: str) -> bool:
    port = re.search(r"^https://[^/]*?:(\d+)(/|$)", url)
    return url.startswith("https://") and (port is None or int(port[1]) in WEBHOOK_PORTS)
