"""linli doctor: what is wrong, since when, and what to do, in words for a person."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from typer.testing import Result

from bot.clock import system_clock
from bot.opening import sqlite_file
from domain.conversation import Say
from storage.delivery import Received
from storage.ids import Ids
from storage.uow import Storage, open_storage
from storage.vault import Vault
from tests import databases
from tests.cli.linli import GROUPS, HOME, HOUSEHOLDS, KEY, STAFF, SUN, ZHOU, Linli
from tests.world import ANA

UPDATE = Received("telegram", "900001", "telegram:101", "路灯坏了")


@pytest.fixture
def joined(linli: Linli) -> Linli:
    linli("import", "households", linli.listed(HOUSEHOLDS, HOME), "--yes")
    linli("import", "staff", linli.listed(STAFF, ZHOU, SUN), "--yes")
    linli("import", "groups", linli.listed(GROUPS, ("webchat:b3", "building:3")), "--yes")
    if file := sqlite_file(linli.database):
        file.chmod(0o600)
    return linli


@asynccontextmanager
async def running(linli: Linli, *wrong: tuple[str, str]) -> AsyncIterator[None]:
    """A process that says this of itself."""

    async def healthz(_: web.Request) -> web.Response:
        told = [{"what": what, "said": said} for what, said in wrong]
        return web.json_response({"ok": not wrong, "wrong": told}, status=503 if wrong else 200)

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    linli.settings(f"web: {{host: 127.0.0.1, port: {runner.addresses[0][1]}}}")
    try:
        yield
    finally:
        await runner.cleanup()


async def asked(linli: Linli, *options: Any) -> Result:
    return await asyncio.to_thread(linli, "doctor", *options)


@asynccontextmanager
async def community(linli: Linli) -> AsyncIterator[Storage]:
    async with databases.engine_for(linli.database) as engine:
        yield await open_storage(engine, "linli-garden", Vault(KEY), Ids(system_clock))


async def test_who_is_well_is_told_so(joined: Linli) -> None:
    async with community(joined) as storage, storage.begin() as uow:
        await uow.watch.backed_up(system_clock(), 12)
    async with running(joined):
        said = await asked(joined)

    ill = [line for line in said.output.splitlines() if line.startswith("✗")]
    assert ill == [] and said.exit_code == 0


async def test_each_illness_is_told_with_since_when_and_what_to_do(joined: Linli) -> None:
    now = system_clock()
    async with community(joined) as storage, storage.begin() as uow:
        await uow.delivery.receive([UPDATE], now - timedelta(hours=2))
        await uow.delivery.promise([Say(ANA, "home.cancelled")], now - timedelta(hours=3))
        await uow.watch.backed_up(now - timedelta(days=9), 12)
    async with running(joined, ("timer", "close_polls silent for 700 s"), ("inbox", "late")):
        said = await asked(joined)

    assert said.exit_code == 1
    for part in (
        "✗ A part of the running Linli has stopped: timer close_polls silent for 700 s\n  → ",
        "✗ 1 messages that came in are not handled yet, the oldest since ",
        "✗ 1 messages for buttons are not sent, the oldest since ",
        "✗ The last backup is of ",
    ):
        assert part in said.output
    assert said.output.count("not handled yet") == 1 and "路灯" not in said.output


async def test_what_is_not_running_and_what_failed_is_told_in_chinese_too(joined: Linli) -> None:
    now = system_clock()
    async with community(joined) as storage, storage.begin() as uow:
        await uow.delivery.receive([UPDATE], now)
        await uow.delivery.done(UPDATE, now, error="KeyError")
    joined.settings("web: {host: 127.0.0.1, port: 1}")
    said = await asked(joined, "--language", "zh")

    assert said.exit_code == 1
    assert "✗ 邻里没有在 http://127.0.0.1:1/healthz 回应" in said.output
    assert "✗ 近 24 小时有 1 条消息处理时出了程序错误" in said.output
    assert "✗ 从来没有做过备份。\n  → linli backup" in said.output


def test_what_is_no_database_and_what_is_open_to_others_is_told(tmp_path: Path) -> None:
    file = tmp_path / "linli.db"
    file.write_text("not a database at all, " * 100)
    file.chmod(0o644)
    said = Linli(tmp_path, f"sqlite:///{file}")("doctor")

    assert said.exit_code == 1
    assert "✗ The database cannot be used (DatabaseError)." in said.output
    assert f"✗ {file} can be read by other users.\n  → chmod 600 {file}" in said.output


def test_another_key_and_another_language_are_told(on_sqlite: Linli) -> None:
    on_sqlite("import", "staff", on_sqlite.listed(STAFF, SUN), "--yes")
    on_sqlite.environ["LINLI_SECRET_KEY"] = "another secret key, also long enough"

    assert "✗ LINLI_SECRET_KEY is not the key" in on_sqlite("doctor").output
    assert "--language is zh or en" in on_sqlite("doctor", "--language", "fr").output
    on_sqlite.environ["LINLI_SECRET_KEY"] = ""
    assert "✗ The settings are wrong: LINLI_SECRET_KEY: is not" in on_sqlite("doctor").output
