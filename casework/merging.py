"""Where a case that was merged is handled now."""

from casework.scene import Scene
from storage.tickets import Case


async def main_case(scene: Scene, case: Case) -> Case:
    """The case this one is part of, through every merger; itself where it stands alone."""
    while case.ticket.parent is not None:
        parent = await scene.uow.tickets.get(case.ticket.parent)
        if parent is None:
            return case
        case = parent
    return case
