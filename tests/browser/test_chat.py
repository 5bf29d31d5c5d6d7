"""The web chat's page where the line is bad, the letters are large, or there is much to read."""

import base64
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from storage.ids import Ids
from storage.uow import open_storage
from storage.vault import Vault
from tests.browser.conftest import served
from tests.databases import SECRET, engine_for, migrate
from tests.web.visiting import BUILDING_3, Web
from tests.world import FakeClock

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("waits")]  # see tests/processes
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PICTURE = {"name": "lamp.png", "mimeType": "image/png", "buffer": DOT}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOON = 6_000  # milliseconds, a little more than until the next try
PHONE = {"width": 375, "height": 812}


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    url, clock = f"sqlite+aiosqlite:///{tmp_path}/chat.db", FakeClock()
    await migrate(url)
    async with engine_for(url) as engine:
        web = Web(await open_storage(engine, "test", Vault(SECRET), Ids(clock)), clock)
        await web.has_everybody()
        yield web


@pytest.fixture
async def home(web: Web) -> AsyncIterator[str]:
    async with served(web.app, web.notifier) as address:
        yield address


class Phone:
    """One with the web chat open. Its clock stands still until a test says how long it waits."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.box, self.state = page.locator("#text"), page.locator("#state")
        self.log = page.locator("[role=log]:visible")

    @classmethod
    async def at(cls, browser: Browser, address: str) -> "Phone":
        context = await browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
        phone = cls(await context.new_page())
        await phone.page.clock.install(time=NOON)
        await phone.page.clock.pause_at(NOON + timedelta(minutes=1))
        await phone.page.goto(address)
        await phone.is_there()
        return phone

    async def is_there(self) -> None:
        await expect(self.box).to_have_attribute("placeholder", re.compile("."))

    async def comes_back(self) -> None:
        await self.page.reload()
        await self.is_there()

    async def opens(self, room: str) -> None:
        await self.page.get_by_role("navigation").get_by_text(room).click()

    async def writes(self, words: str) -> None:
        await self.box.fill(words)
        await self.box.press("Enter")

    async def takes_a_photo(self) -> None:
        await self.page.locator("#photo").set_input_files(PICTURE)  # type: ignore[arg-type]
        await expect(self.page.locator("#preview")).to_be_visible()

    async def waits(self, milliseconds: int = SOON) -> None:
        await self.page.clock.fast_forward(milliseconds)

    async def width(self, what: str) -> float:
        found = await self.page.locator(what).bounding_box()
        assert found
        return found["width"]


@pytest.fixture
async def ana(browser: Browser, home: str) -> Phone:
    return await Phone.at(browser, f"{home}/demo/ana/")


async def test_a_reply_leaves_the_buttons_on_the_screen(web: Web, ana: Phone) -> None:
    await web.li.says("这句话很长，" * 30, BUILDING_3)
    await ana.opens("3号楼")
    await ana.page.get_by_role("button", name="回复").click()

    for button in ("#send", "#drop-quote"):
        await expect(ana.page.locator(button)).to_be_in_viewport(ratio=1)


async def test_letters_twice_as_large_leave_room_to_write(ana: Phone) -> None:
    """WCAG 2.2, 1.4.4; one character stood in a line."""
    await ana.page.evaluate("document.documentElement.style.fontSize = '200%'")

    assert await ana.width("#text") > 6 * 32
    await expect(ana.page.locator("#send")).to_be_in_viewport(ratio=1)


async def test_addresses_lead_somewhere_when_the_bot_gives_them(web: Web, ana: Phone) -> None:
    link = "https://linli.example.org/s/abc"
    await web.bot_says("p-ana", f"打开网页版：{link}。7天内有效")
    await web.bot_says(BUILDING_3, "见https://a.example/?q=1&r=2）", quoted=link)
    await web.li.says(f"快看 {link}", BUILDING_3)

    own = ana.log.get_by_role("link")
    await expect(own).to_have_text(link)
    await expect(own).to_have_attribute("href", link)
    await expect(own).to_have_attribute("rel", "noopener")
    await ana.opens("3号楼")
    await expect(ana.log.get_by_text("快看")).to_be_visible()
    await expect(ana.log.get_by_role("link")).to_have_text(["https://a.example/?q=1&r=2"])


@pytest.mark.parametrize("size", [PHONE, {"width": 1440, "height": 900}], ids=str)
async def test_the_demo_page_begins_with_its_title(
    browser: Browser, home: str, size: dict[str, int]
) -> None:
    page = await browser.new_page(viewport=size, locale="zh-CN")  # type: ignore[arg-type]
    await page.goto(home)
    tabs = page.frame_locator("iframe").first.get_by_role("navigation").get_by_text("邻里")
    await expect(tabs).to_be_attached()

    assert await page.evaluate("scrollY") == 0
