"""The roll drawn up, read, frozen and its hash posted; and a vote given longer, once."""

import re
from dataclasses import replace
from datetime import timedelta

from casework import announcing, matters
from casework.matter_actions import Extend, FreezeRoll, TakeExtension
from casework.matter_views import roll_lines
from casework.matters import Done
from casework.steps import Words
from domain.ballots import reminders
from domain.budget import Topic
from domain.conversation import Blank, Choice, Phrase, Say
from domain.kinds import CONSULT, roll_of
from domain.matters import Event, Refusal
from domain.question import Question
from domain.record import SHOWN, Entry, Log, Moment, roll_hash
from domain.roll import Drawn, Voter, totals
from handlers.matters import shown
from handlers.turn import Cancel, Routes, Turn
from storage.consents import Consent
from storage.matters import Kept

NO_LEVEL = 1  # who has joined a household may say what they wish (handbook: voting 3.1)
ON_ROSTER = 2
MOST_NAMED = 10  # doors without an area that are named at once
DAYS = re.compile(r"(?P<days>\d{1,2})\s*(?:天|days?)?\s*[,，:：]?\s*(?P<why>.*)", re.DOTALL | re.I)
LONGEST_EXTENSION = 30  # days


async def freeze_roll(turn: Turn, action: FreezeRoll) -> list[Say]:
    """First the totals and what is missing, to be read; then, when they are sure, frozen."""
    kept = await matters.to_move(turn, action.number, Event.FREEZE)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    ends = kept.matter.question.notice_ends_at
    if ends is not None and turn.now < ends:
        return [turn.say("matters.notice_runs", number=kept.number, until=ends)]
    drawn = await _drawn(turn, kept.matter.question)
    if drawn.blocks:
        return [_blocked(turn, kept, drawn)]
    if strange := _strange(kept.matter.question, drawn):
        return [turn.say("matters.consents_not_on_roll", number=kept.number, doors=strange)]
    if not action.sure:
        return [_asked(turn, kept, drawn)]
    return await _frozen(turn, kept, drawn)


async def _drawn(turn: Turn, question: Question) -> Drawn:
    """Who would be on the roll now."""
    scopes = tuple(part.scope for part in question.parts)
    level = NO_LEVEL if question.rule == CONSULT else ON_ROSTER
    unit = roll_of(question.rule)
    staff = await turn.uow.staff.all()
    return await turn.uow.roll.draw_up(unit, scopes, staff, parking=question.parking, level=level)


def _strange(question: Question, drawn: Drawn) -> str:
    """Properties whose owners have to agree, and who are no voters here: nobody would ask them."""
    listed = {property for voter in drawn.voters for property in voter.properties}
    return "、".join(door for door in question.consents if door not in listed)


def _blocked(turn: Turn, kept: Kept, drawn: Drawn) -> Say:
    doors = "、".join(drawn.missing[:MOST_NAMED])
    more = len(drawn.missing) - MOST_NAMED
    whys = tuple(Phrase(b, {"doors": doors, "count": max(more, 0)}) for b in drawn.blocks)
    return turn.say("matters.roll_blocked", number=kept.number, whys=whys)


def _asked(turn: Turn, kept: Kept, drawn: Drawn) -> Say:
    choices = (
        Choice(Phrase("matters.button.freeze_now"), FreezeRoll(kept.number, 1)),
        Choice(Phrase("home.cancel"), Cancel()),
    )
    faults: tuple[Blank, ...] = tuple(
        Phrase(f"roll.fault.{fault}", {"count": many}) for fault, many in drawn.faults().items()
    )
    return turn.say(
        "matters.freeze_sure", choices=choices, number=kept.number,
        totals=_totals(kept.matter.question, drawn), faults=faults or Phrase("roll.no_faults"),
    )  # fmt: skip


def _totals(question: Question, drawn: Drawn) -> tuple[Blank, ...]:
    return roll_lines(question, totals(drawn.voters, len(question.parts)))


async def _frozen(turn: Turn, kept: Kept, drawn: Drawn) -> list[Say]:
    """Written with salts, hashed over pseudonyms, and tied to the record's first line."""
    number = kept.number
    await turn.uow.roll.clear(number)
    await turn.uow.roll.write(number, drawn.voters)
    salted = replace(kept, salt=turn.uow.ballots.salt())
    entries = [
        Entry(turn.uow.ballots.vid(salted, v.unit), 1, v.areas, v.salt)
        async for v in turn.uow.roll.entries(number)
    ]
    hashed = roll_hash(entries)
    await turn.uow.consents.ask(number, _consents(kept.matter.question, drawn.voters))
    matter = replace(kept.matter, roll_hash=hashed)
    if moved := matters.moved_window(matter, turn.now):
        matter = replace(matter, opens_at=moved[0], closes_at=moved[1])
    begun = Log.begin(number, matter.text_hash, hashed)
    done = Done(data={"roll_hash": hashed, "units": len(entries)})
    frozen = await matters.do(
        turn, kept, Event.FREEZE, done, changed=matter, salt=salted.salt, last=begun.last,
        units=len(entries), voted=0, ballots=0, frontier=[],
    )  # fmt: skip
    if isinstance(frozen, Refusal):
        return [turn.say(frozen, number=number)]
    return [await shown(turn, frozen), *await _posted(turn, frozen, drawn)]


