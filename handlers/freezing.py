"""The roll drawn up, read, frozen and its hash posted; and a vote given longer, once."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from casework import announcing, freezing, matters
from casework.freezing import Sketch
from casework.matter_actions import Extend, FreezeRoll, ShowMatter, TakeExtension
from casework.matter_views import roll_lines
from casework.matters import Done
from casework.steps import Words
from domain.ballots import reminders
from domain.budget import Topic
from domain.conversation import Blank, Choice, Phrase, Say, listed
from domain.drafting import longest_window
from domain.matters import Event, Refusal
from domain.record import SHOWN, Log, Moment
from handlers.matters import shown
from handlers.turn import Cancel, Routes, Turn
from storage.matters import Kept

MOST_NAMED = 10  # doors of which something is missing that are named at once
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
    sketch = await _sketch(turn, kept, sure=bool(action.sure))
    if sketch is None:
        return [turn.say("matters.roll_overtaken", choices=_look(kept), number=kept.number)]
    if sketch.blocks:
        return [_blocked(turn, kept, sketch)]
    if sketch.strange:
        doors = listed(sketch.strange)
        return [turn.say("matters.consents_not_on_roll", number=kept.number, doors=doors)]
    return await _frozen(turn, kept, sketch) if action.sure else [_asked(turn, kept, sketch)]


async def _sketch(turn: Turn, kept: Kept, *, sure: bool) -> Sketch | None:
    """Prepared outside of this unit of work; again if the lists change before it is frozen.

    None: somebody else writes this roll now.
    """
    lists = await turn.uow.roll.lists()
    key = ("roll", kept.number, kept.matter.text_hash, lists, sure)
    if not sure:
        return turn.uow.prepared(key, partial(freezing.sketched, kept.matter))
    begun = turn.say("matters.freezing", number=kept.number)
    sketch = turn.uow.prepared(key, partial(freezing.written, turn, kept, begun))
    is_ours = sketch is not None and (not sketch.is_fit or sketch.salt == kept.salt)
    return sketch if is_ours else None


def _look(kept: Kept) -> tuple[Choice, ...]:
    return (Choice(Phrase("matters.button.show"), ShowMatter(kept.number)),)


def _blocked(turn: Turn, kept: Kept, sketch: Sketch) -> Say:
    whys = tuple(Phrase(why, {"doors": _named(doors)}) for why, doors in sketch.blocks.items())
    return turn.say("matters.roll_blocked", number=kept.number, whys=whys)


def _named(doors: Sequence[str]) -> Blank:
    """The first of them, and how many more there are."""
    first, more = listed(doors[:MOST_NAMED]), len(doors) - MOST_NAMED
    return Phrase("roll.doors_more", {"doors": first, "count": more}) if more > 0 else first


def _asked(turn: Turn, kept: Kept, sketch: Sketch) -> Say:
    choices = (
        Choice(Phrase("matters.button.freeze_now"), FreezeRoll(kept.number, 1)),
        Choice(Phrase("home.cancel"), Cancel()),
    )
    faults: tuple[Blank, ...] = tuple(
        Phrase(f"roll.fault.{fault}", {"count": many}) for fault, many in sketch.faults.items()
    )
    return turn.say(
        "matters.freeze_sure", choices=choices, number=kept.number,
        totals=roll_lines(kept.matter.question, sketch.totals),
        faults=faults or Phrase("roll.no_faults"),
    )  # fmt: skip


async def _frozen(turn: Turn, kept: Kept, sketch: Sketch) -> list[Say]:
    """What was written under this salt is the roll, tied to the record's first line."""
    number, hashed = kept.number, sketch.roll_hash
    await turn.uow.consents.ask(number, sketch.consents)
    matter = replace(kept.matter, roll_hash=hashed)
    if moved := matters.moved_window(matter, turn.now):
        matter = replace(matter, opens_at=moved[0], closes_at=moved[1])
    begun = Log.begin(number, matter.text_hash, hashed)
    done = Done(data={"roll_hash": hashed, "units": sketch.units})
    frozen = await matters.do(
        turn, kept, Event.FREEZE, done, changed=matter, salt=sketch.salt, last=begun.last,
        units=sketch.units, voted=0, ballots=0, frontier=[],
    )  # fmt: skip
    if isinstance(frozen, Refusal):
        return [turn.say(frozen, number=number)]
    return [await shown(turn, frozen), *await _posted(turn, frozen, sketch)]


async def _posted(turn: Turn, kept: Kept, sketch: Sketch) -> list[Say]:
    """The roll's hash and totals in every group it concerns, before the opening."""
    groups = await matters.groups_of(turn, kept.matter.question.scope)
    blanks: dict[str, Blank] = {
        "number": kept.number,
        "title": kept.matter.title,
        "totals": roll_lines(kept.matter.question, sketch.totals),
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
    question = kept.matter.question
    place = turn.community.voting.rules_for(question.rule, turn.now.date())
    return max(0, min(LONGEST_EXTENSION, longest_window(place) - question.window_days))


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
