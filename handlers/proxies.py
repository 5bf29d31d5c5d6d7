"""Proxies (委托): an owner lets somebody else cast their vote in one matter.

The owner passes a word on, the proxy says it to the bot, and the owner sees who it was and has
the last word. A mandate holds for one matter until the close, and ends when the owner votes.
"""

from dataclasses import replace
from datetime import timedelta

from casework import entries, mandating
from casework.entry_actions import EndMandate, Entrust, MakeCode, SayCode, ShowMandate
from casework.entry_views import doors, who
from casework.matter_actions import ShowBallot
from casework.matter_views import blanks_of
from casework.speaking import why_none
from domain.ballots import Refusal
from domain.budget import Topic
from domain.conversation import LARGEST_SMALL, Blank, Choice, Phrase, Say
from domain.matters import Event
from domain.residents import TRIES_PER_ACCOUNT, read_code, show_code
from handlers.turn import Cancel, Routes, Turn
from handlers.voting import MOST_OWN, packed, refused
from storage.mandates import Mandate, State
from storage.matters import Kept
from storage.roll import OnRoll


async def show_mandate(turn: Turn, action: ShowMandate) -> list[Say]:
    """Each own vote, with who casts it and what can be done about that. Nobody passes one on."""
    kept = await _open(turn, action.number)
    if isinstance(kept, Say):
        return [kept]
    mine = [v for v in await turn.uow.roll.may_answer(kept.number, turn.person.id) if not v.fault]
    if not mine:
        return [await refused(turn, kept.number, await why_none(turn, kept, turn.person))]
    return [await _shown(turn, kept, voter) for voter in mine[:MOST_OWN]]


async def _open(turn: Turn, number: int) -> Kept | Say:
    """The matter, locked, while mandates may be given in it; in private only."""
    if turn.inbound.group:
        return turn.say("proxies.privately")
    kept = await turn.uow.matters.get(number, to_change=True)
    refusal = mandating.open_for_mandates(kept, turn) if kept else Refusal.NO_VOTE
    if kept is None or refusal:
        return await refused(turn, number, refusal or Refusal.NO_VOTE)
    return kept


async def _shown(turn: Turn, kept: Kept, voter: OnRoll) -> Say:
    mandate = await turn.uow.mandates.of(kept.number, voter.unit)
    state = mandate.state if mandate else State.ENDED
    blanks = await _blanks(turn, kept, voter, mandate)
    return Say(
        turn.sender, f"proxies.{state}", blanks, _buttons(kept, voter, mandate, state),
        card=_card(kept, voter), fresh=True,
    )  # fmt: skip


def _card(kept: Kept, voter: OnRoll) -> str:
    return f"px:{kept.number}:{voter.unit}"


async def _blanks(
    turn: Turn, kept: Kept, voter: OnRoll, mandate: Mandate | None
) -> dict[str, Blank]:
    proxy = mandate and mandate.proxy
    person = await turn.uow.residents.person(proxy) if proxy else None
    named: dict[str, Blank] = {"unit": doors(turn, voter), "who": who(person)}
    return blanks_of(kept.matter, turn.community) | named


def _buttons(
    kept: Kept, voter: OnRoll, mandate: Mandate | None, state: State
) -> tuple[Choice, ...]:
    number, unit = kept.number, packed(voter.unit)
    make = Choice(Phrase("proxies.button.code"), MakeCode(number, unit))
    end = Choice(Phrase("proxies.button.end"), EndMandate(number, unit))
    match state:
        case State.NAMED if mandate and mandate.proxy:
            yes = Entrust(number, unit, marked(mandate))
            return (Choice(Phrase("proxies.button.entrust"), yes), end)
        case State.STANDING:
            return (end,)
        case State.ASKED:
            return (make, end)
        case _:
            return (make, Choice(Phrase("home.cancel"), Cancel()))


def marked(mandate: Mandate) -> int:
    """Tells whom the owner was shown, in the 31 bits that a button has left for it."""
    return (mandate.proxy or 0) & LARGEST_SMALL


async def _own(turn: Turn, number: int, unit: str) -> tuple[Kept, OnRoll] | Say:
    """A vote of this person's own; a proxy has none to pass on."""
    kept = await _open(turn, number)
    if isinstance(kept, Say):
        return kept
    voter = await turn.uow.roll.voter(number, f"{unit[:1]}:{unit[1:]}")
    if voter is None or voter.fault or voter.person != turn.person.id:
        return await refused(turn, number, Refusal.NOT_ON_ROLL)
    return kept, voter


async def make_code(turn: Turn, action: MakeCode) -> list[Say]:
    """A new word; one that was given before opens nothing any more."""
    found = await _own(turn, action.number, action.unit)
    if isinstance(found, Say):
        return [found]
    kept, voter = found
    if refusal := await mandating.voted(turn, kept, voter):
        return [await refused(turn, kept.number, refusal)]
    code = turn.uow.mandates.new_code()
    mandate = Mandate(kept.number, voter.unit, None, State.ASKED)
    await turn.uow.mandates.give(mandate, turn.now, code=code)
    blanks = await _blanks(turn, kept, voter, None) | {"code": show_code(code)}
    return [Say(turn.sender, "proxies.code", blanks, card=_card(kept, voter))]


