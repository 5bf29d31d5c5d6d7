"""A voter's ballot, in the private chat alone: shown, marked, changed, looked at again.

Who may answer for what is read from the frozen roll, never from a button.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from casework import matters, voting
from casework.actions import WriteDraft
from casework.matter_actions import (
    CastBallot,
    ChangeBallot,
    NotMe,
    ShowBallot,
    ShowMatter,
    ShowMyBallot,
    ShowReceipt,
    TakeBallotWords,
)
from casework.matter_views import blanks_of, turnout
from casework.steps import Words
from casework.voting import Marked, Receipt
from domain import terms
from domain.ballots import Cast, Refusal, Standing, Via, choices, open_at
from domain.conversation import Blank, Choice, Phrase, Say
from domain.matters import Event
from domain.question import Mode, Question
from domain.roll import Fault
from handlers.drafts import write_draft
from handlers.turn import Routes, Turn
from storage.matters import Kept
from storage.roll import OnRoll

# Words by which somebody seems to answer the question instead of pressing a button (I18).
AN_ANSWER = re.compile(
    r"同意|赞成|反对|弃权|支持|不行|可以|\b(yes|no|agree|against|abstain)\b", re.IGNORECASE
)
MOST_OWN = 10  # voting units of one person that are shown at once


async def show_ballot(turn: Turn, action: ShowBallot) -> list[Say]:
    """The question with its buttons, once for each voting unit this person answers for."""
    kept = await turn.uow.matters.get(action.number)
    if kept is None:
        return [turn.say(Refusal.NO_VOTE, number=action.number)]
    if refusal := open_at(kept.matter, turn.received):
        return [_refused(turn, kept, refusal)]
    mine = await units(turn, kept)
    if isinstance(mine, Refusal):
        return [_refused(turn, kept, mine)]
    cards = [await _show(turn, kept, voter) for voter in mine[:MOST_OWN]]
    if not turn.inbound.group:
        await turn.uow.residents.expect(
            turn.sender, turn.where, TakeBallotWords(kept.number), turn.now
        )
    return cards


async def units(turn: Turn, kept: Kept) -> Sequence[OnRoll] | Refusal:
    """What this person may answer for now, the own units before those they are a proxy for."""
    able = [v for v in await turn.uow.roll.may_answer(kept.number, turn.person.id) if not v.fault]
    able += await turn.uow.mandates.voters(kept.number, turn.person.id)
    return able or await _why_not(turn, kept)


async def _why_not(turn: Turn, kept: Kept) -> Refusal:
    """Joint owners and households have one voice: who belongs to them is told whose it is."""
    theirs = await turn.uow.roll.concerning(kept.number, turn.person.id)
    if any(voter.fault == Fault.NEED_REPRESENTATIVE for voter in theirs):
        return Refusal.NEED_REPRESENTATIVE
    spoken_for = [voter for voter in theirs if not voter.fault]
    if any(voter.took_part for voter in spoken_for):
        return Refusal.HOUSEHOLD_ALREADY_VOTED
    if spoken_for:
        return Refusal.NOT_REPRESENTATIVE
    identity = await turn.uow.identity.of(turn.person.id)
    return Refusal.UNDER_18 if identity and not identity.adult else Refusal.NOT_ON_ROLL


def _refused(turn: Turn, kept: Kept, refusal: Refusal) -> Say:
    choice = Choice(Phrase("matters.button.show"), ShowMatter(kept.number))
    opens: Blank = kept.matter.opens_at or Phrase("matters.not_set")
    title = kept.matter.title
    return turn.say(refusal, choices=(choice,), number=kept.number, title=title, opens=opens)


async def _show(turn: Turn, kept: Kept, voter: OnRoll) -> Say:
    """Opening the ballot is what counts as having received it."""
    await turn.uow.roll.delivered(kept.number, [voter.unit], turn.now)
    standing = await voting.standing(turn, kept, voter)
    if standing is not None:
        return _marked(turn, kept, voter, voting.receipt(kept, standing))
    return _ballot(turn, kept, voter)


def _ballot(turn: Turn, kept: Kept, voter: OnRoll) -> Say:
    blanks = blanks_of(kept.matter, turn.community)
    told = turnout(kept.matter.question, kept.voted)
    blanks |= {"unit": unit_name(turn, voter), "took_part": told, "all": kept.units}
    buttons = _buttons(kept.matter.question, kept.number, voter)
    return Say(turn.sender, "voting.ballot", blanks, buttons, card=_card(kept, voter), fresh=True)


def _card(kept: Kept, voter: OnRoll) -> str:
    return f"v:{kept.number}:{voter.unit}"


def _buttons(question: Question, number: int, voter: OnRoll) -> tuple[Choice, ...]:
    unit = packed(voter.unit)
    return tuple(
        Choice(answer_name(question, choice), CastBallot(number, unit, choice))
        for choice in choices(question)
    )


def unit_name(turn: Turn, voter: OnRoll) -> Blank:
    """Which flats a ballot is for, told to who may answer for them alone; never a name."""
    doors = turn.uow.roll.label(voter).doors
    return "、".join(doors) if doors else Phrase("voting.own_vote")


def packed(unit: str) -> str:
    """A voting unit as a button carries it: ``o:7`` is ``o7``."""
    return unit.replace(":", "", 1)


def answer_name(question: Question, choice: str | None) -> Phrase | str:
    """An answer in words: yes, no, abstain, an option's own, or that it is spoiled."""
    if choice is not None and choice.isdigit():
        return question.options[int(choice) - 1]
    return Phrase(f"voting.answer.{choice or 'spoiled'}")


