"""A WeCom of our own over real HTTP: it brings what members do, and takes what the bot sends.

It keeps the documented limits (handbook: platforms 3.3) by its own count, and like WeCom it
drops without a word what is beyond them; whatever breaks a rule is in ``violations``. Time is
the clock it is given. Members can be written to from the start, and their names in small
letters are the same.
"""

import asyncio
import json
import re
from base64 import b64decode
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import md5
from itertools import count
from typing import Any

from aiohttp import ClientSession, web

from tests.fake_tencent import FakeTencent
from tests.fake_wechat import ANSWER_WITHIN, Envelope

CORP_ID, AGENT_ID = "ww0123456789abcdef", 1000002
SECRET, TOKEN = "s" * 43, "linliToken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ROBOT_KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OF_MEMBER = ((MINUTE, 30), (HOUR, 1000))
OF_GROUPS = ((MINUTE, 200), (DAY, 10_000))
OF_ROBOT = ((MINUTE, 20),)
USABLE = timedelta(hours=72)  # a response_code
TASK = re.compile(r"[A-Za-z0-9_@-]{1,128}")
CHAT = re.compile(r"[0-9a-zA-Z]{1,32}")
NUMBERED = re.compile(r"(\d+)\. (.*)")


@dataclass
class Card:
    """What a member sees of a card, and what it sends when it is pressed."""

    task: str
    kind: str
    words: str
    choices: dict[str, str]  # keys, or ids of options, by what stands on them


@dataclass
class Member:
    read: list[str] = field(default_factory=list)  # words, and the words of cards
    cards: list[Card] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    voices: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    sees_the_app: bool = True


@dataclass
class Group:
    """A group chat of the app, or where a robot stands."""

    members: tuple[str, ...] = ()
    name: str = ""
    read: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)


