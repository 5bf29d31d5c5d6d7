"""A matter in a made-up community: put together by Sun, moved on by people and by the clock."""

from datetime import datetime, timedelta
from typing import Any

from domain.conversation import Address
from scheduler.matters import move_matters
from storage.matters import Kept
from tests.world import ANA, LI, MEI, SUN, World

# Stair 2 of building 3: Ana has buttons, Li types numbers, Mei has buttons, the fourth owner
# has not joined. Ana lives in stair 1 before that.
DOORS: dict[Address | None, str] = {
    ANA: "3-2-101",
    LI: "3-2-201",
    MEI: "3-2-301",
    None: "3-2-302",
}


async def drafted(world: World, title: str = "3-2 加装电梯") -> None:
    """From Sun's first tap to a draft with the number 1."""
    await world.writes(SUN, "/matters")
    await world.presses(SUN, "发起一项")
    await world.presses(SUN, "加装电梯")
    await world.presses(SUN, "只用本单元")
    await world.presses(SUN, "就按这个")
    await world.writes(SUN, title)


async def reviewed(world: World) -> None:
    """Owners put it themselves: no organisation proposes it first."""
    await drafted(world)
    for _ in range(3):
        await world.presses(SUN, "这一步不适用")
        await world.writes(SUN, "业主自己发起")


async def noticed(world: World) -> None:
    await reviewed(world)
    await world.presses(SUN, "开始公示")
    await world.presses(SUN, "确认，开始公示")


async def frozen(world: World) -> None:
    await noticed(world)
    await after_the_notice(world)
    await world.presses(SUN, "冻结名册")
    await world.presses(SUN, "确认，冻结名册")


async def opened(world: World) -> None:
    await frozen(world)
    world.clock.now = await moment(world, "opens_at")
    await ticks(world, 2)


async def counted(world: World, *answers: tuple[Address, str]) -> None:
    await opened(world)
    for who, answer in answers:
        await world.presses(who, "投票（私聊）")
        await world.presses(who, answer)
    world.clock.now = await moment(world, "closes_at")
    await ticks(world)


async def published(world: World, *answers: tuple[Address, str]) -> None:
    """Counted, and the decision said to everybody in the morning."""
    await counted(world, *answers)
    world.clock.advance(hours=13)
    await world.writes(SUN, "事项 1")
    await world.presses(SUN, "公布决定")
    await world.writes(SUN, "同意在3号楼2单元加装电梯。")


YES = ((ANA, "同意"), (LI, "同意"), (MEI, "同意"))
NO = ((ANA, "不同意"), (LI, "不同意"), (MEI, "不同意"))


async def ticks(world: World, times: int = 1) -> None:
    for _ in range(times):
        await world.ticks(move_matters)


async def kept(world: World) -> Kept:
    async with world.storage.begin() as uow:
        found = await uow.matters.get(1)
    assert found is not None
    return found


async def moment(world: World, name: str) -> datetime:
    found: Any = getattr((await kept(world)).matter, name)
    assert isinstance(found, datetime)
    return found


async def after_the_notice(world: World) -> None:
    """The morning after its last day."""
    ends = (await kept(world)).matter.question.notice_ends_at
    assert ends is not None
    world.clock.now = ends + timedelta(hours=9)


async def happened(world: World) -> list[str]:
    async with world.storage.begin() as uow:
        return [event.event for event in await uow.matters.events(1)]
