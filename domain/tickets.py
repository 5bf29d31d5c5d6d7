"""The states of a case, and the only steps between them.

TABLE is the transition table of the handbook (tickets 3.2), row by row. Whatever a menu
offers, ``step`` decides; it never looks at a clock and never changes a deadline.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum, StrEnum


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    DISPATCHED = "dispatched"
    IN_PROGRESS = "in_progress"
    RETURN_REVIEW = "return_review"
    WAITING_RESIDENT = "waiting_resident"
    ON_HOLD = "on_hold"
    HANDLED = "handled"
    CLOSED_CONFIRMED = "closed_confirmed"
    CLOSED_SILENT = "closed_silent"
    REJECTED = "rejected"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


CLOSED = frozenset(
    {State.CLOSED_CONFIRMED, State.CLOSED_SILENT, State.REJECTED, State.MERGED, State.WITHDRAWN}
)
OPEN = frozenset(State) - CLOSED - {State.DRAFT}
WITH_HOLDER = OPEN - {State.SUBMITTED}


class Level(IntEnum):
    COMMUNITY = 1
    STREET = 2
    DEPARTMENT = 3


class Event(StrEnum):
    SUBMIT = "submit"
    ACCEPT = "accept"
    REJECT = "reject"
    APPEAL = "appeal"
    MERGE = "merge"
    SIGN = "sign"
    CONTACTED = "contacted"
    REQUEST_RETURN = "request_return"
    APPROVE_RETURN = "approve_return"
    REFUSE_RETURN = "refuse_return"
    REASSIGN = "reassign"
    ASK_RESIDENT = "ask_resident"
    RESIDENT_REPLIES = "resident_replies"
    WAIT_ENDS = "wait_ends"
    HOLD = "hold"
    HOLD_ENDS = "hold_ends"
    EXTEND = "extend"
    RESOLVE = "resolve"
    ESCALATE = "escalate"
    CONFIRM = "confirm"
    DISPUTE = "dispute"
    PARTLY = "partly"
    STAY_SILENT = "stay_silent"
    RECUR = "recur"
    WITHDRAW = "withdraw"
    SPLIT = "split"
    JOINED = "joined"
    PARTED = "parted"
    COOPERATE = "cooperate"
    COOPERATED = "cooperated"
    WAIVED = "waived"


# What is written into a case's history without moving it; the table knows nothing of these.
REMARKS = frozenset({Event.JOINED, Event.PARTED, Event.COOPERATE, Event.COOPERATED, Event.WAIVED})


class Part(StrEnum):
    """The part somebody plays in one case. One person may play several."""

    AUTHOR = "author"
    SUPPORTER = "supporter"
    HOLDER = "holder"
    DISPATCHER = "dispatcher"
    SYSTEM = "system"


class ReturnReason(StrEnum):
    """Why a holder may hand a case back (属地不符, 职能不符, 权属不清, 重复, 信息不足)."""

    PLACE = "place"
    DUTY = "duty"
    OWNERSHIP = "ownership"
    DUPLICATE = "duplicate"
    INFORMATION = "information"


class ReassignReason(StrEnum):
    """Why the dispatcher sends a case on (属地, 职能, 忙闲, 不在岗, 其他)."""

    PLACE = "place"
    DUTY = "duty"
    LOAD = "load"
    AWAY = "away"
    OTHER = "other"


class EscalateReason(StrEnum):
    OVERDUE = "overdue"
    BEYOND_POWERS = "beyond_powers"
    JOINT_ENFORCEMENT = "joint_enforcement"
    EMERGENCY = "emergency"
    REWORKED = "reworked"
    PASSED_ON = "passed_on"


class DisputeReason(StrEnum):
    NOT_DONE = "not_done"
    BROKE_AGAIN = "broke_again"
    OTHER = "other"


class Visibility(StrEnum):
    PUBLIC = "public"  # a card in the group; the holder sees who asks
    ANONYMOUS = "anonymous"  # a card in the group; nobody sees who asks
    COMMITTEE = "committee"  # no card; the holder sees who asks


class Refusal(StrEnum):
    """Why a step was not taken. Each value is the key of the text the person reads."""

    NOT_NOW = "tickets.not_now"
    NOT_YOURS = "tickets.not_yours"
    REASON_NEEDED = "tickets.reason_needed"
    WORDS_NEEDED = "tickets.words_needed"
    HOLDER_NEEDED = "tickets.holder_needed"
    NO_HIGHER_LEVEL = "tickets.no_higher_level"
    APPEALED_ALREADY = "tickets.appealed_already"
    ASKED_ENOUGH = "tickets.asked_enough"
    RETURN_IS_FINAL = "tickets.return_is_final"
    OTHERS_NEED_IT = "tickets.others_need_it"
    DANGER_STAYS = "tickets.danger_stays"
    PARENT_NEEDED = "tickets.parent_needed"
    OTHERS_AT_WORK = "subtasks.others_at_work"


CAN_PASS = (State.DISPATCHED, State.IN_PROGRESS)  # to another holder, as they stand
MERGEABLE = frozenset({State.SUBMITTED, State.DISPATCHED, State.IN_PROGRESS})
MAX_QUESTIONS = 2  # to the resident, in one round (handbook: tickets 3.2, waiting_resident)


@dataclass(frozen=True)
class Ticket:
    """One case. ``holder`` is the staff id of the lead, exactly one in every open state."""

    number: int
    author: int  # person
    category: str
    state: State = State.DRAFT
    level: Level = Level.COMMUNITY
    round: int = 1  # 1 is the first handling, 2 and more are rework
    hop: int = 0  # how often it was sent to somebody
    grid: str | None = None
    holder: int | None = None
    visibility: Visibility = Visibility.PUBLIC
    questions: int = 0  # asked of the resident in this round
    return_refused: bool = False
    appealed: bool = False
    parent: int | None = None
    supporters: int = 0
    due_at: datetime | None = None  # of the clock that runs now
    resolve_by: datetime | None = None
    next_at: datetime | None = None  # when a timer has to look at it again
    opened_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@dataclass(frozen=True)
class Deed:
    """What somebody wants to do to a case, with what the step's guard asks for."""

    event: Event
    parts: frozenset[Part]
    reason: str = ""
    has_words: bool = False
    holder: int | None = None
    parent: int | None = None
    back_to: State | None = None  # where a case stood before it was merged
    unfinished: int = 0  # mandatory subtasks that are open
    danger: bool = False  # somebody has to have a look, whatever its author wishes by now
    level: Level = Level.DEPARTMENT  # of the new holder


