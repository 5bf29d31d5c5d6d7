"""linli check, linli wecom menu and linli wecom group against a WeCom of our own."""

import asyncio
from collections.abc import Callable

from typer.testing import Result

from bot.clock import system_clock
from tests.cli.linli import GROUPS, HOME, HOUSEHOLDS, STAFF, Linli
from tests.fake_wecom import AES_KEY, AGENT_ID, CORP_ID, ROBOT_KEY, SECRET, TOKEN, FakeWeCom


def enabled(linli: Linli, url: str) -> None:
    ours = f"enabled: true, corp_id: {CORP_ID}, agent_id: {AGENT_ID}, base_url: '{url}'"
    linli.settings(f"channels: {{wecom: {{{ours}}}}}\nweb: {{public_url: https://linli.example}}\n")
    linli.environ |= {
        "LINLI_WECOM_SECRET": SECRET,
        "LINLI_WECOM_TOKEN": TOKEN,
        "LINLI_WECOM_AES_KEY": AES_KEY,
        "LINLI_WECOM_ROBOTS": f"board={ROBOT_KEY}",
    }


def beside(linli: Linli, run: Callable[[], Result]) -> tuple[Result, FakeWeCom]:
    """Run a command while WeCom answers in another thread's loop."""

    async def both() -> tuple[Result, FakeWeCom]:
        async with FakeWeCom(system_clock) as fake:
            enabled(linli, fake.url)
            return await asyncio.to_thread(run), fake

    return asyncio.run(both())


def test_check_says_what_to_enter_in_the_console(on_sqlite: Linli) -> None:
    said, _ = beside(on_sqlite, lambda: on_sqlite("check"))

    assert "✓ wecom: gives this account a token" in said.output
    assert "接收消息服务器URL on the app's page is https://linli.example/hooks/wecom" in said.output


def test_check_says_why_wecom_refuses(on_sqlite: Linli) -> None:
    def with_another_secret() -> Result:
        on_sqlite.environ["LINLI_WECOM_SECRET"] = "x" * 43
        return on_sqlite("check")

    said, _ = beside(on_sqlite, with_another_secret)

    assert "✗ wecom: WeCom refuses LINLI_WECOM_SECRET (40001)" in said.output


def test_the_menu_is_set(on_sqlite: Linli) -> None:
    said, fake = beside(on_sqlite, lambda: on_sqlite("wecom", "menu"))

    assert said.exit_code == 0, said.output
    assert [entry["name"] for entry in fake.menu["button"]] == ["提建议", "我的事项", "更多"]
    assert fake.violations == []


def test_a_group_is_made_and_stands_for_the_staff(on_sqlite: Linli) -> None:
    said, fake = beside(
        on_sqlite, lambda: on_sqlite("wecom", "group", "值班", "--members", "ZhouJie,he")
    )

    ((chat, group),) = fake.groups.items()
    assert said.exit_code == 0 and f"wecom:group:{chat}" in said.output
    assert (group.name, group.members) == ("值班", ("zhoujie", "he"))
    assert on_sqlite.rows("SELECT channel, chat, scope FROM groups") == [
        ("wecom", f"group:{chat}", "staff")
    ]
    assert len(on_sqlite.rows("SELECT id FROM outbox WHERE state = 'pending'")) == 1


def test_a_group_that_nobody_could_be_told_apart_by_is_refused(on_sqlite: Linli) -> None:
    def both() -> Result:
        alone = on_sqlite("wecom", "group", "值班", "--members", "he")
        assert alone.exit_code != 0 and "2 to 2000 members" in alone.output
        return on_sqlite("wecom", "group", "9号楼", "--members", "he,li", "--for", "building:9")

    said, fake = beside(on_sqlite, both)

    assert said.exit_code != 0 and "there is no building" in said.output
    assert fake.groups == {}


def test_lists_name_members_in_any_letters_and_robots_by_our_name(on_sqlite: Linli) -> None:
    on_sqlite("import", "households", on_sqlite.listed(HOUSEHOLDS, HOME), "--yes")
    zhou = ("周警官", "member", "utilities", "2", "", "wecom:ZhouJie")
    staff = on_sqlite("import", "staff", on_sqlite.listed(STAFF, zhou), "--yes")
    board = ("wecom:robot:board", "community")
    groups = on_sqlite("import", "groups", on_sqlite.listed(GROUPS, board), "--yes")

    assert (staff.exit_code, groups.exit_code) == (0, 0), staff.output + groups.output
    assert on_sqlite.rows("SELECT channel, chat FROM accounts") == [("wecom", "zhoujie")]
    assert on_sqlite.rows("SELECT channel, chat FROM groups") == [("wecom", "robot:board")]


def test_where_it_is_not_enabled_it_says_so(on_sqlite: Linli) -> None:
    said = on_sqlite("wecom", "menu")

    assert said.exit_code != 0 and "channels.wecom is not enabled" in said.output
