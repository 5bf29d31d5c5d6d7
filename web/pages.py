"""The pages, put together on the server: every visible word comes from texts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from domain.community import Community
from domain.conversation import Names, Phrase
from texts import Texts
from web.forms import NAME_CHARACTERS, PLACE_CHARACTERS
from web.photos import PHOTO_BYTES
from web.view import View

HERE = Path(__file__).parent
STATIC = HERE / "static"
TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
)
TAGS = {"zh": "zh-CN"}  # what a browser should read aloud; other languages are their own tag

SCRIPT_WORDS = (
    "empty.group",
    "empty.private",
    "log",
    "message.bot",
    "message.failed",
    "message.neighbour",
    "message.photo_by",
    "message.photo_lost",
    "message.place",
    "message.reply",
    "message.reply_to",
    "message.retry",
    "message.sending",
    "message.too_fast",
    "message.you",
    "page.older",
    "room.unread",
    "state.offline",
    "state.online",
    "state.saved",
    "write.quoting",
    "write.to",
    "error.not_photo",
    "error.place",
    "error.too_big",
    "error.unavailable",
)
BLANKS = {name: f"{{{name}}}" for name in ("name", "count", "room")}  # the script fills them
STEPS = range(1, 7)  # of the demo
LIMITS = {
    "place": PLACE_CHARACTERS,
    "name": NAME_CHARACTERS,
    "photo": PHOTO_BYTES,
}


@dataclass(frozen=True)
class DemoPane:
    """One cast member of the demo, in a phone of their own."""

    who: str  # in the address: /demo/<who>/
    chat: str
    name: Names
    caption: Names


class Static(StaticFiles):
    """Our own files. Browsers ask each time whether they changed, and keep what did not."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        response = super().file_response(*args, **options)
        response.headers["cache-control"] = "no-cache"
        return response


def tag(language: str) -> str:
    return TAGS.get(language, language)


def chat_page(view: View, nickname: str) -> str:
    script = {key: view.say(key, **BLANKS) for key in SCRIPT_WORDS}
    return TEMPLATES.get_template("chat.html").render(
        say=view.say,
        tag=tag(view.language),
        nickname=nickname,
        language=view.language,
        languages={
            code: view.texts.plain(code, Phrase(f"language.{code}"))
            for code in view.community.languages
        },
        community=view.texts.plain(view.language, view.community.name),
        zone=view.community.calendar.zone.key,
        words=json.dumps(script, ensure_ascii=False),
        limits=LIMITS,
    )


def demo_page(texts: Texts, community: Community, panes: Sequence[DemoPane], language: str) -> str:
    view = View("", language, texts, community)
    example = view.say("demo.example")
    others = [other for other in community.languages if other != language]
    return TEMPLATES.get_template("demo.html").render(
        say=view.say,
        tag=tag(language),
        other=others[0] if others else None,
        community=texts.plain(language, community.name),
        steps=[texts.say(language, f"web.demo.step{n}", {"example": example}) for n in STEPS],
        example=example,
        phones=[
            (pane.who, texts.plain(language, pane.name), texts.plain(language, pane.caption))
            for pane in panes
        ],
    )
