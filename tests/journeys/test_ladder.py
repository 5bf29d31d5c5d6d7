"""Story 5: a group that falls silent gets one small step at a time, taken by a person."""

import asyncio
import csv
from datetime import datetime, timedelta

import pytest

from casework.actions import SaySolved
from casework.ladder_views import AnswerStep, ArchiveGroup, DecideGroup, TakeStep
from domain.budget import Topic
from domain.community import Community
from domain.conversation import Address, Say
from domain.ladder import MOST_OFFERED
from domain.residents import Role
from handlers.groups import BotLeft
from handlers.residents import ForgetMe
from scheduler.budget import release_held
from scheduler.digest import write_digests
from scheduler.health import look_at_groups
from storage.ids import Ids
from storage.ladder import Begun
from storage.uow import UnitOfWork, open_storage
from tests.databases import NOON, engine_for
from tests.neighbours import NEIGHBOURS, nights, wrote
from tests.world import ANA, BUILDING_3, HE, LI, SUN, ZHOU, World

QIAN = Address("wechat", "qian")  # an admin on the platform without buttons
GRID_2 = Address("buttons", "-2")


async def quiet(world: World, days: int = 9) -> None:
    """So many days ago the neighbours wrote for the last time; the night finds it out."""
    await wrote(world, *NEIGHBOURS, days_ago=days)
    await nights(world, 1)


async def step(world: World) -> Begun:
    async with world.storage.begin() as uow:
        return (await uow.ladder.steps(BUILDING_3))[0]


def offers(world: World, who: Address) -> list[str]:
    return [text for text in world.all(who) if "一次只请您做这一件" in text]


# --- quiet


async def test_a_quiet_group_is_asked_one_small_question_by_its_member(world: World):
    await quiet(world)
    await nights(world, 2)
    assert len(offers(world, ZHOU)) == 1 and "楼道的灯晚上都亮吗" in offers(world, ZHOU)[0]
    assert world.all(BUILDING_3) == []  # nothing before a person says so

    await world.presses(ZHOU, "问群里")
    await world.presses(ANA, "有问题", group=BUILDING_3)
    await world.presses(NEIGHBOURS[0], "都好", group=BUILDING_3)
    await world.presses(ZHOU, "都好", group=BUILDING_3)  # staff are not counted
    card = world.card(BUILDING_3, "按一下就行")
    assert "已有2人回答" in card.text and "有问题" not in card.text
    assert "请私下写给我" in world.last(ANA)

    await nights(world, 4)
    assert "1人说都好，1人说有问题" in world.last(ZHOU)
    over = world.card(BUILDING_3, "已结束，2人回答")
    assert over.id == card.id and not over.buttons
    assert len(offers(world, ZHOU)) == 1 and (await step(world)).state == "done"


async def test_a_group_that_had_its_post_today_is_asked_tomorrow(world: World):
    async def digest(uow: UnitOfWork, now: datetime, community: Community) -> list[Say]:
        return [Say(BUILDING_3, "matters.none", topic=Topic.DIGEST)]

    await quiet(world)
    await world.ticks(digest)
    await world.presses(ZHOU, "问群里")
    await world.ticks(release_held)
    assert len(world.all(BUILDING_3)) == 1 and "明早发" in world.last(ZHOU)
    world.clock.advance(days=1, hours=2)
    await world.ticks(release_held)

    assert "楼道的灯" in world.last(BUILDING_3) and len(world.all(BUILDING_3)) == 2
    await world.presses(ANA, "都好", group=BUILDING_3)
    assert "已有1人回答" in world.last(BUILDING_3) and len(world.all(BUILDING_3)) == 2


async def test_a_group_reads_what_was_mended_with_its_picture(world: World):
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    await world.writes(ZHOU, "签收 1")
    await world.writes(ZHOU, "办结 1 已换新灯", photo="new-lamp")
    await world.does(ANA, SaySolved(1, 1, "yes"))
    world.clock.advance(days=9)
    await quiet(world)
    offered = world.card(ZHOU, "一次只请您做这一件")
    assert offered.picture and offered.picture.ref == "new-lamp"  # looked at before it is shown
    await world.presses(ZHOU, "发到群里")

    told = world.card(BUILDING_3, "修好了")
    assert "“3号楼门口路灯坏了”（1号）已经修好" in told.text
    assert told.picture and told.picture.ref == "new-lamp"
    assert "Ana" not in told.text and "周警官" not in told.text
    await nights(world, 16)
    assert "问一句" in offers(world, ZHOU)[-1]  # each case is told once


