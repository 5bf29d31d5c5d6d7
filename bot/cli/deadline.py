"""linli deadline: when is a budget of working time used up, and why? Offline, from a file."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator

from bot.cli.asked import Moment, answer_all
from bot.cli.plainly import NOT_STARTED, refuse
from bot.values import apart, day, frame, zone
from domain.calendar import Calendar, Frame
from domain.explanation import explain
from texts import Texts


def pair(value: object) -> Frame:
    """Opening and closing as a list of two, for example ``["08:30", "12:00"]``."""
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"{value!r} is not opening and closing such as ['08:30', '12:00']")
    return frame(f"{value[0]}-{value[1]}")


def in_order(pause: tuple[Moment, Moment]) -> tuple[Moment, Moment]:
    if pause[0] > pause[1]:
        raise ValueError("a pause ends before it begins")
    return pause


Frames = Annotated[list[Annotated[Frame, PlainValidator(pair)]], AfterValidator(apart)]
Weekday = Annotated[int, Field(ge=0, le=6)]
Pause = Annotated[tuple[Moment, Moment], AfterValidator(in_order)]


class Question(BaseModel):
    """One input: from when, how much working time, in which week, and what does not count."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    start: Moment
    budget_seconds: Annotated[int, Field(ge=0, strict=True)]
    timezone: Annotated[ZoneInfo, PlainValidator(zone)]
    week: dict[Weekday, Frames]
    overrides: dict[Annotated[date, PlainValidator(day)], Frames] = {}
    pauses: list[Pause] = []

    def calendar(self) -> Calendar:
        week = {weekday: tuple(frames) for weekday, frames in self.week.items()}
        overrides = {day: tuple(frames) for day, frames in self.overrides.items()}
        return Calendar(self.timezone, week, overrides)


def explain_all(file: Path, language: str) -> None:
    answer_all(file, Question, lambda question: answer(question, language))


def answer(question: Question, language: str) -> dict[str, Any]:
    try:
        calendar = question.calendar()
        found = calendar.use_up(question.start, question.budget_seconds, question.pauses)
    except ValueError as error:
        refuse(f"week: {error}", code=NOT_STARTED)
    texts = Texts.load(language, question.timezone)
    return {
        "due": found.at.astimezone(question.timezone).isoformat(),
        "because": [texts.plain(language, line) for line in explain(found, calendar)],
    }
