"""Stories 1 to 3 as a newcomer plays them on the demo page, in a real browser."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, FrameLocator, Locator, Page, Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("waits")]  # see tests/processes
expect.set_options(timeout=20_000)  # milliseconds, on a machine that is busy with other tests


async def opened(browser: Browser, address: str, width: int, height: int = 1000) -> Page:
    page = await browser.new_page(viewport={"width": width, "height": height}, locale="zh-CN")
    await page.goto(address)
    return page


async def the_box(place: Page | FrameLocator) -> Locator:
    """Where one writes, once it says in which room."""
    box = place.locator("#text")
    await expect(box).to_have_attribute("placeholder", re.compile("."))
    return box


class Phone:
    """One cast member's phone on the demo page, used as a person would use it."""

    def __init__(self, frame: FrameLocator) -> None:
        self._frame = frame
        self.log = frame.locator("[role=log]:visible")

    @classmethod
    def of(cls, page: Page, name: str) -> "Phone":
        return cls(page.frame_locator(f"iframe[title*='{name}']"))

    async def opens(self, room: str) -> None:
        await self._frame.get_by_role("navigation").get_by_text(room).click()

    async def writes(self, words: str) -> None:
        box = await the_box(self._frame)
        await box.fill(words)
        await box.press("Enter")

    async def presses(self, label: str, about: str = "") -> None:
        """The newest such button under a message about this, once it is there."""
        messages = self.log.get_by_role("article").filter(has_text=about)
        await messages.get_by_role("button", name=label, exact=True).last.click()

    async def sees(self, words: str) -> None:
        """A picture that says this to whoever cannot see it."""
        await expect(self.log.locator(f"img[alt*='{words}']").last).to_be_attached()

    async def reads(self, words: str) -> None:
        await expect(self.log.get_by_text(words).last).to_be_visible()


async def test_collect_route_and_rate_on_four_phones(
    browser: Browser, address: str, screenshots: Path
):
    page = await opened(browser, address, 1600)
    ana, li, zhou = (Phone.of(page, name) for name in ("安娜", "小李", "周警官"))

    await ana.opens("3号楼")
    await ana.writes("#建议 3号楼门口路灯坏了")
    await ana.reads("周警官负责")
    await page.screenshot(path=screenshots / "1-collect.png")

    await li.writes("3号楼门口的路灯不亮")
    await li.presses("提交")
    await li.presses("附议 4号")
    await li.reads("已附议4号，现在共1人")
    await ana.reads("1 人附议")

    await zhou.reads("反映人：安娜，3-1-101")
    await zhou.presses("签收", "4号")
    await zhou.reads("4号已签收")
    await li.reads("周警官已签收")
    await zhou.presses("办结", "4号")
    await zhou.reads("4号办得怎么样？")
    await zhou.writes("换了新灯泡，已经亮了")
    await page.screenshot(path=screenshots / "2-route.png")

    await ana.opens("邻里")
    await ana.reads("换了新灯泡，已经亮了")
    await ana.presses("已解决", "4号")
    await ana.presses("非常满意", "4号")
    await ana.reads("记下了：4号，非常满意")
    await ana.opens("3号楼")
    await ana.reads("反映人确认已解决")
    await page.screenshot(path=screenshots / "3-rate.png")


async def test_decide_on_two_phones(browser: Browser, address: str, screenshots: Path):
    """Li votes, reads a receipt without the choice, and looks at the result of an earlier vote."""
    page = await opened(browser, address, 1600)
    li, sun = (Phone.of(page, name) for name in ("小李", "孙管理员"))

    await li.writes("投票 2")
    await li.reads("您这一票：3-2-202")
    await li.presses("同意", "请选")
    await li.reads("这张回执不显示您选了什么")
    await li.presses("查看我的票", "已记录")
    await li.reads("您选的是：同意")
    await li.presses("收起", "您选的是")
    await li.reads("这张回执不显示您选了什么")
    await page.screenshot(path=screenshots / "4-decide.png")

    await sun.writes("事项 2")
    await sun.reads("共 20 票，已投 3 票")
    await li.opens("3号楼")
    await li.reads("同意人数 6/7，85.71%，够了（要求过半数")
    await li.sees("更换单元门：通过")
    await page.screenshot(path=screenshots / "5-result.png")


async def test_a_phone_alone_by_keyboard_fits_320_pixels(
    browser: Browser, address: str, screenshots: Path
):
    page = await opened(browser, f"{address}/demo/ana/", 320, 640)
    await (await the_box(page)).focus()
    await page.keyboard.type("电梯里的灯不亮")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("要登记这件事吗").last).to_be_visible()
    await page.screenshot(path=screenshots / "phone-320.png")

    assert await page.evaluate("document.documentElement.scrollWidth") == 320


async def test_words_typed_before_the_rooms_are_there_stay(browser: Browser, address: str):
    """They were wiped out when the line to the server was up, at home a moment after the page."""
    connected = asyncio.Event()

    async def late(route: Route) -> None:
        await connected.wait()
        await route.continue_()

    page = await browser.new_page()
    await page.route("**/events*", late)
    await page.goto(f"{address}/demo/ana/")
    await page.locator("#text").press_sequentially("电梯里的灯不亮")
    await page.keyboard.press("Enter")
    connected.set()
    await the_box(page)
    await page.locator("#send").click()

    await expect(page.get_by_text("要登记这件事吗").last).to_be_visible()


async def test_what_a_neighbour_types_is_never_markup(browser: Browser, address: str):
    page = await opened(browser, f"{address}/demo/ana/", 400)
    box = await the_box(page)
    await box.fill("<img src=x onerror=\"document.title='broken'\"> 路灯坏了")
    await page.locator("#send").click()
    await expect(page.get_by_text("<img src=x").last).to_be_visible()

    assert await page.title() != "broken"


async def test_nothing_comes_from_elsewhere(browser: Browser, address: str):
    asked: list[str] = []
    page = await browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(address)
    await expect(page.frame_locator("iframe").first.locator("#send")).to_be_visible()

    assert asked and all(url.startswith(address) for url in asked)
