"""Story 6, broadcast: written, seen as people will read it, counted, agreed to, sent once each."""

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from bot.channels.base import NextVisit, Unclear, Unreachable
from casework import reminding
from casework.notices import AgreeNotice, CancelNotice, ConfirmNotice, PauseNotice, ShowUnreached
from casework.scene import System
from domain.conversation import Address
from domain.notices import Notice, State
from domain.residents import Role
from handlers.notices import TakeText
from scheduler.budget import release_held
from scheduler.notices import CROWD, send_notices
from scheduler.upkeep import recover_sending
from storage import tables as t
from storage.claims import LEASE, Room
from storage.ids import Ids
from storage.subjects import By
from storage.uow import open_storage
from tests.databases import engine_for
from tests.world import ANA, BUILDING_3, COMMUNITY, HE, LI, MEI, SUN, ZHOU, World

QIAN = Address("wechat", "qian")  # an admin on the platform without buttons
ADMINS = pytest.mark.parametrize("admin", [SUN, QIAN])
WATER = "明天9点到12点1至4号楼停水检修，请提前储水。"


@pytest.fixture
async def world(world: World) -> World:
    await world.has_staff(QIAN, "钱管理员", Role.ADMIN, ["*"], ["*"])
    return world


async def drafts(world: World, admin: Address, text: str = WATER, where: str = "3") -> None:
    """Write it, and choose buildings."""
    await world.writes(admin, "公告")
    await world.writes(admin, text)
    await world.presses(admin, "几栋楼的居民")
    await world.writes(admin, where)


async def issues(world: World, admin: Address = SUN, text: str = WATER, where: str = "3") -> None:
    await drafts(world, admin, text, where)
    await world.presses(admin, "确认发布")


async def sends(world: World, minutes: float = 3) -> None:
    """Let its time come, and the timer tick until everything has left."""
    world.clock.advance(minutes=minutes)
    for _ in range(4):
        await world.ticks(send_notices)


def heard(world: World, who: Address, words: str = "停水检修") -> int:
    return sum(words in text for text in world.all(who))


async def notice_of(world: World, number: int = 1) -> Notice:
    async with world.storage.begin() as uow:
        found = await uow.notices.get(number)
    assert found is not None
    return found


async def counts_of(world: World, number: int = 1) -> dict[str, int]:
    notice = await notice_of(world, number)
    async with world.storage.begin() as uow:
        return await uow.notices.counts(notice)


# --- the story


@ADMINS
async def test_sun_announces_a_water_cut_to_buildings_1_to_4(world: World, admin: Address):
    homes = [f"{b}-1-{n}01" for b in (1, 2, 4) for n in (1, 2)]
    rows = [{"id": 900 + n, "building": d[0], "unit": "1", "room": d[4:], "area": 1, "grid": "2",
             "owner_sealed": "", "phone_hash": ""} for n, d in enumerate(homes)]  # fmt: skip
    await world._insert(t.households, rows)
    for n, door in enumerate(homes[:4]):
        await world.has_resident(Address("buttons", f"3{n}"), door)
    other = Address("wechat", "ana")  # Ana has a second account, and wrote to us there last
    world.clock.advance(hours=1)
    async with world.storage.begin() as uow:
        ana = await uow.residents.visitor(ANA, ANA)
        stranger = await uow.residents.meet(other, "zh", world.clock.now)
        await uow.residents.wrote_privately(other, None, world.clock.now)
        assert ana is not None
        by = By(ana.person.id, "test")
        await uow.accounts.same_person(stranger.id, ana.person.id, world.clock.now, by)

    await drafts(world, admin, where="1-4号楼")
    preview, plan = world.all(admin)[-2:]
    assert "邻里花园公告" in preview and WATER in preview
    assert "能送到 6 人" in plan and "buttons 4人" in plan and "微信 2人" in plan
    assert world.all(LI) == []
    if admin is SUN:
        await world.presses(admin, "也在群里发")
    await world.presses(admin, "确认发布")
    assert "等待发出" in world.last(admin)
    await sends(world)

    assert heard(world, other) == 1 and heard(world, ANA) == 0  # once, where she reads us
    assert heard(world, LI) == 1 and heard(world, Address("buttons", "30")) == 1
    assert heard(world, BUILDING_3) == (1 if admin is SUN else 0)
    assert heard(world, MEI) == 0  # of no household
    done = world.card(admin, "已发完").text
    assert "100%" in done and f"已送达 {7 if admin is SUN else 6}" in done
    assert "有2户没送到" in world.last(ZHOU) and "4-1-101、4-1-201" in world.last(ZHOU)
    assert "没送到" not in "".join(world.all(BUILDING_3))


