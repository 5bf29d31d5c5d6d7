"""A group of building 3 in which twenty neighbours wrote some days ago, and nights that pass."""

from datetime import date, timedelta

from domain.conversation import Address
from scheduler.health import end_steps, look_at_groups
from storage import alive_tables as alive
from storage.groups import Group, hashed
from tests.world import BUILDING_3, COMMUNITY, World

GROUP = Group(BUILDING_3, "building", "3", "zh")
NEIGHBOURS = [Address("buttons", f"3{n:02}") for n in range(20)]


async def wrote(world: World, *people: Address, days_ago: int = 0) -> None:
    """Each of them wrote three times in the group of building 3."""
    day = today(world) - timedelta(days=days_ago)
    rows = [
        {"channel": BUILDING_3.channel, "chat": BUILDING_3.chat, "day": day, "posts": 3,
         "person": hashed(world.storage.vault, GROUP, who)} for who in people
    ]  # fmt: skip
    await world._insert(alive.group_days, rows)


def today(world: World) -> date:
    return world.clock.now.astimezone(COMMUNITY.calendar.zone).date()


async def nights(world: World, many: int) -> None:
    """So many nights pass, each counted twice."""
    for _ in range(many):
        for timer in (look_at_groups, end_steps) * 2:
            await world.ticks(timer)
        world.clock.advance(days=1)
