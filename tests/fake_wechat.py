"""A WeChat of our own over real HTTP: it brings what people write, and takes what the bot sends.

It keeps the documented limits (handbook: platforms 3.2) by its own count and ciphers with its
own code; whatever breaks a rule is in ``violations``. Time is the clock it is given.
"""

import asyncio
import base64
import hashlib
import json
import re
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from socket import socket
from typing import Any
from urllib.parse import unquote, urlencode
from xml.etree import ElementTree

import uvicorn
from aiohttp import ClientSession, web
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.fake_tencent import FakeTencent

ANSWER_WITHIN = 10.0  # seconds: twice WeChat's, on a machine that is busy with other tests
APP_ID, SECRET, TOKEN = "wx0123456789abcdef", "s" * 32, "linliToken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OURSELVES = "gh_0123456789ab"
KEYWORDS = {  # of notices: what each kind holds
    "thing": re.compile(r"[^\n]{1,20}"),
    "phrase": re.compile(r"[^\n]{1,5}"),
    "time": re.compile(r"\d{4}年\d{2}月\d{2}日 \d{2}:\d{2}"),
    "date": re.compile(r"\d{4}年\d{2}月\d{2}日"),
}
LINK = re.compile(
    r'<a href="weixin://bizmsgmenu\?msgmenucontent=([^"&<>]+)&msgmenuid=([0-9]{1,20})">([^<>]+)</a>'
)
MARKUP = re.compile(r"<\s*[a-zA-Z/!]")
STATE = re.compile(r"[a-zA-Z0-9]{1,128}")  # of 网页授权
NUMBERED = re.compile(r"(\d+)\. (.*)")


class Envelope:
    """Safe mode (安全模式), written from the documentation and not from the bot's library."""

    def __init__(self, app_id: str = APP_ID, token: str = TOKEN, key: str = AES_KEY) -> None:
        self._app_id = app_id
        self._token = token
        self._key = base64.b64decode(key + "=")

    def seal(self, text: str) -> str:
        words = text.encode()
        inside = b"0123456789abcdef" + struct.pack(">I", len(words)) + words + self._app_id.encode()
        missing = 32 - len(inside) % 32
        work = self._cipher().encryptor()
        sealed = work.update(inside + bytes([missing]) * missing) + work.finalize()
        return base64.b64encode(sealed).decode()

    def open(self, sealed: str) -> str:
        work = self._cipher().decryptor()
        inside = work.update(base64.b64decode(sealed)) + work.finalize()
        inside = inside[: -inside[-1]]
        length = struct.unpack(">I", inside[16:20])[0]
        assert inside[20 + length :].decode() == self._app_id
        return inside[20 : 20 + length].decode()

    def sign(self, *parts: str) -> str:
        return hashlib.sha1("".join(sorted([self._token, *parts])).encode()).hexdigest()

    def _cipher(self) -> Any:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


@dataclass
class Window:
    until: datetime
    left: int


@dataclass
class Person:
    """One follower: what they read, and how often they may still be written to."""

    read: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    voices: list[str] = field(default_factory=list)
    replies: list[int] = field(default_factory=list)  # which texts came in the open request
    shown: list[tuple[int, str]] = field(default_factory=list)  # behind which text which picture
    notices: list[dict[str, str]] = field(default_factory=list)  # values by keyword
    menus: list[dict[str, dict[str, str]]] = field(default_factory=list)  # what to press, by label
    agreed: Counter[str] = field(default_factory=Counter)  # one-time consents by template
    windows: dict[str, Window] = field(default_factory=dict)
    follows: bool = True


