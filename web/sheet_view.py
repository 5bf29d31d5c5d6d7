"""Puts what the bot says to one person on a page: the same words, in HTML without a script."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import HTMLResponse

from casework import pages
from casework.matter_actions import ShowBallot
from domain.conversation import Say
from texts import Rich, Span, plain
from web.pages import TEMPLATES, tag
from web.view import View

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",  # or browsers would not say where a form comes from
}


@dataclass(frozen=True)
class Button:
    label: str
    action: str = ""  # what is pressed ...
    link: str = ""  # ... or where it leads
    second: bool = False  # only shows more
    id: str = field(default_factory=lambda: secrets.token_hex(16))


@dataclass(frozen=True)
class Part:
    head: str
    lines: tuple[Rich, ...]
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Number:
    """The form by which somebody proves that the link is theirs."""

    asked: bool  # whether it was sent, and can be typed in


@dataclass(frozen=True)
class Page:
    parts: Sequence[Part]
    inside: bool = True  # somebody is known here: the way to their other pages is shown
    door: str = ""  # their own, so that nobody votes in a browser that somebody else has left
    number: Number | None = None
    receipt: bool = False  # the form to check one
    words: str = ""  # the packed action to which what is typed belongs
    typed: str = ""  # what was, and can be changed
    wait: str = ""  # where to look again, while an answer is on its way


def parts(view: View, says: Iterable[Say], *, may_press: bool = True) -> list[Part]:
    return [_part(view, say, may_press) for say in says]


def _part(view: View, say: Say, may_press: bool) -> Part:
    head, *rest = lines(view.texts.say(view.language, say.key, say.blanks))
    return Part(plain(head), tuple(rest), tuple(_buttons(view, say)) if may_press else ())


def _buttons(view: View, say: Say) -> Iterable[Button]:
    """What a page can do; everything else is done in the chat."""
    for choice in say.choices:
        label = view.texts.plain(view.language, choice.label)
        if isinstance(choice.action, ShowBallot):
            label = view.say("sheet.vote")  # in the chat it says where that is
        if place := pages.place_of(choice.action):
            yield Button(label, link=f"/me/{place}")
        elif type(choice.action) in pages.DEEDS | pages.READS:
            reads = type(choice.action) in pages.READS
            yield Button(label, choice.action.pack(), second=reads)


def lines(rich: Rich) -> list[Rich]:
    """Line by line, without the empty ones before the first."""
    found: list[list[Span]] = [[]]
    for span in rich:
        first, *more = span.text.split("\n")
        found[-1].append(Span(first, span.bold))
        found += [[Span(line, span.bold)] for line in more]
    told = [tuple(s for s in line if s.text) for line in found]
    while len(told) > 1 and not told[0]:
        del told[0]
    return told


def note(sentence: str) -> Part:
    """Words of the page itself; the first line is its heading."""
    head, *rest = sentence.split("\n")
    return Part(head, tuple((Span(line),) for line in rest))


def refused(
    view: View, sentence: str, status: int, headers: Mapping[str, str], *, inside: bool
) -> HTMLResponse:
    response = rendered(view, Page([note(sentence)], inside), status)
    response.headers.update(headers)
    return response


def rendered(view: View, page: Page, status: int = 200) -> HTMLResponse:
    html = TEMPLATES.get_template("sheet.html").render(
        say=view.say,
        tag=tag(view.language),
        community=view.texts.plain(view.language, view.community.name),
        page=page,
        title=page.parts[0].head,
        id=secrets.token_hex(16),
    )
    return HTMLResponse(html, status, HEADERS)
