"""A community's database as the running bot has it."""

from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from bot.clock import system_clock
from bot.config import load
from bot.opening import open_community
from storage.engine import unavailable
from tests.town import environment, written_config

ENDLESS = "SELECT count(*) FROM generate_series(1, 1000000000)"


async def test_what_does_not_end_on_postgresql_is_ended_as_if_the_database_were_away(
    postgresql_url: str, tmp_path: Path
) -> None:
    """A plan made for empty tables went on for seventeen minutes when they had filled at once."""
    config = load(written_config(tmp_path, None), environment(postgresql_url))
    opened = open_community(config, system_clock)
    async with opened as storage, storage.engine.connect() as connection:
        limit = await connection.exec_driver_sql("SHOW statement_timeout")
        assert limit.scalar_one() == "2min"
        await connection.exec_driver_sql("SET LOCAL statement_timeout = 1")
        with pytest.raises(DBAPIError) as ended:
            await connection.exec_driver_sql(ENDLESS)

    assert unavailable(ended.value)
