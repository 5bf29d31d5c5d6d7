"""A vote put through its stages as people would do it, for the stories that begin with one."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from scheduler.matters import move_matters
from storage.matters import Kept
from tests.records import lines_of
from tests.world import SUN, World

LIFT = ("加装电梯", "只用本单元")


async def put_to_the_vote(
    world: World,
    kind: str,
    way: str,
    what: str,
    *,
    rule: str = "就按这个",
    edits: Sequence[tuple[str, str]] = (),
) -> None:
    """From Sun's first tap to the notice. ``edits``: details to change, each with its words."""
    await world.writes(SUN, "/matters")
    await world.presses(SUN, "发起一项")
    await world.presses(SUN, kind)
    await world.presses(SUN, way)
    await world.presses(SUN, rule)
    await world.writes(SUN, what)
    for detail, words in edits:
        await world.presses(SUN, "修改")
        await world.presses(SUN, detail)
        if words:
            await world.writes(SUN, words)
    for _ in range(3):
        await world.presses(SUN, "这一步不适用")
        await world.writes(SUN, "业主自己发起")
    await world.presses(SUN, "开始公示")
    await world.presses(SUN, "确认，开始公示")


async def opened(
    world: World,
    kind: str = LIFT[0],
    way: str = LIFT[1],
    what: str = "3-2 加装电梯",
    *,
    rule: str = "就按这个",
    edits: Sequence[tuple[str, str]] = (),
) -> None:
    """Put to the vote, its roll frozen, and open; everybody has been told so."""
    await put_to_the_vote(world, kind, way, what, rule=rule, edits=edits)
    await freeze(world)
    await opens(world)


async def freeze(world: World) -> None:
    notice_ends = (await matter(world)).matter.question.notice_ends_at
    assert notice_ends
    world.clock.now = notice_ends + timedelta(hours=9)
    await world.presses(SUN, "冻结名册")
    await world.presses(SUN, "确认，冻结名册")


async def opens(world: World) -> None:
    world.clock.now = await moment(world, "opens_at")
    await world.ticks(move_matters)
    await world.ticks(move_matters)


async def closes(world: World) -> None:
    world.clock.now = await moment(world, "closes_at")
    await world.ticks(move_matters)


async def matter(world: World) -> Kept:
    async with world.storage.begin() as uow:
        kept = await uow.matters.get(1)
    assert kept
    return kept


async def moment(world: World, name: str) -> datetime:
    found: datetime = getattr((await matter(world)).matter, name)
    return found


async def ballots(world: World) -> list[tuple[str | None, str, bool]]:
    """Every line of the record: the choice, how it came, and whether it stands."""
    return [(r.choice, r.via, bool(r.stands)) for r in await lines_of(world.storage, 1)]


async def standing(world: World) -> list[str | None]:
    return [choice for choice, _, stands in await ballots(world) if stands]
