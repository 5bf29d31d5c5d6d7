"""The second word: an officer confirms what another wrote down, or the voter says that it is so."""

from casework import entries, entry_views, mandating, voting
from casework.entries import NEEDS_SECOND, Case
from casework.entry_actions import (
    AskOther,
    ConfirmEntry,
    NoIDoNot,
    RefuseEntry,
    SendEntry,
    ShowEntries,
    ShowEntry,
    YesIDo,
)
from casework.matter_views import blanks_of
from casework.steps import address_of
from casework.voting import Officers, Receipt
from domain.ballots import Cast, Via
from domain.ballots import Refusal as NotTaken
from domain.conversation import Blank, Choice, Phrase, Say
from domain.entries import Kind, Refusal, may_confirm
from domain.matters import Event
from handlers.consents import consent_recorded
from handlers.paper import case_at
from handlers.proxies import mandate_stands
from handlers.turn import Routes, Turn
from handlers.voting import packed, receipt_blanks, receipt_say, refused, tell_voter
from storage.entries import WAITS, Entered
from storage.mandates import Mandate, State


async def show_entries(turn: Turn, action: ShowEntries) -> list[Say]:
    """What waits in the grids of this member of staff."""
    if turn.person.staff is None or turn.inbound.group:
        return [turn.say("entries.privately" if turn.inbound.group else Refusal.NOT_YOURS)]
    lines, buttons = list[Blank](), list[Choice]()
    for entered in await turn.uow.entries.waiting():
        case = await case_at(turn, entered.matter, packed(entered.unit))
        if isinstance(case, Case):
            about: dict[str, Blank] = {
                "number": entered.matter,
                "kind": Phrase(f"entries.kind.{entered.kind}"),
                "whose": entries.whose(turn, case.voter),
            }
            lines.append(Phrase("entries.line", about))
            buttons.append(Choice(Phrase("entries.button.open", about), ShowEntry(entered.id)))
    if not lines:
        return [turn.say("entries.none")]
    return [turn.say("entries.list", choices=tuple(buttons), lines=tuple(lines))]


async def show_entry(turn: Turn, action: ShowEntry) -> list[Say]:
    found = await _waiting(turn, action.entry)
    if isinstance(found, Say):
        return [found]
    case, entered = found
    said = await entry_views.blanks(turn, case, entered)
    if turn.person.staff and turn.person.staff.id == entered.entered_by:
        return [entry_views.written(entered, said, None, turn.sender)]
    return [entry_views.request(entered, said, turn.sender)]


async def _waiting(turn: Turn, id: int) -> tuple[Case, Entered] | Say:
    """An entry that waits for an officer's word, read once more after its matter is locked."""
    seen = await turn.uow.entries.get(id)
    if seen is None or seen.kind not in NEEDS_SECOND:
        return turn.say(Refusal.SETTLED)
    case = await case_at(turn, seen.matter, packed(seen.unit))
    if isinstance(case, Say):
        return case
    entered = await turn.uow.entries.get(id)
    if entered is None or entered.state != WAITS:
        return turn.say(Refusal.SETTLED)
    return case, entered


async def confirm_entry(turn: Turn, action: ConfirmEntry) -> list[Say]:
    """Compared with the paper by somebody else: from now on it counts."""
    found = await _waiting(turn, action.entry)
    if isinstance(found, Say):
        return [found]
    case, entered = found
    assert turn.person.staff is not None
    if refusal := may_confirm(turn.person.staff, entered.entered_by):
        return [turn.say(refusal)]
    said = await entry_views.blanks(turn, case, entered)
    match entered.kind:
        case Kind.PAPER:
            outcome = await _paper(turn, case, entered, said)
        case Kind.CONSENT:
            outcome = await _consent(turn, case, entered, said)
        case _:
            outcome = await _mandate(turn, case, entered, said)
    if isinstance(outcome, NotTaken):
        return [await refused(turn, entered.matter, outcome)]
    await turn.uow.entries.settle(entered.id, "taken", turn.person.staff.id)
    return outcome


async def _paper(
    turn: Turn, case: Case, entered: Entered, said: dict[str, Blank]
) -> list[Say] | NotTaken:
    """The line of the record, a receipt to be written on paper, and a word to the voter."""
    assert turn.person.staff is not None
    by = Officers(entered.entered_by, turn.person.staff.id)
    cast = Cast(entered.choice, turn.received, Via.PAPER)
    outcome = await voting.take(turn, case.kept, case.voter, cast, by)
    if isinstance(outcome, NotTaken):
        return outcome
    assert isinstance(outcome, Receipt)  # there is no paper in a detached vote
    said |= receipt_blanks(outcome)
    return [
        *await _to_both(turn, entered, "entries.taken", said),
        *await tell_voter(turn, case.kept, case.voter, outcome),
    ]


async def _consent(
    turn: Turn, case: Case, entered: Entered, said: dict[str, Blank]
) -> list[Say] | NotTaken:
    given = entered.choice == "yes"
    await turn.uow.consents.answer(entered.matter, entered.property, given, turn.now)
    await entries.note(turn, case.kept, Event.CONSENT, case.voter, property=entered.property)
    news = await consent_recorded(turn, case, entered.property)
    return [*await _to_both(turn, entered, "entries.noted", said), *news]


