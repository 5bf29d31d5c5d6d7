"""Three years after a vote nobody can tell any more who voted how; that it was right, everybody."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.bundle import give
from casework.bundling import Refusal
from domain.residents import Role
from scheduler.retention import destroy_details
from storage import voting_tables as v
from tests.deciding import happened, matter, published, ticks
from tests.journeys.test_records import QIN, receipt
from tests.world import ANA, COMMUNITY, SUN, World

YEARS = timedelta(days=3 * 366)
NAMING = (v.voters, v.slips, v.consents, v.mandates, v.entries)


@pytest.fixture
async def archived(world: World) -> World:
    """Story 4, not passed; shown for its days, and archived."""
    await world.has_staff(QIN, "秦监督", Role.AUDITOR, [], ["*"])
    await published(world, "不同意")
    due = (await matter(world)).matter.due_at
    assert due
    world.clock.now = due + timedelta(hours=10)
    await ticks(world)
    assert (await happened(world))[-1] == "archive"
    return world


async def rows(world: World, query: Any) -> list[Any]:
    async with world.storage.engine.begin() as connection:
        return list((await connection.execute(query)).all())


async def destroyed(world: World) -> None:
    """As many ticks as there are kinds of rows, and one to say that it is done."""
    for _ in range(len(NAMING) + 3):
        await world.ticks(destroy_details)


async def test_before_the_years_are_over_everything_is_kept(archived: World):
    archived.clock.advance(days=3 * 365 - 40)
    await destroyed(archived)

    assert (await matter(archived)).salt and "destroy" not in await happened(archived)
    assert all(row.nonce for row in await rows(archived, select(v.ballots.c.nonce)))


async def test_after_them_openings_roll_and_key_are_gone_and_the_record_stays(archived: World):
    code, before = receipt(archived, ANA), await matter(archived)
    lines = await rows(archived, select(v.ballots.c.seq, v.ballots.c.commit, v.ballots.c.hash))
    archived.clock.now += YEARS
    await destroyed(archived)
    after = await matter(archived)

    openings = select(v.ballots.c.choice, v.ballots.c.nonce, v.ballots.c.areas)
    assert {(r.choice, r.nonce, *r.areas) for r in await rows(archived, openings)} == {(None, None)}
    for table in NAMING:
        assert await rows(archived, select(func.count()).select_from(table)) == [(0,)]
    assert not after.salt and (await happened(archived))[-1] == "destroy"
    assert (after.outcome, after.last, after.frontier) == (
        before.outcome, before.last, before.frontier,
    )  # fmt: skip
    same = select(v.ballots.c.seq, v.ballots.c.commit, v.ballots.c.hash)
    assert await rows(archived, same) == lines

    await archived.writes(ANA, f"回执 1 {code}")
    assert "在记录里" in archived.last(ANA)
    await archived.writes(ANA, "存证 1")
    assert "不同意 3" in archived.last(ANA) and "按规定销毁" in archived.last(ANA)
    await archived.writes(QIN, "核对包 1")
    assert "过保存期" in archived.last(QIN)
    await archived.writes(SUN, "事项 1")
    await archived.presses(SUN, "看全过程")
    assert "保存期满" in archived.last(SUN)


async def test_no_bundle_is_made_of_what_was_destroyed(archived: World, tmp_path: Any):
    archived.clock.now += YEARS
    await destroyed(archived)
    path = tmp_path / "bundle.zip"
    given = await give(archived.storage, COMMUNITY, 1, path, archived.clock(), lambda rows: None)

    assert given is Refusal.DESTROYED and not path.exists()


async def test_a_tick_that_is_cut_off_is_made_up_for_by_the_next(archived: World):
    archived.clock.now += YEARS
    await archived.ticks(destroy_details)
    assert (await matter(archived)).salt  # openings are gone, and it is not yet said to be done
    await destroyed(archived)
    await destroyed(archived)

    assert (await happened(archived)).count("destroy") == 1
