"""linli import: reads a list, shows what it would change, asks, and writes it as a whole."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from bot.cli.configuration import configured
from bot.cli.work import carry_out, console
from bot.clock import system_clock
from bot.config import Config
from bot.imports import (
    Tick,
    plan_delegate_list,
    plan_group_list,
    plan_household_list,
    plan_organisation_list,
    plan_owner_list,
    plan_staff_list,
    write_delegate_list,
    write_group_list,
    write_household_list,
    write_organisation_list,
    write_owner_list,
    write_staff_list,
)
from bot.opening import open_community
from domain.conversation import Address
from domain.imports import GroupRow, HouseholdRow, StaffRow
from domain.organisations import OrganisationRow, level_name
from domain.owners import DelegateRow, OwnerRow
from domain.roll import Kind, square_metres
from storage.imports import Counts

PREVIEWED = 5  # rows
BUILDINGS = 30  # of the totals by building


def households(file: Path, yes: bool, config: Path) -> None:
    carry_out(_households(configured(config), file, yes))


def staff(file: Path, yes: bool, config: Path) -> None:
    carry_out(_staff(configured(config), file, yes))


def organisations(file: Path, yes: bool, config: Path) -> None:
    carry_out(_organisations(configured(config), file, yes))


def owners(file: Path, yes: bool, config: Path) -> None:
    carry_out(_owners(configured(config), file, yes))


def delegates(file: Path, yes: bool, config: Path) -> None:
    carry_out(_delegates(configured(config), file, yes))


def groups(file: Path, yes: bool, config: Path) -> None:
    carry_out(_groups(configured(config), file, yes))


async def _households(config: Config, file: Path, yes: bool) -> None:
    async with open_community(config, system_clock) as storage:
        with progress("Reading") as tick:
            listed = await plan_household_list(storage, config.community, file, tick)
        _show_households(listed.rows)
        if _go_ahead(listed.plan.counts, "households", yes):
            total = listed.plan.counts.new + listed.plan.counts.changed
            with progress("Writing", total) as tick:
                await write_household_list(storage, listed.plan, tick)
            _done(listed.plan.counts, "households")


async def _staff(config: Config, file: Path, yes: bool) -> None:
    async with open_community(config, system_clock) as storage:
        listed = await plan_staff_list(storage, config.community, file)
        _show_staff(listed.rows, listed.plan.absent)
        if _go_ahead(listed.plan.counts, "staff", yes):
            await write_staff_list(storage, config.community, listed.plan, system_clock())
            _done(listed.plan.counts, "staff")


async def _organisations(config: Config, file: Path, yes: bool) -> None:
    async with open_community(config, system_clock) as storage:
        listed = await plan_organisation_list(storage, file)
        _show_organisations(listed.rows, listed.plan.released)
        if _go_ahead(listed.plan.counts, "members", yes):
            await write_organisation_list(storage, listed.plan)
            _done(listed.plan.counts, "members")


async def _owners(config: Config, file: Path, yes: bool) -> None:
    async with open_community(config, system_clock) as storage:
        with progress("Reading") as tick:
            listed = await plan_owner_list(storage, file, tick)
        _show_owners(listed.rows, listed.plan.owners)
        if _go_ahead(listed.plan.counts, "properties", yes):
            total = listed.plan.counts.new + listed.plan.counts.changed
            with progress("Writing", total) as tick:
                await write_owner_list(storage, listed.plan, system_clock(), tick)
            _done(listed.plan.counts, "properties")


async def _delegates(config: Config, file: Path, yes: bool) -> None:
    async with open_community(config, system_clock) as storage:
        listed = await plan_delegate_list(storage, file)
        _show_delegates(listed.rows, listed.plan.unjoined, len(listed.plan.gone))
        if _go_ahead(listed.plan.counts, "delegates", yes):
            await write_delegate_list(storage, config.community, listed.plan, system_clock())
            _done(listed.plan.counts, "delegates")


async def _groups(config: Config, file: Path, yes: bool) -> None:
    async with open_community(config, system_clock) as storage:
        listed = await plan_group_list(storage, config.community, file)
        _show_groups(listed.rows)
        if _go_ahead(listed.plan.counts, "groups", yes):
            await write_group_list(storage, listed.plan)
            _done(listed.plan.counts, "groups")


def _go_ahead(counts: Counts, what: str, yes: bool) -> bool:
    said = f"{counts.new} new, {counts.changed} changed, {counts.unchanged} as they are"
    stay = f"; {counts.absent} not in this list stay" if counts.absent else ""
    typer.echo(f"{what.capitalize()}: {said}{stay}.")
    if counts.nothing:
        typer.echo("Nothing to change, nothing written.")
        return False
    return yes or typer.confirm("Write this?", abort=True)


def _done(counts: Counts, what: str) -> None:
    typer.echo(f"Written: {counts.new} new and {counts.changed} changed {what}.")


def _show_households(rows: list[HouseholdRow]) -> None:
    """Five rows and the totals; of a phone and an owner only whether they are given."""
    _table(
        ("line", "building", "unit", "room", "area m²", "grid", "owner", "phone", "adults"),
        (
            (
                r.line,
                r.building,
                r.unit,
                r.room,
                square_metres(r.area),
                r.grid,
                _given(r.owner),
                _given(r.phone),
                "" if r.adults is None else r.adults,
            )
            for r in rows[:PREVIEWED]
        ),
        len(rows),
    )
    _show_buildings(rows)


def _show_buildings(rows: list[HouseholdRow]) -> None:
    buildings = Counter(row.building for row in rows)
    areas: Counter[str] = Counter()
    for row in rows:
        areas[row.building] += row.area
    grids = {row.building: row.grid for row in rows}
    _table(
        ("building", "grid", "households", "area m²"),
        ((b, grids[b], n, square_metres(areas[b])) for b, n in list(buildings.items())[:BUILDINGS]),
        len(buildings),
    )
    typer.echo(
        f"In all {len(rows)} households with {square_metres(areas.total())} m²{_adults(rows)}."
    )


def _adults(rows: list[HouseholdRow]) -> str:
    told = [row.adults for row in rows if row.adults is not None]
    return f"; {sum(told)} adults in {len(told)} of them" if told else ""


def _show_staff(rows: list[StaffRow], absent: list[str]) -> None:
    _table(
        ("line", "name", "role", "duties", "grids", "deputy", "account"),
        (
            (
                r.line,
                r.name,
                r.role,
                ";".join(r.duties),
                ";".join(r.grids),
                r.deputy,
                _chat(r.account),
            )
            for r in rows[:PREVIEWED]
        ),
        len(rows),
    )
    if absent:
        typer.echo(f"Not in this list, and stay appointed: {', '.join(absent)}")


def _show_organisations(rows: list[OrganisationRow], released: list[str]) -> None:
    shown = ((r.line, r.name, level_name(r.level), ";".join(r.staff)) for r in rows[:PREVIEWED])
    _table(("line", "name", "level", "staff"), shown, len(rows))
    if released:
        typer.echo(f"Not in this list, and the community's again: {', '.join(released)}")


def _show_owners(rows: list[OwnerRow], owners: int) -> None:
    """Five rows and the totals; of a name and a phone only whether they are given."""
    _table(
        ("line", "property", "area m²", "kind", "votes for all", "owner", "phone", "source"),
        (
            (
                r.line, r.place, "–" if r.area is None else square_metres(r.area), r.kind,
                "yes" if r.represents else "", _given(r.owner), _given(r.phone), r.source,
            )
            for r in rows[:PREVIEWED]
        ),
        len(rows),
    )  # fmt: skip
    areas: dict[str, int | None] = {}
    for row in rows:
        areas[row.place] = areas.get(row.place) or row.area
    whole = sum(area or 0 for area in areas.values())
    typer.echo(f"In all {owners} owners of {len(areas)} properties with {square_metres(whole)} m².")
    if missing := sum(area is None for area in areas.values()):
        typer.echo(f"{missing} without an area: no vote of owners opens before it is known.")
    named = {row.who for row in rows if row.kind is Kind.PERSON and not row.phone}
    if named:
        typer.echo(f"{len(named)} persons without a phone: each flat of theirs is another owner's.")


def _show_delegates(rows: list[DelegateRow], unjoined: int, gone: int) -> None:
    shown = ((r.line, r.name, r.door or "–", _chat(r.account)) for r in rows[:PREVIEWED])
    _table(("line", "name", "door", "account"), shown, len(rows))
    if unjoined:
        typer.echo(f"{unjoined} have not joined yet; they count, and cannot vote.")
    if gone:
        typer.echo(f"Not in this list, and delegates no more: {gone}")


def _show_groups(rows: list[GroupRow]) -> None:
    shown = ((r.line, _chat(r.account), r.scope, r.value) for r in rows[:PREVIEWED])
    _table(("line", "account", "scope", "of"), shown, len(rows))


def _table(columns: Iterable[str], rows: Iterable[tuple[object, ...]], of: int) -> None:
    table = Table(*columns)
    shown = list(rows)
    for row in shown:
        table.add_row(*(escape(str(cell)) for cell in row))
    console().print(table)
    if of > len(shown):
        typer.echo(f"… and {of - len(shown)} more rows.")


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Tick]:
    """A bar that goes when the work is done; on a screen only."""
    screen = console()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda rows: bar.advance(task, rows)


def _given(text: str) -> str:
    return "given" if text else "–"


def _chat(account: Address | None) -> str:
    return f"{account.channel}:{account.chat}" if account else "–"
