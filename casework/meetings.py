"""Meetings: who is told, what waits for the next sitting, when that is, and how it looks.

Only staff read any of this. What a resident said to the committee alone is named by its number.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from casework import matters, steps
from casework.health_views import in_place, name_of, state_phrase
from casework.matter_views import stage_line
from casework.meeting_actions import (
    AddPoint,
    AskWhich,
    CancelSitting,
    MoveSitting,
    ShowMeeting,
    ShowMinutes,
    ShowSitting,
    WriteMinutes,
)
from casework.scene import Scene
from casework.views import about, state_line
from domain import health
from domain.budget import Topic
from domain.conversation import Action, Address, Blank, Choice, Phrase, Say
from domain.health import Look
from domain.meetings import (
    MOST_OF_A_KIND,
    Agenda,
    Course,
    Kind,
    Meeting,
    Point,
    Sitting,
    State,
    Step,
    look_at,
    next_sitting,
    proposed,
    shown,
)
from domain.residents import Staff, at_work
from domain.tickets import Visibility
from storage.groups import Group
from storage.meetings import Line
from storage.tickets import Case

MOST_LOOKED_AT = 4 * MOST_OF_A_KIND  # of each kind: some of them stand on the agenda already
LINES_A_PAGE = 15
SILENT = frozenset({health.State.DORMANT, health.State.ZOMBIE, health.State.ARCHIVE_CANDIDATE})


# --- who is told


def chair_of(scene: Scene, meeting: Meeting, staff: list[Staff]) -> Staff | None:
    """Who takes the chair now: the chair, or the deputy while away."""
    chair = next((s for s in staff if s.id == meeting.chair), None)
    return at_work(chair, staff, scene.now) if chair else None


async def chair_places(scene: Scene, meeting: Meeting) -> list[Address]:
    """Where the chair reads us, or the deputy while away; else whoever dispatches."""
    there = chair_of(scene, meeting, await scene.uow.staff.all())
    places = await matters.staff_addresses(scene, there.id if there else None)
    if places:
        return places
    other = await steps.dispatcher_address(scene)
    return [other] if other else []


def come(scene: Scene, meeting: Meeting, staff: list[Staff]) -> list[Staff]:
    """Those invited; for somebody who is away the deputy."""
    found = (at_work(s, staff, scene.now) or s for s in staff if meeting.invites(s))
    return list(dict.fromkeys(found))


async def invited_places(scene: Scene, meeting: Meeting) -> list[Address]:
    staff = await scene.uow.staff.all()
    return await matters.staff_addresses(scene, *(s.id for s in come(scene, meeting, staff)))


async def to_invited(
    scene: Scene, meeting: Meeting, say: Say, until: datetime | None = None
) -> list[Say]:
    """The same to everybody invited, as a duty of theirs."""
    places = await invited_places(scene, meeting)
    return [replace(say, to=to, topic=Topic.DUTY, until=until) for to in places]


# --- when


async def plan_next(scene: Scene, meeting: Meeting) -> Phrase:
    """Make sure that another sitting is planned where the meeting goes on; say when it is.

    The meeting is locked meanwhile: two processes plan one.
    """
    kept = await scene.uow.meetings.get(meeting.number, to_change=True)
    if kept is None or kept.state is not State.ACTIVE:
        return Phrase("meetings.no_next")
    planned = await scene.uow.meetings.planned(meeting.number)
    ahead = [s.starts_at for s in planned if s.starts_at > scene.now]
    if ahead:
        return next_phrase(ahead[0], ())
    last = await scene.uow.meetings.last_planned(meeting.number)
    after = max(scene.now, last or scene.now)
    calendar = scene.community.calendar
    starts, skipped = next_sitting(kept.rule, after, calendar)
    if starts is None:
        return Phrase("meetings.no_next")
    due = look_at(starts, Step.NOTHING, calendar, scene.now)
    await scene.uow.meetings.plan(meeting.number, starts, due)
    return next_phrase(starts, skipped)


def next_phrase(starts: datetime, skipped: tuple[date, ...]) -> Phrase:
    if skipped:
        return Phrase("meetings.next_skips", {"starts": starts, "days": skipped})
    return Phrase("meetings.next", {"starts": starts})


# --- the agenda


async def propose(scene: Scene, sitting: Sitting) -> Agenda:
    """What was promised before, what is late or goes round, and what stands still."""
    uow, now = scene.uow, scene.now
    up = await uow.tickets.gone_up(now, MOST_LOOKED_AT)
    late = await uow.tickets.late(now, MOST_LOOKED_AT)
    round_about = await uow.tickets.sent_about(now, MOST_LOOKED_AT)
    still = [k for k in await uow.matters.all_open() if k.matter.due_at and k.matter.due_at < now]
    found: dict[Kind, Iterable[int]] = {
        Kind.ACTION: await uow.meetings.open_items(sitting.meeting),
        Kind.LATE: [c.number for c in late],
        Kind.UP: [c.number for c in up],
        Kind.SENT_ABOUT: [c.number for c in round_about],
        Kind.STILL: sorted(k.number for k in still),
        Kind.GROUP: [number for number, g, look in await _groups(scene) if _is_silent(g, look)],
    }
    return proposed(found, sitting.agenda)


async def _groups(scene: Scene) -> list[tuple[int, Group, Look]]:
    """Groups as they were last counted, with the numbers of their digests; by place, unranked."""
    digests = {d.group: d.number for d in await scene.uow.digest.all()}
    found: list[tuple[int, Group, Look]] = []
    for group in in_place(await scene.uow.groups.all(), scene.community):
        looks = await scene.uow.health.looks(group.address, 1)
        if looks and group.archived_at is None and group.address in digests:
            found.append((digests[group.address], group, looks[0]))
    return found


def _is_silent(group: Group, look: Look) -> bool:
    """Where we are not given what is written, silence is not for us to judge."""
    return group.reads is not False and look.standing.state in SILENT


async def agenda_lines(scene: Scene, points: Iterable[Point]) -> tuple[Blank, ...]:
    """Each point in a line, numbered as they come."""
    listed = list(points)
    cases = await scene.uow.tickets.among({p.ref for p in listed if p.is_case})
    staff = {s.id: s for s in await scene.uow.staff.all()}
    lines = [
        Phrase("meetings.point", {"n": n, "words": await _point(scene, p, cases, staff)})
        for n, p in enumerate(listed, 1)
    ]
    return tuple(lines) or (Phrase("meetings.no_points"),)


async def _point(
    scene: Scene, point: Point, cases: Mapping[int, Case], staff: Mapping[int, Staff]
) -> Blank:
    if point.kind is Kind.WORDS:
        return point.words
    if point.kind is Kind.STILL:
        kept = await scene.uow.matters.get(point.ref)
        title: Blank = kept.matter.title if kept else "—"
        stage: Blank = stage_line(kept.matter) if kept else "—"
        return Phrase("meetings.of.still", {"number": point.ref, "title": title, "stage": stage})
    if point.kind is Kind.GROUP:
        return await _group(scene, point.ref)
    case = cases.get(point.ref)
    blanks: dict[str, Blank] = {"number": point.ref, "about": "—", "state": "—"}
    if case is not None:
        blanks |= {"about": _named(case, point.kind), "state": state_line(case.ticket, staff)}
    return Phrase(f"meetings.of.{point.kind}", blanks)


async def _group(scene: Scene, number: int) -> Blank:
    for known, group, look in await _groups(scene):
        if known == number:
            name = name_of(group, scene.community)
            return Phrase("meetings.of.group", {"name": name, "state": state_phrase(group, look)})
    return "—"


def _named(case: Case, kind: Kind) -> Blank:
    """What was said to the committee alone is not read out to guests; action items are its own."""
    secret = case.ticket.visibility is Visibility.COMMITTEE and kind is not Kind.ACTION
    return Phrase("meetings.not_read_out") if secret else about(case)


# --- how it looks


async def sitting_card(
    scene: Scene, meeting: Meeting, sitting: Sitting, to: Address, *, leads: bool
) -> Say:
    """The agenda as it stands, with what its chair can do about it."""
    lines = await agenda_lines(scene, shown(sitting.agenda))
    staff = await scene.uow.staff.all()
    guests = come(scene, meeting, staff)
    reached = await matters.staff_addresses(scene, *(s.id for s in guests))
    blanks: dict[str, Blank] = {
        "title": meeting.title,
        "starts": sitting.starts_at,
        "course": Phrase(f"meetings.course.{sitting.course}"),
        "lines": lines,
        "invited": len(guests),
        "reached": len(reached),
    }
    choices = sitting_choices(sitting) if leads else ()
    return Say(to, "meetings.agenda", blanks, choices, card=f"sitting:{sitting.number}", fresh=True)


def sitting_choices(sitting: Sitting) -> tuple[Choice, ...]:
    if sitting.course is not Course.PLANNED:
        return (_button("minutes", ShowMinutes(sitting.number, 0)),)
    some = bool(shown(sitting.agenda))
    buttons: list[tuple[str, Action]] = [("add", AddPoint(sitting.number))]
    if some:
        buttons.append(("strike", AskWhich(sitting.number, "strike")))
        buttons.append(("first", AskWhich(sitting.number, "first")))
    buttons += [
        ("write", WriteMinutes(sitting.number)),
        ("move", MoveSitting(sitting.number)),
        ("cancel", CancelSitting(sitting.number, 0)),
        ("meeting", ShowMeeting(sitting.meeting)),
    ]
    return tuple(_button(name, action) for name, action in buttons)


def _button(name: str, action: Action) -> Choice:
    return Choice(Phrase(f"meetings.button.{name}"), action)


async def invitation(scene: Scene, meeting: Meeting, sitting: Sitting, to: Address) -> Say:
    """What those invited read the day before."""
    lines = await agenda_lines(scene, shown(sitting.agenda))
    staff = {s.id: s for s in await scene.uow.staff.all()}
    chair = staff.get(meeting.chair)
    blanks: dict[str, Blank] = {
        "title": meeting.title,
        "starts": sitting.starts_at,
        "chair": chair.title if chair else "—",
        "lines": lines,
    }
    return Say(to, "meetings.invitation", blanks, (_button("open", ShowSitting(sitting.number)),))


def cancelled(to: Address, meeting: Meeting, sitting: Sitting) -> Say:
    return Say(to, "meetings.cancelled", {"title": meeting.title, "starts": sitting.starts_at})


async def minutes_say(
    scene: Scene, meeting: Meeting, sitting: Sitting, lines: list[Line], to: Address, skip: int = 0
) -> Say:
    """The minutes, a page at a time; each action item with where it stands now."""
    page = lines[skip : skip + LINES_A_PAGE]
    cases = await scene.uow.tickets.among({x.ticket for x in page if x.ticket is not None})
    staff = {s.id: s for s in await scene.uow.staff.all()}
    told = tuple(_line(line, cases, staff) for line in page)
    blanks: dict[str, Blank] = {"title": meeting.title, "starts": sitting.starts_at}
    blanks["lines"] = told or (Phrase("minutes.none"),)
    more = skip + len(page)
    choices = (_button("more", ShowMinutes(sitting.number, more)),) if more < len(lines) else ()
    return Say(to, "minutes.read", blanks, choices)


def _line(line: Line, cases: Mapping[int, Case], staff: Mapping[int, Staff]) -> Phrase:
    case = cases.get(line.ticket) if line.ticket is not None else None
    if case is None:
        return Phrase("minutes.line", {"text": line.text})
    blanks: dict[str, Blank] = {"number": case.number, "text": line.text}
    blanks["state"] = state_line(case.ticket, staff)
    return Phrase("minutes.item", blanks)
