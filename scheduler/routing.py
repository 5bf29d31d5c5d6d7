"""What waited long enough on one platform for its reader goes to the person's next one."""

from datetime import datetime

from casework import routing
from domain.community import Community
from domain.conversation import Say
from domain.quiet import quiet_until
from domain.routing import may_move
from storage.uow import UnitOfWork

MOST = 200  # messages in one tick


async def send_elsewhere(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Due and still there: whoever came by meanwhile has it already."""
    quiet = quiet_until(now, community.quiet, community.calendar.zone) is not None
    topics = may_move(quiet)
    waiting = await uow.routing.waiting(topics, now, MOST)
    for stuck in (*waiting, *await uow.routing.unread(topics, now, MOST)):
        await routing.go_elsewhere(uow, stuck, now)
    return []
