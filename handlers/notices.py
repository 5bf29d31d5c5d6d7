"""A notice written and read as people will read it: for whom, how urgent, when."""

from dataclasses import dataclass, replace

from casework import notices as n
from domain.conversation import Action, Blank, Choice, Phrase, Say
from domain.matters import State as MatterState
from domain.notices import (
    LONGEST,
    LONGEST_WITH_PICTURE,
    MOST_CHARACTERS,
    Audience,
    Notice,
    Place,
    State,
    Urgency,
    Who,
    buildings_in,
    unit_in,
)
from domain.recurrence import rule_in
from domain.residents import COMMUNITY_LEVEL, HANDLERS, Staff
from handlers.turn import Routes, Turn

MOST_LISTED = 10
MOST_MATTERS = 5


@dataclass(frozen=True)
class WriteNotice(Action, code="nt.new"):
    """An admin has something to announce."""


@dataclass(frozen=True)
class ListNotices(Action, code="nt.list"):
    """The newest, and how far they have come."""


@dataclass(frozen=True)
class TakeText(Action, code="nt.e2"):
    """The words, and perhaps a picture; 0 begins a notice."""

    number: int


@dataclass(frozen=True)
class TakeAudience(Action, code="nt.a3"):
    """Which buildings, or which unit, in words."""

    number: int
    who: str
    place: str


@dataclass(frozen=True)
class TakeWhen(Action, code="nt.w2"):
    number: int


async def write_notice(turn: Turn, action: WriteNotice) -> list[Say]:
    """The words may come with the command."""
    if not turn.person.is_admin:
        return [turn.say("notices.only_admin")]
    if turn.words.strip() or turn.inbound.photo:
        return await take_text(turn, TakeText(0))
    return [await turn.ask("notices.ask_text", TakeText(0), most=LONGEST)]


async def list_notices(turn: Turn, action: ListNotices) -> list[Say]:
    if not turn.person.is_admin:
        return [turn.say("notices.only_admin")]
    found = await turn.uow.notices.newest(MOST_LISTED)
    if not found:
        return [turn.say("notices.none")]
    lines: list[Blank] = [
        Phrase("notices.line", {
            "number": x.number,
            "state": Phrase(f"notices.state.{x.state}"),
            "text": x.text[:20],
        }) for x in found
    ]  # fmt: skip
    opens = tuple(
        Choice(Phrase("notices.button.open", {"number": x.number}), n.ShowNotice(x.number))
        for x in found
    )
    return [turn.say("notices.list", choices=opens, lines=tuple(lines))]


async def show_notice(turn: Turn, action: n.ShowNotice) -> list[Say]:
    notice = await turn.uow.notices.get(action.number)
    if notice is None or not turn.person.is_admin:
        return [turn.say("notices.unknown" if turn.person.is_admin else "notices.only_admin")]
    return await shown(turn, notice)


async def shown(turn: Turn, notice: Notice, *, read: bool = True) -> list[Say]:
    """A draft as people will read it, with its reach; later how far it has come."""
    if notice.state is not State.DRAFT:
        counts = await turn.uow.notices.counts(notice)
        return [n.progress_card(notice, counts, turn.sender, fresh=True)]
    staff = await turn.uow.staff.all()
    preview = [n.reading(turn, notice, turn.sender, staff)] if read else []
    if notice.audience is None:
        return [*preview, await _audiences(turn, notice)]
    reach = await n.reach_of(turn, notice)
    return [*preview, n.draft_card(turn, notice, reach, turn.sender, fresh=True)]


async def _draft(turn: Turn, number: int) -> Notice | Say:
    """The admin's draft, locked, or why it is none."""
    if not turn.person.is_admin:
        return turn.say("notices.only_admin")
    notice = await turn.uow.notices.get(number, to_change=True)
    if notice is None:
        return turn.say("notices.unknown")
    return notice if notice.state is State.DRAFT else turn.say("notices.no_draft", number=number)


async def _changed(turn: Turn, notice: Notice, *, read: bool = False) -> list[Say]:
    await turn.uow.notices.save(notice, turn.now)
    return await shown(turn, notice, read=read)


