"""linli bundle: the whole record of a closed vote in one file, for auditors."""

from pathlib import Path

import typer

from bot.bundle import Given, give
from bot.cli.configuration import configured
from bot.cli.imports import progress
from bot.cli.plainly import refuse
from bot.cli.work import carry_out
from bot.clock import system_clock
from bot.config import Config
from bot.opening import open_community
from casework.bundling import Refusal
from domain.conversation import Phrase
from texts import Texts

LANGUAGE = "en"  # of every command


def give_out(matter: int, out: Path | None, config: Path) -> None:
    carry_out(_give_out(configured(config), matter, out or Path(f"bundle-{matter}.zip")))


async def _give_out(config: Config, matter: int, out: Path) -> None:
    async with open_community(config, system_clock) as storage:
        async with storage.begin() as uow:
            kept = await uow.matters.get(matter)
        rows = kept.units + 2 * kept.ballots if kept else 0
        try:
            with progress("Writing", rows) as tick:
                given = await give(storage, config.community, matter, out, system_clock(), tick)
        except OSError as error:
            refuse(f"{out} cannot be written ({error.strerror}).")
        if isinstance(given, Refusal):
            refuse(_in_words(config, given, matter))
        _told(out, given)


def _in_words(config: Config, refusal: Refusal, matter: int) -> str:
    texts = Texts.load(config.community.language, config.community.calendar.zone)
    return texts.plain(LANGUAGE, Phrase(refusal, {"number": matter}))


def _told(out: Path, given: Given) -> None:
    typer.echo(f"{out}: {given.rows} lines of the record. Only you can read it.")
    typer.echo(f"SHA-256: {given.fingerprint}")
    typer.echo("Give it to the auditors with this fingerprint, then delete it.")
    typer.echo(f"Check it: python3 verify.py {out} --language {LANGUAGE} --head SIZE:ROOT")
