"""The cases that leaders look at themselves (提级督办): up, reopened twice, or very late."""

from casework.actions import ShowWatchlist, ShowWork
from casework.views import about, state_line
from domain.conversation import Blank, Choice, Phrase, Say
from domain.deadlines import running
from domain.escalation import very_late
from domain.residents import DISPATCHERS, Role
from handlers.turn import Routes, Turn
from storage.tickets import Case

READERS = DISPATCHERS | {Role.AUDITOR}
MOST_LISTED = 10
MOST_LATE = 20  # whose clocks are counted out for one list


async def show_watchlist(turn: Turn, action: ShowWatchlist) -> list[Say]:
    """The oldest first. An auditor reads; the buttons are for those who can act."""
    staff = turn.person.staff
    if staff is None or staff.role not in READERS:
        return [turn.say("watchlist.only_leaders")]
    cases = await _cases(turn)
    if not cases:
        return [turn.say("watchlist.none")]
    everybody = {s.id: s for s in await turn.uow.staff.all()}
    shown = cases[:MOST_LISTED]
    lines: list[Blank] = [
        Phrase(
            "watchlist.line",
            {
                "number": c.number,
                "summary": about(c),
                "state": state_line(c.ticket, everybody),
                "round": c.ticket.round,
                "opened": c.ticket.opened_at or turn.now,
            },
        )
        for c in shown
    ]
    if len(cases) > len(shown):
        lines.append(Phrase("watchlist.and_more"))
    return [turn.say("watchlist.list", choices=_buttons(shown, staff.role), cases=tuple(lines))]


def _buttons(cases: list[Case], role: Role) -> tuple[Choice, ...]:
    if role not in DISPATCHERS:
        return ()
    label = "tickets.button.open"
    return tuple(Choice(Phrase(label, {"number": c.number}), ShowWork(c.number)) for c in cases)


async def _cases(turn: Turn) -> list[Case]:
    found = {c.number: c for c in await turn.uow.tickets.gone_up(turn.now, MOST_LISTED + 1)}
    for case in await turn.uow.tickets.late(turn.now, MOST_LATE):
        if case.number not in found:
            stamps = await turn.uow.tickets.stamps(case.number)
            if very_late(running(stamps, turn.community), turn.community.calendar, turn.now):
                found[case.number] = case
    return sorted(found.values(), key=lambda c: (c.ticket.opened_at or turn.now, c.number))


ROUTES: Routes = {ShowWatchlist: show_watchlist}
