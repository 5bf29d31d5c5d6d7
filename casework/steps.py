"""One step of one case: checked against the table, written as an event, told to those it concerns.

Every feature that moves a case does it through ``do``; nothing else writes a case's state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from casework.scene import Scene, System
from casework.views import case_cards, holder_card, send_on_choices, summary, told
from domain.clocks import Kind, Stamp, budgets_of, stamp_of
from domain.conversation import Address, Blank, Choice, Phrase, Say
from domain.deadlines import day_and_night, with_deadlines
from domain.residents import Person, Staff, candidates, choose_holder, dispatcher
from domain.tickets import Deed, Event, Level, Part, Refusal, State, Ticket, Visibility, step
from storage.groups import Group
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


def parts(scene: Scene, ticket: Ticket) -> frozenset[Part]:
    """The parts the person plays in this case, read from who they are and never from a button."""
    if scene.person is None:
        return frozenset({Part.SYSTEM})
    staff = scene.person.staff
    plays = {
        Part.AUTHOR: scene.person.id == ticket.author,
        Part.HOLDER: staff is not None and staff.id == ticket.holder,
        Part.DISPATCHER: staff is not None and staff.dispatches,
    }
    return frozenset(part for part, played in plays.items() if played)


async def concerns(scene: Scene, case: Case) -> bool:
    """Whether the person has a part in the case or was asked to co-operate on it."""
    staff = scene.person.staff if scene.person else None
    helps = staff is not None and await scene.uow.subtasks.works_on(case.number, staff.id)
    return helps or bool(parts(scene, case.ticket))


async def do(
    scene: Scene,
    case: Case,
    event: Event,
    *,
    words: Words = NO_WORDS,
    reason: str = "",
    holder: Staff | None = None,
    also: frozenset[Part] = frozenset(),
    noted: int | None = None,
    budgets: Mapping[str, str] | None = None,
    resolve_by: datetime | None = None,
    parent: int | None = None,
    back_to: State | None = None,
) -> Case | Refusal:
    """Take one step, or say why not. The caller says what is to be said.

    ``also``: parts the caller has made sure of, such as a supporter's. ``noted``: words that
    were kept before. ``budgets``: allowances of clocks that start with this step.
    ``resolve_by``: what an extension is granted to.
    """
    mine = parts(scene, case.ticket) | also
    has_words = bool(words) or noted is not None
    open_shares = await scene.uow.subtasks.unfinished(case.number) if event is Event.RESOLVE else 0
    to, level = (holder.id, Level(holder.level)) if holder else (None, Level.DEPARTMENT)
    before = await scene.uow.tickets.stamps(case.number)
    danger = day_and_night(before) and not just_said(scene, case.ticket)
    deed = Deed(event, mine, reason, has_words, to, parent, back_to, open_shares, danger, level)
    after = step(case.ticket, deed)
    if isinstance(after, Refusal):
        return after
    fell = after.level if after.level < case.ticket.level else None
    more = _for_clocks(budgets, resolve_by, fell)
    stamps = [*before, stamp_of(event, scene.now, more)]
    after = with_deadlines(after, stamps, scene.community, now=scene.now)
    note = await keep(scene, case, words) if words else noted
    event_row = happened(scene, deed, note)
    event_row = replace(event_row, data={**(event_row.data or {}), **more})
    return await scene.uow.tickets.save(case, after, event_row)


def just_said(scene: Scene, ticket: Ticket) -> bool:
    """Whether the author may still take it back as if it had not been said."""
    undo = scene.community.deadlines.undo
    said = ticket.opened_at
    return said is not None and scene.now <= scene.community.calendar.due(said, undo)


def _for_clocks(
    budgets: Mapping[str, str] | None, by: datetime | None, fell: Level | None
) -> dict[str, Any]:
    """What an event tells the clocks, as it is written."""
    told = {
        "budgets": dict(budgets) if budgets else None,
        "resolve_by": by.isoformat() if by else None,
        "level": fell,
    }
    return {name: value for name, value in told.items() if value}


async def remark(
    scene: Scene, case: Case, event: Event, data: dict[str, Any], note: int | None = None
) -> Case:
    """Write down what happened to a case without moving it; its deadlines may change by it.

    The table knows nothing of remarks: who may make one is the caller's to check.
    """
    stamps = [
        *await scene.uow.tickets.stamps(case.number),
        stamp_of(event, scene.now, data),
    ]
    after = with_deadlines(case.ticket, stamps, scene.community, now=scene.now)
    person = scene.person.id if scene.person else None
    row = Happened(event, scene.now, person, scene.account, data, note)
    return await scene.uow.tickets.save(case, after, row)


async def route_waiting(scene: Scene) -> list[Say]:
    """Send cases that found nobody on to whoever can be told by now."""
    linli = System(scene.community, scene.now, scene.uow)
    staff = await scene.uow.staff.all()
    says: list[Say] = []
    for case in await scene.uow.tickets.in_state(State.SUBMITTED, MOST_ROUTED):
        if holder := await holder_for(scene, staff, case.ticket.category, case.ticket.grid):
            routed = await do(linli, case, Event.ACCEPT, holder=holder)
            if isinstance(routed, Case):
                says += await refresh(linli, routed, fresh_for_holder=True)
    return says


async def grid_of(scene: Scene, group: Group | None, person: Person | None) -> str | None:
    """The grid that something said in this group belongs to, else that of the person's home."""
    if group and group.scope == "grid":
        return group.value
    if group and group.scope == "building":
        return await scene.uow.residents.grid_of(group.value)
    return person.household.grid if person and person.household else None


