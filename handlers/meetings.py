"""A meeting set up by an admin or a secretary: its name, when it comes, who is invited."""

from dataclasses import replace

from casework import meetings as m
from casework.meeting_actions import (
    AskChair,
    AskInvited,
    AskRule,
    AskTitle,
    ConfirmMeeting,
    EndMeeting,
    Invite,
    ListMeetings,
    NewMeeting,
    SetChair,
    ShowMeeting,
    ShowMinutes,
    ShowSitting,
    TakeRule,
    TakeTitle,
)
from casework.notices import when_phrase
from domain.conversation import Action, Blank, Choice, Phrase, Say
from domain.meetings import (
    LONGEST_TITLE,
    Course,
    Meeting,
    State,
    Step,
    look_at,
    next_sitting,
)
from domain.recurrence import rule_in
from domain.residents import COMMUNITY_LEVEL, Role, Staff
from handlers.turn import Routes, Turn

MOST_PAST = 6  # sittings before, as buttons
MOST_PLANNED = 4  # the next one, and the last ones that nobody wrote minutes of
ROLES = (Role.SECRETARY, Role.MEMBER, Role.ADMIN, Role.AUDITOR)


def sets_up(turn: Turn) -> bool:
    staff = turn.person.staff
    return staff is not None and staff.dispatches and staff.level == COMMUNITY_LEVEL


async def leads(turn: Turn, meeting: Meeting) -> bool:
    """The chair, the deputy of one who is away, and whoever may set meetings up."""
    staff = turn.person.staff
    if sets_up(turn) or staff is None:
        return staff is not None
    there = m.chair_of(turn, meeting, await turn.uow.staff.all())
    return staff.id == meeting.chair or (there is not None and there.id == staff.id)


async def may_read(turn: Turn, meeting: Meeting) -> bool:
    staff = turn.person.staff
    invited = staff is not None and meeting.invites(staff)
    return invited or await leads(turn, meeting)


async def list_meetings(turn: Turn, action: ListMeetings) -> list[Say]:
    if turn.person.staff is None:
        return [turn.say("meetings.only_staff")]
    found = [x for x in await turn.uow.meetings.active() if await may_read(turn, x)]
    opens = [Choice(x.title, ShowMeeting(x.number)) for x in found]
    if sets_up(turn):
        opens.append(_button("new", NewMeeting()))
    lines: list[Blank] = [
        Phrase("meetings.list_line", {"title": x.title, "when": when_phrase(x.rule)}) for x in found
    ]
    if not lines:
        return [turn.say("meetings.none", choices=tuple(opens))]
    return [turn.say("meetings.list", choices=tuple(opens), lines=tuple(lines))]


def _button(name: str, action: Action) -> Choice:
    return Choice(Phrase(f"meetings.button.{name}"), action)


async def show_meeting(turn: Turn, action: ShowMeeting) -> list[Say]:
    meeting = await turn.uow.meetings.get(action.number)
    if meeting is None or not await may_read(turn, meeting):
        return [turn.say("meetings.unknown")]
    return await shown(turn, meeting)


async def shown(turn: Turn, meeting: Meeting) -> list[Say]:
    """What is set, and one button for each thing that can be done about it."""
    staff = await turn.uow.staff.all()
    titles = {s.id: s.title for s in staff}
    guests = m.come(turn, meeting, staff)
    blanks: dict[str, Blank] = {
        "title": meeting.title,
        "state": Phrase(f"meetings.state.{meeting.state}"),
        "when": when_phrase(meeting.rule) if meeting.rule else "—",
        "chair": titles.get(meeting.chair, "—"),
        "invited": tuple(_names(turn, meeting)) or "—",
        "count": len(guests),
        "following": await _following(turn, meeting),
    }
    choices = await _choices(turn, meeting)
    return [turn.say("meetings.card", choices=tuple(choices), **blanks)]


async def _following(turn: Turn, meeting: Meeting) -> Blank:
    planned = await turn.uow.meetings.planned(meeting.number)
    ahead = [s.starts_at for s in planned if s.starts_at > turn.now]
    if ahead:
        return m.next_phrase(ahead[0], ())
    if meeting.state is not State.DRAFT or not meeting.rule:
        return Phrase("meetings.no_next")
    starts, skipped = next_sitting(meeting.rule, turn.now, turn.community.calendar)
    return m.next_phrase(starts, skipped) if starts else Phrase("meetings.no_next")


