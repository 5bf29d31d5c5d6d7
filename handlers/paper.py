"""An officer writes down what a voter handed in on paper, or said at the door.

Nothing counts by that: paper waits for a second officer (``handlers/entries.py``), help at the
door for the voter's own press. The voter is named by a door, in the officer's private chat alone.
"""

from dataclasses import replace

from casework import entries, entry_views, mandating
from casework.entries import Case
from casework.entry_actions import (
    AskVoter,
    NoteDelivery,
    PickProxy,
    PickVoter,
    ShowEntry,
    StartEntry,
    TakeConsentScan,
    TakeDelivered,
    TakeDoor,
    TakeMandateScan,
    TakeProxyDoor,
    TakeScan,
)
from casework.entry_views import answer_name
from casework.matter_views import blanks_of
from casework.steps import address_of
from domain.ballots import SPOILED, choices
from domain.conversation import Blank, Choice, Phrase, Say, listed
from domain.entries import Kind, Refusal
from domain.matters import Event
from handlers.turn import Routes, Turn
from handlers.voting import packed, refused
from storage.entries import Entered
from storage.matters import Kept

FOR_A_DOOR = frozenset({Kind.PAPER, Kind.HELPER, Kind.MANDATE})
MOST_DOORS = 30  # at which ballots were delivered, told at once


async def start_entry(turn: Turn, action: StartEntry) -> list[Say]:
    kept = await _open(turn, action.number)
    if isinstance(kept, Say):
        return [kept]
    kind = Phrase(f"entries.kind.{_kind(action.way)}")
    then = TakeDoor(kept.number, action.way)
    return [await turn.ask("entries.ask_door", then, number=kept.number, kind=kind)]


def _kind(code: str) -> Kind:
    """What a button says; a forged one is taken for paper."""
    return Kind(code) if code in FOR_A_DOOR else Kind.PAPER


async def _open(turn: Turn, number: int) -> Kept | Say:
    """The matter, locked, for one of the staff in their private chat."""
    if turn.inbound.group:
        return turn.say("entries.privately")
    if turn.person.staff is None:
        return turn.say(Refusal.NOT_YOURS)
    kept = await entries.opened(turn, number, turn.received)
    if isinstance(kept, Kept):
        return kept
    return await refused(turn, number, kept)


async def take_door(turn: Turn, action: TakeDoor) -> list[Say]:
    """Mostly one voter; of several residents at a door the officer picks one."""
    kept = await _open(turn, action.number)
    if isinstance(kept, Say):
        return [kept]
    door, kind = turn.words.strip(), _kind(action.way)
    found = [
        await entries.case_of(turn, kept, voter)
        for voter in await turn.uow.roll.at_door(kept.number, door)
    ]
    cases = [case for case in found if isinstance(case, Case)]
    if not cases:
        return [await _nobody(turn, action, [r for r in found if isinstance(r, Refusal)])]
    if len(cases) == 1:
        return await _marking(turn, cases[0], kind)
    buttons = tuple(
        Choice(
            entries.whose(turn, case.voter),
            PickVoter(kept.number, kind, packed(case.voter.unit)),
        )
        for case in cases
    )
    return [turn.say("entries.which_voter", choices=buttons, number=kept.number, door=door)]


async def _nobody(turn: Turn, action: TakeDoor, refusals: list[Refusal]) -> Say:
    if refusals:
        return turn.say(refusals[0])
    then = TakeDoor(action.number, action.way)
    return await turn.ask("entries.no_voter", then, number=action.number)


async def pick_voter(turn: Turn, action: PickVoter) -> list[Say]:
    case = await case_at(turn, action.number, action.unit)
    return [case] if isinstance(case, Say) else await _marking(turn, case, _kind(action.way))


