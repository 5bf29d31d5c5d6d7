"""Every button about what staff write down for voters, and about proxies and consents."""

from dataclasses import dataclass

from domain.conversation import Action

# --- an officer writes something down


@dataclass(frozen=True)
class StartEntry(Action, code="e.new"):
    """``way``: paper, helper or mandate. For which door?"""

    number: int
    way: str


@dataclass(frozen=True)
class TakeDoor(Action, code="e.door"):
    """The words are the door, or the name of a bay."""

    number: int
    way: str


@dataclass(frozen=True)
class PickVoter(Action, code="e.unit"):
    """``unit`` as a button carries it: o7, h12, p31."""

    number: int
    way: str
    unit: str


@dataclass(frozen=True)
class AskVoter(Action, code="e.help"):
    """This is what they told me; ask them whether it is so."""

    number: int
    unit: str
    choice: str


@dataclass(frozen=True)
class TakeScan(Action, code="e.scan"):
    """So the ballot is marked, or spoiled; the next picture is that of the signed paper."""

    number: int
    unit: str
    choice: str


@dataclass(frozen=True)
class TakeConsentScan(Action, code="e.cons"):
    """``place`` is the position of the property among those of the matter."""

    number: int
    place: int
    given: int


@dataclass(frozen=True)
class TakeMandateScan(Action, code="e.mand"):
    """The next picture is that of a signed mandate."""

    number: int
    unit: str


@dataclass(frozen=True)
class TakeProxyDoor(Action, code="e.pdoor"):
    """The words are the door where the proxy of this mandate lives."""

    entry: int


@dataclass(frozen=True)
class PickProxy(Action, code="e.prox"):
    entry: int
    person: int


# --- the second officer


@dataclass(frozen=True)
class ShowEntries(Action, code="es"):
    """What waits for a second officer."""


@dataclass(frozen=True)
class ShowEntry(Action, code="e"):
    entry: int


@dataclass(frozen=True)
class ConfirmEntry(Action, code="e.ok"):
    entry: int


@dataclass(frozen=True)
class RefuseEntry(Action, code="e.no"):
    entry: int


@dataclass(frozen=True)
class AskOther(Action, code="e.to"):
    """Send it to another officer; which one?"""

    entry: int


@dataclass(frozen=True)
class SendEntry(Action, code="e.to2"):
    entry: int
    staff: int


# --- the voter whom an officer helped


@dataclass(frozen=True)
class YesIDo(Action, code="e.yes"):
    entry: int


@dataclass(frozen=True)
class NoIDoNot(Action, code="e.not"):
    entry: int


# --- paper ballots that were brought to a door


@dataclass(frozen=True)
class NoteDelivery(Action, code="e.deliv"):
    number: int


@dataclass(frozen=True)
class TakeDelivered(Action, code="e.deliv2"):
    """The words are doors where a ballot was signed for."""

    number: int


# --- proxies


@dataclass(frozen=True)
class ShowMandate(Action, code="px"):
    """Whom may I have vote for me, and who does?"""

    number: int


@dataclass(frozen=True)
class MakeCode(Action, code="px.code"):
    """A word that my proxy says to the bot."""

    number: int
    unit: str


@dataclass(frozen=True)
class SayCode(Action, code="px.say"):
    """The words are a code that an owner gave to their proxy."""


@dataclass(frozen=True)
class Entrust(Action, code="px.ok"):
    """Yes, this person shall vote for me; ``mark`` tells whom the owner was shown."""

    number: int
    unit: str
    mark: int


@dataclass(frozen=True)
class EndMandate(Action, code="px.end"):
    number: int
    unit: str


# --- the consent of owners whose own part is used


@dataclass(frozen=True)
class ShowConsent(Action, code="cs.ask"):
    number: int
    place: int


@dataclass(frozen=True)
class GiveConsent(Action, code="cs"):
    """``place`` is the position of the property among those of the matter."""

    number: int
    place: int
    given: int
