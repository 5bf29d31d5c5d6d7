"""How a step for a silent group reads: to the person who can take it, to residents, to the group.

No name is said in a group, and nobody is told what others chose before it is over.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from casework.health import place_of
from casework.health_views import mark_of, name_of
from casework.matter_views import scope_name
from casework.question_views import ShowQuestions
from casework.views import spoken
from domain.budget import Topic
from domain.community import Community
from domain.conversation import Action, Address, Blank, Choice, Phrase, Say, Table
from domain.health import Look
from domain.ladder import Answer, Step, Wish, needs_to_stay
from domain.tickets import OPEN, State
from storage.groups import Group
from storage.ladder import Begun, Case, Mended


@dataclass(frozen=True)
class TakeStep(Action, code="ld.do"):
    """The one person who was asked does it (1), or not this time (0)."""

    step: int
    on: int


@dataclass(frozen=True)
class AnswerStep(Action, code="ld.a"):
    """A resident presses one of the buttons of a question."""

    step: int
    answer: str


@dataclass(frozen=True)
class DecideGroup(Action, code="ld.w"):
    """An admin says what becomes of the group after the seven days."""

    step: int
    answer: str


@dataclass(frozen=True)
class ArchiveGroup(Action, code="ld.ar"):
    """``group`` is the mark of the one it goes into, or a dash; ``sure`` is the confirmation."""

    step: int
    group: str
    sure: int


@dataclass(frozen=True)
class RestoreGroup(Action, code="ld.back"):
    group: str


NOWHERE = "-"


def card_of(step: Begun) -> str:
    return f"step:{step.id}"


def offer(
    group: Group, look: Look, step: Begun, todo: dict[str, Blank], community: Community,
    to: Address, photo: int | None,
) -> Say:  # fmt: skip
    """To the one person who can do it: what is the matter, one thing to do, and a way to say no."""
    blanks: dict[str, Blank] = {
        "name": name_of(group, community),
        "state": Phrase(f"health.state.{look.standing.state}"),
        "days": look.days_since,
        "todo": Phrase(f"ladder.todo.{step.step}", todo),
    }
    take = ShowQuestions() if step.step is Step.TASKS else TakeStep(step.id, 1)
    choices = (
        Choice(Phrase(f"ladder.button.{step.step}"), take),
        Choice(Phrase("ladder.button.decline"), TakeStep(step.id, 0)),
    )
    return Say(to, "ladder.offer", blanks, choices, photo=photo, topic=Topic.DUTY)


def mended_say(group: Group, mended: Mended) -> Say:
    blanks: dict[str, Blank] = {"number": mended.number, "summary": spoken(mended.summary)}
    return Say(group.address, "ladder.mended", blanks, photo=mended.photo, topic=Topic.OUTCOME)


def question_card(group: Group, step: Begun, many: int, community: Community) -> Say:
    """A small question to the group; how many have answered is all it tells."""
    blanks: dict[str, Blank] = {
        "place": scope_name(place_of(group), community),
        "question": small(step.what),
        "count": many,
    }
    return Say(group.address, "ladder.question", blanks, _answers(step), card=card_of(step),
               fresh=not many, topic=Topic.QUESTION, until=step.next_at)  # fmt: skip


def ask_say(group: Group, step: Begun, community: Community, to: Address) -> Say:
    """To one resident who agreed to be asked: why them, and one small thing."""
    place = scope_name(place_of(group), community)
    blanks: dict[str, Blank] = {"place": place, "question": small(step.what)}
    return Say(to, "ladder.ask", blanks, _answers(step), topic=Topic.QUESTION, until=step.next_at)


def small(what: str) -> Phrase:
    return Phrase(f"ladder.small.{what}")


def _answers(step: Begun) -> tuple[Choice, ...]:
    return tuple(Choice(Phrase(f"ladder.answer.{a}"), AnswerStep(step.id, a)) for a in Answer)


def keep_card(group: Group, step: Begun, many: int, members: int) -> Say:
    choices = tuple(Choice(Phrase(f"ladder.wish.{w}"), AnswerStep(step.id, w)) for w in Wish)
    blanks: dict[str, Blank] = {"needs": needs_to_stay(members), "count": many}
    if step.next_at:
        blanks["until"] = step.next_at
    return Say(group.address, "ladder.keep", blanks, choices, card=card_of(step),
               fresh=not many, topic=Topic.QUESTION, until=step.next_at)  # fmt: skip


def question_over(group: Group, step: Begun, many: int, community: Community) -> Say:
    """The question's own card, changed in place now that it is over."""
    place = scope_name(place_of(group), community)
    blanks: dict[str, Blank] = {"place": place, "question": small(step.what), "count": many}
    return Say(group.address, "ladder.question_over", blanks, card=card_of(step))


def stays_card(group: Group, step: Begun) -> Say:
    return Say(group.address, "ladder.keep_stays", card=card_of(step))


def undecided_card(group: Group, step: Begun, many: int) -> Say:
    return Say(group.address, "ladder.keep_over", {"count": many}, card=card_of(step))


def counted_say(
    group: Group, step: Begun, counts: Mapping[str, int], community: Community, to: Address
) -> Say:
    """What came of a small question, to whoever asked it."""
    blanks: dict[str, Blank] = {
        "name": name_of(group, community),
        "question": small(step.what),
        **{answer: counts.get(answer, 0) for answer in Answer},
    }
    return Say(to, "ladder.counted", blanks, topic=Topic.DUTY)


def kept_say(
    group: Group, counts: Mapping[str, int], members: int, community: Community, to: Address
) -> Say:
    return Say(to, "ladder.stays", _wishes(group, counts, members, community), topic=Topic.DUTY)


def decide_say(
    group: Group, step: Begun, counts: Mapping[str, int], members: int, community: Community,
    to: Address,
) -> Say:  # fmt: skip
    """The result, to the admin who decides; nothing happens by itself."""
    order = (Wish.KEEP, Wish.MERGE, Wish.ARCHIVE)
    choices = tuple(Choice(Phrase(f"ladder.decide.{w}"), DecideGroup(step.id, w)) for w in order)
    blanks = _wishes(group, counts, members, community)
    return Say(to, "ladder.decide", blanks, choices, topic=Topic.DUTY)


def _wishes(
    group: Group, counts: Mapping[str, int], members: int, community: Community
) -> dict[str, Blank]:
    blanks: dict[str, Blank] = {"name": name_of(group, community), "needs": needs_to_stay(members)}
    return blanks | {wish: counts.get(wish, 0) for wish in Wish}


def cases_table(group: Group, rows: list[Case], community: Community) -> Table:
    """The cases of a group by number, kind, state and day: no name, not a word of anybody."""
    heads = tuple(Phrase(f"ladder.column.{n}") for n in ("number", "category", "state", "opened"))
    zone = community.calendar.zone
    cells = tuple(
        (row.number, community.category(row.category).name, Phrase(f"ladder.case.{_stand(row)}"),
         row.opened_at.astimezone(zone).date().isoformat())
        for row in rows
    )  # fmt: skip
    return Table(f"{group.scope}-{group.value or community.code}.csv", heads, cells)


def _stand(row: Case) -> str:
    if row.state in OPEN:
        return "open"
    return "solved" if row.state == State.CLOSED_CONFIRMED else "ended"


def restore_choice(group: Group, community: Community) -> Choice:
    label = Phrase("ladder.button.restore", {"name": name_of(group, community)})
    return Choice(label, RestoreGroup(mark_of(group)))