async def test_the_preview_is_word_for_word_and_picture_for_picture_what_people_read(
    world: World,
):
    await world.writes(SUN, "公告")
    await world.writes(SUN, WATER, photo="a-photo")
    preview = world.card(SUN, "邻里花园公告")
    await world.presses(SUN, "几栋楼的居民")
    await world.writes(SUN, "3")
    await world.presses(SUN, "确认发布")
    await sends(world)

    read = world.card(ANA, "停水检修")
    assert (read.text, read.picture) == (preview.text, preview.picture)
    assert read.picture is not None and read.picture.ref == "a-photo"


@ADMINS
async def test_only_an_admin_issues_notices(world: World, admin: Address):
    for who in (ANA, ZHOU, HE):
        await world.writes(who, "公告")
        assert "公告由管理员发布" in world.last(who)
        await world.does(who, TakeText(0))
        assert "公告由管理员发布" in world.last(who)
    await drafts(world, admin)
    for action in (ConfirmNotice(1), PauseNotice(1, 1), CancelNotice(1), AgreeNotice(1, 1)):
        await world.does(ZHOU, action)
    await world.does(ANA, ShowUnreached(1, 0))

    assert (await notice_of(world)).state is State.DRAFT
    assert "3-1-101" not in world.last(ANA)


# --- for whom


@pytest.mark.parametrize("said", ["8", "1-4", "", "x" * 200])
async def test_buildings_that_are_not_there_are_asked_for_again(world: World, said: str):
    await drafts(world, SUN, where=said or "、")

    assert "没有这样的楼" in world.last(SUN)
    await world.writes(SUN, "3号楼")
    assert "3号楼的居民" in world.last(SUN)


@ADMINS
async def test_a_unit_a_grid_and_owners(world: World, admin: Address):
    await world.has_owners({ANA: "5-1-501", None: "5-1-502"})
    await drafts(world, admin)
    await world.presses(admin, "改发给谁")
    await world.presses(admin, "一个单元的居民")
    await world.writes(admin, "3号楼2单元")
    assert "3-2单元的居民" in world.last(admin) and "能送到 1 人" in world.last(admin)
    await world.presses(admin, "改发给谁")
    await world.presses(admin, "二网格")
    assert "二网格的居民" in world.last(admin) and "能送到 2 人" in world.last(admin)
    await world.presses(admin, "改发给谁")
    await world.presses(admin, "几栋楼的业主")
    await world.writes(admin, "5")
    assert "5号楼的业主" in world.last(admin) and "能送到 1 人" in world.last(admin)
    await world.presses(admin, "确认发布")
    await sends(world)

    assert heard(world, ANA) == 1 and heard(world, LI) == 0
    assert "5-1-502" in world.last(ZHOU)


# --- two persons for everybody


@ADMINS
async def test_a_notice_to_everybody_takes_a_second_person(world: World, admin: Address):
    await drafts(world, admin)
    await world.presses(admin, "改发给谁")
    await world.presses(admin, "全体居民")
    await world.presses(admin, "确认发布")
    await sends(world)
    assert heard(world, ANA) == 0 and "等另一位确认" in world.last(admin)
    await world.does(admin, AgreeNotice(1, 1))
    assert "不归您处理" in world.last(admin)

    assert WATER in world.all(HE)[-2] and "能送到 2 人" in world.last(HE)
    await world.presses(HE, "同意发布")
    await sends(world)

    assert heard(world, ANA) == 1 and heard(world, LI) == 1
    second = QIAN if admin is SUN else SUN
    await world.does(second, AgreeNotice(1, 0))
    assert "已经有人处理过了" in world.last(second)