async def case_at(turn: Turn, number: int, unit: str) -> Case | Say:
    """The voter that a button names, if this officer may write for them now."""
    kept = await _open(turn, number)
    if isinstance(kept, Say):
        return kept
    voter = await turn.uow.roll.voter(number, f"{unit[:1]}:{unit[1:]}")
    if voter is None:
        return turn.say("entries.no_voter", number=number)
    case = await entries.case_of(turn, kept, voter)
    return turn.say(case) if isinstance(case, Refusal) else case


async def _marking(turn: Turn, case: Case, kind: Kind) -> list[Say]:
    """The answers as buttons, or why nothing can be written down for this voter."""
    if refusal := await _why_not(turn, case, kind):
        return [refusal]
    kept, unit = case.kept, packed(case.voter.unit)
    blanks = blanks_of(kept.matter, turn.community) | {"whose": entries.whose(turn, case.voter)}
    if kind is Kind.MANDATE:
        return await take_mandate_scan(turn, TakeMandateScan(kept.number, unit))
    return [Say(turn.sender, f"entries.mark.{kind}", blanks, await _answers(turn, case, kind))]


async def _why_not(turn: Turn, case: Case, kind: Kind) -> Say | None:
    if refusal := entries.has_one_voice(case.voter):
        return turn.say(refusal)
    if kind is Kind.HELPER:
        person = case.voter.person
        reach = await turn.uow.residents.reach({person}) if person else {}
        return None if reach else turn.say(Refusal.NO_ACCOUNT)
    for waiting in await turn.uow.entries.waiting_for(case.kept.number, case.voter.unit):
        if waiting.kind is kind:
            show = (Choice(Phrase("entries.button.show"), ShowEntry(waiting.id)),)
            return turn.say(Refusal.WAITS_ALREADY, choices=show)
    return None


async def _answers(turn: Turn, case: Case, kind: Kind) -> tuple[Choice, ...]:
    question, number, unit = case.kept.matter.question, case.kept.number, packed(case.voter.unit)
    if kind is Kind.HELPER:
        return tuple(
            Choice(answer_name(question, c), AskVoter(number, unit, c)) for c in choices(question)
        )
    marks = (*choices(question), SPOILED)
    found = [Choice(answer_name(question, c), TakeScan(number, unit, c)) for c in marks]
    consents = await turn.uow.consents.of(number) if question.consents else []
    for place, consent in enumerate(consents):
        if consent.unit == case.voter.unit:
            found += [_consent_button(number, place, consent.property, given) for given in (1, 0)]
    return tuple(found)


def _consent_button(number: int, place: int, property: str, given: int) -> Choice:
    said = Phrase(f"consents.given.{'yes' if given else 'no'}")
    label = Phrase("entries.consent", {"property": property, "given": said})
    return Choice(label, TakeConsentScan(number, place, given))


async def take_scan(turn: Turn, action: TakeScan) -> list[Say]:
    """With the picture of the signed paper it waits for the second officer."""
    case = await case_at(turn, action.number, action.unit)
    if isinstance(case, Say):
        return [case]
    question = case.kept.matter.question
    if action.choice not in (*choices(question), SPOILED):
        return [turn.say("entries.no_voter", number=action.number)]
    if refusal := await _why_not(turn, case, Kind.PAPER):
        return [refusal]
    entered = await _with_photo(turn, case, action, Kind.PAPER, action.choice)
    return await _waits(turn, case, entered)


async def take_consent_scan(turn: Turn, action: TakeConsentScan) -> list[Say]:
    kept = await _open(turn, action.number)
    if isinstance(kept, Say):
        return [kept]
    consents = await turn.uow.consents.of(kept.number)
    if not action.place < len(consents):
        return [turn.say("entries.no_voter", number=kept.number)]
    consent = consents[action.place]
    case = await case_at(turn, kept.number, packed(consent.unit))
    if isinstance(case, Say):
        return [case]
    if refusal := await _why_not(turn, case, Kind.CONSENT):
        return [refusal]
    said = "yes" if action.given else "no"
    entered = await _with_photo(turn, case, action, Kind.CONSENT, said, consent.property)
    return await _waits(turn, case, entered)


