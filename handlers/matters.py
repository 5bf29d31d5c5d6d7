"""Matters from the first idea to the notice: put together, proposed, consulted, reviewed.

What a stage needs and who may leave it stands in ``domain.matters.TABLE``; here it is asked for.
"""

from collections import Counter
from dataclasses import replace

from casework import announcing, matters
from casework.bundling import Seen
from casework.entry_actions import StartEntry
from casework.matter_actions import (
    Advance,
    AskWhy,
    EndMatter,
    HandOver,
    HandOverTo,
    ShowMatter,
    ShowMatters,
    ShowTerms,
    Skip,
    StartMatter,
    TakeEnd,
    TakeRecord,
    TakeSkip,
)
from casework.matter_views import (
    WITH_RECORD,
    blanks_of,
    card,
    case_line,
    stage_line,
    turnout,
)
from casework.matters import Done
from casework.objections import counted
from casework.outcome_views import outcome_lines, result_line
from casework.steps import Words
from domain.budget import Topic
from domain.conversation import Blank, Choice, Phrase, Say
from domain.entries import Kind
from domain.matters import MAY_BE_SKIPPED, Event, Matter, Refusal, State
from domain.question import Mode
from domain.record import SHOWN
from handlers.turn import Routes, Turn
from storage.matters import Kept

MOST_LISTED = 15
ENDINGS = (Event.WITHDRAW, Event.VOID)
ONWARD = WITH_RECORD | {Event.EXECUTE, Event.ARCHIVE}  # the others have their own confirmation


async def show_matters(turn: Turn, action: ShowMatters) -> list[Say]:
    """What is being decided; drafts are for those who write them."""
    found = [k for k in await turn.uow.matters.all_open() if _may_see(turn, k)][:MOST_LISTED]
    new = Choice(Phrase("matters.button.new"), StartMatter())
    choices = (new,) if _puts_matters(turn) else ()
    if not found:
        return [turn.say("matters.none", choices=choices)]
    lines: list[Blank] = [
        Phrase(
            "matters.line",
            {"number": k.number, "title": k.matter.title, "stage": stage_line(k.matter)},
        )
        for k in found
    ]
    label = "matters.button.open"
    opens = tuple(Choice(Phrase(label, {"number": k.number}), ShowMatter(k.number)) for k in found)
    return [turn.say("matters.list", choices=(*opens, *choices), lines=tuple(lines))]


def _puts_matters(turn: Turn) -> bool:
    """The admin; the supervising committee where there are rounds to put."""
    staff, kinds = turn.person.staff, turn.community.voting.kinds
    return staff is not None and any(matters.may_put(staff, kind.code) for kind in kinds)


def _may_see(turn: Turn, kept: Kept) -> bool:
    return kept.matter.was_noticed or turn.person.staff is not None


async def show_matter(turn: Turn, action: ShowMatter) -> list[Say]:
    kept = await turn.uow.matters.get(action.number)
    if kept is None or not _may_see(turn, kept):
        return [turn.say("matters.unknown", number=action.number)]
    return [await shown(turn, kept)]


async def shown(turn: Turn, kept: Kept) -> Say:
    """The matter for this person, alone, with what they can do about it."""
    staff = {s.id: s for s in await turn.uow.staff.all()}
    parts = matters.parts(turn, kept.matter)
    news = await _news(turn, kept)
    shown = card(kept.matter, turn.community, staff, turn.sender, parts, news, now=turn.now)
    choices = (*shown.choices, *_for_staff(turn, kept))
    return replace(shown, choices=choices, page=turn.page(f"m{kept.number}"))


def _for_staff(turn: Turn, kept: Kept) -> tuple[Choice, ...]:
    """What people hand in on paper, while there is a vote that takes it."""
    takes_paper = kept.matter.question.mode is not Mode.DETACHED
    if turn.person.staff is None or kept.matter.state is not State.OPEN or not takes_paper:
        return ()
    return (Choice(Phrase("entries.button.paper"), StartEntry(kept.number, Kind.PAPER)),)


async def _news(turn: Turn, kept: Kept) -> list[Blank]:
    """Objections by their number, turnout while people vote, the outcome after it."""
    if not kept.matter.was_noticed:
        return []
    objections = counted(await turn.uow.objections.counts(kept.number))
    if kept.outcome:
        outcome = outcome_lines(kept, turn.community)
        cases = await _carried_out_by(turn, kept)
        return [result_line(kept.outcome), *outcome, objections, *cases]
    if kept.matter.state is not State.OPEN:
        return [objections]
    took_part = turnout(kept.matter.question, kept.voted)
    voted = Phrase("matters.turnout", {"took_part": took_part, "all": kept.units})
    if not kept.matter.question.consents:
        return [voted, objections]
    answered, asked = await turn.uow.consents.answered(kept.number)
    return [voted, Phrase("consents.answered", {"answered": answered, "asked": asked}), objections]


