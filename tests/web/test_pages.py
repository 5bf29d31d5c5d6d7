"""The pages: safe, light, and usable with a keyboard and a screen reader."""

import json
from html.parser import HTMLParser

import pytest

from tests.web.visiting import Visitor, Web
from web.pages import STATIC

VOID = {"img", "input", "link", "meta", "br"}
WEIGHT = 60_000  # bytes of a page with everything it loads
FIELDS = {"input", "textarea", "select"}
Attributes = dict[str, str | None]


class Page(HTMLParser):
    """The elements of a page with their attributes and the words inside them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, Attributes, list[str]]] = []
        self._open: list[int] = []
        self.feed(html)
        self.close()
        assert self._open == [], "every element that is opened is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self._open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        for index in self._open:
            self.elements[index][2].append(data.strip())

    def all(self, *tags: str) -> list[tuple[Attributes, str]]:
        return [(a, "".join(words)) for tag, a, words in self.elements if tag in tags]


@pytest.fixture(params=["/chat/", "/demo/ana/", "/", "/?language=en"])
async def page(request: pytest.FixtureRequest, web: Web) -> Page:
    answer = await Visitor(web, request.param).opens()
    assert answer.status_code == 200
    return Page(answer.text)


async def test_the_page_says_its_language_and_may_be_enlarged(page: Page) -> None:
    [(html, _)], metas = page.all("html"), page.all("meta")

    assert html["lang"] in ("zh-CN", "en")
    viewport = next(a["content"] for a, _ in metas if a.get("name") == "viewport")
    assert viewport and "user-scalable" not in viewport and "maximum-scale" not in viewport


async def test_everything_that_can_be_used_has_a_name(page: Page) -> None:
    labelled = {a.get("for") for a, words in page.all("label") if words}
    inside = [words for _, words in page.all("label")]

    for a, words in page.all("button"):
        assert words or a.get("aria-label"), a
    for a, _ in page.all("input", "textarea"):
        assert a.get("aria-label") or a.get("id") in labelled or (a["type"] and all(inside)), a
    for a, _ in page.all("img"):
        assert "alt" in a
    for a, _ in page.all("iframe"):
        assert a.get("title")
    assert len(page.all("h1")) == 1


async def test_no_script_or_style_hides_in_the_page(page: Page) -> None:
    for tag, attributes, _ in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert tag != "style"
    for attributes, words in page.all("script"):
        assert attributes.get("src") and not words


async def test_nothing_comes_from_elsewhere(page: Page) -> None:
    for _, attributes, _ in page.elements:
        for name in ("src", "href", "action"):
            assert "//" not in (attributes.get(name) or "")
    for file in STATIC.iterdir():
        text = file.read_text("utf-8").replace('"http://www.w3.org/2000/svg"', "")
        assert "http:" not in text and "https:" not in text and "@import" not in text


async def test_what_the_page_loads_is_there_and_light(web: Web) -> None:
    html = (await web.ana.opens()).text
    page, weight = Page(html), len(html.encode())

    for attributes, _ in page.all("script", "link"):
        loaded = await web.ana.http.get(
            web.ana.path + str(attributes.get("src") or attributes["href"])
        )
        assert loaded.status_code == 200
        weight += len(loaded.content)

    assert weight < WEIGHT


async def test_every_sentence_the_script_uses_is_handed_to_it(web: Web) -> None:
    page = Page((await web.ana.opens()).text)
    script = (STATIC / "chat.js").read_text("utf-8")
    [(body, _)] = page.all("body")

    handed = json.loads(str(body["data-words"]))

    assert {key for key in handed if f'"{key}"' not in script} == set()
    used = {part.split('"')[0] for part in script.split('say("')[1:]}
    assert used <= set(handed)


async def test_the_script_never_reads_words_as_markup() -> None:
    script = (STATIC / "chat.js").read_text("utf-8")

    for danger in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert danger not in script


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/nowhere", 404), ("GET", "/chat/nowhere", 404), ("GET", "/chat/messages", 405),
    ("POST", "/chat/", 405),
])  # fmt: skip
async def test_an_address_that_leads_nowhere_says_so_in_the_readers_language(
    web: Web, method: str, path: str, status: int
) -> None:
    """It said Not Found, very small."""
    ask = web.ana.http.request
    for language, words in (("zh-CN", "没有这一页"), ("en-GB", "There is no such page")):
        seen = await ask(method, path, headers={"accept": "text/html", "accept-language": language})
        page = Page(seen.text)
        assert seen.status_code == status
        assert [said for _, said in page.all("h1")] == [words]
        assert ("allow" in seen.headers) == (status == 405)

    told = await ask(method, "/nowhere")
    assert (told.status_code, told.json()["error"]) == (404, "no_page")


async def test_a_name_full_of_markup_stays_a_name(web: Web) -> None:
    await web.ana.posts("name", {"name": '"><script>x()'})

    page = Page((await web.ana.opens()).text)

    assert [a["value"] for a, _ in page.all("input") if a.get("id") == "name"] == ['"><script>x()']
    assert len(page.all("script")) == 1


async def test_words_full_of_markup_travel_as_words(web: Web) -> None:
    await web.ana.says("<script>alert(1)</script>\n\nid: 9\ndata: x")

    told = await web.ana.sees()

    assert told.texts == ["<script>alert(1)</script>\n\nid: 9\ndata: x"]


@pytest.mark.parametrize(
    "path", ["/", "/chat/", "/demo/ana/", "/chat/events", "/chat/static/chat.js"]
)
async def test_every_answer_tells_browsers_to_be_careful(web: Web, path: str) -> None:
    headers = (await Visitor(web, path).opens()).headers

    assert headers["x-content-type-options"] == "nosniff"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "frame-ancestors 'self'" in policy
    assert headers["cache-control"] == ("no-cache" if path.endswith(".js") else "no-store")


async def test_what_a_phone_has_loaded_once_it_does_not_load_again(web: Web) -> None:
    first = await web.ana.http.get("/demo/ana/static/chat.js")
    headers = {"if-none-match": first.headers["etag"]}

    again = await web.ana.http.get("/demo/ana/static/chat.js", headers=headers)

    assert (again.status_code, again.content) == (304, b"")


async def test_the_demo_shows_every_cast_members_phone_and_what_to_try(web: Web) -> None:
    page = Page((await Visitor(web, "/").opens()).text)

    assert [a["src"] for a, _ in page.all("iframe")] == ["demo/ana/", "demo/li/", "demo/zhou/"]
    assert len(page.all("li")) == 6
    assert "#建议 3号楼门口路灯坏了" in page.all("code")[0][1]
