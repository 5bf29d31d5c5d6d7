"""What a digest looks like, and what it is made of: only what its group has seen on cards.

No name, no door, no choice; a case that is anonymous stays so, one for the committee's eyes
is never counted.
"""

from dataclasses import dataclass
from datetime import date, datetime

from casework import matters
from casework.matter_views import stage_line
from casework.notices import when_phrase
from casework.scene import Scene
from casework.views import ONLY_A_PHOTO
from domain.conversation import Action, Address, Blank, Choice, Phrase, Say
from domain.digest import MOST_LINES, Week, most_urgent, short, why_open
from domain.matters import AFTER_THE_COUNT
from domain.tickets import State, Visibility
from storage.groups import Group
from storage.matters import Kept
from storage.tickets import Case

OF_RESIDENTS = frozenset({"building", "grid", "community"})  # the staff have their own lists


@dataclass(frozen=True)
class ReadDigest(Action, code="dg.r"):
    """I want it in my own chat every week (1), or no longer (0)."""

    number: int
    on: int


@dataclass(frozen=True)
class ShowPicture(Action, code="dg.p"):
    """The holder says that everybody may see the picture of the result (1), or not (0)."""

    number: int
    on: int


@dataclass(frozen=True)
class Told:
    """One week of one group, ready to be said."""

    week: Week
    lines: tuple[Blank, ...]
    first: date
    last: date
    photo: int | None = None


async def week_of(scene: Scene, group: Group, since: datetime, until: datetime) -> Told:
    kept, place = scene.uow.digest, group.address
    raised = await kept.raised(place, since, until)
    solved = await kept.solved(place, since, until)
    still_open = await kept.open_in(place)
    handled = [c for c in still_open if c.ticket.state is State.HANDLED]
    waiting = [c for c in still_open if c.ticket.state is not State.HANDLED]
    decided = await _decided(scene, group, since, until)
    questions, replied = await kept.questions(place, since, until)
    week = Week(
        asked=len(raised),
        answered=await kept.answered(c.number for c in raised),
        solved=len(solved),
        handled=len(handled),
        open=len(waiting),
        decided=len(decided),
        questions=questions,
        replied=replied,
    )
    lines = (
        *_counts(week),
        *_solved(week, solved),
        *_open(week, waiting, until),
        *[line for k in decided[:MOST_LINES] for line in [await _decision(scene, k)]],
    )
    photo = await kept.picture(c.number for c in solved)
    zone = scene.community.calendar.zone
    first, last = (moment.astimezone(zone).date() for moment in (since, until))
    return Told(week, lines, first, last, photo)


async def _decided(scene: Scene, group: Group, since: datetime, until: datetime) -> list[Kept]:
    """Matters of which this group heard in this time; one that never was on notice is nobody's."""
    told = await scene.uow.matters.told(since, until)
    return [
        k for k in told
        if k.matter.text_hash and group in await matters.groups_of(scene, k.matter.question.scope)
    ]  # fmt: skip


def _counts(week: Week) -> list[Blank]:
    lines: list[Blank] = [Phrase("digest.none_asked")]
    if week.asked:
        lines = [Phrase("digest.asked", {"asked": week.asked, "answered": week.answered})]
    if week.questions:
        counts: dict[str, Blank] = {"asked": week.questions, "answered": week.replied}
        lines.append(Phrase("digest.questions", counts))
    return lines


def _solved(week: Week, solved: list[Case]) -> list[Blank]:
    lines: list[Blank] = []
    if week.solved:
        lines.append(Phrase("digest.solved", {"count": week.solved}))
        lines += [_line("digest.case", c) for c in solved[-MOST_LINES:]]
    if week.handled:
        lines.append(Phrase("digest.handled", {"count": week.handled}))
    return lines


def _open(week: Week, cases: list[Case], now: datetime) -> list[Blank]:
    """Why each is still open, the late ones first; whatever is left is a number."""
    if not cases:
        return []
    by_number = {c.number: c for c in cases}
    first = [by_number[t.number] for t in most_urgent((c.ticket for c in cases), now)]
    lines: list[Blank] = [Phrase("digest.open", {"count": week.open})]
    lines += [_line("digest.open_case", c, why=_why(c, now)) for c in first[:MOST_LINES]]
    return lines


def _why(case: Case, now: datetime) -> Phrase:
    why = why_open(case.ticket, now)
    due: Blank = case.ticket.resolve_by or Phrase("state.no_date")
    return Phrase(f"digest.why.{why}", {"due": due})


def _line(key: str, case: Case, **more: Blank) -> Phrase:
    photo = case.photo is not None
    words: Blank = short(case.summary) or (ONLY_A_PHOTO if photo else Phrase("digest.no_words"))
    return Phrase(key, {"number": case.number, "about": words, **more})


async def _decision(scene: Scene, kept: Kept) -> Phrase:
    """A decision and what became of it: its result, its stage, the cases that carry it out."""
    blanks: dict[str, Blank] = {"number": kept.number, "title": short(kept.matter.title)}
    blanks["stage"] = stage_line(kept.matter)
    result = (kept.outcome or {}).get("result")
    if result and kept.matter.state in AFTER_THE_COUNT:
        blanks["stage"] = Phrase(
            "digest.result",
            {"result": Phrase(f"outcomes.result.{result}"), "stage": stage_line(kept.matter)},
        )
    cases = [await scene.uow.tickets.get(n) for n in await scene.uow.matters.linked(kept.number)]
    done = sum(c is not None and not c.ticket.is_open for c in cases)
    if cases:
        return Phrase("digest.carried_out", blanks | {"done": done, "all": len(cases)})
    return Phrase("digest.decided", blanks)


def digest_say(told: Told, to: Address, choices: tuple[Choice, ...] = ()) -> Say:
    blanks: dict[str, Blank] = {"lines": told.lines, "since": told.first, "until": told.last}
    return Say(to, "digest.read", blanks, choices, photo=told.photo)


def hears_it(group: Group) -> bool:
    """Residents' groups that are alive; the staff's own have lists of theirs."""
    return group.scope in OF_RESIDENTS and group.archived_at is None


def rule_phrase(rule: str) -> Phrase:
    """When a group hears it, in words."""
    return when_phrase(rule) if rule else Phrase("digest.never")


def subscribe_choice(number: int) -> Choice:
    """Under a group's digest; it leads to one's own chat, where the answer is nobody else's."""
    return Choice(Phrase("digest.button.read"), ReadDigest(number, 1), f"w{number}")


def picture_choice(case: Case, photo: int | None) -> tuple[Choice, ...]:
    """For the holder: let everybody see how it looks now, where everybody saw the case."""
    public = case.group is not None and case.ticket.visibility is Visibility.PUBLIC
    if photo is None or not public:
        return ()
    return (Choice(Phrase("digest.button.show"), ShowPicture(case.number, 1)),)


async def home_group(scene: Scene, building: str, grid: str) -> Group | None:
    """The narrowest group of somebody's home."""
    for scope, value in (("building", building), ("grid", grid), ("community", "")):
        if groups := list(filter(hears_it, await scene.uow.groups.of(scope, value))):
            return groups[0]
    return None