def _consents(question: Question, voters: tuple[Voter, ...]) -> list[Consent]:
    """Whom the question needs besides the count: the owners of the properties it names."""
    named = set(question.consents)
    return [
        Consent(voter.unit, property)
        for voter in voters
        for property in sorted(named & set(voter.properties))
    ]


async def _posted(turn: Turn, kept: Kept, drawn: Drawn) -> list[Say]:
    """The roll's hash and totals in every group it concerns, before the opening."""
    groups = await matters.groups_of(turn, kept.matter.question.scope)
    blanks: dict[str, Blank] = {
        "number": kept.number,
        "title": kept.matter.title,
        "totals": _totals(kept.matter.question, drawn),
        "roll_hash": kept.matter.roll_hash[:SHOWN],
        "opens": kept.matter.opens_at or turn.now,
    }
    cards = await announcing.cards(turn, kept)
    return [
        *cards,
        *(Say(g.address, "matters.roll_posted", blanks, topic=Topic.LEGAL) for g in groups),
    ]


async def extend(turn: Turn, action: Extend) -> list[Say]:
    kept = await _to_extend(turn, action.number)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    if kept.matter.extended or not _most(turn, kept):
        return [turn.say(Refusal.EXTENDED_ALREADY, number=kept.number)]
    return [await turn.ask("matters.ask_extend", TakeExtension(kept.number), number=kept.number)]


async def take_extension(turn: Turn, action: TakeExtension) -> list[Say]:
    """So many days more, for a reason that everybody reads; reminders are counted anew."""
    kept = await _to_extend(turn, action.number)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    found = DAYS.fullmatch(turn.words.strip())
    days = int(found["days"]) if found else 0
    if found is None or not found["why"].strip() or not 0 < days <= _most(turn, kept):
        again = TakeExtension(kept.number)
        return [await turn.ask("matters.bad_extend", again, most=_most(turn, kept))]
    assert kept.matter.closes_at is not None  # it is open
    closes = kept.matter.closes_at + timedelta(days=days)
    words = Words("record", found["why"].strip())
    changed = replace(kept.matter, closes_at=closes)
    extended = await matters.do(
        turn, kept, Event.EXTEND, Done(words, data={"closes_at": closes.isoformat()}),
        changed=changed,
    )  # fmt: skip
    if isinstance(extended, Refusal):
        return [turn.say(extended, number=kept.number)]
    reached = sum(m <= turn.now for m in reminders(kept.matter.opens_at or turn.now, closes))
    await turn.uow.roll.told_at_most(kept.number, 1 + reached)
    return [await shown(turn, extended), *await _extended(turn, extended, words.text)]


async def _to_extend(turn: Turn, number: int) -> Kept | Refusal:
    """Only before the close that was announced, or a closed record would go on (docs/record.md)."""
    kept = await matters.to_move(turn, number, Event.EXTEND)
    if isinstance(kept, Refusal):
        return kept
    return kept if turn.now < (kept.matter.closes_at or turn.now) else Refusal.NOT_NOW


def _most(turn: Turn, kept: Kept) -> int:
    """Days that the place's longest window leaves, at most a month."""
    place = turn.community.voting.rules_on(turn.now.date())
    longest = place.window_max_days or 60
    return max(0, min(LONGEST_EXTENSION, longest - kept.matter.question.window_days))


async def _extended(turn: Turn, kept: Kept, why: str) -> list[Say]:
    groups = await matters.groups_of(turn, kept.matter.question.scope)
    closes: Blank = kept.matter.closes_at or turn.now
    blanks: dict[str, Blank] = {"number": kept.number, "title": kept.matter.title, "words": why}
    blanks["closes"] = closes
    return [
        *await announcing.cards(turn, kept),
        *(Say(g.address, "matters.extended", blanks, topic=Topic.LEGAL) for g in groups),
        *await announcing.post_head(turn, kept, Moment.EXTENSION),
    ]


ROUTES: Routes = {FreezeRoll: freeze_roll, Extend: extend, TakeExtension: take_extension}
