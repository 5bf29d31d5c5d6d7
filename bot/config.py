"""config.yaml and the secrets of the environment become one frozen Config, or a clear refusal.

Never guesses: a key it does not know, a value it cannot read and a secret written into the
file are all refused, each with its path and with what is allowed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

try:
    from yaml import CSafeLoader as SafeLoader  # ten times faster, and in every wheel
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]

from bot.config_voting import voting
from bot.secrets import (
    DATABASE_URL,
    METRICS_TOKEN,
    SECRET_KEY,
    TELEGRAM_TOKEN,
    WEBHOOK_SECRET,
    WECHAT_KEY,
    WECHAT_SECRET,
    WECHAT_TOKEN,
    WECOM_KEY,
    WECOM_ROBOTS,
    WECOM_SECRET,
    WECOM_TOKEN,
    Secrets,
    given,
    missing,
)
from bot.settings import (
    WEEK,
    Channels,
    DeadlinesPart,
    DigestPart,
    PresetPart,
    Settings,
    Telegram,
    Web,
    Webchat,
    WeChat,
    WeCom,
    contradictions,
)
from bot.values import Part, database_url
from domain import holidays
from domain.calendar import Calendar
from domain.community import (
    OF_ALL,
    Category,
    Community,
    Deadlines,
    Emergencies,
    Groups,
    Preset,
)
from domain.conversation import Names
from domain.digest import NEVER

__all__ = [  # with what the environment calls the secrets
    "DATABASE_URL", "METRICS_TOKEN", "SECRET_KEY", "TELEGRAM_TOKEN", "WEBHOOK_SECRET",
    "WECHAT_KEY", "WECHAT_SECRET", "WECHAT_TOKEN",
    "WECOM_KEY", "WECOM_ROBOTS", "WECOM_SECRET", "WECOM_TOKEN",
    "BadConfig", "Config", "Secrets", "build", "calendar", "load", "read_settings", "secrets_from",
]  # fmt: skip

SECRET_NAME = re.compile(r"token|secret|password|passwd", re.IGNORECASE)
SECRET_VALUE = re.compile(r"\d{6,}:[A-Za-z0-9_-]{30,}|://[^/@\s]*:[^/@\s]+@")  # a token, a password


class BadConfig(Exception):
    """What is wrong with a configuration, one problem per line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Config:
    community: Community
    database_url: str = field(repr=False)
    telegram: Telegram
    wechat: WeChat
    wecom: WeCom
    webchat: Webchat
    web: Web
    secrets: Secrets


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """Read the file and the environment. Raises BadConfig with everything that is wrong."""
    settings = read_settings(path)
    return build(settings, *secrets_from(settings, environ))


def build(settings: Settings, secrets: Secrets, database_url: str) -> Config:
    """The Config that these settings and secrets make."""
    return Config(
        community=_community(settings),
        database_url=database_url,
        telegram=settings.channels.telegram,
        wechat=settings.channels.wechat,
        wecom=settings.channels.wecom,
        webchat=settings.channels.webchat,
        web=settings.web,
        secrets=secrets,
    )


def read_settings(path: Path) -> Settings:
    """What config.yaml says, without any secret. Raises BadConfig."""
    written = _read_yaml(path)
    if leaked := list(_leaks(written, ())):
        raise BadConfig(leaked)
    try:
        settings = Settings.model_validate(written)
    except ValidationError as error:
        raise BadConfig([_line(problem) for problem in error.errors()]) from None
    if clashes := list(contradictions(settings)):
        raise BadConfig(clashes)
    return settings


