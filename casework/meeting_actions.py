"""The buttons of meetings: set up, their sittings and agendas, and the minutes."""

from dataclasses import dataclass

from domain.conversation import Action


@dataclass(frozen=True)
class ListMeetings(Action, code="mt"):
    """Every meeting that goes on and that one has to do with."""


@dataclass(frozen=True)
class ShowMeeting(Action, code="mt.s"):
    number: int


@dataclass(frozen=True)
class NewMeeting(Action, code="mt.new"):
    """An admin or a secretary sets one up."""


@dataclass(frozen=True)
class AskTitle(Action, code="mt.t"):
    number: int


@dataclass(frozen=True)
class TakeTitle(Action, code="mt.t2"):
    """0 begins a meeting."""

    number: int


@dataclass(frozen=True)
class AskRule(Action, code="mt.w"):
    number: int


@dataclass(frozen=True)
class TakeRule(Action, code="mt.w2"):
    number: int


@dataclass(frozen=True)
class AskInvited(Action, code="mt.i"):
    number: int


@dataclass(frozen=True)
class Invite(Action, code="mt.i2"):
    """Invite, or no longer: everybody, a role, a duty, or an organisation by one of its people."""

    number: int
    sort: str
    guest: str


@dataclass(frozen=True)
class AskChair(Action, code="mt.c"):
    number: int


@dataclass(frozen=True)
class SetChair(Action, code="mt.c2"):
    number: int
    staff: int


@dataclass(frozen=True)
class ConfirmMeeting(Action, code="mt.ok"):
    number: int


@dataclass(frozen=True)
class EndMeeting(Action, code="mt.x"):
    """Sure (1), or only asking (0)."""

    number: int
    sure: int


# --- one sitting


@dataclass(frozen=True)
class ShowSitting(Action, code="mt.a"):
    number: int


@dataclass(frozen=True)
class AddPoint(Action, code="mt.a1"):
    number: int


@dataclass(frozen=True)
class TakePoint(Action, code="mt.a2"):
    number: int


@dataclass(frozen=True)
class AskWhich(Action, code="mt.a3"):
    """Which point? ``what`` is to be done with it: strike, or first."""

    number: int
    what: str


@dataclass(frozen=True)
class ChangePoint(Action, code="mt.a4"):
    number: int
    point: int
    what: str


@dataclass(frozen=True)
class MoveSitting(Action, code="mt.m"):
    number: int


@dataclass(frozen=True)
class TakeMove(Action, code="mt.m2"):
    number: int


@dataclass(frozen=True)
class CancelSitting(Action, code="mt.no"):
    """Sure (1), or only asking (0)."""

    number: int
    sure: int


# --- minutes


@dataclass(frozen=True)
class WriteMinutes(Action, code="mn"):
    number: int


@dataclass(frozen=True)
class TakeLine(Action, code="mn.l"):
    """The next words are a line of the minutes, or several."""

    number: int


@dataclass(frozen=True)
class RemoveLine(Action, code="mn.d"):
    number: int
    line: int


@dataclass(frozen=True)
class CloseMinutes(Action, code="mn.ok"):
    number: int


@dataclass(frozen=True)
class ShowMinutes(Action, code="mn.s"):
    number: int
    skip: int
