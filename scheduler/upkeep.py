"""Timers that keep house: drafts nobody goes on with, old inbox and outbox rows, dead senders."""

from datetime import datetime, timedelta

import structlog

from domain.community import Community
from domain.conversation import Say
from domain.questions import DAYS_KEPT
from domain.routing import NEWS
from storage.uow import UnitOfWork

log = structlog.get_logger()

INBOX_KEPT = timedelta(days=8)  # longer than any platform repeats an update
OUTBOX_KEPT = timedelta(days=30)
VISIT_AWAITED = timedelta(days=90)  # then what was held for it is given up, and listed so


async def recover_sending(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Messages whose sender died: once more, or onto the list of unknown fate."""
    _noted(*await uow.delivery.recover(now))
    return []


async def recover_left(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """The same before a bot that is on its own sends anything: who sent before it has died."""
    _noted(*await uow.delivery.recover(now, nobody_sends=True))
    return []


def _noted(repeated: int, unknown: int) -> None:
    if repeated or unknown:
        log.warning("messages of a dead sender", repeated=repeated, unknown=unknown)


async def follow_clock(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Messages that wait for a time which the clock was set back from no longer do."""
    if ahead := await uow.delivery.clock_went_back(now):
        log.warning("the clock was set back; messages no longer wait for it", messages=ahead)
    return []


async def drop_drafts(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Drafts nobody went on with; nothing is said, nothing was promised."""
    await uow.drafts.drop_older(now - community.deadlines.draft.span)
    return []


async def forget_handled(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    await uow.delivery.forget_handled(now - INBOX_KEPT)
    await uow.delivery.forget_settled(now - OUTBOX_KEPT)
    await uow.delivery.give_up_held(now - VISIT_AWAITED, now)
    await uow.routing.forget_shown(now - NEWS)
    await uow.platforms.forget_codes(now)
    await uow.groups.forget_days((now - DAYS_KEPT).date())
    return []
