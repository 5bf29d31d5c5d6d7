"""linli check: says line by line what would work, and starts, writes and changes nothing."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer
from cryptography.fernet import InvalidToken
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.cli import wechat, wecom
from bot.cli.plainly import REFUSED
from bot.cli.telegram import Answer, NoAnswer, ask
from bot.clock import system_clock
from bot.config import BadConfig, Config, build, calendar, read_settings, secrets_from
from bot.opening import DATABASE_FAULTS, WRONG_KEY, sqlite_file, trouble
from bot.roles import telegram_role, timers_role
from bot.settings import Settings
from bot.vitals import SKEW
from domain.holidays import first_unknown
from domain.residents import Staff, dispatcher
from domain.tickets import Level
from storage import tables as t
from storage.engine import open_engine
from storage.groups import Group
from storage.ids import Ids
from storage.migrate import pending
from storage.seats import taken
from storage.uow import Storage
from storage.vault import Vault

PATIENCE = 10.0  # seconds for the database
DAYS_OFF_AHEAD = timedelta(days=30)


@dataclass(frozen=True)
class Finding:
    what: str
    said: str
    works: bool | None = True  # None: worth knowing, hinders nothing

    def __str__(self) -> str:
        sign = "·" if self.works is None else "✓" if self.works else "✗"
        return f"{sign} {self.what}: {self.said}"


def look(config: Path) -> None:
    if asyncio.run(_report(config)):
        raise typer.Exit(REFUSED)


def _days_off(settings: Settings) -> Finding:
    """Whether the days off ahead are known; a year that is not is no reason not to start."""
    known = calendar(settings).known_years
    if known is None:
        return Finding("holidays", "none but those under overrides in config.yaml", None)
    if year := unknown_year(settings):
        said = f"{year} is not known: enter its dates under overrides, its year in checked"
        return Finding("holidays", said, None)
    last = first_unknown(known, system_clock().date()).year - 1
    return Finding("holidays", f"known until the end of {last}")


def unknown_year(settings: Settings) -> int | None:
    """The first year whose days off are not known, when it is near."""
    known, today = calendar(settings).known_years, system_clock().date()
    first = first_unknown(known, today) if known is not None else None
    return first.year if first and first <= today + DAYS_OFF_AHEAD else None


async def _report(path: Path) -> bool:
    """Show each finding as it comes; True when one of them is a no."""
    failed = False
    async for finding in _findings(path):
        typer.echo(str(finding))
        failed |= finding.works is False
    return failed


async def _findings(path: Path) -> AsyncIterator[Finding]:
    try:
        settings = read_settings(path)
    except BadConfig as refused:
        for problem in refused.problems:
            yield Finding("config", problem, False)
        return
    yield Finding("config", f"{path} can be used")
    yield _days_off(settings)
    try:
        config = build(settings, *secrets_from(settings, os.environ))
    except BadConfig as refused:
        for problem in refused.problems:
            yield Finding("secrets", problem, False)
        return
    yield Finding("secrets", "all there")
    for finding in _voting(config):
        yield finding
    async for finding in _database(config):
        yield finding
    for finding in await _telegram(config):
        yield finding
    for finding in await _wechat(config) + await _wecom(config):
        yield finding


def _voting(config: Config) -> Iterator[Finding]:
    """Under which law votes are held here, what is not settled, and the key to be put on paper."""
    voting = config.community.voting
    place = voting.rules_on(system_clock().astimezone(config.community.calendar.zone).date())
    yield Finding("votes", f"rules of {place.code} since {place.valid_from}: {place.source}")
    if voting.procedure.parking is None:
        said = "voting.rules_of_procedure.parking is not set: no roll of owners can be frozen"
        yield Finding("parking", said, None)
    key = Vault(config.secrets.key).public_key
    yield Finding("record", f"heads are signed with {key}: put it on the notice board, on paper")


async def _database(config: Config) -> AsyncIterator[Finding]:
    file = sqlite_file(config.database_url)
    if file and not file.exists():
        yield _new_file(file)
        return
    engine = open_engine(config.database_url, pool=1)
    try:
        async with asyncio.timeout(PATIENCE):
            for finding in await _tables(engine, config):
                yield finding
    except DATABASE_FAULTS as error:
        yield Finding("database", f"cannot be used ({trouble(error)})", False)
    finally:
        await engine.dispose()


def _new_file(file: Path) -> Finding:
    folder = next(parent for parent in file.absolute().parents if parent.exists())
    if not os.access(folder, os.W_OK):
        return Finding("database", f"{file} does not exist and {folder} cannot be written", False)
    return Finding("database", f"{file} does not exist yet; linli run makes it", None)


async def _tables(engine: AsyncEngine, config: Config) -> list[Finding]:
    if await pending(engine):
        said = "answers; its tables are of another version, which linli run brings up to date"
        return [Finding("database", said, None)]
    return [Finding("database", "answers, tables are up to date"), *await _people(engine, config)]


async def _people(engine: AsyncEngine, config: Config) -> list[Finding]:
    """Whether there is somebody to send cases to, and where the bot has been put."""
    async with engine.connect() as connection:
        ours = select(t.communities.c.id).where(t.communities.c.code == config.community.code)
        community = await connection.scalar(ours)
    if community is None:
        said = "none yet; linli import households, staff, groups"
        return [Finding("staff", said, False)]
    vault = Vault(config.secrets.key)
    async with Storage(engine, community, vault, Ids(system_clock)).begin() as uow:
        groups = await uow.groups.all()
        try:
            staff = [member for member in await uow.staff.all() if not member.is_over]
        except InvalidToken:
            return [Finding("staff", WRONG_KEY, False)]
    joined = sum(member.person is not None for member in staff)
    works = dispatcher(staff, system_clock()) is not None
    said = f"{joined} of {len(staff)} have joined{_above(staff)}"
    missing = "" if works else "; a secretary or an admin must, so that no case is left lying"
    return [
        *await _processes(engine, config, community),
        Finding("staff", said + missing, works),
        _groups(groups),
    ]


async def _processes(engine: AsyncEngine, config: Config, community: int) -> list[Finding]:
    """How many run side by side at this moment, and which of them has the roles that one has."""
    roles = [timers_role(community)]
    if config.telegram.enabled:
        roles.append(telegram_role(config.secrets.telegram_token))
    seats = await taken(engine, roles) if engine.dialect.name == "postgresql" else {}
    if not seats:
        return []
    having = (f"{number} has {' and '.join(sorted(has))}" for number, has in seats.items() if has)
    return [Finding("processes", "; ".join([f"{len(seats)} running", *having]), None)]


def _groups(groups: list[Group]) -> Finding:
    """As the bot last found them; what cannot be heard there is worth knowing."""
    unheard = sum(g.reads is False for g in groups)
    said = f"; {unheard} of them give the bot only what is said to it" if unheard else ""
    return Finding("groups", f"{len(groups)} bound{said}", True if groups and not unheard else None)


def _above(staff: list[Staff]) -> str:
    """How many of each level above the community have joined, where there are any."""
    return "".join(
        f", {level.name.lower()} {sum(s.can_be_told for s in there)} of {len(there)}"
        for level in (Level.STREET, Level.DEPARTMENT)
        if (there := [s for s in staff if s.level == level])
    )


async def _telegram(config: Config) -> list[Finding]:
    if not config.telegram.enabled:
        return [Finding("telegram", "not enabled", None)]
    asked = system_clock()
    try:
        me = await ask(config, "getMe")
        between = asked + (system_clock() - asked) / 2
        webhook = await ask(config, "getWebhookInfo")
    except NoAnswer as why:
        return [Finding("telegram", str(why), False)]
    named = Finding("telegram", f"the token is that of @{me.result.get('username')}")
    return [named, *_privacy(me), *_webhook(config, webhook), _clock(me, between)]


async def _wechat(config: Config) -> list[Finding]:
    if not config.wechat.enabled:
        return [Finding("wechat", "not enabled", None)]
    field = "服务器地址(URL) in the account's console"
    refused = await wechat.refusal(config)
    return _account(config, "wechat", refused, field, config.wechat.path)


async def _wecom(config: Config) -> list[Finding]:
    if not config.wecom.enabled:
        return [Finding("wecom", "not enabled", None)]
    field = "接收消息服务器URL on the app's page"
    refused = await wecom.refusal(config)
    return _account(config, "wecom", refused, field, config.wecom.path)


def _account(
    config: Config, name: str, refused: str | None, field: str, path: str
) -> list[Finding]:
    url = config.web.public_url
    missing = f"the address is web.public_url, which is not set, with {path} behind it"
    return [
        Finding(name, refused or "gives this account a token", refused is None),
        Finding(name, f"{field} is {url}{path}" if url else missing, True if url else None),
    ]


def _privacy(me: Answer) -> Iterator[Finding]:
    """With privacy mode on, a bot hears only what is said to it, where it is no admin."""
    if not me.result.get("can_read_all_group_messages"):
        said = (
            "on: in groups where the bot is no admin, questions that nobody answers stay unseen;"
            " make it an admin there, or send /setprivacy to @BotFather, choose Disable, and add"
            " the bot to the groups anew"
        )
        yield Finding("privacy mode", said, None)


def _webhook(config: Config, answer: Answer) -> Iterator[Finding]:
    info, telegram = answer.result, config.telegram
    url = info.get("url", "")
    if telegram.mode == "polling":
        if url:
            yield Finding("webhook", f"{url} is set; polling will remove it", None)
        return
    wanted = telegram.webhook.address if telegram.webhook else ""
    if url != wanted:
        yield Finding("webhook", f"{url or 'none'} is set; linli run sets {wanted}", None)
    else:
        yield Finding("webhook", f"{url} is set, {info.get('pending_update_count', 0)} waiting")
    if error := info.get("last_error_message"):
        at = datetime.fromtimestamp(info.get("last_error_date", 0), UTC)
        yield Finding("webhook", f"Telegram's last error, {at:%Y-%m-%d %H:%M} UTC: {error}", None)


def _clock(answer: Answer, ours: datetime) -> Finding:
    if answer.date is None:
        return Finding("clock", "the Bot API server does not tell its time", None)
    skew = ours - answer.date
    if abs(skew) <= SKEW:
        return Finding("clock", f"within {SKEW.seconds} seconds of Telegram's")
    way = "ahead of" if skew > timedelta() else "behind"
    return Finding("clock", f"{round(abs(skew).total_seconds())} seconds {way} Telegram's", False)
