"""The stages of a matter, and the only steps between them.

TABLE is the state machine of the handbook (voting 1.6): every arrow has an actor, a time and,
where one is due, a record. Whatever a menu offers, ``step`` decides; it looks at no clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.places import LegalEffect
from domain.question import Question


class State(StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    CONSULTED = "consulted"
    REVIEWED = "reviewed"
    NOTICED = "noticed"
    ROLL_FROZEN = "roll_frozen"
    OPEN = "open"
    CLOSED = "closed"
    COUNTED = "counted"
    DECISION_PUBLISHED = "decision_published"
    EXECUTING = "executing"
    RESULT_PUBLISHED = "result_published"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"
    VOID = "void"


ENDED = frozenset({State.ARCHIVED, State.WITHDRAWN, State.VOID})
BEFORE_NOTICE = frozenset({State.DRAFT, State.PROPOSED, State.CONSULTED, State.REVIEWED})
BEFORE_OPENING = BEFORE_NOTICE | {State.NOTICED, State.ROLL_FROZEN}
BY_THEMSELVES = frozenset({State.ROLL_FROZEN, State.OPEN, State.CLOSED})  # the clock moves these
AFTER_THE_COUNT = frozenset(
    {State.COUNTED, State.DECISION_PUBLISHED, State.EXECUTING, State.RESULT_PUBLISHED}
)


class Event(StrEnum):
    DRAFT = "draft"
    EDIT = "edit"
    PROPOSE = "propose"
    CONSULT = "consult"
    REVIEW = "review"
    NOTICE = "notice"
    FREEZE = "freeze"
    POSTPONE = "postpone"  # we were away while it was to be open
    OPEN = "open"
    EXTEND = "extend"
    CLOSE = "close"
    COUNT = "count"
    PUBLISH = "publish"
    EXECUTE = "execute"
    REPORT = "report"
    ARCHIVE = "archive"
    WITHDRAW = "withdraw"
    VOID = "void"
    LINK = "link"  # a case that carries it out
    UNLINK = "unlink"
    HAND_OVER = "hand_over"
    CLIMB = "climb"
    # what is written down without moving the matter
    OBJECT = "object"
    ANSWER = "answer"
    RETRACT = "retract"  # an objection, by who made it
    DISCLOSE = "disclose"
    DOUBT = "doubt"  # signs were found, or an officer said what becomes of a doubted ballot
    STRIKE = "strike"
    DELIVER = "deliver"  # a ballot on paper was signed for at the door
    MANDATE = "mandate"  # somebody votes for an owner, or does not any more
    CONSENT = "consent"  # an owner whose own part is used has answered
    DESTROY = "destroy"  # the time of keeping is over: who voted how is gone for good
    LATE = "late"  # an answer that came after the close, without whose it was


class Part(StrEnum):
    """The part somebody plays in one matter."""

    ADMIN = "admin"
    OWNER = "owner"  # the member who answers for the present stage
    SYSTEM = "system"


class Refusal(StrEnum):
    """Why a step was not taken. Each value is the key of the text the person reads."""

    UNKNOWN = "matters.unknown"
    NOT_NOW = "matters.not_now"
    NOT_YOURS = "matters.not_yours"
    RECORD_NEEDED = "matters.record_needed"
    REASON_NEEDED = "matters.reason_needed"
    EXTENDED_ALREADY = "matters.extended_already"
    OBJECTIONS_OPEN = "matters.objections_open"
    DAYS_RUN = "matters.days_run"
    NOT_PASSED = "matters.not_passed"
    TO_CARRY_OUT = "matters.to_carry_out"


@dataclass(frozen=True)
class Row:
    """One arrow: from where, to where, by whom, and what has to come with it."""

    event: Event
    before: frozenset[State]
    after: State | None  # None: it stays where it is
    who: frozenset[Part]
    needs: str = ""  # record: words or a picture; reason: words

    def fits(self, state: State) -> bool:
        return state in self.before


ADMIN = frozenset({Part.ADMIN})
IN_CHARGE = frozenset({Part.ADMIN, Part.OWNER})
LINLI = frozenset({Part.SYSTEM})


def _row(
    event: Event,
    before: State | Iterable[State],
    after: State | None,
    who: frozenset[Part],
    needs: str = "",
) -> Row:
    states = frozenset({before}) if isinstance(before, State) else frozenset(before)
    return Row(event, states, after, who, needs)


S, E = State, Event
TABLE: tuple[Row, ...] = (
    _row(E.EDIT, BEFORE_NOTICE, None, IN_CHARGE),
    _row(E.PROPOSE, S.DRAFT, S.PROPOSED, IN_CHARGE, "record"),
    _row(E.CONSULT, S.PROPOSED, S.CONSULTED, IN_CHARGE, "record"),
    _row(E.REVIEW, S.CONSULTED, S.REVIEWED, IN_CHARGE, "record"),
    _row(E.NOTICE, S.REVIEWED, S.NOTICED, ADMIN),
    _row(E.EDIT, {S.NOTICED, S.ROLL_FROZEN}, S.NOTICED, ADMIN),  # the days begin anew
    _row(E.FREEZE, S.NOTICED, S.ROLL_FROZEN, IN_CHARGE),
    _row(E.POSTPONE, S.ROLL_FROZEN, None, LINLI),
    _row(E.OPEN, S.ROLL_FROZEN, S.OPEN, LINLI),
    _row(E.EXTEND, S.OPEN, None, ADMIN, "reason"),
    _row(E.CLOSE, S.OPEN, S.CLOSED, LINLI),
    _row(E.COUNT, S.CLOSED, S.COUNTED, LINLI),
    _row(E.PUBLISH, S.COUNTED, S.DECISION_PUBLISHED, IN_CHARGE, "record"),
    _row(E.EXECUTE, S.DECISION_PUBLISHED, S.EXECUTING, IN_CHARGE),
    _row(E.REPORT, S.EXECUTING, S.RESULT_PUBLISHED, IN_CHARGE, "record"),
    _row(E.LINK, {S.EXECUTING, S.RESULT_PUBLISHED}, None, IN_CHARGE),
    _row(E.UNLINK, {S.EXECUTING, S.RESULT_PUBLISHED}, None, IN_CHARGE),
    _row(E.ARCHIVE, S.RESULT_PUBLISHED, S.ARCHIVED, IN_CHARGE | LINLI),
    _row(E.ARCHIVE, S.DECISION_PUBLISHED, S.ARCHIVED, IN_CHARGE | LINLI),
    _row(E.WITHDRAW, BEFORE_OPENING, S.WITHDRAWN, ADMIN, "reason"),
    _row(E.VOID, frozenset({S.OPEN, S.CLOSED}) | AFTER_THE_COUNT, S.VOID, ADMIN, "reason"),
    _row(E.HAND_OVER, frozenset(State) - ENDED, None, ADMIN),
    _row(E.CLIMB, frozenset(State) - ENDED, None, LINLI),
    _row(E.DESTROY, ENDED, None, LINLI),
)
ENDS_OBJECTIONS = frozenset({E.FREEZE, E.EXECUTE, E.ARCHIVE})  # each was answered before
MAY_BE_SKIPPED = frozenset({E.PROPOSE, E.CONSULT, E.REVIEW})  # 不适用, with a reason
STEP_AFTER: Mapping[State, Event] = {
    S.DRAFT: E.PROPOSE,
    S.PROPOSED: E.CONSULT,
    S.CONSULTED: E.REVIEW,
    S.REVIEWED: E.NOTICE,
    S.NOTICED: E.FREEZE,
    S.COUNTED: E.PUBLISH,
    S.DECISION_PUBLISHED: E.EXECUTE,
    S.EXECUTING: E.REPORT,
    S.RESULT_PUBLISHED: E.ARCHIVE,
}


@dataclass(frozen=True)
class Matter:
    """One question on its way. ``owner`` is the staff id of who answers for the present stage."""

    number: int
    kind: str
    question: Question
    state: State
    owner: int
    level: int = 1  # how far a stage that stands still has climbed
    due_at: datetime | None = None
    next_at: datetime | None = None
    text_hash: str = ""
    roll_hash: str = ""
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    extended: int = 0
    passed: bool = False

    @property
    def title(self) -> str:
        return self.question.title

    @property
    def was_noticed(self) -> bool:
        """Until then a matter is the committee's own, also when it was withdrawn as a draft."""
        return bool(self.text_hash)

    @property
    def may_be_carried_out(self) -> bool:
        """Passed, and not for practice only."""
        return self.passed and self.question.effect != LegalEffect.REHEARSAL

    @property
    def has_to_be_carried_out(self) -> bool:
        """What was advised may be left; what binds may not."""
        return self.passed and self.question.effect == LegalEffect.BINDING


