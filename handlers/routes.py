"""Every button, command and step, and what answers it. Start reading here."""

from handlers import (
    dispatching,
    drafts,
    groups,
    home,
    rates,
    ratings,
    residents,
    suggestions,
    tickets,
)
from handlers.turn import Routes

ROUTES: Routes = {
    **home.ROUTES,
    **residents.ROUTES,
    **groups.ROUTES,
    **drafts.ROUTES,
    **suggestions.ROUTES,
    **tickets.ROUTES,
    **dispatching.ROUTES,
    **ratings.ROUTES,
    **rates.ROUTES,
}
