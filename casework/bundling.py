"""What an auditor is given of a vote: whether it may be given yet, and what was published of it."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from casework import matters
from casework.counting import CONSULTED, decisions_of
from casework.scene import Scene
from domain.bundle import published
from domain.matters import Event, State
from domain.question import Mode, Question
from domain.voting import Answer, Sum, Tally
from storage.matters import Kept


class Refusal(StrEnum):
    """Why there is no bundle. Each value is the key of the text that says so."""

    UNKNOWN = "matters.unknown"
    NOT_CLOSED = "records.not_closed"
    NEVER_COUNTED = "records.never_counted"
    DETACHED = "records.detached"
    DESTROYED = "records.destroyed"


class Seen(StrEnum):
    """What somebody looks at that is not public; each look is counted, and the count published."""

    BUNDLE = "bundle"  # everything, under pseudonyms
    LIST = "list"  # which flats took part
    VOTER = "voter"  # whose a doubted ballot is


def why_not(kept: Kept | None) -> Refusal | None:
    """Totals, and what they could be counted from, never before the close."""
    if kept is None:
        return Refusal.UNKNOWN
    if kept.matter.question.mode is Mode.DETACHED:
        return Refusal.DETACHED
    if kept.outcome is None:
        ended = kept.matter.state in (State.VOID, State.WITHDRAWN)
        return Refusal.NEVER_COUNTED if ended else Refusal.NOT_CLOSED
    return None if kept.salt else Refusal.DESTROYED


async def note_look(scene: Scene, kept: Kept, what: Seen) -> int:
    """Write down that somebody looks: a row that is counted, and an event that is chained."""
    await matters.remark(scene, kept, Event.DISCLOSE, {"what": what})
    staff = scene.person.staff if scene.person else None
    return await scene.uow.matters.disclosed(
        kept.number, what, staff.id if staff else None, scene.now
    )


def result_of(question: Question, told: Mapping[str, Any], struck: Sequence[int], late: int) -> Any:
    """The outcome as it was published, in the form of docs/record.md. Nothing is counted anew."""
    casts = [{name: Sum(*pair) for name, pair in part.items()} for part in told["cast"]]
    if told["result"] == CONSULTED:
        rule = question.rule
        parts = [_wish(rule, cast, spoiled=question.invalid_counts) for cast in casts]
        found = {"result": "counted", "refused": [], "struck": list(struck), "parts": parts}
    else:
        tallies = [Tally(**cast) for cast in casts]
        found = published(decisions_of(told), tallies, struck=struck)
    return found | {"late": late}


def _wish(rule: str, cast: Mapping[str, Sum], *, spoiled: bool) -> dict[str, Any]:
    """A part that decides nothing: the answers are those of the question, not yes and no."""
    handed_in = {name: each for name, each in cast.items() if name not in ("silent", "all")}
    counted = [each for name, each in handed_in.items() if spoiled or name != "spoiled"]
    part, yes, whole = sum(counted, Sum()), cast.get(Answer.YES, Sum()), cast["all"]
    return {
        "rule": rule,
        "result": "counted",
        "failed": [],
        "voters": whole.number,
        "area": whole.area,
        "taking_part": part.number,
        "area_taking_part": part.area,
        "yes": yes.number,
        "yes_area": yes.area,
        "cast": {name: [each.number, each.area] for name, each in handed_in.items()},
        "silent": [cast["silent"].number, cast["silent"].area],
    }
