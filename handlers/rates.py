"""The three rates, told with their denominators: the community's, one's own, never a ranking."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.conversation import Action, Blank, Phrase, Say
from domain.rates import By, Period, Rate, Rates, Tally
from domain.residents import Role
from handlers.turn import Routes, Turn

OVERSEERS = frozenset({Role.SECRETARY, Role.ADMIN, Role.AUDITOR})  # who see every grid


@dataclass(frozen=True)
class ShowRates(Action, code="rates"):
    """How well are we answered, this month and last?"""


async def show_rates(turn: Turn, action: ShowRates) -> list[Say]:
    """Overseers see the community and its grids, members their own cases, all others the sums."""
    staff = turn.person.staff
    sees_grids = staff is not None and staff.role in OVERSEERS
    mine = staff.id if staff and not sees_grids else None
    zone = turn.community.calendar.zone
    this_month = Period.month(turn.now.astimezone(zone).date(), zone)
    months = [await _tally(turn, month, mine) for month in (this_month, this_month.before())]
    told = tuple(_month(tally.period, tally.total) for tally in months)
    key = "rates.community" if mine is None else "rates.mine"
    says = [turn.say(key, community=turn.community.name, months=told)]
    if sees_grids:
        says += [_grids(turn, tally) for tally in months if tally.groups]
    return says


async def _tally(turn: Turn, period: Period, holder: int | None) -> Tally:
    tally = Tally(period, turn.community.calendar, turn.now, By.GRID)
    for lot in await turn.uow.rates.lots(period, holder=holder):
        for record in await turn.uow.rates.records(lot):
            tally.add(record)
    return tally


def _month(period: Period, rates: Rates) -> Phrase:
    counts = {"accepted": rates.accepted, "assessable": rates.assessable, "silent": rates.silent}
    return Phrase("rates.month", {"month": _named(period), **counts, **_told(rates)})


def _grids(turn: Turn, tally: Tally) -> Say:
    lines = tuple(_lines(turn, tally))
    return turn.say("rates.grids", month=_named(tally.period), lines=lines)


def _lines(turn: Turn, tally: Tally) -> Iterator[Phrase]:
    """The grids as config.yaml lists them, then those it no longer knows, then of none."""
    known = turn.community.grids
    others = sorted(str(code) for code in tally.groups if code is not None and code not in known)
    for code in (*known, *others, None):
        if code in tally.groups:
            name: Blank = known.get(code, code) if code else Phrase("rates.no_grid")
            yield Phrase("rates.grid", {"grid": name, **_told(tally.groups[code])})


def _told(rates: Rates) -> dict[str, Blank]:
    return {
        "response": _share(rates.response),
        "solved": _share(rates.solved),
        "satisfied": _share(rates.satisfied),
        "in_time": _share(rates.in_time),
    }


def _share(rate: Rate) -> Blank:
    """Nothing of nothing is a dash, never 0 %; small numbers are told as numbers."""
    if not rate.whole:
        return "—"
    counts: dict[str, Blank] = {"part": rate.part, "whole": rate.whole}
    if rate.percent is None:
        return Phrase("rates.few", counts)
    return Phrase("rates.rate", {"percent": rate.percent, **counts})


def _named(period: Period) -> Phrase:
    return Phrase("rates.month_name", {"year": period.first.year, "month": period.first.month})


ROUTES: Routes = {ShowRates: show_rates}
