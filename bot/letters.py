"""Printable invitations: one A4 page for each household, with a code in large type and as QR.

A letter holds a door and a code, and neither a name nor a telephone number.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import segno
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from domain.community import Community
from domain.conversation import Blank
from domain.residents import CODE_ADULTS, show_code
from texts import Texts, plain

OWNER_ONLY = 0o600  # whoever holds the file holds every code in it


@dataclass(frozen=True)
class Letter:
    door: str
    code: str
    wechat: str = ""  # what WeChat's own QR code for this code says; empty where there is none


@dataclass(frozen=True)
class Doors:
    """The ways in that a letter can name."""

    username: str | None  # of the Telegram bot; None where there is none
    web: str | None  # the web chat's public address

    def link(self, code: str) -> str | None:
        """Opens the bot in Telegram and says the code to it."""
        return f"https://t.me/{self.username}?start={code}" if self.username else None

    def qr(self, code: str) -> str:
        """What a camera should find: the link, else the web chat, else the code itself."""
        return self.link(code) or self.web or show_code(code)


def render(letters: Iterable[Letter], community: Community, doors: Doors, until: date) -> str:
    """The letters as one HTML page to print, in the community's first language."""
    environment = Environment(
        loader=PackageLoader("bot", "templates"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("letter.html").render(
        letters=letters,
        doors=doors,
        language=community.language,
        say=_speaker(community),
        name=community.name,
        until={"year": until.year, "month": until.month, "day": until.day},
        adults=CODE_ADULTS,
        show=show_code,
        drawn=lambda code: drawn(doors.qr(code)),
        qr=drawn,
    )


def _speaker(community: Community) -> Callable[..., str]:
    texts = Texts.load(community.language, community.calendar.zone)

    def say(key: str, **blanks: Blank) -> str:
        return plain(texts.say(community.language, f"letters.{key}", blanks))

    return say


def drawn(content: str) -> Markup:
    """A QR code as a drawing in the page. Level M survives a crease and a stain."""
    return Markup(segno.make(content, error="m", micro=False).svg_inline(border=2, omitsize=True))


def write_privately(path: Path, page: str) -> None:
    """Write a file that only its owner can read. Raises FileExistsError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(page)
