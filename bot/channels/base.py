"""What a chat platform must be able to do. Several platforms, one seam.

To add a platform: write ``read`` (its update to an Inbound) and a Channel, feed what it
delivers to ``bot.intake.Intake.accept``, and name it in ``bot.platforms``.
"""

from dataclasses import dataclass
from typing import Protocol

from bot.files import File
from domain.polls import Poll
from texts import Rich


class NotYet(Exception):
    """A kept update can not be read yet: its platform has not said what is needed for that."""


class TryLater(Exception):
    """The platform asked us to slow down or refused the connection; nothing was sent.

    ``everywhere`` is True when the whole channel must pause, not only this chat.
    """

    def __init__(self, seconds: float, why: str = "", *, everywhere: bool = False) -> None:
        super().__init__(why or f"try again in {seconds} s")
        self.seconds = seconds
        self.everywhere = everywhere


class TooFast(TryLater):
    """The platform refused a message because of all that we send, and the whole channel pauses."""

    def __init__(self, seconds: float, why: str = "") -> None:
        super().__init__(seconds, why, everywhere=True)


class Moved(TryLater):
    """The group has another number since; nothing was sent, and there it can be at once."""

    def __init__(self, to: str) -> None:
        super().__init__(0, "the group has moved")
        self.to = to


class Unreachable(Exception):
    """This place cannot be written to: we are blocked, or it is gone."""


class Refused(Unreachable):
    """The platform will never take this message; the place itself can be written to."""


class NextVisit(Exception):
    """The platform lets us write to this person again once they have come by; nothing was sent."""


class Unclear(Exception):
    """The platform did not answer: the message may or may not have arrived.

    Never said of an edit, which can be made twice without harm: that is tried later.
    """


@dataclass(frozen=True)
class Button:
    label: str
    data: str  # a packed action
    link: str = ""  # in a group: what /start brings when the button leads to the private chat


@dataclass(frozen=True)
class Picture:
    """A photo: the channel that holds it and that channel's own reference."""

    channel: str
    ref: str


@dataclass(frozen=True)
class Outgoing:
    """One message ready for a platform: words, buttons, perhaps a picture."""

    promise: int  # the outbox row it keeps; a channel of our own may use it to keep it once
    chat: str
    text: Rich
    buttons: tuple[Button, ...] = ()
    picture: Picture | None = None
    voice: Picture | None = None  # something spoken; the words say that it is there
    image: bytes | None = None  # a PNG drawn for this message; goes before a picture
    file: File | None = None  # below the words; only where ``takes_files``
    poll: Poll | None = None  # instead of words and buttons, where the platform holds polls
    note: Rich = ()  # the words above such a poll
    edits: str | None = None  # the message to replace; sent anew where that is not possible
    asks_reply: bool = False  # in a group: ask the person to answer by replying
    replies_to: str = ""  # in a group: the platform's id of the message that this answers
    follows: str = ""  # the same, only where pointing at it repeats none of its words
    page: str = ""  # the address of the same on a page of ours
    about: str = ""  # the feature that it comes from, such as "tickets"
    rank: int = 0  # 0: an answer, or as urgent; see domain.budget.rank_of
    attempts: int = 1  # how often it has been tried, with this time


class Channel(Protocol):
    name: str
    has_buttons: bool  # where False it numbers the choices, and a typed number chooses
    takes_files: bool

    async def send(self, message: Outgoing) -> str:
        """Deliver or edit one message; returns the platform's id of it.

        Where the platform holds a poll, the poll's own id follows behind a colon. Empty where
        nothing was shown: a card changed that this platform cannot change.
        Raises TryLater, Unreachable (or Refused), NextVisit or Unclear, nothing else expected.
        """

    async def reads(self, chat: str) -> bool | None:
        """Whether we are given all that is written in this group; None where nobody says."""

    async def members(self, chat: str) -> int | None:
        """How many people are in this group, without us; None where nobody says."""

    async def fetch(self, ref: str) -> bytes:
        """The bytes of a picture this channel holds. Raises TryLater or Unreachable."""