class _Loader(SafeLoader):
    """YAML whose keys are text as written (grid 1 is "1"), none of them twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _at(key, "a key must be a word")
            if key.value in made:
                raise _at(key, f"{key.value!r} stands twice in one group of settings")
            made[key.value] = self.construct_object(value, deep=True)
        return made


def _at(node: yaml.Node, why: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=why, problem_mark=node.start_mark)


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        written = yaml.load(path.read_text("utf-8-sig"), _Loader)
    except OSError as error:
        raise BadConfig([f"{path}: cannot be read ({error.strerror})"]) from None
    except UnicodeDecodeError:
        raise BadConfig([f"{path}: is not UTF-8 text"]) from None
    except yaml.YAMLError as error:
        raise BadConfig([_syntax(path, error)]) from None
    if not isinstance(written, dict):
        raise BadConfig([f"{path}: is empty; start from the config.yaml that Linli comes with"])
    return written


def _syntax(path: Path, error: yaml.YAMLError) -> str:
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    where = f", line {mark.line + 1}" if mark else ""
    return f"{path}{where}: {problem or 'is not YAML'}"


def _leaks(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    """Secrets in the file, by the name of their key or by how they look. Values are not shown."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if SECRET_NAME.search(key):
                where = _dotted((*path, key))
                yield f"{where}: a secret does not belong in config.yaml; {_belongs(where)}"
            else:
                yield from _leaks(inner, (*path, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value, 1):
            yield from _leaks(inner, (*path, str(n)))
    elif isinstance(value, str) and SECRET_VALUE.search(value):
        yield f"{_dotted(path)}: holds a token or a password; {_belongs(_dotted(path))}"


def _belongs(path: str) -> str:
    names = {"database": DATABASE_URL, "webhook": WEBHOOK_SECRET, "wechat": WECHAT_SECRET,
             "wecom": WECOM_SECRET, "key": SECRET_KEY}  # fmt: skip
    found = (name for word, name in names.items() if word in path.lower())
    return f"set {next(found, TELEGRAM_TOKEN)} in the environment"


def _line(problem: ErrorDetails) -> str:
    """One problem as ``path: value and what is allowed``."""
    location = tuple(step for step in problem["loc"] if step != "[key]")
    return f"{_dotted(location)}: {_why(problem, location)}"


def _why(problem: ErrorDetails, location: tuple[int | str, ...]) -> str:
    value = repr(problem["input"])
    match problem["type"]:
        case "value_error":
            why = str(problem["ctx"]["error"])
        case "missing" | "too_short":
            what = "missing" if problem["type"] == "missing" else "is empty"
            why = f"{what}; it needs {_described(location)}"
        case "extra_forbidden":
            why = f"is not a setting; known here are {', '.join(_part(location[:-1]).model_fields)}"
        case "model_type" | "dict_type":
            why = f"{value} is not a group of settings (lines further in, each with a name)"
        case "string_pattern_mismatch" | "string_type":
            why = f"{value} is not {_described(location)}"
        case _:
            why = problem["msg"].replace("Input should be", f"{value} should be")
    return why


def _described(location: tuple[int | str, ...]) -> str:
    part, name = _part(location[:-1]), location[-1]
    known = part.model_fields.get(name) if isinstance(name, str) else None
    return (known.description if known else None) or "text; write numbers in quotes"


def _part(location: tuple[int | str, ...]) -> type[Part]:
    """The group of settings at this place, or the last one on the way to it."""
    part: type[Part] = Settings
    for step in location:
        known = part.model_fields.get(step) if isinstance(step, str) else None
        if known:
            part = next(_parts_in(known.annotation), part)
    return part


def _parts_in(annotation: Any) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for inner in get_args(annotation):
        yield from _parts_in(inner)


def _dotted(path: tuple[int | str, ...]) -> str:
    """A path as people count: the first category is ``categories.1``."""
    return ".".join(str(step + 1 if isinstance(step, int) else step) for step in path)


def secrets_from(settings: Settings, environ: Mapping[str, str]) -> tuple[Secrets, str]:
    """The secrets these settings need, and the database's address, which may hold one.

    Raises BadConfig.
    """
    problems = list(missing(settings, environ))
    try:
        database = database_url(environ.get(DATABASE_URL) or settings.database.url)
    except ValueError as error:
        raise BadConfig([*problems, f"{DATABASE_URL}: {error}"]) from None
    if problems:
        raise BadConfig(problems)
    return given(settings, environ), database


def _community(settings: Settings) -> Community:
    part = settings.community
    return Community(
        code=part.code,
        name=Names(part.name),
        languages=tuple(part.languages),
        calendar=calendar(settings),
        grids={code: Names(names) for code, names in settings.grids.items()},
        categories=tuple(
            Category(c.code, Names(c.name), tuple(c.keywords), c.who, c.preset or "")
            for c in settings.categories
        ),
        deadlines=_deadlines(settings.deadlines),
        voting=voting(settings.voting),
        paces={"telegram": max(1, settings.channels.telegram.per_second * 9 // 10)},  # as measured
        quiet=tuple(settings.quiet_hours),
        digest=_digest(settings.digest),
        is_emergency=Emergencies(
            tuple(settings.emergencies.words), tuple(settings.emergencies.not_with)
        ),
        groups=Groups(**dict(settings.groups)),
        ways=_ways(settings.channels),
        pages=settings.web.public_url or "",
    )


def _ways(channels: Channels) -> dict[str, str]:
    """What a code is put behind (core.telegram.org/bots/features#deep-linking)."""
    telegram = channels.telegram
    if not (telegram.enabled and telegram.username):
        return {}
    return {"telegram": f"https://t.me/{telegram.username}?start="}


def _digest(part: DigestPart) -> str:
    """In the words of ``domain.digest``."""
    at = part.at.isoformat("minutes")
    return NEVER if part.day == "never" else f"weekly {WEEK.index(part.day) + 1} {at}"


def _deadlines(part: DeadlinesPart) -> Deadlines:
    ordinary = Preset(
        part.sign, part.contact, part.resolve, part.level_1, part.level_2, tuple(part.warn)
    )
    common = {name: getattr(part, name) for name in (*OF_ALL, "undo", "draft")}
    presets = {code: _preset(own, ordinary) for code, own in part.presets.items()}
    return Deadlines(ordinary=ordinary, presets=presets, **common)


def _preset(own: PresetPart, ordinary: Preset) -> Preset:
    """A preset says only what differs from ordinary cases."""
    said = {name: value for name, value in dict(own).items() if value is not None}
    if "warn" in said:
        said["warn"] = tuple(said["warn"])
    return replace(ordinary, **said)


def calendar(settings: Settings) -> Calendar:
    """The working week, the public holidays over it, and over both what the file says itself."""
    week, zone = settings.working_time.week(), settings.community.time_zone
    own = {day: tuple(frames) for day, frames in settings.overrides.items()}
    if settings.holidays.table == "none":
        return Calendar(zone, week, own)
    known = holidays.KNOWN | frozenset(settings.holidays.checked)
    return Calendar(zone, week, holidays.china(week) | own, known)
