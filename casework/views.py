"""How a case looks to those who see it: the group, its followers, the one who holds it.

Nothing here names a resident or a door: a group may see every one of these cards.
"""

from collections.abc import Callable, Mapping

from casework.actions import (
    Advise,
    AskResident,
    EndHold,
    Escalate,
    Finish,
    GetHelp,
    HandBack,
    KeepHolder,
    Progress,
    RequestExtension,
    RequestHold,
    SendOn,
    Sign,
    Support,
    Undo,
)
from casework.joint_actions import Cooperate
from domain.community import Community
from domain.conversation import Action, Address, Blank, Choice, Names, Phrase, Say
from domain.residents import Staff
from domain.subtasks import LEADS
from domain.tickets import Event, Part, State, Ticket, Visibility, possible
from storage.groups import Group
from storage.tickets import Case

HOLDER_BUTTONS: tuple[tuple[Event, str, Callable[[int], Action]], ...] = (
    (Event.SIGN, "tickets.button.sign", Sign),
    (Event.RESOLVE, "tickets.button.finish", Finish),
    (Event.ASK_RESIDENT, "tickets.button.ask", AskResident),
    (Event.REQUEST_RETURN, "tickets.button.return", HandBack),
    (Event.HOLD_ENDS, "hold.button.end", EndHold),
    (Event.ESCALATE, "organisations.button.escalate", Escalate),
)
CAN_GET_HELP = frozenset({State.DISPATCHED, State.IN_PROGRESS, State.WAITING_RESIDENT})
SENDS_ON = frozenset({Event.REASSIGN, Event.APPROVE_RETURN})
ONLY_A_PHOTO = Phrase("suggestions.only_a_photo")
GONE = frozenset({State.WITHDRAWN, State.MERGED, State.REJECTED})


def state_line(ticket: Ticket, staff: Mapping[int, Staff]) -> Phrase:
    """Where the case stands and who has it, by when."""
    holder = staff.get(ticket.holder) if ticket.holder else None
    blanks: dict[str, Blank] = {"holder": holder.title if holder else Phrase("state.nobody")}
    if ticket.parent:
        blanks["parent"] = ticket.parent
    if ticket.due_at:
        blanks["due"] = ticket.due_at
    dated = "due" in blanks or ticket.state not in (State.DISPATCHED, State.IN_PROGRESS)
    return Phrase(f"state.{ticket.state}" + ("" if dated else "_undated"), blanks)


def about(case: Case) -> Blank:
    """What it is about in one line: words, a picture alone, or what its author had forgotten."""
    if case.summary:
        return case.summary
    return Phrase("suggestions.forgotten") if case.photo is None else ONLY_A_PHOTO


def spoken(words: str) -> Blank:
    """What came with a step; there the table takes a picture for words."""
    return words or ONLY_A_PHOTO


def summary(case: Case) -> Blank:
    """What it is about, and where."""
    if not case.place:
        return about(case)
    return (about(case), Phrase("suggestions.place", {"place": case.place}))


def category_name(case: Case, community: Community) -> Names:
    return community.category(case.ticket.category).name


def case_blanks(case: Case, community: Community, staff: Mapping[int, Staff]) -> dict[str, Blank]:
    return {
        "number": case.number,
        "category": category_name(case, community),
        "summary": summary(case),
        "state": state_line(case.ticket, staff),
        "supporters": case.ticket.supporters,
    }


def follow_choices(case: Case) -> tuple[Choice, ...]:
    progress = Choice(Phrase("suggestions.button.progress"), Progress(case.number))
    if not case.ticket.is_open:
        return (progress,)
    return (Choice(Phrase("suggestions.button.support"), Support(case.number)), progress)


