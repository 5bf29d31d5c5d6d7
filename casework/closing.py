"""The end of a vote: closed, counted, said to everybody, and the duty to publish it begun."""

from dataclasses import replace

from casework import announcing, counting, matters
from casework.matter_actions import ShowMatter
from casework.outcome_views import outcome_say
from casework.scene import Scene
from domain.budget import Topic
from domain.conversation import Blank, Choice, Phrase, Say
from domain.matters import Event, Refusal, State
from domain.record import Moment
from storage.matters import Kept


async def close_and_count(scene: Scene, kept: Kept) -> list[Say]:
    """Close at the recorded moment and count; also what a process left closed and uncounted.

    The count is a few sums by the database, whatever the number of ballots, and they are made
    before this unit of work (``casework.counting``): it is as short as any.
    """
    closed = kept
    if kept.matter.state is State.OPEN:
        done = await matters.do(scene, kept, Event.CLOSE)
        if isinstance(done, Refusal):
            return []
        closed = done
    lapsed = await scene.uow.entries.lapse(kept.number)
    outcome = await counting.count(scene, closed)
    told = counting.as_json(outcome)
    counted = await matters.do(
        scene, closed, Event.COUNT, matters.Done(data={"outcome": told}),
        changed=replace(closed.matter, passed=outcome.result == "passed"), outcome=told,
    )  # fmt: skip
    if isinstance(counted, Refusal):
        return []
    return [
        *await announcing.cards(scene, counted),
        *await result(scene, counted),
        *await announcing.post_head(scene, counted, Moment.CLOSE),
        *await _duty(scene, counted, lapsed),
    ]


async def result(scene: Scene, kept: Kept) -> list[Say]:
    """With the arithmetic and the picture, in every group it concerns."""
    groups = await matters.groups_of(scene, kept.matter.question.scope)
    return [
        replace(outcome_say(kept, scene.community, g.address), topic=Topic.LEGAL) for g in groups
    ]


async def _duty(scene: Scene, kept: Kept, lapsed: int) -> list[Say]:
    """Who answers for the matter now has to publish the outcome, by a day.

    ``lapsed``: what officers wrote down and nobody confirmed in time; it was not counted.
    """
    due = kept.matter.due_at or scene.now
    show = (Choice(Phrase("matters.button.show"), ShowMatter(kept.number)),)
    blanks: dict[str, Blank] = {"number": kept.number, "title": kept.matter.title, "due": due}
    blanks["lapsed"] = Phrase("entries.lapsed", {"count": lapsed}) if lapsed else ""
    places = await matters.staff_addresses(scene, kept.matter.owner)
    return [Say(place, "matters.publish_by", blanks, show, topic=Topic.DUTY) for place in places]
