"""Timers about the calendar."""

from datetime import datetime, timedelta

from domain.community import Community
from domain.conversation import Say
from domain.holidays import soon_unknown
from domain.residents import Role
from storage.uow import UnitOfWork

AHEAD = timedelta(days=30)  # the next year's days off are announced in November


async def warn_of_unknown_year(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
    """Tell the admins, once a year, that the days off ahead are not known to anybody here."""
    calendar = community.calendar
    if calendar.known_years is None:
        return []
    year = soon_unknown(calendar.known_years, now.astimezone(calendar.zone).date(), AHEAD)
    admins = [s for s in await uow.staff.all() if s.role is Role.ADMIN and s.person is not None]
    if year is None or not admins or not await uow.delivery.first_time(f"year:{year}", now):
        return []
    reach = await uow.residents.reach({s.person for s in admins if s.person is not None})
    return [Say(r.address, "calendar.unknown_year", {"year": year}) for r in reach.values()]
