"""What a notice looks like: to those it is for, to its author, and to who has to agree."""

from collections.abc import Mapping
from dataclasses import dataclass

from casework import matters
from casework.linking import platform
from casework.scene import Scene
from domain.budget import Topic
from domain.conversation import Action, Address, Blank, Choice, OnUnknown, Phrase, Say, listed
from domain.notices import Audience, Notice, Place, Reach, State, Urgency, lasts, percent
from domain.question import Scope
from domain.recurrence import repeats
from domain.residents import COMMUNITY_LEVEL, DISPATCHERS, HANDLERS, Staff, at_work
from storage.groups import Group
from storage.notices import Door

DOORS_SHOWN = 40


@dataclass(frozen=True)
class ShowNotice(Action, code="nt"):
    number: int


@dataclass(frozen=True)
class AskAudience(Action, code="nt.a"):
    number: int


@dataclass(frozen=True)
class PickAudience(Action, code="nt.a2"):
    """``value`` is empty where the buildings or the unit are still to be said in words."""

    number: int
    who: str
    place: str
    value: str


@dataclass(frozen=True)
class AskUrgency(Action, code="nt.u"):
    number: int


@dataclass(frozen=True)
class SetUrgency(Action, code="nt.u2"):
    number: int
    urgency: str
    officer: int  # 0: still to be chosen


@dataclass(frozen=True)
class SetGroups(Action, code="nt.g"):
    number: int
    on: int


@dataclass(frozen=True)
class AskWhen(Action, code="nt.w"):
    number: int


@dataclass(frozen=True)
class AskText(Action, code="nt.e"):
    number: int


@dataclass(frozen=True)
class ConfirmNotice(Action, code="nt.ok"):
    number: int


@dataclass(frozen=True)
class AgreeNotice(Action, code="nt.2"):
    """The second person says yes (1) or no (0)."""

    number: int
    yes: int


@dataclass(frozen=True)
class PauseNotice(Action, code="nt.p"):
    number: int
    on: int


@dataclass(frozen=True)
class CancelNotice(Action, code="nt.x"):
    number: int


@dataclass(frozen=True)
class ShowUnreached(Action, code="nt.d"):
    number: int
    skip: int


def card_of(notice: Notice) -> str:
    return f"notice:{notice.number}"


def reading(
    scene: Scene, notice: Notice, to: Address, staff: list[Staff], *, group: bool = False
) -> Say:
    """Exactly what people read. A group reads no name, not even the officer's."""
    shown = "emergency_group" if group and notice.urgency is Urgency.EMERGENCY else notice.urgency
    officer = next((s.title for s in staff if s.id == notice.officer), "")
    blanks: dict[str, Blank] = {"community": scene.community.name, "text": notice.text}
    if shown == Urgency.EMERGENCY:
        blanks["officer"] = officer
    return Say(to, f"notices.read.{shown}", blanks, photo=notice.photo)


def message(scene: Scene, notice: Notice, to: Address, recipient: int, staff: list[Staff],
            *, group: bool) -> Say:  # fmt: skip
    """One message of a run. Where its fate is unknown, only an emergency goes once more."""
    say = reading(scene, notice, to, staff, group=group)
    again = OnUnknown.REPEAT if notice.urgency is Urgency.EMERGENCY else OnUnknown.LIST
    return Say(to, say.key, say.blanks, photo=say.photo, on_unknown=again, topic=notice.topic,
               recipient=recipient)  # fmt: skip


async def groups_for(scene: Scene, audience: Audience) -> list[Group]:
    """The groups of the place, where groups stand for it; never the staff's own."""
    if not audience.has_groups:
        return []
    found = dict[Address, Group]()
    for value in audience.buildings or (audience.value,):
        for group in await matters.groups_of(scene, Scope(_scope(audience), value)):
            if audience.place is Place.ALL or group.scope == audience.place or (
                audience.place is Place.GRID and group.scope == Place.BUILDING
            ):  # fmt: skip
                found[group.address] = group
    return list(found.values())


