"""The admin hears in time that next year's days off are not known, and hears it once."""

from dataclasses import replace
from datetime import timedelta

from scheduler.calendar import warn_of_unknown_year
from tests.world import COMMUNITY, NOON, SUN, World

KNOWS_2026 = replace(COMMUNITY, calendar=replace(COMMUNITY.calendar, known_years=frozenset({2026})))


async def test_the_admin_is_warned_once_in_december(world: World):
    async with world.storage.begin() as uow:
        assert await warn_of_unknown_year(uow, NOON, KNOWS_2026) == []

        december = NOON + timedelta(days=280)
        first = await warn_of_unknown_year(uow, december, KNOWS_2026)
        again = await warn_of_unknown_year(uow, december, KNOWS_2026)

    assert [(say.to, say.blanks) for say in first] == [(SUN, {"year": 2027})]
    assert again == []