Guard = Callable[[Ticket, Deed], Refusal | None]
Effect = Callable[[Ticket, Deed], Ticket]


@dataclass(frozen=True)
class Transition:
    """One row of the table. ``to`` is None where the case goes back to where it came from."""

    row: int
    sources: frozenset[State]
    event: Event
    by: frozenset[Part]
    to: State | None
    guard: Guard = lambda ticket, deed: None
    effect: Effect = field(default=lambda ticket, deed: ticket)


def _reason(kind: type[StrEnum]) -> Guard:
    allowed = frozenset(kind)

    def guard(ticket: Ticket, deed: Deed) -> Refusal | None:
        return None if deed.reason in allowed else Refusal.REASON_NEEDED

    return guard


def _words(ticket: Ticket, deed: Deed) -> Refusal | None:
    return None if deed.has_words else Refusal.WORDS_NEEDED


def _finished(ticket: Ticket, deed: Deed) -> Refusal | None:
    """Those who were asked to co-operate come first (handbook: tickets 3.2, row 15)."""
    return Refusal.OTHERS_AT_WORK if deed.unfinished else _words(ticket, deed)


def _back(ticket: Ticket, deed: Deed) -> Refusal | None:
    if deed.back_to not in MERGEABLE:
        return Refusal.NOT_NOW
    held = deed.back_to not in WITH_HOLDER or ticket.holder is not None
    return None if held else Refusal.HOLDER_NEEDED


def _holder(ticket: Ticket, deed: Deed) -> Refusal | None:
    return None if deed.holder is not None else Refusal.HOLDER_NEEDED