@dataclass(frozen=True)
class Deed:
    """What somebody wants to do with a matter, with what they bring along."""

    event: Event
    parts: frozenset[Part]
    has_record: bool = False  # words or a picture
    has_reason: bool = False  # words
    skips: bool = False  # the stage does not apply, with a reason
    objections_open: int = 0
    days_run: bool = False  # the deadline of the stage has not come


def step(matter: Matter, deed: Deed) -> Matter | Refusal:
    """The matter after one step, or why not. Times are set by the caller.

    Whoever takes a stage over is reminded of it as its first owner was.
    """
    row = next((r for r in TABLE if r.event is deed.event and r.fits(matter.state)), None)
    if row is None:
        return Refusal.NOT_NOW
    if refusal := _guard(row, matter, deed):
        return refusal
    after = row.after or matter.state
    extended = matter.extended + (deed.event is Event.EXTEND)
    anew = after is not matter.state or deed.event is Event.HAND_OVER
    level = 1 if anew else matter.level + (deed.event is Event.CLIMB)
    return replace(matter, state=after, extended=extended, level=level)


def _guard(row: Row, matter: Matter, deed: Deed) -> Refusal | None:
    if not row.who & deed.parts:
        return Refusal.NOT_YOURS
    if row.needs == "reason" and not deed.has_reason:
        return Refusal.REASON_NEEDED
    if row.needs == "record" and not (deed.has_reason if deed.skips else deed.has_record):
        return Refusal.REASON_NEEDED if deed.skips else Refusal.RECORD_NEEDED
    if deed.skips and deed.event not in MAY_BE_SKIPPED:
        return Refusal.NOT_NOW
    if deed.event is Event.EXTEND and matter.extended:
        return Refusal.EXTENDED_ALREADY  # at most once (handbook: voting 2.4)
    return _too_early(matter, deed) if deed.event in ENDS_OBJECTIONS else None


def _too_early(matter: Matter, deed: Deed) -> Refusal | None:
    """Nothing goes past its days, or past an objection without an answer (一户一议)."""
    shown = matter.state is State.DECISION_PUBLISHED
    if deed.event is Event.EXECUTE and not matter.may_be_carried_out:
        return Refusal.NOT_PASSED
    if shown and deed.event is Event.ARCHIVE and matter.has_to_be_carried_out:
        return Refusal.TO_CARRY_OUT
    if shown and deed.days_run:
        return Refusal.DAYS_RUN  # shown for the days of the place (handbook: voting 1.6)
    return Refusal.OBJECTIONS_OPEN if deed.objections_open else None


def possible(matter: Matter, parts: Iterable[Part]) -> frozenset[Event]:
    """The steps that the table has for these parts now, whatever else they need."""
    mine = frozenset(parts)
    return frozenset(r.event for r in TABLE if r.fits(matter.state) and r.who & mine)
