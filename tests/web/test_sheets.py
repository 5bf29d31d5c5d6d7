"""The resident pages over HTTP: from the link in the chat to the ballot and its receipt."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import pytest

from casework.matter_actions import ShowBallot
from domain.conversation import Address
from storage.ids import Ids
from storage.subjects import By
from storage.uow import open_storage
from storage.vault import Vault
from tests.databases import SECRET, engine_for
from tests.deciding import moment, noticed, opened, published, votes
from tests.votes import account, has_vote
from tests.web.browsing import HOST, LINK, Browser, Site
from tests.world import ANA, BUILDING_3, LI, MEI, ZHOU, FakeClock, World
from web.pressed import Pressed

STATIC = Path(__file__).parents[2] / "web" / "static"
SIZE = 60_000  # bytes of a page with all that it needs
OUR_TIME = 0.05  # seconds


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Site]:
    clock = FakeClock()
    async with engine_for(database_url) as engine:
        storage = await open_storage(engine, "test", Vault(SECRET), Ids(clock))
        async with Site(storage, clock) as site:
            await site.world.has_everybody()
            yield site


def link_in(text: str) -> str:
    found = LINK.search(text)
    assert found, text
    return found[1]


def number_in(world: World, who: Address) -> str:
    found = re.search(r"数字：(\d{6})", world.last(who))
    assert found, world.last(who)
    return found[1]


async def comes_in(site: Site, who: Address) -> Browser:
    """By the link and the number, as from any browser."""
    await site.world.writes(who, "网页版")
    browser = site.browser()
    await browser.opens(link_in(site.world.last(who)))
    await browser.presses("发数字给我")
    await browser.presses("进去", number=number_in(site.world, who))
    return browser


async def test_from_the_link_under_a_card_to_the_ballot_and_its_receipt(site: Site) -> None:
    world = site.world
    await opened(world)
    await world.writes(LI, "事项 1")
    assert "打开网页版" in world.last(LI)
    browser = site.browser()

    page = await browser.opens(link_in(world.last(LI)))
    assert page.path == "/me/m1" and "加装电梯" in page.text
    assert page.buttons == ["发数字给我"]

    await browser.presses("发数字给我")
    page = await browser.presses("进去", number=number_in(world, LI))
    assert page.path == "/me/m1" and "您家：3-2-201" in page.text
    page = await browser.presses("投票")
    assert "您这一票：3-2-201" in page.text and "同意" in page.buttons

    page = await browser.presses("同意")
    receipt = re.search(r"回执 (\d+:[0-9a-f]+)", page.text)
    assert receipt and "已记录" in page.text
    assert "已记录" in world.last(LI) and receipt[1] in world.last(LI)

    page = await browser.opens("/me/votes")
    assert receipt[1] in page.text and "同意" not in page.text

    anybody = site.browser()
    await anybody.opens("/receipt")
    page = await anybody.presses("查一查", matter="1", code=receipt[1])
    assert "存证" in page.text and page.status == 200
    page = await anybody.presses("查一查", matter="1", code="1:00000000")
    assert "没有" in page.text


async def test_the_choice_is_shown_to_who_asks_and_nowhere_else(site: Site) -> None:
    await has_vote(site.world.storage, 3)
    browser = await comes_in(site, account(1))
    await browser.opens("/me/m1")
    await browser.presses("投票")
    page = await browser.presses("不同意")
    assert "不同意" not in page.text

    page = await browser.presses("看我的票")
    assert "您选的是" in page.text and "不同意" in page.text
    assert page.path == "/me/do"  # no address leads back to it


async def test_a_link_that_is_passed_on_tells_nothing_of_whose_it_was(site: Site) -> None:
    world = site.world
    await has_vote(world.storage, 3)
    voter = account(1, "wechat")
    await votes(world, voter, "同意")
    await world.writes(voter, "事项 1")
    stranger = site.browser()
    page = await stranger.opens(link_in(world.last(voter)))
    assert "2-1-101" not in page.text and "回执" not in page.buttons

    assert (await stranger.opens("/me/votes")).status == 401
    assert (await stranger.opens("/me")).status == 401
    assert (await stranger.opens("/me/m2")).status == 401
    form = {"id": "0" * 32, "action": "v.cast:1:o1:no"}
    assert (await stranger.posts("/me/do", form)).status == 401


async def test_a_case_for_the_committee_alone_is_not_read_by_a_link(site: Site) -> None:
    world = site.world
    await world.writes(LI, "楼上一直很吵，睡不着")
    await world.presses(LI, "公开方式")
    await world.presses(LI, "只给居委会看")
    await world.presses(LI, "提交")
    await world.writes(LI, "进度 1")
    link = link_in(world.last(LI))

    page = await site.browser().opens(link)
    assert "很吵" not in page.text and page.buttons == ["发数字给我"]

    browser = await comes_in(site, LI)
    assert "很吵" in (await browser.opens("/me/t1")).text
    foreign = await comes_in(site, MEI)
    unseen, missing = await foreign.opens("/me/t1"), await foreign.opens("/me/t99")
    assert (unseen.status, missing.status) == (404, 404)
    assert unseen.text.replace("1号", "N号") == missing.text.replace("99号", "N号")


@pytest.mark.parametrize("spoil", ["late", "forged", "nonsense"])
async def test_links_that_open_nothing(site: Site, spoil: str) -> None:
    await site.world.writes(LI, "网页版")
    link = link_in(site.world.last(LI))
    if spoil == "late":
        site.world.clock.advance(days=7)
    elif spoil == "forged":
        link = link[:-20] + ("a" if link[-20] != "a" else "b") + link[-19:]
    else:
        link = "/s/nonsense!"
    page = await site.browser().opens(link)
    assert page.status == 404 and "网页版" in page.text and page.buttons == []


async def test_a_number_is_typed_ten_times_a_day_and_sent_three_times(site: Site) -> None:
    world = site.world
    await world.writes(LI, "网页版")
    browser = site.browser()
    await browser.opens(link_in(world.last(LI)))
    for _ in range(4):
        await browser.opens("/me/number")
        await browser.presses("再发一次")
    assert sum("数字：" in text for text in world.all(LI)) == 3

    right = number_in(world, LI)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(9):
        page = await browser.posts("/me/confirm", {"number": wrong})
        assert page.status == 403 and "进去" in page.buttons  # to be typed again
    world.clock.advance(minutes=21)  # what was sent is too old by now
    assert (await browser.posts("/me/confirm", {"number": right})).status == 403
    assert (await browser.posts("/me/confirm", {"number": right})).status == 429


async def test_who_is_in_already_finds_the_way_on(site: Site) -> None:
    """Back after signing in, and a second press, said that the link had expired."""
    browser = await comes_in(site, LI)
    for page in (
        await browser.opens("/me/number"),
        await browser.posts("/me/number", {"id": "1" * 32}),
        await browser.posts("/me/confirm", {"number": "123456"}),
    ):
        assert (page.status, page.path) == (200, "/me")

    page = await browser.opens("/me/nothing")
    assert page.status == 404 and page.links["首页"] == "/me"
    assert "首页" not in (await site.browser().opens("/me/nothing")).links


@pytest.mark.parametrize("typed", ["{}", " {} ", "{}号", "０{}"])
async def test_a_number_is_read_as_people_write_it(site: Site, typed: str) -> None:
    world = site.world
    await opened(world)
    await world.writes(LI, "网页版")
    browser = site.browser()
    await browser.opens(link_in(world.last(LI)))
    await browser.presses("发数字给我")
    page = await browser.presses("进去", number=wide(number_in(world, LI)))
    assert (page.status, page.path) == (200, "/me/home")

    await browser.opens("/receipt")
    page = await browser.presses("查一查", matter=typed.format(wide("1")), code="1:00000000")
    assert "这张回执不在1号事项的记录里" in page.text
    assert "查一查" in page.buttons


def wide(digits: str) -> str:
    """As a Chinese keyboard may write them."""
    return "".join(chr(ord(digit) + 0xFEE0) for digit in digits)


async def test_a_receipt_without_a_number_or_with_too_many_is_not_there(site: Site) -> None:
    browser = site.browser()
    for matter in ("", "电梯", "9" * 40):
        await browser.opens("/receipt")
        page = await browser.presses("查一查", matter=matter, code="1:00000000")
        assert page.status == 200 and "不在" in page.text


async def test_pressed_twice_is_one_ballot_and_pressed_again_later_is_another(site: Site) -> None:
    world = site.world
    await has_vote(world.storage, 3)
    browser = await comes_in(site, account(1))
    await browser.opens("/me/m1")
    ballot = await browser.presses("投票")
    form, sent = ballot.form("不同意")
    first = await browser.posts(form.action, sent)
    again = await browser.posts(form.action, sent)
    assert first.text == again.text and first.path == again.path
    assert len([t for t in world.all(account(1)) if "已记录" in t]) == 1

    world.clock.advance(minutes=2)
    other, yes = ballot.form("同意")
    await browser.posts(other.action, yes | {"action": yes["action"]})
    world.clock.advance(minutes=2)
    page = await browser.posts(form.action, sent)  # from the old page, and meant
    assert page.path != first.path and "回执 3:" in page.text


async def test_at_the_close_the_page_refuses_in_the_words_of_the_chat(site: Site) -> None:
    world = site.world
    await has_vote(world.storage, 3)
    world.clock.now = await moment(world, "closes_at") - timedelta(minutes=1)
    browser = await comes_in(site, account(1))
    await browser.opens("/me/m1")
    ballot = await browser.presses("投票")
    world.clock.now = await moment(world, "closes_at")
    form, sent = ballot.form("同意")
    page = await browser.posts(form.action, sent)

    await world.writes(account(1), "投票 1")
    refused = world.last(account(1)).splitlines()[0]
    assert refused in page.text and "已记录" not in page.text


async def test_after_the_count_the_page_shows_the_arithmetic(site: Site) -> None:
    await published(site.world, "同意")
    browser = await comes_in(site, MEI)
    page = await browser.opens("/me/m1")
    assert "参与面积" in page.text and "通过" in page.text


async def test_nobody_presses_for_somebody_else_or_what_no_page_shows(site: Site) -> None:
    await has_vote(site.world.storage, 3)
    browser = await comes_in(site, account(3))
    id = "1" * 32
    for action in ("v.cast:1:o2:yes", "v.cast:1:o1:yes"):
        page = await browser.posts("/me/do", {"id": id.replace("1", action[9]), "action": action})
        assert "已记录" not in page.text
    for action in ("m.void:1", "pg.n", "sign:1", "m.go:1:close", "", "v.cast:x:y"):
        assert (await browser.posts("/me/do", {"id": id, "action": action})).status == 400
    form = {"id": id, "action": "v:1"}
    elsewhere = await browser.posts("/me/do", form, **{"sec-fetch-site": "cross-site"})
    assert elsewhere.status == 403
    old = {"origin": f"https://{HOST}"}  # before browsers said Sec-Fetch-Site
    assert (await browser.http.post("/me/do", data=form, headers=old)).status_code == 303
    foreign = {"origin": "https://evil.example"}
    assert (await browser.http.post("/me/do", data=form, headers=foreign)).status_code == 403
    assert (await browser.posts("/me/do", form | {"id": "short"})).status == 400


async def test_the_answer_is_read_by_who_pressed_alone(site: Site) -> None:
    await has_vote(site.world.storage, 3)
    browser = await comes_in(site, account(1))
    await browser.opens("/me/m1")
    page = await browser.presses("投票")
    assert (await (await comes_in(site, account(2))).opens(page.path)).status == 404


async def test_what_another_process_handles_is_waited_for_and_then_shown(site: Site) -> None:
    world = site.world
    await has_vote(world.storage, 3)
    voter = account(1)
    browser = await comes_in(site, voter)
    pressed = Pressed("7" * 32, voter.channel, voter.chat, ShowBallot(1).pack())
    async with world.storage.begin() as uow:
        await uow.delivery.receive([pressed.received()], world.clock())

    page = await browser.opens(f"/me/a/{pressed.id}")
    assert "正在办" in page.text and "看看办好没有" in page.links
    await world.resumes()
    assert "同意" in (await browser.opens(f"/me/a/{pressed.id}")).buttons


async def test_a_press_whose_button_is_gone_says_that_nothing_was_done(site: Site) -> None:
    browser = await comes_in(site, ANA)
    pressed = Pressed("8" * 32, ANA.channel, ANA.chat, "no:such:button")
    await site.world.intake.accept([pressed.received()])
    await site.world.settle()
    assert "没有办成" in (await browser.opens(f"/me/a/{pressed.id}")).text


async def test_support_from_a_page_is_heard_in_the_group(site: Site) -> None:
    world = site.world
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    browser = await comes_in(site, LI)
    await browser.opens("/me/t1")
    page = await browser.presses("附议")
    assert "已附议1号" in page.text
    assert "1 人附议" in world.card(BUILDING_3, "路灯").text
    await world.presses(ZHOU, "签收")
    assert "周警官正在办理" in (await browser.opens("/me/t1")).text


async def test_what_is_solved_is_judged_on_a_page_with_a_reason_in_words(site: Site) -> None:
    world = site.world
    await world.writes(LI, "3号楼门口路灯坏了")
    await world.presses(LI, "提交")
    await world.presses(ZHOU, "签收")
    await world.presses(ZHOU, "办结")
    await world.writes(ZHOU, "换了灯泡")
    browser = await comes_in(site, LI)
    await browser.opens("/me/t1")
    await browser.presses("没有")
    page = await browser.presses("别的原因")
    _labelled(page.tags)
    assert (await browser.presses("交上去", words=" ")).status == 400
    await browser.opens(page.path)
    page = await browser.presses("交上去", words="还是黑的<b>")
    assert page.status == 200 and "1号" in page.text
    assert any("还是黑的<b>" in text for text in world.all(ZHOU))

    await world.writes(LI, "门口的树倒了")  # not words for the page any more
    assert "要登记这件事吗" in world.last(LI)


async def test_an_objection_is_written_on_a_page(site: Site) -> None:
    await noticed(site.world)
    browser = await comes_in(site, ANA)
    await browser.opens("/me/m1")
    await browser.presses("异议")
    page = await browser.presses("交上去", words="吵" * 4001)
    assert page.status == 400 and "太长了" in page.text and "吵" * 4001 in page.text
    page = await browser.presses("交上去", words="噪音太大")
    assert page.status == 200
    page = await browser.opens("/me/m1")
    assert "异议：收到 1 条" in page.text


async def test_leaving_forgets_the_browser(site: Site) -> None:
    browser = await comes_in(site, ANA)
    assert (await browser.opens("/me")).status == 200
    await browser.presses("退出")
    assert (await browser.opens("/me")).status == 401


async def test_a_session_ends_after_a_week_and_with_the_account(site: Site) -> None:
    browser = await comes_in(site, ANA)
    site.world.clock.advance(days=6, hours=23)
    assert (await browser.opens("/me")).status == 200
    site.world.clock.advance(hours=2)
    assert (await browser.opens("/me")).status == 401


async def test_pages_are_light_whole_and_say_nothing_to_others(site: Site) -> None:
    world = site.world
    await noticed(world, title="<script>alert(1)</script>", text="“引号” & <b>粗</b>")
    browser = await comes_in(site, ANA)
    css = len((STATIC / "sheet.css").read_bytes()) + len((STATIC / "linli.svg").read_bytes())
    for path in ("/me", "/me/m1", "/me/votes", "/me/cases", "/receipt"):
        begun = perf_counter()
        page = await browser.opens(path)
        assert perf_counter() - begun < OUR_TIME * 4  # on a machine that is busy with other tests
        assert len(page.html.encode()) + css < SIZE
        assert [tag for tag, _ in page.tags].count("h1") == 1
        assert not any(tag in ("script", "iframe", "style") for tag, _ in page.tags)
        assert not any("style" in given or "onclick" in given for _, given in page.tags)
        assert dict(page.tags)["html"] == {"lang": "zh-CN"}
        _labelled(page.tags)
        headers = page.headers
        assert "script-src" not in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"
    page = await browser.opens("/me/m1")
    assert "<script>alert(1)</script>" in page.text and "<script>" not in page.html


def _labelled(tags: list[tuple[str, dict[str, str]]]) -> None:
    labels = {given["for"] for tag, given in tags if tag == "label"}
    typed = [g for tag, g in tags if tag in ("input", "textarea")]
    inputs = {g["id"] for g in typed if g.get("type") != "hidden"}
    assert inputs <= labels


def test_colours_have_the_contrast_of_wcag_aa() -> None:
    """4.5:1 for words (WCAG 2.2, 1.4.3), by day and by night."""
    css = (STATIC / "sheet.css").read_text("utf-8")
    day, night = (dict(re.findall(r"--([\w-]+): (#\w+)", part)) for part in _themes(css))
    for colours in (day, day | night):
        for ink, ground in (
            ("ink", "ground"), ("ink", "paper"), ("muted", "ground"), ("muted", "paper"),
            ("act", "paper"), ("act", "ground"), ("on-act", "act"), ("on-brand", "brand"),
        ):  # fmt: skip
            assert _contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)


def _themes(css: str) -> tuple[str, str]:
    day, _, rest = css.partition("@media (prefers-color-scheme: dark)")
    return day, rest


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, definition of contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * d for d in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


async def test_what_an_account_has_opened_is_closed_when_it_leaves(site: Site) -> None:
    """It may have been a stranger's, who was linked by a trick and undone at once."""
    world, stranger = site.world, Address("wechat", "stranger")
    await world.writes(stranger, "/help")
    async with world.storage.begin() as uow:
        ana, other = await uow.linking.person_at(ANA), await uow.linking.person_at(stranger)
        assert ana and other
        await uow.accounts.same_person(other, ana, world.clock(), By(ana))
        await uow.linking.choose(ana, stranger)
    browser = await comes_in(site, stranger)
    assert (await browser.opens("/me/votes")).status == 200

    async with world.storage.begin() as uow:
        await uow.linking.part(stranger, "zh", world.clock())
    assert (await browser.opens("/me/votes")).status == 401
    world.clock.advance(minutes=11)
    assert (await (await comes_in(site, ANA)).opens("/me/votes")).status == 200