async def test_who_does_not_agree_sends_it_back(world: World):
    await drafts(world, SUN)
    await world.presses(SUN, "改发给谁")
    await world.presses(SUN, "全体居民")
    await world.presses(SUN, "确认发布")
    await world.presses(QIAN, "不同意")
    await sends(world)

    assert "没有通过" in world.last(SUN) and heard(world, ANA) == 0
    assert (await notice_of(world)).state is State.DRAFT


# --- how urgent, and when


NIGHT = replace(COMMUNITY, quiet=((time(22), time(8)),))


async def at_night(world: World) -> None:
    """The timer as it runs in a community with quiet hours, at 23:30 in Shanghai."""
    world.clock.now = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    async with world.storage.begin() as uow:
        scene = System(NIGHT, world.clock(), uow)
        says = await send_notices(uow, world.clock(), NIGHT)
        await reminding.promise(scene, says)
    await world.settle()


async def test_an_emergency_goes_at_any_hour_and_names_its_officer(world: World):
    await drafts(world, SUN, text="3号楼燃气泄漏，请立即撤离。")
    await world.presses(SUN, "改紧急程度")
    await world.presses(SUN, "紧急")
    await world.presses(SUN, "周警官")
    await world.presses(SUN, "也在群里发")
    await world.presses(SUN, "确认发布")
    await at_night(world)

    assert "负责人：周警官" in world.last(ANA) and "紧急公告" in world.last(LI)
    assert "紧急公告" in world.last(BUILDING_3) and "周警官" not in world.last(BUILDING_3)


async def test_what_can_wait_does_not_wake_anybody(world: World):
    await issues(world)
    await at_night(world)
    assert heard(world, ANA) == 0
    await sends(world)

    assert heard(world, ANA) == 1


async def test_an_ordinary_one_keeps_to_the_budget_and_to_who_has_unsubscribed(world: World):
    await world.writes(LI, "退订")
    for text in ("春游报名开始了", "停水检修改期"):
        await drafts(world, SUN, text=text)
        await world.presses(SUN, "改紧急程度")
        await world.presses(SUN, "一般")
        await world.presses(SUN, "确认发布")
        await sends(world)

    assert heard(world, ANA, "春游") == 1 and heard(world, ANA) == 0
    assert heard(world, LI, "春游") == 0
    assert await counts_of(world) == {"sent": 1, "refused": 1}
    world.clock.advance(days=1)
    await world.ticks(release_held)
    await world.ticks(send_notices)
    assert heard(world, ANA) == 1
    assert await counts_of(world, 2) == {"sent": 1, "refused": 1}


@ADMINS
async def test_scheduled_for_tomorrow(world: World, admin: Address):
    await drafts(world, admin)
    await world.presses(admin, "定时间")
    await world.writes(admin, "看情况")
    await world.writes(admin, "明天 9:00")
    assert "2026-03-03 09:00" in world.last(admin)
    await world.presses(admin, "确认发布")
    await sends(world, minutes=20 * 60)
    assert heard(world, ANA) == 0
    await sends(world, minutes=60)

    assert heard(world, ANA) == 1


async def test_every_friday_at_six_until_it_is_taken_back(world: World):
    await drafts(world, SUN)
    await world.presses(SUN, "定时间")
    await world.writes(SUN, "每周五 18:00")
    await world.presses(SUN, "确认发布")
    for _ in range(3):
        await sends(world, minutes=7 * 24 * 60)
    assert heard(world, ANA) == 3
    assert (await notice_of(world)).next_at == datetime(2026, 3, 27, 10, tzinfo=UTC)
    await world.writes(SUN, "公告 1")
    await world.presses(SUN, "取消这条公告")
    await sends(world, minutes=14 * 24 * 60)

    assert heard(world, ANA) == 3 and "已取消" in world.last(SUN)


async def test_one_whose_time_passed_before_the_second_person_agreed_is_not_sent(world: World):
    await drafts(world, SUN)
    await world.presses(SUN, "改发给谁")
    await world.presses(SUN, "全体居民")
    await world.presses(SUN, "定时间")
    await world.writes(SUN, "今天 18:00")
    await world.presses(SUN, "确认发布")
    world.clock.advance(hours=10)
    await world.presses(HE, "同意发布")
    await sends(world)

    assert heard(world, ANA) == 0 and "已经过了" in "".join(world.all(SUN))


# --- taken back, paused, failing, crashing


