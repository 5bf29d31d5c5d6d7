"""Doubted ballots: listed to those who review them, asked about in person, kept or struck out.

A program never takes a ballot away. To keep one takes one officer, to strike one out two of
them; the public hears how many, and the outcome is counted anew with both readings.
"""

from collections.abc import Sequence

from casework import bundling, closing, doubting, matters
from casework.bundling import Seen
from casework.doubt_actions import Decide, ShowDoubt, ShowDoubts, TakeVerdict
from casework.doubt_views import MOST_LISTED, buttons, in_order, line, verdicts, why
from casework.matter_actions import NotMe
from casework.steps import Words
from domain import ballots
from domain.budget import Topic
from domain.conversation import Blank, Choice, Phrase, Say, listed
from domain.doubts import Reason, Refusal, State, Verdict, decide
from domain.matters import Event
from handlers.turn import Routes, Turn
from storage.doubts import Doubted
from storage.matters import Kept
from storage.roll import OnRoll


async def not_me(turn: Turn, action: NotMe) -> list[Say]:
    """A person looks into it; nothing is taken out of the record by a program."""
    kept = await turn.uow.matters.get(action.number, to_change=True)
    line = await turn.uow.ballots.line(action.number, action.seq) if kept else None
    mine = await turn.uow.roll.may_answer(action.number, turn.person.id) if line else []
    if kept is None or line is None or not _is_theirs(turn, kept, mine, line.vid):
        return [turn.say(ballots.Refusal.NOT_ON_ROLL, number=action.number, title="")]
    doubted = await turn.uow.doubts.of_line(kept.number, action.seq)
    if doubted is not None and doubted.state is State.STRUCK:
        return [turn.say(Refusal.STRUCK_ALREADY, number=kept.number)]
    new = await turn.uow.doubts.add_one(kept.number, action.seq, Reason.REPORTED, turn.now)
    blanks: dict[str, Blank] = {"number": kept.number, "title": kept.matter.title}
    blanks["seq"] = action.seq
    if new and doubting.is_decidable(kept):
        kept = await doubting.counted_anew(turn, kept, Event.DOUBT, {Reason.REPORTED: 1})
    places = await doubting.reviewers(turn, kept) if new else []
    return [
        Say(turn.sender, "voting.reported", blanks),
        *(Say(place, "voting.report", blanks, topic=Topic.DUTY) for place in places),
    ]


def _is_theirs(turn: Turn, kept: Kept, mine: Sequence[OnRoll], vid: str) -> bool:
    return any(turn.uow.ballots.vid(kept, voter.unit) == vid for voter in mine)


async def show_doubts(turn: Turn, action: ShowDoubts) -> list[Say]:
    """What should be asked about, and what the share of ballots is that staff wrote down."""
    kept = await _to_review(turn, action.number)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    listed = in_order(*await turn.uow.doubts.first(kept.number, MOST_LISTED))
    lines: tuple[Blank, ...] = tuple(line(each) for each in listed.shown)
    told = kept.outcome or {}
    blanks: dict[str, Blank] = {"number": kept.number, "title": kept.matter.title}
    blanks |= await turn.uow.doubts.counts(kept.number)
    blanks["more"] = listed.more
    blanks |= {"by_officers": told.get("by_officers", 0), "of": told.get("taking_part", kept.voted)}
    blanks["lines"] = lines or Phrase("doubts.none")
    return [Say(turn.sender, "doubts.list", blanks, buttons(kept, listed))]


async def _to_review(turn: Turn, number: int, *, to_change: bool = False) -> Kept | Refusal:
    kept = await turn.uow.matters.get(number, to_change=to_change)
    if kept is None or not kept.salt:
        return Refusal.UNKNOWN
    return kept if doubting.may_review(turn.person.staff, kept) else Refusal.NOT_YOURS


async def show_doubt(turn: Turn, action: ShowDoubt) -> list[Say]:
    """Whose ballot it is and how it came, so that they can be asked; never how it was marked."""
    kept = await _to_review(turn, action.number, to_change=True)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    doubted = await turn.uow.doubts.of_line(kept.number, action.seq)
    written = await turn.uow.ballots.line(kept.number, action.seq)
    voter = await doubting.whose(turn, kept, written.vid) if written else None
    if doubted is None or written is None or voter is None:
        return [turn.say(Refusal.UNKNOWN, number=kept.number)]
    await bundling.note_look(turn, kept, Seen.VOTER)
    label = turn.uow.roll.label(voter)
    blanks: dict[str, Blank] = {
        "number": kept.number, "seq": action.seq, "at": written.at,
        "via": Phrase(f"doubts.via.{written.via}"), "why": why(doubted.reasons),
        "name": label.names or Phrase("suggestions.no_name"), "doors": listed(label.doors),
        "state": Phrase(f"doubts.state.{doubted.state}"),
    }  # fmt: skip
    choices = verdicts(kept, doubted) if doubting.is_decidable(kept) else ()
    return [Say(turn.sender, "doubts.one", blanks, choices)]


async def decide_doubt(turn: Turn, action: Decide) -> list[Say]:
    ready = await _ready(turn, action.number, action.seq, action.verdict)
    if isinstance(ready, Refusal):
        return [turn.say(ready, number=action.number)]
    then = TakeVerdict(action.number, action.seq, action.verdict)
    key = f"doubts.ask_reason.{Verdict(action.verdict)}"
    return [await turn.ask(key, then, number=action.number, seq=action.seq)]


