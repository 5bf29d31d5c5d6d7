"""Drafts the next step from what the tables in code have and the steps so far do not make.

Run by ``make migration``. A draft is read and mended by a person before it is committed.
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from sqlalchemy import Connection

from storage.engine import open_engine
from storage.migrate import newest, settings, upgrade


async def draft(message: str) -> None:
    with TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite+aiosqlite:///{Path(folder, 'linli.db')}")
        await upgrade(engine)
        async with engine.connect() as connection:
            await connection.run_sync(_write, message)
        await engine.dispose()


def _write(connection: Connection, message: str) -> None:
    config = settings(connection)
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    number = int(newest() or 0) + 1
    command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1]:
        sys.exit('Say what changes: make migration m="tickets remember who closed them"')
    asyncio.run(draft(sys.argv[1]))