# --- its words


async def ask_text(turn: Turn, action: n.AskText) -> list[Say]:
    draft = await _draft(turn, action.number)
    if isinstance(draft, Say):
        return [draft]
    return [await turn.ask("notices.ask_text", TakeText(action.number), most=LONGEST)]


async def take_text(turn: Turn, action: TakeText) -> list[Say]:
    """Words and a picture; number 0 begins a notice."""
    if not turn.person.is_admin:
        return [turn.say("notices.only_admin")]
    words = turn.words.strip()
    most = LONGEST_WITH_PICTURE if turn.inbound.photo else LONGEST
    if not 0 < len(words) <= most:
        key = "notices.too_long" if words else "notices.no_words"
        return [await turn.ask(key, action, most=most)]
    photo = await turn.photo()
    if not action.number:
        return await _changed(turn, await _begun(turn, words, photo), read=True)
    draft = await _draft(turn, action.number)
    if isinstance(draft, Say):
        return [draft]
    return await _changed(turn, replace(draft, text=words, photo=photo), read=True)


async def _begun(turn: Turn, words: str, photo: int | None) -> Notice:
    staff = turn.person.staff
    assert staff is not None  # an admin
    return Notice(await turn.uow.notices.next_number(), staff.id, words, photo)


# --- for whom


async def ask_audience(turn: Turn, action: n.AskAudience) -> list[Say]:
    draft = await _draft(turn, action.number)
    return [draft if isinstance(draft, Say) else await _audiences(turn, draft)]


async def _audiences(turn: Turn, notice: Notice) -> Say:
    number, residents, owners = notice.number, Who.RESIDENTS, Who.OWNERS
    grids = [
        Choice(names, n.PickAudience(number, residents, Place.GRID, code))
        for code, names in turn.community.grids.items()
    ]
    silent = [
        Choice(Phrase("notices.button.silent", {"number": k.number}),
               n.PickAudience(number, Who.SILENT, Place.MATTER, str(k.number)))
        for k in (await turn.uow.matters.voting(turn.now))[:MOST_MATTERS]
    ]  # fmt: skip
    choices = (
        _to(number, "buildings", residents, Place.BUILDING),
        _to(number, "unit", residents, Place.UNIT),
        *grids,
        _to(number, "everybody", residents, Place.ALL),
        _to(number, "owners_buildings", owners, Place.BUILDING),
        _to(number, "owners", owners, Place.ALL),
        *silent,
    )
    return turn.say("notices.for_whom", choices=choices, number=number)


def _to(number: int, name: str, who: Who, place: Place) -> Choice:
    return Choice(Phrase(f"notices.button.{name}"), n.PickAudience(number, who, place, ""))


async def pick_audience(turn: Turn, action: n.PickAudience) -> list[Say]:
    draft = await _draft(turn, action.number)
    if isinstance(draft, Say):
        return [draft]
    if action.place in (Place.BUILDING, Place.UNIT):
        then = TakeAudience(action.number, action.who, action.place)
        return [await turn.ask(f"notices.ask_{action.place}", then)]
    audience = await _audience(turn, action.who, action.place, action.value)
    if audience is None:
        return [await _audiences(turn, draft)]
    return await _changed(turn, replace(draft, audience=audience, in_groups=False), read=True)


async def take_audience(turn: Turn, action: TakeAudience) -> list[Say]:
    draft = await _draft(turn, action.number)
    if isinstance(draft, Say):
        return [draft]
    audience = await _audience(turn, action.who, action.place, turn.words)
    if audience is None:
        return [await turn.ask(f"notices.bad_{action.place}", action)]
    return await _changed(turn, replace(draft, audience=audience, in_groups=False), read=True)


