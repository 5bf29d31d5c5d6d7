"""linli doctor: what is wrong with a running Linli, since when, and what a person can do about it.

Where linli check asks whether it could start, this asks how it has fared. It changes nothing.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import typer
from cryptography.fernet import InvalidToken
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.cli.check import PATIENCE, unknown_year
from bot.cli.plainly import REFUSED, refuse
from bot.cli.telegram import NoAnswer, ask
from bot.clock import system_clock
from bot.config import BadConfig, Config, build, read_settings, secrets_from
from bot.opening import DATABASE_FAULTS, sqlite_file, trouble
from bot.vitals import MESSAGE_LATE, SKEW, UPDATE_LATE
from domain.conversation import Blank, Phrase
from domain.residents import dispatcher
from storage import migrate
from storage import tables as t
from storage.delivery import UNDELIVERED
from storage.engine import open_engine
from storage.ids import Ids
from storage.uow import Storage, UnitOfWork
from storage.vault import Vault
from texts import Texts

LANGUAGE = "en"  # of every command, unless it is asked for another
ZONE = ZoneInfo("Asia/Shanghai")  # where the settings that say so cannot be read
LITTLE = 500 * 10**6  # bytes; a community writes some MB a day
BACKUP_OLD = timedelta(days=2)  # one a day, and a day to notice that it failed
LATELY, A_DAY = timedelta(days=7), timedelta(days=1)
OF_PARTS = ("timer", "door")  # what only the process itself can tell
WEB_PATIENCE = aiohttp.ClientTimeout(total=8)


@dataclass(frozen=True)
class Symptom:
    """What is wrong and, in the same text, what to do."""

    said: Phrase
    ill: bool = True  # False: worth knowing, nothing to get up for


def look(config: Path, language: str | None) -> None:
    if language not in (None, "zh", "en"):
        refuse("--language is zh or en.")
    if asyncio.run(_report(config, language or LANGUAGE)):
        raise typer.Exit(REFUSED)


async def _report(path: Path, language: str) -> bool:
    """Say each symptom as it is found; True when one of them is an illness."""
    texts, found = Texts.load(language, _zone(path)), list[Symptom]()
    async for symptom in _symptoms(path):
        found.append(symptom)
        typer.echo(f"{'✗' if symptom.ill else '·'} {texts.plain(language, symptom.said)}")
    if not found:
        typer.echo(texts.plain(language, Phrase("doctor.well")))
    return any(symptom.ill for symptom in found)


def _zone(path: Path) -> ZoneInfo:
    try:
        return read_settings(path).community.time_zone
    except BadConfig:
        return ZONE


async def _symptoms(path: Path) -> AsyncIterator[Symptom]:
    try:
        settings = read_settings(path)
        config = build(settings, *secrets_from(settings, os.environ))
    except BadConfig as refused:
        for problem in refused.problems:
            yield _symptom("doctor.config", why=problem)
        return
    async for symptom in _of_process(config):
        yield symptom
    async for symptom in _of_database(config):
        yield symptom
    for symptom in [*_of_disk(config), *await _of_telegram(config)]:
        yield symptom
    if year := unknown_year(settings):
        yield _symptom("doctor.year", ill=False, year=str(year))


def _symptom(key: str, *, ill: bool = True, **blanks: Blank) -> Symptom:
    return Symptom(Phrase(key, blanks), ill)


async def _of_process(config: Config) -> AsyncIterator[Symptom]:
    """What the running process says of itself."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.web.host, config.web.host)
    where = f"http://{f'[{host}]' if ':' in host else host}:{config.web.port}/healthz"
    try:
        async with (
            aiohttp.ClientSession(timeout=WEB_PATIENCE) as session,
            session.get(where, headers={"accept": "application/json"}) as response,
        ):
            wrong = (await response.json())["wrong"]
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError):
        yield _symptom("doctor.silent", where=where)
        return
    for each in wrong:
        if each["what"] in OF_PARTS:
            yield _symptom("doctor.part", which=f"{each['what']} {each['said']}")


