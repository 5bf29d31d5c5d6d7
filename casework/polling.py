"""The end of an opinion poll, by its clock or by its author: counted, said, and forgotten."""

from datetime import timedelta

from casework.poll_views import card, result
from casework.scene import Scene
from domain.conversation import Say
from domain.polls import counts
from storage.polls import Kept

LOOK_AGAIN = timedelta(hours=1)  # for a platform that has not said that it stopped


async def close(scene: Scene, kept: Kept) -> list[Say]:
    """Where a platform holds it, it is asked to stop and shows the result itself.

    Its own word then ends it (``storage.polls.stands``); until that comes we ask again.
    """
    if kept.native:
        await scene.uow.polls.put_off(kept.id, scene.now + LOOK_AGAIN)
        return [card(kept, closed=True)]
    found, voters = counts(await scene.uow.polls.answers(kept.id), len(kept.options) + 1)
    await scene.uow.polls.close(kept.id, found, voters, scene.now)
    return [card(kept, closed=True), result(kept, found, voters)]
