"""Every button about deciding together. They carry numbers and short codes, never words."""

from dataclasses import dataclass

from domain.conversation import Action

# --- what is being decided


@dataclass(frozen=True)
class ShowMatters(Action, code="ms"):
    """What is being decided in this community?"""


@dataclass(frozen=True)
class ShowMatter(Action, code="m"):
    number: int


@dataclass(frozen=True)
class AskWhy(Action, code="m.why"):
    """The history of a matter, stage by stage."""

    number: int


@dataclass(frozen=True)
class ShowTerms(Action, code="m.terms"):
    """Everything that was settled about a vote before it opened, with its fingerprints."""

    number: int


# --- putting a matter together


@dataclass(frozen=True)
class StartMatter(Action, code="m.new"):
    """Which kind?"""


@dataclass(frozen=True)
class PickKind(Action, code="m.kind"):
    kind: str


@dataclass(frozen=True)
class PickWay(Action, code="m.way"):
    """What is so of the matter: ``picked`` holds the positions of the alternatives, as 02."""

    kind: str
    picked: str


@dataclass(frozen=True)
class ConfirmRule(Action, code="m.rule"):
    """``rule`` is the position among the rules that are offered, the proposed one first."""

    kind: str
    picked: str
    rule: int


@dataclass(frozen=True)
class TakeTitle(Action, code="m.title"):
    """The next words are the scope and the title."""

    kind: str
    picked: str
    rule: int


@dataclass(frozen=True)
class EditMatter(Action, code="m.edit"):
    """``part``: title, text, window, notice, consents, options; empty: which one?"""

    number: int
    part: str


@dataclass(frozen=True)
class TakeEdit(Action, code="m.edit2"):
    number: int
    part: str


@dataclass(frozen=True)
class SetMatter(Action, code="m.set"):
    """A setting with a few values: effect, mode, land."""

    number: int
    part: str
    value: str


# --- its stages


@dataclass(frozen=True)
class Advance(Action, code="m.go"):
    """The next stage; where a record is due, the next words and pictures are it."""

    number: int
    event: str


@dataclass(frozen=True)
class TakeRecord(Action, code="m.rec"):
    number: int
    event: str


@dataclass(frozen=True)
class Skip(Action, code="m.skip"):
    """This stage does not apply, because?"""

    number: int
    event: str


@dataclass(frozen=True)
class TakeSkip(Action, code="m.skip2"):
    number: int
    event: str


@dataclass(frozen=True)
class GiveNotice(Action, code="m.note"):
    """``sure`` is 1 once the rule, the text and the days have been read."""

    number: int
    sure: int


@dataclass(frozen=True)
class FreezeRoll(Action, code="m.roll"):
    """``sure`` is 1 once the totals and what is missing have been read."""

    number: int
    sure: int


@dataclass(frozen=True)
class Extend(Action, code="m.ext"):
    number: int


@dataclass(frozen=True)
class TakeExtension(Action, code="m.ext2"):
    number: int


@dataclass(frozen=True)
class EndMatter(Action, code="m.end"):
    """``event`` is withdraw or void; the next words are the reason."""

    number: int
    event: str


@dataclass(frozen=True)
class TakeEnd(Action, code="m.end2"):
    number: int
    event: str


@dataclass(frozen=True)
class HandOver(Action, code="m.to"):
    number: int


@dataclass(frozen=True)
class HandOverTo(Action, code="m.to2"):
    number: int
    staff: int


# --- what carries a decision out


@dataclass(frozen=True)
class LinkCase(Action, code="m.link"):
    """Which case carries it out? The next words are its number."""

    number: int


@dataclass(frozen=True)
class TakeLink(Action, code="m.link2"):
    number: int


@dataclass(frozen=True)
class UnlinkCase(Action, code="m.unlink"):
    number: int
    case: int


@dataclass(frozen=True)
class NewCase(Action, code="m.case"):
    """A new case that carries it out: for which duty?"""

    number: int


@dataclass(frozen=True)
class NewCaseFor(Action, code="m.case2"):
    number: int
    category: str


@dataclass(frozen=True)
class TakeNewCase(Action, code="m.case3"):
    """The next words say what is to be done."""

    number: int
    category: str


# --- the ballot


@dataclass(frozen=True)
class ShowBallot(Action, code="v"):
    number: int


@dataclass(frozen=True)
class ShowBallotOf(Action, code="v.of"):
    """One of several that this person answers for."""

    number: int
    unit: str


@dataclass(frozen=True)
class CastBallot(Action, code="v.cast"):
    """``unit`` is the voting unit as a button carries it: o7, h12, p31."""

    number: int
    unit: str
    choice: str


@dataclass(frozen=True)
class ChangeBallot(Action, code="v.new"):
    """The buttons once more."""

    number: int
    unit: str


@dataclass(frozen=True)
class ShowMyBallot(Action, code="v.mine"):
    """``show`` is 0 to hide it again."""

    number: int
    unit: str
    show: int


@dataclass(frozen=True)
class ShowVotes(Action, code="vs"):
    """Where may I vote, and where did I?"""


@dataclass(frozen=True)
class ShowReceipt(Action, code="v.rec"):
    """The whole receipt, with the signature."""

    number: int
    unit: str


@dataclass(frozen=True)
class NotMe(Action, code="v.not"):
    """This ballot was not mine: a person shall look into it."""

    number: int
    seq: int


@dataclass(frozen=True)
class TakeBallotWords(Action, code="v.say"):
    """Words written while a ballot is shown: a comment, never a ballot."""

    number: int


# --- objections (一户一议)


@dataclass(frozen=True)
class Object(Action, code="m.obj"):
    number: int


@dataclass(frozen=True)
class TakeObjection(Action, code="m.obj2"):
    number: int


@dataclass(frozen=True)
class ShowObjections(Action, code="m.objs"):
    number: int


@dataclass(frozen=True)
class AnswerObjection(Action, code="m.ans"):
    number: int
    objection: int


@dataclass(frozen=True)
class TakeObjectionAnswer(Action, code="m.ans2"):
    number: int
    objection: int


@dataclass(frozen=True)
class WithdrawObjection(Action, code="m.unobj"):
    """One's own, that nobody has answered yet."""

    number: int
    objection: int