@ADMINS
async def test_taken_back_before_it_left(world: World, admin: Address):
    await issues(world, admin)
    await world.presses(admin, "取消这条公告")
    await sends(world)

    assert heard(world, ANA) == 0 and "已取消" in world.last(admin)
    await world.does(admin, CancelNotice(1))
    assert "收不回来" in world.last(admin)


MANY = 2 * CROWD


async def crowded(world: World, many: int = MANY) -> list[Address]:
    """So many more residents of building 7 than one lot takes."""
    rows = [{"id": 2000 + n, "building": "7", "unit": "1", "room": str(n), "area": 1, "grid": "1",
             "owner_sealed": "", "phone_hash": ""} for n in range(many)]  # fmt: skip
    await world._insert(t.households, rows)
    homes = [{"id": 2000 + n, "language": "zh", "household_id": 2000 + n,
              "created_at": world.clock.now} for n in range(many)]  # fmt: skip
    await world._insert(t.people, homes)
    places = [Address("buttons", f"7{n:04}") for n in range(many)]
    accounts = [{"channel": a.channel, "chat": a.chat, "person_id": 2000 + n,
                 "private_at": world.clock.now} for n, a in enumerate(places)]  # fmt: skip
    await world._insert(t.accounts, accounts)
    return places


async def in_outbox(world: World) -> int:
    async with world.storage.begin() as uow:
        return (await uow.delivery.counts()).get("pending", 0)


async def test_sent_in_lots_shown_on_one_card_paused_and_gone_on_with(world: World):
    places = await crowded(world)
    await issues(world, where="7")
    world.clock.advance(minutes=3)
    await world.dispatcher.run(send_notices)
    assert await in_outbox(world) <= CROWD + 1  # and never the whole town at once
    await world.dispatcher.run(send_notices)
    assert await in_outbox(world) <= CROWD + 1
    await world.settle()
    await world.dispatcher.run(send_notices)
    await world.sender.send_due()
    cards = [s for s in world.buttons.chat(SUN.chat) if "1号公告，正在发" in s.text]
    assert len(cards) == 1 and cards[0].edited and "50%" in cards[0].text

    await world.presses(SUN, "暂停")
    sent = sum(heard(world, a) for a in places)
    assert "已暂停" in world.last(SUN) and CROWD <= sent < MANY
    await sends(world)
    assert sum(heard(world, a) for a in places) == sent
    await world.presses(SUN, "继续发")
    await sends(world)

    assert [heard(world, a) for a in places] == [1] * MANY
    assert "100%" in world.card(SUN, "已发完").text


async def test_stopped_in_the_middle_the_rest_never_leaves(world: World):
    places = await crowded(world)
    await issues(world, where="7")
    world.clock.advance(minutes=3)
    await world.dispatcher.run(send_notices)
    while sum(heard(world, a) for a in places) < 20:
        await world.sender.send_due()
    await world.presses(SUN, "取消这条公告")
    sent = sum(heard(world, a) for a in places)
    await sends(world)

    assert sum(heard(world, a) for a in places) == sent < CROWD
    assert await counts_of(world) == {"sent": sent, "waiting": MANY - sent}


async def test_after_a_crash_in_the_middle_nobody_is_written_to_twice_knowingly(world: World):
    """A new process with nothing but the database; what was in flight is listed, not repeated."""
    places = await crowded(world)
    await issues(world, where="7")
    world.clock.advance(minutes=3)
    await world.dispatcher.run(send_notices)
    await world.sender.send_due()
    async with world.storage.begin() as uow:  # claimed, and then the process dies
        died = await uow.delivery.claim({"buttons": Room(5, 5)}, world.clock.now)
    url = world.storage.engine.url.render_as_string(hide_password=False)
    async with engine_for(url) as engine:
        vault = world.storage.vault
        after = World(await open_storage(engine, "test", vault, Ids(world.clock)), world.clock)
        after.channels.update(world.channels)  # the platform is still the same
        world.clock.advance(seconds=LEASE.total_seconds() + 1)
        await after.ticks(recover_sending)
        for _ in range(5):
            await after.ticks(send_notices)
        counts = await counts_of(after)
        card = after.card(SUN, "已发完").text

    lost = {p.say.to for p in died} & set(places)
    twice = [a for a in places if heard(world, a) > 1]
    never = [a for a in places if heard(world, a) == 0]
    assert twice == [] and set(never) == lost
    assert counts == {"sent": MANY - len(lost), "unknown": len(lost)}
    assert f"不确定 {len(lost)}" in card


