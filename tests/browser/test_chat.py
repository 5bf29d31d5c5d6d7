"""The web chat's page where the line is bad, the letters are large, or there is much to read."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

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


async def refuse(route: Route) -> None:
    await route.abort()


async def test_what_was_said_over_a_bad_line_arrives_in_its_order(web: Web, ana: Phone) -> None:
    await ana.page.route("**/messages", refuse, times=1)
    await ana.writes("一")
    await expect(ana.log.get_by_text("还没发出去")).to_be_visible()

    await ana.writes("二")
    await ana.writes("三")

    await expect(ana.log.locator(".waiting")).to_have_count(0)
    assert [said.text for said in web.handed_on] == ["一", "二", "三"]


async def test_words_do_not_overtake_the_photo_before_them(web: Web, ana: Phone) -> None:
    slow = asyncio.Event()

    async def later(route: Route) -> None:
        await slow.wait()
        await route.continue_()

    await ana.page.route("**/photos", later)
    await ana.takes_a_photo()
    await ana.writes("就是这盏灯")
    await ana.writes("三天了")
    await expect(ana.log.locator(".waiting")).to_have_count(2)
    slow.set()

    await expect(ana.log.locator(".waiting")).to_have_count(0)
    assert [said.text for said in web.handed_on] == ["就是这盏灯", "三天了"]


async def test_one_that_is_refused_goes_back_to_the_box_and_lets_the_next_pass(
    web: Web, ana: Phone
) -> None:
    """Four thousand characters were cut off without a word."""
    await ana.page.route("**/messages", refuse, times=1)
    await ana.writes("长" * 4001)
    await expect(ana.log.get_by_text("还没发出去")).to_be_visible()

    await ana.writes("短")

    await expect(ana.state).to_have_text("太长了，请分几条发。")
    await expect(ana.box).to_have_value("长" * 4001)
    await expect(ana.log.locator(".waiting")).to_have_count(0)
    assert [said.text for said in web.handed_on] == ["短"]


async def test_on_a_dead_network_it_says_so_and_tries_again(web: Web, ana: Phone) -> None:
    """It said 发送中… for ever."""
    dead = asyncio.Event()

    async def nothing(route: Route) -> None:
        await dead.wait()

    await ana.page.route("**/messages", nothing)
    await ana.writes("路灯坏了")
    await expect(ana.log.get_by_text("发送中")).to_be_visible()
    await ana.waits(11_000)
    await expect(ana.log.get_by_text("还没发出去")).to_be_visible()
    await ana.page.unroute("**/messages")
    dead.set()
    await ana.waits()

    await expect(ana.log.locator(".waiting")).to_have_count(0)
    assert [said.text for said in web.handed_on] == ["路灯坏了"]


async def test_a_line_that_fell_silent_is_taken_up_again(ana: Phone) -> None:
    asked: list[str] = []
    ana.page.on("request", lambda request: asked.append(request.url))

    await ana.waits(41_000)

    await expect(ana.state).to_have_text("已重新连上")
    assert [url for url in asked if "/events" in url]


async def test_broken_is_said_for_as_long_as_it_is_broken(ana: Phone) -> None:
    await ana.page.context.set_offline(True)
    await expect(ana.state).to_have_text("连接断了，正在重新连接…")
    await ana.page.locator("#photo").set_input_files(PICTURE | {"buffer": b"no picture"})  # type: ignore[arg-type]
    await expect(ana.state).to_have_text("只能发 JPEG、PNG 或 WebP 照片。")

    await ana.waits(9_000)

    await expect(ana.state).to_have_text("连接断了，正在重新连接…")


async def test_somebody_who_is_known_no_more_is_told_to_load_the_page_again(
    browser: Browser, web: Web, home: str
) -> None:
    mei = await Phone.at(browser, f"{home}/chat/")
    await mei.page.context.clear_cookies()
    web.notifier.close()

    await expect(mei.state).to_have_text("页面过期了，请刷新。")

    await mei.writes("还在吗")
    await expect(mei.log.locator(".waiting")).to_contain_text("页面过期了")
    await mei.waits(60_000)
    await expect(mei.state).to_have_text("页面过期了，请刷新。")


async def test_a_photo_that_a_reload_loses_leaves_its_words(ana: Phone) -> None:
    await ana.page.route("**/photos", refuse)
    await ana.takes_a_photo()
    await ana.writes("就是这盏灯")
    await expect(ana.log.get_by_text("还没发出去")).to_be_visible()

    await ana.comes_back()

    await expect(ana.box).to_have_value("就是这盏灯")
    await expect(ana.state).to_have_text("照片没有留住，字还在下面，请再选一次照片。")
    await ana.takes_a_photo()
    await expect(ana.state).to_have_text("")


async def test_a_draft_and_what_it_answers_stay_in_their_room(web: Web, ana: Phone) -> None:
    """Looking into another room dropped the quote, and a reload the words."""
    await web.li.says("哪盏灯不亮？", BUILDING_3)
    await ana.opens("3号楼")
    await ana.page.get_by_role("button", name="回复").click()
    await ana.box.fill("南门那盏")

    await ana.opens("全社区")
    await expect(ana.box).to_have_value("")
    await ana.opens("3号楼")
    await ana.comes_back()

    await expect(ana.box).to_have_value("南门那盏")
    await expect(ana.page.locator("#quote")).to_contain_text("哪盏灯不亮？")
    await ana.box.press("Enter")
    await expect(ana.log.locator(".me blockquote")).to_have_text("哪盏灯不亮？")
    assert [said.quoted for said in web.handed_on] == ["", "哪盏灯不亮？"]
    await ana.comes_back()
    await expect(ana.box).to_have_value("")


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


async def test_all_that_was_said_can_be_read_and_the_eye_stays_where_it_was(
    web: Web, ana: Phone
) -> None:
    """Nothing before the newest 60 could be seen again."""
    await ana.opens("3号楼")
    for n in range(130):
        await web.bot_says(BUILDING_3, f"第{n}条")
    await expect(ana.log.get_by_text("第129条")).to_be_visible()
    await ana.comes_back()
    articles, older = ana.log.get_by_role("article"), ana.log.get_by_role("button")
    await expect(articles).to_have_count(60)
    first = articles.filter(has_text="第70条")
    await first.scroll_into_view_if_needed()
    before = await first.bounding_box()

    await older.filter(has_text="更早的消息").press("Enter")

    await expect(articles).to_have_count(120)
    after = await first.bounding_box()
    assert before and after and abs(before["y"] - after["y"]) < 2
    await older.filter(has_text="更早的消息").press("Enter")
    await expect(articles).to_have_count(130)
    await expect(older.filter(has_text="更早的消息")).to_have_count(0)
    await expect(articles.first).to_be_focused()
    said = await articles.locator("p").all_inner_texts()
    assert said == [f"第{n}条" for n in range(130)]


@pytest.mark.parametrize("size", [PHONE, {"width": 1440, "height": 900}], ids=str)
async def test_the_demo_page_begins_with_its_title(
    browser: Browser, home: str, size: dict[str, int]
) -> None:
    page = await browser.new_page(viewport=size, locale="zh-CN")  # type: ignore[arg-type]
    await page.goto(home)
    tabs = page.frame_locator("iframe").first.get_by_role("navigation").get_by_text("邻里")
    await expect(tabs).to_be_attached()

    assert await page.evaluate("scrollY") == 0
