"""linli check: what would work, told line by line and without touching anything."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL
from typer.testing import Result

from storage.vault import Vault
from tests.cli.bot_api import TOKEN, BotApi
from tests.cli.linli import GROUPS, HOME, HOUSEHOLDS, KEY, STAFF, SUN, ZHOU, Linli

OURS = "https://linli.example/hooks/telegram"


@pytest.fixture
def joined(linli: Linli) -> Linli:
    """A community with everything that is needed."""
    linli("import", "households", linli.listed(HOUSEHOLDS, HOME), "--yes")
    linli("import", "staff", linli.listed(STAFF, ZHOU, SUN), "--yes")
    linli("import", "groups", linli.listed(GROUPS, ("webchat:b3", "building:3")), "--yes")
    return linli


def test_a_community_that_can_start_gets_no_cross(joined: Linli) -> None:
    said = joined("check")

    assert said.exit_code == 0, said.output
    (holidays,) = (line for line in said.output.splitlines() if "holidays" in line)
    key = Vault(KEY).public_key
    assert holidays[0] in "✓·"  # depends on the day this test runs
    assert said.output.replace(f"{holidays}\n", "").splitlines() == [
        f"✓ config: {joined.config} can be used",
        "✓ secrets: all there",
        "✓ votes: rules of default since 2021-01-01: 民法典第278条；物业管理条例第14条",
        "· parking: voting.rules_of_procedure.parking is not set: no roll of owners can be frozen",
        f"✓ record: heads are signed with {key}: put it on the notice board, on paper",
        "✓ database: answers, tables are up to date",
        "✓ staff: 2 of 2 have joined",
        "✓ groups: 1 bound",
        "· telegram: not enabled",
        "· wechat: not enabled",
        "· wecom: not enabled",
    ]


def test_a_community_without_anybody_to_send_cases_to_cannot_start(linli: Linli) -> None:
    secretary = ("何书记", "secretary", "*", "*", "", "")
    linli("import", "staff", linli.listed(STAFF, ZHOU, secretary), "--yes")

    said = linli("check")

    assert said.exit_code == 1
    assert "✗ staff: 1 of 2 have joined; a secretary or an admin must" in said.output
    assert "· groups: 0 bound" in said.output


def test_an_empty_database_says_what_to_import(linli: Linli) -> None:
    said = linli("check")

    assert said.exit_code == 1
    assert "✗ staff: none yet; linli import households, staff, groups" in said.output
    assert linli.rows("SELECT count(*) FROM communities") == [(0,)]


def test_looking_makes_no_database(tmp_path: Path) -> None:
    linli = Linli(tmp_path, f"sqlite:///{tmp_path}/data/linli.db")

    said = linli("check")

    assert said.exit_code == 0
    assert "linli.db does not exist yet; linli run makes it" in said.output
    assert list(tmp_path.iterdir()) == []


def test_tables_of_another_version_are_told(tmp_path: Path) -> None:
    (tmp_path / "linli.db").touch()

    said = Linli(tmp_path, f"sqlite:///{tmp_path}/linli.db")("check")

    assert "· database: answers; its tables are of another version" in said.output


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "linli.db").write_text("not a database at all, " * 100)

    said = Linli(tmp_path, f"sqlite:///{tmp_path}/linli.db")("check")

    assert said.exit_code == 1
    assert "✗ database: cannot be used (DatabaseError)" in said.output


def test_a_database_that_does_not_answer_is_told(tmp_path: Path) -> None:
    said = Linli(tmp_path, "postgresql://127.0.0.1:1/linli")("check")

    assert said.exit_code == 1
    assert "✗ database: cannot be used (" in said.output


def test_bad_settings_and_missing_secrets_are_told(on_sqlite: Linli) -> None:
    on_sqlite.environ["LINLI_SECRET_KEY"] = ""
    assert "✗ secrets: LINLI_SECRET_KEY: is not in the environment" in on_sqlite("check").output

    on_sqlite.settings("web: {port: x}")
    said = on_sqlite("check")
    assert said.exit_code == 1
    assert said.output.startswith("✗ config: web.port: 'x' should be a valid integer")


def test_another_secret_key_than_the_databases_is_found_out(joined: Linli) -> None:
    joined.environ["LINLI_SECRET_KEY"] = "another secret key, also long enough"

    assert "✗ staff: LINLI_SECRET_KEY is not the key" in joined("check").output


async def checked(linli: Linli, api: BotApi, telegram: str = "", token: str = TOKEN) -> Result:
    """Check with Telegram enabled, against this server."""
    async with api.serving() as url:
        said = f"{{enabled: true, base_url: '{url}'{telegram}}}"
        linli.settings(f"channels: {{telegram: {said}}}")
        linli.environ |= {"LINLI_TELEGRAM_TOKEN": token, "LINLI_TELEGRAM_WEBHOOK_SECRET": "s3"}
        return await asyncio.to_thread(linli, "check")


async def test_a_token_that_works_is_told_by_the_bots_name(on_sqlite: Linli) -> None:
    said = (await checked(on_sqlite, BotApi())).output

    assert "✓ telegram: the token is that of @LinliGardenBot" in said
    assert "✓ clock: within 30 seconds of Telegram's" in said
    assert "webhook" not in said and "privacy" not in said


async def test_privacy_mode_is_told_with_what_it_costs(on_sqlite: Linli) -> None:
    said = (await checked(on_sqlite, BotApi(reads_all=False))).output

    assert "· privacy mode: on: in groups where the bot is no admin" in said
    assert "/setprivacy" in said


async def test_a_token_that_telegram_refuses_is_told_and_not_shown(on_sqlite: Linli) -> None:
    said = await checked(on_sqlite, BotApi(), token="999:a-token-of-nobody")

    assert said.exit_code == 1
    assert "✗ telegram: refuses LINLI_TELEGRAM_TOKEN (401 Unauthorized)" in said.output
    assert "a-token" not in said.output


async def test_a_server_that_is_not_there_is_told_without_the_token(on_sqlite: Linli) -> None:
    on_sqlite.settings("channels: {telegram: {enabled: true, base_url: 'http://127.0.0.1:1'}}")
    on_sqlite.environ["LINLI_TELEGRAM_TOKEN"] = TOKEN

    said = await asyncio.to_thread(on_sqlite, "check")

    assert "✗ telegram: http://127.0.0.1:1 does not answer" in said.output
    assert TOKEN not in said.output


@pytest.mark.parametrize(("minutes", "way"), [(10, "behind"), (-10, "ahead of")])
async def test_a_clock_that_is_wrong_is_told(on_sqlite: Linli, minutes: int, way: str) -> None:
    said = await checked(on_sqlite, BotApi(ahead=timedelta(minutes=minutes)))

    assert said.exit_code == 1
    assert f"seconds {way} Telegram's" in said.output


WEBHOOK = ", mode: webhook, webhook: {url: 'https://linli.example'}"
ERROR = {"url": OURS, "last_error_message": "Bad Gateway", "last_error_date": 1_772_400_000}
SEEN = [
    (WEBHOOK, {"url": OURS, "pending_update_count": 3}, f"✓ webhook: {OURS} is set, 3 waiting"),
    (WEBHOOK, {"url": ""}, f"· webhook: none is set; linli run sets {OURS}"),
    (WEBHOOK, ERROR, "· webhook: Telegram's last error, 2026-03-01 21:20 UTC: Bad Gateway"),
    ("", {"url": OURS}, f"· webhook: {OURS} is set; polling will remove it"),
]


@pytest.mark.parametrize(("telegram", "webhook", "line"), SEEN)
async def test_the_webhook_is_told_as_telegram_has_it(
    on_sqlite: Linli, telegram: str, webhook: dict[str, Any], line: str
) -> None:
    said = await checked(on_sqlite, BotApi(webhook=webhook), telegram)

    assert line in said.output


def test_a_database_that_postgresql_does_not_know_is_told_by_its_kind(
    postgresql_server: URL, tmp_path: Path
) -> None:
    nowhere = postgresql_server.set(database="nowhere").render_as_string(hide_password=False)

    said = Linli(tmp_path, nowhere)("check")

    assert said.exit_code == 1
    assert "✗ database: cannot be used (InvalidCatalogNameError)" in said.output