async def _carried_out_by(turn: Turn, kept: Kept) -> list[Blank]:
    """The cases that carry it out, each with where it stands now."""
    staff = {s.id: s for s in await turn.uow.staff.all()}
    cases = [await turn.uow.tickets.get(n) for n in await turn.uow.matters.linked(kept.number)]
    return [case_line(case, staff) for case in cases if case is not None]


async def advance(turn: Turn, action: Advance) -> list[Say]:
    """The next stage; where the table wants a record, it is asked for first."""
    kept = await matters.to_move(turn, action.number, action.event)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    event = Event(action.event)
    if event not in ONWARD:
        return [turn.say(Refusal.NOT_NOW, number=kept.number)]
    if event in WITH_RECORD:
        return [await _ask_for_record(turn, kept, event)]
    return await _done(turn, kept, event, Done())


async def _ask_for_record(turn: Turn, kept: Kept, event: str) -> Say:
    then = TakeRecord(kept.number, event)
    return await turn.ask(f"matters.ask_record.{event}", then, number=kept.number)


async def take_record(turn: Turn, action: TakeRecord) -> list[Say]:
    """The minutes of the meeting, the text of the decision, the report: words or a picture."""
    kept = await matters.to_move(turn, action.number, action.event)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    if action.event not in WITH_RECORD:
        return [turn.say(Refusal.NOT_NOW, number=kept.number)]
    words = Words("record", turn.words.strip(), await turn.photo())
    if not words:
        return [await _ask_for_record(turn, kept, action.event)]
    return await _done(turn, kept, Event(action.event), Done(words))


async def skip(turn: Turn, action: Skip) -> list[Say]:
    kept = await matters.to_move(turn, action.number, action.event)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    if action.event not in MAY_BE_SKIPPED:
        return [turn.say(Refusal.NOT_NOW, number=kept.number)]
    return [await _ask_why_skipped(turn, kept, action.event)]


async def _ask_why_skipped(turn: Turn, kept: Kept, event: str) -> Say:
    return await turn.ask("matters.ask_skip", TakeSkip(kept.number, event), number=kept.number)


async def take_skip(turn: Turn, action: TakeSkip) -> list[Say]:
    """不适用, with its reason in the record."""
    kept = await matters.to_move(turn, action.number, action.event)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    words = Words("record", turn.words.strip())
    if not words and action.event in MAY_BE_SKIPPED:
        return [await _ask_why_skipped(turn, kept, action.event)]
    return await _done(turn, kept, Event(action.event), Done(words, skips=True))


async def _done(turn: Turn, kept: Kept, event: Event, done: Done) -> list[Say]:
    outcome = await matters.do(turn, kept, event, done)
    if isinstance(outcome, Refusal):
        return [turn.say(outcome, number=kept.number)]
    public = await _public(turn, outcome, event, done) if outcome.matter.was_noticed else []
    return [await shown(turn, outcome), *public]


async def _public(turn: Turn, kept: Kept, event: Event, done: Done) -> list[Say]:
    """The card everywhere, and what was published with a stage, in the words it was told in."""
    says = await announcing.cards(turn, kept)
    if event not in (Event.PUBLISH, Event.REPORT, Event.VOID, Event.WITHDRAW):
        return says
    blanks: dict[str, Blank] = {
        "number": kept.number,
        "title": kept.matter.title,
        "words": done.words.text or Phrase("suggestions.with_photo"),
        "days": kept.matter.question.shown_days,
    }
    groups = await matters.groups_of(turn, kept.matter.question.scope)
    key = f"matters.published.{event}"
    photo, topic = done.words.photo, Topic.LEGAL
    return [*says, *(Say(g.address, key, blanks, photo=photo, topic=topic) for g in groups)]


async def end_matter(turn: Turn, action: EndMatter) -> list[Say]:
    kept = await matters.to_move(turn, action.number, action.event)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    if action.event not in ENDINGS:
        return [turn.say(Refusal.NOT_NOW, number=kept.number)]
    return [await _ask_why_ended(turn, kept, action.event)]


async def _ask_why_ended(turn: Turn, kept: Kept, event: str) -> Say:
    public = kept.matter.was_noticed
    key = f"matters.ask_end.{event}" if public else "matters.ask_end.draft"
    return await turn.ask(key, TakeEnd(kept.number, event), number=kept.number)


