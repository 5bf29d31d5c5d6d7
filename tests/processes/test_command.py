"""The command as an operator meets it: refusals in plain words, a demo, logs that can be shown."""

import signal
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.config import SECRET_KEY, TELEGRAM_TOKEN
from bot.opening import WRONG_KEY
from storage import tables as t
from tests import databases
from tests.fake_telegram import FakeGroup, FakeTelegram, FakeUser
from tests.processes.process import Linli, free_port
from tests.town import environment, fake_telegram, written_config

pytestmark = pytest.mark.xdist_group("waits")  # for processes, so one after another
ANA = FakeUser(101, "安娜卡列尼娜")
BUILDING_3 = FakeGroup(-1001)
DEMO = Path("data/demo/linli.db")


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with fake_telegram() as fake:
        yield fake


@pytest.fixture
async def linli(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Linli]:
    async with Linli(tmp_path, environment(sqlite_url)) as linli:
        yield linli


async def test_a_bad_setting_is_refused_with_its_name_its_value_and_what_is_allowed(
    linli: Linli, tmp_path: Path
) -> None:
    written_config(tmp_path, None, deadlines={"sign": "soon"}, web={"port": 70_000})
    await linli.start("run")

    assert await linli.ends() == 2
    sign, port = sorted(linli.err.splitlines())
    assert sign.startswith("deadlines.sign: 'soon' is not a duration such as '4 working hours'")
    assert port == "web.port: 70000 should be less than or equal to 65535"


async def test_a_missing_secret_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    written_config(tmp_path, "http://127.0.0.1:9")
    async with Linli(tmp_path, {SECRET_KEY: "short"}) as linli:
        await linli.start("run")

        assert await linli.ends() == 2
        key, token = linli.err.splitlines()
        assert linli.made == {"config.yaml", "err", "out"}  # no database yet
    assert key.startswith(f"{SECRET_KEY}: is too short; it needs at least 32 characters")
    assert token.startswith(f"{TELEGRAM_TOKEN}: is not in the environment; it needs what BotFather")


async def test_a_second_bot_on_the_same_file_is_refused_and_the_first_goes_on(
    linli: Linli, tmp_path: Path, sqlite_url: str
) -> None:
    port = free_port()
    written_config(tmp_path, None, web={"port": port})
    await linli.start("run")
    assert await linli.answers(f"http://127.0.0.1:{port}/healthz") == "ok"

    async with Linli(tmp_path, environment(sqlite_url)) as second:
        await second.start("run")
        assert await second.ends() == 1
    assert "linli.db is in use by another linli; stop it first\n" in linli.err
    assert "Traceback" not in linli.err
    assert await linli.answers(f"http://127.0.0.1:{port}/healthz") == "ok"
    assert await linli.stop(signal.SIGINT) == 0


async def test_another_key_than_the_databases_is_refused_and_none_but_us_may_read_the_file(
    tmp_path: Path,
) -> None:
    """It started, and every name was a fault at the first message."""
    database = tmp_path / "kept" / "linli.db"
    written_config(tmp_path, None)
    (tmp_path / "staff.csv").write_text(
        "name,role,duties,grids,deputy,account\n周警官,member,*,*,,\n", "utf-8"
    )
    secrets = environment(f"sqlite:///{database}")
    async with Linli(tmp_path, secrets) as linli:
        await linli.start("import", "staff", "staff.csv", "--yes")
        assert await linli.ends() == 0, linli.err
    assert stat.S_IMODE(database.stat().st_mode) == 0o600

    async with Linli(tmp_path, secrets | {SECRET_KEY: "k" * 40}) as linli:
        await linli.start("run")
        assert await linli.ends() == 1
    assert linli.err == f"{WRONG_KEY}\n"


async def test_a_database_that_does_not_answer_is_told_in_one_line(tmp_path: Path) -> None:
    """An operator read a page of traceback."""
    written_config(tmp_path, None)
    async with Linli(tmp_path, environment(f"postgresql://127.0.0.1:{free_port()}/li")) as linli:
        await linli.start("run")

        assert await linli.ends() == 1
    assert linli.err == "The database cannot be used (ConnectionRefusedError)\n"


async def test_the_demo_keeps_what_happened_until_it_is_told_to_begin_anew(tmp_path: Path) -> None:
    port = free_port()
    written_config(tmp_path, None)
    async with Linli(tmp_path, {}) as linli:
        found = []
        for more in ((), (), ("--reset",)):
            await linli.start("demo", "--port", str(port), *more)
            assert await linli.answers(f"http://127.0.0.1:{port}/healthz") == "ok"
            assert await linli.stop(signal.SIGINT) == 0, linli.err
            found.append(await households(tmp_path / DEMO))

    first, second, anew = found
    assert len(first) == 120
    assert second == first
    assert len(anew) == 120 and anew.isdisjoint(first)


async def households(file: Path) -> set[int]:
    url = f"sqlite+aiosqlite:///{file}"
    async with databases.engine_for(url) as engine, engine.connect() as connection:
        return set(await connection.scalars(select(t.households.c.id)))


async def test_nothing_that_people_type_and_no_name_is_in_the_logs(
    fake: FakeTelegram, linli: Linli, tmp_path: Path
) -> None:
    written_config(tmp_path, fake.url)
    await linli.start("run")
    fake.knows(ANA, BUILDING_3)
    fake.fail_next("sendMessage", 400, "Bad Request: can't parse entities: 路灯又坏了")
    fake.fail_next("sendMessage", 403, "Forbidden: bot was blocked by the user")
    fake.says(ANA, "路灯又坏了")
    fake.says(ANA, "楼道也黑", BUILDING_3)
    fake.says(ANA, "#建议 电话13900001111", BUILDING_3)
    fake.sends_data(ANA, fake.says(ANA, "/join 7K3QM9XW2A"), "路灯:又:坏了")
    await fake.until(lambda: fake.calls["sendMessage"] >= 4, 60)
    assert await linli.stop() == 0

    logs = linli.err + linli.out
    assert "message not delivered" in logs
    typed = ("路灯", "又坏", "楼道", "13900001111", "7K3QM", "安娜", "1000:only-for-tests")
    assert [word for word in typed if word in logs] == []
