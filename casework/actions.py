"""Every button about a case and the numbers it carries. A handler and its action share a name."""

from dataclasses import dataclass

from domain.conversation import Action

# --- a suggestion being put together


@dataclass(frozen=True)
class Suggest(Action, code="say"):
    """Put the words of this message before the committee at once, without steps."""


@dataclass(frozen=True)
class WriteDraft(Action, code="d"):
    """Words said to the bot alone: begin a draft, or add to the one begun."""


@dataclass(frozen=True)
class SubmitDraft(Action, code="d.ok"):
    draft: int


@dataclass(frozen=True)
class OpenAnyway(Action, code="d.new"):
    """None of the cases that look alike is mine."""

    draft: int


@dataclass(frozen=True)
class SupportInstead(Action, code="d.same"):
    draft: int
    number: int


@dataclass(frozen=True)
class PickCategory(Action, code="d.cats"):
    draft: int


@dataclass(frozen=True)
class SetCategory(Action, code="d.cat"):
    draft: int
    category: str


@dataclass(frozen=True)
class PickVisibility(Action, code="d.who"):
    draft: int


@dataclass(frozen=True)
class SetVisibility(Action, code="d.vis"):
    draft: int
    visibility: str


@dataclass(frozen=True)
class AddToDraft(Action, code="d.add"):
    """Ask for a photo, a location or a place in words; the next message is it."""

    draft: int


@dataclass(frozen=True)
class TakePlace(Action, code="d.place"):
    draft: int


@dataclass(frozen=True)
class ShowDraft(Action, code="d.show"):
    draft: int


@dataclass(frozen=True)
class DropDraft(Action, code="d.drop"):
    draft: int


@dataclass(frozen=True)
class DropBegun(Action, code="d.no"):
    """Never mind what I have begun to write to you."""


# --- a suggestion that has become a case


@dataclass(frozen=True)
class Support(Action, code="up"):
    number: int


@dataclass(frozen=True)
class Unsupport(Action, code="down"):
    number: int


@dataclass(frozen=True)
class Progress(Action, code="how"):
    number: int


@dataclass(frozen=True)
class Why(Action, code="why?"):
    """Why is it due then?"""

    number: int


@dataclass(frozen=True)
class Undo(Action, code="undo"):
    number: int


@dataclass(frozen=True)
class Withdraw(Action, code="wd"):
    number: int


@dataclass(frozen=True)
class Answer(Action, code="reply"):
    """The author's button under a question; the next words are the answer."""

    number: int


@dataclass(frozen=True)
class TakeAnswer(Action, code="reply2"):
    number: int


# --- the committee's work


@dataclass(frozen=True)
class Mine(Action, code="mine"):
    """What is mine: a member's open cases, or a resident's own."""


@dataclass(frozen=True)
class ShowWork(Action, code="work"):
    number: int


@dataclass(frozen=True)
class Sign(Action, code="sign"):
    number: int


@dataclass(frozen=True)
class Contacted(Action, code="call"):
    """The holder has spoken with the resident, by telephone or at the door."""

    number: int


@dataclass(frozen=True)
class HandBack(Action, code="back"):
    number: int


@dataclass(frozen=True)
class HandBackBecause(Action, code="back2"):
    number: int
    reason: str


@dataclass(frozen=True)
class AskResident(Action, code="ask"):
    number: int


@dataclass(frozen=True)
class TakeQuestion(Action, code="ask2"):
    number: int


@dataclass(frozen=True)
class GetHelp(Action, code="sos"):
    number: int


@dataclass(frozen=True)
class TakeHelpRequest(Action, code="sos2"):
    number: int


@dataclass(frozen=True)
class Advise(Action, code="tip"):
    number: int


@dataclass(frozen=True)
class TakeAdvice(Action, code="tip2"):
    number: int


@dataclass(frozen=True)
class Finish(Action, code="fin"):
    number: int


@dataclass(frozen=True)
class TakeResult(Action, code="fin2"):
    number: int


@dataclass(frozen=True)
class SendOn(Action, code="to"):
    """The dispatcher's button: to whom?"""

    number: int


@dataclass(frozen=True)
class Assign(Action, code="to2"):
    number: int
    staff: int


@dataclass(frozen=True)
class AssignBecause(Action, code="to3"):
    number: int
    staff: int
    reason: str


@dataclass(frozen=True)
class KeepHolder(Action, code="keep"):
    """The return is not approved; the holder goes on."""

    number: int


@dataclass(frozen=True)
class Escalate(Action, code="esc"):
    """The holder's button: one level up, because?"""

    number: int


@dataclass(frozen=True)
class EscalateBecause(Action, code="esc2"):
    number: int
    reason: str


@dataclass(frozen=True)
class RequestHold(Action, code="hold"):
    number: int


@dataclass(frozen=True)
class TakeHoldRequest(Action, code="hold2"):
    number: int


@dataclass(frozen=True)
class ApproveHold(Action, code="hok"):
    """``note`` holds the public reason; ``day`` is the review date as 20261220."""

    number: int
    note: int
    day: int


@dataclass(frozen=True)
class RefuseHold(Action, code="hno"):
    number: int
    note: int


@dataclass(frozen=True)
class EndHold(Action, code="hgo"):
    number: int


@dataclass(frozen=True)
class RequestExtension(Action, code="ext"):
    number: int


@dataclass(frozen=True)
class TakeExtensionRequest(Action, code="ext2"):
    number: int


@dataclass(frozen=True)
class Extend(Action, code="xok"):
    """``note`` holds the public reason; ``day`` is the last day as 20261220."""

    number: int
    note: int
    day: int


@dataclass(frozen=True)
class RefuseExtension(Action, code="xno"):
    number: int
    note: int


@dataclass(frozen=True)
class ShowWatchlist(Action, code="watch"):
    """The cases that leaders have to look at themselves (提级督办)."""


# --- being away


@dataclass(frozen=True)
class Away(Action, code="away"):
    """With a day: away until then. Without: who is away?"""


@dataclass(frozen=True)
class BackAtWork(Action, code="here"):
    """Away no longer."""


@dataclass(frozen=True)
class TakeOver(Action, code="over"):
    """The deputy takes all open cases of somebody who is away."""

    staff: int


# --- the resident's word


@dataclass(frozen=True)
class SaySolved(Action, code="ok"):
    """``answer`` is yes, partly or no; ``round`` is the one that was asked about."""

    number: int
    round: int
    answer: str


@dataclass(frozen=True)
class SayWhyNot(Action, code="why"):
    number: int
    round: int
    reason: str


@dataclass(frozen=True)
class TakeWhyNot(Action, code="why2"):
    number: int
    round: int


@dataclass(frozen=True)
class SayFine(Action, code="fine"):
    """Asked again after some weeks: all is well."""

    number: int
    round: int


@dataclass(frozen=True)
class Rate(Action, code="rate"):
    number: int
    round: int
    level: int  # 5 very satisfied … 1 very dissatisfied