async def take_mandate_scan(turn: Turn, action: TakeMandateScan) -> list[Say]:
    """With the picture it is kept, and nothing more, until the proxy is known."""
    case = await case_at(turn, action.number, action.unit)
    if isinstance(case, Say):
        return [case]
    if refusal := await _why_not(turn, case, Kind.MANDATE):
        return [refusal]
    entered = await _with_photo(turn, case, action, Kind.MANDATE, "")
    if isinstance(entered, Say):
        return [entered]
    await turn.uow.entries.add(entered, turn.now, "begun")
    whose = entries.whose(turn, case.voter)
    return [await turn.ask("entries.ask_proxy_door", TakeProxyDoor(entered.id), whose=whose)]


async def take_proxy_door(turn: Turn, action: TakeProxyDoor) -> list[Say]:
    """Who of those who have joined there is the proxy that the paper names?"""
    found = await _begun(turn, action.entry)
    if isinstance(found, Say):
        return [found]
    case, entered = found
    parts = turn.words.strip().split("-")
    home = await turn.uow.residents.household_at(*parts) if len(parts) == 3 else None
    joined = await turn.uow.representatives.joined(home) if home else {}
    buttons = tuple(
        Choice(name or Phrase("suggestions.no_name"), PickProxy(entered.id, person))
        for person, name in joined.items()
        if person not in (turn.person.id, case.voter.person)
    )
    if not buttons:
        return [await turn.ask("entries.no_proxy", action)]
    return [turn.say("entries.which_proxy", choices=buttons)]


async def _begun(turn: Turn, id: int) -> tuple[Case, Entered] | Say:
    """A mandate that this officer has begun to write down."""
    entered = await turn.uow.entries.get(id)
    staff = turn.person.staff
    if entered is None or entered.state != "begun" or not staff or staff.id != entered.entered_by:
        return turn.say(Refusal.SETTLED)
    case = await case_at(turn, entered.matter, packed(entered.unit))
    return case if isinstance(case, Say) else (case, entered)


async def pick_proxy(turn: Turn, action: PickProxy) -> list[Say]:
    """Now it is whole, and waits for the second officer."""
    found = await _begun(turn, action.entry)
    if isinstance(found, Say):
        return [found]
    case, entered = found
    if refusal := await _why_not(turn, case, Kind.MANDATE):
        return [refusal]
    if action.person in (turn.person.id, case.voter.person):
        return [turn.say(Refusal.OWN)]
    if why := await mandating.why_no_proxy(turn, case.kept, case.voter, action.person):
        return [await refused(turn, case.kept.number, why)]
    await turn.uow.entries.names(entered.id, action.person)
    return await _sent_on(turn, case, replace(entered, proxy=action.person))


async def _with_photo(
    turn: Turn,
    case: Case,
    again: TakeScan | TakeConsentScan | TakeMandateScan,
    kind: Kind,
    choice: str,
    property: str = "",
) -> Entered | Say:
    """What is written down, once the picture of the signed paper is there; else it is asked for."""
    photo = await turn.photo()
    if photo is None:
        whose, named = entries.whose(turn, case.voter), Phrase(f"entries.kind.{kind}")
        return await turn.ask("entries.ask_photo", again, whose=whose, kind=named)
    assert turn.person.staff is not None  # an officer, or there would be no case
    return Entered(
        turn.uow.entries.new_id(), case.kept.number, case.voter.unit, kind, choice,
        turn.person.staff.id, photo, property=property,
    )  # fmt: skip


async def _waits(turn: Turn, case: Case, entered: Entered | Say) -> list[Say]:
    if isinstance(entered, Say):
        return [entered]
    await turn.uow.entries.add(entered, turn.now)
    return await _sent_on(turn, case, entered)


