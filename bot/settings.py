"""The shape of config.yaml: every setting, its default, and what it accepts.

Reads text into values and says what is allowed where it cannot; opens nothing, and holds
no secret.
"""

import re
from collections.abc import Iterator
from datetime import date, time
from itertools import pairwise
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator

from domain.calendar import DURATION_ALLOWED, Budget, Frame
from texts import HERE as TEXTS

FRAME = re.compile(r"\s*(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)\s*")
FRAME_ALLOWED = "a time from opening to closing such as '08:30-12:00'"
QUIET_ALLOWED = "a time from beginning to end such as '21:00-08:00'"
CODE = r"^[a-z0-9][a-z0-9_-]*$"
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}
DATABASE_ALLOWED = "an address such as 'sqlite:///data/linli.db' or 'postgresql://host/linli'"
WEBHOOK_PORTS = (443, 80, 88, 8443)  # the only ones Telegram calls (handbook: platforms 3.1)
TELEGRAM = "https://api.telegram.org"


def _text(value: object, allowed: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not {allowed}")
    return value


def duration(value: object) -> Budget:
    return Budget.parse(_text(value, DURATION_ALLOWED))


def _clock(hours: str, minutes: str) -> time:
    """24:00 is the midnight that ends the day, which ``time.max`` stands for."""
    return time.max if (hours, minutes) == ("24", "00") else time(int(hours), int(minutes))


def _span(value: object, allowed: str) -> Frame:
    found = FRAME.fullmatch(_text(value, allowed))
    if not found:
        raise ValueError(f"{value!r} is not {allowed}")
    try:
        return _clock(*found.groups()[:2]), _clock(*found.groups()[2:])
    except ValueError:
        raise ValueError(f"{value!r} is not {allowed}") from None


def frame(value: object) -> Frame:
    """Working time within one day."""
    opens, closes = _span(value, FRAME_ALLOWED)
    if opens >= closes:
        raise ValueError(f"{value!r} ends before it begins; it needs {FRAME_ALLOWED}")
    return opens, closes


def quiet_span(value: object) -> Frame:
    """Quiet hours; one that ends before it begins goes on over midnight."""
    begins, ends = _span(value, QUIET_ALLOWED)
    if begins == ends:
        raise ValueError(f"{value!r} is empty; it needs {QUIET_ALLOWED}")
    return begins, ends


def apart(frames: list[Frame]) -> list[Frame]:
    ordered = sorted(frames)
    for (_, closes), (opens, _) in pairwise(ordered):
        if opens < closes:
            raise ValueError(f"two frames of one day overlap at {opens:%H:%M}")
    return ordered


def day(value: object) -> date:
    try:
        return date.fromisoformat(_text(value, "a date such as '2026-10-01'"))
    except ValueError:
        raise ValueError(f"{value!r} is not a date such as '2026-10-01'") from None


def zone(value: object) -> ZoneInfo:
    allowed = "an IANA time zone such as 'Asia/Shanghai'"
    try:
        return ZoneInfo(_text(value, allowed))
    except (ValueError, OSError, KeyError):
        raise ValueError(f"{value!r} is not {allowed}") from None


def languages_spoken() -> list[str]:
    """The languages Linli has sentences in."""
    return sorted(path.stem for path in TEXTS.glob("*.json"))


def language(value: object) -> str:
    spoken = languages_spoken()
    if value not in spoken:
        raise ValueError(f"{value!r} is not a language Linli speaks: {', '.join(spoken)}")
    return str(value)


def _url(value: object) -> str:
    allowed = "an address such as 'https://linli.example.org'"
    text = _text(value, allowed).rstrip("/")
    if not re.fullmatch(r"https?://[^\s/@?#]+(/[^\s?#]*)?", text):
        raise ValueError(f"{value!r} is not {allowed}")
    return text


def database_url(value: object) -> str:
    """A database's address with the driver our storage needs."""
    scheme, mark, rest = _text(value, DATABASE_ALLOWED).partition("://")
    driver = scheme if scheme in DRIVERS.values() else DRIVERS.get(scheme)
    if not mark or not driver or not rest.strip("/"):
        raise ValueError(f"{_hidden(str(value))!r} is not {DATABASE_ALLOWED}")
    return f"{driver}://{rest}"


def _hidden(url: str) -> str:
    return re.sub(r":[^:/@]*@", ":…@", url)


def _words(value: object) -> list[str]:
    """Keywords as they are looked for: in lower case."""
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list of words such as [路灯, 电线]")
    return [_word(word) for word in value]


def _word(value: object) -> str:
    if word := _text(value, "a word; write numbers in quotes").strip():
        return word.lower()
    raise ValueError(f"{value!r} is not a word")


Duration = Annotated[Budget, PlainValidator(duration)]
Frames = Annotated[list[Annotated[Frame, PlainValidator(frame)]], AfterValidator(apart)]
Language = Annotated[str, PlainValidator(language)]
Warnings = list[Annotated[int, Field(ge=1, le=99)]]
Url = Annotated[str, PlainValidator(_url)]
DatabaseUrl = Annotated[str, PlainValidator(database_url)]
NameText = Annotated[str, Field(min_length=1, max_length=40)]
NamesText = Annotated[
    dict[Language, NameText], Field(description="a name in each language, such as {zh: 电梯}")
]
Username = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{4,32}$")]
Code = Annotated[str, Field(pattern=CODE, max_length=32, description="a short word such as lift")]


class Part(BaseModel):
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, arbitrary_types_allowed=True
    )


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
    keywords: Annotated[list[str], PlainValidator(_words)]
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
    path: Annotated[
        str, Field(pattern=r"^/[A-Za-z0-9/_-]+$", description="a path such as '/hooks/telegram'")
    ] = "/hooks/telegram"

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
    per_second: Annotated[int, Field(ge=1, le=1000)] = 25

    @property
    def calls_us(self) -> bool:
        return self.enabled and self.mode == "webhook"

    @property
    def local(self) -> bool:
        """Whether a Bot API server of one's own is used, which has fewer limits."""
        return self.base_url != TELEGRAM


class Webchat(Part):
    enabled: bool = True


class Channels(Part):
    telegram: Telegram = Telegram()
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
    words: Annotated[list[str], PlainValidator(_words)] = []
    not_with: Annotated[list[str], PlainValidator(_words)] = []


class Holidays(Part):
    table: Literal["china", "none"] = "china"
    checked: list[Annotated[int, Field(ge=2000, le=2200)]] = []


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
    quiet_hours: QuietHours = [(time(12), time(14)), (time(21), time(8))]
    channels: Channels = Channels()
    web: Web = Web()
    database: Database = Database()


def contradictions(settings: Settings) -> Iterator[str]:
    """What each setting allows by itself but not beside the others."""
    yield from _names_missing(settings)
    yield from _categories_clash(settings.categories)
    yield from _presets_unknown(settings)
    yield from _channels_clash(settings.channels)
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
    telegram = channels.telegram
    if not telegram.enabled and not channels.webchat.enabled:
        yield "channels: none is enabled; set webchat.enabled or telegram.enabled to true"
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


def _telegram_calls(url: str) -> bool:
    port = re.search(r"^https://[^/]*?:(\d+)(/|$)", url)
    return url.startswith("https://") and (port is None or int(port[1]) in WEBHOOK_PORTS)