class FakeWeChat(FakeTencent):
    """``async with FakeWeChat(clock) as fake``; the bot's base_url is ``fake.url``."""

    def __init__(self, clock: Callable[[], datetime], *, aes: bool = True) -> None:
        self.hook = ""  # where it brings what people do
        self.aes = aes
        self.repeats = 1  # how often each callback is brought
        self.fail_next: list[int] = []  # codes with which the next customer messages are refused
        self.fail_next_notice: list[int] = []
        self.fail_next_media: list[int] = []
        self.menu: dict[str, Any] = {}
        self.people: dict[str, Person] = {}
        self.kept: dict[str, bytes] = {}  # pictures and voices by media id, for three days
        self._kept_until: dict[str, datetime] = {}
        self.holder = ""  # whose phone opens pages in WeChat's own browser
        self.codes: dict[str, str] = {}  # of 网页授权, by code: each is good once
        self._replies: dict[str, str] = {}  # by what a repeated callback has in common
        self._clock = clock
        self._envelope = Envelope()
        self._numbers = count(4_561_255_354_251_345)
        super().__init__()

    def _server(self) -> web.AppRunner:
        app = web.Application(client_max_size=20_000_000)
        app.router.add_post("/cgi-bin/stable_token", self._stable_token)
        app.router.add_post("/cgi-bin/message/custom/send", self._with_token(self._custom))
        notify = self._with_token(self._notify)
        app.router.add_post("/cgi-bin/message/subscribe/bizsend", notify)
        app.router.add_post("/cgi-bin/menu/create", self._with_token(self._create_menu))
        app.router.add_post("/cgi-bin/qrcode/create", self._with_token(self._scene))
        app.router.add_post("/cgi-bin/media/upload", self._with_token(self._upload))
        app.router.add_get("/cgi-bin/media/get", self._with_token(self._media))
        app.router.add_get("/connect/oauth2/authorize", self._authorize)
        app.router.add_get("/sns/oauth2/access_token", self._who)
        return web.AppRunner(app, access_log=None)

    # --- what people do

    async def says(self, who: str, text: str) -> None:
        await self.brings(who, MsgType="text", Content=text, MsgId=str(next(self._numbers)))

    async def chooses(self, who: str, label: str) -> None:
        """Type the number of a choice in the newest message that has it."""
        for text in reversed(self.person(who).read):
            for found in map(NUMBERED.match, text.splitlines()):
                if found and label in found[2]:
                    return await self.says(who, found[1])
        raise AssertionError(f"no choice {label!r} in {self.person(who).read}")

    async def presses(self, who: str, label: str) -> None:
        """Press a choice in the newest message that has it."""
        for menu in reversed(self.person(who).menus):
            for shown, sent in menu.items():
                if label in shown:
                    number = str(next(self._numbers))
                    return await self.brings(who, MsgType="text", MsgId=number, **sent)
        raise AssertionError(f"nothing to press for {label!r} in {self.person(who).menus}")

    async def sends_voice(self, who: str, content: bytes, understood: str = "") -> str:
        media = self._keeps(content)
        await self.brings(
            who, MsgType="voice", MediaId=media, Format="amr", Recognition=understood,
            MsgId=str(next(self._numbers)),
        )  # fmt: skip
        return media

    def _keeps(self, content: bytes) -> str:
        media = f"media-{next(self._numbers)}"
        self.keeps(media, content)
        return media

    def keeps(self, media: str, content: bytes) -> None:
        self.kept[media] = content
        self._kept_until[media] = self._clock() + timedelta(days=3)

    async def sends_picture(self, who: str, content: bytes) -> None:
        media = self._keeps(content)
        await self.brings(
            who, MsgType="image", PicUrl="http://mmbiz.qpic.cn/x", MediaId=media,
            MsgId=str(next(self._numbers)),
        )  # fmt: skip

    async def does(self, who: str, event: str, key: str = "") -> None:
        """Follow (subscribe), leave (unsubscribe), scan a QR code (SCAN), use the menu (CLICK)."""
        self.person(who).follows = event != "unsubscribe"
        await self.brings(who, MsgType="event", Event=event, EventKey=key)

    async def agrees(self, who: str, *templates: str) -> None:
        """Say yes to one notice of each template."""
        self.person(who).agreed.update(templates)
        said = [{"TemplateId": t, "SubscribeStatusString": "accept"} for t in templates]
        await self.lists(who, "subscribe_msg_popup_event", "SubscribeMsgPopupEvent", said)

    async def withdraws(self, who: str, template: str) -> None:
        del self.person(who).agreed[template]
        said = [{"TemplateId": template, "SubscribeStatusString": "reject"}]
        await self.lists(who, "subscribe_msg_change_event", "SubscribeMsgChangeEvent", said)

    async def tells_of_notice(self, who: str, template: str, code: int, status: str) -> None:
        """How the sending of a notice went."""
        said = [{"TemplateId": template, "MsgID": str(next(self._numbers)),
                 "ErrorCode": str(code), "ErrorStatus": status}]  # fmt: skip
        await self.lists(who, "subscribe_msg_sent_event", "SubscribeMsgSentEvent", said)

    async def lists(self, who: str, event: str, name: str, said: list[dict[str, str]]) -> None:
        entries = "".join(f"<List>{_elements(**entry)}</List>" for entry in said)
        await self.brings(who, MsgType="event", Event=event, **{name: Nested(entries)})

    async def brings(self, who: str, **elements: str) -> None:
        """A callback, as often as this WeChat repeats it."""
        stamp = str(int(self._clock().timestamp()))
        elements = {"ToUserName": OURSELVES, "FromUserName": who, "CreateTime": stamp} | elements
        person = self.person(who)
        if elements["MsgType"] != "event":
            person.windows["wrote"] = Window(self._clock() + timedelta(hours=48), 5)
        elif elements["Event"] in ("subscribe", "SCAN", "CLICK"):
            person.windows["came"] = Window(self._clock() + timedelta(minutes=1), 3)
        query, body = self.letter(elements)
        for _ in range(self.repeats):
            await self._brought(who, elements, query, body)

    def letter(self, elements: dict[str, str]) -> tuple[dict[str, str], bytes]:
        """A signed request: its query and its body."""
        stamp, nonce = str(int(self._clock().timestamp())), str(next(self._numbers))
        xml = _xml(**elements)
        query = {"signature": self._envelope.sign(stamp, nonce), "timestamp": stamp}
        query |= {"nonce": nonce, "openid": elements.get("FromUserName", "")}
        if self.aes:
            sealed = self._envelope.seal(xml)
            query |= {"encrypt_type": "aes"}
            query |= {"msg_signature": self._envelope.sign(stamp, nonce, sealed)}
            xml = _xml(ToUserName=OURSELVES, Encrypt=sealed)
        return query, xml.encode()

    async def _brought(
        self, who: str, elements: dict[str, str], query: dict[str, str], body: bytes
    ) -> None:
        began = asyncio.get_running_loop().time()
        async with ClientSession() as session, session.post(
            self.hook, params=query, data=body, headers={"Content-Type": "text/xml"}
        ) as response:  # fmt: skip
            answer = await response.text()
        if asyncio.get_running_loop().time() - began > ANSWER_WITHIN:
            self.violations.append("an answer that is too late")
        if response.status != 200:
            self.violations.append(f"answered {response.status}")
        elif answer not in ("", "success"):
            self._replied(who, elements, answer)

    def _replied(self, who: str, elements: dict[str, str], answer: str) -> None:
        xml = _read(answer)
        if self.aes:
            wanted = self._envelope.sign(xml["TimeStamp"], xml["Nonce"], xml["Encrypt"])
            if xml["MsgSignature"] != wanted:
                self.violations.append("a reply that is not signed")
            xml = _read(self._envelope.open(xml["Encrypt"]))
        if (xml["ToUserName"], xml["FromUserName"]) != (who, OURSELVES):
            self.violations.append("a reply to somebody else")
        same = elements.get("MsgId") or who + elements["CreateTime"] + elements.get("Event", "")
        if self._replies.setdefault(same, answer) == answer and same not in self.calls:
            self.calls[same] = 1
            self.person(who).replies.append(len(self.person(who).read))
            self._reads(who, xml["Content"])

    # --- what they read

    def person(self, who: str) -> Person:
        return self.people.setdefault(who, Person())

    def _reads(self, who: str, text: str) -> None:
        """Words with links that can be pressed."""
        self._check_length(text)
        pressed = {
            label: {"Content": unquote(content), "bizmsgmenuid": id}
            for content, id, label in LINK.findall(text)
        }
        self._shows(who, LINK.sub(r"\3", text), pressed)

    def _shows_menu(
        self, who: str, head_content: str, list: list[dict[str, str]], tail_content: str
    ) -> None:
        lines = [head_content, *(entry["content"] for entry in list), tail_content]
        text = "\n".join(lines).strip()
        self._check_length(text)
        if not list:
            self.violations.append("a menu of nothing")
        pressed = {e["content"]: {"Content": e["content"], "bizmsgmenuid": e["id"]} for e in list}
        self._shows(who, text, pressed)

    def _shows(self, who: str, text: str, pressed: dict[str, dict[str, str]]) -> None:
        if MARKUP.search(text):
            self.violations.append("markup that is not the bot's own")
        self.person(who).read.append(text)
        self.person(who).menus.append(pressed)
        self._news.set()

    # --- what the bot asks

    async def _stable_token(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.calls["stable_token"] += 1
        if (asked["appid"], asked["secret"]) != (APP_ID, SECRET):
            return web.json_response({"errcode": 40125, "errmsg": "invalid appsecret"})
        if not self.tokens or asked["force_refresh"]:
            self.expire_token()
        return web.json_response({"access_token": self.tokens[-1], "expires_in": 7200})

    async def _authorize(self, request: web.Request) -> web.Response:
        """网页授权 in WeChat's browser: back to the page with a code, and nobody is asked."""
        asked = request.query
        order = ["appid", "redirect_uri", "response_type", "scope", "state"]
        if list(asked) != order or asked["appid"] != APP_ID or asked["response_type"] != "code":
            self.violations.append(f"authorize: {list(asked)}")
        if asked["scope"] != "snsapi_base" or not STATE.fullmatch(asked["state"]):
            self.violations.append(f"authorize: {asked['scope']} {asked['state']}")
        code = f"code-{next(self._numbers)}"
        self.codes[code] = self.holder
        query = urlencode({"code": code, "state": asked["state"]})
        raise web.HTTPFound(f"{asked['redirect_uri']}?{query}")

    async def _who(self, request: web.Request) -> web.Response:
        asked = request.query
        if (asked["appid"], asked["secret"]) != (APP_ID, SECRET):
            return _code(40125)
        if asked["grant_type"] != "authorization_code" or not self.codes.get(asked["code"]):
            return _code(40029)
        openid = self.codes.pop(asked["code"])
        return web.json_response(
            {"access_token": "of-the-page", "expires_in": 7200, "refresh_token": "r",
             "openid": openid, "scope": "snsapi_base"}
        )  # fmt: skip

    def expire_token(self) -> None:
        self.tokens.append(f"token-{len(self.tokens)}")

    async def _custom(self, request: web.Request) -> web.Response:
        sent = json.loads((await request.read()).decode())
        person = self.person(sent["touser"])
        if self.fail_next:
            return _code(self.fail_next.pop(0))
        if not person.follows:
            return _code(43004)
        if not self._takes_place(person):
            self.violations.append("a message that nobody may be sent")
            return _code(45047)
        if sent["msgtype"] == "text":
            self._reads(sent["touser"], sent["text"]["content"])
        elif sent["msgtype"] == "msgmenu":
            self._shows_menu(sent["touser"], **sent["msgmenu"])
        else:
            shown = person.voices if sent["msgtype"] == "voice" else person.pictures
            shown.append(sent[sent["msgtype"]]["media_id"])
            person.shown.append((len(person.read) - 1, shown[-1]))
            if self._kept_until.get(shown[-1], self._clock()) <= self._clock():
                self.violations.append("a picture that is not there")
            self._news.set()
        return _code(0)

    def _takes_place(self, person: Person) -> bool:
        """What ends soonest is used first."""
        for window in sorted(person.windows.values(), key=lambda window: window.until):
            if window.until > self._clock() and window.left:
                window.left -= 1
                return True
        return False

    def _check_length(self, text: str) -> None:
        if not 0 < len(text.encode()) <= 2048:
            self.violations.append(f"a text of {len(text.encode())} bytes")

    async def _notify(self, request: web.Request) -> web.Response:
        sent = json.loads((await request.read()).decode())
        person, template = self.person(sent["touser"]), sent["template_id"]
        if self.fail_next_notice:
            return _code(self.fail_next_notice.pop(0))
        if not person.agreed[template]:
            return _code(43101)
        values = {keyword: entry["value"] for keyword, entry in sent["data"].items()}
        for keyword, value in values.items():
            form = KEYWORDS.get(keyword.rstrip("0123456789"))
            if form is None or not form.fullmatch(value):
                self.violations.append(f"a notice whose {keyword} is {value!r}")
                return _code(47003)
        person.agreed[template] -= 1
        person.notices.append(values)
        self._news.set()
        return _code(0)

    async def _create_menu(self, request: web.Request) -> web.Response:
        self.menu = json.loads((await request.read()).decode())
        for button in self.menu["button"]:
            if (
                not 1 <= len(button.get("sub_button", [1])) <= 5
                or len(button["name"].encode()) > 16
            ):
                self.violations.append(f"menu: {button['name']}")
        below = [b for button in self.menu["button"] for b in button.get("sub_button", ())]
        for button in below:
            address = button.get("url", "https://")
            if not address.startswith("https://") or len(address) > 1024:
                self.violations.append(f"menu: {address}")
        if len(self.menu["button"]) > 3:
            self.violations.append("menu: more than three")
        return _code(0)

    async def _scene(self, request: web.Request) -> web.Response:
        asked = json.loads((await request.read()).decode())
        scene = asked["action_info"]["scene"]["scene_str"]
        if not 1 <= len(scene) <= 64 or asked["expire_seconds"] > 2_592_000:
            self.violations.append("a scene that WeChat does not take")
        return web.json_response({"ticket": "t", "url": f"http://weixin.qq.com/q/{scene}"})

    async def _upload(self, request: web.Request) -> web.Response:
        part = await (await request.multipart()).next()
        assert part is not None
        content, kind = bytes(await part.read()), request.query["type"]  # type: ignore[union-attr]
        if len(content) > {"image": 10_000_000, "voice": 2_000_000}[kind]:
            self.violations.append(f"a {kind} that is too big")
            return _code(40009)
        media = self._keeps(content)
        return web.json_response({"type": kind, "media_id": media, "created_at": 0})

    async def _media(self, request: web.Request) -> web.Response:
        media = request.query["media_id"]
        if self.fail_next_media:
            return _code(self.fail_next_media.pop(0))
        if media not in self.kept or self._kept_until[media] <= self._clock():
            return _code(40007)
        kind = "audio/amr" if self.kept[media].startswith(b"#!AMR") else "image/jpeg"
        return web.Response(body=self.kept[media], content_type=kind)


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """An ASGI application on loopback; yields its address."""
    config = uvicorn.Config(app, log_level="error", lifespan="off")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        await server.startup(sockets=[door])  # without the ticks of a server that runs for days
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            for listening in server.servers:
                listening.close()
            for connection in list(server.server_state.connections):
                connection.shutdown()


def _code(code: int) -> web.Response:
    return web.json_response({"errcode": code, "errmsg": "ok" if code == 0 else "refused"})


class Nested(str):
    """Elements, not words."""


def _xml(**elements: str) -> str:
    return f"<xml>{_elements(**elements)}</xml>"


def _elements(**elements: str) -> str:
    return "".join(
        f"<{n}>{t if isinstance(t, Nested) else f'<![CDATA[{t}]]>'}</{n}>"
        for n, t in elements.items()
    )


def _read(xml: str) -> dict[str, str]:
    return {element.tag: element.text or "" for element in ElementTree.fromstring(xml)}
