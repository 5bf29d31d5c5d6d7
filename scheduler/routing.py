"""What has waited long enough for a visit to one platform goes to the person's next one."""

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
    for stuck in await uow.routing.waiting(may_move(quiet), now, MOST):
        await routing.go_elsewhere(uow, stuck, now)
    return []
