"""The record of a vote in the chat: what everybody may know, the own receipt, what auditors get.

Three tiers (handbook: voting 2.2): everybody reads hashes, heads and totals; owners who proved
who they are read which flats took part, never how, while objections may be made; auditors are
given everything, under pseudonyms. The list tells doors and no names: to see that a flat took
part that stands empty takes no more (P7, handbook: voting 2.6).
"""

from datetime import datetime

from casework import bundling
from casework.bundling import Seen
from casework.matter_views import blanks_of, roll_lines
from casework.outcome_views import outcome_lines
from casework.receipts import find
from casework.record_actions import (
    CheckReceipt,
    ShowBundle,
    ShowRecord,
    ShowTookPart,
    TakeReceipt,
)
from domain.bundle import Signed
from domain.conversation import Blank, Choice, Phrase, Say
from domain.kinds import roll_of
from domain.matters import AFTER_THE_COUNT, Event
from domain.question import Mode
from domain.record import SHOWN, Moment
from domain.residents import Role
from domain.stages import over
from domain.voting import Unit
from handlers.turn import Routes, Turn
from storage.matters import Kept

MOST_HEADS = 8  # of the daily ones, the newest
A_PAGE = 30  # doors
MAY_AUDIT = frozenset({Role.AUDITOR, Role.ADMIN})


async def show_record(turn: Turn, action: ShowRecord) -> list[Say]:
    """In full, so that nobody has to trust the shortened hashes of the groups."""
    kept = await turn.uow.matters.get(action.number)
    if kept is None or not kept.matter.roll_hash:
        return [turn.say("records.none", number=action.number)]
    if kept.matter.question.mode is Mode.DETACHED:
        return [turn.say(bundling.Refusal.DETACHED, number=kept.number)]
    heads = await turn.uow.ballots.heads(kept.number)
    blanks = blanks_of(kept.matter, turn.community)
    blanks |= {
        "text_hash": kept.matter.text_hash,
        "roll_hash": kept.matter.roll_hash,
        "key": turn.uow.ballots.public_key,
        "roll": await _roll(turn, kept),
        "outcome": outcome_lines(kept, turn.community) or Phrase("matters.nothing_more"),
        "heads": _head_lines(heads) or Phrase("records.no_heads"),
    }
    return [Say(turn.sender, "records.public", blanks, await _choices(turn, kept))]


async def _roll(turn: Turn, kept: Kept) -> tuple[Blank, ...]:
    question = kept.matter.question
    if not kept.salt:
        years = turn.community.voting.retention_years
        return (Phrase("records.roll_destroyed", {"years": years}),)
    return roll_lines(question, await turn.uow.roll.totals(kept.number, len(question.parts)))


def _head_lines(heads: list[Signed]) -> tuple[Blank, ...]:
    daily = [each for each in heads if each.head.kind is Moment.DAILY]
    left_out = {each.head.size for each in daily[:-MOST_HEADS]}
    shown = [h for h in heads if h.head.kind is not Moment.DAILY or h.head.size not in left_out]
    return tuple(
        Phrase(
            "records.head",
            {
                "at": datetime.fromisoformat(each.head.at),
                "kind": Phrase(f"records.kind.{each.head.kind}"),
                "head": f"{each.head.size}:{each.head.root}",
            },
        )
        for each in shown
    )


async def _choices(turn: Turn, kept: Kept) -> tuple[Choice, ...]:
    own = Choice(Phrase("records.button.own"), CheckReceipt(kept.number))
    if await _may_see_who(turn, kept) is None:
        return (own, Choice(Phrase("records.button.who"), ShowTookPart(kept.number, 0)))
    return (own,)


async def check_receipt(turn: Turn, action: CheckReceipt) -> list[Say]:
    then = TakeReceipt(action.number)
    return [await turn.ask("records.ask_receipt", then, number=action.number)]