async def _choices(turn: Turn, meeting: Meeting) -> list[Choice]:
    number = meeting.number
    planned = await turn.uow.meetings.planned(number)
    past = await turn.uow.meetings.past(number, MOST_PAST)
    choices = [
        Choice(Phrase("meetings.button.sitting", {"starts": s.starts_at}), ShowSitting(s.number))
        for s in planned[-MOST_PLANNED:]
    ]
    choices += [
        Choice(Phrase("meetings.button.past", {"starts": s.starts_at}), ShowMinutes(s.number, 0))
        for s in past
    ]
    if not sets_up(turn) or meeting.state is State.ENDED:
        return choices
    draft = meeting.state is State.DRAFT
    first = [_button("confirm", ConfirmMeeting(number))] if draft else []
    return [
        *first,
        *choices,
        _button("title", AskTitle(number)),
        _button("rule", AskRule(number)),
        _button("invited", AskInvited(number)),
        _button("chair", AskChair(number)),
        _button("end", EndMeeting(number, 0)),
    ]


def _names(turn: Turn, meeting: Meeting) -> list[Blank]:
    return [_name(turn, *who.partition(":")[::2]) for who in meeting.invited]


def _name(turn: Turn, kind: str, value: str) -> Blank:
    match kind:
        case "role":
            return Phrase(f"role.{value}")
        case "duty":
            of = [c.name for c in turn.community.categories if c.who == value]
            return Phrase("meetings.who.duty", {"duty": of[0] if of else value})
        case "org":
            return value
        case _:
            return Phrase("meetings.who.all")


# --- set up


async def _to_set(turn: Turn, number: int) -> Meeting | Say:
    """The meeting, locked, if this person may change it and it goes on."""
    if not sets_up(turn):
        return turn.say("meetings.only_dispatchers")
    meeting = await turn.uow.meetings.get(number, to_change=True)
    if meeting is None or meeting.state is State.ENDED:
        return turn.say("meetings.unknown")
    return meeting


async def _changed(turn: Turn, meeting: Meeting) -> list[Say]:
    """What a draft still lacks is asked for, one thing after the other."""
    await turn.uow.meetings.save(meeting, turn.now)
    if not meeting.rule:
        return [await turn.ask_alone("meetings.ask_rule", TakeRule(meeting.number))]
    if not meeting.invited:
        return await ask_invited(turn, AskInvited(meeting.number))
    return await shown(turn, meeting)


async def new_meeting(turn: Turn, action: NewMeeting) -> list[Say]:
    if not sets_up(turn):
        return [turn.say("meetings.only_dispatchers")]
    return [await turn.ask_alone("meetings.ask_title", TakeTitle(0))]


async def ask_title(turn: Turn, action: AskTitle) -> list[Say]:
    meeting = await _to_set(turn, action.number)
    if isinstance(meeting, Say):
        return [meeting]
    return [await turn.ask_alone("meetings.ask_title", TakeTitle(meeting.number))]


async def take_title(turn: Turn, action: TakeTitle) -> list[Say]:
    """0 begins a meeting, of which the one who sets it up is the chair for now."""
    title = " ".join(turn.words.split())
    staff = turn.person.staff
    if not sets_up(turn) or staff is None:
        return [turn.say("meetings.only_dispatchers")]
    if not 0 < len(title) <= LONGEST_TITLE:
        return [await turn.ask_alone("meetings.ask_title", action)]
    if not action.number:
        number = await turn.uow.meetings.next_number()
        return await _changed(turn, Meeting(number, title, "", staff.id))
    meeting = await _to_set(turn, action.number)
    return [meeting] if isinstance(meeting, Say) else await _changed(
        turn, replace(meeting, title=title)
    )  # fmt: skip


async def ask_rule(turn: Turn, action: AskRule) -> list[Say]:
    meeting = await _to_set(turn, action.number)
    if isinstance(meeting, Say):
        return [meeting]
    return [await turn.ask_alone("meetings.ask_rule", TakeRule(meeting.number))]


async def take_rule(turn: Turn, action: TakeRule) -> list[Say]:
    """A sitting that nobody was invited to yet moves with the rule; one they were stays."""
    meeting = await _to_set(turn, action.number)
    if isinstance(meeting, Say):
        return [meeting]
    rule = rule_in(turn.words, turn.now, turn.community.calendar.zone)
    starts, _ = next_sitting(rule, turn.now, turn.community.calendar) if rule else (None, ())
    if not rule or starts is None:
        return [await turn.ask_alone("meetings.bad_rule", action)]
    for sitting in await turn.uow.meetings.planned(meeting.number):
        if sitting.starts_at > turn.now and sitting.step < Step.INVITED:
            due = look_at(starts, Step.NOTHING, turn.community.calendar, turn.now)
            moved = replace(sitting, starts_at=starts, planned_at=starts, next_at=due)
            await turn.uow.meetings.save_sitting(replace(moved, step=Step.NOTHING))
    return await _changed(turn, replace(meeting, rule=rule))


async def ask_invited(turn: Turn, action: AskInvited) -> list[Say]:
    meeting = await _to_set(turn, action.number)
    return [meeting if isinstance(meeting, Say) else await _invited(turn, meeting)]


