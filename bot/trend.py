"""Draws how a group has fared for some weeks, for the phone of an admin, in their language.

A state has its own pattern beside its colour, and every bar its number.
"""

from bot.pen import BOLD, GREY, MARGIN, MEDIUM, Page, Pattern
from domain.conversation import Blank, Phrase
from domain.health import State
from domain.trend import WHOLE, Trend
from texts import Texts

TITLE, ROW, SMALL, LABEL = 62, 44, 36, 28  # pixels
HIGH, BAR = 360, 32  # pixels: a column of 100, a part's bar
MARK = MARGIN + 68  # behind a mark
GOOD, FAIR, POOR, STILL = "#0a6b3b", "#0b4f9e", "#b3400e", "#37474f"
PATTERNS = {
    State.ACTIVE: Pattern("solid", GOOD),
    State.QUIET: Pattern("solid", FAIR),
    State.DORMANT: Pattern("stripes", POOR),
    State.ZOMBIE: Pattern("crossed", POOR),
    State.BROADCAST: Pattern("dots", STILL),
    State.ARCHIVE_CANDIDATE: Pattern("crossed", STILL),
}
PART = Pattern("solid", FAIR)
BANDS = {  # mark and ink of each state
    State.ACTIVE: ("tick", GOOD),
    State.QUIET: ("dash", FAIR),
    State.BROADCAST: ("dash", STILL),
}
SILENT = ("cross", "#9c1420")


def draw_trend(texts: Texts, trend: Trend, language: str | None) -> bytes:
    """The picture as a PNG: laid out once to learn how long it gets, then drawn."""
    height = _fill(Page(1), texts, trend, language)
    page = Page(height)
    _fill(page, texts, trend, language)
    return page.png()


def _fill(page: Page, texts: Texts, trend: Trend, language: str | None) -> int:
    """Returns the height of the whole."""

    def say(key: str, **blanks: Blank) -> str:
        return texts.plain(language, Phrase(key, blanks))

    now = trend.weeks[-1]
    page.paragraph(say("trend.title"), SMALL, MEDIUM, lines=1, ink=GREY)
    value = trend.place.value
    page.paragraph(say(f"trend.place.{trend.place.kind}", value=value), TITLE, BOLD, lines=2)
    page.y += 24
    mark, ink = BANDS.get(now.state, SILENT)
    page.band(say(f"trend.state.{now.state}"), mark, TITLE, ink)
    page.y += 20
    basis = say("trend.basis", weight=trend.weight)
    page.line(say("trend.score", score=_tenths(now.tenths)), basis, ROW, (BOLD, MEDIUM))
    page.y += 16
    page.columns(
        [(PATTERNS[w.state], w.tenths, str((w.tenths + 5) // 10), f"{w.monday:%m-%d}")
         for w in trend.weeks], WHOLE, HIGH, LABEL,
    )  # fmt: skip
    page.y += 12
    shown = [state for state in State if any(week.state is state for week in trend.weeks)]
    page.legend([(PATTERNS[state], say(f"trend.state.{state}")) for state in shown], SMALL)
    page.y += 24
    page.rule(3, GREY)
    for part in trend.parts:
        page.y += 16
        weight = say("trend.weight", percent=(part.part + 5) // 10, weight=part.weight)
        page.line(say(f"trend.part.{part.name}"), weight, SMALL, (BOLD, MEDIUM))
        page.share(PART, part.part, WHOLE, BAR)
    page.y += 40
    return page.y


def _tenths(tenths: int) -> str:
    return f"{tenths // 10}.{tenths % 10}"
