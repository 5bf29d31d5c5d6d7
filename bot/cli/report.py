"""linli report: what the community may publish of its work, on the screen or as a file."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import itemgetter
from pathlib import Path

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli.configuration import configured
from bot.cli.plainly import refuse
from bot.cli.work import carry_out, console
from bot.clock import system_clock
from bot.config import Config
from bot.files import safe
from bot.opening import open_community
from domain.community import Community
from domain.conversation import Names
from domain.rates import By, Group, Period, Rate, Rates, Tally
from domain.residents import Staff

SHARES = ("response", "solved", "satisfied", "in_time")
COUNTS = ("accepted", "assessable", "silent")
TOTAL = "total"
YEARS = range(2000, 2101)

Line = tuple[str, Rates]


def tickets(
    first: datetime, last: datetime, by: By, out: Path | None, yes: bool, config: Path
) -> None:
    if first > last:
        refuse("--from is after --to.")
    if not (first.year in YEARS and last.year in YEARS):
        refuse(f"--from and --to are days of the years {YEARS[0]} to {YEARS[-1]}.")
    settled = configured(config)
    if out is not None and out.exists() and not yes:
        typer.confirm(f"{out} exists. Replace it?", abort=True)
    zone = settled.community.calendar.zone
    lines = carry_out(_lines(settled, Period(first.date(), last.date(), zone), by))
    _show(lines, by)
    if out is not None:
        _write(out, lines, by)


async def _lines(config: Config, period: Period, by: By) -> list[Line]:
    """Every group by name, the total last. The bot goes on between two lots of cases."""
    tally = Tally(period, config.community.calendar, system_clock(), by)
    async with open_community(config, system_clock) as storage:
        async with storage.begin() as uow:
            lots = await uow.rates.lots(period)
            staff = await uow.staff.all()
        for lot in lots:
            async with storage.begin() as uow:
                records = await uow.rates.records(lot)
            for record in records:
                tally.add(record)
    total = (TOTAL, tally.total)
    return [total] if by is By.NONE else [*_by_name(tally, config.community, staff), total]


def _by_name(tally: Tally, community: Community, staff: Iterable[Staff]) -> list[Line]:
    known = _names(tally.by, community, staff)
    lines = [(_name(known, group), rates) for group, rates in tally.groups.items()]
    return sorted(lines, key=itemgetter(0))


def _names(by: By, community: Community, staff: Iterable[Staff]) -> Mapping[Group, str]:
    def told(names: Names) -> str:
        return names.by_language[community.language]

    if by is By.GRID:
        return {code: told(name) for code, name in community.grids.items()}
    if by is By.CATEGORY:
        return {category.code: told(category.name) for category in community.categories}
    return {member.id: member.name for member in staff}


def _name(known: Mapping[Group, str], group: Group) -> str:
    return "—" if group is None else known.get(group, str(group))


def _show(lines: list[Line], by: By) -> None:
    table = Table()
    table.add_column(str(by) if by is not By.NONE else "")
    for column in ("accepted", "assessable", *SHARES, "silent"):
        table.add_column(column, justify="right")
    for name, rates in lines:
        shares = (_share(getattr(rates, share)) for share in SHARES)
        counts = str(rates.accepted), str(rates.assessable)
        table.add_row(escape(name), *counts, *shares, str(rates.silent))
    console().print(table)


def _share(rate: Rate) -> str:
    if not rate.whole:
        return "—"
    if rate.percent is None:
        return f"{rate.part} of {rate.whole}"
    return f"{rate.percent} % ({rate.part}/{rate.whole})"


def _write(path: Path, lines: list[Line], by: By) -> None:
    """UTF-8 with a mark at the beginning, without which Excel in China reads GB 18030."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    shares = [f"{share}{part}" for share in SHARES for part in ("", "_of", "_percent")]
    writer.writerow([by, *COUNTS, *shares])
    for name, rates in lines:
        writer.writerow([safe(name), *_counts(rates)])
    try:
        path.write_text(file.getvalue(), "utf-8-sig", newline="")
    except OSError as error:
        refuse(f"{path} cannot be written ({error.strerror}).")


def _counts(rates: Rates) -> Iterable[object]:
    """Raw numbers; the percentage is empty where there are too few of them."""
    yield from (getattr(rates, count) for count in COUNTS)
    for share in SHARES:
        rate: Rate = getattr(rates, share)
        yield from (rate.part, rate.whole, rate.percent or "")
