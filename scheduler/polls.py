"""Opinion polls end at their time."""

from datetime import datetime

from casework.polling import close
from casework.scene import System
from domain.community import Community
from domain.conversation import Say
from storage.uow import UnitOfWork

MOST = 50  # polls in one tick


async def close_polls(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    scene = System(community, now, uow)
    return [say for kept in await uow.polls.due(now, MOST) for say in await close(scene, kept)]
