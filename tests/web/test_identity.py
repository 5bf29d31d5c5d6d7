"""Who a browser is taken for."""

import httpx
import pytest

from tests.web.visiting import HOST, OURS, Web
from tests.world import COMMUNITY
from web.app import create
from web.identity import COOKIE


async def test_a_first_visit_makes_somebody_new_and_the_next_one_finds_them_again(web: Web) -> None:
    browser = web.visitor()

    first = await browser.opens()
    await browser.says("你好")
    again = await browser.opens()
    await browser.says("还是我")

    assert first.status_code == again.status_code == 200
    assert len({said.chat for said in web.handed_on}) == 1


async def test_two_browsers_are_two_people(web: Web) -> None:
    for browser in (web.visitor(), web.visitor()):
        await browser.opens()
        await browser.says("你好")

    assert len({said.chat for said in web.handed_on}) == 2


async def test_the_cookie_stays_in_the_chat_and_away_from_scripts_and_other_sites(web: Web) -> None:
    cookie = (await web.visitor().opens()).headers["set-cookie"]

    assert "Path=/chat/;" in cookie
    for rule in ("HttpOnly", "Secure", "SameSite=lax", "Max-Age=31536000"):
        assert rule in cookie


async def test_somebody_who_only_looks_is_not_written_down(web: Web) -> None:
    browser = web.visitor()

    await browser.opens()

    chat = browser.http.cookies[COOKIE].rpartition(".")[0]
    async with web.storage.begin() as uow:
        assert await uow.webchat.person(chat) is None


@pytest.mark.parametrize("forged", ["p-ana", "p-ana.", "p-ana.AAAA", ".", "x" * 500, "p-ana.锁"])
async def test_a_forged_cookie_opens_nothing(web: Web, forged: str) -> None:
    browser = web.visitor()
    headers = httpx.Headers({"cookie": f"{COOKIE}={forged}", **OURS}, encoding="utf-8")

    events = await browser.http.get("/chat/events", headers=headers)
    said = await browser.http.post("/chat/messages", json={}, headers=headers)

    assert events.status_code == said.status_code == 401


async def test_a_cookie_with_a_changed_name_opens_nothing(web: Web) -> None:
    browser = web.visitor()
    await browser.opens()
    signature = browser.http.cookies[COOKIE].rpartition(".")[2]

    stolen = {"cookie": f"{COOKIE}=p-ana.{signature}"}

    assert (await web.visitor().http.get("/chat/events", headers=stolen)).status_code == 401


async def test_without_a_demo_nobody_can_be_somebody_else(web: Web) -> None:
    web.app = create(
        web.storage, web.accept, web.texts, COMMUNITY, web.clock,
        notifier=web.notifier, secure=False,
    )  # fmt: skip
    browser = web.visitor()

    front = await browser.http.get("/")

    assert (await browser.http.get("/demo/ana/")).status_code == 404
    assert (front.status_code, front.headers["location"]) == (307, "chat/")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": f"https://{HOST}"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example.org"},
        {"origin": "null"},
        {},
    ],
    ids=str,
)
async def test_another_sites_page_cannot_speak_for_our_visitor(
    web: Web, headers: dict[str, str]
) -> None:
    body = {"id": web.id(), "room": "me", "text": "替我说"}

    answer = await web.ana.http.post("/demo/ana/messages", json=body, headers=headers)

    assert (answer.status_code, answer.json()["error"]) == (403, "elsewhere")
    assert web.accepted == []


async def test_a_browser_that_only_knows_origin_can_speak(web: Web) -> None:
    body = {"id": web.id(), "room": "me", "text": "你好"}
    headers = {"origin": f"https://{HOST}"}

    answer = await web.ana.http.post("/demo/ana/messages", json=body, headers=headers)

    assert answer.status_code == 202
