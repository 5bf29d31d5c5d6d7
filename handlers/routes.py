"""Every button, command and step, and what answers it. Start reading here."""

from handlers import (
    absence,
    dispatching,
    drafts,
    extend,
    groups,
    hold,
    home,
    merging,
    organisations,
    rates,
    ratings,
    residents,
    subtasks,
    suggestions,
    tickets,
    watchlist,
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
    **merging.ROUTES,
    **subtasks.ROUTES,
    **ratings.ROUTES,
    **rates.ROUTES,
    **organisations.ROUTES,
    **hold.ROUTES,
    **extend.ROUTES,
    **absence.ROUTES,
    **watchlist.ROUTES,
}
