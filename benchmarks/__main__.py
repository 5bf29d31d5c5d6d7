"""``python -m benchmarks``: measures everything in some eight minutes and prints tables.

``--quick`` is a first impression in a minute: one round, SQLite, 32 in flight.
"""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import URL

from benchmarks import ballots, bots, desk, inside, lists, machine, markdown, raw, sends, whole
from tests import databases

console = Console(width=130)
BOTS = (bots.ours, raw.driver, bots.aiogram, bots.telebot, bots.bare)
BALLOTS = (ballots.ours, ballots.bare)


def main(
    rounds: Annotated[int, typer.Option(help="Counted rounds of each contest.", min=1)] = 3,
    quick: Annotated[bool, typer.Option("--quick", help="A first impression.")] = False,
) -> None:
    """Our whole bot against bare ones of other libraries, on both databases."""
    began = monotonic()
    print(machine.described(), f"before: {machine.load()}", "", sep="\n")
    with databases.postgresql_server() as server, TemporaryDirectory() as folder:
        asyncio.run(_contests(server, Path(folder), 1 if quick else rounds, quick))
        if not quick:
            asyncio.run(_inside(server, Path(folder), rounds))
    print(f"after: {machine.load()}; {monotonic() - began:.0f} seconds")


async def _contests(server: URL, folder: Path, rounds: int, quick: bool) -> None:
    await whole.make_durable(server)
    engines = whole.ENGINES[:1] if quick else whole.ENGINES
    loads = whole.QUICK if quick else whole.LOADS
    with console.status("starting") as status:
        for what, sides in (("suggestions", BOTS), ("ballots", BALLOTS)):
            lots = whole.compared(
                server, folder / what, rounds, status.update, sides, engines, loads
            )
            print(markdown.table(whole.HEADS, whole.rows([lot async for lot in lots])), "\n")
        status.update("sends")
        print(markdown.table(sends.HEADS, await sends.rows(rounds)), "\n")


async def _inside(server: URL, folder: Path, rounds: int) -> None:
    with console.status("cases against django-helpdesk") as status:
        print(markdown.table(desk.HEADS, await desk.rows(server, folder, rounds)), "\n")
        status.update("statements and large communities")
        async with databases.created(server) as postgresql:
            sqlite = f"sqlite+aiosqlite:///{folder / 'inside.db'}"
            counts, times = await inside.measured({"SQLite": sqlite, "PostgreSQL": postgresql})
        status.update("lists and clocks of a large community")
        async with databases.created(server) as postgresql:
            sqlite = f"sqlite+aiosqlite:///{folder / 'lists.db'}"
            asked = await lists.measured({"SQLite": sqlite, "PostgreSQL": postgresql})
    console.print(inside.table("statements", counts))
    console.print(inside.table("milliseconds", times))
    console.print(lists.table(asked))


if __name__ == "__main__":
    typer.run(main)
