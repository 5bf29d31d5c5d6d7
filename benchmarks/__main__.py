"""``python -m benchmarks``: measures everything in some ten minutes and prints tables."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import URL

from benchmarks import ballots, inside, lists, machine, whole
from tests import databases

console = Console(width=130)


def main(
    rounds: Annotated[int, typer.Option(help="Counted rounds of each contest.", min=1)] = 5,
) -> None:
    """Suggestions per second, time to the reply and statements per update, on both databases."""
    console.print(machine.described())
    console.print(f"before: {machine.load()}")
    with databases.postgresql_server() as server, TemporaryDirectory() as folder:
        asyncio.run(_measure(server, Path(folder), rounds))
    console.print(f"after: {machine.load()}")


async def _measure(server: URL, folder: Path, rounds: int) -> None:
    await whole.make_durable(server)
    with console.status("starting") as status:
        lots = [lot async for lot in whole.compared(server, folder, rounds, status.update)]
        console.print(whole.table(lots))
        sides = ballots.ours, ballots.bare
        voted = whole.compared(server, folder / "ballots", rounds, status.update, *sides)
        console.print(whole.table([lot async for lot in voted]))
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
