"""How one value of config.yaml is read, and what is allowed where it cannot be."""

import re
from datetime import date, time
from enum import StrEnum
from itertools import pairwise
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator

from domain.calendar import DURATION_ALLOWED, Budget, Frame
from texts import HERE as TEXTS

FRAME = re.compile(r"\s*(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)\s*")
FRAME_ALLOWED = "a time from opening to closing such as '08:30-12:00'"
QUIET_ALLOWED = "a time from beginning to end such as '21:00-08:00'"
CODE = r"^[a-z0-9][a-z0-9_-]*$"
DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}
DATABASE_ALLOWED = "an address such as 'sqlite:///data/linli.db' or 'postgresql://host/linli'"


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


def day_or_text(value: object) -> date:
    """A date where YAML has read it already: only as a value, not as a key."""
    return value if type(value) is date else day(value)


def clock(value: object) -> time:
    """A time of day. YAML reads one without quotes as a number."""
    allowed = "a time in quotes such as '20:00'"
    try:
        return time.fromisoformat(_text(value, allowed))
    except ValueError:
        raise ValueError(f"{value!r} is not {allowed}") from None


def one_of(kind: type[StrEnum]) -> PlainValidator:
    """Reads one word of a list."""

    def read(value: object) -> StrEnum:
        try:
            return kind(str(value))
        except ValueError:
            raise ValueError(f"{value!r} is not one of {', '.join(kind)}") from None

    return PlainValidator(read)


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
Url = Annotated[str, PlainValidator(_url)]
Words = Annotated[list[str], PlainValidator(_words)]
DatabaseUrl = Annotated[str, PlainValidator(database_url)]
NameText = Annotated[str, Field(min_length=1, max_length=40)]
NamesText = Annotated[
    dict[Language, NameText], Field(description="a name in each language, such as {zh: 电梯}")
]
Code = Annotated[str, Field(pattern=CODE, max_length=32, description="a short word such as lift")]


class Part(BaseModel):
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, arbitrary_types_allowed=True
    )
