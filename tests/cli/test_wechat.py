"""linli check and linli wechat menu against a WeChat of our own."""

import asyncio
from collections.abc import Callable

from typer.testing import Result

from bot.clock import system_clock
from tests.cli.linli import HOME, HOUSEHOLDS, Linli
from tests.fake_wechat import AES_KEY, APP_ID, SECRET, TOKEN, FakeWeChat


def enabled(linli: Linli, url: str) -> None:
    linli.settings(
        f"channels: {{wechat: {{enabled: true, app_id: {APP_ID}, base_url: '{url}'}}}}\n"
        "web: {public_url: https://linli.example}\n"
    )
    linli.environ |= {
        "LINLI_WECHAT_SECRET": SECRET,
        "LINLI_WECHAT_TOKEN": TOKEN,
        "LINLI_WECHAT_AES_KEY": AES_KEY,
    }


def beside(linli: Linli, run: Callable[[], Result]) -> tuple[Result, FakeWeChat]:
    """Run a command while WeChat answers in another thread's loop."""

    async def both() -> tuple[Result, FakeWeChat]:
        async with FakeWeChat(system_clock) as fake:
            enabled(linli, fake.url)
            return await asyncio.to_thread(run), fake

    return asyncio.run(both())


def test_check_says_what_to_enter_in_the_console(on_sqlite: Linli) -> None:
    said, _ = beside(on_sqlite, lambda: on_sqlite("check"))

    assert "✓ wechat: gives this account a token" in said.output
    assert "is https://linli.example/hooks/wechat" in said.output


def test_check_says_why_wechat_refuses(on_sqlite: Linli) -> None:
    def with_another_secret() -> Result:
        on_sqlite.environ["LINLI_WECHAT_SECRET"] = "x" * 32
        return on_sqlite("check")

    said, _ = beside(on_sqlite, with_another_secret)

    assert "✗ wechat: WeChat refuses LINLI_WECHAT_SECRET (40125)" in said.output


def test_the_menu_is_set(on_sqlite: Linli) -> None:
    said, fake = beside(on_sqlite, lambda: on_sqlite("wechat", "menu"))

    assert said.exit_code == 0, said.output
    assert [entry["name"] for entry in fake.menu["button"]] == ["提建议", "我的事项", "更多"]
    assert fake.violations == []


def test_the_menu_leads_to_the_pages_where_wechat_says_who_opens_them(on_sqlite: Linli) -> None:
    def logging_in() -> Result:
        path = on_sqlite.folder / "config.yaml"
        settings = path.read_text("utf-8").replace(", app_id", ", web_login: true, app_id")
        path.write_text(settings, "utf-8")
        return on_sqlite("wechat", "menu")

    said, fake = beside(on_sqlite, logging_in)

    assert said.exit_code == 0, said.output
    below = fake.menu["button"][-1]["sub_button"]
    assert below[-1] == {"type": "view", "name": "网页版", "url": "https://linli.example/me"}
    assert fake.violations == []


def test_a_letter_has_a_qr_code_that_brings_the_code_to_the_account(on_sqlite: Linli) -> None:
    on_sqlite("import", "households", on_sqlite.listed(HOUSEHOLDS, HOME), "--yes")
    out = on_sqlite.folder / "letters.html"

    said, fake = beside(on_sqlite, lambda: on_sqlite("invites", "--building", "3", "--out", out))

    page = out.read_text("utf-8")
    assert said.exit_code == 0, said.output
    assert page.count("<svg") == 2 and "用微信扫描" in page
    assert fake.calls["/cgi-bin/qrcode/create"] == 1 and fake.violations == []


def test_where_it_is_not_enabled_it_says_so(on_sqlite: Linli) -> None:
    said = on_sqlite("wechat", "menu")

    assert said.exit_code != 0 and "channels.wechat is not enabled" in said.output
