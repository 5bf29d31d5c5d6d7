"""The one step that a silent group needs now, offered to the one person who can take it."""

from datetime import timedelta

from casework.health import place_of
from casework.scene import Scene
from domain.health import Look
from domain.ladder import Means, Step, next_step
from storage.groups import Group

MENDED_WITHIN = timedelta(days=40)  # 上月: what was mended earlier is no news


async def next_for(scene: Scene, group: Group, look: Look) -> Step | None:
    """None while a step goes on, while the group rests from the last one, or needs none."""
    ladder = scene.uow.ladder
    means = Means(
        unanswered=len(await ladder.unanswered(group.address)),
        mended=await ladder.mended(group.address, scene.now - MENDED_WITHIN) is not None,
        willing=len(await ladder.willing(place_of(group), 1)),
    )
    taken = [begun.taken for begun in await ladder.steps(group.address)]
    return next_step(look.standing.state, means, taken, now=scene.now)