async def say_code(turn: Turn, action: SayCode) -> list[Say]:
    """Whoever says the word is shown to the owner, who has the last word."""
    if turn.inbound.group:
        return [turn.say("proxies.privately")]
    found = await _coded(turn)
    if isinstance(found, Say):
        return [found]
    kept, voter = found
    if turn.person.household is None or not turn.person.name:
        return [turn.say("proxies.join_first")]
    if voter.person == turn.person.id:
        return [turn.say("proxies.yourself")]
    if refusal := await mandating.why_no_proxy(turn, kept, voter, turn.person.id):
        return [await refused(turn, kept.number, refusal)]
    named = Mandate(kept.number, voter.unit, turn.person.id, State.NAMED)
    await turn.uow.mandates.give(named, turn.now)
    blanks = await _blanks(turn, kept, voter, named)
    return [
        Say(turn.sender, "proxies.named_you", blanks),
        *await _ask_owner(turn, kept, voter, named),
    ]


async def _coded(turn: Turn) -> tuple[Kept, OnRoll] | Say:
    hour = turn.now - timedelta(hours=1)
    if await turn.uow.invites.tries_of_account(turn.sender, hour) >= TRIES_PER_ACCOUNT:
        return turn.say("residents.too_many_tries")
    code = read_code(turn.words)
    mandate = await turn.uow.mandates.coded(code) if code else None
    if mandate is None:
        await turn.uow.invites.tried(turn.sender, None, turn.now)
        return turn.say("proxies.unknown_code")
    kept = await _open(turn, mandate.matter)
    voter = await turn.uow.roll.voter(mandate.matter, mandate.unit)
    if isinstance(kept, Say) or voter is None:
        return kept if isinstance(kept, Say) else turn.say("proxies.unknown_code")
    return kept, voter


async def _ask_owner(turn: Turn, kept: Kept, voter: OnRoll, mandate: Mandate) -> list[Say]:
    reach = await turn.uow.residents.reach({voter.person} if voter.person else set())
    blanks = await _blanks(turn, kept, voter, mandate)
    buttons = _buttons(kept, voter, mandate, State.NAMED)
    return [
        Say(r.address, "proxies.named", blanks, buttons, card=_card(kept, voter), fresh=True,
            topic=Topic.OWN)
        for r in reach.values()
    ]  # fmt: skip


async def entrust(turn: Turn, action: Entrust) -> list[Say]:
    """The owner's last word: this person, and nobody else who may have heard the code."""
    found = await _own(turn, action.number, action.unit)
    if isinstance(found, Say):
        return [found]
    kept, voter = found
    mandate = await turn.uow.mandates.of(kept.number, voter.unit)
    named = mandate is not None and mandate.state is State.NAMED
    if mandate is None or not mandate.proxy or not named or marked(mandate) != action.mark:
        return [await _shown(turn, kept, voter)]
    if refusal := await mandating.why_no_proxy(turn, kept, voter, mandate.proxy):
        return [await refused(turn, kept.number, refusal)]
    stands = replace(mandate, state=State.STANDING)
    await turn.uow.mandates.give(stands, turn.now)
    await entries.note(turn, kept, Event.MANDATE, voter, state=stands.state)
    return await mandate_stands(turn, kept, voter, stands)


async def mandate_stands(turn: Turn, kept: Kept, voter: OnRoll, mandate: Mandate) -> list[Say]:
    """The owner and the proxy both read who votes for whom, and how it ends."""
    blanks = await _blanks(turn, kept, voter, mandate)
    people = {id for id in (voter.person, mandate.proxy) if id}
    reach = await turn.uow.residents.reach(people)
    says = []
    if owner := reach.get(voter.person or 0):
        end = _buttons(kept, voter, mandate, State.STANDING)
        says.append(Say(owner.address, "proxies.standing", blanks, end, card=_card(kept, voter)))
    if proxy := reach.get(mandate.proxy or 0):
        vote = Choice(Phrase("voting.button.vote"), ShowBallot(kept.number))
        no = Choice(Phrase("proxies.button.renounce"), EndMandate(kept.number, packed(voter.unit)))
        says.append(Say(proxy.address, "proxies.yours", blanks, (vote, no), topic=Topic.OWN))
    return says


async def end_mandate(turn: Turn, action: EndMandate) -> list[Say]:
    """By the owner, or by the proxy who would rather not. What was cast stands until changed."""
    kept = await _open(turn, action.number)
    if isinstance(kept, Say):
        return [kept]
    unit = f"{action.unit[:1]}:{action.unit[1:]}"
    voter = await turn.uow.roll.voter(kept.number, unit)
    mandate = await turn.uow.mandates.of(kept.number, unit)
    if voter is None or mandate is None or turn.person.id not in (voter.person, mandate.proxy):
        return [await refused(turn, kept.number, Refusal.NOT_ON_ROLL)]
    if not await mandating.end(turn, kept, voter):
        return [turn.say("proxies.over", number=kept.number)]
    others = {id for id in (voter.person, mandate.proxy) if id} - {turn.person.id}
    blanks = await _blanks(turn, kept, voter, mandate)
    told = await turn.uow.residents.reach(others if mandate.state is not State.ASKED else set())
    mine = Say(turn.sender, "proxies.ended_now", blanks, card=_card(kept, voter))
    return [mine, *(Say(r.address, "proxies.ended_now", blanks) for r in told.values())]


ROUTES: Routes = {
    ShowMandate: show_mandate,
    MakeCode: make_code,
    SayCode: say_code,
    Entrust: entrust,
    EndMandate: end_mandate,
}
