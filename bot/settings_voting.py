"""The part ``voting`` of config.yaml: the place, the rules of procedure, kinds and deadlines.

What it leaves out is as the law, the shipped kinds and our own starting points have it.
"""

from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Annotated

from pydantic import Field, PlainValidator

from bot.values import Code, Duration, Language, NamesText, Part, clock, day_or_text, one_of
from domain.calendar import Budget
from domain.kinds import SCOPES, STRICTNESS, TABLE, Outcome
from domain.matters import State
from domain.places import DEFAULT, PLACES, Channel, Paper
from domain.procedure import OBJECTION, STAGES, Parking
from domain.voting import Silence

Days = Annotated[int, Field(ge=0, le=365)]
Times = Annotated[int, Field(ge=0, le=1000)]
CITED = Field(description="the law or agreement, with its article")
Citation = Annotated[str, Field(min_length=4, max_length=200)]
Cited = Annotated[Citation, CITED]
MaybeCited = Annotated[Citation | None, CITED]
LabelText = Annotated[
    dict[Language, Annotated[str, Field(min_length=1, max_length=60)]],
    Field(description="what is so, in each language, such as {zh: 改变用途}"),
]
QuestionText = Annotated[
    dict[Language, Annotated[str, Field(min_length=2, max_length=200)]],
    Field(description="the question in each language, such as {zh: 是否同意…？}"),
]


def _rule(value: object) -> str:
    if value not in STRICTNESS:
        raise ValueError(f"{value!r} is not one of {', '.join(STRICTNESS)}")
    return str(value)


def _scope(value: object) -> str:
    if value not in SCOPES:
        raise ValueError(f"{value!r} is not one of {', '.join(SCOPES)}")
    return str(value)


class SilencePart(Part):
    mode: Annotated[Silence, one_of(Silence)] = Silence.NONE
    basis: MaybeCited = None


class ProcedurePart(Part):
    parking: Annotated[Parking, one_of(Parking)] | None = None
    invalid_counts: bool = False
    silence: SilencePart = SilencePart()
    channel_named: MaybeCited = None
    proxy_cap: Times | None = None


class StagesPart(Part):
    draft: Duration = STAGES[State.DRAFT]
    proposed: Duration = STAGES[State.PROPOSED]
    consulted: Duration = STAGES[State.CONSULTED]
    reviewed: Duration = STAGES[State.REVIEWED]
    noticed: Duration = STAGES[State.NOTICED]
    counted: Duration = STAGES[State.COUNTED]
    decision_published: Duration = STAGES[State.DECISION_PUBLISHED]
    executing: Duration = STAGES[State.EXECUTING]
    result_published: Duration = STAGES[State.RESULT_PUBLISHED]
    objection: Duration = OBJECTION

    def by_state(self) -> dict[State, Budget]:
        return {state: getattr(self, state) for state in STAGES}


class PlacePart(Part):
    """What differs from the shipped place of this code, or from the whole country's."""

    code: Code
    source: Cited
    name: NamesText | None = None
    valid_from: Annotated[date, PlainValidator(day_or_text)] | None = None
    channel: Annotated[Channel, one_of(Channel)] | None = None
    chat_law: MaybeCited = None
    named: bool | None = None
    silence: Annotated[Silence, one_of(Silence)] | None = None
    notice_days: Days | None = None
    notice_days_temporary: Days | None = None
    window_min_days: Days | None = None
    window_max_days: Days | None = None
    publish_within_days: Days | None = None
    shown_days: Days | None = None
    change_limit: Times | None = None
    proxy_cap: Times | None = None
    paper: Annotated[Paper, one_of(Paper)] | None = None


class AlternativePart(Part):
    code: Code
    name: LabelText
    question: QuestionText
    rules: Annotated[
        list[Annotated[str, PlainValidator(_rule)]],
        Field(min_length=1, description="a rule such as [OWNER_ORDINARY], the proposed one first"),
    ]
    basis: Cited
    common_land: bool = False


Alternatives = Annotated[list[AlternativePart], Field(min_length=1)]


