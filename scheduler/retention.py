"""Destroys what tells who voted how, once the years of keeping are over (handbook: voting 2.3).

One lot at a tick, so that a large vote keeps nobody waiting; a kill in between loses nothing that
was to stay and keeps nothing that was to go.
"""

from datetime import datetime

from casework import matters
from casework.scene import System
from domain.community import Community
from domain.conversation import Say
from domain.matters import Event
from domain.stages import years_before
from storage.uow import UnitOfWork


async def destroy_details(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Of the vote that was closed longest ago; the record says that it was done, and when."""
    number = await uow.retention.over(years_before(now, community.voting.retention_years))
    if number is None or await uow.retention.destroy(number):
        return []
    kept = await uow.matters.get(number, to_change=True)
    if kept is not None and kept.salt:
        await matters.do(System(community, now, uow), kept, Event.DESTROY, salt=None)
    return []
