"""Whom it is told when a stage, or an objection, stands still past its time."""

from casework import matters
from casework.scene import Scene
from domain.conversation import Address
from domain.residents import COMMUNITY_LEVEL, Staff, dispatcher, one_above

HIGHEST = 3  # levels it climbs: who answers for it, the dispatcher, the street office


async def who_hears(scene: Scene, staff: list[Staff], owner: int, level: int) -> list[Address]:
    """Who answers for it each time, and whom it has come up to now: each of these once."""
    above: Staff | None = None
    if level == HIGHEST:
        above = one_above(staff, COMMUNITY_LEVEL, "*", {}, scene.now)
    elif level > 1:
        above = dispatcher(staff, scene.now)
    return await matters.staff_addresses(scene, owner, above.id if above else None)