class FakeWeCom(FakeTencent):
    """``async with FakeWeCom(clock) as fake``; the bot's base_url is ``fake.url``."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.hook = ""  # where it brings what members do
        self.repeats = 1  # how often each callback is brought
        self.dropped = 0  # messages beyond a limit, of which nobody hears
        self.fail_next: list[int] = []  # codes with which the next messages are refused
        self.lose_next = 0  # messages that arrive, while the answer to them is lost
        self.menu: dict[str, Any] = {}
        self.people: dict[str, Member] = {}
        self.groups: dict[str, Group] = {}
        self.robots = {ROBOT_KEY: Group()}
        self.kept: dict[str, bytes] = {}  # pictures and files by media id
        self._codes: dict[str, tuple[str, datetime]] = {}  # of which card, and since when
        self._tasks: set[str] = set()
        self._arrived: defaultdict[str, list[datetime]] = defaultdict(list)
        self._clock = clock
        self._envelope = Envelope(CORP_ID, TOKEN, AES_KEY)
        self._numbers = count(4_561_255_354_251_345)
        super().__init__()

    def _server(self) -> web.AppRunner:
        app = web.Application(client_max_size=20_000_000)
        app.router.add_get("/cgi-bin/gettoken", self._gettoken)
        app.router.add_post("/cgi-bin/webhook/send", self._robot)
        for path, answer in {
            "message/send": self._message,
            "message/update_template_card": self._update,
            "appchat/create": self._create_group,
            "appchat/send": self._to_group,
            "menu/create": self._create_menu,
            "media/upload": self._upload,
        }.items():
            app.router.add_post(f"/cgi-bin/{path}", self._with_token(answer))
        app.router.add_get("/cgi-bin/appchat/get", self._with_token(self._group_info))
        app.router.add_get("/cgi-bin/media/get", self._with_token(self._media))
        return web.AppRunner(app, access_log=None)

    # --- what members do

    async def says(self, who: str, text: str) -> None:
        await self.brings(who, MsgType="text", Content=text, MsgId=str(next(self._numbers)))

    async def presses(self, who: str, label: str) -> None:
        """Press a button, or send off an option, of the newest card that has it."""
        for card in reversed(self.person(who).cards):
            for choice, key in card.choices.items():
                if label in self.whole(who, choice):
                    return await self.sends_off(who, card, key)
        cards = [card.choices for card in self.person(who).cards]
        raise AssertionError(f"no choice {label!r} in {cards}")

    chooses = presses  # as on a platform without buttons

    def whole(self, who: str, choice: str) -> str:
        """What stands in full among the words, where a button has no room for it."""
        if not choice.endswith("…"):
            return choice
        number = choice.partition(".")[0]
        lines = "\n".join(self.person(who).read[-8:]).splitlines()
        full = [
            found[2] for line in lines if (found := NUMBERED.match(line)) and found[1] == number
        ]
        return full[-1] if full else choice

    async def sends_off(self, who: str, card: Card, key: str) -> None:
        chosen = ""
        if card.kind == "vote_interaction":
            options = f"<OptionIds><OptionId><![CDATA[{key}]]></OptionId></OptionIds>"
            question = "<QuestionKey><![CDATA[choice]]></QuestionKey>"
            item = f"<SelectedItem>{question}{options}</SelectedItem>"
            chosen, key = f"<SelectedItems>{item}</SelectedItems>", "submit"
        await self.brings(
            who, chosen, MsgType="event", Event="template_card_event", EventKey=key,
            TaskId=card.task, CardType=card.kind, ResponseCode=self._code_for(card.task),
        )  # fmt: skip

    async def sends_picture(self, who: str, content: bytes) -> None:
        media, number = self._keeps(content), str(next(self._numbers))
        url = "http://wework.qpic.cn/x"
        await self.brings(who, MsgType="image", PicUrl=url, MediaId=media, MsgId=number)

    async def sends_voice(self, who: str, content: bytes) -> None:
        media, number = self._keeps(content), str(next(self._numbers))
        await self.brings(who, MsgType="voice", MediaId=media, Format="amr", MsgId=number)

    def _keeps(self, content: bytes) -> str:
        media = f"media-{next(self._numbers)}"
        self.kept[media] = content
        return media

    async def does(self, who: str, event: str, key: str = "") -> None:
        """Be let see the app (subscribe) or no more (unsubscribe), look in (enter_agent), click."""
        self.person(who).sees_the_app = event != "unsubscribe"
        await self.brings(who, MsgType="event", Event=event, EventKey=key)

    async def brings(self, who: str, nested: str = "", **elements: str) -> None:
        """A callback, as often as this WeCom repeats it."""
        stamp = str(int(self._clock().timestamp()))
        elements = {"FromUserName": who, "CreateTime": stamp} | elements
        query, body = self.letter(elements, nested)
        for _ in range(self.repeats):
            await self._brought(query, body)

    def letter(self, elements: dict[str, str], nested: str = "") -> tuple[dict[str, str], bytes]:
        """A signed request: its query and its body."""
        elements = {"ToUserName": CORP_ID, "AgentID": str(AGENT_ID)} | elements
        inside = "".join(f"<{n}><![CDATA[{t}]]></{n}>" for n, t in elements.items())
        sealed = self._envelope.seal(f"<xml>{inside}{nested}</xml>")
        body = (
            f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName><AgentID>{AGENT_ID}</AgentID>"
            f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        )
        return self.signed(sealed), body.encode()

    def signed(self, sealed: str) -> dict[str, str]:
        stamp, nonce = str(int(self._clock().timestamp())), str(next(self._numbers))
        signature = self._envelope.sign(stamp, nonce, sealed)
        return {"msg_signature": signature, "timestamp": stamp, "nonce": nonce}

    async def checks_address(self, words: str = "1616140317555161061") -> str:
        """What the console does when the address is saved; returns what was answered."""
        sealed = self._envelope.seal(words)
        query = self.signed(sealed) | {"echostr": sealed}
        async with ClientSession() as session, session.get(self.hook, params=query) as response:
            return await response.text()

    async def _brought(self, query: dict[str, str], body: bytes) -> None:
        began = asyncio.get_running_loop().time()
        async with ClientSession() as session, session.post(
            self.hook, params=query, data=body, headers={"Content-Type": "text/xml"}
        ) as response:  # fmt: skip
            answer = await response.text()
        if asyncio.get_running_loop().time() - began > ANSWER_WITHIN:
            self.violations.append("an answer that is too late")
        if response.status != 200:
            self.violations.append(f"answered {response.status}")
        elif answer:
            self.violations.append("answered in plain")

    # --- what they read

    def person(self, who: str) -> Member:
        return self.people.setdefault(who.lower(), Member())

    # --- the token

    async def _gettoken(self, request: web.Request) -> web.Response:
        self.calls["gettoken"] += 1
        if (request.query["corpid"], request.query["corpsecret"]) != (CORP_ID, SECRET):
            return _code(40001)
        if not self.tokens:
            self.expire_token()
        found = {"errcode": 0, "errmsg": "ok", "access_token": self.tokens[-1], "expires_in": 7200}
        return web.json_response(found)

    def expire_token(self) -> None:
        self.tokens.append(f"token-{len(self.tokens)}")

    # --- messages to members

    async def _message(self, request: web.Request) -> web.Response:
        sent = json.loads((await request.read()).decode())
        if self.fail_next:
            return _code(self.fail_next.pop(0))
        self._check(sent["agentid"] == AGENT_ID, "another app")
        member = self.person(sent["touser"])
        if not member.sees_the_app:
            return _code(81013)
        kind = sent["msgtype"]
        card = sent[kind] if kind == "template_card" else None
        if card and card["task_id"] in self._tasks:
            return _code(42014)
        answer = {"errcode": 0, "errmsg": "ok", "invaliduser": "", "msgid": "m"}
        if card:
            self._tasks.add(card["task_id"])
            answer["response_code"] = self._code_for(card["task_id"])
        if self._has_room(sent["touser"], OF_MEMBER):
            self._shows(member, kind, sent[kind])
        return self._unless_lost(answer)

    def _unless_lost(self, answer: dict[str, Any]) -> web.Response:
        if self.lose_next:
            self.lose_next -= 1
            return web.Response(status=502)
        return web.json_response(answer)

    def _shows(self, member: Member, kind: str, content: dict[str, Any]) -> None:
        if kind == "template_card":
            card = self._card(content)
            member.cards.append(card)
            member.read.append(card.words)
        elif kind == "text":
            self._check_text(content["content"])
            member.read.append(content["content"])
        else:
            self._check(content["media_id"] in self.kept, f"{kind} that nobody uploaded")
            theirs = {"image": member.pictures, "voice": member.voices, "file": member.files}
            theirs[kind].append(content["media_id"])
        self._news.set()

    async def _update(self, request: web.Request) -> web.Response:
        sent = json.loads((await request.read()).decode())
        (who,), content = sent["userids"], sent["template_card"]
        task, since = self._codes.pop(sent["response_code"], ("", self._clock()))
        if not task or self._clock() - since > USABLE:
            self.violations.append("a response_code that is spent")
            return _code(40058)
        if content["task_id"] in self._tasks:
            return _code(42014)
        self._tasks.add(content["task_id"])
        member, card = self.person(who), self._card(content)
        (place,) = (n for n, old in enumerate(member.cards) if old.task == task)
        member.cards[place] = card
        member.read.append(card.words)
        self._news.set()
        return self._unless_lost({"errcode": 0, "errmsg": "ok", "invaliduser": []})

    def _code_for(self, task: str) -> str:
        """With which this card can be changed once."""
        code = f"code-{next(self._numbers)}"
        self._codes[code] = task, self._clock()
        return code

    def _card(self, content: dict[str, Any]) -> Card:
        """Sizes as in path/90236 and the handbook."""
        kind, title = content["card_type"], content["main_title"]
        self._check(bool(TASK.fullmatch(content["task_id"])), "a task_id of another form")
        self._check(0 < len(title["title"]) <= 36, "a title of another length")
        self._check(len(title.get("desc", "")) <= 44, "a description that is too long")
        self._check(len(content.get("sub_title_text", "")) <= 160, "words that are too long")
        below = title.get("desc") or content.get("sub_title_text", "")
        choices = self._choices(kind, content)
        words = "\n".join([title["title"], below, *(f"[{choice}]" for choice in choices)])
        return Card(content["task_id"], kind, words, choices)

    def _choices(self, kind: str, content: dict[str, Any]) -> dict[str, str]:
        if kind == "text_notice":
            self._check(bool(content["card_action"]["url"]), "a card that leads nowhere")
            return {}
        if kind == "button_interaction":
            found = [(b["text"], b["key"]) for b in content["button_list"]]
            most, longest, bytes_ = 6, 10, 1024
        else:
            options = content["checkbox"]["option_list"]
            found = [(option["text"], option["id"]) for option in options]
            most, longest, bytes_ = 20, 17, 128
            self._check(0 < len(content["submit_button"]["text"]) <= 10, "no way to send it off")
        self._check(1 <= len(found) <= most, f"{len(found)} choices on a card")
        self._check(len({key for _, key in found}) == len(found), "a key twice")
        for text, key in found:
            self._check(0 < len(text) <= longest, f"{len(text)} characters to choose")
            self._check(0 < len(key.encode()) <= bytes_, f"a key of {len(key.encode())} bytes")
        return dict(found)

    def _has_room(self, place: str, limits: tuple[tuple[timedelta, int], ...]) -> bool:
        now, before = self._clock(), self._arrived[place]
        if any(sum(at > now - span for at in before) >= most for span, most in limits):
            self.dropped += 1
            self.violations.append(f"dropped without a word: {place}")
            return False
        before.append(now)
        return True

    def _check(self, holds: bool, what: str) -> None:
        if not holds:
            self.violations.append(what)

    def _check_text(self, text: str) -> None:
        self._check(0 < len(text.encode()) <= 2048, f"a text of {len(text.encode())} bytes")

    # --- groups and robots

    async def _create_group(self, request: web.Request) -> web.Response:
        asked = json.loads((await request.read()).decode())
        chat, members = asked["chatid"], tuple(asked["userlist"])
        if not 2 <= len(members) <= 2000:
            return _code(86006)
        good = CHAT.fullmatch(chat) and chat not in self.groups and len(asked["name"]) <= 50
        self._check(bool(good), "a group of another form")
        self.groups[chat] = Group(members, asked["name"])
        return web.json_response({"errcode": 0, "errmsg": "ok", "chatid": chat})

    async def _group_info(self, request: web.Request) -> web.Response:
        group = self.groups.get(request.query["chatid"])
        if group is None:
            return _code(86003)
        info = {"chatid": request.query["chatid"], "userlist": list(group.members)}
        return web.json_response({"errcode": 0, "errmsg": "ok", "chat_info": info})

    async def _to_group(self, request: web.Request) -> web.Response:
        sent = json.loads((await request.read()).decode())
        if self.fail_next:
            return _code(self.fail_next.pop(0))
        group = self.groups.get(sent["chatid"])
        if group is None:
            return _code(86003)
        for member in group.members:
            if not self._has_room(f"groups of {member}", OF_GROUPS):
                return _code(0)
        self._reads(group, sent)
        return _code(0)

    async def _robot(self, request: web.Request) -> web.Response:
        sent = json.loads((await request.read()).decode())
        self.calls[request.path] += 1
        group = self.robots.get(request.query["key"])
        if group is None:
            return _code(93000)
        if not self._has_room(request.query["key"], OF_ROBOT):
            return _code(45009)
        self._reads(group, sent)
        return _code(0)

    def _reads(self, group: Group, sent: dict[str, Any]) -> None:
        match sent["msgtype"]:
            case "text":
                self._check_text(sent["text"]["content"])
                group.read.append(sent["text"]["content"])
            case "image" if "base64" in sent["image"]:
                content = b64decode(sent["image"]["base64"])
                digest = md5(content, usedforsecurity=False).hexdigest()
                self._check(sent["image"]["md5"] == digest, "another md5")
                group.pictures.append(digest)
            case "image" | "file" as kind:
                self._check(sent[kind]["media_id"] in self.kept, f"{kind} that nobody uploaded")
                group.pictures.append(sent[kind]["media_id"])
            case other:
                self.violations.append(f"{other} in a group")
        self._news.set()

    # --- menu and media

    async def _create_menu(self, request: web.Request) -> web.Response:
        self.menu = json.loads((await request.read()).decode())
        self._check(request.query.get("agentid") == str(AGENT_ID), "a menu of another app")
        self._check(1 <= len(self.menu["button"]) <= 3, "menu: not one to three")
        for button in self.menu["button"]:
            below = button.get("sub_button", [button])
            good = 1 <= len(below) <= 5 and len(button["name"].encode()) <= 16
            self._check(good, f"menu: {button['name']}")
            self._check(all(len(b["key"].encode()) <= 128 for b in below), "menu: a long key")
        return _code(0)

    async def _upload(self, request: web.Request) -> web.Response:
        self._check(request.query["type"] in ("image", "voice", "file"), "media of another kind")
        part = await (await request.multipart()).next()
        assert part is not None
        media = self._keeps(bytes(await part.read()))  # type: ignore[union-attr]
        return web.json_response({"errcode": 0, "type": "image", "media_id": media})

    async def _media(self, request: web.Request) -> web.Response:
        content = self.kept.get(request.query["media_id"])
        if content is None:
            return _code(40007)
        return web.Response(body=content, content_type="image/jpeg")


def _code(code: int) -> web.Response:
    return web.json_response({"errcode": code, "errmsg": "ok" if code == 0 else "refused"})
