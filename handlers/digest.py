"""The weekly digest asked for: read now, had alone every week, and when a group hears it."""

from dataclasses import dataclass

from casework import digest as d
from casework.groups import name_of
from domain.budget import Topic
from domain.conversation import Action, Choice, Phrase, Say
from domain.digest import HOURS, NEVER, WEEK, WEEKDAYS, may_be, next_digest, weekly
from domain.tickets import Visibility
from handlers.turn import Routes, Turn
from storage.digest import Digest
from storage.groups import Group

MOST_LISTED = 10  # groups on one page


@dataclass(frozen=True)
class ShowDigest(Action, code="dg"):
    """What was asked, done and decided: of one's own group, for an admin of any."""


@dataclass(frozen=True)
class ListDigests(Action, code="dg.l"):
    skip: int


@dataclass(frozen=True)
class PickDigest(Action, code="dg.g"):
    number: int


@dataclass(frozen=True)
class AskDay(Action, code="dg.w"):
    number: int


@dataclass(frozen=True)
class PickDay(Action, code="dg.d"):
    """0: this group wants none."""

    number: int
    day: int


@dataclass(frozen=True)
class PickHour(Action, code="dg.h"):
    number: int
    day: int
    hour: int


async def show_digest(turn: Turn, action: ShowDigest) -> list[Say]:
    """In a group that group's, but told alone; an admin alone chooses among all of them."""
    if turn.group is None and turn.person.is_admin:
        return await list_digests(turn, ListDigests(0))
    group = turn.group or await _home_group(turn)
    if group is None or not d.hears_it(group):
        return [turn.say("digest.no_group")]
    return await _shown(turn, group, await _digest_of(turn, group))


async def _home_group(turn: Turn) -> Group | None:
    home = turn.person.household
    return await d.home_group(turn, home.building, home.grid) if home else None


async def _digest_of(turn: Turn, group: Group) -> Digest:
    """The group's own; begun now where the timer has not yet seen the group."""
    found = await turn.uow.digest.of(group.address)
    if found is None:
        rule = turn.community.digest
        first = next_digest(rule, turn.now, turn.community.calendar.zone)
        await turn.uow.digest.begin(group.address, rule, first)
        found = await turn.uow.digest.of(group.address)
    assert found is not None  # begun a moment ago
    return found


async def _shown(turn: Turn, group: Group, found: Digest) -> list[Say]:
    """The last seven days as they would be told now, and what one can do about it."""
    told = await d.week_of(turn, group, turn.now - WEEK, turn.now)
    says = [d.digest_say(told, turn.sender)] if turn.reachable else []
    mine = await turn.uow.digest.read_by(turn.person.id) == found.number
    label = "digest.button.stop" if mine else "digest.button.read"
    choices = [Choice(Phrase(label), d.ReadDigest(found.number, int(not mine)))]
    if turn.person.is_admin:
        choices.append(Choice(Phrase("digest.button.when"), AskDay(found.number)))
    about = turn.say(
        "digest.about", choices=tuple(choices), group=name_of(turn, group),
        when=d.rule_phrase(found.rule),
    )  # fmt: skip
    return [*says, about]


async def list_digests(turn: Turn, action: ListDigests) -> list[Say]:
    """Every group of residents with its day and hour, a page at a time."""
    if not turn.person.is_admin:
        return [turn.say("digest.only_admin")]
    groups = [g for g in await turn.uow.groups.all() if d.hears_it(g)]
    groups.sort(key=lambda g: (g.scope, len(g.value), g.value, g.address))
    page = groups[action.skip : action.skip + MOST_LISTED]
    if not page:
        return [turn.say("digest.no_groups")]
    found = [(group, await _digest_of(turn, group)) for group in page]
    lines = tuple(
        Phrase("digest.line", {"group": name_of(turn, g), "when": d.rule_phrase(x.rule)})
        for g, x in found
    )
    opens = [Choice(name_of(turn, g), PickDigest(x.number)) for g, x in found]
    if action.skip + len(page) < len(groups):
        more = ListDigests(action.skip + len(page))
        opens.append(Choice(Phrase("digest.button.more"), more))
    return [turn.say("digest.list", choices=tuple(opens), lines=lines)]


async def _to_set(turn: Turn, number: int) -> tuple[Digest, Group] | Say:
    """A group's digest, if this person may say when it comes."""
    if not turn.person.is_admin:
        return turn.say("digest.only_admin")
    found = await turn.uow.digest.get(number)
    group = await turn.uow.groups.get(found.group) if found else None
    if found is None or group is None:
        return turn.say("digest.no_group")
    return found, group


