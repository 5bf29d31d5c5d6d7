"""Subscription notices: a few short fields that say to somebody that a message waits for them.

Each topic has a template, which the account's console gave an id and named keywords. What a
keyword may hold follows from its name (developers.weixin.qq.com: subscription messages,
limits of the values): a thing has 20 characters, a phrase five, a time is a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.channels.base import Outgoing
from domain.conversation import Names, Phrase
from texts import Texts, plain

CASE_NEWS, VOTE, NOTICE = "case_news", "vote", "notice"
MOST = {"thing": 20, "phrase": 5}  # characters
MOMENTS = {"time": "%Y年%m月%d日 %H:%M", "date": "%Y年%m月%d日"}
MOMENT = "at"  # what these hold, and nothing else does
CUT_OFF = "…"

# The topic of a message by the feature that it comes from; what is not here uses up no consent.
TOPICS = {
    CASE_NEWS: (
        "suggestions", "tickets", "ratings", "ladder", "subtasks", "hold", "extend", "joint",
        "merging", "share", "escalate", "reassign", "return", "dispatching", "dispute",
    ),
    VOTE: (
        "matters", "voting", "outcomes", "objections", "proxies", "entries", "doubts", "polls",
        "roll", "representatives",
    ),
    NOTICE: ("notices",),
}  # fmt: skip
TOPIC_OF = {feature: topic for topic, features in TOPICS.items() for feature in features}


@dataclass(frozen=True)
class Template:
    """As the console shows it, and which keyword holds what."""

    id: str
    fields: Mapping[str, str]
    long_term: bool = False  # a consent stays; otherwise it is used up by one notice


class Templates:
    def __init__(
        self, known: Mapping[str, Template], texts: Texts, community: Names, zone: ZoneInfo
    ) -> None:
        self._known = known
        self._texts = texts
        self._community = community
        self._zone = zone

    def of(self, message: Outgoing) -> Template | None:
        """The template by which somebody is told of this message, where there is one."""
        return self._known.get(TOPIC_OF.get(message.about, ""))

    def filled(self, template: Template, message: Outgoing, now: datetime) -> dict[str, Any]:
        """The body of ``/cgi-bin/message/subscribe/bizsend``."""
        values = {
            keyword: {"value": self._value(keyword, what, message, now)}
            for keyword, what in template.fields.items()
        }
        body = {"touser": message.chat, "template_id": template.id, "data": values}
        return body | ({"page": message.page} if message.page else {})

    def _value(self, keyword: str, what: str, message: Outgoing, now: datetime) -> str:
        match what:
            case "at":
                return now.astimezone(self._zone).strftime(MOMENTS[kind_of(keyword)])
            case "community":
                return fitting(keyword, self._texts.plain(None, self._community))
            case "about":
                return fitting(keyword, self._said(f"wechat.about.{TOPIC_OF[message.about]}"))
            case "words":
                return fitting(keyword, plain(message.text))
        return fitting(keyword, self._said("wechat.how"))

    def _said(self, key: str) -> str:
        return self._texts.plain(None, Phrase(key))


def kind_of(keyword: str) -> str:
    """What a keyword may hold: "thing" of "thing12"."""
    return keyword.rstrip("0123456789")


def fitting(keyword: str, text: str) -> str:
    """The beginning of the text on one line, as long as this keyword takes it."""
    line, most = " ".join(text.split()) or CUT_OFF, MOST[kind_of(keyword)]
    return line if len(line) <= most else line[: most - len(CUT_OFF)] + CUT_OFF
