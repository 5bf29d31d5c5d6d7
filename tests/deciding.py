"""Plays a whole vote through a world: from Sun's first tap to the count, with every kind of ballot.

Stair 2 of building 3: Ana (o:501, 3-2-101), Li (o:502, 3-2-201), Mei (o:503, 3-2-301), and the
owner of 3-2-302 (o:504), who has not joined.
"""

import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.bundle import give
from casework import voting
from casework.scene import System
from domain.ballots import Cast, Via
from domain.conversation import Address
from domain.matters import Event
from scheduler.matters import move_matters
from storage.matters import Happened, Kept
from tests.checking import Files
from tests.world import ANA, COMMUNITY, LI, MEI, SUN, World

DOORS = {ANA: "3-2-101", LI: "3-2-201", MEI: "3-2-301", None: "3-2-302"}


async def drafted(world: World, title: str = "3-2 加装电梯") -> None:
    """From Sun's first tap to the draft of matter 1 about a lift for the stair."""
    await world.has_owners(DOORS)
    await world.writes(SUN, "/matters")
    for label in ("发起一项", "加装电梯", "只用本单元", "就按这个"):
        await world.presses(SUN, label)
    await world.writes(SUN, title)


async def reviewed(world: World) -> None:
    """The owners put it themselves: what organisations do before the notice does not apply."""
    await drafted(world)
    for _ in range(3):
        await world.presses(SUN, "这一步不适用")
        await world.writes(SUN, "业主自己发起")


async def noticed(world: World, **question: Any) -> None:
    """``question`` is what it asks otherwise."""
    await reviewed(world)
    if question:
        await asked(world, **question)
    await world.presses(SUN, "开始公示")
    await world.presses(SUN, "确认，开始公示")


async def asked(world: World, **question: Any) -> None:
    """The question is another, as if it had been put so."""
    async with world.storage.begin() as uow:
        kept = await uow.matters.get(1)
        assert kept
        after = replace(kept.matter, question=replace(kept.matter.question, **question))
        await uow.matters.save(kept, after, Happened(Event.EDIT, world.clock()))


async def opened(world: World, **question: Any) -> None:
    await noticed(world, **question)
    await begun(world)


async def begun(world: World) -> None:
    """From the end of the notice to the opening, of which the voters are told."""
    await frozen(world)
    world.clock.now = await moment(world, "opens_at")
    await ticks(world, 2)


async def frozen(world: World) -> None:
    """The roll, on the morning after the notice."""
    await after_the_notice(world)
    await world.presses(SUN, "冻结名册")
    await world.presses(SUN, "确认，冻结名册")


async def after_the_notice(world: World) -> None:
    ends = (await matter(world)).matter.question.notice_ends_at
    assert ends
    world.clock.now = ends + timedelta(hours=9)


async def counted(world: World, answer: str) -> None:
    """All three who have joined give the same answer."""
    await opened(world)
    for who in (ANA, LI, MEI):
        await votes(world, who, answer)
    await closed(world)


async def published(world: World, answer: str) -> None:
    """Counted, and the decision said to everybody the next morning."""
    await counted(world, answer)
    world.clock.advance(hours=13)
    await world.writes(SUN, "事项 1")
    await world.presses(SUN, "公布决定")
    await world.writes(SUN, "3号楼2单元加装电梯的表决结果。")


async def ticks(world: World, times: int = 1) -> None:
    for _ in range(times):
        await world.ticks(move_matters)


async def happened(world: World) -> list[str]:
    """The events of the matter, in their order."""
    async with world.storage.begin() as uow:
        return [event.event for event in await uow.matters.events(1)]


async def matter(world: World) -> Kept:
    async with world.storage.begin() as uow:
        kept = await uow.matters.get(1)
    assert kept
    return kept


async def moment(world: World, name: str) -> datetime:
    found: datetime = getattr((await matter(world)).matter, name)
    return found


async def votes(world: World, who: Address, answer: str) -> None:
    """By the buttons in the private chat; once more to change the answer."""
    world.clock.advance(minutes=1)
    await world.writes(who, "投票 1")
    if "已记录" in world.last(who) or "已经记录过" in world.last(who):
        await world.presses(who, "修改我的票")
    await world.presses(who, answer)


async def hands_in(world: World, unit: str, choice: str, via: Via = Via.PAPER) -> None:
    """A ballot that came another way, written down as the features for it do."""
    world.clock.advance(minutes=1)
    async with world.storage.begin() as uow:
        kept = await uow.matters.get(1, to_change=True)
        voter = await uow.roll.voter(1, unit)
        assert kept and voter
        scene = System(COMMUNITY, world.clock(), uow)
        taken = await voting.take(scene, kept, voter, Cast(choice, world.clock(), via))
        assert isinstance(taken, voting.Receipt)


async def closed(world: World) -> None:
    world.clock.now = await moment(world, "closes_at")
    await world.ticks(move_matters)


async def bundled(world: World, folder: Path) -> Files:
    """The files of the bundle, as an auditor gets them from the admin."""
    path = folder / "bundle.zip"
    path.unlink(missing_ok=True)
    await give(world.storage, COMMUNITY, 1, path, world.clock(), lambda rows: None)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
