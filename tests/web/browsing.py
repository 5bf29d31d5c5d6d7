"""A browser for the resident pages without a script, and what a reader finds on a page."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Self

import httpx

from storage.uow import Storage
from tests.world import COMMUNITY, SHANGHAI, FakeClock, World
from texts import Texts
from web.app import create
from web.entrance import Login
from web.streams import Notifier

HOST = "linli.example.org"
PAGES = replace(COMMUNITY, pages=f"https://{HOST}")
OURS = {"sec-fetch-site": "same-origin"}
LINK = re.compile(rf"https://{HOST}(/s/[a-z2-7]+)")
VOID = frozenset({"meta", "link", "input", "hr", "br", "img"})


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)  # by label: name and value


class Page(HTMLParser):
    """What stands on a page; refuses what is not closed in its order."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.status, self.html, self.headers = response.status_code, response.text, response.headers
        self.path = response.url.path
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self._pressed: tuple[str, str] | None = None
        self._link = ""
        self.feed(self.html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "form":
            self.forms.append(Form(given["action"]))
        elif tag == "input" and given.get("type") == "hidden":
            self.forms[-1].fields[given["name"]] = given["value"]
        elif tag == "button":
            self._pressed = given.get("name", ""), given.get("value", "")
        elif tag == "a":
            self._link = given["href"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self._pressed, self._link = None, ""

    def handle_data(self, data: str) -> None:
        if words := data.strip():
            self.words.append(words)
            if self._pressed is not None:
                self.forms[-1].buttons[words] = self._pressed
            elif self._link:
                self.links[words] = self._link

    @property
    def text(self) -> str:
        return "\n".join(self.words)

    @property
    def buttons(self) -> list[str]:
        return [label for form in self.forms for label in form.buttons]

    def form(self, label: str) -> tuple[Form, dict[str, str]]:
        """The form with this button, and what is sent by pressing it."""
        for form in self.forms:
            for shown, (name, value) in form.buttons.items():
                if label in shown:
                    return form, form.fields | ({name: value} if name else {})
        raise AssertionError(f"no button {label!r} among {self.buttons} of {self.text}")


class Site:
    """The pages over a world; ``async with`` closes its browsers."""

    def __init__(
        self, storage: Storage, clock: FakeClock, login: Login | None = None, *,
        secure: bool = True,
    ) -> None:  # fmt: skip
        self.world = World(storage, clock, PAGES)
        self.notifier = Notifier()
        self._browsers: list[httpx.AsyncClient] = []
        self.app = create(
            storage, self.world.intake.accept, Texts.load("zh", SHANGHAI), PAGES, clock,
            notifier=self.notifier, login=login, secure=secure,
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *failure: object) -> None:
        for browser in self._browsers:
            await browser.aclose()

    def browser(
        self,
        agent: str = "Mozilla/5.0",
        others: Mapping[str, httpx.AsyncBaseTransport] | None = None,
    ) -> "Browser":
        """``others``: the way to servers that are not ours, by their address."""
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            mounts=others,
            base_url=f"https://{HOST}",
            headers={"accept-language": "zh-CN", "accept": "text/html", "user-agent": agent},
        )
        self._browsers.append(http)
        return Browser(http, self.world.settle)


class Browser:
    """One browser: keeps cookies, follows our own redirects, presses what it sees."""

    def __init__(self, http: httpx.AsyncClient, settle: Callable[[], Awaitable[None]]) -> None:
        """``settle`` waits until what was pressed is done and said."""
        self.http = http
        self._settle = settle
        self.page: Page

    async def opens(self, path: str) -> Page:
        self.page = Page(await self.http.get(path, follow_redirects=True))
        return self.page

    async def presses(self, label: str, **typed: str) -> Page:
        form, sent = self.page.form(label)
        return await self.posts(form.action, sent | typed)

    async def posts(self, path: str, sent: dict[str, str], **headers: str) -> Page:
        answer = await self.http.post(
            path, data=sent, headers={**OURS, **headers}, follow_redirects=True
        )
        self.page = Page(answer)
        await self._settle()
        return self.page
