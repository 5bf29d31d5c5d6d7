"""One step of one case: checked against the table, written as an event, told to those it concerns.

Every feature that moves a case does it through ``do``; nothing else writes a case's state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.conversation import Address, Blank, Phrase, Say
from domain.deadlines import with_clocks
from domain.residents import Staff, choose_holder, dispatcher
from domain.tickets import Deed, Event, Part, Refusal, State, Ticket, Visibility, step
from handlers.turn import Turn
from handlers.views import case_cards, holder_card, told
from storage.tickets import Case, Happened


@dataclass(frozen=True)
class Words:
    """What somebody wrote or photographed while doing something."""

    kind: str  # said, question, answer, help, advice, result, why, reason
    text: str = ""
    photo: int | None = None

    def __bool__(self) -> bool:
        return bool(self.text.strip()) or self.photo is not None


NO_WORDS = Words("none")
MOST_ROUTED = 50  # cases at once; the rest the next time


def parts(turn: Turn, ticket: Ticket) -> frozenset[Part]:
    """The parts the person plays in this case, read from who they are and never from a button."""
    mine = set()
    if turn.person.id == ticket.author:
        mine.add(Part.AUTHOR)
    if turn.person.staff and turn.person.staff.id == ticket.holder:
        mine.add(Part.HOLDER)
    if turn.person.staff and turn.person.staff.dispatches:
        mine.add(Part.DISPATCHER)
    return frozenset(mine)


async def do(
    turn: Turn,
    case: Case,
    event: Event,
    *,
    words: Words = NO_WORDS,
    reason: str = "",
    holder: Staff | None = None,
) -> Case | Refusal:
    """Take one step, or say why not. The caller says what is to be said."""
    mine = parts(turn, case.ticket) | ({Part.SYSTEM} if event is Event.ACCEPT else set())
    deed = Deed(event, mine, reason, bool(words), holder.id if holder else None)
    after = step(case.ticket, deed)
    if isinstance(after, Refusal):
        return after
    after = with_clocks(after, event, turn.community, now=turn.now)
    note = await keep(turn, case, words) if words else None
    return await turn.uow.tickets.save(case, after, happened(turn, deed, note))


async def route_waiting(turn: Turn) -> list[Say]:
    """Send cases that found nobody on to whoever can be told by now."""
    staff = await turn.uow.staff.all()
    says: list[Say] = []
    for case in await turn.uow.tickets.in_state(State.SUBMITTED, MOST_ROUTED):
        duty = turn.community.category(case.ticket.category).who
        if holder := choose_holder(staff, duty, case.ticket.grid):
            routed = await do(turn, case, Event.ACCEPT, holder=holder)
            if isinstance(routed, Case):
                says += await refresh(turn, routed, fresh_for_holder=True)
    return says


def happened(turn: Turn, deed: Deed, note: int | None = None) -> Happened:
    data = {"reason": deed.reason, "holder": deed.holder, "has_words": deed.has_words}
    return Happened(
        deed.event,
        turn.now,
        turn.person.id,
        turn.account,
        {name: value for name, value in data.items() if value},
        note,
    )


async def keep(turn: Turn, case: Case, words: Words) -> int:
    return await turn.uow.tickets.note(
        case, turn.person.id, words.kind, words.text, words.photo, turn.now
    )


async def followers(
    turn: Turn,
    case: Case,
    key: str,
    blanks: dict[str, Blank],
    *,
    but: int | None = None,
    photo: int | None = None,
) -> list[Say]:
    """The same news to the author and every supporter, each where they read us."""
    people = await turn.uow.tickets.supporters(case.number) | {case.ticket.author}
    reach = await turn.uow.residents.reach(people - {but})
    return [told(case, reach[p].address, key, photo, blanks) for p in sorted(reach)]


async def refresh(turn: Turn, case: Case, *, fresh_for_holder: bool = False) -> list[Say]:
    """Every card of the case as it should look now: group, staff groups, holder."""
    staff = {s.id: s for s in await turn.uow.staff.all()}
    says = case_cards(case, turn.community, staff, await turn.uow.groups.of("staff"))
    if address := await holder_address(turn, case, staff):
        who = await said_by(turn, case)
        says.append(holder_card(case, turn.community, staff, address, who, fresh=fresh_for_holder))
    return says


async def holder_address(turn: Turn, case: Case, staff: Mapping[int, Staff]) -> Address | None:
    """Where the holder reads us; None when nobody holds it or they cannot be written to."""
    holder = staff.get(case.ticket.holder) if case.ticket.holder else None
    return await address_of(turn, holder)


async def address_of(turn: Turn, staff: Staff | None) -> Address | None:
    if staff is None or staff.person is None:
        return None
    reach = (await turn.uow.residents.reach({staff.person})).get(staff.person)
    return reach.address if reach else None


async def dispatcher_address(turn: Turn) -> Address | None:
    return await address_of(turn, dispatcher(await turn.uow.staff.all()))


async def said_by(turn: Turn, case: Case) -> Blank:
    """Who asks, for the holder alone: a name and a door, unless the author wished otherwise."""
    if case.ticket.visibility is Visibility.ANONYMOUS:
        return Phrase("suggestions.by_nobody")
    mine = turn.person.id == case.ticket.author
    author = turn.person if mine else await turn.uow.residents.person(case.ticket.author)
    name = author.name if author else ""
    home = author.household if author else None
    return Phrase(
        "suggestions.by",
        {
            "name": name or Phrase("suggestions.no_name"),
            "door": home.door if home else Phrase("suggestions.no_door"),
        },
    )


async def submit(turn: Turn, case: Case, words: Words, holder: Staff | None) -> Case:
    """Open a case: submitted by its author and, where there is anybody, accepted at once."""
    submit_deed = Deed(Event.SUBMIT, frozenset({Part.AUTHOR}), has_words=bool(words))
    submitted = _must(step(case.ticket, submit_deed))
    history = [(submitted, happened(turn, submit_deed))]
    if holder:
        deed = Deed(Event.ACCEPT, frozenset({Part.SYSTEM}), holder=holder.id)
        accepted = with_clocks(
            _must(step(submitted, deed)), Event.ACCEPT, turn.community, now=turn.now
        )
        ours = replace(happened(turn, deed), person=None, account="")
        history.append((accepted, ours))
    opened = await turn.uow.tickets.open(case, history)
    await keep(turn, opened, words)
    return opened


def _must(outcome: Ticket | Refusal) -> Ticket:
    if isinstance(outcome, Refusal):
        raise ValueError(f"the table refuses its own first steps: {outcome}")
    return outcome
