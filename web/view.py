"""Rooms and messages as one person's page shows them. Gives away no chat, action or account."""

import hashlib
from dataclasses import dataclass
from typing import Any

from domain.community import Community
from domain.conversation import Blank, Names, Phrase
from storage.groups import Group
from storage.webchat import WebMessage
from texts import Texts, plain

QUOTED_CHARACTERS = 80
PRIVATE = "me"  # what the page calls the person's own chat with the bot
ORDER = ("building", "grid", "community", "staff")


@dataclass(frozen=True)
class View:
    chat: str
    language: str
    texts: Texts
    community: Community

    def say(self, key: str, **blanks: Blank) -> str:
        return plain(self.texts.say(self.language, f"web.{key}", blanks))

    def error(self, error: str) -> str:
        return plain(self.texts.say(self.language, f"web.error.{error}", {}))

    def rooms(self, groups: list[Group]) -> list[dict[str, str]]:
        private = {"room": PRIVATE, "name": self.say("room.private")}
        known = sorted((g for g in groups if g.scope in ORDER), key=lambda g: ORDER.index(g.scope))
        return [private, *({"room": g.address.chat, "name": self._name(g)} for g in known)]

    def _name(self, group: Group) -> str:
        name: Blank = group.value
        if group.scope == "grid":
            name = self.community.grids.get(group.value, Names({self.language: group.value}))
        return self.texts.plain(self.language, Phrase(f"web.room.{group.scope}", {"name": name}))

    def room(self, chat: str) -> str:
        """What the page calls it."""
        return PRIVATE if chat == self.chat else chat

    def message(self, message: WebMessage, nicknames: dict[str, str]) -> dict[str, Any]:
        """One message; big numbers travel as text, since JavaScript would round them."""
        body, mine = message.body, message.author == self.chat
        photo = body.get("picture")
        return {
            "id": str(message.id),
            "version": str(message.version),
            "room": self.room(message.room),
            "from": "bot" if message.author is None else "me" if mine else "other",
            "name": nicknames.get(message.author or "", ""),
            "at": message.at.isoformat(),
            "spans": body["spans"],
            "buttons": [[label, button_key(packed)] for label, packed in body.get("buttons", [])],
            "photo": f"photos/{message.id}/{photo}" if photo else None,
            "alt": words(body).partition("\n")[0] if body.get("drawn") else "",
            "place": body.get("place", ""),
            "quoted": body.get("quoted", ""),
            "asks": body.get("asks_reply", False),
            "said": body.get("said") if mine else None,
        }


def button_key(packed: str) -> str:
    """Names a button by what it does, not by where it stands.

    A card may change between looking and pressing; a place in a row would then press
    another button, this one only ever the one that was seen.
    """
    return hashlib.sha256(packed.encode()).hexdigest()[:16]


def quote(message: WebMessage) -> str:
    """The beginning of its words, to stand above what answers them."""
    return words(message.body)[:QUOTED_CHARACTERS]


def words(body: dict[str, Any]) -> str:
    return "".join(text for text, _ in body["spans"])