@dataclass(frozen=True)
class Mine:
    """A matter, locked, and the voting unit this person may answer for in it."""

    kept: Kept
    voter: OnRoll


async def _mine(turn: Turn, number: int, unit: str, *, to_change: bool = False) -> Mine | Say:
    kept = await turn.uow.matters.get(number, to_change=to_change)
    if kept is None:
        return turn.say(Refusal.NO_VOTE, number=number)
    found = await units(turn, kept)
    if isinstance(found, Refusal):
        return _refused(turn, kept, found)
    voter = next((v for v in found if packed(v.unit) == unit), None)
    return Mine(kept, voter) if voter else _refused(turn, kept, Refusal.NOT_ON_ROLL)


async def cast_ballot(turn: Turn, action: CastBallot) -> list[Say]:
    """Take the answer as of when it was received: by our clock, never by what a client says."""
    found = await _mine(turn, action.number, action.unit, to_change=True)
    if isinstance(found, Say):
        return [found]
    kept, voter = found.kept, found.voter
    if kept.matter.question.mode is Mode.DETACHED:  # a typed number tells, taken or refused
        await turn.uow.privacy.unsay(turn.sender, turn.inbound.id)
    via = Via.PROXY if voter.person != turn.person.id else Via.CHAT
    outcome = await voting.take(turn, kept, voter, Cast(action.choice, turn.received, via))
    match outcome:
        case Refusal():
            return [_refused(turn, kept, outcome), *await late(turn, kept, outcome)]
        case Marked():
            key, card = "voting.marked", _card(kept, voter)
            return [Say(turn.sender, key, blanks_of(kept.matter, turn.community), card=card)]
    told = await tell_voter(turn, kept, voter, outcome) if via is Via.PROXY else []
    return [_marked(turn, kept, voter, outcome), *told]


async def late(turn: Turn, kept: Kept, refusal: Refusal) -> list[Say]:
    """A ballot that came too late is written down, without whose it was, and never counted."""
    if refusal is Refusal.LATE and turn.received >= (kept.matter.closes_at or turn.received):
        await matters.remark(matters.nobody(turn), kept, Event.LATE, {})
    return []


def _marked(turn: Turn, kept: Kept, voter: OnRoll, receipt: Receipt) -> Say:
    """The receipt: what proves that it was recorded, never how it was marked."""
    number, unit = kept.number, packed(voter.unit)
    buttons = (
        Choice(Phrase("voting.button.change"), ChangeBallot(number, unit)),
        Choice(Phrase("voting.button.mine"), ShowMyBallot(number, unit, 1)),
        Choice(Phrase("voting.button.receipt"), ShowReceipt(number, unit)),
    )
    blanks = blanks_of(kept.matter, turn.community) | receipt_blanks(receipt)
    blanks["unit"] = unit_name(turn, voter)
    blanks["changes"] = terms.changes(kept.matter.question.change_limit)
    key = "voting.recorded_already" if receipt.again else "voting.recorded"
    return Say(turn.sender, key, blanks, buttons, card=_card(kept, voter))


def receipt_blanks(receipt: Receipt) -> dict[str, Blank]:
    return {"code": receipt.code, "head": receipt.head, "at": receipt.at}


async def tell_voter(turn: Turn, kept: Kept, voter: OnRoll, receipt: Receipt) -> list[Say]:
    """Whoever's vote was cast by somebody else hears of it, and can say that it was not theirs."""
    reach = await turn.uow.residents.reach({voter.person} if voter.person else set())
    blanks = blanks_of(kept.matter, turn.community) | receipt_blanks(receipt)
    blanks["unit"] = unit_name(turn, voter)
    button = Choice(Phrase("voting.button.not_me"), NotMe(kept.number, receipt.seq))
    return [Say(r.address, "voting.recorded_for_you", blanks, (button,)) for r in reach.values()]


async def change_ballot(turn: Turn, action: ChangeBallot) -> list[Say]:
    found = await _mine(turn, action.number, action.unit)
    if isinstance(found, Say):
        return [found]
    if refusal := open_at(found.kept.matter, turn.received):
        return [_refused(turn, found.kept, refusal)]
    return [_ballot(turn, found.kept, found.voter)]