def _scope(audience: Audience) -> str:
    return "community" if audience.place is Place.ALL else audience.place


async def reach_of(scene: Scene, notice: Notice) -> Reach:
    assert notice.audience is not None
    groups = await groups_for(scene, notice.audience) if notice.in_groups else []
    return await scene.uow.notices.reach(notice.audience, len(groups))


# --- for its author, and for the second person


def audience_phrase(scene: Scene, audience: Audience | None) -> Phrase:
    if audience is None:
        return Phrase("notices.for.nobody_yet")
    value: Blank = listed(audience.value.split(","))
    if audience.place is Place.GRID:
        value = scene.community.grids.get(audience.value, audience.value)
    blanks = {} if audience.place is Place.ALL else {"value": value}
    return Phrase(f"notices.for.{audience.who}_{audience.place}", blanks)


def when_phrase(rule: str) -> Phrase:
    """When something comes by this rule, in words; at once where there is none."""
    if not rule:
        return Phrase("notices.when.now")
    kind, *rest = rule.split()
    if kind == "once":
        return Phrase("notices.when.once", {"at": rest[0].replace("T", " ")})
    blanks: dict[str, Blank] = {"clock": rest[-1]}
    if kind == "weekly":
        blanks["day"] = Phrase(f"notices.weekday.{rest[0]}")
    elif kind in ("monthly", "quarterly"):
        blanks["day"] = rest[0]
    elif kind in ("nth", "quarter_nth"):
        blanks["which"] = Phrase(f"notices.which.{rest[0]}")
        blanks["day"] = Phrase(f"notices.weekday.{rest[1]}")
    return Phrase(f"notices.when.{kind}", blanks)


def _plan(scene: Scene, notice: Notice, reach: Reach) -> dict[str, Blank]:
    paces = scene.community.paces
    lines = tuple(
        Phrase("notices.on_channel", {
            "channel": platform(channel), "many": many, "lasts": lasts(many, paces.get(channel)),
        }) for channel, many in sorted(reach.channels.items())
    )  # fmt: skip
    return {
        "number": notice.number,
        "audience": audience_phrase(scene, notice.audience),
        "urgency": Phrase(f"notices.urgency.{notice.urgency}"),
        "when": when_phrase(notice.rule),
        "reached": sum(reach.channels.values()),
        "unreachable": reach.unreachable,
        "lines": lines or "—",
        "groups": reach.groups,
    }


def draft_card(scene: Scene, notice: Notice, reach: Reach, to: Address, *, fresh: bool) -> Say:
    """Reach and cost before anything is sent, and every detail one button away."""
    number = notice.number
    buttons: list[tuple[str, Action]] = [
        ("confirm", ConfirmNotice(number)),
        ("audience", AskAudience(number)),
        ("urgency", AskUrgency(number)),
        ("when", AskWhen(number)),
        ("text", AskText(number)),
    ]
    if notice.audience and notice.audience.has_groups:
        on = 0 if notice.in_groups else 1
        buttons.append((f"groups_{on}", SetGroups(number, on)))
    buttons.append(("drop", CancelNotice(number)))
    return Say(to, "notices.draft", _plan(scene, notice, reach), _choices(buttons),
               card=card_of(notice), fresh=fresh)  # fmt: skip


def second_card(scene: Scene, notice: Notice, reach: Reach, to: Address, author: str) -> Say:
    choices = _choices([
        ("agree", AgreeNotice(notice.number, 1)), ("disagree", AgreeNotice(notice.number, 0)),
    ])  # fmt: skip
    blanks = _plan(scene, notice, reach) | {"author": author}
    return Say(to, "notices.second", blanks, choices, card=card_of(notice), fresh=True)


def _choices(buttons: list[tuple[str, Action]]) -> tuple[Choice, ...]:
    return tuple(Choice(Phrase(f"notices.button.{name}"), action) for name, action in buttons)


