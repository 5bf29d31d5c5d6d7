"""For staff: doors where messages wait until somebody comes by, because their platform allows none.

Read privately only: a group reads no door.
"""

from dataclasses import dataclass

from domain.conversation import Action, Phrase, Say
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
    if not rows:
        return [turn.say("visits.nobody")]
    lines = tuple(
        Phrase("visits.door", {"door": f"{r.building}-{r.unit}-{r.room}", "many": r.many})
        for r in rows
    )
    return [turn.say("visits.doors", lines=lines)]


ROUTES: Routes = {ShowVisits: show_visits}
