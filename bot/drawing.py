"""Draws the result of a vote as a picture for a phone, in the reader's language.

Words and numbers say everything once more: a passed test has a tick, a failed one a cross
and what it lacks, a bar its line, an answer its own pattern.
"""

from collections.abc import Iterator

from bot.pen import BOLD, GREY, INK, MARGIN, MEDIUM, Page, Pattern
from domain.conversation import Blank, Phrase
from domain.drawing import Drawing, Part
from domain.question import Scope
from domain.roll import square_metres
from domain.voting import EVERYBODY, QUORUM, Check, Decision, Measured, Result, Share, Unit
from texts import Texts

TITLE, VERDICT, HEADING, ROW, SMALL = 62, 92, 48, 46, 38  # pixels
AREA = "area"  # beside the units that are counted by number; 0.01 m²
INDENT = MARGIN + 68  # behind a mark
YES = Pattern("solid", "#0b4f9e")
NO = Pattern("stripes", "#b3400e")
ABSTAIN = Pattern("dots", "#37474f")
SPOILED = Pattern("crossed", "#37474f")
TOOK_PART = Pattern("solid", "#37474f")
VERDICTS = {  # mark and ink of each result
    Result.PASSED: ("tick", "#0a6b3b"),
    Result.REJECTED: ("cross", "#9c1420"),
    Result.NO_QUORUM: ("dash", "#3d4852"),
}
MET, MISSED = ("tick", "#0a6b3b"), ("cross", "#9c1420")


def draw(texts: Texts, drawing: Drawing, language: str | None) -> bytes:
    """The picture as a PNG: laid out once to learn how long it gets, then drawn."""
    height = _Sheet(Page(1), texts, language).fill(drawing)
    page = Page(height)
    _Sheet(page, texts, language).fill(drawing)
    return page.png()