def holder_choices(ticket: Ticket, staff: Mapping[int, Staff]) -> tuple[Choice, ...]:
    """The steps the table has for the holder now, as buttons; up only where somebody is."""
    can = possible(ticket, {Part.HOLDER})
    if not any(s.can_be_told and s.level == ticket.level + 1 for s in staff.values()):
        can -= {Event.ESCALATE}
    steps = [
        Choice(Phrase(key), button(ticket.number)) for e, key, button in HOLDER_BUTTONS if e in can
    ]
    if ticket.state in LEADS:
        steps.append(Choice(Phrase("subtasks.button.ask"), Cooperate(ticket.number)))
    if ticket.state in CAN_GET_HELP:
        steps.append(Choice(Phrase("tickets.button.help"), GetHelp(ticket.number)))
    if ticket.state is State.IN_PROGRESS:
        steps.append(Choice(Phrase("hold.button.request"), RequestHold(ticket.number)))
        steps.append(Choice(Phrase("extend.button.request"), RequestExtension(ticket.number)))
    return tuple(steps)


def group_card(case: Case, community: Community, staff: Mapping[int, Staff]) -> Say | None:
    """The one card a group has of a case, to be edited in place as things move."""
    if case.group is None or case.ticket.visibility is Visibility.COMMITTEE:
        return None
    key = "suggestions.card_gone" if case.ticket.state in GONE else "suggestions.card"
    choices = () if case.ticket.state in GONE else follow_choices(case)
    blanks = case_blanks(case, community, staff)
    return Say(case.group, key, blanks, choices, card=f"case:{case.number}")


def staff_card(case: Case, community: Community, staff: Mapping[int, Staff], to: Address) -> Say:
    """The case in a staff group: the holder's buttons, and nobody's name but the holder's."""
    blanks = case_blanks(case, community, staff)
    choices = holder_choices(case.ticket, staff)
    return Say(to, "tickets.staff_card", blanks, choices, card=f"work:{case.number}")


def case_cards(
    case: Case, community: Community, staff: Mapping[int, Staff], groups: list[Group]
) -> list[Say]:
    card = group_card(case, community, staff)
    others = [staff_card(case, community, staff, g.address) for g in groups]
    return [card, *others] if card else others


def holder_card(
    case: Case,
    community: Community,
    staff: Mapping[int, Staff],
    to: Address,
    who: Blank,
    *,
    fresh: bool = False,
) -> Say:
    """The case as its holder has it in the private chat, with what can be done now."""
    blanks = case_blanks(case, community, staff) | {"who": who}
    return Say(
        to,
        "tickets.card",
        blanks,
        holder_choices(case.ticket, staff),
        card=f"work:{case.number}",
        fresh=fresh,
        photo=case.photo if fresh else None,
    )


def dispatch_choices(case: Case) -> tuple[Choice, ...]:
    """What the dispatcher can do about a return."""
    return (
        Choice(Phrase("tickets.button.send_on"), SendOn(case.number)),
        Choice(Phrase("dispatching.button.keep"), KeepHolder(case.number)),
    )


def help_choices(case: Case) -> tuple[Choice, ...]:
    """What the dispatcher can do for a holder who asks for help."""
    advise = Choice(Phrase("dispatching.button.advise"), Advise(case.number))
    return (advise, *send_on_choices(case.ticket))


def send_on_choices(ticket: Ticket) -> tuple[Choice, ...]:
    """For the dispatcher, where the table lets the case go to somebody else now."""
    if not can_be_sent_on(ticket):
        return ()
    return (Choice(Phrase("tickets.button.send_on"), SendOn(ticket.number)),)


def can_be_sent_on(ticket: Ticket) -> bool:
    return bool(SENDS_ON & possible(ticket, {Part.DISPATCHER}))


def confirmation_choices(case: Case) -> tuple[Choice, ...]:
    return (
        Choice(Phrase("suggestions.button.progress"), Progress(case.number)),
        Choice(Phrase("suggestions.button.undo"), Undo(case.number)),
    )


def told(
    case: Case,
    to: Address,
    key: str,
    photo: int | None,
    blanks: dict[str, Blank],
    more: tuple[Choice, ...] = (),
) -> Say:
    """News of a case for one who follows it or works on it."""
    choices = (*more, Choice(Phrase("suggestions.button.progress"), Progress(case.number)))
    common: dict[str, Blank] = {"number": case.number, "summary": summary(case)}
    return Say(to, key, common | blanks, choices, photo=photo)