async def take_end(turn: Turn, action: TakeEnd) -> list[Say]:
    """Withdrawn before the vote, or void after its beginning; never without a reason."""
    kept = await matters.to_move(turn, action.number, action.event)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    event = Event(action.event)
    if event not in ENDINGS:
        return [turn.say(Refusal.NOT_NOW, number=kept.number)]
    words = Words("record", turn.words.strip())
    if not words:
        return [await _ask_why_ended(turn, kept, event)]
    await turn.uow.entries.lapse(kept.number)
    return await _done(turn, kept, event, Done(words))


async def hand_over(turn: Turn, action: HandOver) -> list[Say]:
    kept = await matters.to_move(turn, action.number, Event.HAND_OVER)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    choices = tuple(
        Choice(s.title, HandOverTo(kept.number, s.id))
        for s in await turn.uow.staff.all()
        if s.may_hold_a_matter and s.id != kept.matter.owner
    )
    return [turn.say("matters.to_whom", choices=choices, number=kept.number)]


async def hand_over_to(turn: Turn, action: HandOverTo) -> list[Say]:
    """Somebody else answers for the stage from now on, and is told so."""
    kept = await matters.to_move(turn, action.number, Event.HAND_OVER)
    if isinstance(kept, Refusal):
        return [turn.say(kept, number=action.number)]
    staff = {s.id: s for s in await turn.uow.staff.all()}
    to = staff.get(action.staff)
    if to is None or not to.may_hold_a_matter:
        return [turn.say("matters.to_nobody", number=kept.number)]
    changed = replace(kept.matter, owner=to.id)
    data = {"to": to.id}
    outcome = await matters.do(turn, kept, Event.HAND_OVER, Done(data=data), changed=changed)
    if isinstance(outcome, Refusal):
        return [turn.say(outcome, number=kept.number)]
    blanks: dict[str, Blank] = {"number": kept.number, "title": kept.matter.title}
    show = (Choice(Phrase("matters.button.show"), ShowMatter(kept.number)),)
    told = [Say(p, "matters.yours_now", blanks, show)
            for p in await matters.staff_addresses(turn, to.id)]  # fmt: skip
    return [await shown(turn, outcome), *told]


async def show_terms(turn: Turn, action: ShowTerms) -> list[Say]:
    """What was settled before the opening, in full: the cards have room for what matters most."""
    kept = await turn.uow.matters.get(action.number)
    if kept is None or not _may_see(turn, kept):
        return [turn.say("matters.unknown", number=action.number)]
    blanks = blanks_of(kept.matter, turn.community) | {"hashes": _hashes(kept.matter)}
    return [Say(turn.sender, "matters.terms", blanks)]


def _hashes(matter: Matter) -> tuple[Blank, ...]:
    found = {"matters.text_hash": matter.text_hash, "matters.roll_hash": matter.roll_hash}
    return tuple(Phrase(key, {"hash": hash[:SHOWN]}) for key, hash in found.items() if hash)


async def ask_why(turn: Turn, action: AskWhy) -> list[Say]:
    """The stages a matter went through, each with its time and the words kept with it."""
    kept = await turn.uow.matters.get(action.number)
    if kept is None or not _may_see(turn, kept):
        return [turn.say("matters.unknown", number=action.number)]
    notes = {n.id: n.text for n in await turn.uow.matters.notes(kept.number, "record")}
    lines: list[Blank] = []
    for event in await turn.uow.matters.events(kept.number):
        if event.event in UNTOLD:
            continue
        words = notes.get(event.note_id, "")
        quoted: Blank = Phrase("matters.with_words", {"words": words}) if words else ""
        told: dict[str, Blank] = {"at": event.at, "words": quoted}
        case: dict[str, Blank] = {"case": event.data.get("ticket", 0)}
        told["event"] = Phrase(f"matters.event.{event.event}", case)
        key = "matters.skipped" if event.data.get("skipped") else "matters.happened"
        lines.append(Phrase(key, told))
    looks = Counter(look.what for look in await turn.uow.matters.disclosures(kept.number))
    seen = {what.value: looks[what] for what in Seen}
    return [
        turn.say("matters.history", number=kept.number, title=kept.matter.title,
                 lines=tuple(lines), looks=Phrase("records.looks", {**seen}))
    ]  # fmt: skip


UNTOLD = frozenset({
    Event.OBJECT, Event.ANSWER, Event.RETRACT, Event.LATE, Event.DOUBT, Event.DISCLOSE, Event.CLIMB,
    Event.DELIVER, Event.MANDATE, Event.CONSENT,
})  # fmt: skip

ROUTES: Routes = {
    ShowMatters: show_matters,
    ShowMatter: show_matter,
    Advance: advance,
    TakeRecord: take_record,
    Skip: skip,
    TakeSkip: take_skip,
    EndMatter: end_matter,
    TakeEnd: take_end,
    HandOver: hand_over,
    HandOverTo: hand_over_to,
    AskWhy: ask_why,
    ShowTerms: show_terms,
}