class _Sheet:
    """One page being filled from top to bottom."""

    def __init__(self, page: Page, texts: Texts, language: str | None) -> None:
        self._page = page
        self._texts = texts
        self._language = language

    def fill(self, drawing: Drawing) -> int:
        """Returns the height of the whole."""
        self._head(drawing)
        for part in drawing.parts:
            if len(drawing.parts) > 1:
                self._part(part)
            self._decision(part.decision)
        if drawing.asked:
            self._consents(drawing.given, drawing.asked)
        self._foot(drawing)
        return self._page.y

    def _say(self, key: str, **blanks: Blank) -> str:
        return self._texts.plain(self._language, Phrase(key, blanks))

    def _head(self, drawing: Drawing) -> None:
        page = self._page
        about = self._say("drawing.matter", number=drawing.matter)
        page.paragraph(about, SMALL, MEDIUM, lines=1, ink=GREY)
        page.paragraph(drawing.title, TITLE, BOLD, lines=4)
        page.y += 24
        mark, ink = VERDICTS[drawing.result]
        page.band(self._say(f"drawing.result.{drawing.result}"), mark, VERDICT, ink)
        page.y += 20
        page.paragraph(self._say(f"drawing.effect.{drawing.effect}"), SMALL, BOLD, lines=2)

    def _part(self, part: Part) -> None:
        """Where this part was counted, and what it came to by itself."""
        page, result = self._page, part.counted
        page.y += 36
        page.rule(6, INK)
        page.y += 24
        mark, ink = VERDICTS[result]
        page.mark(mark, MARGIN, HEADING, ink)
        verdict = self._say(f"drawing.result.{result}")
        page.line(self._where(part.scope), verdict, HEADING, (BOLD, BOLD), x=INDENT)

    def _where(self, scope: Scope) -> str:
        building, _, unit = scope.value.partition("-")
        return self._say(
            f"drawing.scope.{scope.kind}", value=scope.value, building=building, unit=unit
        )

    def _decision(self, decision: Decision) -> None:
        unit = decision.rule.unit
        self._measure(decision, unit, Check.QUORUM_NUMBER, Check.APPROVAL_NUMBER)
        if decision.rule.by_area:
            self._measure(decision, AREA, Check.QUORUM_AREA, Check.APPROVAL_AREA)

    def _measure(self, decision: Decision, unit: str, quorum: Check, approval: Check) -> None:
        page, took, agreed = self._page, decision.measured[quorum], decision.measured[approval]
        page.y += 36
        page.rule(3, GREY)
        page.y += 12
        total = self._say("drawing.total", count=self._count(unit, took.of))
        page.line(self._say(f"drawing.by.{unit}"), total, ROW, (BOLD, MEDIUM))
        self._test("drawing.took_part", unit, took, [(TOOK_PART, took.has)])
        answers = list(_answers(decision, by_area=unit == AREA))
        pieces = [(pattern, value) for pattern, _, value in answers]
        self._test("drawing.yes", unit, agreed, pieces, decides=QUORUM.isdisjoint(decision.failed))
        page.y += 8
        items = [(p, f"{self._say(key)} {self._count(unit, value)}") for p, key, value in answers]
        page.legend(items, SMALL)

    def _test(
        self,
        key: str,
        unit: str,
        test: Measured,
        pieces: list[tuple[Pattern, int]],
        *,
        decides: bool = True,
    ) -> None:
        """One bar and its line. What decides nothing has neither tick nor cross."""
        page, line = self._page, test.share
        page.y += 20
        mark, ink = (MET if test.met else MISSED) if decides else VERDICTS[Result.NO_QUORUM]
        page.mark(mark, MARGIN, ROW, ink)
        counts = f"{self._count(unit, test.has)}　{test.percent}%"
        page.line(self._say(key), counts, ROW, (BOLD, BOLD), x=INDENT)
        needs = self._say("drawing.needs", count=self._count(unit, test.needs))
        page.bar(pieces, test.of, (line.n, line.d), (needs, self._share(line)), met=test.met)
        if not decides:
            page.line(self._say("drawing.undecided"), "", SMALL, (MEDIUM, MEDIUM))
        elif not test.met:
            lacking = self._count(unit, test.short_of)
            page.line(self._say("drawing.short", count=lacking), "", SMALL, (BOLD, BOLD))
            page.y += 8

    def _share(self, line: Share) -> str:
        if line.n == line.d:
            return ""
        key = "drawing.more_than" if line.strict else "drawing.at_least"
        return self._say(key, n=line.n, d=line.d)

    def _consents(self, given: int, asked: int) -> None:
        page = self._page
        page.y += 36
        page.rule(6, INK)
        test = Measured(Check.CONSENT, EVERYBODY, given, asked)
        self._test("drawing.consents", Unit.HOUSEHOLD, test, [(YES, given)])

    def _foot(self, drawing: Drawing) -> None:
        page = self._page
        page.y += 36
        page.rule(3, GREY)
        page.y += 16
        closed = self._say("drawing.closed", at=drawing.closed_at)
        for words in (closed, self._say("drawing.rounded")):
            page.paragraph(words, SMALL, MEDIUM, lines=2, ink=GREY)
        page.y += 40

    def _count(self, unit: str, count: int) -> str:
        told = square_metres(count) if unit == AREA else f"{count:,}"
        return self._say(f"drawing.count.{unit}", count=told)


def _answers(decision: Decision, *, by_area: bool) -> Iterator[tuple[Pattern, str, int]]:
    """How those who took part are divided; spoiled ballots where they take part."""
    tally = decision.tally
    spoiled = decision.taking_part - tally.yes - tally.no - tally.abstain
    for pattern, key, found in (
        (YES, "drawing.yes", tally.yes),
        (NO, "drawing.no", tally.no),
        (ABSTAIN, "drawing.abstain", tally.abstain),
        (SPOILED, "drawing.spoiled", spoiled),
    ):
        if pattern is not SPOILED or found.number:
            yield pattern, key, found.area if by_area else found.number
