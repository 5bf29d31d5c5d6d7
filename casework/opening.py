"""A vote begins at its moment: by the timer, or with the first voter who comes before it looked."""

from dataclasses import replace

from casework import announcing, matters
from casework.matter_views import blanks_of
from casework.matters import Done
from casework.scene import Scene
from domain.budget import Topic
from domain.conversation import Say
from domain.matters import Event, Refusal
from storage.matters import Kept


async def begin(scene: Scene, kept: Kept) -> tuple[Kept, list[Say]]:
    """Said in the groups, with the first head of its record. The caller holds the matter locked."""
    opened = await matters.do(matters.nobody(scene), kept, Event.OPEN)
    if isinstance(opened, Refusal):
        return kept, []
    await scene.uow.matters.looked_at(kept.number, scene.now)  # the voters are told from now on
    return opened, await announcing.opened(scene, opened)


async def postpone(scene: Scene, kept: Kept) -> list[Say]:
    """Later by whole days, where we were away for the whole window: nobody could vote in it.

    Said in the groups, and to who answers for the matter.
    """
    moved = matters.moved_window(kept.matter, scene.now)
    assert moved is not None  # its opening is past
    opens, closes = moved
    done = Done(data={"opens_at": opens.isoformat(), "closes_at": closes.isoformat()})
    later = replace(kept.matter, opens_at=opens, closes_at=closes)
    outcome = await matters.do(matters.nobody(scene), kept, Event.POSTPONE, done, changed=later)
    if isinstance(outcome, Refusal):
        return []
    groups = await matters.groups_of(scene, outcome.matter.question.scope)
    blanks, key = blanks_of(outcome.matter, scene.community), "matters.postponed"
    staff = await matters.staff_addresses(scene, outcome.matter.owner)
    return [
        *await announcing.cards(scene, outcome),
        *(Say(group.address, key, blanks, topic=Topic.LEGAL) for group in groups),
        *(Say(place, key, blanks, topic=Topic.DUTY) for place in staff),
    ]
