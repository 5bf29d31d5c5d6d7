"""A vote begins at its moment: by the timer, or with the first voter who comes before it looked."""

from casework import announcing, matters
from casework.scene import Scene
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
