"""The command line as a person uses it: a folder, an environment, what the screen says."""

import asyncio
import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import text
from typer.testing import CliRunner, Result

from bot.cli import app
from tests import databases

SHIPPED = Path(__file__).parents[2] / "config.yaml"
KEY = "a secret key that everybody knows"
HOUSEHOLDS = "building,unit,room,area,grid,owner,phone"
STAFF = "name,role,duties,grids,deputy,account"
GROUPS = "account,scope"
HOME = ("3", "1", "101", "89.50", "2", "张三", "13800000000")
ZHOU = ("周警官", "member", "utilities;lift", "2", "", "telegram:201")
SUN = ("孙管理员", "admin", "*", "*", "", "telegram:301")


class Linli:
    """One community on one database, and the folder its lists lie in."""

    def __init__(self, folder: Path, database: str, **environ: str) -> None:
        self.folder = folder
        self.database = database
        self.config = SHIPPED
        self.environ = {
            "LINLI_SECRET_KEY": KEY,
            "LINLI_DATABASE_URL": database,
            "COLUMNS": "160",
            **environ,
        }

    def __call__(self, *arguments: str | Path, typed: str = "") -> Result:
        """Run a command; the configuration is ours, and ``typed`` answers its questions."""
        said = [str(part) for part in arguments]
        return CliRunner().invoke(
            app, [*said, "--config", str(self.config)], input=typed, env=self.environ
        )

    def settings(self, added: str) -> None:
        """Use the shipped configuration with other settings in place of its own."""
        self.config = self.folder / "config.yaml"
        replaced = {line.split(":")[0] for line in added.splitlines()}
        kept, skipping = [], False
        for line in SHIPPED.read_text("utf-8").splitlines():
            if line and not line[0].isspace() and not line.startswith("#"):
                skipping = line.split(":")[0] in replaced
            kept += [] if skipping else [line]
        self.config.write_text("\n".join([*kept, added]), "utf-8")

    def listed(self, columns: str, *rows: Iterable[Any], encoding: str = "utf-8") -> Path:
        path = self.folder / "list.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns.split(","))
            writer.writerows(rows)
        return path

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database holds."""
        return asyncio.run(self._rows(query))

    async def _rows(self, query: str) -> list[tuple[Any, ...]]:
        async with databases.engine_for(self.database) as engine, engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(query))]


def home(room: str, **changes: str) -> tuple[str, ...]:
    """A household like HOME in another room."""
    named = dict(zip(HOUSEHOLDS.split(","), HOME, strict=True)) | {"room": room} | changes
    return tuple(named.values())