async def pick_digest(turn: Turn, action: PickDigest) -> list[Say]:
    found = await _to_set(turn, action.number)
    return [found] if isinstance(found, Say) else await _shown(turn, found[1], found[0])


async def ask_day(turn: Turn, action: AskDay) -> list[Say]:
    found = await _to_set(turn, action.number)
    if isinstance(found, Say):
        return [found]
    days = [
        Choice(Phrase("digest.button.day", {"day": Phrase(f"notices.weekday.{day}")}),
               PickDay(action.number, day))
        for day in WEEKDAYS
    ]  # fmt: skip
    days.append(Choice(Phrase("digest.button.never"), PickDay(action.number, 0)))
    group = name_of(turn, found[1])
    return [turn.say("digest.ask_day", choices=tuple(days), group=group)]


async def pick_day(turn: Turn, action: PickDay) -> list[Say]:
    found = await _to_set(turn, action.number)
    if isinstance(found, Say):
        return [found]
    if not action.day:
        return await _set(turn, *found, NEVER)
    if action.day not in WEEKDAYS:
        return await ask_day(turn, AskDay(action.number))
    hours = tuple(Choice(f"{hour}:00", PickHour(action.number, action.day, hour)) for hour in HOURS)
    weekday = Phrase(f"notices.weekday.{action.day}")
    return [turn.say("digest.ask_hour", choices=hours, day=weekday)]


async def pick_hour(turn: Turn, action: PickHour) -> list[Say]:
    found = await _to_set(turn, action.number)
    if isinstance(found, Say):
        return [found]
    if not may_be(action.day, action.hour):
        return await ask_day(turn, AskDay(action.number))
    return await _set(turn, *found, weekly(action.day, action.hour))


async def _set(turn: Turn, found: Digest, group: Group, rule: str) -> list[Say]:
    following = next_digest(rule, turn.now, turn.community.calendar.zone)
    await turn.uow.digest.change(found.number, rule=rule, next_at=following)
    name = name_of(turn, group)
    return [turn.say("digest.set", group=name, when=d.rule_phrase(rule))]


async def read_digest(turn: Turn, action: d.ReadDigest) -> list[Say]:
    """Asking for it takes back an earlier refusal of digests, and of nothing else."""
    if not action.on:
        await turn.uow.digest.unsubscribe(turn.person.id)
        return [turn.say("digest.stopped")]
    found = await turn.uow.digest.get(action.number)
    group = await turn.uow.groups.get(found.group) if found else None
    if found is None or group is None or not d.hears_it(group):
        return [turn.say("digest.no_group")]
    await turn.uow.digest.subscribe(turn.person.id, found.number, turn.now)
    muted = await turn.uow.budget.muted(turn.person.id)
    if Topic.DIGEST in muted:
        left = sorted(muted - {Topic.DIGEST})
        await turn.uow.budget.wish(turn.person.id, turn.now, muted=left)
    stop = (Choice(Phrase("digest.button.stop"), d.ReadDigest(found.number, 0)),)
    name, when = name_of(turn, group), d.rule_phrase(found.rule)
    return [turn.say("digest.subscribed", choices=stop, group=name, when=when)]


async def show_picture(turn: Turn, action: d.ShowPicture) -> list[Say]:
    """Its holder answers for what a picture shows: no person, no door, nobody's home."""
    case = await turn.uow.tickets.get(action.number)
    staff = turn.person.staff
    if case is None or staff is None or case.ticket.holder != staff.id:
        return [turn.say("tickets.unknown", number=action.number)]
    results = [n for n in await turn.uow.tickets.notes(case.number) if n.kind == "result"]
    if not results or results[-1].photo is None or case.ticket.visibility != Visibility.PUBLIC:
        return [turn.say("digest.no_picture", number=case.number)]
    await turn.uow.digest.may_be_shown(results[-1].id, shown=bool(action.on))
    if not action.on:
        return [turn.say("digest.hidden", number=case.number)]
    undo = (Choice(Phrase("digest.button.hide"), d.ShowPicture(case.number, 0)),)
    return [turn.say("digest.will_show", choices=undo, number=case.number)]


ROUTES: Routes = {
    ShowDigest: show_digest,
    ListDigests: list_digests,
    PickDigest: pick_digest,
    AskDay: ask_day,
    PickDay: pick_day,
    PickHour: pick_hour,
    d.ReadDigest: read_digest,
    d.ShowPicture: show_picture,
}