Ready = tuple[Kept, Doubted, State]


async def _ready(turn: Turn, number: int, seq: int, verdict: str) -> Ready | Refusal:
    """The matter, locked, the doubt and what would become of it by this officer's word."""
    kept = await _to_review(turn, number, to_change=True)
    if isinstance(kept, Refusal):
        return kept
    doubted = await turn.uow.doubts.of_line(number, seq)
    if doubted is None or verdict not in set(Verdict):
        return Refusal.UNKNOWN
    if not doubting.is_decidable(kept):
        return Refusal.NOT_NOW
    assert turn.person.staff is not None  # or they may not review
    if refusal := await _has_a_part(turn, kept, seq, turn.person.staff.id):
        return refusal
    after = decide(doubted.state, Verdict(verdict), turn.person.staff.id, doubted.asked_by)
    return after if isinstance(after, Refusal) else (kept, doubted, after)


async def _has_a_part(turn: Turn, kept: Kept, seq: int, officer: int) -> Refusal | None:
    """It is their own ballot, or one that passed through their hands (handbook: voting 3.2)."""
    written = await turn.uow.ballots.line(kept.number, seq)
    assert written is not None  # or nobody could doubt it
    mine = await turn.uow.roll.may_answer(kept.number, turn.person.id)
    if _is_theirs(turn, kept, mine, written.vid):
        return Refusal.OWN_BALLOT
    entrusted = await turn.uow.mandates.voters(kept.number, turn.person.id)
    by_them = officer in (written.entered_by, written.second_by)
    if by_them or _is_theirs(turn, kept, entrusted, written.vid):
        return Refusal.HAD_A_HAND
    return None


async def take_verdict(turn: Turn, action: TakeVerdict) -> list[Say]:
    """With the reason, which stays with the reviewers: it may name somebody."""
    ready = await _ready(turn, action.number, action.seq, action.verdict)
    if isinstance(ready, Refusal):
        return [turn.say(ready, number=action.number)]
    if not turn.words.strip():
        return [turn.say(Refusal.REASON_NEEDED, number=action.number)]
    kept, _, after = ready
    assert turn.person.staff is not None  # or it is not ready
    officer = turn.person.staff.id
    by = {"asked_by": officer} if after is State.ASKED else {"decided_by": officer}
    await turn.uow.doubts.settle(kept.number, action.seq, state=after, **by)
    note = await matters.keep(turn, kept, Words("review", turn.words.strip()))
    event = Event.STRIKE if after is State.STRUCK else Event.DOUBT
    data: dict[str, object] = {"seq": action.seq, "state": after}
    counted = await doubting.counted_anew(turn, kept, event, data, note)
    told = turn.say(f"doubts.done.{after}", number=kept.number, seq=action.seq)
    return [told, *await _others(turn, kept, counted, action.seq, after)]


async def _others(turn: Turn, before: Kept, kept: Kept, seq: int, after: State) -> list[Say]:
    if after is State.ASKED:
        return await _second(turn, kept, seq)
    return await _struck(turn, before, kept, seq) if after is State.STRUCK else []


async def _second(turn: Turn, kept: Kept, seq: int) -> list[Say]:
    """The other reviewers: one of them has to agree."""
    blanks: dict[str, Blank] = {"number": kept.number, "title": kept.matter.title, "seq": seq}
    show = (Choice(Phrase("doubts.button.show", {"seq": seq}), ShowDoubt(kept.number, seq)),)
    places = [p for p in await doubting.reviewers(turn, kept) if p != turn.sender]
    return [Say(p, "doubts.second_wanted", blanks, show, topic=Topic.DUTY) for p in places]


async def _struck(turn: Turn, before: Kept, kept: Kept, seq: int) -> list[Say]:
    """The public reads how many, and the new outcome; the voter, that it was theirs."""
    assert kept.outcome is not None and before.outcome is not None  # or nothing is decidable
    blanks: dict[str, Blank] = {"number": kept.number, "title": kept.matter.title}
    blanks |= {"seq": seq, "count": kept.outcome["struck"]}
    groups = await matters.groups_of(turn, kept.matter.question.scope)
    says = [Say(g.address, "doubts.struck", blanks, topic=Topic.LEGAL) for g in groups]
    says += await closing.result(turn, kept)
    written = await turn.uow.ballots.line(kept.number, seq)
    voter = await doubting.whose(turn, kept, written.vid) if written else None
    says += await _to_voter(turn, voter, blanks)
    if kept.outcome["result"] != before.outcome["result"]:
        places = await matters.staff_addresses(turn, kept.matter.owner)
        says += [Say(p, "doubts.result_changed", blanks, topic=Topic.DUTY) for p in places]
    return says


async def _to_voter(turn: Turn, voter: OnRoll | None, blanks: dict[str, Blank]) -> list[Say]:
    people = {voter.person} if voter and voter.person else set[int]()
    reach = await turn.uow.residents.reach(people)
    return [Say(r.address, "doubts.yours", blanks, topic=Topic.OWN) for r in reach.values()]


ROUTES: Routes = {
    NotMe: not_me,
    ShowDoubts: show_doubts,
    ShowDoubt: show_doubt,
    Decide: decide_doubt,
    TakeVerdict: take_verdict,
}
