"""Doubted ballots added up by the database: apart from all others, and however many there are."""

from datetime import timedelta

from sqlalchemy import update

from domain.ballots import Via
from domain.doubts import Reason, State
from domain.residents import Role
from domain.voting import Sum
from storage import voting_tables as v
from storage.rows import LOT
from storage.uow import Storage
from tests.databases import NOON
from tests.votes import everybody_votes, has_vote
from tests.world import SUN, FakeClock, World

DOUBTED = LOT + 500  # of which some are asked for in a second lot


async def test_more_doubted_ballots_than_one_lot_are_added_up_whole(storage: Storage) -> None:
    await World(storage, FakeClock()).has_staff(SUN, "孙主任", Role.ADMIN, [], ["*"])
    kept = await has_vote(storage, DOUBTED + 100)
    await everybody_votes(storage, kept.number, NOON, NOON + timedelta(days=1))
    async with storage.begin() as uow:
        await uow.doubts.add(kept.number, range(1, DOUBTED + 1), Reason.BURST, NOON)
        await uow.doubts.add(kept.number, range(1, 10), Reason.REPORTED, NOON)  # counted once
        await uow.doubts.add(kept.number, range(1, DOUBTED + 100), Reason.NEW, NOON)  # not asked
        [tally] = await uow.ballots.doubtful(kept.number, 1)
        whole = await uow.ballots.sums(kept.number, 0)
        nothing = await uow.ballots.sums(kept.number, 0, [])
        no_way = await uow.ballots.ways(kept.number, [])
    async with storage.engine.begin() as connection:
        burst = update(v.doubts).where(v.doubts.c.reason == Reason.BURST)
        await connection.execute(burst.values(state=State.STRUCK))
    async with storage.begin() as uow:
        lines = await uow.records.struck(kept.number)
        struck = await uow.ballots.sums(kept.number, 0, lines)
        ways = await uow.ballots.ways(kept.number, lines)
        still = await uow.ballots.doubtful(kept.number, 1)  # nine were reported, too

    assert (tally.yes.number, tally.no.number) == (DOUBTED * 2 // 3, DOUBTED // 3)
    assert sum(whole.values(), Sum()).number == DOUBTED + 100
    assert (nothing, no_way) == ({}, {})
    assert struck == {"yes": tally.yes, "no": tally.no}
    assert ways == {Via.CHAT: DOUBTED} and still == []