async def test_what_became_of_each_message_is_counted(world: World):
    await issues(world)
    world.clock.advance(minutes=3)
    await world.dispatcher.run(send_notices)
    world.plain.refuse_next = Unreachable("blocked")
    await world.settle()
    await sends(world)

    assert await counts_of(world) == {"sent": 1, "blocked": 1}
    assert "拒收 1" in world.last(SUN)
    await world.presses(SUN, "没送到的住户")
    assert "有1户没送到" in world.last(SUN) and "3-2-202" in world.last(SUN)
    assert "3-2-202" in world.last(ZHOU)


async def held_for(world: World) -> None:
    """Li's platform allows no message to her now."""
    await issues(world)
    world.clock.advance(minutes=3)
    await world.dispatcher.run(send_notices)
    world.plain.refuse_next = NextVisit("no message left")
    await world.settle()
    await sends(world)


async def test_who_reads_it_at_the_next_visit_is_visited_until_then(world: World):
    await held_for(world)
    assert await counts_of(world) == {"sent": 1, "unreachable": 1}
    assert "3-2-202" in world.last(ZHOU)

    async with world.storage.begin() as uow:
        assert await uow.delivery.release(LI, 5, world.clock()) == 1
    await world.settle()

    assert heard(world, LI) == 1


async def test_a_notice_that_is_taken_back_is_not_told_at_the_next_visit_either(world: World):
    await held_for(world)
    async with world.storage.begin() as uow:
        (notice,) = await uow.notices.newest(1)
        await uow.notices.take_back(notice)
        assert await uow.delivery.release(LI, 5, world.clock()) == 0


async def test_a_message_without_an_answer_is_not_repeated_but_an_emergency_is(world: World):
    await issues(world)
    world.clock.advance(minutes=3)
    await world.dispatcher.run(send_notices)
    world.plain.refuse_next = Unclear("no answer")
    await world.settle()
    await sends(world)

    assert heard(world, LI) == 0 and await counts_of(world) == {"sent": 1, "unknown": 1}


async def test_the_most_urgent_goes_first(world: World):
    places = await crowded(world)
    await issues(world, where="7")
    await drafts(world, SUN, text="燃气泄漏，请撤离。", where="7")
    await world.presses(SUN, "改紧急程度")
    await world.presses(SUN, "紧急")
    await world.presses(SUN, "周警官")
    await world.presses(SUN, "确认发布")
    world.clock.advance(minutes=3)
    await world.dispatcher.run(send_notices)
    await world.sender.send_due()

    assert sum(heard(world, a, "燃气") for a in places) > 0
    assert sum(heard(world, a) for a in places) == 0


async def test_an_answer_does_not_wait_behind_a_notice(world: World):
    places = await crowded(world)
    await issues(world, where="7")
    world.clock.advance(minutes=3)
    await world.dispatcher.run(send_notices)
    await world.writes(places[9], "/language")

    answer, notice = world.all(places[9])  # whose notice stood in the outbox before
    assert "语言" in answer and "停水" in notice


async def test_two_processes_at_once_write_to_nobody_twice(world: World):
    await issues(world)
    world.clock.advance(minutes=3)
    url = world.storage.engine.url.render_as_string(hide_password=False)
    async with engine_for(url) as engine:
        vault = world.storage.vault
        other = World(await open_storage(engine, "test", vault, Ids(world.clock)), world.clock)
        await world.dispatcher.run(send_notices)
        await other.dispatcher.run(send_notices)
        await world.settle()
        await other.settle()

    assert heard(world, ANA) + heard(other, ANA) == 1


async def test_who_leaves_is_forgotten_here_too(world: World):
    await issues(world)
    await sends(world)
    async with world.storage.begin() as uow:
        ana = await uow.residents.visitor(ANA, ANA)
        assert ana is not None
        kept = await uow.privacy.everything(ana.person.id)
        assert [row["state"] for row in kept["notices"]] == ["sent"]
        await uow.privacy.forget(ana.person.id, world.clock.now)

    assert await counts_of(world) == {"sent": 1}
