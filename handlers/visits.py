"""For staff: doors where messages wait until somebody comes by, and doors that none can reach.

Read privately only: a group reads no door.
"""

from dataclasses import dataclass
from typing import Any

from domain.conversation import Action, Phrase, Say, listed
from domain.residents import HANDLERS
from handlers.turn import Routes, Turn

DOORS_SHOWN = 40


@dataclass(frozen=True)
class ShowVisits(Action, code="visits"):
    """Whom in my grids did messages not reach yet?"""


async def show_visits(turn: Turn, action: ShowVisits) -> list[Say]:
    staff = turn.person.staff
    if staff is None or staff.role not in HANDLERS:
        return [turn.say("visits.only_staff")]
    grids = turn.community.grids if "*" in staff.grids else staff.grids
    rows = await turn.uow.delivery.held_doors(list(grids), DOORS_SHOWN)
    closed = await turn.uow.routing.closed_doors(list(grids), turn.now, DOORS_SHOWN)
    says: list[Say] = []
    if rows:
        lines = tuple(Phrase("visits.door", {"door": _door(r), "many": r.many}) for r in rows)
        says.append(turn.say("visits.doors", lines=lines))
    if closed:
        says.append(turn.say("visits.closed", doors=listed(_door(r) for r in closed)))
    return says or [turn.say("visits.nobody")]


def _door(row: Any) -> str:
    return f"{row.building}-{row.unit}-{row.room}"


ROUTES: Routes = {ShowVisits: show_visits}
