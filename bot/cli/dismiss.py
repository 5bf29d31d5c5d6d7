"""linli dismiss: an appointment ends, also while the bot runs."""

from pathlib import Path

import typer

from bot.cli.configuration import configured
from bot.cli.plainly import refuse
from bot.cli.work import carry_out
from bot.clock import system_clock
from bot.config import Config
from bot.opening import open_community
from casework import dismissing, reminding
from casework.scene import System
from domain.residents import Staff
from storage.uow import Storage, UnitOfWork


def dismiss(name: str, yes: bool, config: Path) -> None:
    carry_out(_dismiss(configured(config), name, yes))


async def _dismiss(config: Config, name: str, yes: bool) -> None:
    async with open_community(config, system_clock) as storage:
        async with storage.begin() as uow:
            gone = await _appointed(uow, name)
            count = await uow.tickets.count_open(holder_id=gone.id)
        if not yes:
            typer.confirm(f"{name} has {count} open cases. End the appointment?", abort=True)
        left = await _end(storage, config, name)
    typer.echo(f"{name} is appointed no more. Cases that nobody else could take: {left}.")


async def _end(storage: Storage, config: Config, name: str) -> int:
    """How many cases stay with nobody."""
    async with storage.begin() as uow:
        gone = await _appointed(uow, name)
        scene = System(config.community, system_clock(), uow)
        await reminding.promise(scene, await dismissing.dismiss(scene, gone))
        return await uow.tickets.count_open(holder_id=gone.id)


async def _appointed(uow: UnitOfWork, name: str) -> Staff:
    named = [s for s in await uow.staff.all() if s.name == name and not s.is_over]
    return named[0] if named else refuse(f"Nobody named {name} is appointed.")