async def _invited(turn: Turn, meeting: Meeting) -> Say:
    """Each who can be invited, with a mark where they are; pressed again they are not."""
    choices = [
        Choice(
            Phrase(f"meetings.who.{'on' if who in meeting.invited else 'off'}",
                   {"name": _name(turn, *who.partition(":")[::2])}),
            Invite(meeting.number, kind, value),
        )
        for who, kind, value in await _guests(turn)
    ]  # fmt: skip
    if meeting.invited:
        choices.append(_button("done", ShowMeeting(meeting.number)))
    say = turn.say("meetings.ask_invited", choices=tuple(choices), title=meeting.title)
    return replace(say, card=f"invited:{meeting.number}")


async def _guests(turn: Turn) -> list[tuple[str, str, str]]:
    """What is kept, and what a button carries: an organisation by one of its people."""
    staff = await turn.uow.staff.all()
    roles = [r for r in ROLES if any(s.role is r and not s.organisation for s in staff)]
    duties = dict.fromkeys(c.who for c in turn.community.categories)
    organisations: dict[str, Staff] = {}
    for s in staff:
        if s.organisation:
            organisations.setdefault(s.organisation, s)
    return [
        ("all", "all", ""),
        *((f"role:{r}", "role", str(r)) for r in roles),
        *((f"duty:{d}", "duty", d) for d in duties),
        *((f"org:{name}", "org", str(s.id)) for name, s in organisations.items()),
    ]


async def invite(turn: Turn, action: Invite) -> list[Say]:
    meeting = await _to_set(turn, action.number)
    if isinstance(meeting, Say):
        return [meeting]
    meant = (action.sort, action.guest)
    who = next((w for w, kind, value in await _guests(turn) if (kind, value) == meant), None)
    if who is not None:
        kept = tuple(w for w in meeting.invited if w != who)
        added = kept if who in meeting.invited else (*kept, who)
        meeting = replace(meeting, invited=added)
        await turn.uow.meetings.save(meeting, turn.now)
    return [await _invited(turn, meeting)]


async def ask_chair(turn: Turn, action: AskChair) -> list[Say]:
    meeting = await _to_set(turn, action.number)
    if isinstance(meeting, Say):
        return [meeting]
    able = [s for s in await turn.uow.staff.all() if _can_chair(s)]
    choices = tuple(Choice(s.title, SetChair(meeting.number, s.id)) for s in able)
    return [turn.say("meetings.ask_chair", choices=choices)]


def _can_chair(staff: Staff) -> bool:
    """Of the community itself, and joined: minutes are written here."""
    return staff.can_be_told and staff.level == COMMUNITY_LEVEL and not staff.organisation


async def set_chair(turn: Turn, action: SetChair) -> list[Say]:
    meeting = await _to_set(turn, action.number)
    if isinstance(meeting, Say):
        return [meeting]
    if not any(s.id == action.staff and _can_chair(s) for s in await turn.uow.staff.all()):
        return await ask_chair(turn, AskChair(meeting.number))
    return await _changed(turn, replace(meeting, chair=action.staff))


async def confirm_meeting(turn: Turn, action: ConfirmMeeting) -> list[Say]:
    meeting = await _to_set(turn, action.number)
    if isinstance(meeting, Say):
        return [meeting]
    if not meeting.is_complete:
        return await _changed(turn, meeting)
    active = replace(meeting, state=State.ACTIVE)
    await turn.uow.meetings.save(active, turn.now)
    following = await m.plan_next(turn, active)
    done = turn.say("meetings.confirmed", title=active.title, following=following)
    return [done, *await shown(turn, active)]


async def end_meeting(turn: Turn, action: EndMeeting) -> list[Say]:
    """Those who were invited to a sitting already hear that it is off."""
    meeting = await _to_set(turn, action.number)
    if isinstance(meeting, Say):
        return [meeting]
    if not action.sure:
        sure = (_button("end_sure", EndMeeting(meeting.number, 1)),)
        return [turn.say("meetings.end_sure", choices=sure, title=meeting.title)]
    says: list[Say] = []
    for sitting in await turn.uow.meetings.planned(meeting.number):
        off = replace(sitting, course=Course.CANCELLED, next_at=None)
        await turn.uow.meetings.save_sitting(off)
        if sitting.step is Step.INVITED and sitting.starts_at > turn.now:
            says += await m.to_invited(turn, meeting, m.cancelled(turn.sender, meeting, sitting))
    await turn.uow.meetings.save(replace(meeting, state=State.ENDED), turn.now)
    return [turn.say("meetings.ended", title=meeting.title), *says]


ROUTES: Routes = {
    ListMeetings: list_meetings,
    ShowMeeting: show_meeting,
    NewMeeting: new_meeting,
    AskTitle: ask_title,
    TakeTitle: take_title,
    AskRule: ask_rule,
    TakeRule: take_rule,
    AskInvited: ask_invited,
    Invite: invite,
    AskChair: ask_chair,
    SetChair: set_chair,
    ConfirmMeeting: confirm_meeting,
    EndMeeting: end_meeting,
}
