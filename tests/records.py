"""The record of a vote as an auditor would go through it, for tests of what writes it."""

from typing import Any

from sqlalchemy import Row

from domain.record import Log, Opening
from storage import voting_tables as v
from storage.ballots import log_of
from storage.uow import Storage


async def lines_of(storage: Storage, number: int) -> list[Row[Any]]:
    b = v.ballots
    async with storage.engine.connect() as connection:
        query = b.select().where(b.c.matter == number).order_by(b.c.seq)
        return list((await connection.execute(query)).all())


async def record_holds(storage: Storage, number: int) -> None:
    """Every line follows from the one before, the tree over all is the one that is kept, and
    exactly the last line of each unit stands, which the roll knows to have answered."""
    async with storage.begin() as uow:
        kept = await uow.matters.get(number)
        assert kept
        roll = [voter async for voter in uow.roll.entries(number)]
        answered = {uow.ballots.vid(kept, voter.unit) for voter in roll if voter.took_part}
    log, last = Log.begin(number, kept.matter.text_hash, kept.matter.roll_hash), {}
    lines = await lines_of(storage, number)
    for row in lines:
        opening = Opening(row.vid, row.choice, 1, tuple(row.areas), row.nonce)
        log, line = log.append(opening, row.at)
        assert (line.seq, line.commit, line.hash) == (row.seq, row.commit, row.hash)
        last[row.vid] = row.seq
    assert log == log_of(kept)
    assert [row.seq for row in lines if row.stands] == sorted(last.values())
    assert answered == last.keys() and kept.voted == len(last)