async def holder_for(
    scene: Scene, staff: list[Staff], category: str, grid: str | None
) -> Staff | None:
    """Who gets a case of this category from this grid now. One question more where several may."""
    duty = scene.community.category(category).who
    fitting = {s.id for s in candidates(staff, duty, grid)}
    load = await scene.uow.tickets.load(fitting) if len(fitting) > 1 else {}
    return choose_holder(staff, duty, grid, load, scene.now)


def happened(scene: Scene, deed: Deed, note: int | None = None) -> Happened:
    data = {
        "reason": deed.reason,
        "holder": deed.holder,
        "has_words": deed.has_words,
        "parent": deed.parent,
    }
    return Happened(
        deed.event,
        scene.now,
        scene.person.id if scene.person else None,
        scene.account,
        {name: value for name, value in data.items() if value},
        note,
    )


async def keep(scene: Scene, case: Case, words: Words) -> int:
    """Keep somebody's words. Linli itself has none, so a scene without a person is a mistake."""
    if scene.person is None:
        raise ValueError("words without anybody who said them")
    said = (words.kind, words.text, words.photo)
    return await scene.uow.tickets.note(case, scene.person.id, *said, scene.now)


async def followers(
    scene: Scene,
    case: Case,
    key: str,
    blanks: dict[str, Blank],
    *,
    but: int | None = None,
    photo: int | None = None,
    choices: tuple[Choice, ...] = (),
) -> list[Say]:
    """The same news to the author and every supporter, each where they read us."""
    people = await scene.uow.tickets.supporters(case.number) | {case.ticket.author}
    reach = await scene.uow.residents.reach(people - {but})
    return [told(case, reach[p].address, key, photo, blanks, choices) for p in sorted(reach)]


async def refresh(scene: Scene, case: Case, *, fresh_for_holder: bool = False) -> list[Say]:
    """Every card of the case as it should look now: group, staff groups, holder."""
    staff = {s.id: s for s in await scene.uow.staff.all()}
    says = case_cards(case, scene.community, staff, await scene.uow.groups.of("staff"))
    if address := await holder_address(scene, case, staff):
        who = await said_by(scene, case)
        says.append(holder_card(case, scene.community, staff, address, who, fresh=fresh_for_holder))
    elif fresh_for_holder:
        says += await _to_dispatcher(scene, case, staff)
    return says