async def _mandate(
    turn: Turn, case: Case, entered: Entered, said: dict[str, Blank]
) -> list[Say] | NotTaken:
    assert entered.proxy is not None
    if refusal := await mandating.why_no_proxy(turn, case.kept, case.voter, entered.proxy):
        return refusal
    mandate = Mandate(entered.matter, entered.unit, entered.proxy, State.STANDING)
    await turn.uow.mandates.give(mandate, turn.now, paper=entered.photo)
    await entries.note(turn, case.kept, Event.MANDATE, case.voter, state=mandate.state)
    news = await mandate_stands(turn, case.kept, case.voter, mandate)
    return [*await _to_both(turn, entered, "entries.noted", said), *news]


async def _to_both(turn: Turn, entered: Entered, key: str, said: dict[str, Blank]) -> list[Say]:
    """Both officers read what became of it; the answer is gone from their cards."""
    card = entry_views.card(entered)
    first = [a for a in await entries.first_officer(turn, entered) if a != turn.sender]
    return [Say(to, key, said, card=card) for to in (turn.sender, *first)]


async def refuse_entry(turn: Turn, action: RefuseEntry) -> list[Say]:
    """It is not what the paper says; or whoever wrote it takes it back."""
    found = await _waiting(turn, action.entry)
    if isinstance(found, Say):
        return [found]
    case, entered = found
    assert turn.person.staff is not None
    await turn.uow.entries.settle(entered.id, "refused", turn.person.staff.id)
    said = await entry_views.blanks(turn, case, entered)
    return await _to_both(turn, entered, "entries.refused", said)


async def ask_other(turn: Turn, action: AskOther) -> list[Say]:
    found = await _waiting(turn, action.entry)
    if isinstance(found, Say):
        return [found]
    case, entered = found
    buttons = tuple(
        Choice(s.title, SendEntry(entered.id, s.id))
        for s in await entries.other_officers(turn, case, entered.entered_by)
    )
    if not buttons:
        said = await entry_views.blanks(turn, case, entered)
        return [entry_views.written(entered, said, None, turn.sender)]
    return [turn.say("entries.to_whom", choices=buttons)]


async def send_entry(turn: Turn, action: SendEntry) -> list[Say]:
    found = await _waiting(turn, action.entry)
    if isinstance(found, Say):
        return [found]
    case, entered = found
    others = await entries.other_officers(turn, case, entered.entered_by)
    chosen = next((s for s in others if s.id == action.staff), None)
    to = await address_of(turn, chosen)
    said = await entry_views.blanks(turn, case, entered)
    asked = [entry_views.request(entered, said, to)] if to else []
    name: Blank | None = chosen.title if chosen and to else None
    return [entry_views.written(entered, said, name, turn.sender), *asked]


# --- the voter whom an officer helped


async def _mine(turn: Turn, id: int) -> tuple[Case, Entered] | Say:
    """What an officer wrote down for this person, who alone can say whether it is so."""
    seen = await turn.uow.entries.get(id)
    if seen is None or seen.kind is not Kind.HELPER:
        return turn.say(Refusal.SETTLED)
    kept = await entries.opened(turn, seen.matter, turn.received)
    if isinstance(kept, NotTaken | Refusal):
        return await refused(turn, seen.matter, kept)
    entered = await turn.uow.entries.get(id)
    voter = await turn.uow.roll.voter(seen.matter, seen.unit)
    if entered is None or entered.state != WAITS or voter is None or voter.person != turn.person.id:
        return turn.say(Refusal.SETTLED)
    return Case(kept, voter, None), entered


async def yes_i_do(turn: Turn, action: YesIDo) -> list[Say]:
    """Their own press makes it a ballot; the card with the answer becomes the receipt."""
    found = await _mine(turn, action.entry)
    if isinstance(found, Say):
        return [found]
    case, entered = found
    cast = Cast(entered.choice, turn.received, Via.HELPER)
    outcome = await voting.take(turn, case.kept, case.voter, cast, Officers(entered.entered_by))
    state = "refused" if isinstance(outcome, NotTaken) else "taken"
    await turn.uow.entries.settle(entered.id, state)
    if not isinstance(outcome, Receipt):
        assert isinstance(outcome, NotTaken)  # nobody is helped in a detached vote
        return [await refused(turn, entered.matter, outcome)]
    mine = receipt_say(turn, case.kept, case.voter, outcome, card=entry_views.card(entered))
    return [mine, *await _to_helper(turn, case, entered, "entries.helped")]


async def no_i_do_not(turn: Turn, action: NoIDoNot) -> list[Say]:
    found = await _mine(turn, action.entry)
    if isinstance(found, Say):
        return [found]
    case, entered = found
    await turn.uow.entries.settle(entered.id, "refused")
    card, said = entry_views.card(entered), blanks_of(case.kept.matter, turn.community)
    mine = Say(turn.sender, "entries.not_so", said, card=card)
    return [mine, *await _to_helper(turn, case, entered, "entries.not_helped")]


async def _to_helper(turn: Turn, case: Case, entered: Entered, key: str) -> list[Say]:
    said: dict[str, Blank] = {
        "number": entered.matter,
        "title": case.kept.matter.title,
        "whose": entries.whose(turn, case.voter),
    }
    return [Say(to, key, said) for to in await entries.first_officer(turn, entered)]


ROUTES: Routes = {
    ShowEntries: show_entries,
    ShowEntry: show_entry,
    ConfirmEntry: confirm_entry,
    RefuseEntry: refuse_entry,
    AskOther: ask_other,
    SendEntry: send_entry,
    YesIDo: yes_i_do,
    NoIDoNot: no_i_do_not,
}
