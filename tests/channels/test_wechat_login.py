"""网页授权 against a WeChat of our own: its browser is known, others are not, and no code twice."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from bot.channels.wechat_login import WeChatLogin
from bot.channels.wechat_request import Account, WeChatApi
from domain.conversation import Address
from storage.ids import Ids
from storage.uow import open_storage
from storage.vault import Vault
from tests.databases import SECRET as OUR_SECRET
from tests.databases import engine_for
from tests.fake_wechat import APP_ID, SECRET, FakeWeChat
from tests.web.browsing import HOST, Browser, Page, Site
from tests.world import FakeClock

WECHAT = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50"
ANA = Address("wechat", "oAna")


@dataclass
class Play:
    site: Site
    fake: FakeWeChat

    def phone(self, holder: str) -> Browser:
        """WeChat's own browser in somebody's hand."""
        self.fake.holder = holder
        return self.site.browser(WECHAT, {self.fake.url: httpx.AsyncHTTPTransport()})


@pytest.fixture
async def play(database_url: str) -> AsyncIterator[Play]:
    clock = FakeClock()
    async with engine_for(database_url) as engine, FakeWeChat(clock) as fake:
        storage = await open_storage(engine, "test", Vault(OUR_SECRET), Ids(clock))
        api = WeChatApi(Account(APP_ID, SECRET, fake.url), storage, clock)
        login = WeChatLogin(api, fake.url, f"https://{HOST}")
        async with Site(storage, clock, login) as site:
            async with storage.begin() as uow:
                await uow.residents.meet(ANA, "zh", clock())
            yield Play(site, fake)
        await api.close()
        assert fake.violations == []


async def test_in_wechat_people_are_known_without_a_number(play: Play) -> None:
    page = await play.phone("oAna").opens("/me/votes")
    assert page.status == 200 and page.path == "/me/votes"
    assert "我的票" in page.text and "退出" in page.buttons
    assert "code" not in str(page.html)


async def test_wecoms_browser_is_not_taken_for_wechats(play: Play) -> None:
    page = await play.site.browser(f"{WECHAT} wxwork/4.1").opens("/me")
    assert page.status == 401 and "网页版" in page.text


async def test_a_link_that_is_passed_on_opens_as_who_opens_it(play: Play) -> None:
    async with play.site.world.storage.begin() as uow:
        ana = await uow.linking.person_at(ANA)
        assert ana
        link = uow.pages.link(ana, "home", play.site.world.clock())
    stranger = await play.phone("oStranger").opens(f"/s/{link}")
    assert stranger.status == 403 and "还不认识您" in stranger.text
    assert (await play.phone("oAna").opens(f"/s/{link}")).status == 200


async def test_a_state_or_code_that_is_not_of_this_browser_opens_nothing(play: Play) -> None:
    ana = play.phone("oAna")
    away = await ana.http.get("/me/home")
    assert away.status_code == 303 and away.headers["location"].endswith("#wechat_redirect")
    back = await ana.http.get(away.headers["location"])
    returned = httpx.URL(back.headers["location"])

    other = play.phone("oMei")
    assert Page(await other.http.get(returned.raw_path.decode())).status == 403
    forged = returned.copy_set_param("state", "a" * 40)
    assert Page(await ana.http.get(forged.raw_path.decode())).status == 403
    used_up = returned.copy_set_param("code", "nobodys")
    assert Page(await ana.http.get(used_up.raw_path.decode())).status == 403

    came = await ana.http.get(returned.raw_path.decode())
    assert came.status_code == 303 and came.headers["location"] == "/me/home"
    again = await ana.http.get(returned.raw_path.decode())
    assert again.status_code == 403


async def test_a_state_is_good_for_ten_minutes(play: Play) -> None:
    ana = play.phone("oAna")
    away = await ana.http.get("/me/home")
    back = await ana.http.get(away.headers["location"])
    play.site.world.clock.advance(minutes=10)
    returned = httpx.URL(back.headers["location"]).raw_path.decode()
    assert (await ana.http.get(returned)).status_code == 403


async def test_when_wechat_does_not_answer_the_page_says_so(play: Play) -> None:
    ana = play.phone("oAna")
    away = await ana.http.get("/me/home")
    back = await ana.http.get(away.headers["location"])
    await play.fake.__aexit__()
    returned = httpx.URL(back.headers["location"]).raw_path.decode()
    page = Page(await ana.http.get(returned))
    assert page.status == 503 and page.headers["retry-after"] == "5"