async def _to_dispatcher(scene: Scene, case: Case, staff: Mapping[int, Staff]) -> list[Say]:
    """Whoever blocked us hears of no case: the dispatcher does at once, who can call them."""
    to = await dispatcher_address(scene)
    holder = staff.get(case.ticket.holder) if case.ticket.holder else None
    if to is None or holder is None:
        return []
    blanks: dict[str, Blank] = {
        "number": case.number,
        "holder": holder.title,
        "summary": summary(case),
    }
    choices = send_on_choices(case.ticket)
    return [Say(to, "dispatching.holder_unreachable", blanks, choices)]


async def holder_address(scene: Scene, case: Case, staff: Mapping[int, Staff]) -> Address | None:
    """Where the holder reads us; None when nobody holds it or they cannot be written to."""
    holder = staff.get(case.ticket.holder) if case.ticket.holder else None
    return await address_of(scene, holder)


async def address_of(scene: Scene, staff: Staff | None) -> Address | None:
    if staff is None or staff.person is None:
        return None
    reach = (await scene.uow.residents.reach({staff.person})).get(staff.person)
    return reach.address if reach else None


async def dispatcher_address(scene: Scene) -> Address | None:
    return await address_of(scene, dispatcher(await scene.uow.staff.all(), scene.now))


def clock_name(kind: Kind) -> Phrase:
    """What a clock waits for, in words."""
    return Phrase(f"clock.{kind}")


async def said_by(scene: Scene, case: Case) -> Blank:
    """Who asks, for the holder alone: a name and a door, unless the author wished otherwise."""
    if case.ticket.visibility is Visibility.ANONYMOUS:
        return Phrase("suggestions.by_nobody")
    author = scene.person
    if author is None or author.id != case.ticket.author:
        author = await scene.uow.residents.person(case.ticket.author)
    name = author.name if author else ""
    home = author.household if author else None
    return Phrase(
        "suggestions.by",
        {
            "name": name or Phrase("suggestions.no_name"),
            "door": home.door if home else Phrase("suggestions.no_door"),
        },
    )


async def submit(
    scene: Scene,
    case: Case,
    words: Words,
    holder: Staff | None,
    budgets: Mapping[str, str] | None = None,
) -> Case:
    """Open a case: submitted for its author and, where there is anybody, accepted at once.

    The words are the author's also where a member submits it, whom the event names.
    ``budgets``: other allowances than those of its category.
    """
    if budgets is None:
        emergency = scene.community.is_emergency(words.text)
        budgets = scene.community.budgets(case.ticket.category, emergency=emergency)
    deed = Deed(Event.SUBMIT, frozenset({Part.AUTHOR}), has_words=bool(words))
    submitted = happened(scene, deed)
    submitted = replace(submitted, data={**(submitted.data or {}), "budgets": budgets})
    deeds = [(deed, submitted)]
    if holder:
        linli = System(scene.community, scene.now, scene.uow)
        accept = Deed(Event.ACCEPT, parts(linli, case.ticket), holder=holder.id)
        deeds.append((accept, happened(linli, accept)))
    opened = await scene.uow.tickets.open(case, _history(scene, case.ticket, deeds))
    said = (words.kind, words.text, words.photo)
    await scene.uow.tickets.note(opened, case.ticket.author, *said, scene.now)
    return opened


def _history(
    scene: Scene, ticket: Ticket, deeds: list[tuple[Deed, Happened]]
) -> list[tuple[Ticket, Happened]]:
    """Each first event with the case as it stood after it; its deadlines after the last one."""
    history = []
    for deed, event in deeds:
        ticket = _must(step(ticket, deed))
        history.append((ticket, event))
    stamps = [Stamp(e.event, e.at, budgets_of(e.data or {})) for _, e in deeds]
    ticket = with_deadlines(ticket, stamps, scene.community, now=scene.now)
    return [*history[:-1], (ticket, event)]


def _must(outcome: Ticket | Refusal) -> Ticket:
    if isinstance(outcome, Refusal):
        raise ValueError(f"the table refuses its own first steps: {outcome}")
    return outcome
