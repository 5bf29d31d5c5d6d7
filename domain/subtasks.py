"""Co-operation on one case: what the lead asks of others, and what has to be done before the end.

The handbook calls it 1+N (tickets 3.2): one lead holder, and any number who co-operate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.tickets import Part, Refusal, State, Ticket


class Kind(StrEnum):
    MANDATORY = "mandatory"  # the lead cannot finish before it
    STAYS = "stays"  # a former holder whose case has climbed stays on it (首接不脱手)


class Progress(StrEnum):
    OPEN = "open"
    DONE = "done"
    WAIVED = "waived"


@dataclass(frozen=True)
class Subtask:
    """One member's share of a case."""

    id: int
    ticket: int
    staff: int
    kind: Kind
    asked_at: datetime
    asked_by: int | None = None  # person; None: Linli, when the case climbed
    state: Progress = Progress.OPEN
    words: int | None = None  # the note of what is asked
    answer: int | None = None  # the note of what was done, of why it cannot be, of why it need not
    done_at: datetime | None = None
    rating: int | None = None  # by the lead: 5 very satisfied … 1 very dissatisfied

    @property
    def is_open(self) -> bool:
        return self.state is Progress.OPEN


LEADS = frozenset({State.IN_PROGRESS, State.WAITING_RESIDENT})  # where a lead may ask
RATES_FROM = frozenset({State.HANDLED, State.CLOSED_CONFIRMED, State.CLOSED_SILENT})
MAY_WAIVE = frozenset({Part.HOLDER, Part.DISPATCHER})


def unfinished(subtasks: Iterable[Subtask]) -> list[Subtask]:
    """What the lead has to wait for."""
    return [s for s in subtasks if s.is_open and s.kind is Kind.MANDATORY]


def may_ask(ticket: Ticket, parts: frozenset[Part]) -> Refusal | None:
    if Part.HOLDER not in parts:
        return Refusal.NOT_YOURS
    return None if ticket.state in LEADS else Refusal.NOT_NOW


def at_work(ticket: Ticket, subtasks: Iterable[Subtask]) -> set[int]:
    """Members who work on the case already and are not asked again."""
    return {s.staff for s in subtasks if s.is_open} | ({ticket.holder} if ticket.holder else set())


def may_answer(subtask: Subtask, ticket: Ticket, staff: int | None) -> Refusal | None:
    """Done, or cannot be done: said by the one who was asked, while the case goes on."""
    if subtask.staff != staff:
        return Refusal.NOT_YOURS
    return None if subtask.is_open and ticket.is_open else Refusal.NOT_NOW


def may_waive(subtask: Subtask, ticket: Ticket, parts: frozenset[Part]) -> Refusal | None:
    if not parts & MAY_WAIVE:
        return Refusal.NOT_YOURS
    return None if subtask.is_open and ticket.is_open else Refusal.NOT_NOW


def may_rate(subtask: Subtask, ticket: Ticket, parts: frozenset[Part]) -> Refusal | None:
    """Once the lead has finished, of what was done."""
    if Part.HOLDER not in parts:
        return Refusal.NOT_YOURS
    done = subtask.state is Progress.DONE and ticket.state in RATES_FROM
    return None if done else Refusal.NOT_NOW
