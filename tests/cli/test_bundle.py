"""linli bundle: a file for auditors that any Python checks, and nothing before the close."""

import asyncio
import hashlib
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.config import load
from storage.ids import Ids
from storage.uow import open_storage
from storage.vault import Vault
from tests.cli.linli import KEY, Linli
from tests.databases import engine_for
from tests.deciding import closed, opened, votes
from tests.world import ANA, FakeClock, World


def played(linli: Linli, play: Callable[[World], Awaitable[None]]) -> None:
    """What people do, in the community that the command line works on."""
    code = load(linli.config, linli.environ).community.code
    asyncio.run(_played(linli.database, code, play))


async def _played(database: str, code: str, play: Callable[[World], Awaitable[None]]) -> None:
    clock = FakeClock()
    async with engine_for(database) as engine:
        world = World(await open_storage(engine, code, Vault(KEY), Ids(clock)), clock)
        await world.has_everybody()
        await play(world)


async def one_ballot(world: World) -> None:
    await opened(world)
    await votes(world, ANA, "同意")


async def one_ballot_and_closed(world: World) -> None:
    await one_ballot(world)
    await closed(world)


def test_nothing_is_given_before_the_close(on_sqlite: Linli) -> None:
    played(on_sqlite, one_ballot)
    file = on_sqlite.folder / "b.zip"
    done = on_sqlite("bundle", "1", "--out", file)

    assert done.exit_code == 1 and "not closed and counted yet" in done.output
    assert on_sqlite("bundle", "7", "--out", file).exit_code == 1
    assert not file.exists()
    assert on_sqlite.rows("SELECT * FROM disclosures") == []


def test_the_file_is_private_counted_and_checked_by_any_python(linli: Linli) -> None:
    played(linli, one_ballot_and_closed)
    file = linli.folder / "b.zip"
    done = linli("bundle", "1", "--out", file)

    assert done.exit_code == 0, done.output
    fingerprint = hashlib.sha256(file.read_bytes()).hexdigest()
    assert f"SHA-256: {fingerprint}" in done.output
    assert file.stat().st_mode & 0o777 == 0o600
    assert linli.rows("SELECT what, fingerprint FROM disclosures") == [("bundle", fingerprint)]
    checked = subprocess.run(
        [sys.executable, "-I", Path("bot/verify.py").absolute(), file], capture_output=True
    )
    assert checked.returncode == 0, checked.stdout
    again = linli("bundle", "1", "--out", file)
    assert again.exit_code == 1 and "File exists" in again.output
