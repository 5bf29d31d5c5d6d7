"""The resident pages on a phone, in a real browser: from the link to the receipt."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Response, expect

from storage.ids import Ids
from storage.uow import open_storage
from storage.vault import Vault
from tests.browser.conftest import served
from tests.databases import SECRET, engine_for, migrate
from tests.deciding import opened
from tests.web.browsing import LINK, Site
from tests.world import LI, FakeClock

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("waits")]  # see tests/processes
SIZE = 60_000  # bytes of a page with all that it needs


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    url, clock = f"sqlite+aiosqlite:///{tmp_path}/pages.db", FakeClock()
    await migrate(url)
    async with engine_for(url) as engine:
        storage = await open_storage(engine, "test", Vault(SECRET), Ids(clock))
        async with Site(storage, clock, secure=False) as site:
            await site.world.has_everybody()
            yield site


async def test_a_ballot_by_a_link_on_a_phone(
    browser: Browser, site: Site, screenshots: Path
) -> None:
    world = site.world
    await opened(world)
    await world.writes(LI, "事项 1")
    link = LINK.search(world.last(LI))
    assert link
    page = await browser.new_page(viewport={"width": 390, "height": 844}, locale="zh-CN")
    wrong: list[str] = []
    sizes: list[int] = []
    page.on("console", lambda said: wrong.append(said.text))

    def weigh(response: Response) -> None:
        if response.status == 200:
            sizes.append(int(response.headers["content-length"]))

    page.on("response", weigh)
    async with served(site.app, site.notifier) as address:
        await page.goto(address + link[1])
        assert page.url == f"{address}/me/m1"
        await page.wait_for_load_state("networkidle")
        assert 0 < sum(sizes) < SIZE and len(sizes) <= 3

        await page.get_by_role("button", name="发数字给我").click()
        await world.settle()
        number = re.search(r"数字：(\d{6})", world.last(LI))
        assert number
        await page.get_by_label("六位数字").fill(number[1])
        await page.get_by_role("button", name="进去").click()
        await page.get_by_role("button", name="投票").click()
        await page.screenshot(path=screenshots / "pages-ballot.png", full_page=True)
        await page.get_by_role("button", name="同意", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("已记录")

        await page.get_by_role("link", name="我的票").click()
        await expect(page.get_by_text("已投，回执")).to_be_visible()
        await page.screenshot(path=screenshots / "pages-votes.png", full_page=True)
        for path in ("/me", "/me/m1", "/me/votes", "/receipt"):
            await _fits_at_200_percent(page, address + path)
    assert wrong == []


async def _fits_at_200_percent(page: Page, address: str) -> None:
    """A phone of 390 pixels at 200 % has 195 to lay out (WCAG 2.2, 1.4.4 and 1.4.10)."""
    await page.set_viewport_size({"width": 195, "height": 422})
    await page.goto(address)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 195