async def _sent_on(turn: Turn, case: Case, entered: Entered) -> list[Say]:
    """To the second officer, who compares it with the paper."""
    said = await entry_views.blanks(turn, case, entered)
    second = await entries.second_officer(turn, case)
    to = await address_of(turn, second)
    asked = [entry_views.request(entered, said, to)] if to else []
    name: Blank | None = second.title if second and to else None
    return [entry_views.written(entered, said, name, turn.sender), *asked]


async def ask_voter(turn: Turn, action: AskVoter) -> list[Say]:
    """The voter is asked privately; a later question takes the place of an earlier one."""
    case = await case_at(turn, action.number, action.unit)
    if isinstance(case, Say):
        return [case]
    if action.choice not in choices(case.kept.matter.question):
        return [turn.say("entries.no_voter", number=action.number)]
    if refusal := await _why_not(turn, case, Kind.HELPER):
        return [refusal]
    assert turn.person.staff is not None and case.voter.person is not None
    for waiting in await turn.uow.entries.waiting_for(case.kept.number, case.voter.unit):
        if waiting.kind is Kind.HELPER:
            await turn.uow.entries.settle(waiting.id, "refused")
    entered = Entered(
        turn.uow.entries.new_id(), case.kept.number, case.voter.unit, Kind.HELPER,
        action.choice, turn.person.staff.id,
    )  # fmt: skip
    await turn.uow.entries.add(entered, turn.now)
    said = await entry_views.blanks(turn, case, entered)
    reach = await turn.uow.residents.reach({case.voter.person})
    asked = [entry_views.question(entered, said, r.address) for r in reach.values()]
    return [turn.say("entries.voter_asked", choices=(), **said), *asked]


async def note_delivery(turn: Turn, action: NoteDelivery) -> list[Say]:
    kept = await _open(turn, action.number)
    if isinstance(kept, Say):
        return [kept]
    return [await turn.ask("entries.ask_delivered", TakeDelivered(kept.number), number=kept.number)]


async def take_delivered(turn: Turn, action: TakeDelivered) -> list[Say]:
    """Brought to the door and signed for: what the silence of this voter may mean rests on it."""
    kept = await _open(turn, action.number)
    if isinstance(kept, Say):
        return [kept]
    done, not_done = list[str](), list[str]()
    told = list(dict.fromkeys(turn.words.split()))
    for door in told[:MOST_DOORS]:
        noted = await _delivered(turn, kept, door)
        kept = noted or kept
        (done if noted else not_done).append(door)
    doors: dict[str, Blank] = {"doors": listed(done) or Phrase("matters.not_set")}
    doors["others"] = listed(not_done) or Phrase("matters.not_set")
    said = turn.say("entries.delivered", choices=(), number=kept.number, **doors)
    return [said, *await _rest(turn, action, told[MOST_DOORS:])]


async def _rest(turn: Turn, action: TakeDelivered, doors: list[str]) -> list[Say]:
    """Too many for once are named, so that none of them is taken for noted."""
    if not doors:
        return []
    left = listed(doors)
    return [await turn.ask("entries.delivered_rest", action, most=MOST_DOORS, doors=left)]


async def _delivered(turn: Turn, kept: Kept, door: str) -> Kept | None:
    """None where the door has no voter here, or is not of this officer's grid."""
    voters = await turn.uow.roll.at_door(kept.number, door)
    found = [await entries.case_of(turn, kept, voter) for voter in voters]
    cases = [case for case in found if isinstance(case, Case)]
    for case in cases:
        await turn.uow.roll.delivered(kept.number, [case.voter.unit], turn.now)
        kept = await entries.note(turn, kept, Event.DELIVER, case.voter)
    return kept if cases else None


ROUTES: Routes = {
    StartEntry: start_entry,
    TakeDoor: take_door,
    PickVoter: pick_voter,
    TakeScan: take_scan,
    TakeConsentScan: take_consent_scan,
    TakeProxyDoor: take_proxy_door,
    TakeMandateScan: take_mandate_scan,
    PickProxy: pick_proxy,
    AskVoter: ask_voter,
    NoteDelivery: note_delivery,
    TakeDelivered: take_delivered,
}
