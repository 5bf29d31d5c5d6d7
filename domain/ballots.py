"""May this answer be taken? The intake rules of a vote, before anything is counted.

The rules are the handbook's I1-I18 (voting 1.8). A refusal is a value, and its value is the key
of the sentence the person reads. What counts is the server's clock when the answer arrived.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.matters import Matter, State
from domain.question import Mode, Question

TOO_FAST = timedelta(seconds=3)  # one answer of an account in this time (handbook: voting 3.2)
PAPER_WINS = "paper_wins"


class Refusal(StrEnum):
    """Why an answer was not taken. Each value is the key of the text the person reads."""

    NOT_OPEN_YET = "voting.not_open_yet"
    LATE = "voting.late"  # I6
    NO_VOTE = "voting.no_vote"  # withdrawn, void, or no such matter
    NOT_ON_ROLL = "voting.not_on_roll"  # I15
    UNDER_18 = "voting.under_18"  # I17
    NEED_REPRESENTATIVE = "voting.need_representative"  # I3
    NOT_REPRESENTATIVE = "voting.not_representative"
    HOUSEHOLD_ALREADY_VOTED = "voting.household_already_voted"  # I5
    NOT_A_CHOICE = "voting.not_a_choice"  # I18
    CHANGED_ENOUGH = "voting.changed_enough"  # I8
    ANSWERED_ALREADY = "voting.answered_already"  # detached: there is nothing to change
    TOO_FAST = "voting.too_fast"
    PAPER_STANDS = "voting.paper_stands"  # I12
    PROXY_LIMIT = "voting.proxy_limit"  # I9
    PROXY_EXCLUDED = "voting.proxy_excluded"  # I10
    PROXY_ENDED = "voting.proxy_ended"  # I11
    NO_LONGER_PROXY = "voting.no_longer_proxy"
    PROXY_VOTED = "voting.proxy_voted"  # and no second proxy is sent after the first
    NO_PROXY = (
        "voting.no_proxy"  # only owners send somebody, and never where nothing can be changed
    )
    NOTHING_YET = "voting.nothing_yet"  # nothing was marked that could be shown


class Via(StrEnum):
    """How a ballot came."""

    CHAT = "chat"
    PROXY = "proxy"
    PAPER = "paper"
    HELPER = "helper"


BY_THEMSELVES = frozenset({Via.CHAT, Via.HELPER})  # the voter's own word, whoever typed it
BY_BUTTON = frozenset({Via.CHAT, Via.PROXY})
ANSWERS = ("yes", "no", "abstain")
SPOILED = "spoiled"


@dataclass(frozen=True)
class Standing:
    """The ballot of a voting unit that counts if nothing more comes."""

    seq: int
    choice: str | None  # None: a spoiled paper ballot
    at: datetime
    via: Via
    changes: int  # by whoever answers for the unit now; -1: they have not voted yet
    commit: str = ""  # what the record says of it

    @property
    def is_of_another(self) -> bool:
        """Cast before the unit was handed over: how is shown to nobody else (I3, I5)."""
        return self.changes < 0


@dataclass(frozen=True)
class Cast:
    """An answer that wants to be taken."""

    choice: str
    at: datetime  # received, by the server's clock
    via: Via = Via.CHAT


def choices(question: Question) -> tuple[str, ...]:
    """What may be chosen: yes, no, abstain; or the options by their number, and abstain."""
    if not question.options:
        return ANSWERS
    return (*(str(n) for n in range(1, len(question.options) + 1)), "abstain")


def open_at(matter: Matter, at: datetime) -> Refusal | None:
    """Whether answers are taken at this moment: from the opening, up to but not at the close."""
    if matter.state in (State.WITHDRAWN, State.VOID):
        return Refusal.NO_VOTE
    if matter.closes_at is not None and at >= matter.closes_at:
        return Refusal.LATE
    if matter.state is not State.OPEN or matter.opens_at is None or at < matter.opens_at:
        return Refusal.LATE if _is_over(matter.state) else Refusal.NOT_OPEN_YET
    return None


def opens_by_now(matter: Matter, at: datetime) -> bool:
    """Whether a vote's moment has come and no timer has looked at it yet."""
    opens, closes = matter.opens_at, matter.closes_at
    due = opens is not None and closes is not None and opens <= at < closes
    return matter.state is State.ROLL_FROZEN and due


def _is_over(state: State) -> bool:
    order = list(State)
    return order.index(state) > order.index(State.OPEN)


def accept(question: Question, cast: Cast, standing: Standing | None) -> Refusal | None:
    """Whether this answer may take the place of the standing one; the window is asked before.

    The same answer again is no change: the caller repeats the receipt (I7). One that was received
    before the standing one and overtaken by it, from another account, comes too late to replace it.
    """
    if cast.choice not in choices(question) and not _is_spoiled(cast):
        return Refusal.NOT_A_CHOICE
    if standing is None:
        return None
    if question.mode is Mode.DETACHED:
        return Refusal.ANSWERED_ALREADY
    if refusal := _outranked(question, cast, standing):
        return refusal
    soonest = standing.at + TOO_FAST if cast.via in BY_BUTTON else standing.at
    if cast.at < soonest:
        return Refusal.TOO_FAST
    if cast.via is Via.PAPER or (standing.via is Via.PROXY and cast.via in BY_THEMSELVES):
        return None  # no limit keeps paper out, or owners from taking back what a proxy did
    limit = question.change_limit
    used_up = limit is not None and standing.changes >= limit
    return Refusal.CHANGED_ENOUGH if used_up else None


def _is_spoiled(cast: Cast) -> bool:
    """Only paper can be blank, or have two boxes ticked (I13)."""
    return cast.via is Via.PAPER and cast.choice == SPOILED


def _outranked(question: Question, cast: Cast, standing: Standing) -> Refusal | None:
    """Paper stands against buttons (I12); the owner's own word against a proxy's (I11)."""
    if standing.via is Via.PAPER and cast.via is not Via.PAPER and question.paper == PAPER_WINS:
        return Refusal.PAPER_STANDS
    if cast.via is Via.PROXY and standing.via in BY_THEMSELVES | {Via.PAPER}:
        return Refusal.PROXY_ENDED
    return None


def may_be_proxy(question: Question, held: int, *, from_property_company: bool) -> Refusal | None:
    """Whether somebody who may vote for so many already may take one more mandate (I9).

    ``held``: with the mandates that have ended, as long as what was cast by them counts. Nobody
    of the property company may (I10): 舟山 2021 Art. 17, and everywhere here.
    """
    if from_property_company:
        return Refusal.PROXY_EXCLUDED
    if question.proxy_cap is not None and held >= question.proxy_cap:
        return Refusal.PROXY_LIMIT
    return None


REMINDERS = (timedelta(hours=72), timedelta(hours=24))  # before the close (handbook: voting 4.4)
SHORTEST = timedelta(hours=24)  # a window no longer than this is not reminded of


def reminders(opens_at: datetime, closes_at: datetime) -> Sequence[datetime]:
    """When those who have not answered are reminded, counted back from the close.

    None when the window is shorter than a day. A moment at or before the opening is left out:
    the ballot itself has just been brought.
    """
    if closes_at - opens_at < SHORTEST:
        return ()
    return tuple(closes_at - before for before in REMINDERS if closes_at - before > opens_at)