async def _audience(turn: Turn, who: str, place: str, value: str) -> Audience | None:
    """None for a place there is not; a forged button meets the same question."""
    match who, place:
        case (("residents" | "owners"), "all"):
            return Audience(Who(who))
        case "residents", "grid" if value in turn.community.grids:
            return Audience(Who.RESIDENTS, Place.GRID, value)
        case (("residents" | "owners"), "building"):
            return await _of_buildings(turn, Who(who), value)
        case (("residents" | "owners"), "unit"):
            unit = unit_in(value)
            known = unit and await turn.uow.residents.has_unit(*unit.split("-", 1))
            return Audience(Who.RESIDENTS, Place.UNIT, unit) if unit and known else None
        case "silent", "matter" if value.isascii() and value.isdecimal():
            kept = await turn.uow.matters.get(int(value))
            is_open = kept is not None and kept.matter.state is MatterState.OPEN
            return Audience(Who.SILENT, Place.MATTER, value) if is_open else None
        case _:
            return None


async def _of_buildings(turn: Turn, who: Who, words: str) -> Audience | None:
    found = buildings_in(words)
    known = [b for b in found if await turn.uow.residents.grid_of(b) is not None]
    value = ",".join(found)
    if not found or len(known) < len(found) or len(value) > MOST_CHARACTERS:
        return None
    return Audience(who, Place.BUILDING, value)


async def set_groups(turn: Turn, action: n.SetGroups) -> list[Say]:
    draft = await _draft(turn, action.number)
    if isinstance(draft, Say):
        return [draft]
    can = draft.audience is not None and draft.audience.has_groups
    return await _changed(turn, replace(draft, in_groups=bool(action.on) and can))


# --- how urgent


async def ask_urgency(turn: Turn, action: n.AskUrgency) -> list[Say]:
    draft = await _draft(turn, action.number)
    if isinstance(draft, Say):
        return [draft]
    choices = tuple(
        Choice(Phrase(f"notices.urgency.{u}"), n.SetUrgency(draft.number, u, 0)) for u in Urgency
    )
    return [turn.say("notices.how_urgent", choices=choices)]


async def set_urgency(turn: Turn, action: n.SetUrgency) -> list[Say]:
    """An emergency goes at any hour, and names the officer who answers for it."""
    draft = await _draft(turn, action.number)
    if isinstance(draft, Say):
        return [draft]
    if action.urgency not in list(Urgency):
        return await ask_urgency(turn, n.AskUrgency(action.number))
    urgency = Urgency(action.urgency)
    if urgency is not Urgency.EMERGENCY:
        return await _changed(turn, replace(draft, urgency=urgency, officer=None), read=True)
    officers = _officers(await turn.uow.staff.all())
    if action.officer not in {s.id for s in officers}:
        choices = tuple(
            Choice(s.title, n.SetUrgency(draft.number, urgency, s.id)) for s in officers
        )
        return [turn.say("notices.which_officer", choices=choices)]
    return await _changed(turn, replace(draft, urgency=urgency, officer=action.officer), read=True)


def _officers(staff: list[Staff]) -> list[Staff]:
    return [s for s in staff if s.level == COMMUNITY_LEVEL and s.role in HANDLERS]


# --- when


async def ask_when(turn: Turn, action: n.AskWhen) -> list[Say]:
    draft = await _draft(turn, action.number)
    if isinstance(draft, Say):
        return [draft]
    return [await turn.ask("notices.ask_when", TakeWhen(action.number))]


async def take_when(turn: Turn, action: TakeWhen) -> list[Say]:
    draft = await _draft(turn, action.number)
    if isinstance(draft, Say):
        return [draft]
    rule = rule_in(turn.words, turn.now, turn.community.calendar.zone)
    if rule is None:
        return [await turn.ask("notices.bad_when", action)]
    return await _changed(turn, replace(draft, rule=rule))


ROUTES: Routes = {
    WriteNotice: write_notice,
    ListNotices: list_notices,
    n.ShowNotice: show_notice,
    n.AskText: ask_text,
    TakeText: take_text,
    n.AskAudience: ask_audience,
    n.PickAudience: pick_audience,
    TakeAudience: take_audience,
    n.SetGroups: set_groups,
    n.AskUrgency: ask_urgency,
    n.SetUrgency: set_urgency,
    n.AskWhen: ask_when,
    TakeWhen: take_when,
}
