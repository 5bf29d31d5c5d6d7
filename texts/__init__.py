"""Every sentence a person can read, one file per language.

A sentence is a line of JSON with named blanks; ``<b>`` and ``</b>`` are the only markup.
What a person typed goes into a blank and is never read as markup.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

from domain.conversation import Blank, Listed, Names, Phrase

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Span:
    """A run of words in one weight. A message is a tuple of these."""

    text: str
    bold: bool = False


Rich = tuple[Span, ...]


def plain(rich: Rich) -> str:
    return "".join(span.text for span in rich)


class Texts:
    """Puts keys into words. ``zone`` is the community's; moments are told in it."""

    def __init__(
        self, by_language: Mapping[str, Mapping[str, str]], default: str, zone: ZoneInfo
    ) -> None:
        self._by_language = by_language
        self._default = default
        self._zone = zone

    @classmethod
    def load(cls, default: str, zone: ZoneInfo) -> "Texts":
        return cls(read_languages(), default, zone)

    def say(self, language: str | None, key: str, blanks: Mapping[str, Blank]) -> Rich:
        """The sentence in this language, or in the default one when it is not translated."""
        return _joined(self._spans(language or self._default, key, blanks, bold=False))

    def plain(self, language: str | None, blank: Blank) -> str:
        """One blank in words, for example the label of a button."""
        return plain(tuple(self._fill(language or self._default, blank, bold=False)))

    def _sentence(self, language: str, key: str) -> str:
        found = self._by_language.get(language, {}).get(key)
        return found if found is not None else self._by_language[self._default][key]

    def _spans(
        self, language: str, key: str, blanks: Mapping[str, Blank], *, bold: bool
    ) -> Iterator[Span]:
        for literal, name in _parts(self._sentence(language, key)):
            yield from self._literal(literal, bold)
            bold = _weight_after(literal, bold)
            if name is not None:
                yield from self._fill(language, blanks[name], bold=bold)

    @staticmethod
    def _literal(literal: str, bold: bool) -> Iterator[Span]:
        for piece in literal.replace("</b>", "<b>").split("<b>"):
            yield Span(piece, bold)
            bold = not bold

    def _fill(self, language: str, blank: Blank, *, bold: bool) -> Iterator[Span]:
        match blank:
            case Phrase():
                yield from self._spans(language, blank.key, blank.blanks, bold=bold)
            case Names():
                names = blank.by_language
                yield Span(names.get(language) or names.get(self._default, ""), bold)
            case datetime():
                yield Span(self._moment(language, blank), bold)
            case date():
                yield Span(self._day(language, blank), bold)
            case timedelta():
                yield Span(self._length(language, blank), bold)
            case Listed():
                yield from self._each(language, blank.items, bold, self._between(language))
            case tuple():
                yield from self._each(language, blank, bold, "\n")
            case _:
                yield Span(str(blank), bold)

    def _each(
        self, language: str, blanks: Sequence[Blank], bold: bool, between: str
    ) -> Iterator[Span]:
        for n, blank in enumerate(blanks):
            yield Span(between if n else "", bold)
            yield from self._fill(language, blank, bold=bold)

    def _between(self, language: str) -> str:
        return self._sentence(language, "list.between")

    def _moment(self, language: str, at: datetime) -> str:
        local = at.astimezone(self._zone)
        if local.time() == time.min:  # the end of a day, said as that day's
            last = self._day(language, local.date() - timedelta(days=1))
            return self._sentence(language, "time.moment").format(day=last, clock="24:00")
        clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
        day = self._day(language, local.date())
        return self._sentence(language, "time.moment").format(day=day, clock=clock)

    def _day(self, language: str, day: date) -> str:
        weekdays = self._sentence(language, "time.weekdays").split()
        return self._sentence(language, "time.day").format(
            month=day.month, day=day.day, weekday=weekdays[day.weekday()]
        )

    def _length(self, language: str, length: timedelta) -> str:
        """A span of time by hours, minutes and seconds, those that are none left out."""
        minutes, seconds = divmod(int(length.total_seconds()), 60)
        parts = {"hours": minutes // 60, "minutes": minutes % 60, "seconds": seconds}
        told = [
            self._sentence(language, f"time.{unit}").format(count=count)
            for unit, count in parts.items()
            if count
        ]
        return "".join(told).strip() or self._sentence(language, "time.seconds").format(count=0)


def read_languages() -> dict[str, dict[str, str]]:
    """Every language file, by language code."""
    return {p.stem: json.loads(p.read_text("utf-8")) for p in sorted(HERE.glob("*.json"))}


@cache
def _parts(sentence: str) -> tuple[tuple[str, str | None], ...]:
    """What stands before each blank, and its name; of a sentence of ours, so there are few."""
    return tuple((literal, name) for literal, name, _, _ in Formatter().parse(sentence))


def _weight_after(literal: str, bold: bool) -> bool:
    return bold ^ bool((literal.count("<b>") + literal.count("</b>")) % 2)


def _joined(spans: Iterator[Span]) -> Rich:
    """Neighbours of the same weight as one span, empty ones left out."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].bold == span.bold:
            joined[-1] = Span(joined[-1].text + span.text, span.bold)
        elif span.text:
            joined.append(span)
    return tuple(joined)