async def test_what_nobody_answered_comes_first_and_to_who_sends_cases_on(world: World):
    await world.writes(ANA, "请问物业几点上班？", group=BUILDING_3)
    world.clock.advance(days=9)
    await quiet(world)

    assert "有1个问题没人应" in offers(world, HE)[0] and offers(world, ZHOU) == []
    await world.presses(HE, "看没人应的问题")
    assert "没有" not in world.last(HE)


async def test_two_processes_offer_it_once(world: World):
    await wrote(world, *NEIGHBOURS, days_ago=9)
    url = world.storage.engine.url.render_as_string(hide_password=False)
    async with engine_for(url) as engine:
        storage = await open_storage(engine, "test", world.storage.vault, Ids(world.clock))
        other = World(storage, world.clock)
        await asyncio.gather(*(w.dispatcher.run(look_at_groups) for w in (world, other)))
        await world.settle()
        await other.settle()

    assert len(offers(world, ZHOU)) + len(offers(other, ZHOU)) == 1


# --- dormant


@pytest.mark.parametrize("helper", [ANA, LI])
async def test_a_sleeping_group_is_helped_by_those_who_agreed_to_be_asked(
    world: World, helper: Address
):
    await world.writes(helper, "愿意帮忙")
    await quiet(world, 16)
    assert "1位邻居说过愿意帮忙" in offers(world, ZHOU)[0]
    await world.presses(ZHOU, "请他们看一眼")

    asked = world.last(helper)
    assert "您住在3号楼，又说过愿意帮忙" in asked and "楼道的灯" in asked
    await world.presses(helper, "都好")
    assert "记下了" in world.last(helper)
    await nights(world, 4)
    assert "1人说都好，0人说有问题" in world.last(ZHOU)
    assert world.all(BUILDING_3) == []


@pytest.mark.parametrize("words", ["不帮忙了", "退订"])
async def test_nobody_is_asked_who_does_not_want_it_any_more(world: World, words: str):
    await world.writes(LI, "愿意帮忙")
    await world.writes(LI, words)
    heard = len(world.all(LI))
    await quiet(world, 16)

    assert "问一句" in offers(world, ZHOU)[0]  # the group is asked instead
    await world.presses(ZHOU, "问群里")
    assert len(world.all(LI)) == heard


async def test_not_this_time_is_an_answer(world: World):
    await quiet(world)
    await world.presses(ZHOU, "这次不用")
    await nights(world, 6)

    assert len(offers(world, ZHOU)) == 1 and world.all(BUILDING_3) == []
    await world.presses(ZHOU, "问群里")
    assert "已经结束" in world.last(ZHOU)


async def test_an_offer_that_nobody_takes_lapses(world: World):
    await quiet(world)
    await nights(world, 7)

    assert (await step(world)).state == "lapsed" and world.all(BUILDING_3) == []


# --- zombie


async def zombie(world: World, admin: Address = SUN) -> None:
    """The admin asks the group for a week."""
    if admin is not SUN:
        await world.has_staff(admin, "钱管理员", Role.ADMIN, ["*"], ["*"])
        async with world.storage.begin() as uow:
            sun = next(s for s in await uow.staff.all() if s.name == "孙管理员")
            await uow.staff.away(sun.id, world.clock.now + timedelta(days=60))
    await quiet(world, 40)
    assert "我自己从不归档" in offers(world, admin)[0]
    await world.presses(admin, "问群里七天")


async def test_a_group_that_enough_people_want_stays(world: World):
    await zombie(world)
    for who in NEIGHBOURS[:3]:
        await world.presses(who, "保留", group=BUILDING_3)
    await world.presses(ANA, "归档", group=BUILDING_3)
    assert "已有4人回答" in world.last(BUILDING_3)
    await nights(world, 8)

    assert "这个群保留" in world.last(BUILDING_3)
    assert "3人说保留（要3人），0人说并入，1人说归档" in world.last(SUN)
    id = (await step(world)).id
    async with world.storage.begin() as uow:
        assert await uow.groups.archived() == []
        assert await uow.ladder.answers(id) == {}  # who it was is forgotten


