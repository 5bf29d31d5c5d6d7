"""Owners whose own part is used are asked one by one; the card of the matter shows a count alone.

An answer may be changed until the close. One that never comes is no consent.
"""

from dataclasses import replace

from casework import entries
from casework.consenting import question
from casework.entries import Case
from casework.entry_actions import GiveConsent, ShowConsent
from domain.ballots import open_at
from domain.conversation import Say
from domain.matters import Event
from handlers.turn import Routes, Turn
from handlers.voting import refused
from storage.consents import Consent
from storage.matters import Kept


async def _asked(turn: Turn, number: int, place: int) -> tuple[Kept, Consent] | Say:
    """The matter, locked, and what this person may answer in it now."""
    kept = await turn.uow.matters.get(number, to_change=True)
    consents = await turn.uow.consents.of(number) if kept else []
    asked = consents[place] if place < len(consents) else None
    if kept is None or asked is None or asked.person != turn.person.id:
        return turn.say("consents.not_asked", number=number)
    if refusal := open_at(kept.matter, turn.received):
        return await refused(turn, number, refusal)
    return kept, asked


async def show_consent(turn: Turn, action: ShowConsent) -> list[Say]:
    found = await _asked(turn, action.number, action.place)
    if isinstance(found, Say):
        return [found]
    kept, asked = found
    say = question(turn, kept, action.place, asked.property, turn.sender, asked.given)
    return [replace(say, fresh=True)]


async def give_consent(turn: Turn, action: GiveConsent) -> list[Say]:
    """Yes or no, by whoever may answer for the owner now."""
    found = await _asked(turn, action.number, action.place)
    if isinstance(found, Say):
        return [found]
    kept, asked = found
    given = bool(action.given)
    voter = await turn.uow.roll.voter(kept.number, asked.unit)
    assert voter is not None  # the roll is frozen with the consents
    if asked.given is not given:
        await turn.uow.consents.answer(kept.number, asked.property, given, turn.now)
        await entries.note(turn, kept, Event.CONSENT, voter, property=asked.property)
    return [question(turn, kept, action.place, asked.property, turn.sender, given)]


async def consent_recorded(turn: Turn, case: Case, property: str) -> list[Say]:
    """The owner hears that their paper was taken, and can say that it was not so."""
    person = case.voter.person
    reach = await turn.uow.residents.reach({person} if person else set())
    consents = await turn.uow.consents.of(case.kept.number)
    place = next(n for n, each in enumerate(consents) if each.property == property)
    return [
        question(turn, case.kept, place, property, r.address, consents[place].given, paper=True)
        for r in reach.values()
    ]


ROUTES: Routes = {ShowConsent: show_consent, GiveConsent: give_consent}
