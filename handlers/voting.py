"""A voter's ballot, in the private chat alone: shown, marked, changed, looked at again.

Who may answer for what is read from the frozen roll, never from a button.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from casework import consenting, matters, opening, speaking, voting
from casework.actions import WriteDraft
from casework.entry_views import answer_name, doors
from casework.matter_actions import (
    CastBallot,
    ChangeBallot,
    NotMe,
    ShowBallot,
    ShowBallotOf,
    ShowMatter,
    ShowMyBallot,
    ShowReceipt,
    TakeBallotWords,
)
from casework.matter_views import blanks_of, turnout
from casework.steps import Words
from casework.voting import Marked, Receipt
from domain import terms
from domain.ballots import Cast, Refusal, Standing, Via, choices, open_at, opens_by_now
from domain.budget import Topic
from domain.conversation import Blank, Choice, Phrase, Say
from domain.entries import Refusal as NotEntered
from domain.matters import Event
from domain.question import Mode, Question
from handlers.drafts import write_draft
from handlers.turn import Routes, Turn
from storage.matters import Kept
from storage.roll import OnRoll

# Words by which somebody seems to answer the question instead of pressing a button (I18).
AN_ANSWER = re.compile(
    r"同意|赞成|反对|弃权|支持|不行|可以|\b(yes|no|agree|against|abstain)\b", re.IGNORECASE
)
MOST_OWN = 20  # voting units of one person that are listed at once, unanswered ones first


async def show_ballot(turn: Turn, action: ShowBallot) -> list[Say]:
    """The question with its buttons, once for each voting unit this person answers for."""
    if not turn.reachable:
        return [turn.say("home.write_to_me")]
    kept, begun = await _on_time(turn, action.number)
    if kept is None:
        return [turn.say(Refusal.NO_VOTE, number=action.number)]
    return [*await _ballots_of(turn, kept), *begun]


async def _on_time(turn: Turn, number: int) -> tuple[Kept | None, list[Say]]:
    """The matter, and what is to be said where its vote begins with this voter."""
    kept = await turn.uow.matters.get(number)
    if kept is None or not opens_by_now(kept.matter, turn.received):
        return kept, []
    locked = await turn.uow.matters.get(number, to_change=True)
    if locked is None or not opens_by_now(locked.matter, turn.received):
        return locked, []
    return await opening.begin(turn, locked)


async def _ballots_of(turn: Turn, kept: Kept) -> list[Say]:
    if refusal := open_at(kept.matter, turn.received):
        return [_refused(turn, kept, refusal)]
    mine = await speaking.units(turn, kept, turn.person)
    if isinstance(mine, Refusal):
        needed = mine is Refusal.NEED_REPRESENTATIVE
        told = await speaking.tell_others(turn, kept, turn.person) if needed else []
        return [_refused(turn, kept, mine), *told]
    return await _all_of(turn, kept, mine)


async def _all_of(turn: Turn, kept: Kept, mine: Sequence[OnRoll]) -> list[Say]:
    """Those that have not answered first, so that nothing is out of reach behind a long list."""
    in_turn = sorted(mine, key=lambda voter: voter.took_part)
    if kept.matter.question.mode is Mode.DETACHED:
        in_turn = [voter for voter in in_turn if not voter.took_part]
    if not in_turn:
        return [_refused(turn, kept, Refusal.ANSWERED_ALREADY)]
    if not turn.inbound.group:
        then = TakeBallotWords(kept.number)
        await turn.uow.residents.expect(turn.sender, turn.where, then, turn.now)
    new = [voter.unit for voter in in_turn if voter.delivered_at is None]
    if new:  # opening a ballot is what counts as having received it
        await turn.uow.roll.delivered(kept.number, new, turn.now)
    beside = await consenting.buttons(turn, kept)
    if len(in_turn) > 1:
        return [_which(turn, kept, in_turn, beside)]
    shown = await _show(turn, kept, in_turn[0])
    return [replace(shown, choices=(*shown.choices, *beside))]


def _which(turn: Turn, kept: Kept, mine: Sequence[OnRoll], beside: tuple[Choice, ...]) -> Say:
    """Who answers for several picks one: where answers are typed, one number means one thing."""
    buttons = tuple(
        Choice(
            Phrase("voting.unit_answered" if voter.took_part else "voting.unit",
                   {"unit": unit_name(turn, voter)}),
            ShowBallotOf(kept.number, packed(voter.unit)),
        )
        for voter in mine[:MOST_OWN]
    )  # fmt: skip
    blanks = blanks_of(kept.matter, turn.community) | {"count": len(mine)}
    card = f"v:{kept.number}"
    return Say(turn.sender, "voting.which_unit", blanks, (*buttons, *beside), card=card, fresh=True)


async def show_ballot_of(turn: Turn, action: ShowBallotOf) -> list[Say]:
    found = await _mine(turn, action.number, action.unit)
    if isinstance(found, Say):
        return [found]
    if refusal := open_at(found.kept.matter, turn.now):
        return [_refused(turn, found.kept, refusal)]
    return [await _show(turn, found.kept, found.voter)]


def _refused(turn: Turn, kept: Kept, refusal: Refusal) -> Say:
    choice = Choice(Phrase("matters.button.show"), ShowMatter(kept.number))
    opens: Blank = kept.matter.opens_at or Phrase("matters.not_set")
    title = kept.matter.title
    return turn.say(refusal, choices=(choice,), number=kept.number, title=title, opens=opens)


async def refused(turn: Turn, number: int, refusal: Refusal | NotEntered) -> Say:
    """The same where only the number is known yet."""
    kept = await turn.uow.matters.get(number)
    if isinstance(refusal, NotEntered) or kept is None:
        return turn.say(refusal, number=number)
    return _refused(turn, kept, refusal)


async def _show(turn: Turn, kept: Kept, voter: OnRoll) -> Say:
    """The receipt of what stands, or the buttons; below whatever was said since."""
    standing = await voting.standing(turn, kept, voter)
    if standing is None:
        return _ballot(turn, kept, voter)
    return replace(_stands(turn, kept, voter, standing), fresh=True)


def _stands(turn: Turn, kept: Kept, voter: OnRoll, standing: Standing) -> Say:
    """The receipt; to whom the vote was handed over since, only that they may replace it."""
    if not standing.is_of_another:
        return receipt_say(turn, kept, voter, voting.receipt(kept, standing))
    change = Choice(Phrase("voting.button.change"), ChangeBallot(kept.number, packed(voter.unit)))
    blanks = blanks_of(kept.matter, turn.community) | {"unit": unit_name(turn, voter)}
    return Say(turn.sender, "voting.of_another", blanks, (change,), card=_card(kept, voter))


def _ballot(turn: Turn, kept: Kept, voter: OnRoll) -> Say:
    blanks = blanks_of(kept.matter, turn.community)
    told = turnout(kept.matter.question, kept.voted)
    blanks |= {"unit": unit_name(turn, voter), "took_part": told, "all": kept.units}
    buttons = _buttons(kept.matter.question, kept.number, voter)
    page, card = turn.page(f"m{kept.number}"), _card(kept, voter)
    return Say(turn.sender, "voting.ballot", blanks, buttons, card=card, fresh=True, page=page)


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
    if voter.person != turn.person.id:
        return Phrase("voting.for_another", {"doors": doors(turn, voter)})
    return doors(turn, voter)


def packed(unit: str) -> str:
    """A voting unit as a button carries it: ``o:7`` is ``o7``."""
    return unit.replace(":", "", 1)


@dataclass(frozen=True)
class Mine:
    """A matter, locked, and the voting unit this person may answer for in it."""

    kept: Kept
    voter: OnRoll
    others: bool = False  # they answer for more than this one


async def _mine(turn: Turn, number: int, unit: str, *, to_change: bool = False) -> Mine | Say:
    kept = await turn.uow.matters.get(number, to_change=to_change)
    if kept is None:
        return turn.say(Refusal.NO_VOTE, number=number)
    found = await speaking.units(turn, kept, turn.person)
    if isinstance(found, Refusal):
        return _refused(turn, kept, found)
    voter = next((v for v in found if packed(v.unit) == unit), None)
    if voter is None:
        return _refused(turn, kept, await speaking.why_none(turn, kept, turn.person))
    return Mine(kept, voter, len(found) > 1)


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
            await late(turn, kept, voter, outcome)
            return [_refused(turn, kept, outcome)]
        case Marked():
            key, card = "voting.marked", _card(kept, voter)
            return [Say(turn.sender, key, blanks_of(kept.matter, turn.community), card=card)]
    told = await tell_voter(turn, kept, voter, outcome) if via is Via.PROXY else []
    return [recorded(turn, kept, voter, outcome, others=found.others), *told]


def recorded(turn: Turn, kept: Kept, voter: OnRoll, receipt: Receipt, *, others: bool) -> Say:
    """The receipt for whoever cast it, with a way to the others that they may answer for."""
    mine = receipt_say(turn, kept, voter, receipt)
    if not others:
        return mine
    more = Choice(Phrase("voting.button.others"), ShowBallot(kept.number))
    return replace(mine, choices=(more, *mine.choices))


async def late(turn: Turn, kept: Kept, voter: OnRoll, refusal: Refusal) -> None:
    """That a ballot came too late is written down once, without whose it was; it never counts."""
    if refusal is not Refusal.LATE or turn.received < (kept.matter.closes_at or turn.received):
        return
    once = f"m{kept.number}:late:{turn.uow.ballots.vid(kept, voter.unit)}"
    if await turn.uow.delivery.first_time(once, turn.now):
        await matters.remark(matters.nobody(turn), kept, Event.LATE, {})


def receipt_say(
    turn: Turn, kept: Kept, voter: OnRoll, receipt: Receipt, *, card: str | None = None
) -> Say:
    """The receipt: what proves that it was recorded, never how it was marked."""
    number, unit = kept.number, packed(voter.unit)
    buttons = (
        Choice(Phrase("voting.button.change"), ChangeBallot(number, unit)),
        Choice(Phrase("voting.button.mine"), ShowMyBallot(number, unit, 1)),
        Choice(Phrase("voting.button.receipt"), ShowReceipt(number, unit)),
    )
    blanks = receipt_blanks(receipt) | {"number": number, "title": kept.matter.title}
    blanks["unit"] = unit_name(turn, voter)
    blanks["changes"] = terms.changes(kept.matter.question.change_limit)
    key = "voting.recorded_already" if receipt.again else "voting.recorded"
    return Say(turn.sender, key, blanks, buttons, card=card or _card(kept, voter))


def receipt_blanks(receipt: Receipt) -> dict[str, Blank]:
    return {"code": receipt.code, "head": receipt.head, "at": receipt.at}


async def tell_voter(turn: Turn, kept: Kept, voter: OnRoll, receipt: Receipt) -> list[Say]:
    """Whoever's vote was cast by somebody else hears of it, and can say that it was not theirs."""
    reach = await turn.uow.residents.reach({voter.person} if voter.person else set())
    blanks = blanks_of(kept.matter, turn.community) | receipt_blanks(receipt)
    blanks["unit"] = doors(turn, voter)
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
        return [_refused(turn, kept, _nothing(found))]
    if not action.show or standing.is_of_another:
        return [_stands(turn, kept, voter, standing)]
    return [_opened(turn, kept, voter, standing)]


def _nothing(mine: Mine) -> Refusal:
    """Why there is no ballot that could be shown."""
    detached = mine.kept.matter.question.mode is Mode.DETACHED
    return Refusal.ANSWERED_ALREADY if detached and mine.voter.took_part else Refusal.NOTHING_YET


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
        return [_refused(turn, found.kept, _nothing(found))]
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
    said = blanks | {"words": turn.words}
    places = await matters.staff_addresses(turn, kept.matter.owner)
    return [
        Say(turn.sender, Refusal.NOT_A_CHOICE, blanks),
        *again,
        *(Say(place, "voting.comment", said, topic=Topic.DUTY) for place in places),
    ]


ROUTES: Routes = {
    ShowBallot: show_ballot,
    ShowBallotOf: show_ballot_of,
    CastBallot: cast_ballot,
    ChangeBallot: change_ballot,
    ShowMyBallot: show_my_ballot,
    ShowReceipt: show_receipt,
    TakeBallotWords: take_ballot_words,
}