def done_of(counts: Mapping[str, int]) -> int:
    return sum(counts.values()) - counts.get("waiting", 0) - counts.get("promised", 0)


def progress_card(
    notice: Notice, counts: Mapping[str, int], to: Address, *, fresh: bool = False
) -> Say:
    """How far it has come, on one card that is changed in place."""
    number, shown = notice.number, {k: counts.get(k, 0) for k in COUNTED}
    state = "again" if notice.state is State.WAITING and repeats(notice.rule) else notice.state
    buttons: list[tuple[str, Action]] = []
    if notice.state is State.SENDING:
        buttons.append(("pause", PauseNotice(number, 1)))
    if notice.state is State.PAUSED:
        buttons.append(("resume", PauseNotice(number, 0)))
    if notice.can_be_stopped:
        buttons.append(("cancel", CancelNotice(number)))
    if notice.state is State.DONE and notice.audience and notice.audience.names_doors:
        buttons.append(("doors", ShowUnreached(number, 0)))
    blanks: dict[str, Blank] = {
        "number": number,
        "state": Phrase(f"notices.state.{state}"),
        "when": notice.next_at if notice.state is State.WAITING and notice.next_at else "",
        "people": max(notice.people, sum(counts.values())),
        "percent": percent(done_of(counts), max(notice.people, sum(counts.values()))),
        "left": max(notice.people - done_of(counts), 0),
        **shown,
    }
    key = "notices.waits" if notice.state in (State.WAITING, State.SECOND) else "notices.progress"
    if key == "notices.waits":
        blanks = {name: blanks[name] for name in ("number", "state", "when", "people")}
    return Say(to, key, blanks, _choices(buttons), card=card_of(notice), fresh=fresh)


COUNTED = ("sent", "blocked", "failed", "unknown", "refused", "unreachable")


# --- whom nobody reached


def doors_say(notice: Notice, doors: list[Door], total: int, skip: int, to: Address) -> Say:
    shown = listed(d.door for d in doors)
    more = skip + len(doors) < total
    choices = _choices([("more_doors", ShowUnreached(notice.number, skip + len(doors)))])
    blanks: dict[str, Blank] = {"number": notice.number, "total": total, "doors": shown}
    return Say(to, "notices.doors", blanks, choices if more else (), topic=Topic.DUTY)


async def visits(scene: Scene, notice: Notice, staff: list[Staff]) -> list[Say]:
    """The doors nobody was reached at, privately to the member of each grid."""
    if notice.audience is None or not notice.audience.names_doors:
        return []
    says: list[Say] = []
    for grid, total in sorted((await scene.uow.notices.doors_by_grid(notice)).items()):
        member = member_of(grid, staff, scene)
        for to in await matters.staff_addresses(scene, member.id if member else None):
            doors = await scene.uow.notices.doors(notice, (grid,), 0, DOORS_SHOWN)
            says.append(doors_say(notice, doors, total, 0, to))
    return says


def member_of(grid: str, staff: list[Staff], scene: Scene) -> Staff | None:
    """Whose grid it is: a member named for it before one who has all, the deputy if away."""
    able = [s for s in staff if s.level == COMMUNITY_LEVEL and s.role in HANDLERS]
    named = [s for s in able if grid in s.grids]
    everywhere = [s for s in able if "*" in s.grids]
    found = (at_work(s, staff, scene.now) for s in (*named, *everywhere))
    return next((s for s in found if s), None)


def seconds_for(notice: Notice, staff: list[Staff]) -> list[Staff]:
    """Who may agree besides the author: another admin or secretary who has joined."""
    author = next((s.person for s in staff if s.id == notice.author), None)
    return [
        s for s in staff
        if s.role in DISPATCHERS and s.level == COMMUNITY_LEVEL
        and s.person is not None and s.person != author
    ]  # fmt: skip