async def show_my_ballot(turn: Turn, action: ShowMyBallot) -> list[Say]:
    """How it is marked, only when asked, and gone from the card with the next tap."""
    found = await _mine(turn, action.number, action.unit)
    if isinstance(found, Say):
        return [found]
    kept, voter = found.kept, found.voter
    standing = await voting.standing(turn, kept, voter)
    if standing is None:
        return [_refused(turn, kept, open_at(kept.matter, turn.received) or Refusal.NOT_A_CHOICE)]
    if not action.show:
        return [_marked(turn, kept, voter, voting.receipt(kept, standing))]
    return [_opened(turn, kept, voter, standing)]


def _opened(turn: Turn, kept: Kept, voter: OnRoll, standing: Standing) -> Say:
    blanks = blanks_of(kept.matter, turn.community)
    blanks |= {
        "unit": unit_name(turn, voter),
        "answer": answer_name(kept.matter.question, standing.choice),
        "at": standing.at,
        "via": Phrase(f"voting.via.{standing.via}"),
    }
    hide = Choice(Phrase("voting.button.hide"), ShowMyBallot(kept.number, packed(voter.unit), 0))
    return Say(turn.sender, "voting.mine", blanks, (hide,), card=_card(kept, voter))


async def show_receipt(turn: Turn, action: ShowReceipt) -> list[Say]:
    """With the whole hashes and our signature over the head, for whoever wants to check."""
    found = await _mine(turn, action.number, action.unit)
    if isinstance(found, Say):
        return [found]
    standing = await voting.standing(turn, found.kept, found.voter)
    if standing is None:
        return [_refused(turn, found.kept, Refusal.NOT_A_CHOICE)]
    receipt = voting.receipt(found.kept, standing)
    head, signature = voting.signed(turn, found.kept)
    return [
        turn.say(
            "voting.full_receipt",
            number=found.kept.number,
            seq=receipt.seq,
            commit=receipt.commit,
            head=head,
            at=receipt.at,
            signature=signature,
            public_key=turn.uow.ballots.public_key,
        )
    ]


async def not_me(turn: Turn, action: NotMe) -> list[Say]:
    """A person looks into it; nothing is taken out of the record by a program."""
    kept = await turn.uow.matters.get(action.number)
    line = await turn.uow.ballots.line(action.number, action.seq) if kept else None
    mine = await turn.uow.roll.may_answer(action.number, turn.person.id) if line else []
    if kept is None or line is None or not _is_theirs(turn, kept, mine, line.vid):
        return [turn.say(Refusal.NOT_ON_ROLL, number=action.number, title="")]
    await turn.uow.ballots.doubt(kept.number, [action.seq], "reported", turn.now)
    blanks: dict[str, Blank] = {"number": kept.number, "title": kept.matter.title}
    blanks["seq"] = action.seq
    places = await matters.staff_addresses(turn, kept.matter.owner)
    return [
        Say(turn.sender, "voting.reported", blanks),
        *(Say(place, "voting.report", blanks) for place in places),
    ]


def _is_theirs(turn: Turn, kept: Kept, mine: Sequence[OnRoll], vid: str) -> bool:
    return any(turn.uow.ballots.vid(kept, voter.unit) == vid for voter in mine)


def _speaks_of_an_answer(question: Question, words: str) -> bool:
    return bool(AN_ANSWER.search(words)) or any(option in words for option in question.options)


async def take_ballot_words(turn: Turn, action: TakeBallotWords) -> list[Say]:
    """ "同意，但是要先修屋顶" is no ballot: the buttons again, and the words to who answers for it.

    Words that do not speak of an answer are what they are anywhere else.
    """
    kept = await turn.uow.matters.get(action.number)
    refusal = open_at(kept.matter, turn.received) if kept else Refusal.NO_VOTE
    if kept is None or refusal or not _speaks_of_an_answer(kept.matter.question, turn.words):
        return await write_draft(turn, WriteDraft())
    if kept.matter.question.mode is Mode.DETACHED:  # nobody may read in it how they would vote
        await turn.uow.privacy.unsay(turn.sender, turn.inbound.id)
        return await show_ballot(turn, ShowBallot(kept.number))
    words = Words("comment", turn.words)
    await matters.keep(turn, kept, words)
    blanks: dict[str, Blank] = {"number": kept.number, "title": kept.matter.title}
    again = await show_ballot(turn, ShowBallot(kept.number))
    return [Say(turn.sender, Refusal.NOT_A_CHOICE, blanks), *again]


ROUTES: Routes = {
    ShowBallot: show_ballot,
    CastBallot: cast_ballot,
    ChangeBallot: change_ballot,
    ShowMyBallot: show_my_ballot,
    ShowReceipt: show_receipt,
    NotMe: not_me,
    TakeBallotWords: take_ballot_words,
}