def _sent_on(ticket: Ticket, deed: Deed) -> Refusal | None:
    return _holder(ticket, deed) or _reason(ReassignReason)(ticket, deed)


def _explained(ticket: Ticket, deed: Deed) -> Refusal | None:
    return None if deed.reason or deed.has_words else Refusal.REASON_NEEDED


def _one_appeal(ticket: Ticket, deed: Deed) -> Refusal | None:
    return Refusal.APPEALED_ALREADY if ticket.appealed else None


def _may_return(ticket: Ticket, deed: Deed) -> Refusal | None:
    if ticket.return_refused:
        return Refusal.RETURN_IS_FINAL
    return _reason(ReturnReason)(ticket, deed)


def _may_ask(ticket: Ticket, deed: Deed) -> Refusal | None:
    if ticket.questions >= MAX_QUESTIONS:
        return Refusal.ASKED_ENOUGH
    return _words(ticket, deed)


def _level_above(ticket: Ticket, deed: Deed) -> Refusal | None:
    if ticket.level is Level.DEPARTMENT:
        return Refusal.NO_HIGHER_LEVEL
    return _reason(EscalateReason)(ticket, deed) or _holder(ticket, deed)


def _alone(ticket: Ticket, deed: Deed) -> Refusal | None:
    if deed.danger:
        return Refusal.DANGER_STAYS
    return Refusal.OTHERS_NEED_IT if ticket.supporters else None


def _other_parent(ticket: Ticket, deed: Deed) -> Refusal | None:
    return Refusal.PARENT_NEEDED if deed.parent in (None, ticket.number) else None


def _pass_on(ticket: Ticket, deed: Deed) -> Ticket:
    return replace(ticket, holder=deed.holder, hop=ticket.hop + 1, return_refused=False)


def _send_on(ticket: Ticket, deed: Deed) -> Ticket:
    """To somebody of a lower level it falls to theirs, from where it can climb again."""
    return replace(_pass_on(ticket, deed), level=min(ticket.level, deed.level))


def _climb(ticket: Ticket, deed: Deed) -> Ticket:
    return replace(_pass_on(ticket, deed), level=Level(ticket.level + 1))


def _next_round(ticket: Ticket, deed: Deed) -> Ticket:
    return replace(ticket, round=ticket.round + 1, questions=0, return_refused=False)


def _take_out(ticket: Ticket, deed: Deed) -> Ticket:
    return replace(ticket, state=deed.back_to or ticket.state, parent=None)


def _count_question(ticket: Ticket, deed: Deed) -> Ticket:
    return replace(ticket, questions=ticket.questions + 1)


def _from(*states: State) -> frozenset[State]:
    return frozenset(states)


def _by(*parts: Part) -> frozenset[Part]:
    return frozenset(parts)


S, E, P = State, Event, Part