async def take_receipt(turn: Turn, action: TakeReceipt) -> list[Say]:
    """Recorded as cast: the line is there, and a head that was posted covers it."""
    kept = await turn.uow.matters.get(action.number)
    found = await find(turn, kept, turn.words) if kept else None
    if found is None:
        return [turn.say("records.not_found", number=action.number)]
    blanks: dict[str, Blank] = {"number": action.number, "seq": found.seq, "at": found.at}
    if found.under is None:
        return [Say(turn.sender, "records.no_head_yet", blanks)]
    head = found.under.head
    blanks["head"] = f"{head.size}:{head.root[:SHOWN]}"
    blanks["posted"] = datetime.fromisoformat(head.at)
    return [Say(turn.sender, "records.found" if found.proven else "records.broken", blanks)]


async def show_bundle(turn: Turn, action: ShowBundle) -> list[Say]:
    """How an auditor gets the bundle, and by which fingerprint to know that it is the one."""
    if turn.person.staff is None or turn.person.staff.role not in MAY_AUDIT:
        return [turn.say("records.only_auditors", number=action.number)]
    kept = await turn.uow.matters.get(action.number)
    if refusal := bundling.why_not(kept):
        return [turn.say(refusal, number=action.number)]
    looks = await turn.uow.matters.disclosures(action.number)
    given: tuple[Blank, ...] = tuple(
        Phrase("records.given", {"at": look.at, "fingerprint": look.fingerprint})
        for look in looks
        if look.fingerprint
    )
    lines = given[:MOST_HEADS] or Phrase("records.not_given")
    return [turn.say("records.bundle", number=action.number, given=lines)]


async def show_took_part(turn: Turn, action: ShowTookPart) -> list[Say]:
    """Doors, some at a time; a look is written down once, at the page it begins with."""
    kept = await turn.uow.matters.get(action.number, to_change=True)
    if kept is None:
        return [turn.say("matters.unknown", number=action.number)]
    if why := await _may_see_who(turn, kept):
        return [turn.say(why, number=kept.number)]
    if action.page == 0 or not await _has_looked(turn, kept):
        await bundling.note_look(turn, kept, Seen.LIST)
    voters = await turn.uow.records.took_part(kept.number, action.page, A_PAGE)
    doors = "　".join("、".join(turn.uow.roll.label(v).doors) for v in voters[:A_PAGE])
    more = Choice(Phrase("records.button.more"), ShowTookPart(kept.number, action.page + 1))
    return [
        turn.say(
            "records.who",
            choices=(more,) if len(voters) > A_PAGE else (),
            number=kept.number, title=kept.matter.title, page=action.page + 1,
            took_part=kept.voted, all=kept.units, doors=doors or "—",
        )
    ]  # fmt: skip


async def _has_looked(turn: Turn, kept: Kept) -> bool:
    events = await turn.uow.matters.events(kept.number)
    mine = (e.data for e in events if e.event == Event.DISCLOSE and e.person_id == turn.person.id)
    return any(data.get("what") == Seen.LIST for data in mine)


async def _may_see_who(turn: Turn, kept: Kept) -> str | None:
    """The key of the reason why not: owners of this roll and auditors, while it may be objected."""
    question = kept.matter.question
    if roll_of(question.rule) is not Unit.OWNER or question.mode is Mode.DETACHED:
        return "records.who_only_owners_votes"
    if not await _is_objected_to(turn, kept):
        return "records.who_not_now"
    staff = turn.person.staff
    if staff is not None and staff.role is Role.AUDITOR:
        return None
    owned = await turn.uow.owners.of_person(turn.person.id)  # whose title document was seen: L3
    on_roll = await turn.uow.roll.concerning(kept.number, turn.person.id) if owned else []
    return None if on_roll else "records.who_not_you"


async def _is_objected_to(turn: Turn, kept: Kept) -> bool:
    """From the count until the decision has been shown for its days."""
    if kept.matter.state not in AFTER_THE_COUNT or not kept.salt:
        return False
    events = await turn.uow.matters.events(kept.number)
    published = next((e.at for e in events if e.event == Event.PUBLISH), None)
    if published is None:
        return True
    return turn.now < over(kept.matter.question.shown_days, turn.community.calendar, published)


ROUTES: Routes = {
    ShowRecord: show_record,
    CheckReceipt: check_receipt,
    TakeReceipt: take_receipt,
    ShowBundle: show_bundle,
    ShowTookPart: show_took_part,
}