@pytest.mark.parametrize("admin", [SUN, QIAN])
async def test_an_admin_merges_a_group_and_takes_it_back(world: World, admin: Address):
    await world.writes(ANA, "#建议 3号楼门口路灯坏了", group=BUILDING_3)
    world.clock.advance(days=45)
    await zombie(world, admin)
    await world.has_group(GRID_2, "grid", "2")
    await world.presses(ANA, "并入别的群", group=BUILDING_3)
    await nights(world, 8)
    assert "由管理员决定" in world.last(BUILDING_3)
    assert "保留 0　并入别的群 1　归档 0" in world.last(admin)

    await world.presses(admin, "并入别的群")
    await world.presses(admin, "二网格群")
    assert "随时可以恢复" in world.last(admin)
    await world.presses(admin, "确认归档")
    assert "以后请到二网格群里说" in world.last(BUILDING_3)
    told = world.card(admin, "已归档")
    if told.file:
        _, row = csv.reader(told.file.content.decode("utf-8-sig").splitlines())
    else:
        *_, line = [x for x in told.text.splitlines() if x.startswith("1  ")]
        row = line.split("  ")
    assert row == ["1", "公共设施", "办理中", "2026-03-02"]

    said = len(world.all(BUILDING_3))
    world.clock.advance(days=30)
    await nights(world, 2)
    await world.ticks(write_digests)
    await world.writes(ZHOU, "签收 1")  # the card would change
    assert len(world.all(BUILDING_3)) == said
    async with world.storage.begin() as uow:
        assert await uow.budget.dropped(NOON) == {"refused": 1}
    await world.writes(admin, "群健康")
    assert "3号楼群（buttons）：已归档" in world.last(admin)
    await world.presses(admin, "恢复3号楼群")
    assert "恢复使用" in world.last(BUILDING_3)


async def test_an_admin_of_many_dead_groups_is_offered_a_few_a_day(world: World):
    for n in range(4, 9):
        await world.has_group(Address("buttons", f"-{n}"), "building", f"{n}")
    await nights(world, 1)
    world.clock.advance(days=70)
    await nights(world, 1)
    assert len(offers(world, SUN)) == MOST_OFFERED
    await nights(world, 1)

    assert len(offers(world, SUN)) == 6  # the other three groups


async def test_without_a_decision_the_group_stays_as_it_is(world: World):
    await zombie(world)
    await nights(world, 8)
    assert "请您决定" in world.last(SUN)
    await nights(world, 15)

    assert (await step(world)).state == "lapsed"
    await world.presses(SUN, "归档")
    assert "已经结束" in world.last(SUN)


# --- who may not


async def test_who_is_forgotten_has_answered_nothing(world: World):
    await zombie(world)
    await world.presses(ANA, "归档", group=BUILDING_3)
    await world.presses(NEIGHBOURS[0], "保留", group=BUILDING_3)
    await world.does(ANA, ForgetMe(1))

    id = (await step(world)).id
    async with world.storage.begin() as uow:
        assert await uow.ladder.answers(id) == {"keep": 1}


async def test_a_group_we_are_not_given_to_read_is_not_judged(world: World):
    async with world.storage.begin() as uow:
        await uow.groups.hears(BUILDING_3, reads=False)
    await quiet(world, 40)
    await world.writes(SUN, "/health")

    assert "没法判断" in world.last(SUN) and "BotFather" in world.last(SUN)
    assert offers(world, SUN) == []


async def test_steps_are_taken_by_nobody_else(world: World):
    await zombie(world)
    id = (await step(world)).id
    await world.does(ANA, AnswerStep(id, "fine"))  # no answer to this question
    await world.does(ANA, AnswerStep(id + 1, "keep"))  # no question of ours
    await world.does(ZHOU, AnswerStep(id, "keep"))
    await nights(world, 8)
    said = len(world.all(BUILDING_3))
    for who in (ANA, ZHOU, HE):
        for deed in (TakeStep(id, 1), DecideGroup(id, "archive"), ArchiveGroup(id, "-", 1)):
            await world.does(who, deed)

    assert len(world.all(BUILDING_3)) == said and (await step(world)).state == "deciding"
    assert "保留 0　并入别的群 0　归档 0" in world.last(SUN)


async def test_a_group_that_is_left_takes_its_steps_along(world: World):
    await quiet(world)
    await world.does(SUN, BotLeft(), group=BUILDING_3)
    await nights(world, 8)
    await world.presses(ZHOU, "问群里")

    assert "请别人做的" in world.last(ZHOU)
