"""What was held back leaves when it may, the most important first; old counts are forgotten."""

from datetime import datetime

from casework import reminding
from casework.scene import System
from domain.community import Community
from domain.conversation import Say
from storage.uow import UnitOfWork

MOST = 500  # messages in one tick


async def release_held(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Due and not said: each is tried again, and says itself only once."""
    await reminding.release(System(community, now, uow), MOST)
    return []


async def forget_counts(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    await uow.budget.forget(now)
    return []
