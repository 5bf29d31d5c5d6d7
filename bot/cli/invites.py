"""linli invites: one-time codes for households and staff, on the screen or as letters."""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import typer

from bot.cli import telegram, wechat
from bot.cli.configuration import configured
from bot.cli.plainly import refuse
from bot.cli.work import carry_out
from bot.clock import system_clock
from bot.config import Config
from bot.letters import Doors, Letter, render, write_privately
from bot.opening import open_community
from domain.residents import CODE_ADULTS, CODE_DAYS, Household, Staff, show_code, write_code
from storage.imports import Imports
from storage.uow import Storage

RANDOM_BYTES = 7  # 56 bits for a code of 50
ALL = "all"


@dataclass(frozen=True)
class Invited:
    """Somebody who gets a code: a household, or a member of staff."""

    shown: str
    code: str
    household: int | None = None
    staff: int | None = None


def invite(
    household: str | None,
    building: str | None,
    staff: str | None,
    out: Path | None,
    yes: bool,
    config: Path,
) -> None:
    if sum(choice is not None for choice in (household, building, staff)) != 1:
        raise typer.BadParameter("name one of --household, --building and --staff")
    if (building is None) != (out is None):
        raise typer.BadParameter("--building and --out go together")
    settled = configured(config)
    if building is not None and out is not None:
        if out.exists() and not yes:
            typer.confirm(f"{out} exists. Replace it?", abort=True)
        carry_out(_letters(settled, building, out, yes))
    elif household is not None:
        carry_out(_household(settled, household, yes))
    elif staff is not None:
        carry_out(_staff(settled, staff, yes))


async def _household(config: Config, door: str, yes: bool) -> None:
    async with open_community(config, system_clock) as storage:
        async with storage.begin() as uow:
            found = await Imports.within(uow).household_at(door)
        if found is None:
            refuse(f"There is no household {door!r}; say it as building-unit-room.")
        await _issue(config, storage, [_invite_household(found)], yes)


async def _staff(config: Config, name: str, yes: bool) -> None:
    async with open_community(config, system_clock) as storage:
        async with storage.begin() as uow:
            appointed = await uow.staff.all()
        invited = [_invite_staff(member) for member in _without_account(appointed, name)]
        await _issue(config, storage, invited, yes)


def _without_account(appointed: list[Staff], name: str) -> list[Staff]:
    named = [s for s in appointed if name in (ALL, s.name) and not s.is_over]
    waiting = [member for member in named if member.person is None]
    if not named:
        refuse(f"Nobody named {name} is appointed." if name != ALL else "Nobody is appointed.")
    if not waiting:
        refuse("They have joined already. To move an appointment, import it with the new account.")
    return waiting


async def _issue(config: Config, storage: Storage, invited: list[Invited], yes: bool) -> None:
    now = system_clock()
    await _confirm(storage, invited, now, yes)
    doors = Doors(await telegram.username(config), config.web.public_url)
    await _keep(storage, invited, now)
    for one in invited:
        typer.echo(f"{one.shown}  {show_code(one.code)}")
        if link := doors.link(one.code):
            typer.echo(f"  {link}")
    adults = f", for up to {CODE_ADULTS} adults" if invited[0].household is not None else ", once"
    typer.echo(f"Until {_until(config, now):%Y-%m-%d}{adults}.")


async def _letters(config: Config, building: str, out: Path, yes: bool) -> None:
    async with open_community(config, system_clock) as storage:
        async with storage.begin() as uow:
            found = await Imports.within(uow).households_of(building)
        if not found:
            refuse(f"There is no household in building {building!r}.")
        now = system_clock()
        invited = [_invite_household(household) for household in found]
        await _confirm(storage, invited, now, yes)
        page = await _page(config, storage, invited, now)
        await _deliver(storage, invited, now, page, out)
    typer.echo(f"{len(invited)} letters in {out}, which only you can read. Delete it once printed.")


async def _page(config: Config, storage: Storage, invited: list[Invited], now: datetime) -> str:
    doors = Doors(await telegram.username(config), config.web.public_url)
    if config.telegram.enabled and not doors.username:
        typer.echo("Telegram does not tell the bot's name: the letters have no link to it.")
    scenes = await wechat.scenes(config, storage, [one.code for one in invited])
    letters = [Letter(one.shown, one.code, scenes.get(one.code, "")) for one in invited]
    return render(letters, config.community, doors, _until(config, now))


async def _deliver(
    storage: Storage, invited: list[Invited], now: datetime, page: str, out: Path
) -> None:
    """The page is on the disk before its codes count, and gone when they could not be kept."""
    written = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        write_privately(written, page)
        await _keep(storage, invited, now)
        written.replace(out)
    except OSError as error:
        refuse(f"{out} cannot be written ({error.strerror}).")
    finally:
        with suppress(OSError):
            written.unlink(missing_ok=True)


async def _confirm(storage: Storage, invited: list[Invited], now: datetime, yes: bool) -> None:
    """Ask before codes that somebody may hold in their hand stop working."""
    households = {one.household for one in invited if one.household is not None}
    staff = {one.staff for one in invited if one.staff is not None}
    async with storage.begin() as uow:
        cancelled = await Imports.within(uow).codes_that_work(households, staff, now)
    if cancelled:
        typer.echo(f"{cancelled} codes given out before could still be used and will be cancelled.")
        if not yes:
            typer.confirm("Go on?", abort=True)


async def _keep(storage: Storage, invited: Iterable[Invited], now: datetime) -> None:
    async with storage.begin() as uow:
        for one in invited:
            await uow.invites.issue(one.code, household=one.household, staff=one.staff, now=now)


def _invite_household(household: Household) -> Invited:
    return Invited(household.door, _new_code(), household=household.id)


def _invite_staff(member: Staff) -> Invited:
    return Invited(member.name, _new_code(), staff=member.id)


def _new_code() -> str:
    return write_code(os.urandom(RANDOM_BYTES))


def _until(config: Config, now: datetime) -> datetime:
    return (now + timedelta(days=CODE_DAYS)).astimezone(config.community.calendar.zone)