TABLE: tuple[Transition, ...] = (
    Transition(1, _from(S.DRAFT), E.SUBMIT, _by(P.AUTHOR), S.SUBMITTED, _words),
    Transition(2, _from(S.SUBMITTED), E.ACCEPT, _by(P.SYSTEM, P.DISPATCHER), S.DISPATCHED,
               _holder, _pass_on),
    Transition(3, _from(S.SUBMITTED), E.REJECT, _by(P.DISPATCHER), S.REJECTED, _words),
    Transition(3, _from(S.REJECTED), E.APPEAL, _by(P.AUTHOR), S.SUBMITTED, _one_appeal,
               lambda ticket, _: replace(ticket, appealed=True)),
    Transition(4, MERGEABLE, E.MERGE, _by(P.DISPATCHER),
               S.MERGED, _other_parent, lambda ticket, deed: replace(ticket, parent=deed.parent)),
    Transition(4, _from(S.MERGED), E.SPLIT, _by(P.DISPATCHER), None, _back, _take_out),
    Transition(5, _from(S.DISPATCHED), E.SIGN, _by(P.HOLDER), S.IN_PROGRESS),
    Transition(5, _from(S.IN_PROGRESS), E.CONTACTED, _by(P.HOLDER), S.IN_PROGRESS),
    Transition(6, _from(S.DISPATCHED, S.IN_PROGRESS), E.REQUEST_RETURN, _by(P.HOLDER),
               S.RETURN_REVIEW, _may_return),
    Transition(7, _from(S.RETURN_REVIEW), E.APPROVE_RETURN, _by(P.DISPATCHER), S.DISPATCHED,
               _holder, _send_on),
    Transition(8, _from(S.RETURN_REVIEW), E.REFUSE_RETURN, _by(P.DISPATCHER), S.IN_PROGRESS,
               effect=lambda ticket, _: replace(ticket, return_refused=True)),
    Transition(9, _from(S.DISPATCHED, S.IN_PROGRESS), E.REASSIGN, _by(P.DISPATCHER),
               S.DISPATCHED, _sent_on, _send_on),
    Transition(10, _from(S.IN_PROGRESS), E.ASK_RESIDENT, _by(P.HOLDER), S.WAITING_RESIDENT,
               _may_ask, _count_question),
    Transition(11, _from(S.WAITING_RESIDENT), E.RESIDENT_REPLIES, _by(P.AUTHOR),
               S.IN_PROGRESS, _words),
    Transition(12, _from(S.WAITING_RESIDENT), E.WAIT_ENDS, _by(P.SYSTEM), S.IN_PROGRESS),
    Transition(13, _from(S.IN_PROGRESS), E.HOLD, _by(P.DISPATCHER), S.ON_HOLD, _words),
    Transition(13, _from(S.IN_PROGRESS), E.EXTEND, _by(P.DISPATCHER), S.IN_PROGRESS, _words),
    Transition(14, _from(S.ON_HOLD), E.HOLD_ENDS, _by(P.SYSTEM, P.HOLDER, P.DISPATCHER),
               S.IN_PROGRESS),
    Transition(15, _from(S.IN_PROGRESS), E.RESOLVE, _by(P.HOLDER), S.HANDLED, _finished),
    Transition(16, _from(S.DISPATCHED, S.IN_PROGRESS, S.ON_HOLD), E.ESCALATE,
               _by(P.HOLDER, P.SYSTEM), S.DISPATCHED, _level_above, _climb),
    Transition(17, _from(S.HANDLED), E.CONFIRM, _by(P.AUTHOR), S.CLOSED_CONFIRMED),
    Transition(18, _from(S.HANDLED), E.DISPUTE, _by(P.AUTHOR, P.SUPPORTER), S.IN_PROGRESS,
               _explained, _next_round),
    Transition(19, _from(S.HANDLED), E.PARTLY, _by(P.AUTHOR), S.IN_PROGRESS, effect=_next_round),
    Transition(20, _from(S.HANDLED), E.STAY_SILENT, _by(P.SYSTEM), S.CLOSED_SILENT),
    Transition(21, _from(S.CLOSED_CONFIRMED, S.CLOSED_SILENT), E.RECUR, _by(P.AUTHOR, P.SUPPORTER),
               S.IN_PROGRESS, _explained, _next_round),
    Transition(22, OPEN, E.WITHDRAW, _by(P.AUTHOR), S.WITHDRAWN, _alone),
)  # fmt: skip


def step(ticket: Ticket, deed: Deed) -> Ticket | Refusal:
    """The case after the deed, or why not. The order of refusals: state, part, guard."""
    rows = [row for row in TABLE if row.event is deed.event and ticket.state in row.sources]
    if not rows:
        return Refusal.NOT_NOW
    row = rows[0]
    if not row.by & deed.parts:
        return Refusal.NOT_YOURS
    if refusal := row.guard(ticket, deed):
        return refusal
    after = row.effect(ticket, deed)
    return after if row.to is None else replace(after, state=row.to)


def possible(ticket: Ticket, parts: Iterable[Part]) -> frozenset[Event]:
    """The events the table has for this state and these parts; guards may still refuse."""
    mine = frozenset(parts)
    return frozenset(r.event for r in TABLE if ticket.state in r.sources and r.by & mine)