class KindPart(Part):
    """What differs from the shipped kind of this code; all of it for a kind of one's own."""

    code: Code
    name: NamesText | None = None
    scope: Annotated[str, PlainValidator(_scope)] | None = None
    outcome: Annotated[Outcome, one_of(Outcome)] | None = None
    notice_days: Days | None = None
    alternatives: Annotated[
        Alternatives | None, Field(description="a list of code, name, question, rules, basis")
    ] = None


class VotingPart(Part):
    place: Code = DEFAULT
    rules_of_procedure: ProcedurePart = ProcedurePart()
    stages: StagesPart = StagesPart()
    heads_at: Annotated[time, PlainValidator(clock)] = time(20)
    retention_years: Annotated[int, Field(ge=1, le=100)] = 3
    profiles: list[PlacePart] = []
    kinds: list[KindPart] = []


def contradictions(at: str, part: VotingPart, languages: list[str]) -> Iterator[str]:
    """What each setting of this part, which stands at ``at``, allows but not beside the others."""
    yield from _places_clash(at, part)
    yield from _silence_clashes(f"{at}.rules_of_procedure.silence", part)
    yield from _kinds_clash(f"{at}.kinds", part.kinds)
    for path, names in _named(at, part):
        for wanted in languages:
            if wanted not in names:
                yield f"{path}: has no words in {wanted!r}, one of community.languages"


def _places_clash(at: str, part: VotingPart) -> Iterator[str]:
    shipped = [place.code for place in PLACES]
    known = list(dict.fromkeys([*shipped, *(own.code for own in part.profiles)]))
    if part.place not in known:
        yield f"{at}.place: {part.place!r} is not one of {', '.join(known)}"
    begun: set[tuple[str, date | None]] = set()
    for n, own in enumerate(part.profiles, 1):
        path, version = f"{at}.profiles.{n}", (own.code, own.valid_from)
        if version in begun:
            yield f"{path}.valid_from: {own.code!r} stands twice with this date"
        if own.code not in [*shipped, *(code for code, _ in begun)]:
            yield from _missing(path, own, ("name", "valid_from"), "a new place")
        begun.add(version)
        if (own.window_min_days or 0) > (own.window_max_days or 365):
            yield f"{path}.window_min_days: {own.window_min_days} is more than window_max_days"


def _silence_clashes(path: str, part: VotingPart) -> Iterator[str]:
    own = part.rules_of_procedure.silence
    if own.mode is Silence.NONE:
        return
    if not own.basis:
        yield f"{path}.basis: missing; {own.mode} needs the article by which the owners agreed"
    said = {p.silence for p in part.profiles if p.code == part.place and p.silence}
    laws = said or {p.silence for p in PLACES if p.code == part.place}
    for law in sorted(laws - {Silence.NONE, own.mode}):
        yield f"{path}.mode: {own.mode} is not possible in {part.place}, whose law says {law}"


def _kinds_clash(at: str, kinds: list[KindPart]) -> Iterator[str]:
    codes: dict[str, int] = {}
    for n, kind in enumerate(kinds, 1):
        path = f"{at}.{n}"
        if (first := codes.setdefault(kind.code, n)) != n:
            yield f"{path}.code: {kind.code!r} is the code of {at}.{first} too"
        if kind.code not in TABLE:
            yield from _missing(path, kind, ("name", "outcome", "alternatives"), "a new kind")
        own = [alternative.code for alternative in kind.alternatives or []]
        for twice in {code for code in own if own.count(code) > 1}:
            yield f"{path}.alternatives: {twice!r} stands twice"


def _missing(path: str, part: Part, names: tuple[str, ...], what: str) -> Iterator[str]:
    for name in names:
        if getattr(part, name) is None:
            yield f"{path}.{name}: missing; {what} needs it"


def _named(at: str, part: VotingPart) -> Iterator[tuple[str, Mapping[str, str]]]:
    for n, place in enumerate(part.profiles, 1):
        if place.name is not None:
            yield f"{at}.profiles.{n}.name", place.name
    for n, kind in enumerate(part.kinds, 1):
        if kind.name is not None:
            yield f"{at}.kinds.{n}.name", kind.name
        for m, alternative in enumerate(kind.alternatives or [], 1):
            yield f"{at}.kinds.{n}.alternatives.{m}.name", alternative.name
            yield f"{at}.kinds.{n}.alternatives.{m}.question", alternative.question