async def _of_database(config: Config) -> AsyncIterator[Symptom]:
    file = sqlite_file(config.database_url)
    if file and not file.exists():
        yield _symptom("doctor.no_database", file=str(file))
        return
    engine = open_engine(config.database_url, pool=1)
    try:
        async with asyncio.timeout(PATIENCE):
            found = await _in_tables(engine, config)
    except InvalidToken:
        found = [_symptom("doctor.key")]
    except DATABASE_FAULTS as error:
        found = [_symptom("doctor.database", why=trouble(error))]
    finally:
        await engine.dispose()
    for symptom in found:
        yield symptom


async def _in_tables(engine: AsyncEngine, config: Config) -> list[Symptom]:
    if await migrate.pending(engine):
        return [_symptom("doctor.tables")]
    ours = select(t.communities.c.id).where(t.communities.c.code == config.community.code)
    async with engine.connect() as connection:
        community = await connection.scalar(ours)
    if community is None:
        return [_symptom("doctor.nobody")]
    storage = Storage(engine, community, Vault(config.secrets.key), Ids(system_clock))
    async with storage.read() as uow:
        return [symptom async for symptom in _in_community(uow, system_clock())]


async def _in_community(uow: UnitOfWork, now: datetime) -> AsyncIterator[Symptom]:
    updates = await uow.watch.updates()
    if updates.oldest and now - updates.oldest > UPDATE_LATE:
        yield _symptom("doctor.updates", many=updates.many, since=updates.oldest)
    for (channel, _), queue in (await uow.watch.unsent(now)).items():
        if queue.oldest and now - queue.oldest > MESSAGE_LATE:
            yield _symptom("doctor.messages", channel=channel, many=queue.many, since=queue.oldest)
    if many := await uow.watch.faults(now - A_DAY):
        yield _symptom("doctor.faults", many=many)
    if lost := await uow.watch.given_up(now - LATELY):
        failed, blocked, unknown = (lost.get(state, 0) for state in UNDELIVERED)
        yield _symptom("doctor.lost", ill=False, failed=failed, blocked=blocked, unknown=unknown)
    if dispatcher(await uow.staff.all(), now) is None:
        yield _symptom("doctor.nobody")
    if unheard := sum(group.reads is False for group in await uow.groups.all()):
        yield _symptom("doctor.unheard", ill=False, many=unheard)
    last = await uow.watch.last_backup()
    if last is None:
        yield _symptom("doctor.no_backup")
    elif now - last > BACKUP_OLD:
        yield _symptom("doctor.old_backup", since=last)


def _of_disk(config: Config) -> Iterator[Symptom]:
    file = sqlite_file(config.database_url)
    folder = (file.parent if file else Path()).absolute()
    if folder.exists() and (free := shutil.disk_usage(folder).free) < LITTLE:
        yield _symptom("doctor.disk", folder=str(folder), free=free // 10**6)
    if file and file.exists() and file.stat().st_mode & 0o077:
        yield _symptom("doctor.open", file=str(file))


async def _of_telegram(config: Config) -> list[Symptom]:
    if not config.telegram.enabled:
        return []
    asked = system_clock()
    try:
        me = await ask(config, "getMe")
        between = asked + (system_clock() - asked) / 2
        webhook = (await ask(config, "getWebhookInfo")).result
    except NoAnswer as why:
        return [_symptom("doctor.token", why=str(why))]
    found = []
    if me.date and abs(between - me.date) > SKEW:
        found.append(_symptom("doctor.clock", off=abs(between - me.date)))
    if config.telegram.calls_us and (error := webhook.get("last_error_message")):
        at = datetime.fromtimestamp(webhook.get("last_error_date", 0), UTC)
        found.append(_symptom("doctor.hook", ill=False, since=at, why=str(error)))
    return found
