"""A start is quick as long as it loads nothing that this configuration does not use."""

from pathlib import Path

import pytest

from tests.processes.process import Linli, free_port
from tests.town import environment, fake_telegram, written_config

pytestmark = pytest.mark.xdist_group("waits")  # for processes, so one after another
LISTED = {"PYTHONPROFILEIMPORTTIME": "1"}  # every module that is loaded, on standard error
LATER = {
    "alembic",  # when the tables change
    "bot.bundle",
    "bot.channels.tencent",
    "bot.drawing",
    "bot.imports",
    "openpyxl",
    "PIL",
    "pygments.util",
    "rich.console",
    "segno",
    "wechatpy",
}


async def test_a_bot_on_telegram_alone_loads_nothing_of_what_it_may_need_later(
    tmp_path: Path, sqlite_url: str
) -> None:
    """It took two seconds to start, of which a quarter went into what was never used."""
    assert LATER & await _loaded_by_a_run(tmp_path, sqlite_url) == set()


async def _loaded_by_a_run(folder: Path, url: str) -> set[str]:
    port = free_port()
    secrets = environment(url) | LISTED
    async with fake_telegram() as fake, Linli(folder, secrets) as linli:
        written_config(folder, fake.url, web={"port": port})
        await linli.start("run")
        assert await linli.answers(f"http://127.0.0.1:{port}/healthz") == "ok"
        await fake.until(lambda: fake.calls["getUpdates"])
        await linli.stop()
        lines = [line for line in linli.err.splitlines() if line.startswith("import time:")]
    loaded = {line.rpartition("|")[2].strip() for line in lines}
    assert {"telegram", "bot.app"} <= loaded
    return loaded
